"""How a command ends: its exit status, and its error message on stderr."""

from __future__ import annotations

import codecs
import contextlib
import errno
import sys
from collections.abc import Iterator
from typing import NoReturn

from neat.cli.interrupts import INTERRUPTED, interrupting
from neat.cli.terminal import OutputError, open_streams, say_text, stderr, stdout, warn
from neat.config.formatting import describe
from neat.core.errors import NeatError, ProblemError
from neat.core.tracebacks import users_traceback

_DISK_FAULTS = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT)


@contextlib.contextmanager
def exit_status() -> Iterator[None]:
    """Turn the exceptions of a command into a message on stderr and an exit status, except for bugs of our own."""
    open_streams()
    try:
        with interrupting():
            try:
                yield
            finally:
                stdout().flush()  # here, where a failure can still be reported
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except NeatError as error:
        if isinstance(error, ProblemError) and error.__cause__ is not None:
            say_text(users_traceback(error.__cause__), to=stderr())
        _fail(error)
    except MemoryError:
        _fail(NeatError("not enough memory (reduce the number of genomes, [population] size)"))
    except UnicodeEncodeError as error:
        if not _is_of_file_names(error.encoding):
            raise
        _fail(
            NeatError(
                f"{describe(error.object)}: not a possible file name where names are encoded as {error.encoding} "
                "(set the environment variable PYTHONUTF8 to 1)"
            )
        )
    except OutputError as error:
        if error.unread:
            sys.exit(1)
        _fail(NeatError(str(error)))
    except OSError as error:
        if error.filename is not None or error.errno not in _DISK_FAULTS:
            raise
        _fail(NeatError(str(OutputError(error))))


@contextlib.contextmanager
def needing_output() -> Iterator[None]:
    """Interrupt the body as Ctrl-C does if the output cannot be written, since its result could not be seen."""
    try:
        yield
    except OutputError as error:
        if not error.unread:
            warn(error)
        raise KeyboardInterrupt from None


def _is_of_file_names(encoding: str) -> bool:
    """Return whether an encoding is that of file names in this process, and not UTF-8."""
    names = codecs.lookup(sys.getfilesystemencoding()).name
    return codecs.lookup(encoding).name == names != "utf-8"


def _fail(error: NeatError) -> NoReturn:
    warn(*error.faults, *getattr(error, "__notes__", ()))
    sys.exit(error.exit_status)
