"""A table of inputs and targets as a problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config import Config
from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.parallel import parallel_for
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.genetics.genome import names
from neat.genetics.population import Layout, freeze
from neat.network import Network, Networks, prepare_rows
from neat.problems.evaluation import Arrays, Evaluation, TestResult
from neat.problems.protocol import ConfiguredProblem, Context, Problem, check_networks, keys_from
from neat.problems.tables import table_kernels as kernels
from neat.problems.tables.csv_file import read_csv
from neat.problems.tables.keys import DatasetKeys, MeasureKeys, measure_values
from neat.problems.tables.number_table import column_names, number_table
from neat.problems.tables.targets import check_outputs, check_targets

MEASURES = {
    "mse": kernels.MSE,
    "accuracy": kernels.ACCURACY,
    "cross_entropy": kernels.CROSS_ENTROPY,
    "paper": kernels.PAPER,
}
_SECONDS_PER_VALUE = 0.25e-9  # a connection on a row
_SECONDS_PER_NETWORK = 200e-9


class TableProblem(Problem):
    """Base class of tables: networks compute outputs for every row, and a measure compares them with the targets.

    Attributes:
        rows: (R, I) float64.
        targets: (R, O) float64.
        keys: the measure, and when the problem is solved.
        description: a phrase for what networks are evaluated on, such as `on the 4 rows`.
    """

    deterministic = True
    fine_grained = True

    def __init__(
        self, rows: NDArray[np.float64], targets: NDArray[np.float64], inputs: tuple[str, ...],
        outputs: tuple[str, ...], keys: MeasureKeys, description: str,
    ) -> None:  # fmt: skip
        check_targets(targets, outputs, keys.measure, keys.solved, keys.side)
        self.inputs, self.outputs, self.keys, self.description = inputs, outputs, keys, description
        self.rows = freeze(rows, np.float64)
        self.targets = freeze(targets, np.float64)
        self.threshold = None if keys.solved == "sides" else keys.solved
        self._prepared = [prepare_rows(Layout(inputs, outputs, bias_node), rows) for bias_node in (False, True)]
        self._wanted = freeze(targets.T, np.float64)

    def check_settings(self, config: Config) -> None:
        """Check that networks with this configuration can reach the targets.

        Raises:
            NeatError: a target cannot be reached; the message says which one, and what to set instead.
        """
        keys = self.keys
        check_outputs(self.targets, self.outputs, keys.measure, keys.solved, keys.side, config)

    def compile_kernels(self, networks: Networks) -> None:
        """Compile the kernels that evaluate networks, by evaluating none."""
        self.evaluate(networks[:0], Context(Randomness(0, FIRST_GENERATION, Purpose.EVALUATION), threads=1))

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the fitness of P networks, and which of them solve the problem.

        Raises:
            NeatError: the networks have other inputs or outputs.
        """
        check_networks(networks, self.inputs, self.outputs)
        keys, size = self.keys, len(networks)
        fitness, sides = np.empty(size), np.empty(size, np.bool_)
        values = len(networks.arrays.connection) * len(self.rows)
        seconds = size * _SECONDS_PER_NETWORK + values * _SECONDS_PER_VALUE
        parallel_for(
            context.threads, seconds, size, kernels.evaluate_rows,
            networks.arrays, self._prepared[networks.layout.bias_node], self._wanted, MEASURES[keys.measure],
            keys.side, fitness, sides,
        )  # fmt: skip
        solved = None
        if keys.solved is not None:
            solved = sides if keys.solved == "sides" else fitness >= keys.solved
        return Evaluation(fitness, solved=solved)

    def test(self, network: Network, episodes: int, seed: int, preprocessing: Arrays) -> TestResult:
        """Return the fitness of one network; a table is always the same, so `episodes` and `seed` change nothing."""
        rng = Randomness(seed, FIRST_GENERATION, Purpose.VALIDATION)
        found = self.evaluate(network.networks, Context(rng, threads=1))
        solved = None if found.solved is None else bool(found.solved[0])
        return TestResult(found.fitness, self.threshold, solved, unit="evaluation", same=self.description)


class Dataset(TableProblem, ConfiguredProblem[DatasetKeys]):
    """A table of inputs and targets, given as arrays or read from a CSV file.

    Args:
        inputs: (R, I) numbers.
        targets: (R, O) numbers, or (R,) for a single target. More than two classes need one target each: 1 in the rows
            of the class and 0 in the others.
        keys: the measure, when the problem is solved, and the side that separates two classes; or these as keyword
            arguments `measure`, `solved`, `side`. `mse` is minus the mean squared error; `accuracy` the share of rows
            with the right answer: on the right side of `side` (one target), or with the largest output where the
            largest target is; `cross_entropy` minus the mean cross entropy, of the output as a probability (one target)
            or of the softmax of the outputs; `paper` is (values - sum of |error|) squared, as for XOR in Stanley &
            Miikkulainen (2002, section 4.1), negative where the errors exceed the number of values. `solved` is a
            fitness, or `sides`: every output is on its target's side of `side` in every row.
        input_names, target_names: by default the names of a DataFrame's columns or of a Series, else x1, x2, ... and
            y1, y2, ...

    Raises:
        NeatError: the arrays do not fit together, hold values that are not finite or beyond +-2^40, the measure is
            unknown or does not suit the targets, or no network could reach `solved`.
    """

    def __init__(
        self,
        inputs: ArrayLike,
        targets: ArrayLike,
        keys: MeasureKeys | None = None,
        *,
        input_names: Sequence[str] | None = None,
        target_names: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        keys = keys_from(MeasureKeys, keys, options)
        rows, wanted = number_table(inputs, "inputs", "I"), number_table(targets, "targets", "O")
        if len(rows) != len(wanted):
            raise NeatError(f"inputs have {len(rows)} rows and targets {len(wanted)}; each row needs both")
        own_names = _names(input_names, inputs, rows.shape[1], "x")
        if len(rows) > 1 and (rows == rows[0]).all() and not (wanted == wanted[0]).all():
            raise NeatError("inputs are the same in every row, but targets differ: no network can distinguish the rows")
        outputs = _names(target_names, targets, wanted.shape[1], "y")
        super().__init__(rows, wanted, own_names, outputs, keys, f"on the {len(rows):,} rows")

    @classmethod
    def from_csv(
        cls, path: str | Path, inputs: Sequence[str], targets: Sequence[str], keys: MeasureKeys | None = None,
        **options: Any,
    ) -> Dataset:  # fmt: skip
        """Return the dataset in a CSV file whose first row names the columns.

        `inputs` and `targets` are names of columns; `keys` and `options` are those of `Dataset`.

        Raises:
            NeatError: the file cannot be read, lacks columns or rows, or has rows that are too long or too short, or
                cells that are not numbers; the message names the lines and the columns. Or as `Dataset`.
        """
        keys = keys_from(MeasureKeys, keys, options)
        columns: dict[str, Any] = {
            name: (given,) if isinstance(given, str) else given  # a string is one name, even if it contains commas
            for name, given in (("inputs", inputs), ("targets", targets))
        }
        data = str(path) if isinstance(path, Path) else path
        checked = DatasetKeys(data=data, **columns, **keys.to_dict())
        return cls._from_file(Path(path), checked)

    @classmethod
    def from_keys(cls, keys: DatasetKeys, config: Config) -> Dataset:
        """Return the dataset that `[problem] kind = dataset` describes."""
        return cls._from_file(config.path(keys.data), keys)

    @classmethod
    def _from_file(cls, path: Path, keys: DatasetKeys) -> Dataset:
        table, width = read_csv(path, [*keys.inputs, *keys.targets]), len(keys.inputs)
        try:
            dataset = Dataset(
                table[:, :width], table[:, width:], MeasureKeys(**measure_values(keys)),
                input_names=keys.inputs, target_names=keys.targets,
            )  # fmt: skip
        except NeatError as error:
            raise NeatError(f"{path}: {error}") from None
        dataset.description += f" of {keys.data}"
        return dataset


def _names(given: Sequence[str] | None, values: ArrayLike, width: int, prefix: str) -> tuple[str, ...]:
    """Return the names of a table's columns: the given names, its own, or numbers with a prefix."""
    found = names((column_names(values) or width) if given is None else given, prefix)
    if len(found) != width:
        raise NeatError(f"there are {len(found)} names ({format_value(', '.join(found))}) for {width} columns")
    return found
