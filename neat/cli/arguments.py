"""The command line's arguments: how they are parsed, and the errors for those that are missing, unknown or invalid."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from neat.cli.terminal import say_text, stderr
from neat.config.formatting import describe, format_value
from neat.config.value_types import LARGEST_WHOLE, InvalidValue, Whole
from neat.core.errors import NeatError, did_you_mean

PROGRAM = "neat"


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


def call(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Call the command that the arguments name, and exit with 0.

    Raises:
        NeatError: there is no such command, or an argument is missing, unknown or invalid.
    """
    group: Any = typer.main.get_command(app)
    for argument in arguments:
        if "\0" in argument:
            raise NeatError(f"{describe(argument)}: contains a NUL character, which no file name or setting can hold")
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    if name is not None and name not in group.commands:
        known = ", ".join(group.commands)
        raise NeatError(f"{describe(name)}: no such command (one of {known}{did_you_mean(name, group.commands)})")
    try:
        with group.make_context(PROGRAM, list(arguments)) as context:
            group.invoke(context)
        sys.exit(0)
    except typer.Exit as ending:
        sys.exit(ending.exit_code)
    except typer.TyperException as error:
        if not arguments:
            say_text(error.message + "\n", to=stderr())  # the help
            sys.exit(2)
        raise NeatError(_in_words(error, PROGRAM if name is None else f"{PROGRAM} {name}")) from None


def _in_words(error: typer.TyperException, path: str) -> str:
    """Return a message that says what is wrong with a command's arguments, with its usage."""
    context: Any = getattr(error, "ctx", None)
    options = [name for param in _params(context) for name in param.opts if name.startswith("-")]
    what = error.format_message().rstrip(".")
    match type(error).__name__:
        case "NoSuchOption":
            option = getattr(error, "option_name", "")
            what = f"{describe(option)}: no such option{did_you_mean(option, [*options, '--help'])}"
        case "BadOptionUsage":
            option = getattr(error, "option_name", "")
            takes = "takes no value" if "does not take" in what else "needs a value after it"
            what = f"{option}: {takes}"
        case "MissingParameter":
            param: Any = getattr(error, "param", None)
            what = f"{_named(param)} is missing"
        case "UsageError" if "unexpected extra" in what:
            extra = what.partition("argument(s) (")[2].removesuffix(")")
            what = f"{describe(extra)}: more arguments than {path} takes"
        case "UsageError" if "Missing command" in what:
            what = "a command is missing"
    usage = "" if context is None else " ".join(context.get_usage().split()).removeprefix("Usage: ")
    return f"{what} ({f'{usage}; ' if usage else ''}see {path} --help)"


def _params(context: Any) -> list[Any]:
    return [] if context is None else list(context.command.params)


def _named(param: Any) -> str:
    """Return a parameter as it is written: `CONFIG`, or `--to FILE`."""
    names = [name for name in param.opts if name.startswith("-")]
    return " ".join([*names[:1], param.metavar or param.name.upper()])
