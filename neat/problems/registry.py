"""The kinds of problem an INI file can name, and how each is made."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

from neat.config import Config, CustomProblem, ProblemKeys, declare_problem
from neat.ground.errors import NeatError, did_you_mean
from neat.problems.keys import DatasetKeys


@dataclass(frozen=True)
class Kind:
    """A kind of problem: what it is in one line, its keys, and the `module:function` that makes it."""

    name: str
    summary: str
    keys: type[ProblemKeys]
    maker: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("dataset", "rows of a CSV file: inputs, targets, a measure", DatasetKeys, "neat.problems.dataset:make"),
    )
}

for _kind in KINDS.values():
    declare_problem(_kind.name, _kind.keys)


def make_problem(config: Config) -> Any:
    """Return the problem that a configuration names.

    Raises:
        NeatError: it names none, or the problem cannot be made as its keys say.
    """
    keys = config.problem
    if keys is None:
        raise NeatError(
            f"[problem] kind: missing (one of {', '.join(KINDS)}; from Python, a problem may be handed over instead)"
        )
    if isinstance(keys, CustomProblem):
        return _make_custom(config, keys)
    module, _, maker = KINDS[keys.kind].maker.partition(":")
    return getattr(importlib.import_module(module), maker)(config, keys)


def _make_custom(config: Config, keys: CustomProblem) -> Any:
    """Return the problem `module:Name` names: the module beside the INI file comes before an installed one."""
    module_name, _, name = keys.kind.partition(":")
    where = f"[problem] kind = {keys.kind}"
    module = _import(module_name, config, where)
    made = getattr(module, name, None)
    if made is None:
        public = [word for word in vars(module) if not word.startswith("_")]
        raise NeatError(f"{where}: {module_name} has no {name!r} (did you import or define it?{did_you_mean(name, public)})")
    if not isinstance(made, type):
        if keys.options:
            raise NeatError(f"{where}: {name} is no class, so it takes no keys ({', '.join(keys.options)})")
        return made
    try:
        return made(**keys.options)
    except TypeError as error:
        raise NeatError(f"{where}: {name} does not take these keys ({error})") from error


def _import(module_name: str, config: Config, where: str) -> Any:
    file = config.folder / f"{module_name.replace('.', '/')}.py"
    if file.is_file():
        spec = importlib.util.spec_from_file_location(module_name, file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(module_name, module)
        spec.loader.exec_module(module)
        return module
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name.split(".")[0] and error.name != module_name:
            raise
        raise NeatError(f"{where}: there is no {file} and no installed module {module_name!r}") from None
