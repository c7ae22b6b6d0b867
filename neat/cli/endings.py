"""How a command ends: which exit status, and what is said on stderr."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from neat.ground.errors import NeatError, ProblemError

INTERRUPTED = 130
_NOT_THE_USERS = (str(Path(__file__).resolve().parent.parent) + os.sep, "<frozen importlib")

_DISK_FAULTS = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)


@contextlib.contextmanager
def ended() -> Iterator[None]:
    """Turn what a command raises into a sentence on stderr and an exit status; a bug of ours passes."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # paths may hold what no encoding knows
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here, where it can still be told
    except ProblemError as error:
        if error.__cause__ is not None:
            print(users_traceback(error.__cause__), end="", file=sys.stderr)
        _fail(error)
    except NeatError as error:
        _fail(error)
    except MemoryError:
        _fail(NeatError("there is not enough memory for this (fewer genomes, [population] size, need less)"))
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # whoever read this has had enough
            status = 1
        elif error.filename is None and error.errno in _DISK_FAULTS:
            print(f"the output cannot be written ({error.strerror})", file=sys.stderr)
            status = 2
        else:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left in the buffer
        sys.exit(status)


def apart(as_json: bool) -> contextlib.redirect_stdout[TextIO]:
    """Send to stderr what a problem prints in the body, where stdout is for one JSON object alone."""
    return contextlib.redirect_stdout(sys.stderr if as_json else sys.stdout)


def users_traceback(error: BaseException) -> str:
    """Return the traceback of an exception in a user's code, without the frames of this package."""
    told = traceback.TracebackException.from_exception(error)
    _without_our_frames(told)
    return "".join(told.format())


def _without_our_frames(told: traceback.TracebackException) -> None:
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if not frame.filename.startswith(_NOT_THE_USERS)]
    )
    for link in ("__cause__", "__context__"):
        other = getattr(told, link)
        if other is None:
            continue
        if any(frame.filename.startswith(_NOT_THE_USERS) for frame in other.stack):
            setattr(told, link, None)  # raised on its way through this package, not within the user's code
        else:
            _without_our_frames(other)


def _fail(error: NeatError) -> None:
    print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
    sys.exit(error.exit_status)
