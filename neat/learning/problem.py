"""Learning inside evolution: a table problem whose networks learn before they are evaluated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.activations import with_activations
from neat.core.constants import STEP
from neat.core.errors import NeatError
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.parallel import parallel_for
from neat.core.randomness import AFTER_ALL_RUNS, Purpose, Randomness
from neat.genetics.initialization import start_genome
from neat.genetics.layout import Layout
from neat.learning.gradient import Examples, check_learnable, checked_examples, seconds_of, writable
from neat.learning.keys import OPTIMISERS, LearningKeys
from neat.learning.learned import learned_values
from neat.learning.losses import Loss, check_targets, loss_named
from neat.learning.training_kernels import Steps, train_range
from neat.network import Network, Networks, compile_networks
from neat.network.activation_kernels import NetworkArrays
from neat.problems.evaluation import Arrays, Evaluation, TestResult
from neat.problems.protocol import Context, Problem
from neat.problems.tables.dataset import TableProblem
from neat.problems.tables.targets import output_range

_PASS = 2  # evaluations that a forward and a backward pass over all rows count as


class LearningProblem(Problem):
    """A table problem in which networks learn from the rows before they are evaluated on them.

    With `inherit = lamarckian`, an evaluation returns the learned weights, biases (where genomes have them) and
    responses (where they mutate); with `baldwinian`, only the fitness shows what was learned. A network whose learning
    diverges keeps what it had. Two evaluations are counted for every pass over all rows.
    """

    def __init__(self, problem: TableProblem, config: Config) -> None:
        keys, genome = config.section(LearningKeys), config.genome
        self.problem, self.keys, self.seed = problem, keys, config.run.seed
        self.inputs, self.outputs = problem.inputs, problem.outputs
        self.threshold, self.files = problem.threshold, problem.files
        self._loss = _loss_of(problem, keys.loss)
        batches = 0 < keys.batch < len(problem.rows)
        self.fine_grained = problem.fine_grained
        self.deterministic = not (batches and keys.inherit == "baldwinian")
        self._how = Steps(
            self._loss.code, OPTIMISERS[keys.optimiser], keys.rate, keys.momentum, keys.decay, keys.batch,
            weight_limit=genome.weight_limit,
            bias_limit=genome.bias_limit if genome.bias == "attribute" else 0.0,
            response_limit=genome.response_limit if config.mutation.response_rate else 0.0,
        )  # fmt: skip
        self._examples: Examples | None = None

    @property
    def qualified_name(self) -> str:
        """The `module:Name` of the table problem's class."""
        return self.problem.qualified_name

    def check_settings(self, config: Config) -> None:
        """Check that networks with this configuration can reach the targets, and learn.

        Raises:
            NeatError: a target cannot be reached, the loss does not suit the targets or the outputs, or a function has
                no derivative; the message says what to set.
        """
        self.problem.check_settings(config)
        self._check_loss(config)
        genome = with_activations(config, fine_grained=True).genome
        for name in ("activation", "output_activation", "activation_options", "aggregation", "aggregation_options"):
            table = AGGREGATION_TABLE if name.startswith("aggregation") else ACTIVATION_TABLE
            value = getattr(genome, name)
            for function in (value,) if isinstance(value, str) else value:
                if function == "same":
                    continue
                entry = table.named(function)
                if not entry.derivative or (table is ACTIVATION_TABLE and entry.code == STEP):
                    raise NeatError(
                        f"[genome] {name} = {function}: has no useful derivative, so networks cannot learn "
                        f"([learning] inherit = {self.keys.inherit}); choose another, or register it with a derivative"
                    )

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the evaluation of P networks after they have learned.

        Raises:
            NeatError: the networks have other inputs or outputs, or a function has no derivative.
        """
        trained, learned, cost = self._learn(networks, context.rng.of(Purpose.LEARNING), context.threads)
        evaluation = self.problem.evaluate(trained, context)
        if self.keys.inherit == "lamarckian":
            evaluation = replace(
                evaluation, weight=learned["weight"], bias=learned.get("bias"), response=learned.get("response")
            )
        return replace(evaluation, learning_evaluations=cost)

    def test(self, network: Network, episodes: int, seed: int, preprocessing: Arrays) -> TestResult:
        """Return the fitness of one network, after it has learned if its genome does not hold what was learned.

        If what it learns depends on random batches, it learns anew for each of `episodes` evaluations.
        """
        if self.keys.inherit == "lamarckian":
            return self.problem.test(network, episodes, seed, preprocessing)
        results = []
        for episode in range(1 if self.deterministic else episodes):
            rng = Randomness(seed, AFTER_ALL_RUNS + episode, Purpose.LEARNING)
            learned = self._learn(network.networks, rng, 1)[0][0]
            results.append(self.problem.test(learned, 1, seed, preprocessing))
        if self.deterministic:
            return results[0]
        values = np.concatenate([result.values for result in results])
        solved = None if results[0].solved is None else all(result.solved for result in results)
        return replace(results[0], values=values, solved=solved, same="")

    def _check_loss(self, config: Config) -> None:
        """Check that the loss suits the targets and the outputs, and that a genome to start from can learn."""
        name = f"[learning] loss = {self.keys.loss}"
        try:
            check_targets(self._loss, self.problem.targets)
        except NeatError as error:
            raise NeatError(f"{name}: {error}") from None
        start = config.population.start
        if start.endswith(".json"):
            layout = Layout(tuple(self.inputs), tuple(self.outputs), config.genome.bias == "node")
            genome = start_genome(config.path(start), layout)
            try:
                check_learnable(compile_networks(genome).networks, self._loss)
            except NeatError as error:
                raise NeatError(f"[population] start = {start}: {error}") from None
            return
        outputs = output_range(config)
        if self._loss.probabilities and (outputs.low < 0.0 or outputs.high > 1.0):
            raise NeatError(
                f"{name}: the loss {self._loss.name} needs outputs from 0 to 1, and those with {outputs.name} may be "
                "smaller or larger (set [genome] output_activation = sigmoid, or loss = mse)"
            )

    def _learn(
        self, networks: Networks, rng: Randomness, threads: int
    ) -> tuple[Networks, dict[str, NDArray[np.float64]], int]:
        """Return the networks after learning, what they learned, and how many evaluations it counts as."""
        check_learnable(networks, self._loss)
        if self._examples is None:
            self._examples = checked_examples(networks.layout, self.problem.rows, self.problem.targets, self._loss)
        size, steps, rows = len(networks), self.keys.steps, self._examples.rows
        trained = writable(networks.arrays)
        memory = np.zeros((2, len(trained.connection) + 2 * len(trained.node)))
        losses, finite = np.zeros(size), np.zeros(size, np.bool_)
        batch = min(self.keys.batch or rows, rows)
        parallel_for(
            threads, steps * seconds_of(networks, batch), size, train_range,
            trained, *self._examples, rng.address, networks.key, self._how, 0, steps, *memory, losses, finite,
        )  # fmt: skip
        if not finite.all():
            _restore(networks.arrays, trained, finite)
        cost = size * -(-_PASS * _rows_learned(steps, batch, rows) // rows)
        return Networks(networks.layout, networks.key, trained), self._kept(learned_values(networks, trained)), cost

    def _kept(self, learned: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
        """Return the learned values without those of attributes that are not trained."""
        limits = {"weight": 1.0, "bias": self._how.bias_limit, "response": self._how.response_limit}
        return {name: values for name, values in learned.items() if limits[name] > 0.0}


def _restore(before: NetworkArrays, trained: NetworkArrays, finite: NDArray[np.bool_]) -> None:
    """Give networks whose learning diverged the values that they had before."""
    network = trained.network
    for old, new, start, count in (
        (before.connection, trained.connection, "connection_start", "connections"),
        (before.node, trained.node, "node_start", "nodes"),
    ):
        for g in np.flatnonzero(~finite).tolist():
            own = slice(network[start][g], network[start][g] + network[count][g])
            new[own] = old[own]


def _rows_learned(steps: int, batch: int, rows: int) -> int:
    """Return the number of rows in the batches of the first `steps` steps; the last one of an epoch may be smaller."""
    in_epoch = -(-rows // batch)
    return steps // in_epoch * rows + steps % in_epoch * batch


def _loss_of(problem: TableProblem, name: str) -> Loss:
    """Return the loss that a name stands for with a problem."""
    if name == "auto":
        several = len(problem.outputs) > 1
        entropy = "softmax" if several else "binary_cross_entropy"
        name = entropy if problem.keys.measure == "cross_entropy" else "mse"
    return loss_named(name)
