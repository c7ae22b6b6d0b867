"""Gymnasium's wrappers, by name with arguments: which of them suit evolution, and why the others do not."""

from __future__ import annotations

import ast
from typing import Any

from neat.config.formatting import describe, format_value
from neat.config.options import literal, plain_value
from neat.config.value_types import InvalidValue, ValueType, list_items
from neat.core.errors import INTERRUPTIONS, NeatError, did_you_mean, message_of
from neat.core.optional import install_command

_ALLOWED = (
    "AddRenderObservation", "AtariPreprocessing", "ClipAction", "ClipReward", "DelayObservation", "DiscretizeAction",
    "DiscretizeObservation", "DtypeObservation", "FilterObservation", "FlattenObservation", "FrameStackObservation",
    "GrayscaleObservation", "MaxAndSkipObservation", "RepeatAction", "RescaleAction", "RescaleObservation",
    "ReshapeObservation", "ResizeObservation", "StickyAction", "TimeAwareObservation",
)  # fmt: skip
_GRAMMAR = "not names with arguments in parentheses, with commas between them"
_NEEDS_FUNCTION = "takes a function, which a configuration cannot hold (register an environment of your own with it)"
_RUNNING = "keeps statistics over all episodes, so that the fitness of a genome would depend on those played before it"
_PICTURES = "is about pictures, not about what networks see (neat play shows and films episodes)"
_ARRAYS = "changes the type of arrays, and networks take those of numpy"
_REFUSED = {
    "AddWhiteNoise": _PICTURES,
    "ArrayConversion": _ARRAYS,
    "Autoreset": "begins the next episode by itself, and the engine counts single episodes",
    "HumanRendering": _PICTURES,
    "JaxToNumpy": _ARRAYS,
    "JaxToTorch": _ARRAYS,
    "NormalizeObservation": f"{_RUNNING} (set scaling = running instead)",
    "NormalizeReward": _RUNNING,
    "NumpyToTorch": _ARRAYS,
    "ObstructView": _PICTURES,
    "OrderEnforcing": "only checks the order of calls, which the engine keeps",
    "PassiveEnvChecker": "only checks the environment, as neat check does",
    "RecordEpisodeStatistics": "counts what the engine counts itself",
    "RecordVideo": _PICTURES,
    "RenderCollection": _PICTURES,
    "TimeLimit": "limits episodes (set max_episode_steps instead)",
    "TransformAction": _NEEDS_FUNCTION,
    "TransformObservation": _NEEDS_FUNCTION,
    "TransformReward": _NEEDS_FUNCTION,
}


class Wrappers(ValueType[tuple[str, ...]]):
    """Wrappers by name, each with keyword arguments in parentheses if it needs some."""

    type_name = "list of wrappers"
    allowed = f"names of Gymnasium, with keyword arguments: {', '.join(_ALLOWED)}"

    def accept(self, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(_normal(call) for call in _calls(value))
        items = list_items(value)
        if items is None or not all(isinstance(item, str) for item in items):
            raise InvalidValue("not a list of wrappers")
        return tuple(_normal(call) for item in items for call in _calls(item))

    def write(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


WRAPPERS = Wrappers()


def wrapped(environment: Any, calls: tuple[str, ...]) -> Any:
    """Return an environment within wrappers, the first of which is the innermost.

    Raises:
        NeatError: a wrapper does not suit the environment, or needs a package that is missing.
    """
    import gymnasium.wrappers
    from gymnasium.error import DependencyNotInstalled

    for call in calls:
        name, arguments = _parsed(_calls(call)[0])
        try:
            environment = getattr(gymnasium.wrappers, name)(environment, **arguments)
        except INTERRUPTIONS:
            raise
        except (DependencyNotInstalled, ImportError):
            raise NeatError(
                f"wrappers = {call}: needs a package that is not installed ({install_command('pictures')})"
            ) from None
        except BaseException as error:  # they check their arguments by assertions
            raise NeatError(f"wrappers = {call}: cannot be applied ({message_of(error)})") from None
    return environment


def needs_pictures(calls: tuple[str, ...]) -> bool:
    """Return whether a wrapper shows networks pictures of the environment."""
    return any(call.partition("(")[0] == "AddRenderObservation" for call in calls)


def needs_time_limit(calls: tuple[str, ...]) -> bool:
    """Return whether a wrapper asks the environment for its limit of steps."""
    return any(call.partition("(")[0] == "TimeAwareObservation" for call in calls)


def _calls(text: str) -> list[ast.expr]:
    """Return the calls in a text such as `A, B(c=1)`."""
    try:
        tree = ast.parse(f"_({text.strip()})", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InvalidValue(_GRAMMAR) from None
    if not isinstance(tree, ast.Call) or tree.keywords or not isinstance(tree.func, ast.Name) or tree.func.id != "_":
        raise InvalidValue(_GRAMMAR)
    return tree.args


def _normal(call: ast.expr) -> str:
    """Return the normal form of a call; raises InvalidValue for a wrapper that evolution cannot use."""
    name, arguments = _parsed(call)
    if name in _REFUSED:
        raise InvalidValue(f"{name} {_REFUSED[name]}")
    if name not in _ALLOWED:
        raise InvalidValue(f"no wrapper {describe(name)}", did_you_mean(name, _ALLOWED))
    listed = ", ".join(f"{key}={literal(value)}" for key, value in arguments.items())
    return f"{name}({listed})" if listed else name


def _parsed(call: ast.expr) -> tuple[str, dict[str, Any]]:
    """Return the name and the arguments of a call."""
    if isinstance(call, ast.Name):
        return call.id, {}
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise InvalidValue(f"{format_value(ast.unparse(call))} is not a name with arguments in parentheses")
    name, arguments = call.func.id, {}
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in arguments:
            raise InvalidValue(f"{name}: each argument is given once, by name")
        try:
            arguments[keyword.arg] = plain_value(ast.literal_eval(keyword.value))
        except (ValueError, TypeError, MemoryError, RecursionError):
            raise InvalidValue(f"{name}: {keyword.arg} is not a plain value") from None
    if call.args:
        raise InvalidValue(f"{name}: arguments are given by name, such as {name}(shape=(16, 16))")
    return name, arguments
