"""Text in drawings: the fonts that draw it, and its width.

DejaVu Sans comes with matplotlib, so the characters that it contains look the same on every machine. Other characters
are drawn with any installed font that contains them, or written as escapes if there is none.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from neat.core.text import escaped, is_visible
from neat.export.figures import import_matplotlib

FONT = "DejaVu Sans"
_REGULAR = ("400", "normal", "regular")  # weights; for any other, matplotlib logs that it does not match the request
_JOINERS = "\u200c\u200d"  # invisible, but part of how Persian, Hindi and emoji are written
_UNSUITABLE = re.compile(r"last\s?resort|blank|^cm[a-z]+10$|^STIX(NonUnicode|Size)", re.IGNORECASE)  # without text


def drawable(text: str) -> str:
    """Return text with escapes such as `\\u4e2d` for characters that are invisible or in no installed font."""
    return "".join(
        character if character in _JOINERS or (is_visible(character) and _family_of(character)) else escaped(character)
        for character in text
    )


def families(text: str) -> list[str]:
    """Return the names of the fonts needed to draw a text, DejaVu Sans first."""
    return list(dict.fromkeys([FONT, *(_family_of(character) or FONT for character in text)]))


@lru_cache(maxsize=4096)
def width_of(text: str, size: float) -> float:
    """Return the width of a line of text, in points."""
    import_matplotlib()
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=families(text), size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width)


@cache
def _family_of(character: str) -> str | None:
    """Return the name of the first font that draws a character, or None if there is none."""
    if character.isascii() or ord(character) in _glyphs(FONT):
        return FONT
    return next((name for name in _other_fonts() if _draws(name, character)), None)


@cache
def _other_fonts() -> list[str]:
    """Return the names of the other installed fonts with regular weight, sans-serif fonts first."""
    from matplotlib.font_manager import fontManager

    regular = [entry for entry in fontManager.ttflist if entry.style == "normal" and str(entry.weight) in _REGULAR]
    names = {entry.name for entry in regular if not _UNSUITABLE.search(entry.name)}
    return sorted(names - {FONT}, key=lambda name: ("sans" not in name.lower(), name))


def _draws(name: str, character: str) -> bool:
    """Return whether a font has an outline for a character: fonts of colour bitmaps have none."""
    if ord(character) not in _glyphs(name):
        return False
    font = _font(name)
    try:
        font.set_size(10.0, 72)
        font.load_char(ord(character))
        return len(font.get_path()[0]) > 0
    except RuntimeError:  # from FreeType: the glyph is not an outline
        return False


@cache
def _glyphs(name: str) -> frozenset[int]:
    try:
        return frozenset(_font(name).get_charmap())
    except (OSError, RuntimeError):  # the file was removed, or is corrupt
        return frozenset()


def _font(name: str) -> Any:
    import_matplotlib()
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(findfont(FontProperties(family=name)))
