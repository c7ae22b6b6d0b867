"""The base class of sections, whose objects always hold allowed values, and how one is built from its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from neat.config.entries import Entry, Fault, SectionEntries, python_entries
from neat.config.fields import Key, keys_of
from neat.config.formatting import format_value
from neat.config.options import AnyOptions, Options
from neat.config.value_types import InvalidValue
from neat.core.errors import ConfigError

AnySection = TypeVar("AnySection", bound="Section")


@dataclass(frozen=True, kw_only=True)
class Section:
    """The base class of sections: dataclasses with fields made by `key` or `required`.

    Raises:
        ConfigError: a value is not allowed; each fault reads `[section] key = value: what is wrong (...)`.
    """

    section_name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Check every value and replace it by its normal form, such as a list by a tuple."""
        values = {name: getattr(self, name) for name in keys_of(type(self))}
        section, faults = build(type(self), python_entries(self.section_name, values))
        if section is None:
            raise ConfigError(fault.message for fault in faults)
        self.__dict__.update(section.__dict__)

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a key and a message for each conflict between keys; the message names the other keys involved.

        A conflict is not reported if one of these keys has a fault of its own, since it then has its default value.
        """
        return iter(())

    def to_dict(self) -> dict[str, Any]:
        """Return the value of every key."""
        return {
            name: dict(getattr(self, name)) if isinstance(key.type, Options) else getattr(self, name)
            for name, key in keys_of(type(self)).items()
        }

    def to_texts(self, *, full: bool) -> dict[str, str]:
        """Return the INI text of every key, or only of those that differ from their defaults."""
        texts: dict[str, str] = {}
        for key in keys_of(type(self)).values():
            value = getattr(self, key.name)
            if isinstance(key.type, Options):
                texts |= {f"{key.name}.{name}": key.type.write(option) for name, option in value}
            elif full or value != key.default:
                texts[key.name] = key.type.write(value)
        return texts


def build(section: type[AnySection], given: SectionEntries) -> tuple[AnySection | None, list[Fault]]:
    """Return the section that the entries describe, or None, and every fault of its values; ignore unknown keys."""
    keys = keys_of(section)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, key in keys.items():
        entry = given.entries.get(name)
        if isinstance(key.type, Options):
            values[name], option_faults = _options(key.type, entry, name, given)
            faults += option_faults
            continue
        try:
            if entry is not None:
                values[name] = key.type.accept(entry.value)
            elif key.is_required:
                raise InvalidValue("missing", f"; {key.help}")
            else:
                values[name] = key.default
        except InvalidValue as error:
            faults.append(_value_fault(section, key, entry, error, given))
    faulty = keys.keys() - values.keys()
    if any(keys[name].is_required for name in faulty):
        return None, faults
    made = object.__new__(section)
    made.__dict__.update({name: values.get(name, key.default) for name, key in keys.items()})
    for name, message in made.check():
        if faulty.isdisjoint((name, *_words(message))):
            faults.append(conflict_fault(made, name, message, given))
    return (None if faults else made), faults


def _options(
    type_of_options: Options, entry: Entry | None, name: str, given: SectionEntries
) -> tuple[AnyOptions, list[Fault]]:
    """Return the options under a key, given as a dict or one by one as `name.OPTION`, and the faults in them."""
    options: dict[str, Any] = {}
    faults = []
    if entry is not None:
        try:
            options.update(type_of_options.accept(entry.value))
        except InvalidValue as error:
            faults.append(Fault(entry.line, f"{entry.head}: {error} ({type_of_options.allowed})"))
    for place, one in given.entries.items():
        prefix, dot, option = place.partition(".") if isinstance(place, str) else ("", "", "")
        if prefix != name or not dot:
            continue
        try:
            options.update(type_of_options.accept({option: one.value}))
        except InvalidValue as error:
            faults.append(Fault(one.line, f"{one.head}: {error} ({type_of_options.allowed})"))
    return tuple(options.items()), faults


def _value_fault(
    section: type[Section], key: Key, entry: Entry | None, error: InvalidValue, given: SectionEntries
) -> Fault:
    if entry is None:
        head, line, hint = f"{given.place}[{section.section_name}] {key.name}", given.line, ""
    else:
        head, line, hint = entry.head, entry.line, entry.hint
    return Fault(line, f"{head}: {error} ({key.type.allowed}{error.suggestion}{hint})")


def conflict_fault(section: Section, name: str, message: str, given: SectionEntries) -> Fault:
    """Return the fault of a conflict between keys, at the line of its key or else of the first key that it names."""
    entry = given.entries.get(name)
    if entry is not None:
        return Fault(entry.line, f"{entry.head}: {message}")
    named = (given.entries[word] for word in _words(message) if word in given.entries)
    source = next(named, given)
    text = format_value(keys_of(type(section))[name].type.write(getattr(section, name)))
    return Fault(source.line, f"{source.place}[{section.section_name}] {name} = {text} (default): {message}")


def _words(message: str) -> list[str]:
    return re.findall(r"\w+", message)
