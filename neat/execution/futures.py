"""Workers of any executor that follows `concurrent.futures.Executor`, such as those of Dask and mpi4py."""

from __future__ import annotations

import concurrent.futures
from collections import deque
from collections.abc import Generator
from typing import Any, Generic

from neat.core.errors import INTERRUPTIONS, NeatError, message_of
from neat.execution.calls import Rejected, Stopped, Unknown, call, digest_of
from neat.execution.sending import SendingError
from neat.execution.workers import Lost, Result, Task

_PER_WORKER = 2  # tasks that are submitted, so that a worker need not wait for the next one


class FutureWorkers(Generic[Task, Result]):
    """The workers of an executor that the user made, and shuts down.

    Args:
        executor: the executor.
        function: the function as `pickled` returns it. It is sent along with the first tasks, and again to workers that
            turn out not to have it.
        count: the number of its workers.
    """

    def __init__(self, executor: concurrent.futures.Executor, function: bytes, count: int) -> None:
        self.count = count
        self._executor = executor
        self._function, self._digest = function, digest_of(function)
        self._is_sent = False

    def run(self, waiting: deque[Task]) -> Generator[tuple[Task, Result | Lost], None, None]:
        """Yield each task and its result as it ends: see `Workers`. An exception of the executor counts as a loss."""
        running: dict[concurrent.futures.Future[Any], Task] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.count * _PER_WORKER:
                    task = waiting.popleft()
                    running[self._submit(task, again=False)] = task
                ended, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in ended:
                    task = running.pop(future)
                    found = _result(future)
                    if isinstance(found, Unknown):
                        running[self._submit(task, again=True)] = task
                    else:
                        yield task, found
            self._is_sent = True
        finally:
            for future in running:
                future.cancel()

    def close(self, *, at_once: bool = False) -> None:
        """Do nothing: whoever made the executor shuts it down."""

    def _submit(self, task: Task, *, again: bool) -> concurrent.futures.Future[Any]:
        function = self._function if again or not self._is_sent else None
        try:
            return self._executor.submit(call, self._digest, function, task)
        except INTERRUPTIONS:
            raise
        except Exception as error:  # it has been shut down, or one of its processes died
            raise NeatError(f"the executor takes no more work ({message_of(error)})") from None


def _result(future: concurrent.futures.Future[Any]) -> Any:
    """Return the result of a call, or what there is instead.

    Raises:
        SendingError: the worker cannot unpickle the function.
        KeyboardInterrupt: the function raised it.
    """
    try:
        found = future.result()
    except INTERRUPTIONS:
        raise
    except BaseException as error:  # CancelledError does not derive from Exception everywhere
        return Lost(message_of(error))
    if isinstance(found, Rejected):
        raise SendingError(found.reason)
    if isinstance(found, Stopped):
        raise KeyboardInterrupt(found.message)
    return found
