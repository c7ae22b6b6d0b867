"""Whose code a run would run: a file of a run may name a module, and is believed only when the user says so."""

from __future__ import annotations

from typing import Any

from neat.config import Config
from neat.ground.errors import NeatError
from neat.runs.history import History
from neat.runs.origin import own_code
from neat.runs.run import problem_of


def check_trust(config: Config, where: object, trust: bool) -> None:
    """Refuse what `where` says to import, unless it is to be trusted.

    Raises:
        NeatError: it names a module of somebody's own, and `trust` is False.
    """
    name = own_code(config)
    if name is not None and not trust:
        raise NeatError(
            f"{where}: its problem is code, {name} in {config.folder}, which is run only if you trust it (add --trust; "
            "in Python trust=True)"
        )


def problem_of_run(history: History, *, trust: bool = False, threads: int | None = None) -> Any:
    """Return the problem of a run, made from what its file says; with other `threads`, if these are given.

    Raises:
        NeatError: it names a module and is not trusted, was handed over in Python, or cannot be made any more.
        ProblemError: the user's own module or class raised.
    """
    config, handed = history.config, history.about.problem
    if config.problem is None:
        raise NeatError(f"{history.folder}: its problem, {handed}, was handed over in Python; hand it over again there")
    check_trust(config, history.folder, trust)
    return problem_of(config if threads is None else config.replace(run={"threads": threads}))
