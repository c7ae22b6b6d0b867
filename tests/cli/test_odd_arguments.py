"""Whatever is on the command line, a command ends with a documented exit status and without a traceback."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from commands import Neat
from odd_arguments import COMMANDS, ODD, command_lines

from neat.cli.terminal import visible


@pytest.fixture
def _prepared(folder: Path, neat: Neat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a run, and a folder and a file that are not what they seem to be; stdin is empty."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    neat("run", "xor.ini", "--seed", 1, "--generations", 2, "--quiet", "--set", "population.size=9")
    Path("odd").mkdir()
    Path("odd.json").write_text("{}")


def check(neat: Neat, line: list[str]) -> None:
    ended = neat(*line)
    assert ended.status in (0, 1, 2, 130), line
    for text in (ended.out, ended.err):
        assert "Traceback" not in text, line
        assert visible(text, keep="\n\t") == text, line
    assert ended.err or ended.status in (0, 1), line


@pytest.mark.usefixtures("_prepared")
def test_odd_command_lines(neat: Neat) -> None:
    for line in command_lines(200, 1):
        check(neat, line)


@pytest.mark.slow
@pytest.mark.usefixtures("_prepared")
def test_many_odd_command_lines(neat: Neat) -> None:
    for line in command_lines(3_000, 100):
        check(neat, line)


@pytest.mark.slow
@pytest.mark.usefixtures("_prepared")
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("reference", "problems", "run")])
def test_every_odd_value_as_the_first_argument(neat: Neat, command: str) -> None:
    more = {"explain": ["1"], "compare": ["latest"], "export": ["--to", "x.json"], "plot": ["--to", "x.svg"]}
    for value in ODD:
        check(neat, [command, value, *more.get(command, [])])
