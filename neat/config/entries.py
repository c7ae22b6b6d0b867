"""Settings as the user wrote them, in a file, with `--set` or in Python, and the faults that refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neat.config.formatting import format_value

OPTION = "option"  # the key of options for something foreign, each of them given as `option.NAME = value`
AFTER_THE_FILE = 1 << 62  # the line of settings from `--set`, whose faults are listed after those of the file


class IniText(str):
    """The text of a value in an INI file or after `--set`, where double quotes have a meaning.

    Attributes:
        folder: where a relative path in it starts; empty for the folder of the configuration.
    """

    folder: str

    def __new__(cls, text: str, folder: str = "") -> IniText:
        made = super().__new__(cls, text)
        made.folder = folder
        return made


class Fault(NamedTuple):
    """One line of a `ConfigError`, and the line of the file by which faults are sorted."""

    line: int
    message: str


@dataclass(frozen=True)
class Entry:
    """The value of one key: `IniText`, or a Python value.

    Attributes:
        value: what the user wrote.
        place: the beginning of a fault that concerns the entry: `x.ini:3: `, `--set run.seed=x: `, or nothing.
        head: the beginning of a fault of its value: the place, the key and the value.
        line: its line in the file; 0 for Python values.
        hint: what may have gone wrong, for the end of a fault.
    """

    value: object
    place: str
    head: str
    line: int = 0
    hint: str = ""


@dataclass(frozen=True)
class SectionEntries:
    """The entries of one section; `is_broken` if a fault of its header has already been reported."""

    entries: dict[str, Entry]
    place: str = ""
    line: int = 0
    is_broken: bool = False


def python_entries(section: str, values: Mapping[str, object]) -> SectionEntries:
    """Return the entries of a section from Python."""
    return SectionEntries(
        {
            key: Entry(value, place="", head=f"[{section}] {format_value(key)} = {format_value(value)}")
            for key, value in values.items()
        }
    )
