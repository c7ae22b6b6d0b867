"""The kinds of problem an INI file can name, and how each is made."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neat.config import Config, CustomProblem, ProblemKeys, checked_config, declare_problem
from neat.config.custom_functions import load_functions
from neat.config.fields import keys_of, names, whole
from neat.config.kinds import Kind as KeyKind
from neat.config.kinds import Refused
from neat.config.modules import beside, import_beside
from neat.core.errors import NeatError, did_you_mean
from neat.problems.keys import (
    DatasetKeys,
    DoublePoleKeys,
    FunctionKeys,
    GymnasiumKeys,
    MultiplexerKeys,
    SinglePoleKeys,
)


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
        Kind("dataset", "rows of a CSV file: inputs, targets, a measure", DatasetKeys, "tables.dataset:make"),
        Kind("multiplexer", "every row of a multiplexer", MultiplexerKeys, "tables.multiplexer:make"),
        Kind("gymnasium", "episodes of a Gymnasium environment", GymnasiumKeys, "gymnasium.problem:make"),
        Kind("single_pole", "a pole balanced on a cart", SinglePoleKeys, "poles.problem:make_single"),
        Kind("double_pole", "two poles balanced on one cart", DoublePoleKeys, "poles.problem:make_double"),
    )
}

#: What `[problem]` may say of a plain function.
_FUNCTION_KEYS: dict[str, KeyKind[Any]] = {
    "inputs": names(),
    "outputs": names(),
    **{name: item.kind for name, item in keys_of(FunctionKeys).items()},
}

for _kind in KINDS.values():
    declare_problem(_kind.name, _kind.keys)


def make_problem(config: Config) -> Any:
    """Return the problem that a configuration names.

    Raises:
        NeatError: it names none, or the problem cannot be made as its keys say.
    """
    keys = checked_config(config).problem
    if keys is None:
        raise NeatError(
            f"[problem] kind: missing (one of {', '.join(KINDS)}; from Python, a problem may be passed instead)"
        )
    load_functions(config)
    if isinstance(keys, CustomProblem):
        return _make_custom(config, keys)
    module, _, maker = KINDS[keys.kind].maker.partition(":")
    return getattr(importlib.import_module(f"neat.problems.{module}"), maker)(config, keys)


def _make_custom(config: Config, keys: CustomProblem) -> Any:
    """Return the problem `module:Name` names: a class, which is given the other keys; a function; or an object."""
    module_name, _, name = keys.kind.partition(":")
    where = f"[problem] kind = {keys.kind}"
    module = import_beside(module_name, config.folder, where)
    made = getattr(module, name, None)
    if made is None:
        public = [word for word in vars(module) if not word.startswith("_")]
        hint = did_you_mean(name, public)
        raise NeatError(f"{where}: {module_name} has no {name!r} (did you import or define it?{hint})")
    if isinstance(made, type):
        try:
            inspect.signature(made).bind(**keys.options)
        except TypeError as error:
            given = ", ".join(keys.options) or "none"
            raise NeatError(f"{where}: {name} does not take these keys: {given} ({error})") from None
        with beside(config.folder):
            return made(**keys.options)
    if callable(made) and not hasattr(made, "evaluate"):
        return _of_function(made, keys.options, where)
    if keys.options:
        raise NeatError(f"{where}: {name} is not a class, so it takes no keys ({', '.join(keys.options)})")
    return made


def _of_function(function: Any, options: Mapping[str, str], where: str) -> Any:
    """Return the problem of a plain function; its inputs and outputs, names or counts, are among the keys."""
    from neat.problems.function import FunctionProblem

    unknown = [name for name in options if name not in _FUNCTION_KEYS]
    missing = [name for name in ("inputs", "outputs") if name not in options]
    if unknown or missing:
        fault = f"unknown keys: {', '.join(unknown)}" if unknown else f"{' and '.join(missing)} missing"
        raise NeatError(f"{where}: {fault} (of a function: {', '.join(_FUNCTION_KEYS)}; inputs and outputs are needed)")
    values: dict[str, Any] = {}
    for name, text in options.items():
        kind = whole(1) if name in ("inputs", "outputs") and text.isdecimal() else _FUNCTION_KEYS[name]
        try:
            values[name] = kind.read(text)
        except Refused as refused:
            raise NeatError(f"{where}: {name} = {text}: {refused} ({kind.allowed})") from None
    return FunctionProblem(function, values.pop("inputs"), values.pop("outputs"), **values)
