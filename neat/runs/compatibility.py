"""Whether a run can be computed here as it was where it was begun."""

from __future__ import annotations

from pathlib import Path

from neat.core.errors import NeatError
from neat.runs.experiment import Experiment
from neat.store.history import History
from neat.store.provenance import DATA, files_of, hash_of, user_code, versions

#: What foreign code (an environment, a user's own module) depends on, besides numpy and numba.
_FOREIGN = ("python", "gymnasium", "processor")
_ANY = ("numpy", "numba")
_ENGINE = "neat-engine"
_RECORDED_ONLY = "backend"  # how an environment was stepped; one that changes results is a setting


def check_engine(history: History) -> None:
    """Raise NeatError if another version of the engine made the run, since its operators may differ."""
    now, then = versions()[_ENGINE], history.sessions()[-1].versions.get(_ENGINE, "unknown")
    if now != then:
        raise NeatError(
            f"{history.folder}: was made with neat-engine {then}; with this version, {now}, it might continue "
            f"differently (install that version: pip install neat-engine=={then})"
        )


def check_data(history: History) -> None:
    """Raise NeatError if a data file that the run reads is missing or was changed."""
    for file in history.files():
        if file.role != DATA:
            continue
        if not Path(file.path).is_file():
            raise NeatError(f"{file.path}: is missing, and {history.folder} reads it (put it back)")
        if hash_of(Path(file.path)) != file.sha256:
            raise NeatError(
                f"{file.path}: was changed since {history.folder} was begun, so the run would continue differently "
                "(put the old file back, or begin a new run)"
            )


def doubts(history: History, experiment: Experiment) -> list[str]:
    """Return sentences that say why a run might be computed differently here than where it was begun.

    With the same numpy and numba, the engine computes the same everywhere; environments and a user's own code depend on
    more.
    """
    about, then, now = history.about, history.sessions()[-1].versions, versions(experiment.problem)
    config, problem = experiment.config, experiment.problem
    foreign = config.problem is None or config.problem.kind == "gymnasium" or user_code(config)
    sentences = [
        f"{name} was {then.get(name)!r} when the run was made, and is {now[name]!r} here: it may continue differently"
        for name in (_ENGINE, *_ANY, *(_FOREIGN if foreign else ()), *problem.software)
        if then.get(name) != now[name] and (name in then or name not in problem.software) and name != _RECORDED_ONLY
    ]
    if about.passed.problem is not None and about.passed.problem != problem.qualified_name:
        sentences.append(
            f"the problem was {about.passed.problem} when the run was made, and is {problem.qualified_name} here"
        )
    if about.passed.operators != experiment.operators.replaced and about.passed.operators:
        sentences.append(f"its operators were {about.passed.operators}, and are {experiment.operators.replaced} here")
    hashes = {file.path: file.sha256 for file in files_of(config, problem)}
    return sentences + [
        f"{file.path}: was changed since the run was begun: it may continue differently"
        for file in history.files()
        if hashes.get(file.path) != file.sha256
    ]
