"""The field helper: a section declares `size: int = key(whole(2, 100), 50, "how many genomes")`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from neat.config.value_types import (
    LARGEST_NUMBER,
    LARGEST_WHOLE,
    Choice,
    Either,
    FilePath,
    ListOf,
    Number,
    Text,
    ValueType,
    Whole,
    YesNo,
)

Value = TypeVar("Value")
Word = TypeVar("Word")
Name = TypeVar("Name", bound=str)


def whole(low: int, high: int = LARGEST_WHOLE) -> ValueType[int]:
    """Return the kind of whole numbers from low to high."""
    return Whole(low, high)


def number(low: float = -math.inf, high: float | None = None, *, above: bool = False) -> ValueType[float]:
    """Return the kind of finite numbers from low to high [2^40 if low is given]; `above` leaves low out."""
    if high is None:
        high = math.inf if low == -math.inf else LARGEST_NUMBER
    return Number(low, high, above)


def probability() -> ValueType[float]:
    """Return the kind of numbers from 0 to 1."""
    return Number(0.0, 1.0, above=False)


def yes_no() -> ValueType[bool]:
    """Return the kind of switches."""
    return YesNo()


def choice(*words: Name) -> ValueType[Name]:
    """Return the kind of one of these lower-case words."""
    return Choice(lambda: words)


def choice_of(words: Callable[[], tuple[str, ...]]) -> ValueType[str]:
    """Return the kind of one of the words that the callable gives when they are needed."""
    return Choice(words)


def text(*, empty: bool = True) -> ValueType[str]:
    """Return the kind of one line of text."""
    return Text(empty)


def file_path(suffix: str = "") -> ValueType[str]:
    """Return the kind of paths (lower-case `suffix`: they must end so); `Config.path` resolves them."""
    return FilePath(suffix=suffix)


def names(of: Callable[[], tuple[str, ...]] | None = None) -> ValueType[tuple[str, ...]]:
    """Return the kind of lists of different names, free ones or `of` those that the callable gives."""
    return ListOf(Choice(of) if of else Text(empty=False), repeats=False)


def wholes(low: int, high: int = LARGEST_WHOLE) -> ValueType[tuple[int, ...]]:
    """Return the kind of lists of whole numbers from low to high."""
    return ListOf(Whole(low, high), repeats=True)


def either(words: Mapping[str, Word], other: ValueType[Value]) -> ValueType[Word | Value]:
    """Return the kind of words that stand for values (`{"auto": 0}`), or else of another kind."""
    return Either(words, other)


def key(type: ValueType[Value], default: Value, help: str) -> Value:
    """Return the field of a section's dataclass: what it may hold, its default, and one line of help."""
    made: Value = field(default=default, metadata={"type": type, "help": help})
    return made


def required(type: ValueType[Value], help: str) -> Value:
    """Return the field of a key that has no default."""
    made: Value = field(metadata={"type": type, "help": help})
    return made


@dataclass(frozen=True)
class Key:
    """A key of a section, as its dataclass declares it."""

    name: str
    type: ValueType[Any]
    help: str
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the key must be given."""
        return self.default is MISSING


def keys_of(section: type) -> dict[str, Key]:
    """Return the keys that a section's dataclass declares, in their order."""
    return {
        item.name: Key(item.name, item.metadata["type"], item.metadata["help"], item.default)
        for item in fields(section)
        if "type" in item.metadata
    }
