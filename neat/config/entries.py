"""Values as they were written, in a file, after `--set` or in Python, and how faults refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neat.config.formatting import format_value

AFTER_THE_FILE = 1 << 62  # the line at which faults of `--set` are sorted


class Fault(NamedTuple):
    """One line of a `ConfigError`, and the line of the file by which faults are sorted."""

    line: int
    text: str


@dataclass(frozen=True)
class Entry:
    """One value as it was written.

    `place` is where a fault begins (`x.ini:3: `, `--set run.seed=x: `, or nothing), `head` the place with key
    and value, `is_text` whether the value is INI text (to be read) or a Python value (to be accepted). `folder` is
    where a relative path in it begins, if that is not the folder of the configuration.
    """

    value: object
    place: str
    head: str
    line: int = 0
    is_text: bool = False
    hint: str = ""
    folder: str = ""


@dataclass(frozen=True)
class SectionEntries:
    """One section as it was written; `broken` if a fault of its header has already been reported."""

    entries: Mapping[str, Entry]
    place: str = ""
    line: int = 0
    broken: bool = False


def python_entries(section: str, values: Mapping[str, object]) -> dict[str, Entry]:
    """Return the entries of a section that was given in Python."""
    return {
        key: Entry(value, place="", head=f"[{section}] {format_value(key)} = {format_value(value)}")
        for key, value in values.items()
    }
