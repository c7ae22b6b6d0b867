"""Whether what computes a run now is what computed it when it was begun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neat.config import Config
from neat.core.errors import NeatError
from neat.store.history import History
from neat.store.provenance import DATA, files_of, hash_of, qualified_name, user_code, versions
from neat.store.records import About

#: What foreign code (an environment, a user's own module) depends on, beside what everything does.
_FOREIGN = ("python", "gymnasium", "processor")
_ANY = ("numpy", "numba")
_ENGINE = "neat-engine"


def check_engine(history: History) -> None:
    """Raise NeatError where another version of the engine made the run: its laws may be others."""
    now, then = versions()[_ENGINE], history.sessions()[-1].versions.get(_ENGINE, "unknown")
    if now != then:
        raise NeatError(
            f"{history.folder}: was made with neat-engine {then}, and this is {now}, whose run may be another one from "
            f"here on (install that version: pip install neat-engine=={then})"
        )


def check_data(history: History) -> None:
    """Raise NeatError where a data file that the run read is no longer there, or no longer the same."""
    for file in history.files():
        if file.role != DATA:
            continue
        if not Path(file.path).is_file():
            raise NeatError(f"{file.path}: is not there, and {history.folder} reads it (put it back)")
        if hash_of(Path(file.path)) != file.sha256:
            raise NeatError(
                f"{file.path}: was changed since {history.folder} was begun, so the run would continue differently "
                "(put the old file back, or begin a new run)"
            )


def doubts(history: History, config: Config, problem: Any) -> list[str]:
    """Return in sentences why a run might not be the one that it was where it was begun.

    What the engine computes is the same everywhere, with numpy and numba as they were; environments and code of one's
    own depend on more.
    """
    about, then, now = history.about, history.sessions()[-1].versions, versions()
    foreign = config.problem is None or getattr(config.problem, "kind", "") == "gymnasium" or user_code(config)
    told = [
        f"{name} was {then.get(name)!r} when the run was made, and is {now[name]!r} here: it may continue differently"
        for name in (_ENGINE, *_ANY, *(_FOREIGN if foreign else ()))
        if then.get(name) != now[name]
    ]
    told += _other_problem(about, problem)
    hashes = {file.path: file.sha256 for file in files_of(config, problem)}
    told += [
        f"{file.path}: was changed since the run was begun: it may continue differently"
        for file in history.files()
        if hashes.get(file.path) != file.sha256
    ]
    return told


def _other_problem(about: About, problem: Any) -> list[str]:
    if about.problem is None or about.problem == qualified_name(problem):
        return []
    return [f"the problem was {about.problem} when the run was made, and is {qualified_name(problem)} here"]
