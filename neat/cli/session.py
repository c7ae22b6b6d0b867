"""What commands that compute have in common: their output, and how they end when they are interrupted."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from neat.cli.interrupts import INTERRUPTED, interruptible
from neat.cli.progress import Display
from neat.cli.terminal import Stream, reserved_stdout, stderr, stdout
from neat.core.announcements import announced_to


@dataclass(frozen=True)
class Output:
    """Where a command prints: its result to `stdout`, its progress to `progress`."""

    quiet: bool
    as_json: bool
    stdout: Stream
    progress: Stream


@contextmanager
def command_output(*, quiet: bool, as_json: bool) -> Iterator[Output]:
    """Reserve stdout for one JSON object in the body if `as_json`, and announce nothing if `quiet`."""
    result = stdout()
    silence = announced_to(lambda _: None) if quiet else nullcontext()
    with silence, reserved_stdout(as_json):
        yield Output(quiet, as_json, result, stderr() if as_json else result)


class Session(ABC):
    """A computation whose results survive an interruption."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.display = Display()

    def run(self) -> None:
        """Compute and report the result; exit with 130 if this is interrupted."""
        with interruptible(self._interrupted) as interruption:
            try:
                self.compute(interruption.check)
            except KeyboardInterrupt as interrupt:
                self.save(interrupt)
                self._report_interruption()
                sys.exit(INTERRUPTED)
            finally:
                self.display.close()
        self.report()

    @abstractmethod
    def compute(self, check: Callable[[], None]) -> None:
        """Compute everything; call `check` often, which raises KeyboardInterrupt if the user wants to end this."""

    @abstractmethod
    def save(self, interrupt: KeyboardInterrupt | None) -> None:
        """Save what has been computed. `interrupt` is None if the main thread does not respond."""

    @abstractmethod
    def report(self) -> None:
        """Print the result; exit with the status of a failure if there was one."""

    @abstractmethod
    def report_interruption(self, stdout: Stream) -> None:
        """Print the result so far, and how to continue."""

    def _interrupted(self) -> None:
        """Save and report; called from another thread if the main thread does not respond."""
        self.save(None)
        self._report_interruption()

    def _report_interruption(self) -> None:
        self.display.close()
        stdout = self.output.stdout.optional()  # the results are saved, so failures to print them are ignored
        self.report_interruption(stdout)
        stdout.flush()
