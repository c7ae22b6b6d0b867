"""Making text from untrusted files safe to show."""

from __future__ import annotations

import re

# Characters that count as printable but are invisible (Default_Ignorable_Code_Point), and the blank of Braille.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def is_visible(sign: str) -> bool:
    """Return whether a character is visible, or a space."""
    return sign.isprintable() and not _INVISIBLE.match(sign)


def visible(text: str, keep: str = "") -> str:
    """Return text with escapes for everything invisible, except for spaces and the characters to `keep`.

    These are control characters, direction marks and other characters without a glyph, unusual spaces, private and
    unassigned characters, and lone surrogates (which stand for bytes of a file's name that are not UTF-8).
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(sign if is_visible(sign) or sign in keep else escaped(sign) for sign in text)


def escaped(sign: str) -> str:
    r"""Return the Python escape of a character: `\n`, `\x1b`, `\u202e`."""
    return sign.encode("unicode_escape").decode() if not "\ud800" <= sign <= "\udfff" else f"\\u{ord(sign):04x}"


def counted(count: int, what: str) -> str:
    """Return a count in words: `1 generation`, `2 generations`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
