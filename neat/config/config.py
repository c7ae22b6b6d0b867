"""The configuration: one object that holds every setting of a run, checked completely when it is made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Never, TypeVar

from neat.config.arguments import path as checked_path
from neat.config.arguments import switch, wrong
from neat.config.combinations import combination_faults
from neat.config.declared import ProblemKeys, build_problem, declared_problems, declared_sections
from neat.config.fields import keys_of
from neat.config.reader import Document, override, read_file, read_text
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
from neat.config.written import Fault, Written, describe, format_value, python_entries
from neat.core.errors import ConfigError, NeatError, did_you_mean
from neat.core.neat_python import ITS_HOME, foreign_configuration

MOST_FAULTS = 100  # faults that one error tells; a file with more is probably no configuration

FIXED_SECTIONS: dict[str, type[Section]] = {
    "run": RunKeys,
    "problem": ProblemKeys,
    "population": PopulationKeys,
    "genome": GenomeKeys,
    "network": NetworkKeys,
    "mutation": MutationKeys,
    "crossover": CrossoverKeys,
    "speciation": SpeciationKeys,
    "reproduction": ReproductionKeys,
}

_UNNAMED = (
    "neat.Config takes its sections by name, such as neat.Config(run={'seed': 1}); neat.load('FILE.ini') reads a file "
    f"(neat-python takes classes for the genome, the species and so on; neat-engine does not. {ITS_HOME})"
)

AnySection = TypeVar("AnySection", bound=Section)
Given = Section | Mapping[str, Any] | None


@dataclass(frozen=True, init=False)
class Config:
    """Every setting of a run, a field per section.

    `problem` is None if the problem is passed from Python. `folder` is where relative paths begin: the
    INI file's, or the current one; it is no part of equality. `declared` holds the sections that rooms above
    brought, where they differ from their defaults; `config.learning` and `section` find them.
    """

    run: RunKeys
    problem: ProblemKeys | None
    population: PopulationKeys
    genome: GenomeKeys
    network: NetworkKeys
    mutation: MutationKeys
    crossover: CrossoverKeys
    speciation: SpeciationKeys
    reproduction: ReproductionKeys
    declared: Mapping[str, Section]
    folder: Path = field(compare=False)

    def __init__(
        self,
        *unnamed: Never,
        run: Given = None,
        problem: Given = None,
        population: Given = None,
        genome: Given = None,
        network: Given = None,
        mutation: Given = None,
        crossover: Given = None,
        speciation: Given = None,
        reproduction: Given = None,
        declared: Mapping[str, Given] | None = None,
        folder: str | os.PathLike[str] | None = None,
        **more: Given,
    ) -> None:
        """Make a configuration from sections, each an object or a dict of its keys; the rest is default.

        Raises:
            ConfigError: with every fault in what was given.
        """
        if unnamed:
            raise ConfigError([_UNNAMED])
        given = {
            "run": run,
            "problem": problem,
            "population": population,
            "genome": genome,
            "network": network,
            "mutation": mutation,
            "crossover": crossover,
            "speciation": speciation,
            "reproduction": reproduction,
            **(declared or {}),
            **more,
        }
        sections, faults = _settle(given)
        _raise_if_any(faults)
        for name in FIXED_SECTIONS:
            self.__dict__[name] = sections.pop(name, None if name == "problem" else FIXED_SECTIONS[name]())
        self.__dict__["declared"] = {name: made for name, made in sorted(sections.items()) if made != type(made)()}
        self.__dict__["folder"] = (
            _current_folder() if folder is None else Path(os.path.abspath(checked_path("folder", folder)))
        )

    def __getattr__(self, name: str) -> Section:
        """Return a section that a room above declared (what is given, or its defaults)."""
        declared = self.__dict__.get("declared", {})
        if name in declared:
            found: Section = declared[name]
            return found
        if name in declared_sections():
            return declared_sections()[name]()
        raise AttributeError(f"a configuration has no section {name!r}{did_you_mean(name, _section_classes())}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Given], folder: str | os.PathLike[str] | None = None) -> Config:
        """Return the configuration that a dict of sections describes, as `to_dict` gives it."""
        if not isinstance(data, Mapping):
            raise ConfigError([f"{format_value(data)}: not a dict of sections (for example {{'run': {{'seed': 42}}}})"])
        sections, faults = _settle(data)
        _raise_if_any(faults)
        return cls._of(sections, folder)

    @classmethod
    def from_ini(
        cls,
        text: str,
        name: str = "<ini>",
        folder: str | os.PathLike[str] | None = None,
        overrides: Iterable[str] = (),
    ) -> Config:
        """Return the configuration that an INI text describes.

        Faults call the text by `name`. `overrides` are `section.key=value` texts that replace what it says. Relative
        paths in the text start at `folder` [the current folder], those in the overrides at the current folder.

        Raises:
            ConfigError: with every fault in the text and the overrides.
        """
        folder = None if folder is None else checked_path("folder", folder)
        return cls._from_document(override(read_text(text, name), overrides, _elsewhere(folder)), folder)

    @classmethod
    def read(cls, path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Config:
        """Return the configuration in an INI file; relative paths in it begin at its folder.

        Paths in `overrides` start at the current folder, as on the command line.

        Raises:
            ConfigError: the file cannot be read, or with every fault in it and in the overrides.
        """
        document = read_text(read_file(path), os.fspath(path))
        if not document.sections and not document.faults:
            raise ConfigError([f"{path}: is empty (a configuration needs at least [problem] and its kind)"])
        folder = Path(os.path.abspath(path)).parent
        return cls._from_document(override(document, overrides, _elsewhere(folder)), folder)

    @property
    def sections(self) -> dict[str, Section]:
        """Every section by its name, with those that rooms above declared; no problem where it is None."""
        names = [*FIXED_SECTIONS, *declared_sections(), *self.declared]
        return {name: made for name in names if (made := getattr(self, name)) is not None}

    def section(self, keys: type[AnySection]) -> AnySection:
        """Return the section of a declared class, typed: `config.section(LearningKeys)`."""
        if not (isinstance(keys, type) and issubclass(keys, Section)):
            raise wrong("keys", keys, "the class of a section, such as neat.config.RunKeys")
        found = self.sections.get(keys.section_name)
        if not isinstance(found, keys):
            raise TypeError(f"this configuration has no section of {keys.__name__}")
        return found

    def path(self, value: str) -> Path:
        """Return the path that a key names: relative ones begin at `folder`, `~` is the home folder."""
        checked_path("value", value)
        return self.folder / os.path.expanduser(value)

    def to_ini(self, *, full: bool = False) -> str:
        """Return INI text that reads back as this configuration: what differs from defaults, or `full`."""
        parts, full = [], switch("full", full)
        for name, section in self.sections.items():
            texts = section.to_texts(full=full)
            if texts:
                parts.append("\n".join([f"[{name}]", *(f"{key} = {text}".rstrip() for key, text in texts.items())]))
        return "\n\n".join(parts or ["[run]"]) + "\n"

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return every section as a dict of its values; `from_dict` takes it back, also by way of JSON."""
        return {name: values for name, section in self.sections.items() if (values := section.to_dict())}

    def replace(self, **changes: Given) -> Config:
        """Return a configuration with some keys changed.

        A dict changes the keys it names (a new kind of problem forgets the old one's keys), an object takes
        the section's place, None puts its defaults back.
        """
        given: dict[str, Given] = dict(self.sections)
        for name, change in changes.items():
            if isinstance(change, Mapping) and isinstance(old := given.get(name), Section):
                same = name != "problem" or change.get("kind", old.to_dict()["kind"]) == old.to_dict()["kind"]
                change = {**old.to_dict(), **change} if same else change
            given[name] = change
        return Config.from_dict(given, self.folder)

    @classmethod
    def _from_document(cls, document: Document, folder: str | os.PathLike[str] | None) -> Config:
        foreign = foreign_configuration({name: made.entries for name, made in document.sections.items()})
        if foreign:
            raise ConfigError([f"{document.name}: {foreign[0]}", *foreign[1:]])
        sections, faults = _settle_written(document.sections)
        _raise_if_any([*document.faults, *faults] or _combined(sections, document.sections))
        return cls._of(sections, folder)

    @classmethod
    def _of(cls, sections: Mapping[str, Section], folder: str | os.PathLike[str] | None) -> Config:
        known: dict[str, Any] = {name: made for name, made in sections.items() if name in FIXED_SECTIONS}
        declared = {name: made for name, made in sections.items() if name not in FIXED_SECTIONS}
        return cls(folder=folder, declared=declared, **known)


def _settle(given: Mapping[str, Given]) -> tuple[dict[str, Section], list[Fault]]:
    """Return the sections that were given in Python, and every fault in them."""
    classes, homes = _section_classes(), _homes()
    sections: dict[str, Section] = {}
    written: dict[str, Written] = {}
    faults: list[Fault] = []
    for name, value in given.items():
        if name not in classes and not isinstance(value, Mapping) and name in homes:
            faults.append(Fault(0, _key_for_section(name, value, homes[name])))
        elif isinstance(value, Mapping) or name not in classes:
            entries = python_entries(name, value) if isinstance(value, Mapping) else {}
            written[name] = Written(entries)
        elif isinstance(value, classes[name]):
            sections[name] = value
        elif value is not None:
            expected = classes[name].__name__
            faults.append(
                Fault(0, f"[{name}] {format_value(value)}: not a section (a dict of its keys, or {expected})")
            )
    built, more = _settle_written(written)
    settled = {**sections, **built}
    return settled, [*faults, *more] or _combined(settled, written)


def _key_for_section(name: str, value: object, home: str) -> str:
    """Return the fault of a key that was passed in Python as if it were a section."""
    section = home[1 : home.index("]")]
    written = f"{section}={{{name!r}: {describe(value)}}}"
    return f"{name} = {describe(value)}: not a section, but a key of {home} (write {written})"


def _settle_written(written: Mapping[str, Written]) -> tuple[dict[str, Section], list[Fault]]:
    """Return the sections that were written, and every fault in them."""
    classes = _section_classes()
    homes = _homes()
    sections: dict[str, Section] = {}
    faults: list[Fault] = []
    for name, section in written.items():
        if name not in classes:
            if not section.broken:
                allowed = f"{', '.join(classes)}{did_you_mean(format_value(name), classes)}"
                faults.append(
                    Fault(section.line, f"{section.place}[{format_value(name)}]: unknown section ({allowed})")
                )
            continue
        made: Section | None
        if name == "problem":
            made, found = build_problem(section, homes)
        else:
            made, found = build(classes[name], section, homes)
        faults += found
        if made is not None:
            sections[name] = made
    return sections, faults


def _combined(sections: Mapping[str, Section], written: Mapping[str, Written]) -> list[Fault]:
    """Return the faults between sections; sections that are not given have their defaults."""
    defaults = {name: made() for name, made in FIXED_SECTIONS.items() if name not in sections and name != "problem"}
    return list(combination_faults({**defaults, **sections}, written))


def _section_classes() -> dict[str, type[Section]]:
    return {**FIXED_SECTIONS, **declared_sections()}


def _homes() -> dict[str, str]:
    """Return where each key belongs, for keys that stand in a wrong section."""
    homes: dict[str, list[str]] = {}
    for name, section in _section_classes().items():
        for key in keys_of(section):
            homes.setdefault(key, []).append(f"[{name}]")
    for kind, problem in declared_problems().items():
        for key in keys_of(problem).keys() - {"kind"}:
            homes.setdefault(key, []).append(f"[problem] with kind = {kind}")
    return {key: " or ".join(places) for key, places in homes.items()}


def checked_config(config: object) -> Config:
    """Return what should be a configuration, if it is one.

    Raises:
        NeatError: it is something else, such as the name of a file.
    """
    if not isinstance(config, Config):
        raise NeatError(
            f"a configuration is a neat.Config, not {describe(config)} (neat.load(PATH) reads one, "
            "neat.Config(problem={...}) makes one)"
        )
    return config


def _raise_if_any(faults: Iterable[Fault]) -> None:
    texts = [fault.text for fault in sorted(faults, key=lambda fault: fault.line)]
    if len(texts) > MOST_FAULTS:
        texts[MOST_FAULTS:] = [f"... and {len(texts) - MOST_FAULTS} more faults"]
    if texts:
        raise ConfigError(texts)


def _elsewhere(folder: str | os.PathLike[str] | None) -> str:
    """Return the current folder, or an empty string if it is the folder of the configuration."""
    try:
        current = os.getcwd()
        return "" if folder is None or os.path.abspath(folder) == current else current
    except FileNotFoundError:  # it was removed, so relative paths lead nowhere
        return ""


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise NeatError("the current folder no longer exists (change to another one)") from None
