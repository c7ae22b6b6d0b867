"""A champion put to the test once more: episodes, or calls, that its run never saw."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import neat.problems.registry  # noqa: F401  (declares the kinds that a run's configuration may name)
from neat.config.arguments import instance, path, whole
from neat.config.written import shown, told
from neat.genetics.genome import Genome
from neat.genetics.genome_json import read_genome
from neat.ground.averages import row_deviations, row_means
from neat.ground.errors import NeatError
from neat.ground.randomness import Purpose, Randomness
from neat.network import compile_networks
from neat.problems.gymnasium import Gymnasium
from neat.problems.protocol import check_members, validates
from neat.runs.folder import CHAMPION
from neat.runs.history import History
from neat.runs.trust import problem_of_run

_AFTER_THE_RUN = 2**40  # a generation that no run reaches: its chance was never used


@dataclass(frozen=True)
class Exam:
    """What a champion got, once in every episode.

    Attributes:
        values: (E,) float64, the rewards of each episode, added up; for other problems its fitness each time.
        threshold: the mean that solves the problem, or None where there is none.
        solved: whether this exam says that it is solved, or None where it cannot say.
        seed: the same one gives the same episodes again.
    """

    values: NDArray[np.float64]
    threshold: float | None
    solved: bool | None
    seed: int

    @property
    def mean(self) -> float:
        """The mean of all episodes."""
        return float(row_means(self.values[None])[0])

    @property
    def sd(self) -> float:
        """The standard deviation of all episodes; 0 of a single one."""
        return float(row_deviations(self.values[None])[0])

    @property
    def minimum(self) -> float:
        """The worst episode."""
        return float(self.values.min())

    def to_dict(self) -> dict[str, Any]:
        """Return what there is to say of it."""
        return {
            "episodes": len(self.values),
            "mean": self.mean,
            "sd": self.sd,
            "minimum": self.minimum,
            "threshold": self.threshold,
            "solved": self.solved,
            "seed": self.seed,
        }


def examine_champion(
    problem: Any, champion: Genome, episodes: int = 100, seed: int = 0, needs: Mapping[str, Any] | None = None
) -> Exam:
    """Return what a champion gets in episodes that were never used in evolution.

    `needs` is what it was judged with, such as a range of observations. A deterministic problem is asked once.

    Raises:
        NeatError: champion and problem do not fit together.
        ProblemError: the problem failed.
    """
    instance("champion", champion, Genome, "a neat.Genome, such as result.champion")
    check_members(problem)
    episodes, seed = whole("episodes", episodes, 1), whole("seed", seed)
    inputs, outputs = len(champion.inputs), len(champion.outputs)
    if (inputs, outputs) != (len(problem.inputs), len(problem.outputs)):
        raise NeatError(
            f"the champion has {inputs} inputs and {outputs} outputs, the problem {len(problem.inputs)} and "
            f"{len(problem.outputs)}; they do not belong together"
        )
    networks = compile_networks(champion.population)
    arrays = {name: np.asarray(value, np.float64) for name, value in (needs or {}).items()}
    if isinstance(problem, Gymnasium):
        rng = Randomness(seed, _AFTER_THE_RUN, Purpose.VALIDATION)
        played = problem.play(networks, problem.seeds(rng, episodes, test=True), arrays, "when it was tested")
        mean, threshold = float(played.means[0]), problem.threshold
        return Exam(played.rewards[0], threshold, None if threshold is None else mean >= threshold, seed)
    values, solved = [], []
    for episode in range(1 if problem.deterministic else episodes):
        rng = Randomness(seed, _AFTER_THE_RUN + episode, Purpose.VALIDATION)
        arguments = (rng, arrays) if getattr(problem, "carries", False) else (rng,)
        found = problem.evaluate(networks, *arguments)
        if validates(problem):  # then only its harder test can say so
            found = replace(found, solved=np.array([problem.validate(networks[0], *arguments).passed]))
        values.append(float(found.fitness[0]))
        solved.append(None if found.solved is None else bool(found.solved[0]))
    wanted = getattr(problem, "solved", None)
    threshold = float(wanted) if isinstance(wanted, int | float) and not isinstance(wanted, bool) else None
    exam = Exam(np.array(values), threshold, None, seed)
    if threshold is not None:
        return Exam(exam.values, threshold, exam.mean >= threshold, seed)
    return exam if None in solved else Exam(exam.values, None, all(solved), seed)


def examine_run(
    folder: str | os.PathLike[str],
    episodes: int = 100,
    seed: int = 0,
    *,
    problem: Any = None,
    trust: bool = False,
) -> Exam:
    """Return what the champion of the run in `folder` gets in episodes that the run never saw.

    Args:
        folder: the run's.
        episodes: how many; a deterministic problem is asked once.
        seed: the same one gives the same episodes again.
        problem: the problem, where it was handed over when the run began.
        trust: whether modules that the run's file names may be imported.

    Raises:
        NeatError: the run has no champion, a file of it cannot be read, or its problem is code of somebody's own and
            `trust` is False.
        ProblemError: the problem failed.
    """
    folder = path("folder", folder)
    if not os.path.isdir(folder):
        raise NeatError(f"{told(str(folder))}: no such folder of a run")
    with History(folder) as history:
        problem = problem_of_run(history, problem, trust=trust)
    file = folder / CHAMPION
    if not file.is_file():
        raise NeatError(f"{folder}: has no champion yet")
    champion, form = read_genome(file)
    running = isinstance(problem, Gymnasium) and problem.keys.scaling == "running"
    if running and "needs" not in form and form.get("generation") != 0:  # the founders' inputs are scaled by bounds
        raise NeatError(f"{file}: does not say in `needs` by which range of observations its inputs were scaled")
    return examine_champion(problem, champion, episodes, seed, _needs(file, form.get("needs", {}), champion))


def _needs(file: Path, given: Any, champion: Genome) -> dict[str, NDArray[np.float64]]:
    """Return what a champion needs to run, checked: arrays of numbers, the ranges of inputs one for each input."""
    try:
        arrays = {str(name): np.array(value, np.float64) for name, value in given.items()}
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise NeatError(f"{file}: its member `needs` is {shown(given)}; it must hold lists of numbers") from None
    for name, array in arrays.items():
        if np.isnan(array).any() or (name in ("low", "high") and array.shape != (len(champion.inputs),)):
            raise NeatError(f"{file}: `needs` {shown(name)} must be {len(champion.inputs)} numbers, one for each input")
    return arrays
