"""The command line for tests: in this process, and as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import sys
import traceback
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
    """Run the command `neat` in this process; any exception other than SystemExit is a bug in the command."""
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


def run_apart(seconds: float, *arguments: object) -> Ended:
    """Run the command `neat` in a fork of this process; if it takes too long, it is killed and the status is -1.

    A fault of its own has status -2. Nothing but another process can end what waits inside a library.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ended = run_here(*arguments)
        except BaseException:
            ended = Ended(-2, "", traceback.format_exc())
        with open(writing, "w", encoding="utf-8", errors="surrogateescape") as answer:
            json.dump(ended, answer)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as answer:
        in_time = select.select([answer], [], [], seconds)[0]
        if not in_time:
            os.kill(child, signal.SIGKILL)
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if not text:
        return Ended(-1 if not in_time else -2, "", f"ended with {status}")
    return Ended(*json.loads(text))
