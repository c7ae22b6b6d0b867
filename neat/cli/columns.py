"""Plain text in columns, and in lines that fit the terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from neat.cli.terminal import say, stdout
from neat.core.text import visible

_WIDTH = 100  # of lines where there is no terminal
_WIDEST = 120  # the eye does not follow longer lines
_WIDEST_CELL = 60  # characters of a cell that `cut` keeps
_BEFORE = 20  # characters kept before the first difference


def print_columns(lines: Sequence[Sequence[str]], *, left: int = 0) -> None:
    """Print rows of cells under each other; the first `left` columns begin at the left, the others end at the right."""
    table = [[visible(cell) for cell in line] for line in lines]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = []
        for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(cell + space if place < left else space + cell)
        say("  ".join(cells).rstrip())


def cut(*texts: str) -> list[str]:
    """Return texts short enough for a column; several long texts are cut to where they begin to differ."""
    if max(map(len, texts)) <= _WIDEST_CELL:
        return list(texts)
    differing = (place for place, signs in enumerate(zip(*texts, strict=False)) if len(set(signs)) > 1)
    start = max(0, next(differing, min(map(len, texts)) if len(texts) > 1 else 0) - _BEFORE)
    end = start + _WIDEST_CELL
    return ["..." * (start > 0) + text[start:end] + "..." * (len(text) > end) for text in texts]


def print_text(text: str, indent: str = "") -> None:
    """Print sentences in lines that fit the terminal; lines but the first begin with `indent`."""
    width = min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDEST) if stdout().isatty() else _WIDTH
    text = visible(text, keep="\n\t")  # replaced by spaces below
    say(*textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: a Chinese character takes two, a combining one none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
