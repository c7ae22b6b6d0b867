"""Options and arguments that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from neat.config.formatting import format_value
from neat.config.value_types import LARGEST_WHOLE, InvalidValue, Number, Whole
from neat.core.errors import NeatError


def whole(name: str, low: int, example: int) -> Callable[[str | int], int]:
    """Return a parser for an argument that is a whole number, `low` or larger."""

    def parse(text: str | int) -> int:
        if isinstance(text, int):  # the default
            return text
        try:
            return Whole(low, LARGEST_WHOLE).read(text)
        except InvalidValue as refused:
            high = f" to {LARGEST_WHOLE:,}" if str(refused).startswith("too large") else ""
            right = f"{name} {example}" if name.startswith("-") else str(example)
            raise NeatError(
                f"{name} {format_value(text) or repr('')}: must be a whole number from {low}{high} "
                f"(for example {right})"
            ) from None

    return parse


def whole_option(name: str, low: int, example: int, help: str, metavar: str = "N") -> Any:
    """Return an option that is a whole number, `low` or larger."""
    return typer.Option(name, parser=whole(name, low, example), metavar=metavar, help=help, show_default=False)


def number_option(name: str, help: str, metavar: str = "NUMBER") -> Any:
    """Return an option that is a number, 0 or larger."""

    def parse(text: str | float) -> float:
        if isinstance(text, float):
            return text
        try:
            return Number(0).read(text)
        except InvalidValue as refused:
            raise NeatError(
                f"{name} {format_value(text) or repr('')}: {refused} (a number from 0, for example {name} 0.1)"
            ) from None

    return typer.Option(name, parser=parse, metavar=metavar, help=help, show_default=False)


def path_option(help: str, metavar: str) -> Any:
    """Return an option that is a path."""
    return typer.Option(parser=Path, metavar=metavar, help=help)


RunName = Annotated[str, typer.Argument(metavar="RUN", help="A folder, a name under runs/, or latest.")]
ConfigPath = Annotated[Path, typer.Argument(parser=Path, metavar="CONFIG", help="The INI file.", show_default=False)]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Replace a setting; may be given several times. Relative paths start at the current folder.",
    ),
]
Threads = Annotated[int | None, whole_option("--threads", 1, 2, "Threads of this process; results never depend on it.")]
Executor = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="EXECUTOR",
        help="Where genomes are evaluated: threads, processes or ray; results never depend on it.",
    ),
]
Workers = Annotated[int | None, whole_option("--workers", 1, 2, "The number of worker processes.")]
Address = Annotated[
    str | None, typer.Option("--address", metavar="ADDRESS", help="The Ray cluster to join: 10.0.0.1:6379, or auto.")
]
Trust = Annotated[bool, typer.Option("--trust", help="Import the modules that the run's file names: I trust it.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsJsonObject = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsJsonAtEnd = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]
