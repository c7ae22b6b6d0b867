"""Testing a champion in episodes, or evaluations, that its run never used."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import instance, path, whole
from neat.config.formatting import describe, format_value
from neat.core.errors import NeatError, ProblemError
from neat.core.randomness import AFTER_ALL_RUNS, FIRST_GENERATION, Purpose, Randomness
from neat.execution.in_process import evaluate_network, exit_interrupts, validate_network
from neat.genetics.genome import Genome, read_genome
from neat.genetics.operators import Operators
from neat.network import Network, compile_networks
from neat.problems.evaluation import TEST_EPISODES, Arrays, TestResult, named_arrays
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context, Problem, SupportsTest, checked_problem, supports_validation
from neat.runs.experiment import Experiment
from neat.store.folder import CHAMPION
from neat.store.history import History

_WHEN = "when the champion was evaluated"


def evaluate_champion(
    problem: Problem,
    champion: Genome,
    episodes: int | None = None,
    seed: int | None = None,
    preprocessing: Arrays | None = None,
) -> TestResult:
    """Return a champion's results in episodes that evolution never used: by default, 100 episodes with seed 0.

    A deterministic problem, such as a table, has no other episodes: it is evaluated once.

    Args:
        problem: the problem.
        champion: the genome.
        episodes: the number of episodes.
        seed: the seed of the episodes; the same seed gives the same episodes.
        preprocessing: the arrays saved with the champion (`neat.Champion.preprocessing`).

    Raises:
        NeatError: champion and problem do not fit together, or `episodes` or `seed` are given for a deterministic
            problem.
        ProblemError: the problem failed.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    instance("champion", champion, Genome, "a neat.Genome, such as result.champion")
    problem = checked_problem(problem)
    episodes = None if episodes is None else whole("episodes", episodes, 1)
    seed = None if seed is None else whole("seed", seed)
    check_champion(champion, problem)
    given = [name for name, value in (("--episodes", episodes), ("--seed", seed)) if value is not None]
    if given and problem.deterministic and not isinstance(problem, Gymnasium):
        raise NeatError(
            f"{' and '.join(given)}: the problem is deterministic and always gives the champion the same fitness "
            f"(leave {'them' if given[1:] else 'it'} out)"
        )
    episodes, seed = TEST_EPISODES if episodes is None else episodes, 0 if seed is None else seed
    network, arrays = (
        compile_networks(champion),
        named_arrays("preprocessing", {} if preprocessing is None else preprocessing),
    )
    if isinstance(problem, SupportsTest):
        with exit_interrupts(_WHEN):
            return problem.test(network, episodes, seed, arrays)
    return _test_by_evaluation(problem, network, episodes, seed, arrays)


def check_champion(champion: Genome, problem: Problem) -> None:
    """Raise NeatError if a champion and a problem do not have the same numbers of inputs and outputs."""
    inputs, outputs = len(champion.inputs), len(champion.outputs)
    if (inputs, outputs) != (len(problem.inputs), len(problem.outputs)):
        raise NeatError(
            f"the champion has {inputs} inputs and {outputs} outputs, the problem {len(problem.inputs)} and "
            f"{len(problem.outputs)}; they do not belong together"
        )


def evaluate_run(
    folder: str | os.PathLike[str],
    episodes: int | None = None,
    seed: int | None = None,
    *,
    problem: Problem | None = None,
    trust: bool = False,
) -> TestResult:
    """Return the results of the champion of the run in `folder` in episodes that the run never used.

    Args:
        folder: the run's folder.
        episodes: the number of episodes; a deterministic problem has only one.
        seed: the seed of the episodes; the same seed gives the same episodes.
        problem: the problem, if the run was begun with one passed from Python.
        trust: whether modules that the run's file names may be imported.

    Raises:
        NeatError: the run has no champion, a file of it cannot be read, or its problem is a user's own code and `trust`
            is False.
        ProblemError: the problem failed.
    """
    found = load_champion(folder, problem, trust=trust)
    return evaluate_champion(found.problem, found.genome, episodes, seed, found.preprocessing)


@dataclass(frozen=True, eq=False)
class LoadedChampion:
    """The champion of a saved run, its problem, and the arrays that were saved with it."""

    genome: Genome
    problem: Problem
    preprocessing: Arrays


def load_champion(
    folder: str | os.PathLike[str], problem: Problem | None = None, *, trust: bool = False
) -> LoadedChampion:
    """Return the champion of the run in `folder` with its problem; arguments and errors are as for `evaluate_run`."""
    folder = path("folder", folder)
    if not os.path.isdir(folder):
        raise NeatError(f"{describe(str(folder))}: no such folder of a run")
    file = folder / CHAMPION
    with History(folder) as history:
        if not file.is_file():
            raise NeatError(f"{folder}: has no champion yet")
        champion, form = read_genome(file)
        problem = Experiment.of_run(history, problem, Operators(), trust=trust).problem
    running = isinstance(problem, Gymnasium) and problem.keys.scaling == "running"
    # A genome of the first generation, whose inputs are scaled by the bounds of the space, may be re-tested later.
    first = form.get("generation") == FIRST_GENERATION or "retests" in form
    if running and "needs" not in form and not first:
        raise NeatError(f"{file}: does not say in `needs` by which range of observations its inputs were scaled")
    return LoadedChampion(champion, problem, _preprocessing(file, form.get("needs", {}), champion))


def _test_by_evaluation(
    problem: Problem, network: Network, episodes: int, seed: int, preprocessing: Arrays
) -> TestResult:
    """Return the fitness of a network in each of several evaluations: in only one if the problem is deterministic."""
    values, solved = [], []
    for episode in range(1 if problem.deterministic else episodes):
        context = Context(Randomness(seed, AFTER_ALL_RUNS + episode, Purpose.VALIDATION), preprocessing)
        found = evaluate_network(problem, network, context, _WHEN)
        if not found.finite.all():
            raise ProblemError(f"the champion's fitness is {found.fitness[0]} {_WHEN}; it must be finite")
        values.append(float(found.fitness[0]))
        if supports_validation(problem):  # its validation alone decides
            solved.append(validate_network(problem, network, context, _WHEN).passed)
        elif found.solved is not None:
            solved.append(bool(found.solved[0]))
    same = "in every evaluation" if problem.deterministic else ""
    result = TestResult(np.array(values), problem.threshold, None, unit="evaluation", same=same)
    if problem.threshold is not None:
        return replace(result, solved=result.mean >= problem.threshold)
    return replace(result, solved=all(solved)) if solved else result


def _preprocessing(file: Path, given: Any, champion: Genome) -> dict[str, NDArray[np.float64]]:
    """Return the preprocessing in the file of a champion after checking it: arrays of numbers."""
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
