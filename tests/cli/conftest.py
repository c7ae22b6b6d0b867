"""A folder with an experiment in it, and the command line in this process."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from commands import CONFIGS, Ended, Neat

from neat.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder: a new one, with the XOR experiment in it."""
    for name in ("xor.ini", "xor.csv"):
        shutil.copy(CONFIGS / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def neat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Neat:
    """Return a function that runs the command `neat` in this process."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["neat", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        code = ending.value.code
        return Ended(code if isinstance(code, int) else 0 if code is None else 1, *capsys.readouterr())

    return run
