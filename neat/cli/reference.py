"""`neat reference` and `neat problems`: all configuration keys, and all kinds of problem."""

from __future__ import annotations

import textwrap
from itertools import groupby
from shutil import get_terminal_size

from neat.cli.terminal import say, say_text
from neat.config import ReferenceRow, reference_markdown, reference_rows
from neat.problems.kinds import KINDS

_WIDEST = 110  # longer lines are hard to read


def print_keys(markdown: bool) -> None:
    """Print every key of every section."""
    if markdown:
        say_text(reference_markdown())
        return
    for number, (group, rows) in enumerate(groupby(reference_rows(), lambda row: row.group)):
        section, _, kind = group.partition(", ")
        say(*[""] * (number > 0), f"[{section}]{f'  with {kind}' if kind else ''}")
        for row in rows:
            _print_key(row)


def print_problems() -> None:
    """Print every kind of problem with its keys."""
    for kind in KINDS.values():
        say(f"{kind.name}: {kind.summary}")
        for row in reference_rows():
            if row.group == f"problem, kind = {kind.name}":
                _print_key(row)
        say()
    say("module:Name: a class of your own, from a Python file beside the INI file or an installed module")
    _print_indented("all other keys of [problem] are passed to it as text, by name")


def _print_key(row: ReferenceRow) -> None:
    say(f"  {row.key}{'  (required)' if row.default == 'required' else f' = {row.default}'}")
    _print_indented(row.help)
    _print_indented(f"({row.type}: {row.allowed})")


def _print_indented(text: str) -> None:
    width, indent = min(get_terminal_size().columns, _WIDEST), " " * 6
    say(*textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent))
