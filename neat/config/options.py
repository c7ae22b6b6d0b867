"""Options for something foreign, such as an environment: any names, each given as `option.NAME = value`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from neat.config.entries import OPTION, IniText
from neat.config.fields import Key
from neat.config.formatting import quote, unprintable
from neat.config.value_types import ANY_NUMBER, LARGEST_WHOLE, InvalidValue, ValueType, Whole, python_scalar

AnyOptions = tuple[tuple[str, Any], ...]

_CONSTANTS = {"yes": True, "true": True, "no": False, "false": False, "none": None}
_BRACKETS = ("(", "[")


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
                raise InvalidValue(f"{OPTION} {name!r} is not a name that Python allows for an argument")
            options.append((name, _read(option) if isinstance(option, IniText) else _plain(option)))
        return tuple(options)

    def write(self, value: Any) -> str:
        """Return the INI text of one option."""
        for word, constant in _CONSTANTS.items():
            if value is constant:
                return word
        if not isinstance(value, str):
            return repr(value)
        try:
            same = _read(value) == value and value == value.strip() and not value.startswith(('"', ";", "#"))
        except InvalidValue:
            same = False
        return value if same and " ;" not in value and " #" not in value else quote(value)


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
        return _plain(text[1:-1].replace('""', '"'))
    for kind in (Whole(-LARGEST_WHOLE), ANY_NUMBER):
        try:
            return kind.read(text)
        except InvalidValue:
            continue
    if text.startswith(_BRACKETS):
        try:
            return _plain(ast.literal_eval(text))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise InvalidValue("brackets that do not hold Python values") from None
    return _plain(str(text))


def _plain(value: object) -> Any:
    """Return a value that INI text can hold."""
    value = python_scalar(value)
    if isinstance(value, str) and unprintable(value):
        raise InvalidValue("a line end or control character in it")
    if isinstance(value, (tuple, list)):
        return tuple(_plain(item) for item in value)
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise InvalidValue(f"a {type(value).__name__}, which a configuration cannot hold")
    return value
