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
from neat.store.history import History
from neat.store.provenance import command, with_absolute_paths

_IMPORTS = "# modules of your own are imported from: "
_HEAD = re.compile(rf"{HEADER}(\S+): .*\n(?:{_IMPORTS}(.*)\n)?\n?")
_MOST_SHOWN = 5  # differences in a message
_MAY_CHANGE = {  # options of `neat resume`
    "run.generations", "run.threads", "run.executor", "run.workers", "run.timeout", "run.address",
}  # fmt: skip


def config_text(config: Config) -> str:
    """Return the INI text of a configuration, with paths that are valid from any folder."""
    return with_absolute_paths(config).to_ini(full=True)


def write_config(folder: Path, config: Config) -> None:
    """Write the configuration of a run into its folder.

    Raises:
        NeatError: it cannot be written.
    """
    head = f"{HEADER}{NEAT}: {command()}\n{_IMPORTS}{json.dumps(str(config.folder))}\n\n"
    write_whole(folder / CONFIG, head + config_text(config))


def read_unfinished(folder: Path) -> Config:
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


def config_is_current(history: History, wanted: Config) -> bool:
    """Return whether the configuration in a run's folder is up to date; if not, it may be overwritten.

    `wanted` is the configuration with which the run continues: its own, or one with more generations.

    Raises:
        NeatError: the user changed the configuration; the message says what differs and what to do.
    """
    file, stored = history.folder / CONFIG, history.config
    if not os.path.lexists(file):
        return False
    text = read_file(file)
    body = _HEAD.sub("", text, count=1)
    if body == config_text(wanted):
        return True
    if body in (config_text(stored), history.about.config):  # the latter may lack settings that are new
        return False
    keep = f"to resume the run with its own settings, rename or delete {file}; it is then written again"
    try:
        found = with_absolute_paths(Config.from_ini(text, str(file), file.parent))
    except NeatError as error:
        raise NeatError(*error.faults, f"{file}: was changed since the run was started ({keep})") from None
    if not list(setting_differences(found, with_absolute_paths(wanted))):
        return True  # only comments and white space differ, which are the user's
    differences = list(setting_differences(found, with_absolute_paths(stored)))
    if not differences:
        raise NeatError(
            f"{file}: must be written again with the new number of generations, which would lose your comments ({keep})"
        )
    shown = [
        f"{different.name} = {format_value(different.first)} (the run: {format_value(different.second)})"
        for different in differences[:_MOST_SHOWN]
    ]
    more = f" and {len(differences) - _MOST_SHOWN} more" if len(differences) > _MOST_SHOWN else ""
    advice = [f"to start a new run with the changed settings: neat run {file}"]
    if {different.name for different in differences} <= _MAY_CHANGE:
        options = {f"--{different.name[4:]} {different.first}" for different in differences if different.first != "0"}
        advice = [f"use neat resume {history.folder} {' '.join(sorted(options))} instead"] if options else advice
    raise NeatError(
        f"{file}: was changed since the run was started, but a run is resumed only with its original settings: "
        f"{', '.join(shown)}{more} ({'; '.join([*advice, keep])})"
    )
