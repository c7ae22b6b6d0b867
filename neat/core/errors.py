"""Exceptions, each with the exit status of the command line.

A message is one sentence, or one line per fault. It says where the fault is, what is wrong, what is allowed, and how to
fix it. The command line prints only the message.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Exceptions that are not failures of the code that raised them: Ctrl-C and sys.exit().
#: Everything else is a failure, including exceptions of other libraries that do not derive from `Exception`.
INTERRUPTIONS = (KeyboardInterrupt, SystemExit)
_LONGEST_TEXT = 1_000  # characters of an exception's text


class NeatError(Exception):
    """A mistake of the user, such as wrong input. Exit status 2. `faults` holds one line per fault."""

    exit_status = 2

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class ConfigError(NeatError):
    """All faults in a configuration.

    Each is a line: `file:line: [section] key = value: what is wrong (what is allowed)`.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__(*faults)


class ProblemError(NeatError):
    """A failure of a problem during evaluation: an exception, a wrong shape, a fitness that is not finite.

    Exit status 1. `genome_key` is the key of the genome at which it failed, if known.
    """

    exit_status = 1

    def __init__(self, message: str, genome_key: int | None = None) -> None:
        self.genome_key = genome_key
        super().__init__(message)


class LostWorkerError(ProblemError):
    """Workers died or hung while they evaluated a genome; this depends on the machine, so it never decides a fitness.

    Exit status 1.
    """


class WorkerTraceback(Exception):
    """The cause of a ProblemError in a worker: as its text, the traceback in the user's code."""


def message_of(error: BaseException) -> str:
    """Return the type and text of an exception in one line that can be written to any file."""
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # its __str__ is user code, too
        return name
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]} ..."
    text = text.encode("utf-8", "backslashreplace").decode()
    return f"{name}: {text}" if text else name


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean X?` for the allowed word nearest to `word`, or an empty string."""
    nearest = get_close_matches(word.lower(), list(allowed), n=1, cutoff=0.6)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
