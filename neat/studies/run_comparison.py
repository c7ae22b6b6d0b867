"""How two single runs differ: in their settings, versions and files, and in their results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from neat.config.arguments import instance
from neat.config.differences import Difference, setting_differences
from neat.store.history import OPEN_RUN, History
from neat.studies.listing import Listed, listed


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes:
        first, second: the status of each.
        differences: settings, versions and data files that differ.
        same: the number of generations from the first on that are the same in both, bit for bit.
        identical: whether both have the same generations, all of them the same.
        level: the highest fitness that both reached; None if a run has no generation.
        evaluations: how many each took to reach it.
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
        """Return the comparison in plain values."""
        return {
            "runs": [str(run.folder) for run in (self.first, self.second)],
            "status": [self.first.status, self.second.status],
            "generations": [self.first.generations, self.second.generations],
            "best_fitness": [self.first.best_fitness, self.second.best_fitness],
            "differences": {found.name: [found.first, found.second] for found in self.differences},
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
    pairs = zip(first.generations(), second.generations(), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0].digest == pair[1].digest, pairs))
    runs = (listed(first.folder), listed(second.folder))
    level = evaluations = sizes = None
    if runs[0].best_fitness is not None and runs[1].best_fitness is not None:
        level = min(runs[0].best_fitness, runs[1].best_fitness)
        evaluations = (_evaluations_to(level, first), _evaluations_to(level, second))
        sizes = (_champion_size(first), _champion_size(second))
    return RunComparison(
        *runs,
        differences=(*setting_differences(first.config, second.config), *_origin_differences(first, second)),
        same=same,
        identical=0 < same == first.last == second.last,
        level=level,
        evaluations=evaluations,
        sizes=sizes,
    )


def _origin_differences(first: History, second: History) -> Iterator[Difference]:
    """Yield the versions of the last sessions and the files read by both runs that differ."""
    sessions = first.sessions()[-1:], second.sessions()[-1:]
    if all(sessions):
        versions: list[Mapping[str, str]] = [session[0].versions for session in sessions]
        for name in sorted({*versions[0], *versions[1]}):
            one, other = (each.get(name, "none") for each in versions)
            if one != other:
                yield Difference(name, one, other)
    files, others = ({file.path: file.sha256 for file in history.files()} for history in (first, second))
    for path in sorted(files.keys() & others.keys()):
        if files[path] != others[path]:
            yield Difference(path, f"sha256 {files[path][:12]}", f"sha256 {others[path][:12]}")


def _evaluations_to(level: float, history: History) -> int:
    """Return the number of evaluations until a run's champion reached a fitness."""
    generation = next((row.generation for row in history.champions() if row.fitness >= level), 0)
    rows = list(history.generations(generation, generation))
    return rows[0].evaluations if rows else 0


def _champion_size(history: History) -> tuple[int, int]:
    genome = history.champion().genome
    return genome.hidden, len(genome.column("weight"))
