"""Many runs of one configuration: here one after the other, or in worker processes."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait

from neat.config import Config
from neat.core.compile_watch import on_compiling, watch, working_clock
from neat.core.errors import NeatError, message_of
from neat.evolution.state import Generation
from neat.problems.protocol import Problem
from neat.runs.experiment import Experiment
from neat.studies.table import Row

_INTERRUPTED = 130  # exit status of a process whose problem called sys.exit()
_MOST_DEATHS = 2  # of the process of one run: the first may have been somebody else's fault
_LONGEST_ERROR = 1_000  # characters: a cell of a CSV file has at most 131,072, and nobody reads so many
_SECONDS_TO_END = 5.0  # for what a user's code does at the end of a process


@dataclass(frozen=True)
class Ended:
    """A run that ended, with the JSON form of its champion, if it has one."""

    row: Row
    champion: str | None = None


@dataclass(frozen=True)
class Compiling:
    """What a worker process sends when compiling its kernels takes long."""


def run_seed(config: Config, seed: int, problem: Problem | None = None) -> Ended:
    """Run one seed on one thread; where the problem fails, the row says why."""
    config = config.replace(run={"seed": seed, "threads": 1})
    began = working_clock()
    last: Generation | None = None
    error = None
    try:
        for generation in Experiment(config, problem).evolve():
            last = generation
    except NeatError as fault:
        error = f"{type(fault).__name__}: {fault}"
    row = _row(config, seed, last, working_clock() - began, error)
    return Ended(row, None if last is None else last.champion.to_json())


def run_here(config: Config, problem: Problem | None, seeds: Sequence[int]) -> Generator[Ended, None, None]:
    """Yield the runs of seeds in their order, one after the other in this process."""
    for seed in seeds:
        yield run_seed(config, seed, problem)


def run_in_workers(
    config: Config, problem: Problem | None, seeds: Sequence[int], jobs: int
) -> Generator[Ended, None, None]:
    """Yield the runs of seeds, as they end, from `jobs` worker processes; all of these end with the iteration.

    A process that dies is replaced, and its run made again; where it dies again, the run counts as failed. One that is
    killed before it has begun is replaced, too, once.

    Raises:
        NeatError: the problem cannot be sent to a process, or processes cannot begin.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    job = _packed(config, problem)
    waiting, deaths = deque(seeds), Counter[int | None]()
    workers: list[_Worker] = []
    try:
        workers += (_Worker(job) for _ in range(min(jobs, len(seeds))))
        while workers:
            ready = wait([worker.connection for worker in workers])
            for worker in [worker for worker in workers if worker.connection in ready]:
                ended, alive = worker.answer()
                if isinstance(ended, Compiling):
                    watch.relay()
                    continue
                if not alive:
                    workers.remove(worker)
                    if worker.status == _INTERRUPTED:
                        raise KeyboardInterrupt("the problem called sys.exit()")
                    seed = worker.lost()
                    deaths[seed] += 1
                    if seed is None:
                        if deaths[seed] == _MOST_DEATHS or not worker.was_killed:
                            raise _no_beginning(worker)
                    elif deaths[seed] < _MOST_DEATHS:
                        waiting.appendleft(seed)
                    else:
                        error = f"its process died {_MOST_DEATHS} times, the last time with exit status {worker.status}"
                        ended = Ended(_row(config, seed, None, 0.0, error))
                    if waiting:
                        workers.append(_Worker(job))
                elif waiting:
                    worker.begin(waiting.popleft())
                else:
                    workers.remove(worker)
                    worker.dismiss()
                if ended is not None:
                    yield ended
    finally:
        for worker in workers:
            worker.kill()


class _Worker:
    """A process that makes runs, one at a time, in one thread."""

    def __init__(self, job: bytes) -> None:
        context = get_context("spawn")  # a fork would share locks with threads that it does not have
        self.connection, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, job), daemon=True)
        self.begun = False
        self.seed: int | None = None
        with _undisturbed():
            self.process.start()
        far.close()

    @property
    def status(self) -> int | None:
        return self.process.exitcode

    def begin(self, seed: int) -> None:
        self.seed = seed
        with suppress(OSError):  # where it has just died, `answer` will tell
            self.connection.send(seed)

    def answer(self) -> tuple[Ended | Compiling | None, bool]:
        """Return the run that ended, if any, or a note that kernels are compiled, and whether the process is alive.

        Raises:
            NeatError: the process cannot make the problem.
        """
        try:
            answer: Ended | Compiling | str | None = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            return None, False
        if isinstance(answer, str):
            raise _not_sent(answer)
        self.begun = self.begun or not isinstance(answer, Compiling)
        return answer, True

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended the process, which is not its own fault: there was too little memory, say."""
        return self.status is not None and self.status < 0

    def lost(self) -> int | None:
        """Return the seed whose run is lost with the process; None where it had not begun with one."""
        self.connection.close()
        return self.seed if self.begun else None

    def dismiss(self) -> None:
        """Let the process end."""
        self.connection.close()
        self.process.join(_SECONDS_TO_END)
        self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection, job: bytes) -> None:
    """Make the runs that the parent asks for, until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends this process
    os.dup2(2, 1)  # what a problem prints is not among what the parent does
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # If the parent wants no more runs, or has ended, the connection ends; the parent announces for all workers.
    with suppress(EOFError, ConnectionError), on_compiling(lambda _: connection.send(Compiling())):
        try:
            config, problem = pickle.loads(job)  # what the parent has just made, never a file
        except BaseException as error:  # from importing a user's module, or from a class that restores its own state
            connection.send(message_of(error))
            return
        connection.send(None)
        try:
            while True:
                connection.send(run_seed(config, connection.recv(), problem))
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)


def _end_with_parent() -> None:
    """End this process with its parent, however that ended, also within a kernel or a user's code."""
    parent = parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    os._exit(1)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep Ctrl-C from a process that begins in the body: until it can, it must not answer with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # started within the body, it would unblock signals again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _no_beginning(worker: _Worker) -> NeatError:
    """Return the error that says why there can be no worker processes."""
    if worker.was_killed:
        return NeatError(
            f"a worker process was killed before it began, {_MOST_DEATHS} times, the last time with exit status "
            f"{worker.status} (is there enough memory? fewer jobs need less)"
        )
    return NeatError(
        f"a worker process ended before it began (exit status {worker.status}); a script that makes runs in "
        'several processes does so under `if __name__ == "__main__":`, or with jobs=1'
    )


def _packed(config: Config, problem: Problem | None) -> bytes:
    try:
        return pickle.dumps((config, problem))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise _not_sent(str(error)) from None


def _not_sent(why: str) -> NeatError:
    """Return the error that says why a problem passed from Python is missing in worker processes."""
    return NeatError(
        f"the problem cannot be sent to worker processes ({why}); name it in the configuration "
        "([problem] kind = module:Name), define it in a module that can be imported, or use jobs=1"
    )


def _row(config: Config, seed: int, last: Generation | None, seconds: float, error: str | None) -> Row:
    champion = None if last is None else last.champion
    validation = None if champion is None else champion.validation
    solved = last is not None and error is None and last.solved
    return Row(
        seed=seed,
        solved=solved,
        generations=0 if last is None else last.number,
        evaluations=0 if last is None else last.evaluations,
        hidden=None if champion is None else champion.genome.hidden,
        connections=None if champion is None else int(champion.genome.column("enabled").sum()),
        best_fitness=None if champion is None else champion.fitness,
        validation=None if validation is None else float(validation.fitness),
        seconds=round(seconds, 3),
        most_generations=config.run.generations,
        population=config.population.size,
        details=_details(last),
        error=None if error is None else _line(error),
    )


def _details(last: Generation | None) -> dict[str, float]:
    """Return the details of the champion's harder test, and how many evaluations failed, if any."""
    if last is None:
        return {}
    validation = last.champion.validation
    details = {} if validation is None else {name: float(value) for name, value in validation.details.items()}
    return {**details, "failed": float(last.failures)} if last.failures else details


def _line(text: str) -> str:
    """Return a text as one line that any file can hold."""
    line = " ".join(text.split())
    if len(line) > _LONGEST_ERROR:
        line = line[:_LONGEST_ERROR] + " ..."
    return line.encode("utf-8", "backslashreplace").decode()
