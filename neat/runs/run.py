"""Running an experiment: evolution, recorded, whatever ends it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neat.config import Config, CustomProblem
from neat.config.arguments import folder, function
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.notebook import drawn
from neat.evolution.loop import evolve, initialize, reproduce, seeded
from neat.evolution.state import Generation
from neat.genetics.genome import Genome
from neat.problems.protocol import check_members
from neat.problems.registry import make_problem
from neat.store.folder import Place, claim_folder
from neat.store.provenance import how_to_resume
from neat.store.recorder import Recorder


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        champion: the best genome that the run has seen; `best_fitness` is its fitness.
        solved: whether the problem was solved.
        generations, evaluations: how many there were.
        failures: how many evaluations failed, and gave the lowest fitness (`on_error = worst`).
        seed: with the same configuration it gives the same run.
        folder: where the run is kept, if it is.
        reasons: why it stopped, among `solved`, `stop_fitness`, `generations`; none where it was interrupted.
    """

    champion: Genome
    best_fitness: float
    solved: bool
    generations: int
    evaluations: int
    failures: int
    seed: int
    folder: Path | None
    reasons: tuple[str, ...]

    def _repr_html_(self) -> str:
        """Return it with its champion's drawing, for a notebook; made by `neat.export` (see `neat.core.notebook`)."""
        return drawn("result", self)


class Interrupted(KeyboardInterrupt):
    """A run was interrupted by Ctrl-C, or by `sys.exit()` in its problem (`why` then says so).

    `result` is the result so far, or None if no generation was finished.
    """

    def __init__(self, result: Result | None, folder: Path | None, why: str = "") -> None:
        self.result = result
        self.folder = folder
        self.why = why
        because = f" ({why})" if why else ""
        where = "" if folder is None else f"; everything up to then is in {folder}"
        when = "before generation 1 was finished" if result is None else f"after generation {result.generations}"
        super().__init__(f"interrupted {when}{because}{where}")


def run(
    config: Config,
    problem: Any = None,
    out: str | os.PathLike[str] | None = None,
    watch: Callable[[Generation], object] | None = None,
) -> Result:
    """Run an experiment to its end and return what it came to.

    `problem` is by default the one that the configuration names. With `out` the run is kept in that folder, a
    new or an empty one. `watch` is called with every generation.

    Raises:
        NeatError: the problem cannot be made as the configuration says, or the folder cannot be used.
        ProblemError: the problem failed; everything up to then is kept, the genome in the folder `failed`.
        Interrupted: by Ctrl-C, or by `sys.exit()` in the problem, as in a game whose window is closed; a
            KeyboardInterrupt that holds the result so far.
    """
    config, place = seeded(config), None if out is None else Place(folder("out", out))
    function("watch", watch, "every generation")
    problem = problem_of(config) if problem is None else problem
    state = initialize(config, problem)
    recorder = Recorder(config)
    if place is not None:
        recorder = Recorder.begin(config, claim_folder(place.path), state, problem)
    return record(recorder, evolve(config, problem, state), problem, watch)


def with_threads(config: Config, threads: int | None) -> Config:
    """Return the configuration with another number of threads, if one is given."""
    return config if threads is None else config.replace(run={"threads": threads})


def problem_of(config: Config) -> Any:
    """Return the problem that a configuration names.

    Raises:
        NeatError: it names none, it cannot be made with its keys, or the result is not a problem.
        ProblemError: the user's own module or class raised.
    """
    where = "" if config.problem is None else f"[problem] kind = {config.problem.kind}"
    try:
        problem = make_problem(config)
        check_members(problem, where)
    except NeatError:
        raise
    except SystemExit as error:  # nothing has been computed that an interruption could save
        raise NeatError(f"{where}: {message_of(error)} was raised when it was made") from None
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        if not isinstance(config.problem, CustomProblem):
            raise
        raise ProblemError(f"{where}: raised {message_of(error)} when it was made") from error
    return problem


def record(
    recorder: Recorder,
    generations: Iterator[Generation],
    problem: Any,
    watch: Callable[[Generation], object] | None = None,
) -> Result:
    """Let a run's generations pass, each recorded and then watched, and return what it came to.

    Raises:
        ProblemError, Interrupted: as `run` says.
    """
    try:
        for generation in generations:
            recorder.record(generation)
            if watch is not None:
                watch(generation)
        recorder.finish("finished")
    except (KeyboardInterrupt, SystemExit) as interruption:
        recorder.finish("interrupted")
        why = str(interruption) if isinstance(interruption, KeyboardInterrupt) else ""
        raise Interrupted(result_of(recorder), recorder.folder, why) from None
    except BaseException as error:
        with contextlib.suppress(NeatError):  # the disk may be what failed: the first error is the one to tell
            told = f"{type(error).__name__}: {error}"
            recorder.finish("failed", told.encode("utf-8", "backslashreplace").decode())
            if isinstance(error, ProblemError):
                _keep_failed(recorder, error, problem)
        raise
    result = result_of(recorder)
    assert result is not None, "a run has at least one generation"
    return result


def result_of(recorder: Recorder) -> Result | None:
    """Return what a run has come to so far, or None before its first generation."""
    latest, seed = recorder.latest, recorder.config.run.seed
    assert seed is not None, "a run that is recorded has a seed"
    if latest is None:
        return None
    return Result(
        champion=latest.champion.genome,
        best_fitness=latest.champion.fitness,
        solved=latest.solved,
        generations=latest.number,
        evaluations=latest.evaluations,
        failures=latest.failures,
        seed=seed,
        folder=recorder.folder,
        reasons=latest.reasons,
    )


def _keep_failed(recorder: Recorder, error: ProblemError, problem: Any) -> None:
    """Save the genome that the problem failed at, and say in the error what is kept where."""
    if recorder.folder is None:
        return
    again = how_to_resume(recorder.config, recorder.folder)
    error.add_note(f"everything so far is saved in {recorder.folder} (once it is fixed: {again})")
    if error.genome_key is None:
        return
    last, config = recorder.latest, recorder.config
    # Both are pure: they give again the very population that the problem was judging.
    state = initialize(config, problem) if last is None else reproduce(last, config)
    file = recorder.keep_failed(state, error.genome_key, str(error))
    if file is not None:
        error.add_note(f"genome {error.genome_key} is in {file}")
