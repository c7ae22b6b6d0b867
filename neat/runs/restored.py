"""The problem of a run that is there already, and whether what computes it now is what computed it then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neat.config import Config, CustomProblem
from neat.ground.errors import NeatError
from neat.runs.history import About, History
from neat.runs.origin import DATA, files_of, hash_of, known_as, versions
from neat.runs.run import problem_of

#: What foreign code (an environment, a user's own module) depends on, beside what everything does.
_FOREIGN = ("python", "gymnasium", "processor")
_ANY = ("numpy", "numba")


def restored_problem(history: History, config: Config, problem: Any = None, *, trust: bool = False) -> Any:
    """Return the problem of a run: the one that is handed over, or else the one that its configuration names.

    What a file of a run names is never imported unless `trust` says that the run is one's own.

    Raises:
        NeatError: it cannot be had.
        ProblemError: the user's own module or class raised.
    """
    about = history.about
    if problem is not None:
        return problem
    if config.problem is None:
        raise NeatError(
            f"{history.folder}: its problem was handed over in Python ({about.problem}), so that only Python can do it "
            "again (neat.resume and neat.verify take it as `problem`)"
        )
    module = foreign_module(config)
    if module is not None and not trust:
        raise NeatError(
            f"{history.folder}: its problem imports the module {module!r}, which could do anything; modules that a "
            "run's file names are imported only where you trust them (add --trust; in Python trust=True)"
        )
    return problem_of(config)


def foreign_module(config: Config) -> str | None:
    """Return the module that a configuration has imported, if it names one: a custom problem's, an environment's."""
    if isinstance(config.problem, CustomProblem):
        return config.problem.kind.partition(":")[0]
    module, colon, _ = str(getattr(config.problem, "environment", "")).partition(":")
    return module if colon else None


def check_engine(history: History) -> None:
    """Raise NeatError where another version of the engine made the run: its laws may be others."""
    now, then = versions()["neat-engine"], history.sessions()[-1].versions.get("neat-engine", "unknown")
    if now != then:
        raise NeatError(
            f"{history.folder}: was made with neat-engine {then}, and this is {now}, whose run may be another one from "
            f"here on (install that version: pip install neat-engine=={then})"
        )


def check_data(history: History) -> None:
    """Raise NeatError where a data file that the run read is no longer there, or no longer the same."""
    for file in history.files():
        if file.role == DATA and hash_of(Path(file.path)) != file.sha256:
            raise NeatError(
                f"{file.path}: was changed since {history.folder} was begun, so that it would go on as another run "
                "(put the old file back, or begin a new run)"
            )


def doubts(history: History, config: Config, problem: Any) -> list[str]:
    """Return in sentences why a run might not go on as it would have where it was begun.

    What the engine computes is the same everywhere, with numpy and numba as they were; environments and code of one's
    own depend on more.
    """
    about, then, now = history.about, history.sessions()[-1].versions, versions()
    foreign = config.problem is None or getattr(config.problem, "kind", "") == "gymnasium" or foreign_module(config)
    told = [
        f"{name} was {then.get(name)!r} when the run was made, and is {now[name]!r} here: it may go on differently"
        for name in (*_ANY, *(_FOREIGN if foreign else ()))
        if then.get(name) != now[name]
    ]
    told += _other_problem(about, problem)
    hashes = {path: digest for path, (_, digest) in files_of(config, problem).items()}
    told += [
        f"{file.path}: was changed since the run was begun: it may go on differently"
        for file in history.files()
        if file.role != DATA and hashes.get(file.path) != file.sha256
    ]
    return told


def _other_problem(about: About, problem: Any) -> list[str]:
    if about.problem is None or about.problem == known_as(problem):
        return []
    return [f"the problem was {about.problem} when the run was made, and is {known_as(problem)} here"]
