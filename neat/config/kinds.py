"""What a key may hold: each kind reads INI text, accepts Python values, and writes a value back as text.

Reading what a kind wrote gives the value again; a Python value is allowed where its text would be.
"""

from __future__ import annotations

import math
import numbers
import operator
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from neat.config.written import QUOTED, QUOTED_PIECE, quote, quote_piece, unprintable, unquote
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import did_you_mean

Value = TypeVar("Value", covariant=True)
Word = TypeVar("Word", covariant=True)
Name = TypeVar("Name", bound=str, covariant=True)

LARGEST_WHOLE = 2**63 - 1  # what fits an int64
LARGEST_NUMBER = VALUE_LIMIT
_LONGEST_NUMBER = 400  # characters; a longer one is a mistake, and costs Python time to read

_SURROGATE = re.compile("[\ud800-\udfff]")  # Python puts them in place of bytes that it cannot decode
_WHOLE = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_PIECE = re.compile(rf"\s*({QUOTED}(?=\s*(?:,|\Z))|[^,]*)\s*(,|\Z)")
_WORD = re.compile(rf"{QUOTED}(?=\s|\Z)|\S+")
_TRUTHS = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


class Refused(ValueError):
    """A value that its kind does not allow: what is wrong, and perhaps `; did you mean ...?`."""

    def __init__(self, what: str, suggestion: str = "") -> None:
        self.suggestion = suggestion
        super().__init__(what)


class Kind(ABC, Generic[Value]):
    """What a key may hold."""

    @property
    @abstractmethod
    def type_name(self) -> str:
        """The type, as the reference names it."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What is allowed, in words."""

    @abstractmethod
    def read(self, text: str) -> Value:
        """Return the value that INI text means; raises Refused."""

    @abstractmethod
    def accept(self, value: object) -> Value:
        """Return a Python value, normalised; text is read as INI text would be; raises Refused."""

    def write(self, value: Any) -> str:
        """Return the INI text of a value of this kind."""
        return str(value)

    def within(self, value: Any, folder: str) -> Any:
        """Return the value, with a relative path made absolute in `folder`; raises Refused."""
        return value


@dataclass(frozen=True)
class Whole(Kind[int]):
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int
    type_name = "integer"

    @property
    def allowed(self) -> str:
        if self.high == LARGEST_WHOLE:
            return f"a whole number, {self.low} or more"
        return f"a whole number from {_bound(self.low)} to {_bound(self.high)}"

    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(_short(text)):
            raise Refused(_not_a("a whole number", text))
        return self._in_range(int(text))

    def accept(self, value: object) -> int:
        value = plain(value)
        if isinstance(value, str):
            return self.read(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise Refused("not a whole number")
        return self._in_range(operator.index(value))

    def _in_range(self, value: int) -> int:
        if value < self.low:
            raise Refused("too small")
        if value > self.high:
            raise Refused("too large for 64 bits" if self.high == LARGEST_WHOLE else "too large")
        return value


@dataclass(frozen=True)
class Number(Kind[float]):
    """A finite number from `low` to `high`; `above` excludes `low` itself."""

    low: float
    high: float
    above: bool
    type_name = "number"

    @property
    def allowed(self) -> str:
        if self.high == math.inf:
            return "a finite number"
        if self.above:
            return f"a number above {_bound(self.low)}, at most {_bound(self.high)}"
        return f"a number from {_bound(self.low)} to {_bound(self.high)}"

    def read(self, text: str) -> float:
        if _NOT_FINITE.fullmatch(_short(text)):
            raise Refused("not finite")
        if not _NUMBER.fullmatch(_short(text)):
            raise Refused(_not_a("a number", text))
        return self._in_range(float(text))

    def accept(self, value: object) -> float:
        value = plain(value)
        if isinstance(value, str):
            return self.read(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise Refused("not a number")
        try:
            return self._in_range(float(value))
        except OverflowError:
            raise Refused("beyond the numbers of 64 bits") from None

    def write(self, value: float) -> str:
        return repr(value)

    def _in_range(self, value: float) -> float:
        if not math.isfinite(value):
            raise Refused("not finite")
        if value < self.low or (self.above and value == self.low):
            raise Refused("too small")
        if value > self.high:
            raise Refused("too large")
        return value + 0.0  # -0.0 becomes 0.0: equal settings print alike


@dataclass(frozen=True)
class YesNo(Kind[bool]):
    """A switch."""

    type_name = "yes or no"
    allowed = "yes or no, true or false, on or off, 1 or 0"

    def read(self, text: str) -> bool:
        truth = _TRUTHS.get(text.strip().lower())
        if truth is None:
            raise Refused(_not_a("yes or no", text), did_you_mean(text, _TRUTHS))
        return truth

    def accept(self, value: object) -> bool:
        value = plain(value)
        if isinstance(value, str):
            return self.read(value)
        if not isinstance(value, bool):
            raise Refused("not yes or no")
        return value

    def write(self, value: bool) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True)
class Choice(Kind[Name]):
    """One of a few words; `words` is called when they are needed."""

    words: Callable[[], tuple[Name, ...]]
    type_name = "choice"

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.words())}"

    def read(self, text: str) -> Name:
        for word in self.words():
            if word == text.strip().lower():
                return word
        raise Refused("unknown word" if text.strip() else "empty", did_you_mean(text, self.words()))

    def accept(self, value: object) -> Name:
        if not isinstance(value, str):
            raise Refused("not a word")
        return self.read(value)


@dataclass(frozen=True)
class Text(Kind[str]):
    """One line of text; in double quotes it may hold comment signs, and spaces at its ends."""

    empty: bool = True
    type_name = "text"

    @property
    def allowed(self) -> str:
        return "one line of text" if self.empty else "one line of text, not empty"

    def read(self, text: str) -> str:
        return self.accept(unquote(text.strip()))

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise Refused("not text")
        if not value and not self.empty:
            raise Refused("empty")
        if unprintable(value):
            raise Refused("a line end or control character in it")
        return str(value)  # numpy's text too becomes plain text

    def write(self, value: str) -> str:
        plain = value == value.strip() and not value.startswith(('"', ";", "#")) and not re.search(r"\s[;#]", value)
        return value if plain else quote(value)


@dataclass(frozen=True)
class FilePath(Text):
    """A file or folder; a relative one begins at the folder of the INI file (see `Config.path`)."""

    empty: bool = False
    suffix: str = ""
    type_name = "path"

    @property
    def allowed(self) -> str:
        return f"a file ending in {self.suffix}" if self.suffix else "a path, relative to the INI file's folder"

    def accept(self, value: object) -> str:
        given = os.fspath(value) if isinstance(value, os.PathLike) else value
        if isinstance(given, str) and _SURROGATE.search(given):
            raise Refused("a name that is not UTF-8, which a configuration cannot hold; rename the file or folder")
        path = super().accept(given)
        if not path.lower().endswith(self.suffix):
            raise Refused(f"not a file ending in {self.suffix}")
        return path

    def within(self, value: str, folder: str) -> str:
        return value if os.path.isabs(os.path.expanduser(value)) else self.accept(os.path.join(folder, value))


@dataclass(frozen=True)
class Several(Kind[tuple[Value, ...]]):
    """A list of values of one kind: split at commas where there is one, else at white space."""

    item: Kind[Value]
    repeats: bool

    @property
    def type_name(self) -> str:
        return "list of integers" if isinstance(self.item, Whole) else "list of names"

    @property
    def allowed(self) -> str:
        return f"a list, split at commas if it has one, else at white space; each {self.item.allowed}"

    def read(self, text: str) -> tuple[Value, ...]:
        return self._each(_pieces(text), self.item.read)

    def accept(self, value: object) -> tuple[Value, ...]:
        if isinstance(value, str):
            return self.read(value)
        items = listed(value)
        if items is None:
            raise Refused("not a list")
        return self._each(items, self.item.accept)

    def write(self, value: tuple[Value, ...]) -> str:
        if isinstance(self.item, Text):
            return ", ".join(quote_piece(str(item)) for item in value)
        return ", ".join(self.item.write(item) for item in value)

    def _each(self, items: Any, take: Callable[[Any], Value]) -> tuple[Value, ...]:
        values: list[Value] = []
        seen: set[Value] = set()
        for position, item in enumerate(items, 1):
            try:
                values.append(take(item))
            except Refused as refused:
                raise Refused(f"item {position}: {refused}", refused.suggestion) from None
            if not self.repeats and values[-1] in seen:
                raise Refused(f"item {position}: named twice")
            seen.add(values[-1])
        return tuple(values)


@dataclass(frozen=True)
class Either(Kind[Word | Value], Generic[Word, Value]):
    """A word that stands for a value of its own, or else a value of another kind."""

    words: Mapping[str, Word]
    other: Kind[Value]

    @property
    def type_name(self) -> str:
        words = self.words if len(self.words) < 3 else ("choice",)
        return " or ".join((*words, self.other.type_name))

    @property
    def allowed(self) -> str:
        return f"{', '.join(self.words)} or {self.other.allowed}"

    def read(self, text: str) -> Word | Value:
        return self._word_or(text.strip(), self.other.read)

    def accept(self, value: object) -> Word | Value:
        value = plain(value)
        if isinstance(value, str):
            return self._word_or(value, self.other.accept)
        for meaning in self.words.values():
            if type(value) is type(meaning) and value == meaning:
                return meaning
        return self.other.accept(value)

    def write(self, value: Word | Value) -> str:
        for word, meaning in self.words.items():
            if type(value) is type(meaning) and value == meaning:
                return word
        text = self.other.write(value)
        return quote(text) if text.lower() in self.words else text

    def within(self, value: Word | Value, folder: str) -> Any:
        return value if value in self.words.values() else self.other.within(value, folder)

    def _word_or(self, text: str, take: Callable[[str], Value]) -> Word | Value:
        for word, meaning in self.words.items():
            if text.lower() == word or text == str(meaning):
                return meaning
        try:
            return take(text)
        except Refused as refused:
            raise Refused(str(refused), did_you_mean(text, self.words) or refused.suggestion) from None


def plain(value: object) -> object:
    """Return a numpy scalar as a Python value, and any other value unchanged."""
    numpy = sys.modules.get("numpy")  # not imported here: if it is not loaded, the value is not numpy's
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def listed(value: object) -> list[Any] | None:
    """Return the items of a list, tuple, array, Series or Index in their order; None for any other value."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (str, bytes, bytearray, Mapping, Set)) or not hasattr(value, "__len__"):
        return None
    try:
        return [*value]  # type: ignore[misc]  # fails if it is not iterable
    except TypeError:  # such as an array without dimensions
        return None


def _short(text: str) -> str:
    """Return the text of a number, stripped, where it is short enough to be one."""
    if len(text) > _LONGEST_NUMBER:
        raise Refused("too long for a number")
    return text.strip()


def _not_a(expected: str, text: str) -> str:
    return f"not {expected}" if text.strip() else "empty"


def _bound(value: float) -> str:
    if value == LARGEST_NUMBER:
        return "2^40"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value < 100_000 else f"{value:_}"


def _pieces(text: str) -> list[str]:
    """Return the pieces of a list, quotes kept; a comma at the end is allowed, an empty piece is not."""
    if "," not in QUOTED_PIECE.sub("", text):
        return _WORD.findall(text)
    pieces: list[str] = []
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        assert match is not None, "every text has a next piece"
        pieces.append(match[1].strip())
        position = match.end()
    if not all(pieces):
        raise Refused("nothing between two commas")
    return pieces
