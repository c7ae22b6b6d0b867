"""What the keys of a configuration may hold.

A value type accepts Python values and INI text, and writes a value back as INI text; reading that text returns the
value again. Text from Python is read like INI text, except that double quotes have no meaning in it.
"""

from __future__ import annotations

import math
import numbers
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from neat.config.entries import IniText
from neat.config.formatting import QUOTED, QUOTED_PIECE, quote, quote_piece, unprintable, unquote
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import did_you_mean

Value = TypeVar("Value", covariant=True)
Word = TypeVar("Word", covariant=True)
Name = TypeVar("Name", bound=str, covariant=True)

LARGEST_WHOLE = 2**63 - 1  # what fits an int64
LARGEST_NUMBER = VALUE_LIMIT  # no node value is larger
_MAX_NUMBER_LENGTH = 400  # characters; a longer number is a mistake, and slow to read

_SURROGATE = re.compile("[\ud800-\udfff]")  # Python decodes bytes that are not UTF-8 to these
_WHOLE = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(?i:nan|inf|infinity)")
_PIECE = re.compile(rf"\s*({QUOTED}(?=\s*(?:,|\Z))|[^,]*)\s*(,|\Z)")
_WORD = re.compile(rf"{QUOTED}(?=\s|\Z)|\S+")
_SWITCHES = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


class InvalidValue(ValueError):
    """A value that its type does not allow: what is wrong, and a suggestion such as `; did you mean 'auto'?`."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        self.suggestion = suggestion
        super().__init__(message)


class ValueType(ABC, Generic[Value]):
    """What a key may hold."""

    @property
    @abstractmethod
    def type_name(self) -> str:
        """The name of the type in the reference."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """The allowed values in words."""

    @abstractmethod
    def accept(self, value: object) -> Value:
        """Return the normal form of a Python value or of text; raises InvalidValue."""

    def read(self, text: str) -> Value:
        """Return the value of INI text; raises InvalidValue."""
        return self.accept(IniText(text))

    def write(self, value: Any) -> str:
        """Return the INI text of a value of this type."""
        return str(value)


@dataclass(frozen=True)
class Whole(ValueType[int]):
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int = LARGEST_WHOLE
    type_name = "integer"

    @property
    def allowed(self) -> str:
        if self.high == LARGEST_WHOLE:
            return f"a whole number, {self.low} or more"
        return f"a whole number from {_format_bound(self.low)} to {_format_bound(self.high)}"

    def accept(self, value: object) -> int:
        value = python_scalar(value)
        if isinstance(value, str):
            value = int(_numeral(value, _WHOLE, "a whole number"))
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise InvalidValue("not a whole number")
        number = int(value)
        if number < self.low:
            raise InvalidValue("too small")
        if number > self.high:
            raise InvalidValue("too large for 64 bits" if self.high == LARGEST_WHOLE else "too large")
        return number


@dataclass(frozen=True)
class Number(ValueType[float]):
    """A finite number from `low` to `high`; `above` excludes `low` itself."""

    low: float
    high: float = LARGEST_NUMBER
    above: bool = False
    type_name = "number"

    @property
    def allowed(self) -> str:
        if self.high == math.inf:
            return "a finite number"
        if self.above:
            return f"a number above {_format_bound(self.low)}, at most {_format_bound(self.high)}"
        return f"a number from {_format_bound(self.low)} to {_format_bound(self.high)}"

    def accept(self, value: object) -> float:
        value = python_scalar(value)
        if isinstance(value, str):
            value = float(_numeral(value, _NUMBER, "a number"))
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise InvalidValue("not a number")
        try:
            number = float(value) + 0.0  # -0.0 becomes 0.0, so that equal settings have the same text
        except OverflowError:
            raise InvalidValue("beyond the numbers of 64 bits") from None
        if not math.isfinite(number):
            raise InvalidValue("not finite")
        if number < self.low or (self.above and number == self.low):
            raise InvalidValue("too small")
        if number > self.high:
            raise InvalidValue("too large")
        return number

    def write(self, value: float) -> str:
        return repr(value)


@dataclass(frozen=True)
class YesNo(ValueType[bool]):
    """A switch."""

    type_name = "yes or no"
    allowed = "yes or no, true or false, on or off, 1 or 0"

    def accept(self, value: object) -> bool:
        value = python_scalar(value)
        if isinstance(value, str):
            word = value.strip().lower()
            if word not in _SWITCHES:
                raise InvalidValue("not yes or no" if word else "empty", did_you_mean(value, _SWITCHES))
            return _SWITCHES[word]
        if not isinstance(value, bool):
            raise InvalidValue("not yes or no")
        return value

    def write(self, value: bool) -> str:
        return "yes" if value else "no"


class Choice(ValueType[Name]):
    """One of a few lower-case words."""

    type_name = "choice"

    def __init__(self, *words: Name) -> None:
        self._words = words

    def words(self) -> tuple[Name, ...]:
        """Return the words."""
        return self._words

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.words())}"

    def accept(self, value: object) -> Name:
        if not isinstance(value, str):
            raise InvalidValue("not a word")
        for word in self.words():
            if word == value.strip().lower():
                return word
        raise InvalidValue("unknown word" if value.strip() else "empty", did_you_mean(value, self.words()))


class ChoiceOf(Choice[str]):
    """One of the words that a function returns when they are needed."""

    def __init__(self, source: Callable[[], tuple[str, ...]]) -> None:
        self._source = source

    def words(self) -> tuple[str, ...]:
        """Return the words."""
        return self._source()


@dataclass(frozen=True)
class Text(ValueType[str]):
    """One line of text; in an INI file, double quotes keep comment signs and spaces at its ends."""

    empty: bool = True
    type_name = "text"

    @property
    def allowed(self) -> str:
        return "one line of text" if self.empty else "one line of text, not empty"

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise InvalidValue("not text")
        text = unquote(value.strip()) if isinstance(value, IniText) else str(value)  # `str` also for numpy's text
        if not text and not self.empty:
            raise InvalidValue("empty")
        if unprintable(text):
            raise InvalidValue("a line end or control character in it")
        return text

    def write(self, value: str) -> str:
        plain = value == value.strip() and not value.startswith(('"', ";", "#")) and not re.search(r"\s[;#]", value)
        return value if plain else quote(value)


@dataclass(frozen=True)
class FilePath(Text):
    """The path of a file or folder; `Config.path` resolves relative ones."""

    suffix: str = ""  # lower case
    empty: bool = field(default=False, init=False)
    type_name = "path"

    @property
    def allowed(self) -> str:
        return f"a file ending in {self.suffix}" if self.suffix else "a path, relative to the INI file's folder"

    def accept(self, value: object) -> str:
        given = os.fspath(value) if isinstance(value, os.PathLike) else value
        if isinstance(given, str) and _SURROGATE.search(given):
            raise InvalidValue("a name that is not UTF-8, which a configuration cannot hold; rename the file or folder")
        path = super().accept(given)
        if not path.lower().endswith(self.suffix):
            raise InvalidValue(f"not a file ending in {self.suffix}")
        if isinstance(given, IniText) and given.folder and not os.path.isabs(os.path.expanduser(path)):
            return self.accept(os.path.join(given.folder, path))
        return path


@dataclass(frozen=True)
class ListOf(ValueType[tuple[Value, ...]]):
    """A list of values of one type; text is split at commas, or at white space if it has no comma.

    With `spaces`, values may hold spaces, and text is split only at commas.
    """

    item: ValueType[Value]
    repeats: bool = True
    spaces: bool = False

    @property
    def type_name(self) -> str:
        return "list of integers" if isinstance(self.item, Whole) else "list of names"

    @property
    def allowed(self) -> str:
        split = "split at commas" if self.spaces else "split at commas if it has one, else at white space"
        return f"a list, {split}; each {self.item.allowed}"

    def accept(self, value: object) -> tuple[Value, ...]:
        items = list_items(value)
        if isinstance(value, str):
            items = [IniText(piece) for piece in _pieces(value, spaces=self.spaces)]
        if items is None:
            raise InvalidValue("not a list")
        values: list[Value] = []
        seen: set[Value] = set()
        for position, item in enumerate(items, 1):
            try:
                values.append(self.item.accept(item))
            except InvalidValue as error:
                raise InvalidValue(f"item {position}: {error}", error.suggestion) from None
            if not self.repeats and values[-1] in seen:
                raise InvalidValue(f"item {position}: named twice")
            seen.add(values[-1])
        return tuple(values)

    def write(self, value: tuple[Value, ...]) -> str:
        if isinstance(self.item, Text):
            return ", ".join(quote_piece(str(item)) for item in value)
        return ", ".join(self.item.write(item) for item in value)


@dataclass(frozen=True)
class Either(ValueType[Word | Value], Generic[Word, Value]):
    """One of a few words, each of which means a value, or a value of another type."""

    words: Mapping[str, Word]
    other: ValueType[Value]

    @property
    def type_name(self) -> str:
        words = self.words if len(self.words) < 3 else ("choice",)
        return " or ".join((*words, self.other.type_name))

    @property
    def allowed(self) -> str:
        return f"{', '.join(self.words)} or {self.other.allowed}"

    def accept(self, value: object) -> Word | Value:
        value = python_scalar(value)
        if not isinstance(value, str):
            word = self._word_of(value)
            return self.other.accept(value) if word is None else self.words[word]
        text = value.strip() if isinstance(value, IniText) else value
        for word, meaning in self.words.items():
            if text.lower() == word or text == str(meaning):
                return meaning
        try:
            return self.other.accept(value)
        except InvalidValue as error:
            raise InvalidValue(str(error), did_you_mean(text, self.words) or error.suggestion) from None

    def write(self, value: Word | Value) -> str:
        word = self._word_of(value)
        if word is not None:
            return word
        text = self.other.write(value)
        return quote(text) if text.lower() in self.words else text

    def _word_of(self, value: object) -> str | None:
        """Return the word that means a value, or None."""
        for word, meaning in self.words.items():
            if type(value) is type(meaning) and value == meaning:
                return word
        return None


ANY_NUMBER = Number(-math.inf, math.inf)  # any finite number
NAMES = ListOf(Text(empty=False), repeats=False)  # any names, all different


def python_scalar(value: object) -> object:
    """Return a numpy scalar as a Python value, and any other value unchanged."""
    numpy = sys.modules.get("numpy")  # not imported here: if it is not loaded, the value is not numpy's
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def list_items(value: object) -> list[Any] | None:
    """Return the items of a list, tuple, array, Series or Index in their order; None for any other value."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, (str, bytes, bytearray, Mapping, Set)) or not hasattr(value, "__len__"):
        return None
    try:
        return [*value]  # type: ignore[misc]  # fails if it is not iterable
    except TypeError:  # such as an array without dimensions
        return None


def _numeral(text: str, pattern: re.Pattern[str], expected: str) -> str:
    if len(text) > _MAX_NUMBER_LENGTH:
        raise InvalidValue("too long for a number")
    if not pattern.fullmatch(text.strip()):
        raise InvalidValue(f"not {expected}" if text.strip() else "empty")
    return text


def _format_bound(value: float) -> str:
    if value == LARGEST_NUMBER:
        return "2^40"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value < 100_000 else f"{value:_}"


def _pieces(text: str, *, spaces: bool) -> list[str]:
    """Return the pieces of a list, quotes kept; a comma at the end is allowed, an empty piece is not."""
    if not spaces and "," not in QUOTED_PIECE.sub("", text):
        return _WORD.findall(text)
    pieces: list[str] = []
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        assert match is not None, "every text has a next piece"
        pieces.append(match[1].strip())
        position = match.end()
    if not all(pieces):
        raise InvalidValue("nothing between two commas")
    return pieces
