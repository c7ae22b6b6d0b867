"""A lock on a folder, so that one process at a time writes there. The lock ends with its process, even a killed one."""

from __future__ import annotations

import os
import time
from errno import EINVAL, ELOOP
from pathlib import Path

from filelock import lock_descriptor, unlock_descriptor

from neat.core.errors import NeatError
from neat.core.files import open_plain

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
_ATTEMPTS, _PAUSE = 5, 0.05  # seconds: another process may be checking whether the folder is in use
_held: set[int] = set()


class Lock:
    """The lock on a folder, held until `release` or the end of the process.

    Raises:
        NeatError: another process (or another part of this one) holds it, or its file cannot be written; `busy` says
            what the other process is doing there, and what to do about it.
    """

    # `filelock.FileLock` would create its file itself: it opens pipes and devices. Hence the lock on a descriptor.
    def __init__(self, folder: Path, busy: str) -> None:
        file = folder / LOCK
        try:
            self._descriptor = open_plain(file, os.O_RDWR | os.O_CREAT, follow=False)
        except OSError as error:
            raise NeatError(f"{file}: cannot be written ({error.strerror or error})") from None
        try:
            locked = _acquire(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise NeatError(f"{file}: cannot be locked ({error.strerror or error})") from None
        if not locked:
            os.close(self._descriptor)
            raise NeatError(f"{folder}: {busy}")
        _held.add(self._descriptor)

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor in _held:  # not in a fork, which has closed its copy
            _held.remove(self._descriptor)
            unlock_descriptor(self._descriptor)  # Windows may delay the release of a lock whose file is closed
            os.close(self._descriptor)


def is_locked(folder: Path) -> bool:
    """Return whether a process is writing in a folder right now.

    Raises:
        NeatError: the lock file is a link, a pipe, or anything else that is not a plain file.
    """
    try:
        descriptor = open_plain(folder / LOCK, follow=False)
    except OSError as error:
        if error.errno in (EINVAL, ELOOP):
            raise NeatError(f"{folder / LOCK}: cannot be used as a lock ({error.strerror}; remove it)") from None
        return False
    try:
        if fcntl is None:
            return not _acquire(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that several processes can check at once
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _acquire(descriptor: int) -> bool:
    """Return whether the lock could be acquired, within a few attempts."""
    for attempt in range(_ATTEMPTS):
        if attempt > 0:
            time.sleep(_PAUSE)
        if lock_descriptor(descriptor, blocking=False):
            return True
    return False


def _close_copies() -> None:
    """Close a fork's copies of its parent's locks, which would hold them after the parent's end."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_copies)
