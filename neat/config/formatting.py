"""Values as error messages show them, in one short printable line, and the double quotes of INI files."""

from __future__ import annotations

import re
import reprlib

from neat.core.text import visible

MAX_VALUE_LENGTH = 60  # characters of a value in an error message

QUOTED = r'"(?:[^"]|"")*"'  # text in double quotes; a quote in it is doubled, as in CSV
QUOTED_PIECE = re.compile(rf"(?:\A|(?<=[\s,])){QUOTED}(?=[\s,]|\Z)")  # other quotes have no meaning
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[^\s,;#\"]+")


class _ShortRepr(reprlib.Repr):
    """`reprlib.Repr` that also accepts integers with more digits than Python prints."""

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() < 200 else f"<integer of {x.bit_length()} bits>"


def format_value(value: object) -> str:
    """Return a value in one short printable line."""
    text = value if isinstance(value, str) else _ShortRepr().repr(value)
    if len(text) > MAX_VALUE_LENGTH:
        text = f"{text[:MAX_VALUE_LENGTH]}... ({len(text)} characters)"
    return visible(text)


def describe(value: object) -> str:
    """Return a value as `format_value` does, with quotes around text."""
    return f"'{format_value(value)}'" if isinstance(value, str) else format_value(value)


def unprintable(text: str) -> bool:
    """Return whether text holds line ends, control characters other than tabs, or lone surrogates."""
    return _UNPRINTABLE.search(text.replace("\t", " ")) is not None


def quote(text: str) -> str:
    """Return text in double quotes; quotes in it are doubled."""
    return '"' + text.replace('"', '""') + '"'


def quote_piece(text: str) -> str:
    """Return an item of a list, in quotes if it needs them."""
    return text if _PLAIN.fullmatch(text) else quote(text)


def unquote(text: str) -> str:
    """Return the text inside double quotes, or the text itself unless all of it is quoted."""
    return text[1:-1].replace('""', '"') if re.fullmatch(QUOTED, text) else text
