"""The dataset problem: rows of inputs, and what a network should answer."""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Sequence
from numbers import Real
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config import Config
from neat.config.written import shown, told
from neat.genetics.genome import names
from neat.genetics.population import Layout, freeze
from neat.ground.compiled import across
from neat.ground.errors import NeatError, did_you_mean
from neat.ground.randomness import Randomness
from neat.network import Networks, prepare_rows
from neat.problems import kernels
from neat.problems.keys import DatasetKeys, Measure, Solved, out_of_reach
from neat.problems.protocol import Evaluation, Problem, check_networks

MEASURES = {
    "mse": kernels.MSE,
    "accuracy": kernels.ACCURACY,
    "cross_entropy": kernels.CROSS_ENTROPY,
    "paper": kernels.PAPER,
}
_MOST_NAMED = 20  # columns of a file, by an error
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
        input_names, target_names: by default x1, x2, ... and y1, y2, ...

    Raises:
        NeatError: the arrays do not fit together or hold values that are not finite, the measure is unknown or is
            none for such targets, or no network could reach `solved`.
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
        rows, wanted = _table(inputs, "inputs", "I"), _table(targets, "targets", "O")
        if len(rows) != len(wanted):
            raise NeatError(f"inputs have {len(rows)} rows and targets {len(wanted)}; each row needs both")
        if measure not in MEASURES:
            hint = did_you_mean(str(measure), MEASURES)
            raise NeatError(f"measure is {measure!r}; it must be one of {', '.join(MEASURES)}{hint}")
        self.inputs = names(rows.shape[1] if input_names is None else input_names, "x")
        self.outputs = names(wanted.shape[1] if target_names is None else target_names, "y")
        for name, width in ((self.inputs, rows.shape[1]), (self.outputs, wanted.shape[1])):
            if len(name) != width:
                raise NeatError(f"there are {len(name)} names ({', '.join(name)}) for {width} columns")
        for what, value in ("solved", None if solved == "sides" else solved), ("side", side):
            if value is not None and not (isinstance(value, Real) and math.isfinite(value)):
                allowed = "a finite number" if what == "side" else "None, 'sides' or a finite number"
                raise NeatError(f"{what} is {told(value)}; it must be {allowed}")
        if fault := out_of_reach(measure, solved):
            raise NeatError(f"solved = {solved}: {fault}")
        _check_targets(wanted, self.outputs, measure, side)
        self.rows = freeze(rows, np.float64)
        self.targets = freeze(wanted, np.float64)
        self.measure, self.solved, self.side, self.threads = measure, solved, float(side), threads
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
            NeatError: the file cannot be read, lacks a column or rows, or has a cell that is no number; the message
                says the line and the column.
        """
        inputs, targets = [(given,) if isinstance(given, str) else given for given in (inputs, targets)]
        table = read_csv(Path(path), [*inputs, *targets])
        return cls(
            table[:, : len(inputs)],
            table[:, len(inputs) :],
            measure=measure,
            solved=solved,
            side=side,
            input_names=inputs,
            target_names=targets,
            threads=threads,
        )

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Return fitness and solved flags of P networks; chance plays no part.

        Raises:
            NeatError: the networks have other inputs or outputs.
        """
        check_networks(networks, self.inputs, self.outputs)
        size = len(networks)
        fitness, sides = np.empty(size), np.empty(size, np.bool_)
        values = len(networks.arrays.connection) * len(self.rows)
        seconds = size * _SECONDS_PER_NETWORK + values * _SECONDS_PER_VALUE
        across(
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
    return Dataset.from_csv(
        config.path(keys.data),
        keys.inputs,
        keys.targets,
        measure=keys.measure,
        solved=keys.solved,
        side=keys.side,
        threads=config.run.threads,
    )


def read_csv(path: Path, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return the named columns of a CSV file as (R, columns) float64.

    Raises:
        NeatError: as `Dataset.from_csv` says.
    """
    values = array("d")
    try:
        if path.exists() and not path.is_file():
            raise NeatError(f"{path}: is no plain file")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            header = [name.strip() for name in next(reader, [])]
            if not any(header):
                raise NeatError(f"{path}: is empty; its first row must name the columns")
            places = _places(path, header, columns)
            for row in reader:
                if any(cell.strip() for cell in row):
                    values.extend(_cell(path, reader.line_num, row, place, name) for name, place in places)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NeatError(
            f"{path}: cannot be read as a CSV file ({getattr(error, 'strerror', None) or error})"
        ) from None
    if not values:
        raise NeatError(f"{path}: has a header and no rows of data")
    return np.array(values).reshape(-1, len(columns))


def _places(path: Path, header: list[str], columns: Sequence[str]) -> list[tuple[str, int]]:
    """Return the columns with where in a row each of them is."""
    counts, place = Counter(header), {name: number for number, name in enumerate(header)}
    for name in columns:
        if counts[name] > 1:
            raise NeatError(f"{path}:1: two columns are named {told(name)}; the name must be unique")
        if name not in place:
            some = ", ".join([shown(other) for other in header[:_MOST_NAMED]])
            more = ", ..." if len(header) > _MOST_NAMED else ""
            raise NeatError(f"{path}:1: has no column {told(name)} (columns: {some}{more}){did_you_mean(name, header)}")
    return [(name, place[name]) for name in columns]


def _cell(path: Path, line: int, row: list[str], place: int, name: str) -> float:
    if place >= len(row):
        raise NeatError(f"{path}:{line}: the row has {len(row)} cells, none for column {told(name)}")
    try:
        value = float(row[place])
    except ValueError:
        word = any(letter.isalpha() for letter in row[place])
        hint = " (a word becomes columns of 0 and 1, one for each word there is)" if word else ""
        raise NeatError(
            f"{path}:{line}: column {told(name)} holds {told(row[place])}, which is not a number{hint}"
        ) from None
    if not math.isfinite(value):
        raise NeatError(f"{path}:{line}: column {told(name)} holds {told(row[place])}; it must be finite")
    return value


def _check_targets(targets: NDArray[np.float64], names: Sequence[str], measure: Measure, side: float) -> None:
    """Check that targets are what a measure of classes takes them for: numbers of classes are easily given instead.

    Raises:
        NeatError: which target is what instead.
    """
    mend = "each class needs a target of its own, 1 in its rows and 0 in the others"
    if measure == "accuracy" and len(names) == 1:
        values = np.unique(targets)
        if len(values) > 2:
            raise NeatError(
                f"measure = accuracy tells two classes of one target apart; {told(names[0])} has {len(values)} "
                f"values ({mend})"
            )
        if len(values) == 2 and (values > side).all() == (values > side).any():
            raise NeatError(
                f"measure = accuracy with side = {side:g}: {told(names[0])} is {values[0]:g} or {values[1]:g}, both on "
                "the same side of it (set side between them)"
            )
    if measure == "cross_entropy" and not ((targets >= 0.0) & (targets <= 1.0)).all():
        row, place = np.argwhere((targets < 0.0) | (targets > 1.0))[0]
        value = f"{told(names[place])} is {targets[row, place]:g} in row {row}"
        raise NeatError(f"measure = cross_entropy takes targets for probabilities, from 0 to 1; {value} ({mend})")


def _table(values: ArrayLike, what: str, letter: str) -> NDArray[np.float64]:
    try:
        table = np.array(values, np.float64)
    except (TypeError, ValueError):
        raise NeatError(f"{what} must be numbers of shape (R, {letter})") from None
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or not table.size:
        raise NeatError(
            f"{what} must have shape (R, {letter}) with at least one row; they have shape {table.shape}"
        )
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise NeatError(f"{what} must be finite; row {row} is not")
    return table
