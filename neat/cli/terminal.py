"""Output to the terminal. No other module prints.

Text may come from an untrusted file, so control characters, escape sequences, direction marks and other invisible
characters are printed as backslash escapes. So are characters that the encoding of a stream lacks. Writing to a closed
stream has no effect.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import sys
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, TextIO, cast

from neat.core.text import visible

if TYPE_CHECKING:
    from rich.console import Console

_MODES = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))  # in the order of their descriptors


class OutputError(Exception):
    """The output cannot be written: its reader has exited (`unread`), the disk is full, or the terminal was closed."""

    def __init__(self, error: OSError) -> None:
        self.unread = error.errno == errno.EPIPE
        super().__init__(f"the output cannot be written ({error.strerror})")


class Stream:
    """A text stream that supplies methods that `stream` lacks; None stands for a closed stream.

    If `required`, a failure to write raises `OutputError`. Otherwise, nothing more is written after a failure.
    """

    def __init__(self, stream: TextIO | None, *, required: bool) -> None:
        self._stream, self._required = stream, required

    @property
    def encoding(self) -> str:
        """The encoding of its text."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        try:
            return bool(self._stream.isatty())  # type: ignore[union-attr]
        except (AttributeError, ValueError):  # it has no such method, or it is closed
            return False

    def fileno(self) -> int:
        """Return its descriptor; raise OSError if it has none."""
        try:
            return int(self._stream.fileno())  # type: ignore[union-attr]
        except (AttributeError, ValueError) as error:
            raise OSError(errno.EBADF, "no descriptor") from error

    def write(self, text: str) -> int:
        """Write text unchanged, except for characters that the encoding lacks."""
        if not self._is_closed():
            try:
                cast(TextIO, self._stream).write(self._encodable(text))
            except OSError as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        if not self._is_closed() and hasattr(self._stream, "flush"):
            try:
                cast(TextIO, self._stream).flush()
            except OSError as error:
                self._fail(error)

    def write_bytes(self, data: bytes) -> bool:
        """Write bytes; return False if the stream takes text only."""
        if self._is_closed():
            return True
        buffer = getattr(self._stream, "buffer", None)
        if buffer is None:
            return False
        self.flush()
        try:
            buffer.write(data)
            buffer.flush()
        except OSError as error:
            self._fail(error)
        return True

    def optional(self) -> Stream:
        """Return the same stream, whose failures are ignored."""
        return Stream(self._stream, required=False)

    def _is_closed(self) -> bool:
        return self._stream is None or bool(getattr(self._stream, "closed", False))

    def _encodable(self, text: str) -> str:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        except LookupError:  # an encoding that Python does not know
            pass
        return text

    def _fail(self, error: OSError) -> None:
        """Discard what is buffered, since Python would try to write it again at its end, and fail again."""
        with contextlib.suppress(OSError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
        self._stream = None
        if self._required:
            raise OutputError(error) from None


def open_streams() -> None:
    """Open /dev/null in place of standard streams that are closed, so that no file gets their descriptors."""
    for number in range(len(_MODES)):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest free number: this one
    for name, mode in _MODES:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  (open until the process ends)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # for what the user's own code prints


def stdout() -> Stream:
    """Return the current stdout, which may be redirected while a problem prints."""
    return Stream(sys.stdout, required=True)


def stderr() -> Stream:
    """Return the current stderr; failing to write a message to it is not an error."""
    return Stream(sys.stderr, required=False)


def reserved_stdout(as_json: bool) -> contextlib.redirect_stdout[TextIO]:
    """Redirect what a problem prints in the body to stderr if stdout is reserved for one JSON object."""
    return contextlib.redirect_stdout(sys.stderr if as_json else sys.stdout)


def say(*lines: object, to: Stream | None = None) -> None:
    """Print lines at once, by default to stdout; a line end within one of them is printed as an escape."""
    stream = stdout() if to is None else to
    stream.write("".join(f"{visible(str(line))}\n" for line in lines or ("",)))
    stream.flush()


def say_text(text: str, to: Stream | None = None) -> None:
    """Print a whole text of many lines, such as a configuration or a traceback."""
    (stdout() if to is None else to).write(visible(text, keep="\n\t"))


def say_json(data: object, to: Stream | None = None) -> None:
    """Print an object as one line of JSON."""
    (stdout() if to is None else to).write(json.dumps(data).replace("\x7f", "\\u007f") + "\n")  # all else is ASCII


def warn(*lines: object) -> None:
    """Print lines to stderr."""
    say(*lines, to=stderr())


def ask(question: str) -> str:
    """Ask the user a question and return the answer.

    Raises:
        EOFError: stdin is closed or at its end.
    """
    stream = stdout()
    stream.write(visible(question))
    stream.flush()
    answer = "" if sys.stdin is None else sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer.strip()


def console(stream: Stream) -> Console:
    """Return a console of rich for a progress display; it prints text literally, without markup."""
    from rich.console import Console

    return Console(file=cast(IO[str], stream.optional()), markup=False, emoji=False, highlight=False)


def shell_command(words: Iterable[object]) -> str:
    """Return a printable command line, quoted so that a shell reads back the same words."""
    return " ".join(_quoted(str(word)) for word in words)


def _quoted(word: str) -> str:
    if visible(word) == word:
        return shlex.quote(word)
    return "$'" + "".join(_shell_escape(character) for character in word) + "'"  # of bash, zsh, ksh and POSIX 2024


def _shell_escape(character: str) -> str:
    if character in "'\\":
        return f"\\{character}"
    if visible(character) == character:
        return character
    try:
        code = os.fsencode(character)
    except UnicodeEncodeError:  # half of a surrogate pair, which no command line can hold
        code = character.encode("utf-8", "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in code)
