"""The progress of a run, as it is shown."""

from __future__ import annotations

import io
from itertools import count

import pytest
from numba.core import event

import neat as engine
from neat.cli import progress
from neat.cli.progress import BatchProgress, Display, Lines, Live, RunProgress, display_for
from neat.cli.terminal import Stream
from neat.core import compile_watch as compiling
from neat.core.announcements import announced_to
from neat.core.function_kernels import activate_value


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def to(stream: io.StringIO) -> Stream:
    return Stream(stream, required=True)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second go by between two looks at the clock."""
    ticks = count()
    monkeypatch.setattr(progress, "working_clock", lambda: float(next(ticks)))


def watched(display: Display) -> None:
    config = engine.load("xor.ini", ["run.seed=1", "run.generations=7", "run.stop_fitness=none"])
    engine.run(config, watch=RunProgress(7, display))
    display.close()


def test_a_pipe_gets_a_plain_line_now_and_then() -> None:
    stream = io.StringIO()
    display = display_for(to(stream), quiet=False)
    assert isinstance(display, Lines)
    watched(display)
    lines = stream.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == ["generation 3 of 7", "generation 6 of 7"]
    for name in ("best", "mean", "species", "hidden", "connections", "evaluations per second 149"):
        assert name in lines[0]
    assert "\x1b" not in stream.getvalue()


def test_the_speed_leaves_out_what_compiling_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1e6]
    monkeypatch.setattr(compiling, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "working_clock", compiling.working_clock)
    stream = io.StringIO()
    view = RunProgress(9, Lines(to(stream)))
    generation = next(engine.evolve(engine.load("xor.ini", ["run.seed=1"])))
    told: list[str] = []
    with (
        announced_to(told.append),
        event.trigger_event("numba:compile", data={"dispatcher": activate_value, "args": ()}),
    ):
        now[0] += 30.0
    assert len(told) == 1
    now[0] += 2.5
    view(generation)
    assert stream.getvalue() == ""  # only 2.5 s of work so far
    now[0] += 2.5
    view(generation)
    assert f"evaluations per second {generation.evaluations / 5:,.0f}" in stream.getvalue()


def test_a_terminal_gets_a_live_view() -> None:
    stream = Terminal()
    display = display_for(to(stream), quiet=False)
    assert isinstance(display, Live)
    watched(display)
    for name in ("generation", "best", "mean", "species", "hidden", "connections", "evaluations per second"):
        assert name in stream.getvalue()


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    display = display_for(to(stream), quiet=False)
    watched(display)
    assert isinstance(display, Lines) and "generation 3 of 7, best" in stream.getvalue()


def test_quiet_shows_nothing() -> None:
    stream = Terminal()
    watched(display_for(to(stream), quiet=True))
    assert stream.getvalue() == ""


def counted(display: Display, total: int = 7) -> None:
    progress = BatchProgress(total, [], display)
    table = engine.run_seeds(engine.load("xor.ini", ["run.generations=15"]), "0..6", jobs=1, watch=progress)
    display.close()
    assert (progress.done, progress.solved, progress.failed) == (7, len(table.solved), 0)


def test_many_runs_are_counted_in_plain_lines_in_a_pipe() -> None:
    stream = io.StringIO()
    display = display_for(to(stream), quiet=False, total=7)
    assert isinstance(display, Lines)
    counted(display)
    lines = stream.getvalue().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["3 of 7 runs", "6 of 7 runs"]
    assert "solved" in lines[0] and "\x1b" not in stream.getvalue()


def test_many_runs_are_a_bar_on_a_terminal() -> None:
    stream = Terminal()
    counted(display_for(to(stream), quiet=False, total=7))
    told = stream.getvalue()
    assert told.index("0 of 7 runs") < told.index("1 of 7 runs") < told.index("7 of 7 runs")
    quiet = Terminal()
    counted(display_for(to(quiet), quiet=True, total=7))
    assert quiet.getvalue() == ""


@pytest.mark.parametrize(("columns", "bar"), [(40, False), (200, True)])
def test_a_narrow_terminal_has_whole_numbers_instead_of_a_bar(
    monkeypatch: pytest.MonkeyPatch, columns: int, bar: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    counted(display_for(to(stream), quiet=False, total=1_200), 1_200)
    told = stream.getvalue()
    assert "7 of 1,200 runs, " in told and "…" not in told and ("━" in told) == bar
