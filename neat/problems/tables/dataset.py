"""The dataset problem: rows of inputs, and what a network should answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import neat.problems.registry  # noqa: F401  (declares the keys)
from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.written import format_value
from neat.core.errors import NeatError
from neat.core.parallel import parallel_for
from neat.core.randomness import Randomness
from neat.genetics.genome import names
from neat.genetics.population import Layout, freeze
from neat.network import Networks, prepare_rows
from neat.problems.keys import DatasetKeys, Measure, MeasureKeys, Solved
from neat.problems.protocol import Evaluation, Problem, check_networks
from neat.problems.tables import table_kernels as kernels
from neat.problems.tables.csv_file import read_csv
from neat.problems.tables.number_table import names_in, number_table
from neat.problems.tables.targets import check_outputs, check_targets

MEASURES = {
    "mse": kernels.MSE,
    "accuracy": kernels.ACCURACY,
    "cross_entropy": kernels.CROSS_ENTROPY,
    "paper": kernels.PAPER,
}
_SECONDS_PER_VALUE = 0.25e-9  # a connection on a row
_SECONDS_PER_NETWORK = 200e-9


class Dataset(Problem):
    """Networks answer every row; the measure of all answers is their fitness.

    Args:
        inputs: (R, I) numbers; targets: (R, O) numbers, or (R,) for one target. Of more than two classes, each has
            a target of its own, 1 in its rows and 0 in the others.
        measure: `mse`, minus the mean squared error; `accuracy`, the share of rows answered right: on the right
            side of `side` (one target), or with the largest output where the largest target is; `cross_entropy`,
            minus its mean: of the output as a probability (one target), or of the outputs' softmax; `paper`,
            (values - sum of |error|) squared, as for XOR in the paper (section 4.1), and negative where the errors
            come to more.
        solved: a fitness that solves it; `sides`: every output of every row on its target's side of `side`.
        input_names, target_names: by default the names of a DataFrame's columns or of a Series, else x1, x2, ...
            and y1, y2, ...

    Raises:
        NeatError: the arrays do not fit together or hold values that are not finite or lie beyond +-2^40, the measure
            is unknown or does not suit the targets, or no network could reach `solved`.
    """

    deterministic = True

    def __init__(
        self,
        inputs: ArrayLike,
        targets: ArrayLike,
        *,
        measure: Measure = "mse",
        solved: Solved = None,
        side: float = 0.5,
        input_names: Sequence[str] | None = None,
        target_names: Sequence[str] | None = None,
        threads: int = 0,
    ) -> None:
        keys = MeasureKeys(measure=measure, solved=solved, side=side)
        self.threads = thread_count(threads)
        rows, wanted = number_table(inputs, "inputs", "I"), number_table(targets, "targets", "O")
        if len(rows) != len(wanted):
            raise NeatError(f"inputs have {len(rows)} rows and targets {len(wanted)}; each row needs both")
        self.inputs = _names(input_names, inputs, rows.shape[1], "x")
        self.outputs = _names(target_names, targets, wanted.shape[1], "y")
        if len(rows) > 1 and (rows == rows[0]).all() and not (wanted == wanted[0]).all():
            raise NeatError("inputs are the same in every row, but targets differ: no network can distinguish the rows")
        check_targets(wanted, self.outputs, keys.measure, keys.solved, keys.side)
        self.rows = freeze(rows, np.float64)
        self.targets = freeze(wanted, np.float64)
        self.measure, self.solved, self.side = keys.measure, keys.solved, keys.side
        self._prepared = [
            prepare_rows(Layout(self.inputs, self.outputs, bias_node), rows) for bias_node in (False, True)
        ]
        self._wanted = freeze(wanted.T, np.float64)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        inputs: Sequence[str],
        targets: Sequence[str],
        *,
        measure: Measure = "mse",
        solved: Solved = None,
        side: float = 0.5,
        threads: int = 0,
    ) -> Dataset:
        """Return the dataset in a CSV file whose first row names the columns.

        Raises:
            NeatError: the file cannot be read, lacks columns or rows, or has rows that are too long or too short, or
                cells that are not numbers; the message names the lines and the columns. Or as `Dataset`.
        """
        columns: dict[str, Any] = {
            name: (given,) if isinstance(given, str) else given  # a string is one name, even if it contains commas
            for name, given in (("inputs", inputs), ("targets", targets))
        }
        keys = DatasetKeys(
            data=str(path) if isinstance(path, Path) else path, **columns, measure=measure, solved=solved, side=side
        )
        return cls._of_file(Path(path), keys, threads)

    @classmethod
    def _of_file(cls, path: Path, keys: DatasetKeys, threads: int) -> Dataset:
        table, width = read_csv(path, [*keys.inputs, *keys.targets]), len(keys.inputs)
        try:
            return cls(
                table[:, :width], table[:, width:], measure=keys.measure, solved=keys.solved, side=keys.side,
                input_names=keys.inputs, target_names=keys.targets, threads=threads,
            )  # fmt: skip
        except NeatError as error:
            raise NeatError(f"{path}: {error}") from None

    def check_settings(self, config: Config) -> None:
        """Check that networks with this configuration can reach the targets.

        Raises:
            NeatError: a target cannot be reached; the message says which one, and what to set instead.
        """
        check_outputs(self.targets, self.outputs, self.measure, self.solved, self.side, config)

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Return the fitness and solved flags of P networks; `rng` is not used.

        Raises:
            NeatError: the networks have other inputs or outputs.
        """
        check_networks(networks, self.inputs, self.outputs)
        size = len(networks)
        fitness, sides = np.empty(size), np.empty(size, np.bool_)
        values = len(networks.arrays.connection) * len(self.rows)
        seconds = size * _SECONDS_PER_NETWORK + values * _SECONDS_PER_VALUE
        parallel_for(
            self.threads, seconds, size, kernels.judge_rows,
            networks.arrays, self._prepared[networks.layout.bias_node], self._wanted, MEASURES[self.measure],
            self.side, fitness, sides,
        )  # fmt: skip
        solved = None
        if self.solved is not None:
            solved = sides if self.solved == "sides" else fitness >= self.solved
        return Evaluation(fitness, solved=solved)


def make(config: Config, keys: DatasetKeys) -> Dataset:
    """Return the dataset that `[problem] kind = dataset` describes."""
    return Dataset._of_file(config.path(keys.data), keys, config.run.threads)


def _names(given: Sequence[str] | None, values: ArrayLike, width: int, prefix: str) -> tuple[str, ...]:
    """Return the names of a table's columns: the given names, its own, or numbers with a prefix."""
    found = names((names_in(values) or width) if given is None else given, prefix)
    if len(found) != width:
        raise NeatError(f"there are {len(found)} names ({format_value(', '.join(found))}) for {width} columns")
    return found
