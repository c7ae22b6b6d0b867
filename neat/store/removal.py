"""Removing a run: its own files and no others, and never while it is running."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from neat.core.errors import NeatError
from neat.store.folder import (
    BATCH,
    CHAMPION,
    CONFIG,
    FAILED,
    HISTORIES,
    SUMMARY,
    TABLE,
    is_batch,
    is_leftover,
    is_run,
    is_unfinished,
)
from neat.store.lock import LOCK, Lock
from neat.store.schema import STORE
from neat.store.side_files import INDEX, JOURNAL, LOG

_BUSY = "is running, and is not removed (end it first, with Ctrl-C)"
_FILES_OF_BATCH = {BATCH, TABLE, HISTORIES, SUMMARY}
_FILES = {STORE, *(f"{STORE}{suffix}" for suffix in (JOURNAL, LOG, INDEX)), CONFIG, CHAMPION, *_FILES_OF_BATCH}
_CHAMPION_OF_BATCH, _GENOME = re.compile(r"champion-\d+\.json"), re.compile(r"genome-\d+\.json")


@dataclass(frozen=True)
class Removal:
    """What removing a run removes: `files` with `size` bytes in total; `others` in its folder are kept."""

    folder: Path
    files: tuple[Path, ...]
    size: int
    others: tuple[Path, ...]


def planned_removal(folder: Path) -> Removal:
    """Return what removing the run, or the batch of runs, in a folder would remove.

    Raises:
        NeatError: the folder does not hold a run.
    """
    if not (is_run(folder) or is_batch(folder) or is_unfinished(folder)):
        raise NeatError(f"{folder}: is not a run, and was not removed (a run is a folder with a file {STORE} in it)")
    if folder.is_symlink():
        raise NeatError(f"{folder}: is a link, and was not removed (name the folder to which it points)")
    files: list[Path] = []
    others: list[Path] = []
    try:
        for file in sorted(folder.iterdir()):
            if file.name == FAILED and file.is_dir() and not file.is_symlink():
                for genome in sorted(file.iterdir()):
                    own = _GENOME.fullmatch(genome.name) or is_leftover(genome)
                    (files if own and _plain(genome) else others).append(genome)
            elif file.name != LOCK:
                own = file.name in _FILES or _CHAMPION_OF_BATCH.fullmatch(file.name) or is_leftover(file)
                (files if own and _plain(file) else others).append(file)
        size = sum(file.lstat().st_size for file in files)
    except OSError as error:
        raise NeatError(f"{folder}: cannot be read ({error.strerror})") from None
    return Removal(folder, tuple(files), size, tuple(others))


def remove_run(folder: Path) -> Removal:
    """Remove the run, or the batch of runs, in a folder, and the folder if it is empty then; return what was removed.

    Raises:
        NeatError: the folder does not hold a run, the run is running, or a file cannot be removed.
    """
    planned_removal(folder)
    lock = Lock(folder, _BUSY)
    try:
        plan = planned_removal(folder)
        # The file that marks the folder as a run is removed last, so that a partly removed run is still recognised.
        marks = [folder / STORE, folder / BATCH] if is_run(folder) or is_batch(folder) else [folder / CONFIG]
        try:
            for file in sorted(plan.files, key=marks.__contains__):
                file.unlink(missing_ok=True)
            (folder / LOCK).unlink(missing_ok=True)
            failed = folder / FAILED
            if failed not in plan.others and failed.is_dir() and not any(failed.iterdir()):
                failed.rmdir()
            if not plan.others:
                folder.rmdir()
        except OSError as error:
            raise NeatError(f"{error.filename or folder}: cannot be removed ({error.strerror})") from None
    finally:
        lock.release()
    return plan


def _plain(file: Path) -> bool:
    return file.is_file() or file.is_symlink()
