"""A pool of worker processes that runs tasks and survives the death of a process.

Written here because the well-kept pools fall short. When a process dies, loky fails the tasks of all others. pebble
does not report the exit status of a process that dies before its first task, so a lack of memory looks like a script
without `__main__` guard; and when the parent is killed, its semaphores leave a warning on the terminal.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from neat.core.compile_watch import on_compiling, watch
from neat.core.errors import NeatError, message_of

Task = TypeVar("Task")
Result = TypeVar("Result")

_MOST_DEATHS = 2  # of the process of one task: the first death may have had another cause than the task
_SECONDS_TO_END = 5.0  # for exit handlers of a user's code


@dataclass(frozen=True)
class ProcessDied:
    """The result of a task whose process died `deaths` times, the last time with `exit_status`."""

    deaths: int
    exit_status: int | None


class _Message(Enum):
    """What a process sends to its parent, along with one value."""

    READY = auto()
    REJECTED = auto()  # why the function cannot be unpickled
    COMPILING = auto()  # kernels, which takes long
    DONE = auto()  # the result of the task
    INTERRUPTED = auto()  # the message of the KeyboardInterrupt that the function raised


def run_in_processes(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int
) -> Generator[tuple[int, Result | ProcessDied], None, None]:
    """Yield the index and the result of each task as it ends; all processes end with the iteration.

    A process that dies is replaced, and its task is run again; after a second death its result is `ProcessDied`. An
    exception in the function ends its process, too. A process that is killed before its first task is replaced once.

    Args:
        function: called with one task; it must be picklable, as must tasks and results.
        tasks: the arguments of the calls.
        processes: the number of processes, each of which runs one task at a time.

    Raises:
        NeatError: the function cannot be sent to a process, or no process can start.
        KeyboardInterrupt: the function raised it.
    """
    pickled = _pickled(function)
    waiting, deaths = deque(range(len(tasks))), Counter[int | None]()
    workers: list[_Worker] = []
    try:
        workers += (_Worker(pickled) for _ in range(min(processes, len(tasks))))
        while workers:
            ready = wait([worker.connection for worker in workers])
            for worker in [worker for worker in workers if worker.connection in ready]:
                index, message, content = worker.index, *worker.receive()
                if message is _Message.COMPILING:
                    watch.relay()  # announces it once for all processes
                    continue
                ended = message is _Message.DONE
                if message is None:
                    workers.remove(worker)
                    deaths[index] += 1
                    if index is None:
                        if deaths[index] == _MOST_DEATHS or not worker.was_killed:
                            raise _cannot_start(worker)
                    elif deaths[index] < _MOST_DEATHS:
                        waiting.appendleft(index)
                    else:
                        ended, content = True, ProcessDied(_MOST_DEATHS, worker.exit_status)
                    if waiting:
                        workers.append(_Worker(pickled))
                elif waiting:
                    next_index = waiting.popleft()
                    worker.start(next_index, tasks[next_index])
                else:
                    workers.remove(worker)
                    worker.dismiss()
                if ended and index is not None:
                    yield index, content
    finally:
        for worker in workers:
            worker.kill()


class _Worker:
    """A process, and the index of its current task (None before the first)."""

    def __init__(self, pickled: bytes) -> None:
        context = get_context("spawn")  # a fork would copy locks of threads that it does not have
        self.index: int | None = None
        self.connection, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end, pickled), daemon=True)
        with _sigint_blocked():
            self._process.start()
        far_end.close()

    @property
    def exit_status(self) -> int | None:
        return self._process.exitcode

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended the process, for example because memory ran out."""
        return self.exit_status is not None and self.exit_status < 0

    def start(self, index: int, task: object) -> None:
        self.index = index
        with suppress(OSError):  # if the process has just died, `receive` notices
            self.connection.send(task)

    def receive(self) -> tuple[_Message | None, Any]:
        """Return the next message and its value, or None if the process has died.

        Raises:
            NeatError, KeyboardInterrupt: as `run_in_processes`.
        """
        try:
            message, content = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            self.connection.close()
            return None, None
        if message is _Message.REJECTED:
            raise _cannot_send(content)
        if message is _Message.INTERRUPTED:
            raise KeyboardInterrupt(content)
        return message, content

    def dismiss(self) -> None:
        """Let the process end."""
        self.connection.close()
        self._process.join(_SECONDS_TO_END)
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(connection: Connection, pickled: bytes) -> None:
    """Run the tasks that the parent sends, until it closes the connection or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which kills this process
    os.dup2(2, 1)  # keep what a task prints out of the parent's output
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def send(message: _Message, content: object = None) -> None:
        connection.send((message, content))

    with suppress(EOFError, ConnectionError), on_compiling(lambda _: send(_Message.COMPILING)):
        try:
            function = pickle.loads(pickled)  # made by the parent, never read from a file
        except BaseException as error:  # raised by an import of a user's module, or by a `__setstate__`
            send(_Message.REJECTED, message_of(error))
            return
        send(_Message.READY)
        while True:
            task = connection.recv()
            try:
                result = function(task)
            except KeyboardInterrupt as interruption:
                send(_Message.INTERRUPTED, str(interruption))
                return
            send(_Message.DONE, result)


def _end_with_parent() -> None:
    """End this process when its parent has ended, for whatever reason, even within a kernel or a user's code."""
    parent = parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    os._exit(1)


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Block SIGINT for a process that starts in the body: until it ignores Ctrl-C, it would print a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start unblocks signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pickled(function: Callable[[Task], Result]) -> bytes:
    try:
        return pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise _cannot_send(str(error)) from None


def _cannot_send(reason: str) -> NeatError:
    """Return the error for a problem that was passed from Python and cannot be pickled or imported."""
    return NeatError(
        f"the problem cannot be sent to worker processes ({reason}); name it in the configuration "
        "([problem] kind = module:Name), define it in a module that can be imported, or use jobs=1"
    )


def _cannot_start(worker: _Worker) -> NeatError:
    if worker.was_killed:
        return NeatError(
            f"a worker process was killed before it began, {_MOST_DEATHS} times, the last time with exit status "
            f"{worker.exit_status} (is there enough memory? fewer jobs need less)"
        )
    return NeatError(
        f"a worker process ended before it began (exit status {worker.exit_status}); a script must start worker "
        'processes under `if __name__ == "__main__":`, or with jobs=1'
    )
