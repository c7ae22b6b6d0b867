"""The configuration in a run's folder: written once, and never overwritten if the user changed it.

It is a copy for the user to read, and to change for a new run; a resumed run uses the settings in its own file.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from neat.config import Config
from neat.config.differences import setting_differences
from neat.config.formatting import format_value
from neat.config.reader import read_file
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.core.version import VERSION as NEAT
from neat.store.folder import CONFIG, HEADER, write_whole
from neat.store.provenance import command, with_whole_paths

_IMPORTS = "# modules of your own are imported from: "
_HEAD = re.compile(rf"{HEADER}(\S+): .*\n(?:{_IMPORTS}(.*)\n)?\n?")
_MOST_TOLD = 5  # differences


def text_of(config: Config) -> str:
    """Return the INI text of a configuration, with paths that are valid from any folder."""
    return with_whole_paths(config).to_ini(full=True)


def write_config(folder: Path, config: Config) -> None:
    """Write the configuration of a run into its folder.

    Raises:
        NeatError: it cannot be written.
    """
    head = f"{HEADER}{NEAT}: {command()}\n{_IMPORTS}{json.dumps(str(config.folder))}\n\n"
    write_whole(folder / CONFIG, head + text_of(config))


def read_begun(folder: Path) -> Config:
    """Return the configuration, with its seed, of a run that was killed before its file was complete.

    Raises:
        NeatError: it cannot be read, or another version of the engine wrote it.
    """
    file = folder / CONFIG
    text = read_file(file)
    head = _HEAD.match(text)
    if head is None or head[1] != NEAT:
        version = "another program" if head is None else f"neat-engine {format_value(head[1])}"
        raise NeatError(f"{file}: was written by {version}, and this is neat-engine {NEAT} (neat run {file})")
    try:
        imports = Path(load_json(head[2] or "null"))
    except (ValueError, TypeError):
        imports = folder
    config = Config.from_ini(text, str(file), imports)
    if config.run.seed is None:
        raise NeatError(f"{file}: has no seed, so its run cannot be started again (neat run {file})")
    return config


def says(folder: Path, stored: Config, wanted: Config) -> bool:
    """Return whether the configuration in a run's folder is up to date; if not, it may be written.

    Args:
        folder: the run's folder.
        stored: the configuration with which the run was made.
        wanted: the configuration with which it continues: the same, or with more generations.

    Raises:
        NeatError: the user changed the configuration; the message says what differs and what to do.
    """
    file = folder / CONFIG
    if not os.path.lexists(file):
        return False
    text = read_file(file)
    body = _HEAD.sub("", text, count=1)
    if body == text_of(wanted):
        return True
    if body == text_of(stored):
        return False
    keep = f"to resume the run with its own settings, rename or delete {file}; it is then written again"
    try:
        there = with_whole_paths(Config.from_ini(text, str(file), file.parent))
    except NeatError as error:
        raise NeatError(*error.faults, f"{file}: was changed since the run was begun ({keep})") from None
    if not list(setting_differences(there, with_whole_paths(wanted))):
        return True  # comments and white space are the user's
    differences = list(setting_differences(there, with_whole_paths(stored)))
    if not differences:
        raise NeatError(
            f"{file}: must be written again with the new number of generations, which would lose your comments ({keep})"
        )
    told = [
        f"{different.name} = {format_value(different.first)} (the run: {format_value(different.second)})"
        for different in differences[:_MOST_TOLD]
    ]
    more = f" and {len(differences) - _MOST_TOLD} more" if len(differences) > _MOST_TOLD else ""
    advice = [f"to start a new run with the changed settings: neat run {file}"]
    if {different.name for different in differences} <= {"run.generations", "run.threads"}:
        options = {f"--{different.name[4:]} {different.first}" for different in differences if different.first != "0"}
        advice = [f"use neat resume {folder} {' '.join(sorted(options))} instead"] if options else advice
    raise NeatError(
        f"{file}: was changed since the run was begun, but a run is resumed only with its original settings: "
        f"{', '.join(told)}{more} ({'; '.join([*advice, keep])})"
    )
