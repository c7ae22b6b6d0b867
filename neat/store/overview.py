"""An overview of a run: how its fitness grew, which champions it had, and how many species."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from neat.config import Config, CustomProblem
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.evolution.islands import total_size
from neat.evolution.state import Champion
from neat.problems.evaluation import TEST_EPISODES
from neat.problems.gymnasium.keys import GymnasiumKeys
from neat.store.history import History
from neat.store.provenance import trust_option

Item = TypeVar("Item")

_MOST_MILESTONES = 8
_MOST_POINTS = 60  # of a curve: what fits in a line


@dataclass(frozen=True)
class Milestone:
    """A champion, and the number of evaluations after which it was found."""

    generation: int
    evaluations: int
    fitness: float
    hidden: int
    connections: int
    solved: bool


@dataclass(frozen=True)
class Overview:
    """What happened in a run.

    Attributes:
        milestones: some of its champions, including the first and the last.
        champions: the number of all its champions.
        curve: the best fitness so far, at 60 generations or fewer, including the first and the last.
        species: the lowest, the highest and the last number of species.
        failures: the number of evaluations that failed.
        tests: the number of validations, and of those that were passed.
        processes: the number of processes that computed it, one after the other.
        seconds: the time that they took together.
    """

    milestones: tuple[Milestone, ...]
    champions: int
    curve: tuple[float, ...]
    species: tuple[int, int, int]
    failures: int
    tests: tuple[int, int]
    processes: int
    seconds: float


def overview_of(history: History) -> Overview:
    """Return an overview of a run so far.

    Raises:
        NeatError: the run is corrupt.
    """
    rows = list(history.generations())
    species = [row.species for row in rows] or [0]
    evaluations = {row.generation: row.evaluations for row in rows}
    champions = [(row.generation, row.fitness) for row in history.champions()]
    milestones = []
    for generation, _ in _evenly(_improvements(champions), _MOST_MILESTONES):
        if generation in evaluations:
            champion = history.champion(generation)
            genome = champion.genome
            milestones.append(
                Milestone(
                    generation, evaluations[generation], champion.fitness, genome.hidden,
                    len(genome.column("weight")), champion.solved,
                )
            )  # fmt: skip
    passed = [validation.passed for _, validation in history.validations()]
    sessions = history.sessions()
    return Overview(
        milestones=tuple(milestones),
        champions=len(champions),
        curve=tuple(_evenly(list(itertools.accumulate((row.best for row in rows), max)), _MOST_POINTS)),
        species=(min(species), max(species), species[-1]),
        failures=sum(row.failed for row in rows),
        tests=(len(passed), sum(passed)),
        processes=len(sessions),
        seconds=sum(session.seconds for session in sessions),
    )


def how_measured(config: Config, folder: Path, *, noisy: bool, validated: bool) -> str:
    """Return, in parentheses, in how many episodes or evaluations the champion's fitness was measured.

    Return an empty string if the fitness does not depend on chance (it is not `noisy`), or was validated.
    """
    if validated:
        return ""
    command = f'"{shlex.join(["neat", "evaluate", str(folder), *trust_option(config)])}"'
    if isinstance(config.problem, GymnasiumKeys):
        episodes = config.problem.episodes
        many = "one episode" if episodes == 1 else f"{episodes} episodes"
        return f" (in {many}; {command} plays {TEST_EPISODES} more)"
    if not noisy:
        return ""
    others = "" if config.problem is None else f"; {command} makes {TEST_EPISODES} more"
    return f" (in one evaluation{others})"


def how_measured_in(history: History) -> str:
    """Return `how_measured` for the champion of a run.

    A user's own problem counts as noisy if every genome of every generation was evaluated: in a deterministic problem,
    copied champions of species keep their fitness.
    """
    try:
        config, last = history.config, history.last
    except NeatError:  # the configuration is from another version
        return ""
    if last is None:
        return ""
    champion = history.champion()
    if champion.retests:
        return _retested(champion, config, history.best_in_evolution)
    (row,) = history.generations(last, last)
    repeated = last > 1 and row.evaluations == last * total_size(config)
    noisy = repeated and isinstance(config.problem, CustomProblem | None)
    validated = champion.validation is not None
    return how_measured(config, history.folder, noisy=noisy, validated=validated)


def _retested(champion: Champion, config: Config, best: float | None) -> str:
    """Return the standard error of a re-tested champion's fitness, its re-tests, and the best fitness in evolution."""
    episodes = config.problem.episodes if isinstance(config.problem, GymnasiumKeys) else None
    each = "" if episodes is None else f" of {counted(episodes, 'episode')}"
    error = format(champion.standard_error or 0.0, ".2g")
    luck = "" if best is None else f" (best in evolution: {best:.6g})"
    return f" +- {error} in {counted(champion.retests, 're-test')}{each}{luck}"


def _improvements(champions: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the champions whose fitness differs visibly from that of earlier ones, and the last one."""
    first: dict[str, tuple[int, float]] = {}
    for generation, fitness in champions:
        first.setdefault(f"{fitness:.6g}", (generation, fitness))
    return sorted({*first.values(), *champions[-1:]})


def _evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most `most` of the items at even distances, including the first and the last."""
    if len(items) <= most:
        return list(items)
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]
