"""The columns of evaluations in a run's file: a summary for every generation, and all values on request."""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config.written import format_value
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


def read_columns(connection: sqlite3.Connection) -> dict[str, ColumnHistory]:
    """Return every column by name, in the order of their first generations.

    Raises:
        NeatError: rows are missing or wrong, or the shape of a column differs between generations.
    """
    shapes = {
        generation: _shapes(text, generation)
        for generation, text in connection.execute("SELECT generation, columns FROM evaluation ORDER BY generation")
    }
    values: dict[str, list[tuple[float | None, ...]]] = {}
    rows = connection.execute(
        "SELECT generation, name, component, minimum, mean, maximum, champion FROM column_summary "
        "ORDER BY generation, name, component"
    )
    for expected, row in itertools.zip_longest(_expected_rows(shapes), rows):
        if row is None or expected != row[:3]:
            at = (row or expected)[0]
            raise NeatError(f"the columns of generation {at} are corrupt (rows are missing, or belong to no column)")
        values.setdefault(row[1], []).append(row[3:])
    return {
        name: _history(name, values.get(name, []), shapes) for name in dict.fromkeys(itertools.chain(*shapes.values()))
    }


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


def _expected_rows(shapes: Mapping[int, Mapping[str, Shape]]) -> Iterator[Row]:
    """Yield the generation, name and component of every row that `column_summary` must have, in order."""
    for generation, columns in shapes.items():
        for name, shape in sorted(columns.items()):
            yield from ((generation, name, component) for component in range(math.prod(shape)))


def _history(
    name: str, values: list[tuple[float | None, ...]], shapes: Mapping[int, Mapping[str, Shape]]
) -> ColumnHistory:
    """Return a column from the statistics of all its components in all generations."""
    having = {generation: columns[name] for generation, columns in shapes.items() if name in columns}
    (first, shape), *others = having.items()
    for generation, other in others:
        if other != shape:
            raise NeatError(
                f"the value of the column {format_value(name)} has shape {shape} in generation {first} and {other} in "
                f"generation {generation}, so they do not fit into one array (read them with SQLite)"
            )
    try:
        table = np.array(values, np.float64).reshape(len(having), *shape, 4)  # None becomes nan
    except (TypeError, ValueError):
        raise NeatError(f"the column {format_value(name)} is corrupt (it holds values that are not numbers)") from None
    minimum, mean, maximum, champion = np.moveaxis(table, -1, 0).copy()
    return ColumnHistory(np.array(list(having), np.int64), minimum, mean, maximum, champion)
