"""A lock on a folder: one process at a time writes there. The lock ends with its process, however that ends."""

from __future__ import annotations

import os
import time
from errno import EINVAL, ELOOP
from pathlib import Path

from neat.core.errors import NeatError
from neat.core.files import open_plain

try:
    import fcntl
except ImportError:  # not on Windows, where two processes in one folder go unnoticed
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
_ATTEMPTS, _PAUSE = 5, 0.05  # seconds: another process may be checking whether the folder is in use
_held: set[int] = set()


class Lock:
    """The lock on a folder, held until `release` or the end of the process.

    Raises:
        NeatError: another process (or another part of this one) holds it, or it cannot be made; `busy` says what the
            other process is doing there, and what to do about it.
    """

    def __init__(self, folder: Path, busy: str) -> None:
        self._descriptor: int | None = None
        if fcntl is None:
            return
        file = folder / LOCK
        try:
            descriptor = open_plain(file, os.O_RDWR | os.O_CREAT, follow=False)
        except OSError as error:
            raise NeatError(f"{file}: cannot be written ({error.strerror or error})") from None
        for attempt in range(_ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt < _ATTEMPTS - 1:
                    time.sleep(_PAUSE)
            except OSError as error:
                os.close(descriptor)
                raise NeatError(f"{file}: cannot be locked ({error.strerror or error})") from None
        else:
            os.close(descriptor)
            raise NeatError(f"{folder}: {busy}")
        self._descriptor = descriptor
        _held.add(descriptor)

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor in _held:  # not in a fork, which closed its own already
            _held.remove(self._descriptor)
            os.close(self._descriptor)


def is_locked(folder: Path) -> bool:
    """Return whether a process is writing in a folder right now.

    Raises:
        NeatError: the lock is a link, a pipe, or anything else that is not a plain file.
    """
    if fcntl is None:
        return False
    try:
        descriptor = open_plain(folder / LOCK, follow=False)
    except OSError as error:
        if error.errno in (EINVAL, ELOOP):
            raise NeatError(f"{folder / LOCK}: cannot be used as a lock ({error.strerror}; remove it)") from None
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _let_go() -> None:
    """Close a fork's copies of its parent's locks, which would hold them after the parent's end."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
