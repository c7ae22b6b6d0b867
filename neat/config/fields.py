"""How the dataclass of a section declares its keys: `size: int = key(whole(2, 100), 50, "number of genomes")`."""

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
    """Return the type of whole numbers from `low` to `high`."""
    return Whole(low, high)


def number(low: float = -math.inf, high: float | None = None, *, above: bool = False) -> ValueType[float]:
    """Return the type of finite numbers from `low` to `high` [2^40 if `low` is given]; `above` excludes `low`."""
    if high is None:
        high = math.inf if low == -math.inf else LARGEST_NUMBER
    return Number(low, high, above)


def probability() -> ValueType[float]:
    """Return the type of numbers from 0 to 1."""
    return Number(0.0, 1.0)


def yes_no() -> ValueType[bool]:
    """Return the type of switches."""
    return YesNo()


def choice(*words: Name) -> ValueType[Name]:
    """Return the type of a few lower-case words."""
    return Choice(lambda: words)


def choice_of(words: Callable[[], tuple[str, ...]]) -> ValueType[str]:
    """Return the type of the words that a function returns; it is called only when they are needed."""
    return Choice(words)


def text(*, empty: bool = True) -> ValueType[str]:
    """Return the type of one line of text."""
    return Text(empty)


def file_path(suffix: str = "") -> ValueType[str]:
    """Return the type of paths, which must end in `suffix` (lower case); `Config.path` resolves them."""
    return FilePath(suffix=suffix)


def names(of: Callable[[], tuple[str, ...]] | None = None) -> ValueType[tuple[str, ...]]:
    """Return the type of lists of different names, any names or those that the function `of` returns."""
    return ListOf(Choice(of) if of else Text(empty=False), repeats=False)


def wholes(low: int, high: int = LARGEST_WHOLE) -> ValueType[tuple[int, ...]]:
    """Return the type of lists of whole numbers from `low` to `high`."""
    return ListOf(Whole(low, high), repeats=True)


def either(words: Mapping[str, Word], other: ValueType[Value]) -> ValueType[Word | Value]:
    """Return the type of words with a meaning (`{"auto": 0}`) or of values of another type."""
    return Either(words, other)


def key(type: ValueType[Value], default: Value, help: str) -> Value:
    """Return the dataclass field of a key with its type, its default and one line of help."""
    made: Value = field(default=default, metadata={"type": type, "help": help})
    return made


def required(type: ValueType[Value], help: str) -> Value:
    """Return the dataclass field of a key without a default."""
    made: Value = field(metadata={"type": type, "help": help})
    return made


@dataclass(frozen=True)
class Key:
    """A key of a section."""

    name: str
    type: ValueType[Any]
    help: str
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the key has no default."""
        return self.default is MISSING


def keys_of(section: type) -> dict[str, Key]:
    """Return the keys of a section in their order."""
    return {
        item.name: Key(item.name, item.metadata["type"], item.metadata["help"], item.default)
        for item in fields(section)
        if "type" in item.metadata
    }
