"""What rooms above bring: the keys of a kind of problem, and whole sections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar

from neat.config.entries import Entry, Fault, SectionEntries, python_entries
from neat.config.fields import key, keys_of
from neat.config.section import Section, build
from neat.config.value_types import InvalidValue, Text, ValueType
from neat.core.errors import ConfigError, did_you_mean

# SectionEntries once per name, by the rooms above when they are imported.
_problems: dict[str, type[ProblemKeys]] = {}
_sections: dict[str, type[Section]] = {}

_ATTRIBUTES_OF_CONFIG = frozenset(
    [
        "run",
        "problem",
        "population",
        "genome",
        "network",
        "mutation",
        "crossover",
        "speciation",
        "reproduction",
        "declared",
        "folder",
        "from_dict",
        "from_ini",
        "path",
        "read",
        "replace",
        "section",
        "sections",
        "to_dict",
        "to_ini",
    ]
)
_LOWER_CASE_NAME = re.compile(r"[a-z_][a-z0-9_.-]*")


@dataclass(frozen=True)
class _ProblemKind(ValueType[str]):
    """A declared kind, or a class of the user's own as `module:Name`."""

    type_name = "kind"

    @property
    def allowed(self) -> str:
        return ", ".join((*_problems, "or module:Name for a class of your own"))

    def read(self, text: str) -> str:
        kind = text.strip()
        if ":" in kind:
            module, _, name = kind.rpartition(":")
            if not module.strip() or not name.strip():
                raise InvalidValue("not a module, a colon and the name of a class")
            return Text().accept(kind)
        if kind.lower() not in _problems:
            raise InvalidValue("unknown kind of problem" if kind else "empty", did_you_mean(kind, _problems))
        return kind.lower()

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise InvalidValue("not text")
        return self.read(value)


@dataclass(frozen=True, kw_only=True)
class ProblemKeys(Section):
    """The base of every problem's keys; `kind` need not be given to a declared class."""

    section_name: ClassVar[str] = "problem"

    kind: str = key(_ProblemKind(), "", "what evaluates the networks; the other keys depend on it")

    def __post_init__(self) -> None:
        """Check every value; fill in the kind of a declared class, and refuse the kind of another."""
        own = [kind for kind, keys in _problems.items() if keys is type(self)]
        if not self.kind and own:
            self.__dict__["kind"] = own[0]
        super().__post_init__()
        expected = _problems.get(self.kind, CustomProblem)
        if expected is not type(self):
            what = f"the keys of this kind are {expected.__name__}, not {type(self).__name__}"
            raise ConfigError([f"[problem] kind = {self.kind}: {what}"])


@dataclass(frozen=True, kw_only=True)
class CustomProblem(ProblemKeys):
    """A problem of the user's own: its `module:Name`, and its other keys as plain text."""

    options: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the kind and every option; numbers and switches become text."""
        problem, faults = build_custom(SectionEntries(python_entries("problem", {**self.options, "kind": self.kind})))
        if problem is None:
            raise ConfigError(fault.text for fault in faults)
        self.__dict__.update(problem.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the options."""
        return {"kind": self.kind, **self.options}

    def to_texts(self, *, full: bool) -> dict[str, str]:
        """Return the INI text of the kind and of every option."""
        return {"kind": self.kind, **{name: Text().write(value) for name, value in self.options.items()}}


def declare_problem(kind: str, keys: type[ProblemKeys]) -> None:
    """Register the keys of `[problem] kind = <kind>`; one class may serve several kinds.

    Raises:
        ValueError: the kind is taken by another class, or the class is not a section of keys.
    """
    if not _LOWER_CASE_NAME.fullmatch(kind):
        raise ValueError(f"{kind!r} is not a kind of problem: lower-case letters, digits, '_', '-', '.'")
    _check_keys(keys)
    _register(_problems, kind, keys)


def declare_section(name: str, keys: type[Section]) -> None:
    """Register a section of a room above, `config.<name>`; each of its keys needs a default.

    Raises:
        ValueError: the name is taken by another class, or the class is not a section of keys with defaults.
    """
    if not name.isidentifier() or name != name.lower() or name in _ATTRIBUTES_OF_CONFIG:
        raise ValueError(f"{name!r} is not the name of a section: a lower-case identifier, new to Config")
    _check_keys(keys)
    without = [item.name for item in keys_of(keys).values() if item.is_required]
    if without:
        raise ValueError(f"{keys.__name__}: {', '.join(without)} without a default, in a section that may be absent")
    _register(_sections, name, keys)
    keys.section_name = name


def declared_problems() -> Mapping[str, type[ProblemKeys]]:
    """Return the keys of every declared kind of problem."""
    return MappingProxyType(_problems)


def declared_sections() -> Mapping[str, type[Section]]:
    """Return the keys of every declared section."""
    return MappingProxyType(_sections)


def build_problem(written: SectionEntries, homes: Mapping[str, str]) -> tuple[ProblemKeys | None, list[Fault]]:
    """Return the problem that was written, or None, and every fault in it."""
    entry = written.entries.get("kind")
    kind = keys_of(ProblemKeys)["kind"].type
    if entry is None:
        return None, [Fault(written.line, f"{written.place}[problem] kind: missing ({kind.allowed})")]
    try:
        name = kind.read(str(entry.value)) if entry.is_text else kind.accept(entry.value)
    except InvalidValue as error:
        return None, [Fault(entry.line, f"{entry.head}: {error} ({kind.allowed}{error.suggestion})")]
    return build_custom(written) if ":" in name else build(_problems[name], written, homes)


def build_custom(written: SectionEntries) -> tuple[CustomProblem | None, list[Fault]]:
    """Return the problem of the user's own that was written, or None, and every fault in it."""
    kind = SectionEntries({name: entry for name, entry in written.entries.items() if name == "kind"})
    problem, faults = build(CustomProblem, kind)
    if problem is not None and ":" not in problem.kind:
        faults.append(Fault(0, f"{written.entries['kind'].head}: not a class of your own (module:Name)"))
    options = {}
    for name, entry in written.entries.items():
        try:
            if name != "kind":
                options[name] = _option(name, entry)
        except InvalidValue as error:
            faults.append(Fault(entry.line, f"{entry.head}: {error} (one line of text, a number, yes or no)"))
    if problem is None or faults:
        return None, faults
    problem.__dict__["options"] = options
    return problem, faults


def _option(name: str, entry: Entry) -> str:
    if not isinstance(name, str) or not _LOWER_CASE_NAME.fullmatch(name):
        raise InvalidValue("the key is not made of lower-case letters, digits, '_', '-' and '.'")
    if entry.is_text:
        return Text().read(str(entry.value))
    if isinstance(entry.value, bool):
        return "yes" if entry.value else "no"
    if isinstance(entry.value, (int, float)):
        try:
            return repr(entry.value)
        except ValueError:
            raise InvalidValue("too many digits") from None
    return Text().accept(entry.value)


def _check_keys(keys: type[Section]) -> None:
    foreign = [item.name for item in fields(keys) if "type" not in item.metadata or item.name != item.name.lower()]
    if foreign:
        raise ValueError(f"{keys.__name__}: {', '.join(foreign)} not made by `key` or `required`, or not lower case")


def _register(registry: dict[str, Any], name: str, keys: type[Section]) -> None:
    if registry.setdefault(name, keys) is not keys:
        raise ValueError(f"{name!r} is declared already, by {registry[name].__name__}")
