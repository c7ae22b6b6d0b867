"""A section: a frozen dataclass of keys that cannot be made with a value its keys do not allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from neat.config.entries import Entry, Fault, SectionEntries, python_entries
from neat.config.fields import Key, keys_of
from neat.config.formatting import format_value
from neat.config.value_types import InvalidValue
from neat.core.errors import ConfigError, did_you_mean

AnySection = TypeVar("AnySection", bound="Section")


@dataclass(frozen=True, kw_only=True)
class Section:
    """The base of all sections: fields made by `key` or `required`, checked when an object is made.

    Raises:
        ConfigError: a value is not allowed; the faults read `[section] key = value: what is wrong (...)`.
    """

    section_name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Check every value, and put its normal form (a tuple for a list) in place."""
        given = {name: getattr(self, name) for name in keys_of(type(self))}
        section, faults = build(type(self), SectionEntries(python_entries(self.section_name, given)))
        if section is None:
            raise ConfigError(fault.text for fault in faults)
        self.__dict__.update(section.__dict__)

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield (key, what is wrong) for faults between keys; the message names every other key it looked at.

        A fault that names a key whose own value is faulty is not reported, since that value is not what the user wrote.
        """
        return iter(())

    def to_dict(self) -> dict[str, Any]:
        """Return the value of every key."""
        return {name: getattr(self, name) for name in keys_of(type(self))}

    def to_texts(self, *, full: bool) -> dict[str, str]:
        """Return the INI text of every key, or only of those that differ from their default."""
        return {
            item.name: item.type.write(getattr(self, item.name))
            for item in keys_of(type(self)).values()
            if full or getattr(self, item.name) != item.default
        }


def build(
    section: type[AnySection], written: SectionEntries, homes: Mapping[str, str] | None = None
) -> tuple[AnySection | None, list[Fault]]:
    """Return the section that was written, or None, and every fault in it.

    `homes` tells in which sections a key is known, for keys that stand in a wrong one.
    """
    keys = keys_of(section)
    faults = [
        Fault(entry.line, f"{entry.head}: {_unknown(name, keys, homes or {})}")
        for name, entry in written.entries.items()
        if name not in keys
    ]
    values: dict[str, Any] = {}
    faulty = set()
    for name, item in keys.items():
        entry = written.entries.get(name)
        try:
            values[name] = item.default if entry is None and not item.is_required else _value(item, entry)
        except InvalidValue as error:
            faulty.add(name)
            values[name] = item.default
            faults.append(_fault(section, item, entry, error, written))
    if any(item.is_required and name in faulty for name, item in keys.items()):
        return None, faults
    made = object.__new__(section)
    made.__dict__.update(values)
    for name, message in made.check():
        if not faulty.intersection((name, *_words(message))):
            faults.append(cross_fault(keys[name], values[name], message, section, written))
    return (None if faults else made), faults


def _value(item: Key, entry: Entry | None) -> Any:
    if entry is None:
        raise InvalidValue("missing")
    value = item.type.read(str(entry.value)) if entry.is_text else item.type.accept(entry.value)
    return item.type.within(value, entry.folder) if entry.folder else value


def _fault(
    section: type[Section], item: Key, entry: Entry | None, error: InvalidValue, written: SectionEntries
) -> Fault:
    if entry is None:
        head, line, hint = (
            f"{written.place}[{section.section_name}] {item.name}",
            written.line,
            f"; {item.help}",
        )
    else:
        head, line, hint = entry.head, entry.line, entry.hint
    return Fault(line, f"{head}: {error} ({item.type.allowed}{error.suggestion}{hint})")


def cross_fault(item: Key, value: Any, message: str, section: type[Section], written: SectionEntries) -> Fault:
    """Return a fault between keys, at the line of its key or else of the first given key that it names."""
    entry = written.entries.get(item.name)
    if entry is not None:
        return Fault(entry.line, f"{entry.head}: {message}")
    named = (written.entries[word] for word in _words(message) if word in written.entries)
    other = next(named, None)
    place, line = (other.place, other.line) if other else (written.place, written.line)
    text = format_value(item.type.write(value))
    return Fault(line, f"{place}[{section.section_name}] {item.name} = {text} (default): {message}")


def _words(message: str) -> list[str]:
    return re.findall(r"\w+", message)


def _unknown(name: str, keys: Mapping[str, Key], homes: Mapping[str, str]) -> str:
    hint = f"; {name!r} belongs to {homes[name]}" if name in homes else did_you_mean(format_value(name), keys)
    return f"unknown key ({', '.join(keys)}{hint})"
