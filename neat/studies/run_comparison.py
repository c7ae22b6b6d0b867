"""How two single runs differ: in their settings, in what they were made with, and in what they came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from neat.config.arguments import instance
from neat.config.differences import Difference, setting_differences
from neat.store.history import OPEN_RUN, History
from neat.store.records import GenerationRow
from neat.studies.listing import Listed, listed


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes:
        first, second: how each is doing.
        differences: settings, versions and data files that are not the same.
        same: how many generations from the first on are the same in both, bit for bit.
        identical: whether all generations of both are.
        level: the highest fitness that both reached; None where a run has no generation.
        evaluations: what each took to reach it.
        sizes: hidden nodes and connections of each champion.
    """

    first: Listed
    second: Listed
    differences: tuple[Difference, ...]
    same: int
    identical: bool
    level: float | None
    evaluations: tuple[int, int] | None
    sizes: tuple[tuple[int, int], tuple[int, int]] | None

    def to_dict(self) -> dict[str, Any]:
        """Return what there is to say of it, in plain values."""
        return {
            "runs": [str(run.folder) for run in (self.first, self.second)],
            "status": [self.first.status, self.second.status],
            "generations": [self.first.generations, self.second.generations],
            "best_fitness": [self.first.best_fitness, self.second.best_fitness],
            "differences": {found.what: [found.first, found.second] for found in self.differences},
            "same_generations": self.same,
            "identical": self.identical,
            "level": self.level,
            "evaluations_to_level": self.evaluations,
        }


def compare_runs(first: History, second: History) -> RunComparison:
    """Return how two runs differ.

    Raises:
        NeatError: one of them is corrupt.
    """
    for name, history in (("first", first), ("second", second)):
        instance(name, history, History, OPEN_RUN)
    same, ended = 0, False
    for one, other in zip_longest(first.generations(), second.generations()):
        if one is None or other is None or one.digest != other.digest:
            break
        same += 1
    else:
        ended = True
    found = (listed(first.folder), listed(second.folder))
    fitness = [run.best_fitness for run in found if run.best_fitness is not None]
    level = min(fitness) if len(fitness) == len(found) else None
    reached = sizes = None
    if level is not None:
        reached = (_until(first, level), _until(second, level))
        sizes = (_size(first), _size(second))
    differences = (*setting_differences(first.config, second.config), *_versions(first, second), *_files(first, second))
    return RunComparison(*found, differences, same, ended and same > 0, level, reached, sizes)


def _versions(first: History, second: History) -> Iterator[Difference]:
    one, other = (history.sessions()[-1:] for history in (first, second))
    if one and other:
        for name in sorted({*one[0].versions, *other[0].versions}):
            before, after = one[0].versions.get(name, "none"), other[0].versions.get(name, "none")
            if before != after:
                yield Difference(name, before, after)


def _files(first: History, second: History) -> Iterator[Difference]:
    one, other = ({file.path: file.sha256 for file in history.files()} for history in (first, second))
    for path in sorted({*one} & {*other}):
        if one[path] != other[path]:
            yield Difference(path, f"sha256 {one[path][:12]}", f"sha256 {other[path][:12]}")


def _until(history: History, level: float) -> int:
    """Return how many evaluations a run took until its champion had a fitness."""
    generation = next((row.generation for row in history.champions() if row.fitness >= level), None)
    rows: list[GenerationRow] = [] if generation is None else list(history.generations(generation, generation))
    return rows[0].evaluations if rows else 0


def _size(history: History) -> tuple[int, int]:
    genome = history.champion().genome
    return genome.hidden, len(genome.column("weight"))
