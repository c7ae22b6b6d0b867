"""The columns of evaluations in a run's file: a summary for every generation, and all values on request."""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import format_value
from neat.core.averages import row_means
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.store.blobs import Row, checked_shape, load_arrays, pack

Shape = tuple[int, ...]

STATISTICS = ("minimum", "mean", "maximum", "champion")
_LONGEST_SHAPES = 1 << 24  # characters: of a hundred thousand names


class ColumnSummary(NamedTuple):
    """A column of one generation. `shape` is that of one genome's value, which has K components.

    Attributes:
        minimum, mean, maximum: (K,) float64, over the population.
        champion: (K,) float64, the value of the generation's best genome.
    """

    shape: Shape
    minimum: NDArray[np.float64]
    mean: NDArray[np.float64]
    maximum: NDArray[np.float64]
    champion: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColumnHistory:
    """A column over the G generations that have it; `shape` is that of one genome's value.

    Attributes:
        generation: (G,) int64, their numbers.
        minimum, mean, maximum: (G, *shape) float64, over the population.
        champion: (G, *shape) float64, the value of each generation's best genome (`GenerationRow.best_key`).
    """

    generation: NDArray[np.int64]
    minimum: NDArray[np.float64]
    mean: NDArray[np.float64]
    maximum: NDArray[np.float64]
    champion: NDArray[np.float64]

    @property
    def shape(self) -> Shape:
        """The shape of one genome's value: () if it is a number."""
        return self.mean.shape[1:]


def summarise_columns(columns: Mapping[str, NDArray[Any]], best: int) -> dict[str, ColumnSummary]:
    """Return the summary of every column; `best` is the index of the best genome.

    Values are converted to float64 and summed in the order of the genomes. If one of them is nan, so are the minimum,
    the mean and the maximum.
    """
    summaries = {}
    for name, values in columns.items():
        components = np.ascontiguousarray(values.reshape(len(values), -1).T, np.float64)
        with np.errstate(all="ignore"):
            summaries[name] = ColumnSummary(
                values.shape[1:], components.min(axis=1), row_means(components), components.max(axis=1),
                components[:, best],
            )  # fmt: skip
    return summaries


def summary_rows(generation: int, summaries: Mapping[str, ColumnSummary]) -> tuple[list[Row], list[Row]]:
    """Return the row of `evaluation` and the rows of `column_summary`; there are none without columns."""
    rows: list[Row] = []
    for name, (_, *statistics) in sorted(summaries.items()):
        # SQLite stores nan as NULL, and -0.0 as 0.0.
        values = [[None if math.isnan(value) else value + 0.0 for value in each.tolist()] for each in statistics]
        rows += [(generation, name, place, *each) for place, each in enumerate(zip(*values, strict=True))]
    shapes = json.dumps({name: list(summary.shape) for name, summary in summaries.items()})
    return ([(generation, shapes, len(rows))] if summaries else []), rows


def value_rows(generation: int, columns: Mapping[str, NDArray[Any]]) -> list[Row]:
    """Return the rows of `array` that hold all values of the columns."""
    return [("column", generation, name, *pack(values, f"column {name!r}")) for name, values in columns.items()]


def read_summaries(connection: sqlite3.Connection) -> list[tuple[int, dict[str, ColumnSummary]]]:
    """Return the generations whose evaluations have columns, each with the summaries of its columns by name.

    Raises:
        NeatError: rows are missing or wrong.
    """
    found = []
    rows = connection.execute(
        "SELECT generation, name, component, minimum, mean, maximum, champion FROM column_summary "
        "ORDER BY generation, name, component"
    )
    for generation, text in connection.execute("SELECT generation, columns FROM evaluation ORDER BY generation"):
        shapes = _shapes(text, generation)
        summaries = {name: _summary(generation, name, shapes[name], rows) for name in sorted(shapes)}
        found.append((generation, {name: summaries[name] for name in shapes}))
    if (row := next(rows, None)) is not None:
        raise _corrupt(row[0])
    return found


def column_histories(summaries: list[tuple[int, dict[str, ColumnSummary]]]) -> dict[str, ColumnHistory]:
    """Return every column by name, in the order in which they appeared.

    Raises:
        NeatError: the shape of a column differs between generations.
    """
    by_name: dict[str, dict[int, ColumnSummary]] = {}
    for generation, columns in summaries:
        for name, summary in columns.items():
            by_name.setdefault(name, {})[generation] = summary
    return {name: _history(name, column) for name, column in by_name.items()}


def read_values(connection: sqlite3.Connection, generation: int, size: int) -> dict[str, NDArray[Any]]:
    """Return all values of the columns of a generation with `size` genomes, by name.

    Raises:
        NeatError: they are not saved, or an array is missing or has a wrong name, dtype or shape.
    """
    row = connection.execute("SELECT columns FROM evaluation WHERE generation = ?", (generation,)).fetchone()
    shapes = {} if row is None else _shapes(row[0], generation)
    columns = load_arrays(connection, "column", generation)
    if list(columns) != list(shapes):
        raise NeatError(f"the columns of generation {generation} are corrupt (arrays are missing, or have wrong names)")
    for name, values in columns.items():
        if values.dtype.kind not in "biuf" or values.shape != (size, *shapes[name]):
            raise NeatError(
                f"the column {format_value(name)} of generation {generation} is corrupt (it is an array of "
                f"{values.dtype} with shape {values.shape}, not of numbers with shape {(size, *shapes[name])})"
            )
    return columns


def component_labels(name: str, shape: Shape) -> list[str]:
    """Return a label for every component of a column: `steps`, or `position[0]`, `position[1]`."""
    return [f"{name}[{','.join(map(str, index))}]" if index else name for index in np.ndindex(shape)]


def _shapes(text: str, generation: int) -> dict[str, Shape]:
    """Return the shapes of the columns of a generation from its row of `evaluation`."""
    try:
        form = load_json(text, _LONGEST_SHAPES)
        shapes = {name: checked_shape(shape) for name, shape in form.items()}
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise NeatError(f"the shapes of the columns of generation {generation} cannot be read") from None
    return shapes


def _summary(generation: int, name: str, shape: Shape, rows: Iterator[Row]) -> ColumnSummary:
    """Return the summary of a column from the next rows of `column_summary`."""
    size = math.prod(shape)
    own = list(itertools.islice(rows, min(size, sys.maxsize)))
    if len(own) != size or any(row[:3] != (generation, name, place) for place, row in enumerate(own)):
        raise _corrupt(generation)
    try:
        return ColumnSummary(shape, *np.array([row[3:] for row in own], np.float64).reshape(size, 4).T)  # None is nan
    except (TypeError, ValueError):
        raise _corrupt(generation) from None


def _history(name: str, summaries: Mapping[int, ColumnSummary]) -> ColumnHistory:
    (first, summary), *others = summaries.items()
    shape = summary.shape
    for generation, other in others:
        if other.shape != shape:
            raise NeatError(
                f"the value of the column {format_value(name)} has shape {shape} in generation {first} and "
                f"{other.shape} in generation {generation}, so no array can hold both (use neat stats --csv)"
            )
    _, *statistics = zip(*summaries.values(), strict=True)
    arrays = (np.stack(statistic).reshape(len(summaries), *shape) for statistic in statistics)
    return ColumnHistory(np.array(list(summaries), np.int64), *arrays)


def _corrupt(generation: int) -> NeatError:
    return NeatError(f"the columns of generation {generation} are corrupt (rows are missing, or belong to no column)")
