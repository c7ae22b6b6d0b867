"""Options for something foreign, such as an environment: any names, each given as `option.NAME = value`."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from neat.config.entries import OPTION, IniText
from neat.config.fields import Key
from neat.config.formatting import describe, quote, unprintable
from neat.config.value_types import ANY_NUMBER, LARGEST_WHOLE, InvalidValue, ValueType, Whole, python_scalar

AnyOptions = tuple[tuple[str, Any], ...]

_CONSTANTS = {"yes": True, "true": True, "no": False, "false": False, "none": None}
_BRACKETS = ("(", "[")
_WHOLE = re.compile(r"[+-]?[0-9]+(_[0-9]+)*")


class Options(ValueType[AnyOptions]):
    """Options in pairs of name and value: switches, numbers, text, none, or tuples of these; names keep their case."""

    type_name = "options"
    allowed = 'yes, no, none, a number, text, or a list such as (0.2, 1.0); text in double quotes stays text: "yes"'

    def accept(self, value: object) -> AnyOptions:
        try:
            given = dict(value)  # type: ignore[call-overload]  # a mapping or pairs, otherwise an exception
        except (TypeError, ValueError):
            raise InvalidValue("not a dict of options") from None
        options = []
        for name, option in given.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise InvalidValue(f"{OPTION} {describe(name)} has a name that Python does not allow for an argument")
            options.append((name, _read(option) if isinstance(option, IniText) else plain_value(option)))
        return tuple(options)

    def write(self, value: Any) -> str:
        """Return the INI text of one option."""
        for word, constant in _CONSTANTS.items():
            if value is constant:
                return word
        if not isinstance(value, str):
            return literal(value)
        try:
            same = _read(value) == value and value == value.strip() and not value.startswith(('"', ";", "#"))
        except InvalidValue:
            same = False
        return value if same and " ;" not in value and " #" not in value else quote(value)


def literal(value: object) -> str:
    """Return the Python text of a value, without characters that begin a comment in an INI file."""
    return repr(value).replace("#", r"\x23").replace(";", r"\x3b")


def is_option(name: object, keys: Mapping[str, Key]) -> bool:
    """Return whether a key such as `option.gravity` gives an option, and the section of these keys has options."""
    prefix, dot, _ = name.partition(".") if isinstance(name, str) else ("", "", "")
    return bool(dot) and prefix in keys and isinstance(keys[prefix].type, Options)


def _read(text: str) -> Any:
    """Return the value of INI text."""
    text = text.strip()
    if text.lower() in _CONSTANTS:
        return _CONSTANTS[text.lower()]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return plain_value(text[1:-1].replace('""', '"'))
    if _WHOLE.fullmatch(text):
        return Whole(-LARGEST_WHOLE).read(text)
    with suppress(InvalidValue):
        return ANY_NUMBER.read(text)
    if not text.startswith(_BRACKETS):
        return plain_value(str(text))
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise InvalidValue("brackets that do not hold Python values") from None
    return plain_value(value)


def plain_value(value: object) -> Any:
    """Return a value that INI text can hold: a constant, a number, text, or tuples of these.

    Raises:
        InvalidValue: it is another one.
    """
    value = python_scalar(value)
    if isinstance(value, str) and unprintable(value):
        raise InvalidValue("a line end or control character in it")
    if isinstance(value, (tuple, list)):
        return tuple(plain_value(item) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValue("a number that is not finite")
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        raise InvalidValue("a whole number beyond 64 bits")
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise InvalidValue(f"a {type(value).__name__}, which a configuration cannot hold")
    return value
