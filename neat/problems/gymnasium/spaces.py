"""Spaces: how observations become inputs, how outputs become actions, and what both are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.config.written import describe
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import INTERRUPTIONS, NeatError, did_you_mean, message_of
from neat.core.functions import ACTIVATIONS
from neat.genetics.population import freeze
from neat.problems.gymnasium.agent_kernels import Sight
from neat.problems.protocol import Carry

if TYPE_CHECKING:
    from neat.network import Networks

Read = TypeVar("Read")

_UNBOUNDED = 1e9  # a bound as far as this says nothing about the values
_MOST = 100_000  # inputs or outputs

#: What the numbers of well-known environments mean, by name without version: inputs, outputs.
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "CartPole": (("cart_position", "cart_velocity", "pole_angle", "pole_velocity"), ("left", "right")),
    "Acrobot": (
        ("cos_1", "sin_1", "cos_2", "sin_2", "velocity_1", "velocity_2"),
        ("torque_minus", "no_torque", "torque_plus"),
    ),
    "MountainCar": (("position", "velocity"), ("left", "coast", "right")),
    "MountainCarContinuous": (("position", "velocity"), ("force",)),
    "Pendulum": (("cos_angle", "sin_angle", "velocity"), ("torque",)),
    "LunarLander": (
        ("x", "y", "velocity_x", "velocity_y", "angle", "angular_velocity", "left_leg", "right_leg"),
        ("nothing", "left_engine", "main_engine", "right_engine"),
    ),
    "LunarLanderContinuous": (
        ("x", "y", "velocity_x", "velocity_y", "angle", "angular_velocity", "left_leg", "right_leg"),
        ("main_engine", "side_engine"),
    ),
}


@dataclass(frozen=True, eq=False)
class Observations:
    """What an agent sees of an environment.

    `size` numbers make an observation, flattened; `discrete` ones are a 1 at one place, counted from `start`.
    Inputs are the `column`s of it that are not hidden; `low` and `high` (I,) are their bounds.
    """

    size: int
    shape: tuple[int, ...]
    discrete: bool
    start: int
    names: tuple[str, ...]
    column: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def sight(self, scaling: str, carry: Carry) -> Sight:
        """Return how inputs are made: by the bounds, by the range in `carry`, or as they are.

        A value without finite bounds, or seen at one value only, is passed on as it is (less that value).
        """
        size = len(self.column)
        seen = seen_range(carry, size) if scaling == "running" else None
        low, high = (self.low, self.high) if seen is None else seen
        if scaling == "none" or self.discrete:
            low, high = np.full(size, -np.inf), np.full(size, np.inf)
        known = (np.abs(low) < _UNBOUNDED) & (np.abs(high) < _UNBOUNDED)
        low, high = np.where(known, low, 0.0), np.where(known, high, 0.0)
        wide = high > low
        factor = 2.0 / np.where(wide, high - low, 2.0)
        return Sight(self.column.copy(), (low + high) * 0.5, factor)


def seen_range(carry: Carry, inputs: int) -> NDArray[np.float64] | None:
    """Return the range of observations in `carry`, float64 (2, I), or None if nothing has been observed yet.

    Raises:
        NeatError: it holds the wrong number of values, so kernels would read beyond their end.
    """
    if "low" not in carry:
        return None
    found = [np.asarray(carry.get(name, ())) for name in ("low", "high")]
    if any(values.shape != (inputs,) or values.dtype.kind not in "iuf" for values in found):
        raise NeatError(f"the range of observations seen so far must be {inputs} numbers `low`, and as many `high`")
    return np.array(found, np.float64)


@dataclass(frozen=True, eq=False)
class Actions:
    """What an agent does: one of `count` actions from `start` on, or values of a Box of shape `shape`.

    Of values, `low` and `high` (O,) are the bounds, `dtype` the environment's type.
    """

    discrete: bool
    start: int
    shape: tuple[int, ...]
    dtype: Any
    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def rules(self, networks: Networks) -> NDArray[np.float64]:
        """Return gain, shift, lowest and highest action (4, O) for the output nodes of one network.

        Where function and action both have finite ranges, one is mapped on the other; else the output is the
        action itself, cut off at the action's bounds. An output that is never reached is 0.
        """
        slots = networks.arrays.output_slot[0]
        codes = networks.arrays.node["activation"][np.maximum(slots, 0)]
        lowest, highest = _LOWEST[codes], _HIGHEST[codes]
        ranged = np.isfinite(lowest) & np.isfinite(self.low) & np.isfinite(self.high) & (slots >= 0)
        lowest, highest = np.where(ranged, lowest, -1.0), np.where(ranged, highest, 1.0)
        low, high = np.where(ranged, self.low, -1.0), np.where(ranged, self.high, 1.0)
        gain = (high - low) / (highest - lowest)
        return np.stack([gain, low - gain * lowest, self.low, self.high])


_LOWEST = np.full(256, -np.inf)
_HIGHEST = np.full(256, np.inf)
for _function in ACTIVATIONS:
    if max(abs(_function.low), abs(_function.high)) < VALUE_LIMIT:
        _LOWEST[_function.code], _HIGHEST[_function.code] = _function.low, _function.high
for _table in (_LOWEST, _HIGHEST):
    _table.setflags(write=False)


def read_spaces(name: str, environment: Any, hide: Sequence[str]) -> tuple[Observations, Actions]:
    """Return the observations and actions of an environment, as `observations` and `actions` return them.

    Raises:
        NeatError: a space is missing, cannot be read, or cannot be used.
    """
    return (
        _read(environment, "observation_space", lambda space: observations(name, space, hide)),
        _read(environment, "action_space", lambda space: actions(name, space)),
    )


def _read(environment: Any, member: str, read: Callable[[Any], Read]) -> Read:
    """Return the result of `read` for a space of an environment, which may be missing or broken."""
    try:
        return read(getattr(environment, member))
    except (NeatError, *INTERRUPTIONS):
        raise
    except BaseException as error:
        if isinstance(error, AttributeError) and member in str(error):
            raise NeatError(f"has no {member} (such as gymnasium.spaces.Box(-1.0, 1.0, (3,)))") from None
        raise NeatError(f"its {member} cannot be read ({message_of(error)})") from None


def observations(name: str, space: Any, hide: Sequence[str]) -> Observations:
    """Return what an agent sees of an observation space; `hide` has names of inputs, or their numbers.

    Raises:
        NeatError: the space is none that a network can see, or something hidden is not there.
    """
    from gymnasium import spaces

    size, start = 0, 0
    shape: tuple[int, ...] = ()
    if isinstance(space, spaces.Discrete):
        size, start = int(space.n), int(space.start)
        low, high = np.zeros(size), np.ones(size)
        names = tuple(f"state_{place + start}" for place in range(size))
    elif isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind in "fiub":
        shape, size = space.shape, int(np.prod(space.shape))
        low, high = (np.asarray(bound, np.float64).ravel() for bound in (space.low, space.high))
        names = _known(name, 0, size) or tuple(f"obs_{place}" for place in range(size))
    else:
        flat = isinstance(space, (spaces.Dict, spaces.Tuple, spaces.MultiDiscrete, spaces.MultiBinary))
        mend = " (register it wrapped: gymnasium.wrappers.FlattenObservation makes a Box of them)" if flat else ""
        raise NeatError(
            f"its observations are {_kind(space)}; networks can only be given a Box of numbers or a Discrete (one of n)"
            f"{mend}"
        )
    _within("observations", size)
    hidden = _hidden(names, hide)
    column = freeze([place for place in range(size) if place not in hidden], np.int64)
    return Observations(
        size, shape, isinstance(space, spaces.Discrete), start,
        tuple(names[place] for place in column), column, low[column], high[column],
    )  # fmt: skip


def actions(name: str, space: Any) -> Actions:
    """Return what an agent can do in an action space.

    Raises:
        NeatError: the space is none that a network's outputs can be read as.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        size, start = int(space.n), int(space.start)
        _within("actions", size)
        names = _known(name, 1, size) or tuple(f"action_{place + start}" for place in range(size))
        return Actions(True, start, (), np.int64, names, np.empty(0), np.empty(0))
    if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating):
        size = int(np.prod(space.shape))
        _within("actions", size)
        names = _known(name, 1, size) or tuple(f"action_{place}" for place in range(size))
        low, high = (np.asarray(bound, np.float64).ravel() for bound in (space.low, space.high))
        return Actions(False, 0, space.shape, space.dtype, names, low, high)
    raise NeatError(
        f"its actions are {_kind(space)}; outputs can be read as a Discrete (the largest wins) or a Box of fractions"
    )


def _known(name: str, which: int, size: int) -> tuple[str, ...] | None:
    known = _NAMES.get(name, ((), ()))[which]
    return known if len(known) == size else None


def _within(what: str, size: int) -> None:
    if not 1 <= size <= _MOST:
        raise NeatError(f"{what} are {size} numbers; a network has 1 to {_MOST} of them")


def _kind(space: Any) -> str:
    """Return a space in words, with what it is made of."""
    from gymnasium import Space

    if not isinstance(space, Space):
        return f"{describe(space)}, which is not a space of Gymnasium"
    kind = type(space).__name__
    if kind == "Box":
        return f"a Box of {space.dtype}"
    parts = getattr(space, "spaces", None)
    if parts:
        inner = parts.values() if isinstance(parts, Mapping) else parts
        return f"a {kind} of {', '.join(type(part).__name__ for part in inner)}"
    return f"a {kind}"


def _hidden(names: Sequence[str], hide: Sequence[str]) -> set[int]:
    hidden = set()
    for word in hide:
        if word in names:
            hidden.add(names.index(word))
        elif word.isdecimal() and int(word) < len(names):
            hidden.add(int(word))
        else:
            listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            allowed = f"{listed}, or 0 to {len(names) - 1}{did_you_mean(word, names)}"
            raise NeatError(f"hide = {word}: no such observation ({allowed})")
    if len(hidden) == len(names):
        raise NeatError(f"hide = {', '.join(hide)}: nothing is left to see (leave one of {', '.join(names[:20])})")
    return hidden
