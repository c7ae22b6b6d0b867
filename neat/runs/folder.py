"""Run folders: making and finding them, and writing files in them so that none is ever half written."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from neat.ground.errors import NeatError, did_you_mean

RUNS = Path("runs")  # where runs go, and are looked for, unless the user says otherwise
CONFIG, STATUS, CHAMPION, GENERATIONS, FAILED = (
    "config.ini",
    "run.json",
    "champion.json",
    "generations.csv",
    "failed",
)
FORMAT, VERSION = "neat-run", 1
_LATEST = "latest"


def new_folder(stem: str, base: Path = RUNS) -> Path:
    """Make and return the next free folder `stem-1`, `stem-2`, ... in `base`; no two callers get the same.

    Raises:
        NeatError: it cannot be made.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            folder = base / f"{stem}-{number}"
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except OSError as error:
        raise NeatError(
            f"{base}: no folder for the run can be made there ({error.strerror}); "
            "change to a folder you may write in, or name another one with --out"
        ) from None


def claim_folder(folder: Path) -> Path:
    """Make `folder` where it does not exist, and return it.

    Raises:
        NeatError: it holds something already, is no folder, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(folder.iterdir(), None) is not None
    except OSError as error:
        raise NeatError(f"{folder}: cannot be made the run's folder ({error.strerror})") from None
    if taken:
        raise NeatError(f"{folder}: is not empty, and a run never writes over another (name a new folder)")
    return folder


def find_run(text: str, base: Path = RUNS) -> Path:
    """Return the folder of the run that `text` names: a folder, a name under `base`, or `latest`.

    Raises:
        NeatError: there is none; the message says what is there.
    """
    runs = _runs_in(base)
    if text == _LATEST:
        if not runs:
            raise NeatError(f"there is no run under {base} yet (make one: neat run CONFIG)")
        return runs[-1]
    for folder in (base / text, Path(text)):
        if text and (folder / STATUS).is_file():
            return folder
    names = [folder.name for folder in runs]
    if text and Path(text).exists():
        raise NeatError(f"{text}: is no run (a run is a folder with a file {STATUS} in it)")
    known = f"runs there: {', '.join(names[-5:])}" if names else "there is none yet"
    raise NeatError(
        f"{text!r}: no such run, neither as a folder nor under {base} ({known}, or {_LATEST})"
        f"{did_you_mean(text, [*names, _LATEST])}"
    )


def read_status(folder: Path) -> dict[str, Any]:
    """Return what `run.json` of a run says.

    Raises:
        NeatError: it cannot be read, is no record of a run, or is one of a newer version.
    """
    file = folder / STATUS
    try:
        status = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise NeatError(f"{file}: cannot be read as the record of a run ({error})") from None
    if not isinstance(status, dict) or status.get("format") != FORMAT:
        raise NeatError(f'{file}: is no record of a run (it has no member "format": "{FORMAT}")')
    if status.get("version") != VERSION:
        raise NeatError(f"{file}: has version {status.get('version')!r}; this neat reads version {VERSION}")
    return status


def write_whole(file: Path, content: str | bytes) -> None:
    """Write text (in UTF-8) or bytes so that a reader, at any moment, finds the old file or the new, and never a part.

    Raises:
        NeatError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, file)
    except OSError as error:
        raise cannot_write(file, error) from None
    finally:
        with contextlib.suppress(OSError):  # it is gone, unless the writing failed
            part.unlink(missing_ok=True)


def cannot_write(file: Path, error: OSError) -> NeatError:
    """Return the error that says why a file of a run cannot be written."""
    return NeatError(f"{file}: cannot be written ({error.strerror or error})")


def _runs_in(base: Path) -> list[Path]:
    """Return the runs in a folder, the latest last."""
    try:
        begun = {
            folder: (folder / CONFIG).stat().st_mtime_ns
            for folder in base.iterdir()
            if (folder / STATUS).is_file()
        }
    except OSError:
        return []
    return sorted(begun, key=lambda folder: (begun[folder], folder.name))
