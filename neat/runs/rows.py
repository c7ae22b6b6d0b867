"""What one generation leaves in a run's file. It depends on the generation alone, but for `seconds`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.evolution.state import Generation, State
from neat.runs.arrays import pack
from neat.runs.kernels import digest_of, sum_up_species

Row = tuple[Any, ...]

#: The tables that every generation may add rows to, and how many columns they have.
TABLES = {"generation": 17, "species": 9, "champion": 5, "validation": 5, "lineage": 5, "innovation": 5, "array": 6}
_SECONDS = -1  # the place of the clock's column in a row of `generation`
_SMALL = 2**31  # keys below are saved with half the bytes


@dataclass(frozen=True)
class Before:
    """What was given out before a generation: the next key, and how many connections and nodes have numbers."""

    next_key: int = 0
    connections: int = 0
    nodes: int = 0


@dataclass(frozen=True)
class Rows:
    """The rows of one generation, by their table."""

    generation: int
    tables: Mapping[str, list[Row]] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Say whether two computations of a generation found the same; clocks count for nothing."""
        return isinstance(other, Rows) and self.timeless() == other.timeless()

    __hash__ = None  # type: ignore[assignment]

    def timeless(self) -> dict[str, list[Row]]:
        """Return the rows without what the clock said."""
        rows = {name: rows for name, rows in self.tables.items() if rows}
        rows["generation"] = [row[:_SECONDS] for row in rows.get("generation", [])]
        return rows


def rows_of(generation: Generation, before: Before, *, lineage: bool, seconds: float) -> tuple[Rows, Before]:
    """Return the rows of a generation, and what was given out after it."""
    state, evaluation, number = generation.state, generation.evaluation, generation.number
    tables: dict[str, list[Row]] = {
        "generation": [_generation_row(generation, seconds)],
        "species": _species_rows(generation),
    }
    if generation.champion.generation == number:
        champion = generation.champion
        tables["champion"] = [(number, champion.genome.key, champion.fitness, int(champion.solved), champion.to_json())]
        tables["array"] = [
            ("champion", number, name, *pack(value, f"`needs` {name!r} of the problem"))
            for name, value in sorted(champion.needs.items())
        ]
    if evaluation.validation is not None:
        found = evaluation.validation
        details = json.dumps({name: float(value) for name, value in found.details.items()})
        tables["validation"] = [(number, found.key, int(found.passed), float(found.fitness), details)]
    if lineage:
        tables["lineage"] = [_lineage_row(state, before)]
    innovations = state.innovations
    after = Before(state.next_key, innovations.connections, innovations.nodes)
    if (after.connections, after.nodes) != (before.connections, before.nodes):
        new = innovations.since(before.connections, before.nodes)
        tables["innovation"] = [(number, *(new[name].tobytes() for name in ("source", "target", "split", "turn")))]
    return Rows(number, tables), after


def digest(generation: Generation) -> int:
    """Return a number of 64 bits that stands for the population and what it got."""
    population, evaluation, bits = generation.population, generation.evaluation, np.int64
    score = evaluation.fitness if evaluation.score is None else evaluation.score
    return int(
        digest_of(
            population.genes, population.key, population.parents, population.weight.view(bits),
            population.bias.view(bits), population.response.view(bits), evaluation.fitness.view(bits),
            score.view(bits), generation.state.member,
        )
    )  # fmt: skip


def _generation_row(generation: Generation, seconds: float) -> Row:
    state, population = generation.state, generation.population
    size = len(population)
    return (
        generation.number, digest(generation), generation.best_fitness, int(population.key[generation.best]),
        generation.mean_fitness, len(generation.species), state.threshold, len(population.weight) / size,
        len(population.node) / size - population.layout.given, generation.evaluations,
        len(generation.evaluation.failed), generation.record, generation.progress, int(generation.solved),
        state.next_key, state.next_species, seconds,
    )  # fmt: skip


def _species_rows(generation: Generation) -> list[Row]:
    species, number, count = generation.species, generation.number, len(generation.species)
    size, best, mean = np.empty(count, np.int64), np.empty(count), np.empty(count)
    sum_up_species(generation.fitness, generation.state.member, size, best, mean)
    columns: list[NDArray[Any]] = [
        species.id, size, best, mean, number - species.born, species.best, species.progress, species.representative,
    ]  # fmt: skip
    return list(zip([number] * count, *(column.tolist() for column in columns), strict=True))


def _lineage_row(state: State, before: Before) -> Row:
    """Return the parents of those born in this generation; their keys follow each other, copied elites come first."""
    born = state.next_key - before.next_key
    dtype = np.dtype("<i4" if state.next_key <= _SMALL else "<i8")
    parents = state.population.parents[len(state.population) - born :].astype(dtype)
    return (state.generation, before.next_key, dtype.str, f"[{born}, 2]", parents.tobytes())
