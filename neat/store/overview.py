"""The story of a run: how its fitness grew, which champions it had, what became of its species."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from neat.config import Config, CustomProblem
from neat.core.errors import NeatError
from neat.problems.keys import TEST_EPISODES, GymnasiumKeys
from neat.store.history import History
from neat.store.provenance import trust_option

Item = TypeVar("Item")

_MOST_MILESTONES = 8
_MOST_POINTS = 60  # of a curve: what fits a line


@dataclass(frozen=True)
class Milestone:
    """A champion, when it became one."""

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
        milestones: a few of its champions, the first and the last among them, out of `champions` in all.
        curve: the best fitness so far, at 60 moments or fewer from the first generation to the last.
        species: how many there were at least, at most, and in the last generation.
        failures: how many evaluations failed.
        tests: how many harder tests there were, and how many of them were passed.
        processes: how many worked on it, one after the other.
        seconds: how long they took together.
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
    """Return the story of a run so far; without a generation it is short.

    Raises:
        NeatError: the run is corrupt.
    """
    best, species, failures = [], [0], 0
    evaluations: dict[int, int] = {}
    champions = [(row.generation, row.fitness) for row in history.champions()]
    told = dict(_some(_steps(champions), _MOST_MILESTONES))
    for row in history.generations():
        best.append(row.best)
        species.append(row.species)
        failures += row.failed
        if row.generation in told:
            evaluations[row.generation] = row.evaluations
    milestones = []
    for generation in evaluations:
        champion = history.champion(generation)
        genome = champion.genome
        milestones.append(
            Milestone(
                generation, evaluations[generation], champion.fitness, genome.hidden, len(genome.column("weight")),
                champion.solved,
            )
        )  # fmt: skip
    tests = [test.passed for _, test in history.validations()]
    sessions = history.sessions()
    return Overview(
        milestones=tuple(milestones),
        champions=len(champions),
        curve=tuple(_highest(best, _MOST_POINTS)),
        species=(min(species[1:], default=0), max(species), species[-1]),
        failures=failures,
        tests=(len(tests), sum(tests)),
        processes=len(sessions),
        seconds=sum(session.seconds for session in sessions),
    )


def how_measured(config: Config, folder: Path, *, noisy: bool, validated: bool) -> str:
    """Return, in parentheses, the number of episodes or evaluations in which the champion's fitness was measured.

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
    """Return what `how_measured` says of a run.

    A user's own problem counts as noisy if every genome of every generation was evaluated: in a deterministic problem,
    copied champions of species keep their fitness.
    """
    try:
        config, last = history.config, history.last
    except NeatError:  # the configuration is from another version
        return ""
    if last is None:
        return ""
    (row,) = history.generations(last, last)
    repeated = last > 1 and row.evaluations == last * config.population.size
    noisy = repeated and isinstance(config.problem, CustomProblem | None)
    validated = history.champion().validation is not None
    return how_measured(config, history.folder, noisy=noisy, validated=validated)


def _steps(champions: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the champions that look better than the one before, and the last one."""
    steps: dict[str, tuple[int, float]] = {}
    for generation, fitness in champions:
        steps.setdefault(f"{fitness:.6g}", (generation, fitness))
    return sorted({*steps.values(), *champions[-1:]})


def _some(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]


def _highest(values: Sequence[float], most: int) -> list[float]:
    """Return the highest value so far, at so many moments."""
    highest: list[float] = []
    for value in values:
        highest.append(max(value, highest[-1]) if highest else value)
    return _some(highest, most)
