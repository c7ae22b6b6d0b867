"""The interface of workers, which call one function with many tasks, in other processes or on other machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Found = TypeVar("Found", covariant=True)


@dataclass(frozen=True)
class Lost:
    """What there is instead of a result if a worker died during a task, or took too long and was stopped.

    Attributes:
        reason: what happened, for messages: `its worker process died (exit status -9)`.
    """

    reason: str


class Workers(Protocol[Task, Found]):
    """Workers that call one function."""

    @property
    def count(self) -> int:
        """The number of tasks that they can run at a time."""

    def run(self, waiting: deque[Task]) -> Generator[tuple[Task, Found | Lost], None, None]:
        """Yield each task and its result as it ends, in any order; the tasks start in the order of the queue.

        The caller may add tasks to the queue, or remove some, until the iteration ends. If it is closed before, workers
        stop what they are doing.

        Raises:
            NeatError: the function cannot be sent to workers, or they cannot start.
            KeyboardInterrupt: the function raised it.
        """

    def close(self, *, at_once: bool = False) -> None:
        """End all workers, `at_once` without waiting for a user's exit handlers."""
