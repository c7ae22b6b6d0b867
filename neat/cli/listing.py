"""What there is: all keys, and all kinds of problem."""

from __future__ import annotations

import textwrap
from shutil import get_terminal_size

from neat.config import Row, reference_markdown, reference_rows
from neat.problems.registry import KINDS

_MOST_COLUMNS = 110  # longer lines are hard to read


def list_keys(markdown: bool) -> None:
    """Print every key of every section."""
    if markdown:
        print(reference_markdown(), end="")
        return
    group = None
    for row in reference_rows():
        if row.group != group:
            section, _, kind = row.group.partition(", ")
            print(f"{'' if group is None else chr(10)}[{section}]{f'  with {kind}' if kind else ''}")
            group = row.group
        _print_key(row)


def list_problems() -> None:
    """Print every kind of problem with its keys."""
    for kind in KINDS.values():
        print(f"{kind.name}: {kind.summary}")
        for row in reference_rows():
            if row.group == f"problem, kind = {kind.name}":
                _print_key(row)
        print()
    print("module:Name: a class of your own, from a Python file beside the INI file or an installed module")
    _print_wrapped("all other keys of [problem] are handed to it as text, by name", 6)


def _print_key(row: Row) -> None:
    print(f"  {row.key}{'  (required)' if row.default == 'required' else f' = {row.default}'}")
    _print_wrapped(row.help, 6)
    _print_wrapped(f"({row.type}: {row.allowed})", 6)


def _print_wrapped(text: str, indent: int) -> None:
    width = min(get_terminal_size().columns, _MOST_COLUMNS)
    print(textwrap.fill(text, width, initial_indent=" " * indent, subsequent_indent=" " * indent))
