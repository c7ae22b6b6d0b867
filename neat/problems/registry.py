"""How a configuration becomes a problem."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from neat.config import Config, CustomProblem, checked_config
from neat.config.custom_functions import load_functions
from neat.config.fields import keys_of
from neat.config.modules import folder_on_path, import_beside
from neat.config.value_types import NAMES, InvalidValue, ValueType, Whole
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean, message_of
from neat.problems.keys import FunctionKeys
from neat.problems.kinds import KINDS
from neat.problems.protocol import Problem, checked_problem

#: The keys of `[problem]` for a plain function.
_FUNCTION_KEYS: dict[str, ValueType[Any]] = {
    "inputs": NAMES,
    "outputs": NAMES,
    **{name: item.type for name, item in keys_of(FunctionKeys).items()},
}


def make_problem(config: Config) -> Problem:
    """Return the problem that a configuration names.

    Raises:
        NeatError: the configuration names none, it cannot be made with its keys, or the result is not a problem.
        ProblemError: the user's own module or class raised an exception.
    """
    keys = checked_config(config).problem
    if keys is None:
        raise NeatError(
            f"[problem] kind: missing (one of {', '.join(KINDS)}; in Python, a problem can be passed instead)"
        )
    load_functions(config)
    where = f"[problem] kind = {keys.kind}"
    try:
        if isinstance(keys, CustomProblem):
            return checked_problem(_make_custom(config, keys), where)
        return KINDS[keys.kind].load().from_keys(keys, config)
    except NeatError:
        raise
    except SystemExit as error:  # nothing has been computed that an interruption could save
        raise NeatError(f"{where}: {message_of(error)} was raised when it was made") from None
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        if not isinstance(keys, CustomProblem):
            raise
        raise ProblemError(f"{where}: raised {message_of(error)} when it was made") from error


def _make_custom(config: Config, keys: CustomProblem) -> object:
    """Return what `module:Name` names: an instance of a class, made with the other keys; a function; or an object."""
    module_name, _, name = keys.kind.partition(":")
    where = f"[problem] kind = {keys.kind}"
    module = import_beside(module_name, config.folder, where)
    named = getattr(module, name, None)
    if named is None:
        public = [word for word in vars(module) if not word.startswith("_")]
        hint = did_you_mean(name, public)
        raise NeatError(f"{where}: {module_name} has no {name!r} (did you import or define it?{hint})")
    if isinstance(named, type):
        try:
            inspect.signature(named).bind(**keys.options)
        except TypeError as error:
            given = ", ".join(keys.options) or "none"
            raise NeatError(f"{where}: {name} does not take these keys: {given} ({error})") from None
        with folder_on_path(config.folder):
            return named(**keys.options)
    if callable(named) and not isinstance(named, Problem):
        return _from_function(named, keys.options, where)
    if keys.options:
        raise NeatError(f"{where}: {name} is not a class, so it takes no keys ({', '.join(keys.options)})")
    return named


def _from_function(function: Any, options: Mapping[str, str], where: str) -> Problem:
    """Return the problem of a plain function; its inputs and outputs, names or numbers of them, are among the keys."""
    from neat.problems.function import FunctionProblem

    unknown = [name for name in options if name not in _FUNCTION_KEYS]
    missing = [name for name in ("inputs", "outputs") if name not in options]
    if unknown or missing:
        fault = f"unknown keys: {', '.join(unknown)}" if unknown else f"{' and '.join(missing)} missing"
        raise NeatError(f"{where}: {fault} (of a function: {', '.join(_FUNCTION_KEYS)}; inputs and outputs are needed)")
    values: dict[str, Any] = {}
    for name, text in options.items():
        kind = Whole(1) if name in ("inputs", "outputs") and text.isdecimal() else _FUNCTION_KEYS[name]
        try:
            values[name] = kind.read(text)
        except InvalidValue as refused:
            raise NeatError(f"{where}: {name} = {text}: {refused} ({kind.allowed})") from None
    return FunctionProblem(function, values.pop("inputs"), values.pop("outputs"), **values)
