"""What can go wrong, by whose fault.

Every message is one sentence (or one line per fault) that says where, what, what is allowed and how to
mend it. The command line prints it and exits with `exit_status`; nothing else is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Exceptions that are not failures of the code that raised them: Ctrl-C and sys.exit().
#: Everything else is a failure, including exceptions of other libraries that do not derive from `Exception`.
INTERRUPTIONS = (KeyboardInterrupt, SystemExit)
_LONGEST_SAID = 1_000  # characters of an exception's words


class NeatError(Exception):
    """A user's mistake: wrong input of any kind. Exit status 2. `faults` holds one line per fault."""

    exit_status = 2

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class ConfigError(NeatError):
    """One or more faults in a configuration, all found in one reading.

    Each is a line: `file:line: [section] key = value: what is wrong (what is allowed)`.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__(*faults)


class ProblemError(NeatError):
    """A problem failed while it evaluated networks: an exception, a wrong shape, a fitness that is not finite.

    Exit status 1. `genome_key` names the genome, where one is to blame.
    """

    exit_status = 1

    def __init__(self, message: str, genome_key: int | None = None) -> None:
        self.genome_key = genome_key
        super().__init__(message)


def message_of(error: BaseException) -> str:
    """Return what a user's code raised in one line that any file can hold: its type, and its words if it has some."""
    name = type(error).__name__
    try:
        words = " ".join(str(error).split())
    except Exception:  # its __str__ is a user's code too
        return name
    if len(words) > _LONGEST_SAID:
        words = f"{words[:_LONGEST_SAID]} ..."
    words = words.encode("utf-8", "backslashreplace").decode()
    return f"{name}: {words}" if words else name


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean X?` for the allowed word nearest to `word`, or an empty string."""
    nearest = get_close_matches(word.lower(), list(allowed), n=1, cutoff=0.6)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
