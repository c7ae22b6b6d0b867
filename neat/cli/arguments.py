"""The command line's arguments: the errors for those that are missing, unknown or invalid."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

from neat.cli.terminal import say_text, stderr
from neat.config.formatting import describe
from neat.core.errors import NeatError, did_you_mean

PROGRAM = "neat"


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
        raise NeatError(_message(error, PROGRAM if name is None else f"{PROGRAM} {name}")) from None


def _message(error: typer.TyperException, command: str) -> str:
    """Return a message that says what is wrong with the arguments of a command, with its usage."""
    context: Any = getattr(error, "ctx", None)
    option = getattr(error, "option_name", "")
    what = error.format_message().rstrip(".")
    match type(error).__name__:
        case "NoSuchOption":
            params = [] if context is None else context.command.params
            options = [name for param in params for name in param.opts if name.startswith("-")]
            what = f"{describe(option)}: no such option{did_you_mean(option, [*options, '--help'])}"
        case "BadOptionUsage":
            what = f"{option}: {'takes no value' if 'does not take' in what else 'needs a value after it'}"
        case "MissingParameter":
            param: Any = getattr(error, "param", None)
            options = [name for name in param.opts if name.startswith("-")]
            what = " ".join([*options[:1], param.metavar or param.name.upper(), "is missing"])
        case "UsageError" if "unexpected extra" in what:
            extra = what.partition("argument(s) (")[2].removesuffix(")")
            what = f"{describe(extra)}: more arguments than {command} takes"
        case "UsageError" if "Missing command" in what:
            what = "a command is missing"
    usage = "" if context is None else " ".join(context.get_usage().split()).removeprefix("Usage: ")
    return f"{what} ({f'{usage}; ' if usage else ''}see {command} --help)"
