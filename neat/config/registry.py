"""The kinds of problem and the sections that higher packages declare, and the section `[problem]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from neat.config.entries import Fault, SectionEntries, python_entries
from neat.config.fields import key, keys_of
from neat.config.section import AnySection, Section, build
from neat.config.value_types import InvalidValue, Text, ValueType
from neat.core.errors import ConfigError, did_you_mean
from neat.core.hooks import call_hook

# Filled by `neat.composition.declare` before they are first read.
_problems: dict[str, type[ProblemKeys]] = {}
_sections: dict[str, type[Section]] = {}

_LOWER_CASE_NAME = re.compile(r"[a-z_][a-z0-9_.-]*")


@dataclass(frozen=True)
class _ProblemKind(ValueType[str]):
    """A declared kind of problem, or the user's own class as `module:Name`."""

    type_name = "kind"

    @property
    def allowed(self) -> str:
        return ", ".join((*declared_problems(), "or module:Name for a class of your own"))

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise InvalidValue("not text")
        kind = value.strip()
        module, colon, name = kind.rpartition(":")
        if colon:
            if not module.strip() or not name.strip():
                raise InvalidValue("not a module, a colon and the name of a class")
            return Text().accept(kind)
        if kind.lower() not in declared_problems():
            raise InvalidValue("unknown kind of problem" if kind else "empty", did_you_mean(kind, declared_problems()))
        return kind.lower()


@dataclass(frozen=True)
class _Option(Text):
    """A value for the user's own class: text, or a number or switch that becomes text."""

    allowed = "one line of text, a number, yes or no"

    def accept(self, value: object) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (int, float)):
            try:
                return repr(value)
            except ValueError:
                raise InvalidValue("too many digits") from None
        return super().accept(value)


@dataclass(frozen=True, kw_only=True)
class ProblemKeys(Section):
    """The base class of the keys of every kind of problem; a declared class knows its `kind`."""

    section_name: ClassVar[str] = "problem"

    kind: str = key(_ProblemKind(), "", "what evaluates the networks; the other keys depend on it")

    def __post_init__(self) -> None:
        """Check every value, fill in the kind of a declared class, and reject the kind of another class."""
        own_kind = next((kind for kind, keys in declared_problems().items() if keys is type(self)), None)
        if not self.kind and own_kind is not None:
            self.__dict__["kind"] = own_kind
        super().__post_init__()
        expected = declared_problems().get(self.kind, CustomProblem)
        if expected is not type(self):
            message = f"the keys of this kind are {expected.__name__}, not {type(self).__name__}"
            raise ConfigError([f"[problem] kind = {self.kind}: {message}"])


@dataclass(frozen=True, kw_only=True)
class CustomProblem(ProblemKeys):
    """The user's own problem: `module:Name` as its kind, and every other key as plain text."""

    options: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the kind and every option; numbers and switches become text."""
        problem, faults = build_custom(python_entries("problem", {**self.options, "kind": self.kind}))
        if problem is None:
            raise ConfigError(fault.message for fault in faults)
        self.__dict__.update(problem.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the options."""
        return {"kind": self.kind, **self.options}

    def to_texts(self, *, full: bool) -> dict[str, str]:
        """Return the INI text of the kind and of every option."""
        return {"kind": self.kind, **{name: Text().write(value) for name, value in self.options.items()}}


def declare_problem(kind: str, keys: type[ProblemKeys]) -> None:
    """Declare the keys of `[problem] kind = <kind>`; one class may serve several kinds.

    Raises:
        ValueError: another class has this kind, or the class is not a section of keys.
    """
    if not _LOWER_CASE_NAME.fullmatch(kind):
        raise ValueError(f"{kind!r} is not a kind of problem: lower-case letters, digits, '_', '-', '.'")
    _declare(_problems, kind, keys)


def add_section(name: str, keys: type[Section]) -> None:
    """Add a section under a name that `declare_section` has checked.

    Raises:
        ValueError: another class has this name, or the class is not a section of keys with defaults.
    """
    required = [item.name for item in keys_of(keys).values() if item.is_required]
    if required:
        raise ValueError(f"{keys.__name__}: {', '.join(required)} without a default, in a section that may be absent")
    _declare(_sections, name, keys)
    keys.section_name = name


def declared_problems() -> Mapping[str, type[ProblemKeys]]:
    """Return the keys of every declared kind of problem."""
    _declare_all()
    return MappingProxyType(_problems)


def declared_sections() -> Mapping[str, type[Section]]:
    """Return the keys of every declared section."""
    _declare_all()
    return MappingProxyType(_sections)


@cache
def _declare_all() -> None:
    call_hook("declare")


def problem_class(given: SectionEntries) -> tuple[type[ProblemKeys] | None, list[Fault]]:
    """Return the class for the kind that the entries name, or None and the fault of the kind."""
    if "kind" not in given.entries:
        return None, [Fault(given.line, f"{given.place}[problem] kind: missing ({_ProblemKind().allowed})")]
    base, faults = build(ProblemKeys, given)
    return (None if base is None else declared_problems().get(base.kind, CustomProblem)), faults


def build_custom(given: SectionEntries) -> tuple[CustomProblem | None, list[Fault]]:
    """Return the user's own problem that the entries describe, or None, and every fault in them."""
    problem, faults = build(CustomProblem, given)
    if problem is not None and ":" not in problem.kind:
        faults.append(Fault(0, f"{given.entries['kind'].head}: not a class of your own (module:Name)"))
    options = {}
    for name, entry in given.entries.items():
        if name == "kind":
            continue
        try:
            if not isinstance(name, str) or not _LOWER_CASE_NAME.fullmatch(name):
                raise InvalidValue("the key is not made of lower-case letters, digits, '_', '-' and '.'")
            options[name] = _Option().accept(entry.value)
        except InvalidValue as error:
            faults.append(Fault(entry.line, f"{entry.head}: {error} ({_Option.allowed})"))
    if problem is None or faults:
        return None, faults
    problem.__dict__["options"] = options
    return problem, faults


def _declare(declared: dict[str, type[AnySection]], name: str, keys: type[AnySection]) -> None:
    foreign = [item.name for item in fields(keys) if "type" not in item.metadata or item.name != item.name.lower()]
    if foreign:
        raise ValueError(f"{keys.__name__}: {', '.join(foreign)} not made by `key` or `required`, or not lower case")
    if declared.setdefault(name, keys) is not keys:
        raise ValueError(f"{name!r} is declared already, by {declared[name].__name__}")
