"""The record of a batch: what all of its runs have in common, so that only runs that belong together share a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neat.config import Config, CustomProblem
from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.files import read_text
from neat.core.json_text import load_json
from neat.core.text import visible
from neat.core.version import VERSION as NEAT
from neat.problems.protocol import Problem
from neat.store.folder import BATCH, write_whole
from neat.store.provenance import files_of, versions

FORMAT, VERSION = "neat-batch", 1
_LARGEST_RECORD = 1 << 24  # bytes
_LONGEST_VALUE = 1_000  # characters in a message: a path may be as long

Record = dict[str, Any]


def make_record(config: Config, problem: Problem, passed: bool) -> Record:
    """Return what must be the same for all runs of a batch.

    Args:
        config: the configuration, with absolute paths.
        problem: the problem, whose files are recorded.
        passed: whether the problem was passed from Python, rather than made from the configuration.

    Raises:
        NeatError: one of the problem's files cannot be read.
    """
    files = {file.path: file.sha256 for file in files_of(config, problem)}
    record: Record = {"engine": NEAT, "config": config.to_dict(), "files": files}
    if isinstance(config.problem, CustomProblem):
        record["folder"] = str(config.folder)
    if passed:
        record["problem"] = problem.qualified_name
    found: Record = json.loads(json.dumps(record))
    return found


def write_record(folder: Path, record: Record) -> None:
    """Write the record of a new batch.

    Raises:
        NeatError: the file cannot be written.
    """
    head = {"format": FORMAT, "version": VERSION, "versions": versions()}
    write_whole(folder / BATCH, json.dumps(head | record, indent=1) + "\n")


def check_record(folder: Path, record: Record) -> None:
    """Check that a folder holds a batch with this record.

    Raises:
        NeatError: its record cannot be read, or differs.
    """
    file = folder / BATCH
    text = read_text(file, _LARGEST_RECORD)
    try:
        existing = load_json(text, _LARGEST_RECORD)
    except ValueError as error:
        raise NeatError(
            f"{file}: cannot be read as the record of a batch of runs ({format_value(str(error))})"
        ) from None
    if not isinstance(existing, dict) or (existing.get("format"), existing.get("version")) != (FORMAT, VERSION):
        raise NeatError(f'{file}: is not the record of a batch of this version ("{FORMAT}", {VERSION})')
    config, hashes = existing.get("config"), existing.get("files")
    if not (isinstance(hashes, dict) and isinstance(config, dict) and all(map(_is_dict, config.values()))):
        raise NeatError(f"{file}: cannot be read as the record of a batch of runs (`config` or `files` is invalid)")
    there, here = _labelled(existing), _labelled(record)
    differences = [
        f"{label} there: {_short(there.get(label))}, here: {_short(here.get(label))}"
        for label in sorted({*here, *there})
        if there.get(label) != here.get(label)
    ]
    changed = [path for path, digest in record["files"].items() if hashes.get(path, digest) != digest]
    differences += [f"{path} was changed since" for path in changed]
    if differences:
        raise NeatError(f"{folder}: holds runs of another configuration: {'; '.join(differences)} (name a new folder)")


def _labelled(record: Record) -> dict[str, Any]:
    """Return the parts of a record that are compared by value, with the names that messages give them."""
    labelled = {
        "neat-engine": record.get("engine"),
        "its problem's folder": record.get("folder"),
        "its problem": record.get("problem"),
    }
    for section, keys in record["config"].items():
        labelled |= {f"[{format_value(section)}] {format_value(key)}": value for key, value in keys.items()}
    return labelled


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)


def _short(value: Any) -> str:
    return visible(value[:_LONGEST_VALUE]) if isinstance(value, str) else format_value(value)
