"""All sections of a configuration, built from what the user wrote, with every fault of all sections at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neat.config.combinations import combination_faults
from neat.config.entries import Fault, SectionEntries, python_entries
from neat.config.fields import keys_of
from neat.config.formatting import describe, format_value
from neat.config.options import is_option
from neat.config.registry import (
    CustomProblem,
    ProblemKeys,
    build_custom,
    declared_problems,
    declared_sections,
    problem_class,
)
from neat.config.section import Section, build
from neat.config.sections import (
    CrossoverKeys,
    GenomeKeys,
    MutationKeys,
    NetworkKeys,
    PopulationKeys,
    ReproductionKeys,
    RunKeys,
    SpeciationKeys,
)
from neat.core.errors import ConfigError, did_you_mean

MAX_FAULTS = 100  # in one error; a file with more is probably not a configuration

FIXED_SECTIONS: dict[str, type[Section]] = {
    keys.section_name: keys
    for keys in (
        RunKeys, ProblemKeys, PopulationKeys, GenomeKeys, NetworkKeys, MutationKeys, CrossoverKeys, SpeciationKeys,
        ReproductionKeys,
    )
}  # fmt: skip

Given = Section | Mapping[str, Any] | None


def section_classes() -> dict[str, type[Section]]:
    """Return the class of every section, including those of higher packages."""
    return {**FIXED_SECTIONS, **declared_sections()}


def sections_from_python(given: Mapping[str, Given]) -> dict[str, Section]:
    """Return the sections that were given in Python; a section that is None is left out and has its defaults.

    Raises:
        ConfigError: with every fault in them.
    """
    classes = section_classes()
    objects: dict[str, Section] = {}
    entries: dict[str, SectionEntries] = {}
    faults: list[Fault] = []
    for name, value in given.items():
        if isinstance(value, Mapping):
            entries[name] = python_entries(name, value)
        elif name not in classes:
            if place := _places_of(name):
                faults.append(Fault(0, _key_as_section(name, value, place)))
            else:
                entries[name] = SectionEntries({})  # reported as an unknown section
        elif isinstance(value, classes[name]):
            objects[name] = value
        elif value is not None:
            expected = f"a dict of its keys, or {classes[name].__name__}"
            faults.append(Fault(0, f"[{name}] {format_value(value)}: not a section ({expected})"))
    return build_sections(entries, objects, faults)


def build_sections(
    entries: Mapping[str, SectionEntries], objects: Mapping[str, Section], faults: Iterable[Fault]
) -> dict[str, Section]:
    """Return the given objects and the sections that the entries describe.

    Raises:
        ConfigError: with the given faults and every fault in the entries, in the order of lines.
    """
    sections, found = dict(objects), list(faults)
    for name, given in entries.items():
        section, section_faults = _build_section(name, given)
        found += section_faults
        if section is not None:
            sections[name] = section
    if not found:
        found += combination_faults(sections, entries)
    if found:
        messages = [fault.message for fault in sorted(found, key=lambda fault: fault.line)]
        if len(messages) > MAX_FAULTS:
            messages[MAX_FAULTS:] = [f"... and {len(messages) - MAX_FAULTS} more faults"]
        raise ConfigError(messages)
    return sections


def _build_section(name: str, given: SectionEntries) -> tuple[Section | None, list[Fault]]:
    keys = section_classes().get(name)
    if keys is None:
        return None, [] if given.is_broken else [_unknown_section(name, given)]
    if keys is ProblemKeys:
        keys, faults = problem_class(given)
        if keys is None:
            return None, faults
        if keys is CustomProblem:
            return build_custom(given)
    section, faults = build(keys, given)
    known = keys_of(keys)
    unknown = [
        Fault(entry.line, f"{entry.head}: {_unknown_key(key, known)}")
        for key, entry in given.entries.items()
        if key not in known and not is_option(key, known)
    ]
    return (None if unknown else section), [*unknown, *faults]


def _unknown_section(name: str, given: SectionEntries) -> Fault:
    classes = section_classes()
    allowed = f"{', '.join(classes)}{did_you_mean(format_value(name), classes)}"
    return Fault(given.line, f"{given.place}[{format_value(name)}]: unknown section ({allowed})")


def _unknown_key(name: str, known: Iterable[str]) -> str:
    place = _places_of(name)
    hint = f"; {name!r} belongs to {place}" if place else did_you_mean(format_value(name), known)
    return f"unknown key ({', '.join(known)}{hint})"


def _key_as_section(name: str, value: object, place: str) -> str:
    """Return the fault of a key that was given in Python as if it were a section."""
    section = place[1 : place.index("]")]
    correct = f"{section}={{{name!r}: {describe(value)}}}"
    return f"{name} = {describe(value)}: not a section, but a key of {place} (write {correct})"


def _places_of(key: str) -> str:
    """Return the sections that have this key, or an empty string."""
    places = [f"[{name}]" for name, section in section_classes().items() if key in section.__dataclass_fields__]
    places += [
        f"[problem] with kind = {kind}"
        for kind, problem in declared_problems().items()
        if key in problem.__dataclass_fields__ and key != "kind"
    ]
    return " or ".join(places)
