"""The lock on a folder: one writer, and any number of processes that check it at the same time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import neat
from neat.store import lock as lock_module
from neat.store.lock import LOCK, Lock, is_locked


@contextmanager
def held(folder: Path, kind: int) -> Iterator[None]:
    """Hold the folder's lock as another process would: locks belong to descriptors, not to processes."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, kind)
    try:
        yield
    finally:
        os.close(descriptor)


def test_a_folder_is_locked_from_the_making_of_its_lock_until_the_release(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    lock = Lock(tmp_path, "is busy")
    assert is_locked(tmp_path)
    with pytest.raises(neat.NeatError, match="is busy"):
        Lock(tmp_path, "is busy")
    assert is_locked(tmp_path)
    lock.release()
    lock.release()
    assert not is_locked(tmp_path)
    Lock(tmp_path, "is busy").release()


def test_many_processes_may_check_a_folder_at_once(tmp_path: Path) -> None:
    with held(tmp_path, fcntl.LOCK_SH):  # as another process that checks the lock
        assert not is_locked(tmp_path)
    with held(tmp_path, fcntl.LOCK_EX):
        assert is_locked(tmp_path)


def test_a_writer_waits_for_a_process_that_only_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    asking = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(asking, fcntl.LOCK_SH)

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            os.close(asking)

    monkeypatch.setattr(time, "sleep", pause)
    lock = Lock(tmp_path, "is busy")
    assert len(pauses) == 2 and is_locked(tmp_path)
    with pytest.raises(neat.NeatError, match="is busy"):  # but not for one that stays
        Lock(tmp_path, "is busy")
    assert 0.1 <= sum(pauses[2:]) <= 2.0
    lock.release()


def test_a_lock_that_was_refused_leaves_no_descriptor_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    lock = Lock(tmp_path, "is busy")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(neat.NeatError):
            Lock(tmp_path, "is busy")
        assert is_locked(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before
    lock.release()
    assert len(os.listdir("/proc/self/fd")) == before - 1


def test_without_shared_locks_as_on_windows_a_folder_is_checked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "fcntl", None)
    assert not is_locked(tmp_path)
    lock = Lock(tmp_path, "is busy")
    assert is_locked(tmp_path)
    lock.release()
    assert not is_locked(tmp_path)
    Lock(tmp_path, "is busy").release()


def test_a_fork_that_releases_its_parents_lock_leaves_it_held(tmp_path: Path) -> None:
    lock = Lock(tmp_path, "is busy")
    child = os.fork()
    if child == 0:
        descriptor = os.open(tmp_path, os.O_RDONLY)  # which reuses the lock's descriptor
        lock.release()
        try:
            os.fstat(descriptor)
        except OSError:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert is_locked(tmp_path)
    lock.release()
    assert not is_locked(tmp_path)
