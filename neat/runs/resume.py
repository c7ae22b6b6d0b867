"""Going on with a run: from its last state, or from any generation, exactly as if it had never ended."""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neat.config import Config
from neat.evolution.loop import evolve, initialize, layout_of
from neat.evolution.state import Generation, State
from neat.ground.errors import NeatError
from neat.runs.circumstances import check_data, check_engine, doubts
from neat.runs.folder import claim_folder, new_folder
from neat.runs.history import History, run_folder, whole_number
from neat.runs.lock import Lock
from neat.runs.recorder import BUSY, Recorder
from neat.runs.rows import TABLES
from neat.runs.run import Result, record
from neat.runs.schema import STORE, create_copy, must_exist, not_made, open_to_write
from neat.runs.state_check import check_fit
from neat.runs.trust import problem_of_run


@dataclass
class Resumption:
    """A run that is ready to go on, or `result`, where there is nothing to go on with.

    Attributes:
        folder: the run's, or the new one's.
        config: its configuration.
        known: how many of its generations are there already; the last of them is computed again, and compared.
        doubts: sentences: why it might not go on as it would have where it was begun.
        result: what it came to, where it is finished.
        recorder, generations, problem: as `record` takes them.
    """

    folder: Path
    config: Config
    known: int
    doubts: list[str]
    result: Result | None = None
    recorder: Recorder | None = None
    generations: Iterator[Generation] | None = None
    problem: Any = None


def resume(
    run: str | os.PathLike[str],
    problem: Any = None,
    *,
    generations: int | None = None,
    start: int | None = None,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    trust: bool = False,
    watch: Callable[[Generation], object] | None = None,
) -> Result:
    """Go on with a run in its folder and return what it came to: the same as if it had never ended.

    A run that is finished is left as it is, unless more `generations` are asked for.

    Args:
        run: the run's folder.
        problem: the problem, where it was handed over when the run began.
        generations: run until there are so many, instead of as many as its configuration says.
        start: go on from this generation instead of the last, in a new folder that begins with a copy of the history
            up to there. It is replayed from the saved state before it.
        out: the new folder, with `start`; by default one beside the run's.
        threads: of this process; results never depend on it.
        trust: whether modules that the run's file names may be imported.
        watch: called with every generation that is computed.

    Warns:
        UserWarning: other versions or another processor may give an environment, or code of your own, another course.

    Raises:
        NeatError: there is no such run, another process is making it, its file is damaged or newer, another version of
            the engine made it, a data file was changed, or what is computed again is not what is saved.
        ProblemError: as `neat.run` says.
        Interrupted: by Ctrl-C; a KeyboardInterrupt that holds the result so far.
    """
    ready = prepare(
        run_folder(run), problem, generations=generations, start=start,
        out=None if out is None else run_folder(out),
        threads=threads, trust=trust,
    )  # fmt: skip
    for doubt in ready.doubts:
        warnings.warn(doubt, stacklevel=2)
    return ready.result or go_on(ready, watch)


def go_on(ready: Resumption, watch: Callable[[Generation], object] | None = None) -> Result:
    """Go on with what was prepared, and return what it came to; raises what `resume` does."""
    assert ready.recorder is not None and ready.generations is not None, "a finished run does not go on"
    return record(ready.recorder, ready.generations, ready.problem, watch)


def prepare(
    folder: Path,
    problem: Any = None,
    *,
    generations: int | None = None,
    start: int | None = None,
    out: Path | None = None,
    threads: int | None = None,
    trust: bool = False,
) -> Resumption:
    """Return a run that is ready to go on; see `resume` for the arguments and what is raised.

    Nothing is written yet but, with `start`, the new folder.
    """
    if out is not None and start is None:
        raise NeatError(
            f"{out}: a run goes on in its own folder (a new one is for going on from an earlier generation)"
        )
    must_exist(folder / STORE)
    with ExitStack() as stack:
        if start is None:
            lock, connection = _claimed(stack, folder), open_to_write(folder / STORE)
            stack.callback(connection.close)
        history = stack.enter_context(History(folder, checked=start is not None))
        config = _with_generations(history, generations, start)
        check_engine(history)
        check_data(history)
        done = _finished(history, config, start)
        if done is not None:
            return Resumption(folder, config, done.generations, [], result=done)
        problem = problem_of_run(history, trust=trust, threads=threads) if problem is None else problem
        told = doubts(history, config, problem)
        known = 0 if history.last is None else history.last + 1
        if start is not None:
            known = _checked_start(history, start) + 1
        state = _state(history, config, problem, known - 1)
        if start is not None:
            folder = _beside(folder, f"from-{start}") if out is None else claim_folder(out)
            lock, connection = _claimed(stack, folder), copy_until(history, folder / STORE, start)
            stack.callback(connection.close)
        recorder = Recorder.go_on(config, folder, state.generation, connection, lock)
        history.close()
        stack.pop_all()  # the recorder's from here on
    here = config if threads is None else config.replace(run={"threads": threads})
    return Resumption(folder, config, known, told, None, recorder, evolve(here, problem, state), problem)


def nearest_state(history: History, generation: int) -> State | None:
    """Return the saved state of the generation, or of the last one before it, or None where there is none."""
    before = [number for number in history.states() if number <= generation]
    return history.state(before[-1]) if before else None


def replay(history: History, config: Config, problem: Any, first: int) -> Iterator[Generation]:
    """Yield the generations of a run from `first` on, computed again from the saved state before it."""
    for generation in evolve(config, problem, _state(history, config, problem, first)):
        if generation.number >= first:
            yield generation


def copy_until(history: History, file: Path, last: int) -> sqlite3.Connection:
    """Write a file with the history of a run up to generation `last`, and return a connection to it.

    Raises:
        NeatError: it cannot be written.
    """
    copy = create_copy(history.file, file)
    try:
        copy.execute("BEGIN IMMEDIATE")
        for table in (*TABLES, "checkpoint"):
            copy.execute(f"DELETE FROM {table} WHERE generation > ?", (last,))
        copy.execute("UPDATE run SET status = 'interrupted', reasons = '[]', error = NULL")
        copy.execute("COMMIT")
        copy.execute("VACUUM")
        return copy
    except sqlite3.Error as error:
        raise not_made(copy, file, error) from None


def _beside(folder: Path, what: str) -> Path:
    """Make and return a folder beside another one, which may be given as `.`, too."""
    place = folder if folder.name not in ("", "..") else folder.resolve()
    return new_folder(f"{place.name}-{what}", place.parent)


def _claimed(stack: ExitStack, folder: Path) -> Lock:
    lock = Lock(folder, BUSY)
    stack.callback(lock.release)
    return lock


def _state(history: History, config: Config, problem: Any, generation: int) -> State:
    try:
        state = nearest_state(history, generation)
    except NeatError as error:
        others = [number for number in history.states() if number < generation]
        mend = f" (neat resume {history.folder} --from {others[-1]} goes on from an earlier one)" if others else ""
        raise NeatError(f"{error}{mend}") from None
    if state is None:
        return initialize(config, problem)
    try:
        check_fit(state, config, layout_of(config, problem.inputs, problem.outputs))
    except NeatError as error:
        raise NeatError(f"{history.file}: {error}") from None
    return state


def _with_generations(history: History, generations: int | None, start: int | None) -> Config:
    """Return the run's configuration, with more generations where these are asked for; from `start` on also fewer."""
    config, last = history.config, history.last if start is None else start
    if generations is None:
        return config
    there = 0 if last is None else last + 1
    if whole_number(generations, "generations") < there:
        begun = history.folder if start is None else f"what goes on from generation {start}"
        raise NeatError(f"--generations {generations}: {begun} has {there} already (give a larger number)")
    return config.replace(run={"generations": generations})


def _finished(history: History, config: Config, start: int | None) -> Result | None:
    """Return what a run came to, where there is nothing to go on with."""
    about, last = history.about, history.last
    if about.status != "finished" or start is not None or last is None:
        return None
    if about.reasons == ("generations",) and config.run.generations > last + 1:
        return None
    (row,) = history.generations(last, last)
    champion = history.champion()
    return Result(
        champion=champion.genome,
        best_fitness=champion.fitness,
        solved=row.solved,
        generations=last + 1,
        evaluations=row.evaluations,
        failures=sum(row.failed for row in history.generations()),
        seed=about.seed,
        folder=history.folder,
        reasons=about.reasons,
    )


def _checked_start(history: History, start: int) -> int:
    last = history.last
    if last is None or not 0 <= whole_number(start, "start") <= last:
        there = "none" if last is None else f"0 to {last}"
        raise NeatError(f"--from {start}: {history.folder} has no such generation ({there})")
    return start
