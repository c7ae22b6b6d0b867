"""Values as they were written, in a file, after `--set` or in Python, and how faults refer to them."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from neat.core.text import visible

LONGEST_SHOWN = 60  # characters of a value that a fault repeats
AFTER_THE_FILE = 1 << 62  # the line at which faults of `--set` are sorted

QUOTED = r'"(?:[^"]|"")*"'  # a piece in double quotes; a quote within it is doubled, as in CSV
QUOTED_PIECE = re.compile(rf"(?:\A|(?<=[\s,])){QUOTED}(?=[\s,]|\Z)")  # elsewhere a quote is a plain character
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[^\s,;#\"]+")


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
class Written:
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


class _Shortened(reprlib.Repr):
    """`reprlib` without its failure on integers that Python refuses to print."""

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() < 200 else f"<integer of {x.bit_length()} bits>"


def format_value(value: object) -> str:
    """Return a value as a fault repeats it: one short line, whatever it is."""
    text = value if isinstance(value, str) else _Shortened().repr(value)
    if len(text) > LONGEST_SHOWN:
        text = f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"
    return visible(text)


def describe(value: object) -> str:
    """Return a value in one short line as `format_value` does, text in quotes."""
    return f"'{format_value(value)}'" if isinstance(value, str) else format_value(value)


def unprintable(text: str) -> bool:
    """Return whether text holds line ends, control characters or lone surrogates (a tab is none)."""
    return _UNPRINTABLE.search(text.replace("\t", " ")) is not None


def quote(text: str) -> str:
    """Return text in double quotes, those within it doubled."""
    return '"' + text.replace('"', '""') + '"'


def quote_piece(text: str) -> str:
    """Return one piece of a list, quoted where it needs quotes."""
    return text if _PLAIN.fullmatch(text) else quote(text)


def unquote(text: str) -> str:
    """Return what a text in double quotes holds, or the text itself where it is not wholly quoted."""
    return text[1:-1].replace('""', '"') if re.fullmatch(QUOTED, text) else text
