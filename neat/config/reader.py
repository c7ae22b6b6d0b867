"""The INI reader: sections, keys and values with the lines they stand on, and every fault of the grammar.

The grammar is configparser's. `key = value` or `key: value`; keys and sections in any case; `;` and `#` begin
a comment, on a line of its own or after white space; a line indented deeper than its key goes on with the
value (the lines are joined by a space). What stands in double quotes, at the start of a value or of a piece
of a list, is taken as it stands; `""` in it is one quote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from neat.config.arguments import argument_error
from neat.config.arguments import path as checked_path
from neat.config.entries import AFTER_THE_FILE, Entry, Fault, SectionEntries
from neat.config.formatting import QUOTED_PIECE, format_value
from neat.core.errors import ConfigError, did_you_mean
from neat.core.files import read_plain

LARGEST_FILE = 1 << 20  # bytes; a configuration is a page of text, so a larger file is another file
_PIPE = (
    "is a pipe, which may never end (save the configuration as a file: the run is named after it, and the paths "
    "in it start at its folder; --set changes single settings)"
)

_OVERRIDES = "a text such as 'run.seed=42', or a list of them"
_DELIMITER = re.compile(r"[=:]")
_COMMENT = re.compile(rf"{QUOTED_PIECE.pattern}|(?P<comment>(?<=\s)[;#])")
_GLUED = re.compile(r"[^\s;#][;#]")  # not a comment, though perhaps meant as one
_SECTION = re.compile(r"\[\s*[A-Za-z_][\w.-]*\s*\]")
_LIKE_A_KEY = re.compile(r"[A-Za-z_]\w*[ \t]*=(?!=)")


@dataclass(frozen=True)
class Document:
    """What an INI text says: its sections, and the faults of its grammar, which call it `name`."""

    name: str
    sections: Mapping[str, SectionEntries]
    faults: tuple[Fault, ...]


def read_file(path: str | os.PathLike[str]) -> str:
    """Return the text of a configuration file.

    Raises:
        ConfigError: there is no such file, it cannot be read, or is no UTF-8 text.
    """
    checked_path("the path of a configuration", path)
    try:
        if Path(path).is_dir():
            raise ConfigError([f"{path}: is a folder (name the INI file in it)"])
        if Path(path).is_fifo():
            raise ConfigError([f"{path}: {_PIPE}"])
        data = read_plain(path, LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file{_neighbour(Path(path))}"]) from None
    except OSError as error:
        raise ConfigError([f"{format_value(str(path))}: cannot be read ({error.strerror})"]) from None
    except ValueError:  # a path with a NUL in it
        raise ConfigError([f"{format_value(str(path))}: no such file"]) from None
    return _decoded(data, str(path))


def read_text(text: str, name: str) -> Document:
    """Return what an INI text says, and the faults of its grammar, which call it `name`."""
    if not isinstance(text, str):
        raise argument_error("the text of a configuration", text, "INI text (neat.load(FILE) reads a file)")
    if "\0" in text:
        raise ConfigError([f"{name}: holds NUL characters, so it is not text (a configuration is plain UTF-8 text)"])
    reader = _Reader(name)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    reader.close_value()
    sections = {
        section: SectionEntries(reader.entries[section], f"{name}:{line}: ", line, section in reader.broken)
        for section, line in reader.section_lines.items()
    }
    return Document(name, sections, tuple(reader.faults))


def override(document: Document, overrides: Iterable[str], folder: str = "") -> Document:
    """Return the document with `section.key=value` texts put in place of what it says; the last one wins.

    A single text counts as one override. Relative paths in them start at `folder`, by default the folder of the
    configuration.
    """
    sections = dict(document.sections)
    faults = list(document.faults)
    if not isinstance(overrides, Iterable):
        raise argument_error("overrides", overrides, _OVERRIDES)
    for text in [overrides] if isinstance(overrides, str) else overrides:
        if not isinstance(text, str):
            raise argument_error("one of the overrides", text, _OVERRIDES)
        target, equals, value = text.partition("=")
        section, dot, key = (part.strip().lower() for part in target.partition("."))
        head = f"--set {format_value(text)}"
        if not (equals and dot and section and key):
            faults.append(Fault(AFTER_THE_FILE, f"{head}: not section.key=value (for example run.seed=42)"))
            continue
        old = sections.get(section, SectionEntries({}, place=f"{head}: ", line=AFTER_THE_FILE))
        entry = Entry(value.strip(), f"{head}: ", head, AFTER_THE_FILE, is_text=True, folder=folder)
        sections[section] = replace(old, entries={**old.entries, key: entry})
    return Document(document.name, sections, tuple(faults))


@dataclass
class _OpenValue:
    """A value that an indented line may still go on with."""

    section: str
    key: str
    line: int
    indent: int
    pieces: list[str]
    last_line: int


@dataclass
class _Reader:
    """The state of a reading: where it is, what it has found."""

    name: str
    section: str | None = None
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)
    section_lines: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    value: _OpenValue | None = None

    def take(self, number: int, line: str) -> None:
        """Read one line."""
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", ";")):
            return
        indent = len(line) - len(line.lstrip())
        bare = _without_comment(line).strip()
        if self.value is not None and indent > self.value.indent and not _SECTION.fullmatch(bare):
            self._continue_value(number, bare)
            return
        self.close_value()
        if stripped.startswith("["):
            self._open_section(number, bare)
        else:
            self._open_value(number, indent, line)

    def close_value(self) -> None:
        """Make an entry of the value that was being read."""
        if self.value is None:
            return
        value, self.value = self.value, None
        text = " ".join(piece for piece in value.pieces if piece)
        written = f"{format_value(value.key)} = {format_value(text)}"
        head = f"{self.name}:{value.line}: [{format_value(value.section)}] {written}"
        first = self.entries[value.section].get(value.key)
        if first is not None:
            self.faults.append(Fault(value.line, f"{head}: given twice (first on line {first.line})"))
            return
        several = value.last_line > value.line
        hint = f"; the indented lines up to line {value.last_line} go on with this value" if several else ""
        if _GLUED.search(text):
            hint += "; a comment needs a space before its ; or #"
        entry = Entry(text, f"{self.name}:{value.line}: ", head, value.line, is_text=True, hint=hint)
        self.entries[value.section][value.key] = entry

    def _continue_value(self, number: int, bare: str) -> None:
        assert self.value is not None, "called only where a value is open"
        if _LIKE_A_KEY.match(bare):
            what = f"indented, so it would go on with the value of {self.value.key!r}"
            self._fault(number, f"'{format_value(bare)}': {what} (begin it where that key begins)")
            return
        self.value.pieces.append(bare)
        self.value.last_line = number

    def _open_section(self, number: int, bare: str) -> None:
        section = bare.strip("[]").strip().lower()
        if not _SECTION.fullmatch(bare):
            section = re.split(r"[\[\]]", bare.lstrip("["))[0].strip().lower()
            self._fault(number, f"'{format_value(bare)}': not a section (write [name] on a line of its own)")
            self.broken.add(section)
        elif section in self.section_lines:
            self._fault(number, f"[{section}]: section given twice (first on line {self.section_lines[section]})")
        self.section = section
        self.section_lines.setdefault(section, number)
        self.entries.setdefault(section, {})

    def _open_value(self, number: int, indent: int, line: str) -> None:
        delimiter = _DELIMITER.search(line)
        key = line[: delimiter.start()].strip() if delimiter else ""
        if delimiter is None or _without_comment(key) != key:
            self._fault(number, f"'{format_value(_without_comment(line).strip())}': neither [section] nor key = value")
        elif not key:
            self._fault(number, f"'{format_value(line.strip())}': no key before {delimiter[0]!r} (write key = value)")
        elif self.section is None:
            self._fault(
                number, f"'{format_value(line.strip())}': stands before the first section (put a [section] above it)"
            )
        else:
            value = _without_comment(line[delimiter.end() :]).strip()
            self.value = _OpenValue(self.section, key.lower(), number, indent, [value], number)

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(line, f"{self.name}:{line}: {text}"))


def _without_comment(text: str) -> str:
    """Return text up to a comment sign that follows white space and stands in no quotes."""
    for found in _COMMENT.finditer(text):
        if found["comment"]:
            return text[: found.start()]
    return text


def _decoded(data: bytes, name: str) -> str:
    if len(data) > LARGEST_FILE:
        raise ConfigError([f"{name}: larger than {LARGEST_FILE} bytes, so it is not a configuration"])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([f"{name}: is UTF-16 text (save it as UTF-8)"])
    if b"\0" in data:
        raise ConfigError([f"{name}: holds NUL bytes, so it is not text (a configuration is plain UTF-8 text)"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError([f"{name}:{line}: is not UTF-8 text (save the file as UTF-8)"]) from None


def _neighbour(path: Path) -> str:
    """Return `; did you mean ...?` for the INI file in the same folder whose name is nearest."""
    try:
        return did_you_mean(path.name, sorted(file.name for file in path.parent.glob("*.ini")))
    except OSError:
        return ""
