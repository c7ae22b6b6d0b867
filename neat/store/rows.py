"""The rows that a generation adds to a run's file. They depend only on the generation, except for `seconds`.

Each generation is summarised at once, so that its genomes need not be kept. The rows of many generations are made
together when they are committed, which takes a quarter of the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import RunKeys
from neat.core.averages import mend_means
from neat.evolution.state import Champion, Generation, Species
from neat.genetics.innovation import Innovations
from neat.problems.evaluation import Validation
from neat.store.blobs import Row, pack
from neat.store.columns import ColumnSummary, summarise_columns, summary_rows, value_rows
from neat.store.record_kernels import summarise_generation

#: The tables to which a generation may add rows.
TABLES = (
    "generation", "species", "champion", "validation", "lineage", "innovation", "evaluation", "column_summary", "array",
)  # fmt: skip

_SECONDS = 16  # index of the clock's column in a row of `generation`
_SMALL_KEY, _LARGE_KEY, _SMALL_KEYS = np.dtype("<i4"), np.dtype("<i8"), 2**31  # small keys need half the bytes


class Counters(NamedTuple):
    """The next genome key and the numbers of known connections and nodes, before a generation."""

    next_key: int = 0
    connections: int = 0
    nodes: int = 0


class GenerationSummary(NamedTuple):
    """What the rows of a generation are made from.

    Attributes:
        number: the generation's number.
        before: the counters before it.
        head: its row in `generation` before the mean fitness; `tail` is the part after it.
        size, best, mean: (S + 1,), sizes and fitness of its species; the last element describes the population.
        born: (B, 2), the parents of the genomes born in it.
        champion, validation: those of this generation, or None.
        columns: the summary of every column of its evaluation.
        values: the columns themselves, if all their values are saved.
    """

    number: int
    before: Counters
    head: Row
    tail: Row
    species: Species
    size: NDArray[np.int64]
    best: NDArray[np.float64]
    mean: NDArray[np.float64]
    born: NDArray[Any]
    champion: Champion | None
    validation: Validation | None
    innovations: Innovations
    columns: Mapping[str, ColumnSummary]
    values: Mapping[str, NDArray[Any]]

    @property
    def after(self) -> Counters:
        """The counters after this generation."""
        return Counters(self.before.next_key + len(self.born), self.innovations.connections, self.innovations.nodes)


class Rows(NamedTuple):
    """The rows of one generation, by table."""

    generation: int
    tables: Mapping[str, list[Row]]

    def differences(self, saved: Rows) -> list[str]:
        """Return the tables in which the saved rows of the same generation differ; `seconds` is ignored.

        Columns are ignored if none are saved, as in a run of a version that did not save them.
        """
        columns = bool(saved.tables.get("evaluation"))
        return sorted(
            table for table in TABLES if self._comparable(table, columns) != saved._comparable(table, columns)
        )

    def _comparable(self, table: str, columns: bool) -> list[Row]:
        rows = self.tables.get(table, [])
        if table == "generation":
            return [row[:_SECONDS] + row[_SECONDS + 1 :] for row in rows]
        if columns:
            return rows
        if table == "array":
            return [row for row in rows if row[0] != "column"]
        return [] if table in ("evaluation", "column_summary") else rows


def summarise(generation: Generation, before: Counters, seconds: float, run: RunKeys) -> GenerationSummary:
    """Return the summary of a generation; `seconds` is the time since the previous one."""
    state, evaluation, population, species = (
        generation.state, generation.evaluation, generation.population, generation.species,
    )  # fmt: skip
    fitness, score, count, number = evaluation.fitness, evaluation.scores, len(species.id) + 1, state.generation
    size, best, mean = np.empty(count, np.int64), np.empty(count), np.empty(count)
    born = np.empty((state.next_key - before.next_key, 2), _SMALL_KEY if state.next_key <= _SMALL_KEYS else _LARGE_KEY)
    key = population.key
    digest = summarise_generation(
        population.connection_start, population.node_start, population.weight.view(np.int64),
        population.bias.view(np.int64), key, population.parents, fitness, fitness.view(np.int64),
        score.view(np.int64), state.species_index, size, best, mean, born,
    )  # fmt: skip
    if not np.isfinite(mean).all():
        mend_means(mean[:-1], fitness, state.species_index)
        mean[-1] = generation.mean_fitness
    head = (number, int(digest), float(fitness[generation.best]), int(key[generation.best]))
    tail = (
        count - 1, state.threshold, len(population.weight) / len(key),
        len(population.node) / len(key) - population.layout.given, generation.evaluations, len(generation.failed),
        generation.record, generation.progress, int(generation.solved), state.next_key, state.next_species, seconds,
        generation.retests,
    )  # fmt: skip
    champion = generation.champion
    return GenerationSummary(
        number, before, head, tail, species, size, best, mean, born,
        champion if champion.generation == number else None, generation.validation, state.innovations,
        summarise_columns(evaluation.columns, generation.best) if evaluation.columns else {},
        evaluation.columns if run.columns == "all" else {},
    )  # fmt: skip


def rows_of(summary: GenerationSummary, run: RunKeys) -> Rows:
    """Return the rows of a generation.

    Raises:
        NeatError: the preprocessing of its champion cannot be saved.
    """
    number, born, before, after = summary.number, summary.born, summary.before, summary.after
    tables: dict[str, list[Row]] = {
        "generation": [(*summary.head, float(summary.mean[-1]), *summary.tail)],
        "species": _species_rows(summary),
    }
    if summary.champion is not None:
        champion = summary.champion
        tables["champion"] = [
            (
                number, champion.genome.key, champion.fitness, int(champion.solved), champion.to_json(),
                champion.retests, champion.deviation,
            )
        ]  # fmt: skip
        tables["array"] = [
            ("champion", number, name, *pack(value, f"`needs` {name!r} of the problem"))
            for name, value in champion.preprocessing.items()
        ]
    if summary.validation is not None:
        found = summary.validation
        details = json.dumps({name: float(value) for name, value in found.details.items()})
        tables["validation"] = [(number, found.key, int(found.passed), float(found.fitness), details)]
    if run.lineage:
        tables["lineage"] = [(number, before.next_key, born.dtype.str, f"[{len(born)}, 2]", born.tobytes())]
    if after[1:] != before[1:]:
        new = summary.innovations.since(before.connections, before.nodes)
        tables["innovation"] = [(number, *(new[name].tobytes() for name in ("source", "target", "split", "turn")))]
    if summary.columns:
        tables["evaluation"], tables["column_summary"] = summary_rows(number, summary.columns)
        tables.setdefault("array", []).extend(value_rows(number, summary.values))
    return Rows(number, tables)


def _species_rows(summary: GenerationSummary) -> list[Row]:
    species, number = summary.species, summary.number
    columns: tuple[NDArray[Any], ...] = (
        species.id, summary.size[:-1], summary.best[:-1], summary.mean[:-1], number - species.born,
        species.best, species.progress, species.representative,
    )  # fmt: skip
    return list(zip([number] * len(species), *[column.tolist() for column in columns], strict=True))
