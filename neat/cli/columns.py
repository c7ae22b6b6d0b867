"""Plain text in columns, and in lines that fit the terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

_WIDTH = 100  # of lines where there is no terminal
_WIDEST = 120  # the eye does not follow longer lines


def printable(text: str, keep: str = "") -> str:
    """Return a text without what would steer a terminal, spelt out instead: it may come from a stranger's file."""
    return "".join(sign if sign.isprintable() or sign in keep else ascii(sign)[1:-1] for sign in text)


def print_columns(lines: Sequence[Sequence[str]], *, left: int = 0) -> None:
    """Print rows of cells under each other; the first `left` columns begin at the left, the others end at the right."""
    table = [[printable(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = (
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def print_text(text: str, indent: str = "") -> None:
    """Print sentences in lines that fit the terminal; lines but the first begin with `indent`."""
    width = min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDEST) if sys.stdout.isatty() else _WIDTH
    text = printable(text, keep="\n\t")  # which become spaces
    print(textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
