"""Tracebacks of exceptions in a user's code, without the frames of this package."""

from __future__ import annotations

import linecache
import os
import re
import traceback
from pathlib import Path

from neat.core.errors import WorkerTraceback

_OUR_FILES = (str(Path(__file__).resolve().parent.parent) + os.sep, "<frozen importlib")
_FRAME = re.compile(r'  File "(.*)", line (\d+), in ')


def users_traceback(error: BaseException) -> str:
    """Return the traceback of an exception in a user's code; that of a worker is the one in the worker."""
    if isinstance(error, WorkerTraceback):
        return str(error)
    found = traceback.TracebackException.from_exception(error)
    _remove_our_frames(found)
    return "".join(found.format())


def with_source(text: str) -> str:
    """Return the text of a traceback with the lines of code that another process could not read, as of a notebook."""
    lines = text.splitlines(keepends=True)
    for place in reversed(range(len(lines) - 1)):
        frame = _FRAME.match(lines[place])
        if frame and not lines[place + 1].startswith("    "):
            code = linecache.getline(frame[1], int(frame[2])).strip()
            lines[place + 1 : place + 1] = [f"    {code}\n"] if code else []
    return "".join(lines)


def _remove_our_frames(found: traceback.TracebackException) -> None:
    users = [frame for frame in found.stack if not frame.filename.startswith(_OUR_FILES)]
    found.stack = traceback.StackSummary.from_list(users)
    for link in ("__cause__", "__context__"):
        other = getattr(found, link)
        if other is None:
            continue
        if any(frame.filename.startswith(_OUR_FILES) for frame in other.stack):
            setattr(found, link, None)  # raised by this package, not by the user's code
        else:
            _remove_our_frames(other)
