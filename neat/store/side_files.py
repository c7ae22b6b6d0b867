"""Checks of the files that SQLite keeps beside a database, before SQLite opens anything in an untrusted folder.

SQLite trusts these files: it follows links and writes to or truncates their targets, and a rollback journal may name
any other file as its super-journal, which SQLite then deletes.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from neat.core.errors import NeatError
from neat.core.files import read_plain

JOURNAL, LOG, INDEX = "-journal", "-wal", "-shm"
_LOG_MAGIC = b"\x37\x7f\x06"  # followed by 82 or 83 (the byte order of the log's checksums)
_LOG_HEADER, _FILE_HEADER = 32, 100  # bytes
_LARGEST_PAGE = 65536  # bytes; stored as 1 in the header of a database


def side_files(file: Path) -> list[Path]:
    """Return the paths of all files that SQLite may keep beside a database."""
    return [file.with_name(f"{file.name}{suffix}") for suffix in (JOURNAL, LOG, INDEX)]


def check_side_files(file: Path) -> None:
    """Check the files beside a run's file, before SQLite opens it.

    This does not protect against a process that replaces the files after the check.

    Raises:
        NeatError: there is a rollback journal, or the write-ahead log or its index is not one that SQLite makes.
    """
    journal, log, index = side_files(file)
    if os.path.lexists(journal):
        raise NeatError(
            f"{journal}: is a rollback journal, which the file of a run never has; nothing was opened, since such a "
            "journal can make SQLite delete other files (remove it, unless another program is changing the run's file)"
        )
    for side in (log, index):
        _check_own(side)
    try:
        header, first = read_plain(log, _LOG_HEADER), read_plain(file, _FILE_HEADER)
    except FileNotFoundError:
        return
    except OSError as error:
        raise NeatError(f"{log}: cannot be read ({error.strerror or error})") from None
    if not any(header):
        return  # empty, or lost in a power cut before anything was written to it
    start = header[: len(_LOG_MAGIC)]
    if not _LOG_MAGIC.startswith(start):
        raise _wrong(log, "is not a write-ahead log of SQLite")
    size = int.from_bytes(first[16:18], "big")
    page = _LARGEST_PAGE if size == 1 else size
    if page and len(header) == _LOG_HEADER and int.from_bytes(header[8:12], "big") != page:
        raise _wrong(log, f"is the write-ahead log of another file (its pages do not have {page} bytes)")


def _check_own(side: Path) -> None:
    """Raise NeatError unless a side file is missing, or is a plain file under this one name."""
    try:
        status = side.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise NeatError(f"{side}: cannot be read ({error.strerror})") from None
    if stat.S_ISLNK(status.st_mode):
        raise _wrong(side, "is a link")
    if not stat.S_ISREG(status.st_mode):
        raise _wrong(side, "is not a plain file")
    if status.st_nlink > 1:
        raise _wrong(side, "is a hard link: the same file has another name")


def _wrong(side: Path, why: str) -> NeatError:
    return NeatError(f"{side}: {why}; the run is corrupt and was not opened (copy the run again, or remove it)")
