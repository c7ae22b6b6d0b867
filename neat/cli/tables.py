"""Tables, and sentences in lines that fit the terminal: plain text that is the same in a pipe."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import TypeVar

from neat.cli.terminal import say, stdout
from neat.core.text import visible

Item = TypeVar("Item")

_WIDTH = 100  # of lines if the output is not a terminal
_WIDEST = 120  # longer lines are hard to read
_MOST_ROWS = 24
_LONGEST_CELL = 60  # characters that `shortened` keeps
_CONTEXT = 20  # characters kept before the first difference


def print_table(rows: Sequence[Sequence[str]], *, left: int = 0) -> None:
    """Print rows of cells, the header first, in aligned columns: the first `left` to the left, the others right."""
    table = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(cell + space if index < left else space + cell)
        say("  ".join(cells).rstrip())


def sampled(items: Sequence[Item]) -> tuple[list[Item], int]:
    """Return every n-th item and the last one, few enough for a table, and n."""
    step = max(1, -(-len(items) // _MOST_ROWS))
    return [*items[:-1:step], *items[-1:]], step


def shortened(*texts: str) -> list[str]:
    """Return texts short enough for a table; long texts are cut to the part where they begin to differ."""
    if max(map(len, texts)) <= _LONGEST_CELL:
        return list(texts)
    differing = (index for index, characters in enumerate(zip(*texts, strict=False)) if len(set(characters)) > 1)
    start = max(0, next(differing, min(map(len, texts)) if len(texts) > 1 else 0) - _CONTEXT)
    end = start + _LONGEST_CELL
    return ["..." * (start > 0) + text[start:end] + "..." * (len(text) > end) for text in texts]


def print_wrapped(text: str, indent: str = "") -> None:
    """Print sentences in lines that fit the terminal; lines after the first start with `indent`."""
    width = min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDEST) if stdout().isatty() else _WIDTH
    text = visible(text, keep="\n\t")  # which `textwrap` replaces by spaces
    say(*textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def number(value: float | None) -> str:
    """Return a number such as a fitness with six digits, or an empty cell for None."""
    return "" if value is None else f"{value:.6g}"


def _width(text: str) -> int:
    """Return the width of a text on a terminal: a Chinese character takes two columns, a combining one none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
