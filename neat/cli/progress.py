"""Progress of a run or of many: a live display on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from neat.cli.terminal import Stream, console, say
from neat.core.compile_watch import working_clock
from neat.core.text import counted
from neat.evolution.state import Generation

if TYPE_CHECKING:
    from neat.studies.table_rows import Row

_WIDE = 64  # columns of a terminal with room for a bar


class Display:
    """The base class of displays: shows nothing."""

    interval = float("inf")  # seconds between two updates, at least
    live = False  # whether a text may have many lines, which replace each other

    def show(self, text: str, done: int = 0) -> None:
        """Replace what is shown by a text; `done` is how far a bar is filled."""

    def close(self) -> None:
        """Remove the display from the terminal."""


class Lines(Display):
    """A plain line every few seconds."""

    interval = 3.0

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def show(self, text: str, done: int = 0) -> None:
        say(text, to=self._stream)


class Live(Display):
    """A text that is drawn over itself, with a bar and the remaining time if there is a `total`."""

    interval = 0.1
    live = True

    def __init__(self, stream: Stream, total: int | None = None) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        terminal = console(stream)
        columns: list[Any] = [TextColumn("{task.description}", markup=False)]
        if total is not None:
            self.interval = 0.0  # the next update may be minutes away
            columns.append(TimeRemainingColumn())
            if terminal.width >= _WIDE:
                columns = [BarColumn(), columns[0], TimeElapsedColumn(), columns[1]]
        self._progress = Progress(
            *columns, console=terminal, transient=True, auto_refresh=total is not None, refresh_per_second=2
        )
        self._task = self._progress.add_task("", total=total)

    def show(self, text: str, done: int = 0) -> None:
        self._progress.update(self._task, description=text, completed=done, refresh=True)
        self._progress.start()  # which has no effect after the first time

    def close(self) -> None:
        self._progress.stop()


class RunProgress:
    """Shows the generations of a run; evaluations per second leave out the time for compiling kernels."""

    def __init__(self, generations: int, display: Display) -> None:
        self.generations, self._display = generations, display
        self._last = working_clock()
        self._evaluations = 0

    def __call__(self, generation: Generation) -> None:
        """Show a generation if it is time for an update."""
        now = working_clock()
        if now - self._last < self._display.interval:
            return
        speed = (generation.evaluations - self._evaluations) / (now - self._last)
        self._last, self._evaluations = now, generation.evaluations
        champion = generation.champion
        genome, error = champion.genome, champion.standard_error
        measured = "" if error is None else f"{champion.fitness:.6g} +- {error:.2g}, "
        facts = {
            "generation": f"{generation.number} of {self.generations}",
            "best": f"{generation.best_fitness:.6g}",
            "mean": f"{generation.mean_fitness:.6g}",
            "species": str(len(generation.species)),
            "champion": f"{measured}{genome.hidden} hidden, {len(genome.column('weight'))} connections",
            "evaluations per second": f"{speed:,.0f}",
        }
        if self._display.live:
            self._display.show("\n".join(f"{name:<24}{value}" for name, value in facts.items()))
        else:
            self._display.show(", ".join(f"{name} {value}" for name, value in facts.items()))


class BatchProgress:
    """Counts the runs of a batch, of which `finished` have a row already, and shows the counts."""

    def __init__(self, total: int, finished: Iterable[Row], display: Display) -> None:
        self._total, self._display = total, display
        self._last = working_clock()
        self.done = self.solved = self.failed = 0
        for row in finished:
            self._count(row)
        if display.live:
            display.show(str(self), self.done)

    def __call__(self, row: Row) -> None:
        """Count a run that ended, and show the counts if it is time for an update."""
        self._count(row)
        now = working_clock()
        if now - self._last >= self._display.interval:
            self._last = now
            self._display.show(str(self), self.done)

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {counted(self._total, 'run')}, {self.solved} solved{failed}"

    def _count(self, row: Row) -> None:
        self.done += 1
        self.solved += row.solved
        self.failed += row.error is not None


def display_for(stream: Stream, *, quiet: bool, total: int | None = None) -> Display:
    """Return the display that suits a stream."""
    if quiet:
        return Display()
    if not stream.isatty() or console(stream).is_dumb_terminal:
        return Lines(stream)
    return Live(stream, total)
