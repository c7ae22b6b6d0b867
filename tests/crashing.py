"""Runs that are ended by force, and whether what is left is what it should be."""

from __future__ import annotations

import ctypes
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from commands import COMMAND

#: What depends on the clock, or on how often a run was interrupted: two equal runs differ only in these.
CLOCK_TABLES = ("session",)
CLOCK_COLUMNS = {"generation": ("seconds",)}

Tables = dict[str, list[tuple[Any, ...]]]


def contents(folder: Path) -> Tables:
    """Return every row of a run's file, but for what a clock said, as another program than the engine reads it."""
    connection = sqlite3.connect(folder / "run.sqlite")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found: Tables = {}
        for table in tables:
            if table in CLOCK_TABLES:
                continue
            left_out = CLOCK_COLUMNS.get(table, ())
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in left_out]
            found[table] = sorted(connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall(), key=repr)
        return found
    finally:
        connection.close()


def start(*arguments: object, command: list[str] = COMMAND) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Who runs the tests in the background has SIGINT ignored, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    """Wait until a process has printed a line with a word in it."""
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"{word!r} was never said: {process.communicate()}")


def without_root() -> None:
    """Make root subject to file permissions, like other users."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH; other users do not have them
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
