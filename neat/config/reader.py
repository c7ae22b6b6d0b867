"""The reader of INI text: sections, keys and values with their lines, and every fault of the grammar.

The grammar is that of configparser: `key = value` or `key: value`, with keys and sections in any case. `;` and `#`
start a comment, on a line of its own or after white space. A line that is indented deeper than its key continues the
value; the lines are joined by a space. Text in double quotes, at the start of a value or of an item of a list, is
taken literally; `""` in it is one quote.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from neat.config.arguments import argument_error
from neat.config.arguments import path as checked_path
from neat.config.entries import AFTER_THE_FILE, OPTION, Entry, Fault, IniText, SectionEntries
from neat.config.formatting import QUOTED_PIECE, format_value
from neat.core.errors import ConfigError, did_you_mean
from neat.core.files import read_plain

LARGEST_FILE = 1 << 20  # bytes; a larger file is not a configuration

_PIPE = (
    "is a pipe, which may never end (save the configuration as a file: the run is named after it, and the paths "
    "in it start at its folder; --set changes single settings)"
)
_OVERRIDES = "a text such as 'run.seed=42', or a list of them"
_DELIMITER = re.compile(r"[=:]")
_COMMENT = re.compile(rf"{QUOTED_PIECE.pattern}|(?P<comment>(?<=\s)[;#])")
_UNSPACED_COMMENT = re.compile(r"[^\s;#][;#]")  # part of the value, but perhaps meant as a comment
_SECTION = re.compile(r"\[\s*[A-Za-z_][\w.-]*\s*\]")
_LIKE_A_KEY = re.compile(r"[A-Za-z_]\w*[ \t]*=(?!=)")


@dataclass(frozen=True)
class Document:
    """The sections of an INI text, and the faults of its grammar, which call the text `name`."""

    name: str
    sections: Mapping[str, SectionEntries]
    faults: tuple[Fault, ...]


def read_file(path: str | os.PathLike[str]) -> str:
    """Return the text of a configuration file.

    Raises:
        ConfigError: the file does not exist, cannot be read, or is not UTF-8 text.
    """
    checked_path("the path of a configuration", path)
    try:
        if Path(path).is_dir():
            raise ConfigError([f"{path}: is a folder (name the INI file in it)"])
        if Path(path).is_fifo():
            raise ConfigError([f"{path}: {_PIPE}"])
        data = read_plain(path, LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file{_similar_file(Path(path))}"]) from None
    except OSError as error:
        raise ConfigError([f"{format_value(str(path))}: cannot be read ({error.strerror})"]) from None
    except ValueError:  # a path with a NUL in it
        raise ConfigError([f"{format_value(str(path))}: no such file"]) from None
    return _decoded(data, str(path))


def read_text(text: str, name: str) -> Document:
    """Return the sections of an INI text, and the faults of its grammar, which call the text `name`."""
    if not isinstance(text, str):
        raise argument_error("the text of a configuration", text, "INI text (neat.load(FILE) reads a file)")
    if "\0" in text:
        raise ConfigError([f"{name}: holds NUL characters, so it is not text (a configuration is plain UTF-8 text)"])
    reader = _Reader(name)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        reader.read_line(number, line)
    reader.close_value()
    return Document(name, reader.sections, tuple(reader.faults))


def override(document: Document, overrides: Iterable[str], folder: str) -> Document:
    """Return the document with settings replaced by texts `section.key=value`; the last text for a key wins.

    Args:
        document: the INI text.
        overrides: one text or several.
        folder: where relative paths in the overrides start; empty for the folder of the configuration.
    """
    sections, faults = dict(document.sections), list(document.faults)
    if not isinstance(overrides, Iterable):
        raise argument_error("overrides", overrides, _OVERRIDES)
    for text in [overrides] if isinstance(overrides, str) else overrides:
        if not isinstance(text, str):
            raise argument_error("one of the overrides", text, _OVERRIDES)
        target, equals, value = text.partition("=")
        section, dot, key = target.partition(".")
        section, key = section.strip().lower(), normal_key(key)
        head = f"--set {format_value(text)}"
        if not (equals and dot and section and key):
            faults.append(Fault(AFTER_THE_FILE, f"{head}: not section.key=value (for example run.seed=42)"))
            continue
        old = sections.get(section, SectionEntries({}, f"{head}: ", AFTER_THE_FILE))
        entry = Entry(IniText(value.strip(), folder), f"{head}: ", head, AFTER_THE_FILE)
        sections[section] = replace(old, entries={**old.entries, key: entry})
    return Document(document.name, sections, tuple(faults))


@dataclass
class _OpenValue:
    """A value that an indented line may continue."""

    section: str
    key: str
    line: int
    indent: int
    pieces: list[str]
    last_line: int


@dataclass
class _Reader:
    """The sections and faults of the lines that have been read."""

    name: str
    section: str | None = None
    value: _OpenValue | None = None
    sections: dict[str, SectionEntries] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read_line(self, number: int, line: str) -> None:
        """Read one line."""
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", ";")):
            return
        indent = len(line) - len(line.lstrip())
        content = _without_comment(line).strip()
        if self.value is not None and indent > self.value.indent and not _SECTION.fullmatch(content):
            self._continue_value(self.value, number, content)
            return
        self.close_value()
        if stripped.startswith("["):
            self._open_section(number, content)
        else:
            self._open_value(number, indent, line, content)

    def close_value(self) -> None:
        """Add the entry of the value that was being read, if there is one."""
        if self.value is None:
            return
        value, self.value = self.value, None
        text = " ".join(piece for piece in value.pieces if piece)
        place = f"{self.name}:{value.line}: "
        head = f"{place}[{format_value(value.section)}] {format_value(value.key)} = {format_value(text)}"
        entries = self.sections[value.section].entries
        if value.key in entries:
            self.faults.append(Fault(value.line, f"{head}: given twice (first on line {entries[value.key].line})"))
            return
        hint = ""
        if value.last_line > value.line:
            hint = f"; the indented lines up to line {value.last_line} continue this value"
        if _UNSPACED_COMMENT.search(text):
            hint += "; a comment needs a space before its ; or #"
        entries[value.key] = Entry(IniText(text), place, head, value.line, hint)

    def _continue_value(self, value: _OpenValue, number: int, content: str) -> None:
        if _LIKE_A_KEY.match(content):
            message = f"indented, so it would continue the value of {value.key!r} (start it where that key starts)"
            self._add_fault(number, content, message)
            return
        value.pieces.append(content)
        value.last_line = number

    def _open_section(self, number: int, content: str) -> None:
        is_section = _SECTION.fullmatch(content) is not None
        name = re.split(r"[\[\]]", content.lstrip("["))[0].strip().lower()
        if not is_section:
            self._add_fault(number, content, "not a section (write [name] on a line of its own)")
        elif name in self.sections:
            message = f"[{name}]: section given twice (first on line {self.sections[name].line})"
            self.faults.append(Fault(number, f"{self.name}:{number}: {message}"))
        self.section = name
        if name not in self.sections:
            self.sections[name] = SectionEntries({}, f"{self.name}:{number}: ", number, is_broken=not is_section)

    def _open_value(self, number: int, indent: int, line: str, content: str) -> None:
        delimiter = _DELIMITER.search(line)
        key = line[: delimiter.start()].strip() if delimiter else ""
        if delimiter is None or _without_comment(key) != key:
            self._add_fault(number, content, "neither [section] nor key = value")
        elif not key:
            self._add_fault(number, line.strip(), f"no key before {delimiter[0]!r} (write key = value)")
        elif self.section is None:
            self._add_fault(number, line.strip(), "is before the first section (put a [section] above it)")
        else:
            value = _without_comment(line[delimiter.end() :]).strip()
            self.value = _OpenValue(self.section, normal_key(key), number, indent, [value], number)

    def _add_fault(self, line: int, content: str, message: str) -> None:
        self.faults.append(Fault(line, f"{self.name}:{line}: '{format_value(content)}': {message}"))


def normal_key(text: str) -> str:
    """Return a key in lower case; the name of an option, as in `option.NAME`, keeps its case."""
    key, dot, name = text.strip().partition(".")
    key = key.rstrip().lower()
    return f"{key}.{name.strip()}" if key == OPTION and dot else text.strip().lower()


def _without_comment(text: str) -> str:
    """Return text up to a comment sign that follows white space and is not in quotes."""
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


def _similar_file(path: Path) -> str:
    """Return `; did you mean ...?` for the INI file with the most similar name in the same folder."""
    try:
        return did_you_mean(path.name, sorted(file.name for file in path.parent.glob("*.ini")))
    except OSError:
        return ""
