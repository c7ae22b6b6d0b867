"""Reading files from untrusted sources, and writing files so that none is ever incomplete."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL
from pathlib import Path

from neat.core.errors import NeatError

_KINDS = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISLNK, "a link"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip
_ALWAYS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_plain(file: str | os.PathLike[str], flags: int = os.O_RDONLY, *, follow: bool = True) -> int:
    """Open a plain file and return its descriptor.

    Pipes and devices are not opened: a named pipe could block forever, and a device could have side effects.

    Args:
        file: the file's path.
        flags: as for `os.open`.
        follow: whether the path may be a symbolic link.

    Raises:
        OSError: the file cannot be opened, or is not a plain file; `strerror` says why.
        ValueError: no file can have such a name.
    """
    try:
        _check_plain(os.stat(file, follow_symlinks=follow), file)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    descriptor = os.open(file, flags | _ALWAYS | (0 if follow else getattr(os, "O_NOFOLLOW", 0)), 0o644)
    try:
        _check_plain(os.fstat(descriptor), file)  # it may have been replaced meanwhile
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_plain(file: str | os.PathLike[str], largest: int) -> bytes:
    """Return the first `largest` bytes of a plain file.

    Raises:
        OSError, ValueError: as `open_plain`.
    """
    with open(open_plain(file), "rb") as opened:
        return opened.read(largest)


def read_text(file: Path, largest: int) -> str:
    """Return the text of a plain file of at most `largest` bytes.

    Raises:
        NeatError: the file does not exist, is not a plain file, is larger, cannot be read, or is not UTF-8 text; the
            message begins with its name.
    """
    try:
        data = read_plain(file, largest + 1)
    except OSError as error:
        raise NeatError(f"{file}: cannot be read ({error.strerror or error})") from None
    except ValueError:  # a path with a NUL in it
        raise NeatError(f"{str(file)!a}: no such file") from None
    if len(data) > largest:
        raise NeatError(f"{file}: is larger than {largest >> 20} MiB, the largest size that is read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NeatError(f"{file}: is not UTF-8 text (byte {error.start} cannot be decoded)") from None


def part_of(file: Path) -> Path:
    """Return the unused path under which a file is written until it is complete."""
    part = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}")
    part.unlink(missing_ok=True)
    return part


def put_in_place(part: Path, file: Path) -> None:
    """Rename a complete file to its final name; after a power cut, that is either the old file or the new one.

    Raises:
        OSError: it cannot be written.
    """
    _synchronise(part)
    os.replace(part, file)
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):  # not every file system supports this, and a folder may be writable but not readable
            _synchronise(file.parent)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that a reader always finds the whole old file or the whole new one.

    Raises:
        OSError: it cannot be written.
    """
    part = part_of(file)
    try:
        with part.open("xb") as opened:
            opened.write(content)
        put_in_place(part, file)
    finally:
        with suppress(OSError):  # it no longer exists, unless writing failed
            part.unlink(missing_ok=True)


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield the path under which the body writes a file, which then replaces `file` at once.

    If the body raises an exception, `file` stays as it was, and nothing else is left. A link is followed.

    Raises:
        OSError: the file cannot be written there, or it is not a plain file.
        ValueError: no file can have such a name.
    """
    file = Path(os.path.realpath(file))
    with suppress(FileNotFoundError):
        _check_plain(os.stat(file), file)
    part = part_of(file)
    try:
        part.open("xb").close()  # before the body does any work
        yield part
        put_in_place(part, file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _synchronise(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_plain(status: os.stat_result, file: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "something else")
        raise OSError(EINVAL, f"it is {kind}, not a plain file", os.fspath(file))
