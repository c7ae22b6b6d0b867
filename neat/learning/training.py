"""Training one genome: it keeps its wiring and learns its weights from rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from neat.config.arguments import argument_error, function, instance, switch, whole
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.core.text import counted
from neat.genetics.columns import CONNECTION_DTYPES, NODE_DTYPES
from neat.genetics.genome import Genome
from neat.learning.gradient import Examples, check_learnable, checked_examples, losses_of, writable
from neat.learning.keys import OPTIMISERS, training_keys
from neat.learning.learned import learned_values
from neat.learning.losses import Loss, loss_named
from neat.learning.training_kernels import Steps, train_range
from neat.network import compile_networks
from neat.network.activation_kernels import NetworkArrays
from neat.network.networks import Networks


class Epoch(NamedTuple):
    """One pass over all rows.

    Attributes:
        number: from 1.
        loss: the mean loss of the rows, of each batch before the weights changed.
        held_out: the mean loss of the held-out rows after the epoch, or None if there are none.
        genome: the genome after the epoch.
    """

    number: int
    loss: float
    held_out: float | None
    genome: Genome


@dataclass(frozen=True)
class Training:
    """The result of training.

    Attributes:
        genome: the trained genome; with early stopping, that of the epoch with the lowest held-out loss.
        loss: (epochs,) the loss of each epoch.
        held_out: (epochs,) the held-out loss after each epoch, or empty without held-out rows.
        best: the number of the epoch that the genome is from.
        stopped_early: whether training ended before all epochs were done.
    """

    genome: Genome
    loss: tuple[float, ...]
    held_out: tuple[float, ...]
    best: int
    stopped_early: bool

    def __repr__(self) -> str:
        early = ", stopped early" if self.stopped_early else ""
        return (
            f"Training: {counted(len(self.loss), 'epoch')}, loss {self.loss[0]:.4g} -> {self.loss[-1]:.4g}"
            + (f", held-out loss {self.held_out[self.best - 1]:.4g}" if self.held_out else "")
            + (f"{early}, genome of epoch {self.best}" if self.best < len(self.loss) else "")
        )


def train(
    genome: Genome,
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    loss: str = "mse",
    epochs: int = 100,
    optimiser: Literal["sgd", "adam"] = "adam",
    rate: float = 0.01,
    momentum: float = 0.0,
    decay: float = 0.0,
    batch: int = 32,
    held_out: tuple[ArrayLike, ArrayLike] | None = None,
    patience: int = 0,
    seed: int = 0,
    biases: bool | None = None,
    responses: bool = False,
    watch: Callable[[Epoch], object] | None = None,
) -> Training:
    """Train a genome: change its weights and biases so that its outputs come close to the targets.

    The result has the same bits everywhere. Weights of connections that are disabled or lead nowhere stay as they are.

    Args:
        genome: any genome whose functions have derivatives.
        inputs, targets: (R, I) and (R, O) rows, or (E, T, I) and (E, T, O) episodes: see `gradients`.
        loss: `half_squared`, `mse`, `binary_cross_entropy` or `softmax`.
        epochs: passes over all rows, at least 1.
        optimiser: `sgd`, stochastic gradient descent, or `adam` (Kingma & Ba 2015).
        rate: the learning rate, above 0.
        momentum: of `sgd`, from 0 to below 1.
        decay: in epoch n, counted from 0, the rate is `rate / (1 + decay n)`.
        batch: rows (episodes) of a step, drawn anew in every epoch; 0: all of them, gradient descent.
        held_out: inputs and targets that are not learned from; their loss is measured after every epoch.
        patience: stop after this many epochs without a lower held-out loss, and return the genome of the best epoch;
            0: never stop early, and return the last genome.
        seed: of the batches.
        biases: whether biases are trained; by default, if the genome has no bias node.
        responses: whether responses are trained.
        watch: called after every epoch.

    Raises:
        NeatError: an argument is not allowed, data do not fit the genome or the loss, a function has no derivative, or
            training diverged; the message says what to change.
    """
    instance("genome", genome, Genome, "a neat.Genome")
    keys = training_keys(
        {
            "epochs": epochs, "optimiser": optimiser, "rate": rate, "momentum": momentum, "decay": decay,
            "batch": batch, "patience": patience,
        }
    )  # fmt: skip
    whole("seed", seed)
    function("watch", watch, "an Epoch")
    chosen = loss_named(loss)
    examples = checked_examples(genome.layout, inputs, targets, chosen)
    tests = None if held_out is None else _held_out_examples(genome, held_out, chosen)
    if keys.patience and tests is None:
        raise NeatError("patience needs held-out rows (held_out=(inputs, targets))")
    networks = compile_networks(genome).networks
    check_learnable(networks, chosen)
    trained = writable(networks.arrays)
    trains_biases = not genome.layout.bias_node if biases is None else switch("biases", biases)
    trains_responses = switch("responses", responses)
    how = Steps(
        chosen.code, OPTIMISERS[keys.optimiser], keys.rate, keys.momentum, keys.decay, keys.batch,
        VALUE_LIMIT, VALUE_LIMIT if trains_biases else 0.0, VALUE_LIMIT if trains_responses else 0.0,
    )  # fmt: skip
    rng = Randomness(seed, FIRST_GENERATION, Purpose.LEARNING)
    episodes = len(examples.inputs)
    steps = -(-episodes // min(keys.batch or episodes, episodes))
    size = len(trained.connection) + 2 * len(trained.node)
    first, second, key = np.zeros(size), np.zeros(size), np.zeros(1, np.int64)
    losses, held_losses, best = [], [], 1
    found = genome
    for number in range(1, keys.epochs + 1):
        mean, finite = np.zeros(1), np.zeros(1, np.bool_)
        train_range(
            0, 1, trained, *examples, rng.address, key, how, (number - 1) * steps, steps, first, second, mean, finite
        )
        if not finite[0]:
            raise NeatError(
                f"training diverged in epoch {number}: weights or losses grew beyond all limits; the genome is "
                f"unchanged (lower the rate, {keys.rate:g}, for example to {keys.rate / 10:g})"
            )
        losses.append(float(mean[0]))
        after = _with_learned(genome, networks, trained)
        if tests is not None:
            now = Networks(networks.layout, networks.key, trained)
            held_losses.append(float(losses_of(now, tests, chosen, 1, backward=False).loss[0]))
            if held_losses[-1] < held_losses[best - 1] or number == 1:
                best, found = number, after
        if watch is not None:
            watch(Epoch(number, losses[-1], held_losses[-1] if held_losses else None, after))
        if keys.patience and number - best >= keys.patience:
            break
    if not keys.patience:
        best, found = number, after
    return Training(found, tuple(losses), tuple(held_losses), best, number < keys.epochs)


def _held_out_examples(genome: Genome, held_out: tuple[ArrayLike, ArrayLike], loss: Loss) -> Examples:
    if not isinstance(held_out, tuple | list) or len(held_out) != 2:
        raise argument_error("held_out", held_out, "a pair of inputs and targets")
    try:
        return checked_examples(genome.layout, *held_out, loss)
    except NeatError as error:
        raise NeatError(f"held_out: {error}") from None


def _with_learned(genome: Genome, networks: Networks, trained: NetworkArrays) -> Genome:
    columns = {name: genome.column(name) for name in (*CONNECTION_DTYPES, *NODE_DTYPES)}
    for name, values in learned_values(networks, trained).items():
        columns[name] = np.where(np.isnan(values), columns[name], values)
    return Genome.of(genome.layout, columns, genome.key, genome.parents, genome.splits)
