"""Values in one short printable line, as error messages repeat them, and double quotes as INI files have them."""

from __future__ import annotations

import re
import reprlib

from neat.core.text import visible

MAX_VALUE_LENGTH = 60  # characters of a value that a fault repeats

QUOTED = r'"(?:[^"]|"")*"'  # a piece in double quotes; a quote within it is doubled, as in CSV
QUOTED_PIECE = re.compile(rf"(?:\A|(?<=[\s,])){QUOTED}(?=[\s,]|\Z)")  # elsewhere a quote is a plain character
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[^\s,;#\"]+")


class _Shortened(reprlib.Repr):
    """`reprlib` without its failure on integers that Python refuses to print."""

    def repr_int(self, x: int, level: int) -> str:
        return repr(x) if x.bit_length() < 200 else f"<integer of {x.bit_length()} bits>"


def format_value(value: object) -> str:
    """Return a value as a fault repeats it: one short line, whatever it is."""
    text = value if isinstance(value, str) else _Shortened().repr(value)
    if len(text) > MAX_VALUE_LENGTH:
        text = f"{text[:MAX_VALUE_LENGTH]}... ({len(text)} characters)"
    return visible(text)


def describe(value: object) -> str:
    """Return a value in one short line as `format_value` does, text in quotes."""
    return f"'{format_value(value)}'" if isinstance(value, str) else format_value(value)


def unprintable(text: str) -> bool:
    """Return whether text holds line ends, control characters or lone surrogates (a tab is none)."""
    return _UNPRINTABLE.search(text.replace("\t", " ")) is not None


def quote(text: str) -> str:
    """Return text in double quotes, those within it doubled."""
    return '"' + text.replace('"', '""') + '"'


def quote_piece(text: str) -> str:
    """Return one piece of a list, quoted where it needs quotes."""
    return text if _PLAIN.fullmatch(text) else quote(text)


def unquote(text: str) -> str:
    """Return what a text in double quotes holds, or the text itself where it is not wholly quoted."""
    return text[1:-1].replace('""', '"') if re.fullmatch(QUOTED, text) else text
