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
from neat.config.written import describe, format_value
from neat.core.averages import row_deviations, row_means
from neat.core.errors import NeatError, ProblemError
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.execution.in_process import evaluate_one, exit_interrupts, validate_one
from neat.genetics.genome import Genome, read_genome
from neat.network import compile_networks
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.keys import TEST_EPISODES
from neat.problems.protocol import check_members, validates
from neat.problems.tables.dataset import Dataset
from neat.problems.tables.multiplexer import Multiplexer
from neat.runs.trust import problem_of_run
from neat.store.folder import CHAMPION
from neat.store.history import History

_WHEN = "when the champion was evaluated"
_AFTER_THE_RUN = 2**40  # a generation that no run reaches: its chance was never used


@dataclass(frozen=True)
class Exam:
    """What a champion got, once in every episode.

    Attributes:
        values: (E,) float64, the rewards of each episode, added up; for other problems its fitness each time.
        threshold: the mean that solves the problem, or None where there is none.
        solved: whether this exam says that it is solved, or None where it cannot say.
        seed: the same one gives the same episodes again.
        what: the word for an episode: `episode`, or `evaluation`.
        same: what the run has already seen if the problem is deterministic, such as the rows of its table.
    """

    values: NDArray[np.float64]
    threshold: float | None
    solved: bool | None
    seed: int
    what: str = "episode"
    same: str = ""

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
    problem: Any,
    champion: Genome,
    episodes: int | None = None,
    seed: int | None = None,
    needs: Mapping[str, Any] | None = None,
) -> Exam:
    """Return a champion's results in episodes that evolution never used: by default, 100 of them with seed 0.

    A deterministic problem, such as a table, has no other episodes: it is evaluated once. `needs` is what the champion
    was evaluated with, such as a range of observations.

    Raises:
        NeatError: champion and problem do not fit together, or `episodes` or `seed` mean nothing for the problem.
        ProblemError: the problem failed.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    instance("champion", champion, Genome, "a neat.Genome, such as result.champion")
    check_members(problem)
    episodes = None if episodes is None else whole("episodes", episodes, 1)
    seed = None if seed is None else whole("seed", seed)
    inputs, outputs = len(champion.inputs), len(champion.outputs)
    if (inputs, outputs) != (len(problem.inputs), len(problem.outputs)):
        raise NeatError(
            f"the champion has {inputs} inputs and {outputs} outputs, the problem {len(problem.inputs)} and "
            f"{len(problem.outputs)}; they do not belong together"
        )
    plays = isinstance(problem, Gymnasium)
    given = [name for name, value in (("--episodes", episodes), ("--seed", seed)) if value is not None]
    if given and problem.deterministic and not plays:
        raise NeatError(
            f"{' and '.join(given)}: the problem is deterministic and always gives the champion the same fitness "
            f"(leave {'them' if given[1:] else 'it'} out)"
        )
    episodes, seed = TEST_EPISODES if episodes is None else episodes, 0 if seed is None else seed
    network = compile_networks(champion)
    arrays = {name: np.asarray(value, np.float64) for name, value in (needs or {}).items()}
    if plays:
        with exit_interrupts(_WHEN):
            rng = Randomness(seed, _AFTER_THE_RUN, Purpose.VALIDATION)
            played = problem.play(network.networks, problem.seeds(rng, episodes, test=True), arrays, _WHEN)
        mean, threshold = float(played.means[0]), problem.threshold
        return Exam(played.rewards[0], threshold, None if threshold is None else mean >= threshold, seed)
    values, solved = [], []
    for episode in range(1 if problem.deterministic else episodes):
        rng = Randomness(seed, _AFTER_THE_RUN + episode, Purpose.VALIDATION)
        found = evaluate_one(problem, network, rng, arrays, _WHEN)
        if not found.finite.all():
            raise ProblemError(f"the champion's fitness is {found.fitness[0]} {_WHEN}; it must be finite")
        if validates(problem):  # then only its validation decides
            found = replace(found, solved=np.array([validate_one(problem, network, rng, arrays, _WHEN).passed]))
        values.append(float(found.fitness[0]))
        solved.append(None if found.solved is None else bool(found.solved[0]))
    wanted = getattr(problem, "solved", None)
    threshold = float(wanted) if isinstance(wanted, int | float) and not isinstance(wanted, bool) else None
    exam = Exam(np.array(values), threshold, None, seed, what="evaluation", same=_what_is_the_same(problem))
    if threshold is not None:
        return replace(exam, solved=exam.mean >= threshold)
    return exam if None in solved else replace(exam, solved=all(solved))


def examine_run(
    folder: str | os.PathLike[str],
    episodes: int | None = None,
    seed: int | None = None,
    *,
    problem: Any = None,
    trust: bool = False,
) -> Exam:
    """Return what the champion of the run in `folder` gets in episodes that the run never saw.

    Args:
        folder: the run's folder.
        episodes: the number of episodes; a deterministic problem has only one.
        seed: seed of the episodes; the same seed gives the same episodes.
        problem: the problem, if the run was begun with one passed from Python.
        trust: whether modules that the run's file names may be imported.

    Raises:
        NeatError: the run has no champion, a file of it cannot be read, or its problem is code of somebody's own and
            `trust` is False.
        ProblemError: the problem failed.
    """
    folder = path("folder", folder)
    if not os.path.isdir(folder):
        raise NeatError(f"{describe(str(folder))}: no such folder of a run")
    file = folder / CHAMPION
    with History(folder) as history:
        if not file.is_file():
            raise NeatError(f"{folder}: has no champion yet")
        champion, form = read_genome(file)
        problem = problem_of_run(history, problem, trust=trust)
        data = getattr(history.config.problem, "data", None)
    running = isinstance(problem, Gymnasium) and problem.keys.scaling == "running"
    first = form.get("generation") == FIRST_GENERATION  # its inputs are scaled by the bounds of the space
    if running and "needs" not in form and not first:
        raise NeatError(f"{file}: does not say in `needs` by which range of observations its inputs were scaled")
    exam = examine_champion(problem, champion, episodes, seed, _needs(file, form.get("needs", {}), champion))
    return exam if data is None else replace(exam, same=f"{exam.same} of {data}")


def _what_is_the_same(problem: Any) -> str:
    """Return a phrase for what a deterministic problem always evaluates networks on."""
    if isinstance(problem, Dataset):
        rows = f"{len(problem.rows):,} rows"
        return f"on all {rows} of the multiplexer" if isinstance(problem, Multiplexer) else f"on the {rows}"
    return "in every evaluation" if problem.deterministic else ""


def _needs(file: Path, given: Any, champion: Genome) -> dict[str, NDArray[np.float64]]:
    """Return what a champion needs to run, checked: arrays of numbers, the ranges of inputs one for each input."""
    try:
        arrays = {str(name): np.array(value, np.float64) for name, value in given.items()}
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise NeatError(f"{file}: its member `needs` is {format_value(given)}; it must hold lists of numbers") from None
    for name, array in arrays.items():
        if np.isnan(array).any() or (name in ("low", "high") and array.shape != (len(champion.inputs),)):
            raise NeatError(
                f"{file}: `needs` {format_value(name)} must be {len(champion.inputs)} numbers, one for each input"
            )
    return arrays
