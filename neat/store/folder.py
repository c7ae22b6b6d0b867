"""Folders of runs: making and finding them, and writing their files so that none is ever incomplete."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from neat.config.formatting import describe
from neat.core import files
from neat.core.errors import NeatError, did_you_mean
from neat.store.lock import LOCK
from neat.store.schema import STORE

RUNS = Path("runs")  # the default folder of runs
CONFIG, CHAMPION, FAILED = "config.ini", "champion.json", "failed"
BATCH = "batch.json"  # marks a folder of many runs
TABLE, HISTORIES, SUMMARY = "table.csv", "table-histories.csv", "summary.json"
HEADER = "# neat-engine "  # how the configuration that a run writes begins
_LATEST = "latest"
_LEFTOVER = re.compile(  # names of files whose writing was interrupted; see `neat.core.files.part_of`
    r"\.(run\.sqlite|(config|batch|table|summary|champion|champion-\d+|genome-\d+)\.(ini|json|csv))"
    r"\.\d+-\d+(-journal|-wal|-shm)?"
)


class Place:
    """A folder as the user named it, which stays valid if a problem changes the current folder."""

    def __init__(self, path: Path) -> None:
        self._path, self._here = path, _current_folder()

    @property
    def path(self) -> Path:
        """The path, made absolute if the current folder has changed since it was given."""
        return self._path if _current_folder() == self._here else Path(self._here, self._path)


def new_folder(stem: str, base: Path = RUNS) -> Path:
    """Make and return the next free folder `stem-1`, `stem-2`, ... in `base`; every caller gets another one.

    Raises:
        NeatError: it cannot be made.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            folder = base / f"{stem}-{number}"
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                break
    except OSError as error:
        raise NeatError(
            f"{base}: no folder for the run can be made there ({error.strerror}); "
            "change to a folder you may write in, or name another one with --out"
        ) from None
    return folder


def claim_folder(folder: Path) -> Path:
    """Return `folder` after making it, if it does not exist.

    Raises:
        NeatError: it is not empty, is not a folder, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = contents(folder)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        why = getattr(error, "strerror", error)
        raise NeatError(f"{folder}: cannot be used as the folder of a run ({why})") from None
    if taken:
        raise NeatError(f"{folder}: is not empty, and a run never overwrites another (name a new folder)")
    return folder


def find_run(text: str, base: Path = RUNS, *, batches: bool = False, unfinished: bool = False) -> Path:
    """Return the folder of the run that `text` names: a folder, a name under `base`, or `latest`.

    With `batches`, it may also be the folder of many runs; with `unfinished`, of a run whose file is not complete.

    Raises:
        NeatError: there is no such run; the message lists those available.
    """
    runs = [folder for folder in run_folders(base) if batches or not is_batch(folder)]
    if text == _LATEST:
        if not runs:
            raise NeatError(f"there is no run under {base} yet (make one: neat run CONFIG)")
        if is_run(runs[-1]) or is_batch(runs[-1]):
            return runs[-1]
        text = str(runs[-1])
    for folder in (base / text, Path(text)):
        if text and (is_run(folder) or (unfinished and is_unfinished(folder))):
            return folder
        if text and is_unfinished(folder):
            raise NeatError(
                f"{folder}: its run was killed before anything was computed (neat resume {folder} starts it, neat "
                f"remove {folder} removes it)"
            )
        if text and is_batch(folder):
            if batches:
                return folder
            raise NeatError(f"{folder}: holds many runs, but this command needs a single one (neat show {folder})")
    names = [folder.name for folder in runs]
    for folder in (base / text, base, Path(text)):
        if os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK):
            raise NeatError(f"{folder}: cannot be read (Permission denied), so no run can be found there")
    if text and os.path.exists(text):
        raise NeatError(f"{text}: is not a run (a run is a folder with a file {STORE} in it)")
    known = f"runs there: {', '.join(names[-5:])}" if names else "there are no runs yet"
    raise NeatError(
        f"{describe(text)}: no such run, neither as a folder nor under {base} ({known}, or {_LATEST})"
        f"{did_you_mean(text, [*names, _LATEST])}"
    )


def run_folders(base: Path) -> list[Path]:
    """Return the folders of runs and batches in a folder, the oldest first."""
    try:
        folders = [folder for folder in base.iterdir() if is_run(folder) or is_batch(folder) or is_unfinished(folder)]
    except OSError:
        return []
    return sorted(folders, key=lambda folder: (_start_time(folder), folder.name))


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a run."""
    return os.path.isfile(folder / STORE)


def is_batch(folder: Path) -> bool:
    """Return whether a folder holds many runs, as `neat run --seeds` makes them."""
    return os.path.isfile(folder / BATCH)


def is_unfinished(folder: Path) -> bool:
    """Return whether a folder holds a run that was killed before its file was complete.

    Such a folder holds only a configuration, so that no other folder with a `config.ini` is mistaken for one.
    """
    try:
        return contents(folder) == [CONFIG] and files.read_plain(folder / CONFIG, len(HEADER)) == HEADER.encode()
    except (OSError, ValueError):  # not a folder, or no folder can have such a name
        return False


def contents(folder: Path) -> list[str]:
    """Return the names of the files in a folder, except for its lock and leftovers."""
    return [file.name for file in folder.iterdir() if not (file.name == LOCK or is_leftover(file))]


def is_leftover(file: Path) -> bool:
    """Return whether a file is an incomplete file of a run, whose writing was interrupted."""
    return _LEFTOVER.fullmatch(file.name) is not None


def remove_leftovers(folder: Path) -> None:
    """Remove incomplete files, whose writing was interrupted; the caller holds the folder's lock."""
    with contextlib.suppress(OSError):
        for file in filter(is_leftover, list(folder.iterdir())):
            file.unlink()


def write_whole(file: Path, content: str | bytes) -> None:
    """Write text (as UTF-8) or bytes so that a reader always finds the whole old file or the whole new one.

    Raises:
        NeatError: it cannot be written.
    """
    try:
        files.write_whole(file, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise cannot_write(file, error) from None


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Yield the path under which the body writes a file, which then replaces `file` at once.

    If the body raises an exception, `file` stays as it was.

    Raises:
        NeatError: it cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            part = stack.enter_context(files.replacing(file))
        except ValueError:  # a NUL, or half of a surrogate pair
            raise NeatError(f"{str(file)!a}: cannot be written (no file can have this name)") from None
        except OSError as error:
            raise cannot_write(file, error) from None
        yield part
        try:
            stack.close()
        except OSError as error:
            raise cannot_write(file, error) from None


def cannot_write(file: Path, error: OSError) -> NeatError:
    """Return the error for a file of a run that cannot be written."""
    return NeatError(f"{file}: cannot be written ({error.strerror or error})")


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _start_time(folder: Path) -> int:
    """Return when a run started, from its files: its configuration is written first, and only once."""
    for name in (CONFIG, STORE, BATCH):
        with contextlib.suppress(OSError):
            return (folder / name).stat().st_mtime_ns
    return 0
