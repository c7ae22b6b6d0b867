"""The command line for tests: in this process, and as a process of its own."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CONFIGS = Path(__file__).parent.parent / "configs"
COMMAND = [sys.executable, "-m", "neat"]


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Neat = Callable[..., Ended]


def run_here(*arguments: object) -> Ended:
    """Run the command `neat` in this process; whatever it raises but SystemExit is a fault of its own."""
    from neat.cli import main

    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["neat", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
        code: object = 0
    except SystemExit as ending:
        code = ending.code
    finally:
        sys.argv = before
    return Ended(code if isinstance(code, int) else 0 if code is None else 1, out.getvalue(), err.getvalue())
