"""What one generation leaves in a run's file. It depends on the generation alone, but for `seconds`.

A generation is noted at once, by the few numbers and small arrays that it comes down to; rows are made of many notes at
a time, when they are committed, which takes a quarter of the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.averages import mend_means
from neat.evolution.state import Champion, Generation, Species
from neat.genetics.innovation import Innovations
from neat.problems.evaluation import Validation
from neat.store.blobs import pack
from neat.store.record_kernels import sum_up

Row = tuple[Any, ...]

#: The tables that every generation may add rows to, and how many columns they have.
TABLES = {"generation": 17, "species": 9, "champion": 5, "validation": 5, "lineage": 5, "innovation": 5, "array": 6}
_SECONDS = -1  # the place of the clock's column in a row of `generation`
_SMALL, _LARGE, _MOST_SMALL = np.dtype("<i4"), np.dtype("<i8"), 2**31  # of keys: most runs need half the bytes


@dataclass(frozen=True)
class Before:
    """What was given out before a generation: the next key, and how many connections and nodes have numbers."""

    next_key: int = 0
    connections: int = 0
    nodes: int = 0


class Note(NamedTuple):
    """What is noted of a generation: the head of its row, and what its other rows are made of.

    Attributes:
        number: the generation's.
        before: what was given out before it.
        head: its row but for the mean fitness, in three parts around it.
        size, best, mean: (S + 1,), of its species, and in the last place of all genomes.
        born: (B, 2), the parents of those born in it.
    """

    number: int
    before: Before
    head: tuple[Row, Row]
    species: Species
    size: NDArray[np.int64]
    best: NDArray[np.float64]
    mean: NDArray[np.float64]
    born: NDArray[Any]
    champion: Champion | None
    validation: Validation | None
    innovations: Innovations

    @property
    def after(self) -> Before:
        """What was given out before the next generation."""
        return Before(self.before.next_key + len(self.born), self.innovations.connections, self.innovations.nodes)


@dataclass(frozen=True)
class Rows:
    """The rows of one generation, by their table."""

    generation: int
    tables: Mapping[str, list[Row]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Say whether two computations of a generation found the same; clocks count for nothing."""
        return isinstance(other, Rows) and self.timeless() == other.timeless()

    __hash__ = None  # type: ignore[assignment]

    def differences(self, other: Rows) -> list[str]:
        """Return the tables that two computations of a generation do not agree in."""
        one, two = self.timeless(), other.timeless()
        return sorted(name for name in {*one, *two} if one.get(name) != two.get(name))

    def timeless(self) -> dict[str, list[Row]]:
        """Return the rows without what the clock said."""
        rows = {name: rows for name, rows in self.tables.items() if rows}
        rows["generation"] = [row[:_SECONDS] for row in rows.get("generation", [])]
        return rows


def note(generation: Generation, before: Before, seconds: float) -> Note:
    """Return what is noted of a generation; no genome is held on to but a new champion."""
    state, evaluation, population, species = (
        generation.state, generation.evaluation, generation.population, generation.species,
    )  # fmt: skip
    fitness, score, count, number = evaluation.fitness, evaluation.score, len(species.id) + 1, state.generation
    size, best, mean = np.empty(count, np.int64), np.empty(count), np.empty(count)
    born = np.empty((state.next_key - before.next_key, 2), _SMALL if state.next_key <= _MOST_SMALL else _LARGE)
    key = population.key
    digest = sum_up(
        population.connection_start, population.node_start, population.weight.view(np.int64),
        population.bias.view(np.int64), key, population.parents, fitness, fitness.view(np.int64),
        (fitness if score is None else score).view(np.int64), state.species_index, size, best, mean, born,
    )  # fmt: skip
    if not np.isfinite(mean).all():
        mend_means(mean[:-1], fitness, state.species_index)
        mean[-1] = generation.mean_fitness
    head = (number, int(digest), float(fitness[generation.best]), int(key[generation.best]))
    tail = (
        count - 1, state.threshold, len(population.weight) / len(key),
        len(population.node) / len(key) - population.layout.given, generation.evaluations, len(generation.failed),
        generation.record, generation.progress, int(generation.solved), state.next_key, state.next_species, seconds,
    )  # fmt: skip
    champion = generation.champion
    return Note(
        number, before, (head, tail), species, size, best, mean, born,
        champion if champion.generation == number else None, generation.validation, state.innovations,
    )  # fmt: skip


def rows_of(noted: Note, *, lineage: bool) -> Rows:
    """Return the rows of a generation.

    Raises:
        NeatError: what its champion needs is nothing that can be saved.
    """
    number, (head, tail), born = noted.number, noted.head, noted.born
    tables: dict[str, list[Row]] = {
        "generation": [(*head, float(noted.mean[-1]), *tail)],
        "species": _species_rows(noted),
    }
    if noted.champion is not None:
        champion = noted.champion
        tables["champion"] = [(number, champion.genome.key, champion.fitness, int(champion.solved), champion.to_json())]
        tables["array"] = [
            ("champion", number, name, *pack(value, f"`needs` {name!r} of the problem"))
            for name, value in champion.preprocessing.items()
        ]
    if noted.validation is not None:
        found = noted.validation
        details = json.dumps({name: float(value) for name, value in found.details.items()})
        tables["validation"] = [(number, found.key, int(found.passed), float(found.fitness), details)]
    if lineage:
        first_key = noted.before.next_key
        tables["lineage"] = [(number, first_key, born.dtype.str, f"[{len(born)}, 2]", born.tobytes())]
    before, after = noted.before, noted.after
    if (after.connections, after.nodes) != (before.connections, before.nodes):
        new = noted.innovations.since(before.connections, before.nodes)
        tables["innovation"] = [(number, *(new[name].tobytes() for name in ("source", "target", "split", "turn")))]
    return Rows(number, tables)


def _species_rows(noted: Note) -> list[Row]:
    species, number = noted.species, noted.number
    columns: tuple[NDArray[Any], ...] = (
        species.id, noted.size[:-1], noted.best[:-1], noted.mean[:-1], number - species.born,
        species.best, species.progress, species.representative,
    )  # fmt: skip
    return list(zip([number] * len(species), *[column.tolist() for column in columns], strict=True))
