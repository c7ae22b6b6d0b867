"""What is shown while a run goes on."""

from __future__ import annotations

import io
from itertools import count

import pytest
from numba.core import event

import neat as engine
from neat.cli import progress
from neat.cli.progress import Lines, Progress, TallyBar, TallyLines, View
from neat.cli.terminal import Stream
from neat.core import compile_watch as compiling
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
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(progress, "working_clock", lambda: float(next(ticks)))


def watched(view: Progress) -> None:
    engine.run(engine.load("xor.ini", ["run.seed=1", "run.generations=7", "run.stop_fitness=none"]), watch=view)
    view.close()


def test_a_pipe_gets_a_plain_line_now_and_then() -> None:
    stream = io.StringIO()
    view = progress.progress(7, to(stream), quiet=False)
    assert isinstance(view, Lines)
    watched(view)
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
    view = Lines(9, to(stream))
    generation = next(engine.evolve(engine.load("xor.ini", ["run.seed=1"])))
    told: list[str] = []
    with (
        compiling.on_compiling(told.append),
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
    view = progress.progress(7, to(stream), quiet=False)
    assert isinstance(view, View)
    watched(view)
    for name in ("generation", "best", "mean", "species", "hidden", "connections", "evaluations per second"):
        assert name in stream.getvalue()


def test_quiet_shows_nothing() -> None:
    stream = Terminal()
    watched(progress.progress(7, to(stream), quiet=True))
    assert stream.getvalue() == ""


def counted(view: progress.Tally) -> None:
    table = engine.run_seeds(engine.load("xor.ini", ["run.generations=15"]), "0..6", jobs=1, watch=view)
    view.close()
    assert (view.done, view.solved, view.failed) == (7, len(table.solved), 0)


def test_many_runs_are_counted_in_plain_lines_in_a_pipe() -> None:
    stream = io.StringIO()
    view = progress.tally(7, [], to(stream), quiet=False)
    assert isinstance(view, TallyLines)
    counted(view)
    lines = stream.getvalue().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["3 of 7 runs", "6 of 7 runs"]
    assert "solved" in lines[0] and "\x1b" not in stream.getvalue()


def test_many_runs_are_a_bar_on_a_terminal() -> None:
    stream = Terminal()
    view = progress.tally(7, [], to(stream), quiet=False)
    assert isinstance(view, TallyBar)
    counted(view)
    assert "of 7 runs" in stream.getvalue()
    quiet = Terminal()
    counted(progress.tally(7, [], to(quiet), quiet=True))
    assert quiet.getvalue() == ""


@pytest.mark.parametrize(("columns", "bar"), [(40, False), (200, True)])
def test_a_narrow_terminal_has_whole_numbers_instead_of_a_bar(
    monkeypatch: pytest.MonkeyPatch, columns: int, bar: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    counted(progress.tally(1_200, [], to(stream), quiet=False))
    told = stream.getvalue()
    assert "7 of 1,200 runs, " in told and "…" not in told and ("━" in told) == bar
