"""The field helper: a section declares `size: int = key(whole(2, 100), 50, "how many genomes")`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from neat.config.kinds import (
    LARGEST_NUMBER,
    LARGEST_WHOLE,
    Choice,
    Either,
    FilePath,
    Kind,
    Number,
    Several,
    Text,
    Whole,
    YesNo,
)

Value = TypeVar("Value")
Word = TypeVar("Word")
Name = TypeVar("Name", bound=str)


def whole(low: int, high: int = LARGEST_WHOLE) -> Kind[int]:
    """Return the kind of whole numbers from low to high."""
    return Whole(low, high)


def number(low: float = -math.inf, high: float | None = None, *, above: bool = False) -> Kind[float]:
    """Return the kind of finite numbers from low to high [2^40 if low is given]; `above` leaves low out."""
    if high is None:
        high = math.inf if low == -math.inf else LARGEST_NUMBER
    return Number(low, high, above)


def probability() -> Kind[float]:
    """Return the kind of numbers from 0 to 1."""
    return Number(0.0, 1.0, above=False)


def yes_no() -> Kind[bool]:
    """Return the kind of switches."""
    return YesNo()


def choice(*words: Name) -> Kind[Name]:
    """Return the kind of one of these lower-case words."""
    return Choice(lambda: words)


def choice_of(words: Callable[[], tuple[str, ...]]) -> Kind[str]:
    """Return the kind of one of the words that the callable gives when they are needed."""
    return Choice(words)


def text(*, empty: bool = True) -> Kind[str]:
    """Return the kind of one line of text."""
    return Text(empty)


def file_path(suffix: str = "") -> Kind[str]:
    """Return the kind of paths (lower-case `suffix`: they must end so); `Config.path` resolves them."""
    return FilePath(suffix=suffix)


def names(of: Callable[[], tuple[str, ...]] | None = None) -> Kind[tuple[str, ...]]:
    """Return the kind of lists of different names, free ones or `of` those that the callable gives."""
    return Several(Choice(of) if of else Text(empty=False), repeats=False)


def wholes(low: int, high: int = LARGEST_WHOLE) -> Kind[tuple[int, ...]]:
    """Return the kind of lists of whole numbers from low to high."""
    return Several(Whole(low, high), repeats=True)


def either(words: Mapping[str, Word], other: Kind[Value]) -> Kind[Word | Value]:
    """Return the kind of words that stand for values (`{"auto": 0}`), or else of another kind."""
    return Either(words, other)


def key(kind: Kind[Value], default: Value, help: str) -> Value:
    """Return the field of a section's dataclass: what it may hold, its default, and one line of help."""
    made: Value = field(default=default, metadata={"kind": kind, "help": help})
    return made


def required(kind: Kind[Value], help: str) -> Value:
    """Return the field of a key that has no default."""
    made: Value = field(metadata={"kind": kind, "help": help})
    return made


@dataclass(frozen=True)
class Key:
    """A key of a section, as its dataclass declares it."""

    name: str
    kind: Kind[Any]
    help: str
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the key must be given."""
        return self.default is MISSING


def keys_of(section: type) -> dict[str, Key]:
    """Return the keys that a section's dataclass declares, in their order."""
    return {
        item.name: Key(item.name, item.metadata["kind"], item.metadata["help"], item.default)
        for item in fields(section)
        if "kind" in item.metadata
    }
