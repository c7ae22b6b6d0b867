"""Whose code a run would run: a file of a run may name a module, and is believed only when the user says so."""

from __future__ import annotations

from typing import Any

from neat.config import Config
from neat.config.arguments import switch
from neat.config.custom_functions import load_functions, own_functions
from neat.core.errors import NeatError
from neat.problems.protocol import check_members
from neat.runs.run import problem_of, with_threads
from neat.store.history import History
from neat.store.provenance import own_code

_IN_PYTHON = (
    "neat.resume(folder, problem=p), neat.verify(folder, problem=p), neat.explain_run(history, number, problem=p), "
    "neat.evaluate_run(folder, problem=p)"
)


def check_trust(config: Config, where: object, trust: bool) -> None:
    """Refuse what `where` says to import, unless it is to be trusted.

    Raises:
        NeatError: it names a module of somebody's own, and `trust` is False.
    """
    names = own_code(config)
    if names and not trust:
        what = "its problem is" if set(names) != set(own_functions(config.genome)) else "it uses"
        raise NeatError(
            f"{where}: {what} code, {', '.join(names)} in {config.folder}, which is run only if you trust it (add "
            "--trust; in Python trust=True)"
        )


def problem_of_run(history: History, problem: Any = None, *, trust: bool = False, threads: int | None = None) -> Any:
    """Return the problem of a run: the given one, or one made from its configuration, with `threads` if given.

    Raises:
        NeatError: what is given is not a problem; or the run's problem is a module and not trusted, was passed from
            Python, or can no longer be made.
        ProblemError: the user's own module or class raised.
    """
    trust = switch("trust", trust)
    if problem is not None:
        check_members(problem)
        if own_functions(history.config.genome):
            check_trust(history.config.replace(problem=None), history.folder, trust)
            load_functions(history.config)
        return problem
    config, handed = history.config, history.about.problem
    if config.problem is None:
        raise NeatError(
            f"{history.folder}: its problem, {handed}, was passed from Python and is not in the run's file; pass it "
            f"again in Python ({_IN_PYTHON})"
        )
    check_trust(config, history.folder, trust)
    return problem_of(with_threads(config, threads))
