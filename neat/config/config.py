"""The configuration: one object with every setting of a run, checked completely when it is made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Never

from neat.config.arguments import argument_error, switch
from neat.config.arguments import path as checked_path
from neat.config.assembly import FIXED_SECTIONS, Given, build_sections, section_classes, sections_from_python
from neat.config.formatting import describe, format_value
from neat.config.reader import Document, override, read_file, read_text
from neat.config.registry import ProblemKeys, add_section, declared_sections
from neat.config.section import AnySection, Section
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
from neat.core.errors import ConfigError, NeatError, did_you_mean
from neat.core.neat_python import ITS_HOME, foreign_configuration

_UNNAMED = (
    "neat.Config takes its sections by name, such as neat.Config(run={'seed': 1}); neat.load('FILE.ini') reads a file "
    f"(neat-python takes classes for the genome, the species and so on; neat-engine does not. {ITS_HOME})"
)


@dataclass(frozen=True, init=False)
class Config:
    """Every setting of a run, in one field for each section.

    Attributes:
        problem: None if the problem is passed from Python.
        declared: the sections of higher packages that differ from their defaults; `config.learning` and
            `config.section(LearningKeys)` return any of these sections.
        folder: where relative paths start: the folder of the INI file, or the current folder. Configurations that
            differ only in their folders are equal.
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
        """Make a configuration from sections, each of them an object or a dict of its keys [defaults].

        Args:
            declared: more sections by name, like further keyword arguments.
            folder: where relative paths start [the current folder].

        Raises:
            ConfigError: with every fault in the sections.
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
        sections = sections_from_python(given)
        for name, keys in FIXED_SECTIONS.items():
            self.__dict__[name] = sections.pop(name, None if name == "problem" else keys())
        self.__dict__["declared"] = {name: made for name, made in sorted(sections.items()) if made != type(made)()}
        self.__dict__["folder"] = (
            _current_folder() if folder is None else Path(os.path.abspath(checked_path("folder", folder)))
        )

    def __getattr__(self, name: str) -> Section:
        """Return the section of a higher package, which has its defaults if it was not given."""
        declared: Mapping[str, Section] = self.__dict__.get("declared", {})
        if name in declared:
            return declared[name]
        if name in declared_sections():
            return declared_sections()[name]()
        raise AttributeError(f"a configuration has no section {name!r}{did_you_mean(name, section_classes())}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Given], folder: str | os.PathLike[str] | None = None) -> Config:
        """Return the configuration that a dict of sections describes, such as that of `to_dict`.

        Raises:
            ConfigError: with every fault in the sections.
        """
        if not isinstance(data, Mapping):
            raise ConfigError([f"{format_value(data)}: not a dict of sections (for example {{'run': {{'seed': 42}}}})"])
        return cls(declared=data, folder=folder)

    @classmethod
    def from_ini(
        cls,
        text: str,
        name: str = "<ini>",
        folder: str | os.PathLike[str] | None = None,
        overrides: Iterable[str] = (),
    ) -> Config:
        """Return the configuration that an INI text describes.

        Args:
            text: the INI text.
            name: what faults call the text.
            folder: where relative paths in the text start [the current folder].
            overrides: texts `section.key=value` that replace settings of the text. Relative paths in them start at
                the current folder.

        Raises:
            ConfigError: with every fault in the text and the overrides.
        """
        folder = None if folder is None else checked_path("folder", folder)
        return cls._from_document(read_text(text, name), folder, overrides)

    @classmethod
    def read(cls, path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Config:
        """Return the configuration in an INI file; relative paths in it start at its folder.

        Args:
            path: the INI file.
            overrides: texts `section.key=value` that replace settings of the file. Relative paths in them start at
                the current folder.

        Raises:
            ConfigError: the file cannot be read; or with every fault in it and in the overrides.
        """
        document = read_text(read_file(path), os.fspath(path))
        if not document.sections and not document.faults:
            raise ConfigError([f"{path}: is empty (a configuration needs at least [problem] and its kind)"])
        return cls._from_document(document, Path(os.path.abspath(path)).parent, overrides)

    @classmethod
    def _from_document(cls, document: Document, folder: Path | None, overrides: Iterable[str]) -> Config:
        document = override(document, overrides, _other_folder(folder))
        foreign = foreign_configuration({name: given.entries for name, given in document.sections.items()})
        if foreign:
            raise ConfigError([f"{document.name}: {foreign[0]}", *foreign[1:]])
        return cls(declared=build_sections(document.sections, {}, document.faults), folder=folder)

    @property
    def sections(self) -> dict[str, Section]:
        """Every section by its name, those of higher packages included; `problem` only if it is not None."""
        names = [*FIXED_SECTIONS, *declared_sections(), *self.declared]
        return {name: section for name in names if (section := getattr(self, name)) is not None}

    def section(self, keys: type[AnySection]) -> AnySection:
        """Return the section of a class: `config.section(LearningKeys)`."""
        if not (isinstance(keys, type) and issubclass(keys, Section)):
            raise argument_error("keys", keys, "the class of a section, such as neat.config.RunKeys")
        found = self.sections.get(keys.section_name)
        if not isinstance(found, keys):
            raise TypeError(f"this configuration has no section of {keys.__name__}")
        return found

    def path(self, value: str) -> Path:
        """Return the path in a setting; relative ones start at `folder`, `~` is the home folder."""
        checked_path("value", value)
        return self.folder / os.path.expanduser(value)

    def to_ini(self, *, full: bool = False) -> str:
        """Return INI text of the settings that differ from their defaults, or of all with `full`."""
        full = switch("full", full)
        parts = []
        for name, section in self.sections.items():
            texts = section.to_texts(full=full)
            if texts:
                parts.append("\n".join([f"[{name}]", *(f"{key} = {text}".rstrip() for key, text in texts.items())]))
        return "\n\n".join(parts or ["[run]"]) + "\n"

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return every section as a dict of values that JSON can hold; `from_dict` makes the configuration again."""
        return {name: values for name, section in self.sections.items() if (values := section.to_dict())}

    def with_seed(self, seed: int) -> Config:
        """Return the configuration with another seed, made without checking everything again."""
        other = object.__new__(Config)
        other.__dict__.update(self.__dict__, run=replace(self.run, seed=seed))
        return other

    def replace(self, **changes: Given) -> Config:
        """Return a configuration with some settings changed.

        Args:
            changes: for each section a dict of the keys to change, an object that replaces the section, or None for
                its defaults. A dict with another kind of problem replaces the problem.

        Raises:
            ConfigError: with every fault in the sections.
        """
        given: dict[str, Given] = dict(self.sections)
        for name, change in changes.items():
            old = given.get(name)
            if isinstance(change, Mapping) and isinstance(old, Section):
                values = old.to_dict()
                if name != "problem" or change.get("kind", values["kind"]) == values["kind"]:
                    change = {**values, **change}
            given[name] = change
        return Config.from_dict(given, self.folder)


def declare_section(name: str, keys: type[Section]) -> None:
    """Declare a section of a higher package, which becomes `config.<name>`; each of its keys needs a default.

    Raises:
        ValueError: another class or attribute has this name, or the class is not a section of keys with defaults.
    """
    attributes = {*dir(Config), *(item.name for item in fields(Config))}
    if not name.isidentifier() or name != name.lower() or name in attributes:
        raise ValueError(f"{name!r} is not the name of a section: a lower-case identifier, new to Config")
    add_section(name, keys)


def checked_config(config: object) -> Config:
    """Return an argument that must be a configuration.

    Raises:
        NeatError: it is something else, such as the name of a file.
    """
    if not isinstance(config, Config):
        raise NeatError(
            f"a configuration is a neat.Config, not {describe(config)} (neat.load(PATH) reads one, "
            "neat.Config(problem={...}) makes one)"
        )
    return config


def _other_folder(folder: Path | None) -> str:
    """Return the current folder, or an empty string if it is the given folder of a configuration."""
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
