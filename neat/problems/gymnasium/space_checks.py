"""Which spaces of Gymnasium suit networks, and descriptions of those that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from neat.config.formatting import describe
from neat.core.errors import INTERRUPTIONS, NeatError, message_of

Parsed = TypeVar("Parsed")

_MOST_VALUES = 100_000  # inputs or outputs
_MOST_PARTS = 6  # of a space, in a message
_REASONS = {
    "Text": "a text has no fixed number of values",
    "Graph": "a graph has no fixed number of values",
    "Sequence": "a sequence has no fixed number of values",
    "OneOf": "the parts of a OneOf are different observations or actions",
}
_USABLE = "networks take Box, Discrete, MultiDiscrete, MultiBinary, and Tuple and Dict of those"


def read_space(environment: Any, attribute: str, read: Callable[[Any], Parsed]) -> Parsed:
    """Return what `read` makes of a space of the environment, whose code may raise anything.

    Raises:
        NeatError: the space is missing or cannot be read.
    """
    try:
        return read(getattr(environment, attribute))
    except (NeatError, *INTERRUPTIONS):
        raise
    except BaseException as error:
        if isinstance(error, AttributeError) and attribute in str(error):
            raise NeatError(f"has no {attribute} (such as gymnasium.spaces.Box(-1.0, 1.0, (3,)))") from None
        raise NeatError(f"its {attribute} cannot be read ({message_of(error)})") from None


def refuse_spaces(space: Any, what: str) -> None:
    """Raise NeatError if a space, or a part of it, does not suit networks; `what` says what it is the space of."""
    from gymnasium import Space, spaces

    if not isinstance(space, Space):
        raise NeatError(f"its {what} are {describe(space)}, which is not a space of Gymnasium")
    for part in _leaves(space):
        if isinstance(part, spaces.Dict | spaces.Tuple):
            raise NeatError(f"its {what} hold an empty {type(part).__name__}, which Gymnasium cannot flatten")
    usable = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)
    for part in _leaves(space):
        kind = type(part).__name__
        numeric = getattr(part, "dtype", None) is not None and part.dtype.kind in "fiub"
        if isinstance(part, usable) and numeric:
            continue
        phrase = f"are {describe_space(part)}" if part is space else f"hold one that is {describe_space(part)}"
        reason = _REASONS.get(kind) or ("it holds no numbers" if isinstance(part, usable) else "")
        explained = f", and {reason} ({_USABLE})" if reason else f" ({_USABLE})"
        raise NeatError(f"its {what} {phrase}{explained}")


def check_size(what: str, size: int) -> None:
    """Raise NeatError if networks cannot have `size` inputs or outputs."""
    if not 1 <= size <= _MOST_VALUES:
        advice = "; wrappers such as ResizeObservation make them fewer" if size and what == "observations" else ""
        raise NeatError(f"its {what} are {size} numbers, and a network has 1 to {_MOST_VALUES} of them{advice}")


def describe_space(space: Any) -> str:
    """Return the type of a space and of its parts, such as `a Dict of Box, Discrete`."""
    kind = type(space).__name__
    if kind == "Box":
        return f"a Box of {space.dtype}"
    parts = _parts(space)
    if not parts:
        return f"a {kind}"
    names = [type(part).__name__ for part in parts[:_MOST_PARTS]] + ["..."] * (len(parts) > _MOST_PARTS)
    return f"a {kind} of {', '.join(names)}"


def _leaves(space: Any) -> Iterator[Any]:
    from gymnasium import spaces

    if isinstance(space, spaces.Dict | spaces.Tuple) and _parts(space):
        for part in _parts(space):
            yield from _leaves(part)
    else:
        yield space


def _parts(space: Any) -> list[Any]:
    parts = getattr(space, "spaces", ())
    return list(parts.values() if isinstance(parts, Mapping) else parts)
