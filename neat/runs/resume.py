"""Resuming a run from its last state, or from any generation, exactly as if it had never been interrupted."""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from neat.config import Config, RunKeys
from neat.config.arguments import function, switch, thread_count, whole
from neat.config.arguments import path as checked_path
from neat.core.errors import NeatError
from neat.core.files import read_text
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.state import Generation
from neat.execution.choice import AnyExecutor
from neat.genetics.genome_json import LARGEST_FILE
from neat.genetics.operators import Operators
from neat.problems.protocol import Problem, checked_problem
from neat.runs.compatibility import check_data, check_engine, doubts
from neat.runs.experiment import ActiveRun, Experiment, check_trust
from neat.runs.replay import state_before
from neat.runs.result import Result
from neat.store.configuration import config_is_current, read_unfinished, write_config
from neat.store.database import create, must_exist, open_to_read, open_to_write
from neat.store.folder import CHAMPION, Place, claim_folder, is_unfinished, new_folder, remove_leftovers, write_whole
from neat.store.history import History
from neat.store.lock import Lock
from neat.store.provenance import versions
from neat.store.recorder import BUSY, Recorder
from neat.store.rows import TABLES
from neat.store.schema import STORE


@dataclass(frozen=True)
class Resumption:
    """A run that is ready to continue, or the result of a finished one.

    Attributes:
        folder: the run's folder, or the new one.
        config: the configuration.
        known: the number of generations in the file; the last one is computed again and compared.
        doubts: sentences that say why it might continue differently here than where it was begun.
        active: the run to finish, or None.
        result: the result of a finished run, or None.
    """

    folder: Path
    config: Config
    known: int
    doubts: tuple[str, ...] = ()
    active: ActiveRun | None = None
    result: Result | None = None


def resume(
    run: str | os.PathLike[str],
    problem: Problem | None = None,
    *,
    generations: int | None = None,
    start: int | None = None,
    out: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    executor: AnyExecutor | str | None = None,
    workers: int | None = None,
    address: str | None = None,
    trust: bool = False,
    operators: Operators | None = None,
    watch: Callable[[Generation], object] | None = None,
) -> Result:
    """Continue a run in its folder and return its result: the same as if it had never been interrupted.

    A finished run is left unchanged, unless more `generations` are requested.

    Args:
        run: the run's folder.
        problem: the problem, if the run was begun with one passed from Python.
        generations: total number of generations, instead of the number in the configuration.
        start: continue from this generation instead of the last, in a new folder that begins with a copy of the
            history up to there. It is replayed from the last state that was saved before it.
        out: the new folder, with `start`; by default one beside the run's folder.
        threads: threads of this process; results never depend on it.
        executor: computes fitness, as for `neat.run`, or its name (`"processes"`); results never depend on it.
        workers: the number of its workers.
        address: the Ray cluster to join, with `executor="ray"`.
        trust: whether modules that the run's file names may be imported.
        operators: the operators, if the run was begun with some passed from Python.
        watch: called with every generation that is computed.

    Warns:
        UserWarning: an environment or your own code may behave differently with other versions or another processor.

    Raises:
        NeatError: there is no such run, another process is writing it, its file is corrupt or newer, another version of
            the engine made it, a data file was changed, or a generation computed again differs from the saved one.
        ProblemError: as `neat.run` says.
        Interrupted: by Ctrl-C; a KeyboardInterrupt that holds the result so far.
    """
    check_options(problem, threads, trust, watch)
    ready = prepare(
        checked_path("run", run), problem, generations=generations, start=start,
        out=None if out is None else checked_path("out", out),
        executor=None if isinstance(executor, str) else executor,
        execution=execution_settings(threads=threads, executor=executor, workers=workers, address=address),
        trust=trust, operators=operators,
    )  # fmt: skip
    for doubt in ready.doubts:
        warnings.warn(doubt, stacklevel=2)
    if ready.active is not None:
        return ready.active.finish(watch)
    assert ready.result is not None, "a run that is not active is finished"
    return ready.result


def execution_settings(**given: object) -> dict[str, object]:
    """Return the settings among arguments, without those that are None or an executor.

    Another executor has no use for what only concerns the one in the configuration.
    """
    settings = {name: value for name, value in given.items() if value is not None}
    executor = settings.get("executor")
    if executor is None:
        return settings
    if not isinstance(executor, str):
        del settings["executor"]  # an experiment takes it as it is
        return settings
    unused = {"workers": 0, "address": None} | ({} if executor in ("processes", "ray") else {"timeout": None})
    return {**unused, **settings}


def check_options(problem: object, threads: object, trust: object, watch: object) -> None:
    """Check the optional arguments of `resume` and `verify` before anything is read; raises NeatError."""
    if problem is not None:
        checked_problem(problem)
    if threads is not None:
        thread_count(threads)
    switch("trust", trust)
    function("watch", watch, "every generation")


def prepare(
    folder: Path,
    problem: Problem | None = None,
    *,
    generations: int | None = None,
    start: int | None = None,
    out: Path | None = None,
    executor: AnyExecutor | None = None,
    execution: Mapping[str, object] | None = None,
    trust: bool = False,
    operators: Operators | None = None,
) -> Resumption:
    """Return a run that is ready to continue; see `resume` for the arguments and exceptions.

    Nothing is written yet, except for the new folder if `start` is given.
    """
    if out is not None and start is None:
        raise NeatError(
            f"{out}: a run continues in its own folder (for a new folder, add --from K to start from generation K)"
        )
    if is_unfinished(folder):
        return _start_over(folder, problem, operators, generations, start, executor, execution, trust=trust)
    must_exist(folder / STORE)
    place, new_place = Place(folder), None if out is None else Place(out)
    with ExitStack() as stack:
        if start is None:
            lock = _claimed(stack, folder)
            remove_leftovers(folder)
            connection = open_to_write(folder / STORE)
            stack.callback(connection.close)
        history = stack.enter_context(History(folder, checked=start is not None))
        config = _with_generations(history, generations, start)
        check_engine(history)
        configured = config_is_current(history, config) and start is None
        _check_champion(history)
        check_data(history)
        result = _finished(history, config, start)
        if result is not None:
            _complete_files(history, config, configured=configured)
            return Resumption(folder, config, result.generations, result=result)
        experiment = Experiment.of_run(
            history, problem, operators, config=config, executor=executor, execution=execution, trust=trust
        )
        folder, out = place.path, None if new_place is None else new_place.path
        reasons = tuple(doubts(history, experiment))
        known = (history.last or 0) if start is None else _checked_start(history, start)
        state = state_before(history, experiment, known)
        if start is not None:
            folder = _beside(folder, f"from-{start}") if out is None else claim_folder(out)
            lock, connection = _claimed(stack, folder), copy_until(history, folder / STORE, start)
            stack.callback(connection.close)
        software = versions(experiment.problem)
        recorder = Recorder.resume(config, folder, state.generation, connection, software, lock, configured=configured)
        history.close()
        stack.pop_all()  # the recorder closes them
    return Resumption(folder, config, known, reasons, ActiveRun(experiment, recorder, state))


def _start_over(
    folder: Path,
    problem: Problem | None,
    operators: Operators | None,
    generations: int | None,
    start: int | None,
    executor: AnyExecutor | None,
    execution: Mapping[str, object] | None,
    *,
    trust: bool,
) -> Resumption:
    """Return a run that starts over, because it was killed before its file was complete."""
    if start is not None:
        raise NeatError(f"--from {start}: {folder} has no generation yet (omit --from to start the run)")
    with ExitStack() as stack:
        lock = _claimed(stack, folder)
        config = read_unfinished(folder)
        if config.problem is None and problem is None:
            raise NeatError(
                f"{folder}: its problem was passed from Python (resume it there: neat.resume(run, problem))"
            )
        check_trust(config, folder, trust, problem, operators)
        if generations is not None:
            config = config.replace(run={"generations": generations})
        experiment = Experiment(config, problem, executor, operators, execution=execution)
        state = experiment.initialize()
        if generations is not None:
            write_config(folder, config)
        active = experiment.begin(state, folder, lock)
        stack.pop_all()  # the recorder releases the lock
    return Resumption(folder, config, 0, active=active)


def _check_champion(history: History) -> None:
    """Raise NeatError if the champion's file, which the next champion replaces, is not what the run wrote."""
    file = history.folder / CHAMPION
    if os.path.lexists(file) and not history.has_champion(read_text(file, LARGEST_FILE)):
        raise NeatError(
            f"{file}: is not a champion of this run, and the next champion would overwrite it (rename or delete it)"
        )


def _complete_files(history: History, config: Config, *, configured: bool) -> None:
    """Write the files of a finished run that are missing, or that were not yet written when it was killed."""
    file, champion = history.folder / CHAMPION, history.champion().to_json()
    if not os.path.lexists(file) or read_text(file, LARGEST_FILE) != champion:
        write_whole(file, champion)
    if not configured:
        write_config(history.folder, config)


def copy_until(history: History, file: Path, last: int) -> sqlite3.Connection:
    """Write a file with the history of a run up to generation `last`, and return a connection to it.

    Raises:
        NeatError: it cannot be written.
    """

    def fill(copy: sqlite3.Connection) -> None:
        with closing(open_to_read(history.file)) as original:
            original.backup(copy)
        copy.execute("BEGIN IMMEDIATE")
        for table in (*TABLES, "checkpoint"):
            copy.execute(f"DELETE FROM {table} WHERE generation > ?", (last,))
        copy.execute("UPDATE run SET status = 'interrupted', reasons = '[]', error = NULL")
        copy.execute("COMMIT")
        copy.execute("VACUUM")

    return create(file, fill)


def _beside(folder: Path, what: str) -> Path:
    """Make and return a folder beside another one, which may also be given as `.`."""
    place = folder if folder.name not in ("", "..") else folder.resolve()
    return new_folder(f"{place.name}-{what}", place.parent)


def _claimed(stack: ExitStack, folder: Path) -> Lock:
    lock = Lock(folder, BUSY)
    stack.callback(lock.release)
    return lock


def _with_generations(history: History, generations: int | None, start: int | None) -> Config:
    """Return the run's configuration with the requested number of generations; with `start`, it may be smaller."""
    config, last = history.config, history.last if start is None else start
    if generations is None:
        return config
    generations = RunKeys(generations=generations).generations
    there = last or 0
    if generations < there:
        begun = history.folder if start is None else f"a run from generation {start}"
        raise NeatError(f"--generations {generations}: {begun} already has {there} (give a larger number)")
    return config.replace(run={"generations": generations})


def _finished(history: History, config: Config, start: int | None) -> Result | None:
    """Return the result of a run that is already finished, otherwise None."""
    about, last = history.about, history.last
    if about.status != "finished" or start is not None or last is None:
        return None
    if about.reasons == ("generations",) and config.run.generations > last:
        return None
    (row,) = history.generations(last, last)
    champion = history.champion()
    return Result(
        champion=champion.genome,
        best_fitness=champion.fitness,
        solved=row.solved,
        generations=last,
        evaluations=row.evaluations,
        failures=sum(row.failed for row in history.generations()),
        seed=about.seed,
        folder=history.folder,
        reasons=about.reasons,
        standard_error=champion.standard_error,
        retests=row.retests,
    )


def _checked_start(history: History, start: int) -> int:
    last = history.last
    if last is None or not FIRST_GENERATION <= whole("start", start) <= last:
        there = "none" if last is None else f"{FIRST_GENERATION} to {last}"
        raise NeatError(f"--from {start}: {history.folder} has no such generation ({there})")
    return start
