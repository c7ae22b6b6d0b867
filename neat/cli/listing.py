"""What there is: all keys, and all kinds of problem."""

from __future__ import annotations

import textwrap
from shutil import get_terminal_size

from neat.cli.terminal import say, say_text
from neat.config import ReferenceRow, reference_markdown, reference_rows
from neat.problems.kinds import KINDS

_MOST_COLUMNS = 110  # longer lines are hard to read


def list_keys(markdown: bool) -> None:
    """Print every key of every section."""
    if markdown:
        say_text(reference_markdown())
        return
    group = None
    for row in reference_rows():
        if row.group != group:
            section, _, kind = row.group.partition(", ")
            if group is not None:
                say()
            say(f"[{section}]{f'  with {kind}' if kind else ''}")
            group = row.group
        _print_key(row)


def list_problems() -> None:
    """Print every kind of problem with its keys."""
    for kind in KINDS.values():
        say(f"{kind.name}: {kind.summary}")
        for row in reference_rows():
            if row.group == f"problem, kind = {kind.name}":
                _print_key(row)
        say()
    say("module:Name: a class of your own, from a Python file beside the INI file or an installed module")
    _print_wrapped("all other keys of [problem] are handed to it as text, by name", 6)


def _print_key(row: ReferenceRow) -> None:
    say(f"  {row.key}{'  (required)' if row.default == 'required' else f' = {row.default}'}")
    _print_wrapped(row.help, 6)
    _print_wrapped(f"({row.type}: {row.allowed})", 6)


def _print_wrapped(text: str, indent: int) -> None:
    width = min(get_terminal_size().columns, _MOST_COLUMNS)
    say(*textwrap.wrap(text, width, initial_indent=" " * indent, subsequent_indent=" " * indent))
