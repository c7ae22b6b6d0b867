"""Worker processes that call a function with task after task, and survive the death of one of them.

Written here because the well-kept pools fall short. When a process dies, loky fails the tasks of all others. pebble
does not report the exit status of a process that dies before its first task, so a lack of memory looks like another
failure; and when the parent is killed, its semaphores leave a warning on the terminal.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto
from multiprocessing import current_process, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from time import monotonic
from types import ModuleType
from typing import Any, Generic

from neat.core.announcements import announced_to
from neat.core.compile_watch import watch
from neat.core.errors import NeatError, message_of
from neat.execution.sending import SendingError, unpickled
from neat.execution.workers import Lost, Result, Task

_MOST_EARLY_DEATHS = 2  # of processes before their first task: the first death may have had any cause
_SECONDS_TO_END = 5.0  # for exit handlers of a user's code
_ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR", "NUMBA")  # ..._NUM_THREADS of libraries
_KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


class _Message(Enum):
    """What a process sends to its parent, along with one value."""

    READY = auto()
    REJECTED = auto()  # why the function cannot be unpickled
    COMPILING = auto()  # kernels, which takes long
    DONE = auto()  # the result of the task
    INTERRUPTED = auto()  # the message of the KeyboardInterrupt that the function raised


class ProcessPool(Generic[Task, Result]):
    """Processes that call one function: `Workers` on this machine.

    A process starts when there is a task for it, and each uses one thread. The script of the parent is not run again in
    them, so that it needs no guard.

    Args:
        function: the function as `pickled` returns it; called with one task. Tasks and results must be picklable.
        processes: the largest number of processes.
        timeout: seconds after which a task counts as lost, because its process hangs; None: never.
    """

    def __init__(self, function: bytes, processes: int, timeout: float | None = None) -> None:
        self.count = processes
        self._function, self._timeout = function, timeout
        self._processes: list[_Process] = []
        self._early_deaths = 0

    def run(self, waiting: deque[Task]) -> Generator[tuple[Task, Result | Lost], None, None]:
        """Yield each task and its result as it ends: see `Workers`. A process that dies is replaced."""
        try:
            while self._assign(waiting) or waiting:
                by_connection = {process.connection: process for process in self._processes if not process.is_idle}
                for connection in wait(list(by_connection), self._seconds_left()):
                    process = by_connection[connection]  # type: ignore[index]
                    task = process.task
                    found = self._answer(process)
                    if found is not None and task is not None:
                        yield task.content, found.content
                for process in self._processes:
                    if process.task is not None and self._timeout is not None and process.seconds >= self._timeout:
                        task = process.task
                        self._remove(process)
                        yield task.content, Lost(f"it took more than {self._timeout:g} s")
                        break
        except BaseException:  # such as GeneratorExit: the results are no longer wanted
            for process in [process for process in self._processes if not process.is_idle]:
                self._remove(process)
            raise

    def close(self, *, at_once: bool = False) -> None:
        """Let idle processes end, or kill them if `at_once`; kill all others."""
        processes, self._processes = self._processes, []
        for process in processes:
            if process.is_idle and not at_once:
                process.connection.close()
            else:
                process.kill()
        for process in processes:
            process.end()

    def _assign(self, waiting: deque[Task]) -> bool:
        """Give waiting tasks to idle processes, start more processes if needed; return whether any is working."""
        for process in [process for process in self._processes if process.is_idle]:
            if process.has_died():
                self._remove(process)
            elif waiting:
                process.begin(waiting.popleft())
        starting = sum(process.is_starting for process in self._processes)
        for _ in range(min(len(waiting) - starting, self.count - len(self._processes))):
            self._processes.append(_Process(self._function))
        return any(process.task is not None for process in self._processes)

    def _answer(self, process: _Process) -> _Box | None:
        """Return the result that a process has sent, or None if it sent something else.

        Raises:
            NeatError, KeyboardInterrupt: as `Workers.run`.
        """
        message, content = process.receive()
        if message is _Message.DONE:
            process.task = None
            return _Box(content)
        if message is _Message.COMPILING:
            process.begun = monotonic()  # compiling is not the user's code
            watch.relay()  # announces it once for all processes
        elif message is _Message.REJECTED:
            raise SendingError(content)
        elif message is _Message.INTERRUPTED:
            raise KeyboardInterrupt(content)
        elif message is _Message.READY:
            process.is_starting, self._early_deaths = False, 0
        else:
            self._remove(process)
            if process.task is not None:
                return _Box(Lost(f"its worker process died (exit status {process.exit_status})"))
            self._early_deaths += 1
            if self._early_deaths == _MOST_EARLY_DEATHS or not process.was_killed:
                raise _cannot_start(process)
        return None

    def _remove(self, process: _Process) -> None:
        self._processes.remove(process)
        process.kill()
        process.end()

    def _seconds_left(self) -> float | None:
        """Return the time until the first running task takes too long, or None if none ever does."""
        if self._timeout is None:
            return None
        running = [process.seconds for process in self._processes if process.task is not None]
        return max(0.0, self._timeout - max(running)) if running else None


class _Process:
    """A process and its current task, which is None while it starts or is idle."""

    def __init__(self, function: bytes) -> None:
        context = get_context("spawn")  # a fork would copy locks of threads that it does not have
        self.task: _Box | None = None
        self.is_starting = True
        self.begun = 0.0
        self.connection, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end, function), daemon=True)
        try:
            with ExitStack() as stack:
                for around in (_sigint_blocked, _one_thread, _without_script):
                    stack.enter_context(around())
                self._process.start()
        except (AssertionError, OSError) as error:  # in a daemonic process, or no more processes or files are allowed
            raise NeatError(f"no worker process can start ({message_of(error)})") from None
        far_end.close()

    @property
    def is_idle(self) -> bool:
        return self.task is None and not self.is_starting

    @property
    def seconds(self) -> float:
        """The time since the current task began."""
        return monotonic() - self.begun

    @property
    def exit_status(self) -> int | None:
        return self._process.exitcode

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended the process, for example because memory ran out."""
        return self.exit_status is not None and self.exit_status < 0

    def begin(self, task: object) -> None:
        self.task, self.begun = _Box(task), monotonic()
        with suppress(OSError):  # if the process has just died, `receive` notices
            self.connection.send(task)

    def receive(self) -> tuple[_Message | None, Any]:
        """Return the next message and its value, or None if the process has died."""
        try:
            message, content = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            return None, None
        return message, content

    def has_died(self) -> bool:
        """Return whether an idle process, which sends nothing, has died."""
        return self.connection.poll()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Wait for the end of the process, which has been killed or whose connection is closed."""
        self.connection.close()
        self._process.join(_SECONDS_TO_END)
        self._process.kill()
        self._process.join()


class _Box:
    """A task or its result, which may itself be None."""

    def __init__(self, content: Any) -> None:
        self.content = content


def _serve(connection: Connection, function: bytes) -> None:
    """Run the tasks that the parent sends, until it closes the connection or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which kills this process
    os.dup2(2, 1)  # keep what a task prints out of the parent's output
    current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # so that a task may start processes
    _end_with_parent()

    def send(message: _Message, content: object = None) -> None:
        connection.send((message, content))

    with suppress(EOFError, ConnectionError), announced_to(lambda _: send(_Message.COMPILING)):
        try:
            call = unpickled(function)
        except BaseException as error:  # raised by an import of a user's module, or by a `__setstate__`
            send(_Message.REJECTED, message_of(error))
            return
        send(_Message.READY)
        while True:
            task = connection.recv()
            try:
                result = call(task)
            except KeyboardInterrupt as interruption:
                send(_Message.INTERRUPTED, str(interruption))
                return
            send(_Message.DONE, result)


def _end_with_parent() -> None:
    """End this process when its parent has ended, for whatever reason, even within a kernel or a user's code."""
    parent = parent_process()
    assert parent is not None, "a worker has a parent"

    def wait_for_end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_for_end, daemon=True).start()
    # Also if code that does not release Python's lock hangs. Linux means the thread that started this process: if that
    # ends before, this process is replaced when it is needed.
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)


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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let libraries use one thread in a process that starts in the body, unless the user has set their number."""
    names = [name for name in (f"{library}_NUM_THREADS" for library in _ONE_THREAD) if name not in os.environ]
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)


@contextmanager
def _without_script() -> Iterator[None]:
    """Keep a process that starts in the body from running the script of this process, as multiprocessing would.

    What it needs of the script is sent to it by value.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _cannot_start(process: _Process) -> NeatError:
    killed = f"was killed before it began, {_MOST_EARLY_DEATHS} times" if process.was_killed else "ended as it began"
    return NeatError(
        f"a worker process {killed}, with exit status {process.exit_status} (is there enough memory? fewer workers "
        "need less)"
    )
