"""Progress of a run: a live view on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any

from neat.cli.terminal import Stream, console, say_now
from neat.core.compile_watch import working_clock
from neat.core.text import visible
from neat.evolution.state import Generation

if TYPE_CHECKING:
    from rich.table import Table

    from neat.studies.table_rows import Row

_SECONDS_BETWEEN_LINES = 3.0
_SECONDS_BETWEEN_VIEWS = 0.1  # the eye does not read faster
_WIDE = 64  # characters of a terminal on which there is room for a bar beside what it counts


class Progress:
    """The base class of progress views: shows nothing, and measures the speed without the time for compiling."""

    interval = float("inf")

    def __init__(self, generations: int) -> None:
        self.generations = generations
        self._last = working_clock()
        self._evaluations = 0

    def __call__(self, generation: Generation) -> None:
        """Show a generation, if it is time to."""
        now = working_clock()
        if now - self._last >= self.interval:
            speed = (generation.evaluations - self._evaluations) / (now - self._last)
            self._last, self._evaluations = now, generation.evaluations
            self.show(facts(generation, self.generations) | {"evaluations per second": f"{speed:,.0f}"})

    def show(self, facts: dict[str, str]) -> None:
        """Show what there is to say of a generation."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Lines(Progress):
    """A plain line every few seconds."""

    interval = _SECONDS_BETWEEN_LINES

    def __init__(self, generations: int, stream: Stream) -> None:
        super().__init__(generations)
        self._stream = stream

    def show(self, facts: dict[str, str]) -> None:
        """Print one line."""
        say_now(", ".join(f"{name} {value}" for name, value in facts.items()), to=self._stream)


class View(Progress):
    """A small table that is drawn over itself."""

    interval = _SECONDS_BETWEEN_VIEWS

    def __init__(self, generations: int, stream: Stream) -> None:
        from rich.live import Live

        super().__init__(generations)
        self._live: Any = Live(console=console(stream), auto_refresh=False, transient=True)
        self._live.start()

    def show(self, facts: dict[str, str]) -> None:
        """Draw the table again."""
        self._live.update(_table(facts), refresh=True)

    def close(self) -> None:
        """Take the table away."""
        self._live.stop()


def progress(generations: int, stream: Stream, *, quiet: bool) -> Progress:
    """Return the view that suits the stream."""
    if quiet:
        return Progress(generations)
    return View(generations, stream) if stream.isatty() else Lines(generations, stream)


class Tally:
    """The base of views of many runs, some of which may be there already: shows nothing, and counts."""

    def __init__(self, total: int, there: Iterable[Row] = ()) -> None:
        self.total = total
        self.done = self.solved = self.failed = 0
        for row in there:
            self._count(row)

    def __call__(self, row: Row) -> None:
        """Count a run that ended, and show how far it is."""
        self._count(row)
        self.show()

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {counted(self.total, 'run')}, {self.solved} solved{failed}"

    def show(self) -> None:
        """Show how far it is."""

    def close(self) -> None:
        """Leave the terminal as it was."""

    def _count(self, row: Row) -> None:
        self.done += 1
        self.solved += row.solved
        self.failed += row.error is not None


class TallyLines(Tally):
    """A plain line every few seconds."""

    def __init__(self, total: int, there: Iterable[Row], stream: Stream) -> None:
        super().__init__(total, there)
        self._stream, self._last = stream, monotonic()

    def show(self) -> None:
        """Print one line, if it is time to."""
        now = monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            say_now(self, to=self._stream)


class TallyBar(Tally):
    """A bar that fills, with the time that it has taken and will take."""

    def __init__(self, total: int, there: Iterable[Row], stream: Stream) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        super().__init__(total, there)
        terminal, counts = console(stream), TextColumn("{task.description}", markup=False)
        columns: list[Any] = [counts, TimeRemainingColumn()]
        if terminal.width >= _WIDE:
            columns = [BarColumn(), counts, TimeElapsedColumn(), TimeRemainingColumn()]
        self._bar = Progress(*columns, console=terminal, transient=True, refresh_per_second=2)
        self._task = self._bar.add_task(str(self), total=total, completed=self.done)
        self._bar.start()

    def show(self) -> None:
        """Fill the bar up to here."""
        self._bar.update(self._task, completed=self.done, description=str(self))

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def tally(total: int, there: Iterable[Row], stream: Stream, *, quiet: bool) -> Tally:
    """Return the view of many runs that suits the stream."""
    if quiet:
        return Tally(total, there)
    return TallyBar(total, there, stream) if stream.isatty() else TallyLines(total, there, stream)


def facts(generation: Generation, generations: int) -> dict[str, str]:
    """Return what there is to say of a generation, by name."""
    genome = generation.champion.genome
    return {
        "generation": f"{generation.number} of {generations}",
        "best": f"{generation.best_fitness:.6g}",
        "mean": f"{generation.mean_fitness:.6g}",
        "species": str(len(generation.species)),
        "champion": f"{genome.hidden} hidden, {len(genome.column('weight'))} connections",
    }


def counted(count: int, what: str) -> str:
    """Return a count in words: `1 generation`, `2 generations`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _table(facts: dict[str, str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(Text(visible(name), style="dim"), visible(value))
    return table
