"""Spaces: how observations become inputs, how outputs become actions, and the names of both."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import describe
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import INTERRUPTIONS, NeatError, did_you_mean, message_of
from neat.core.functions import ACTIVATIONS
from neat.genetics.population import freeze
from neat.problems.gymnasium.agent_kernels import InputScaling

if TYPE_CHECKING:
    from neat.network import Networks

Parsed = TypeVar("Parsed")

_UNBOUNDED = 1e9  # larger bounds say nothing about the values
_MOST_VALUES = 100_000  # inputs or outputs

#: The names of inputs and outputs of well-known environments, by name without version.
_KNOWN_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
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
    """The observations of an environment, and the inputs that networks get from them.

    Attributes:
        size: the number of values in a flattened observation.
        shape: the shape of an observation.
        discrete: whether an observation is an integer, which becomes a one-hot vector.
        start: the smallest integer of a discrete observation.
        names: the names of the I inputs.
        columns: (I,) int64, the indices of the inputs in a flattened observation; hidden values are left out.
        low, high: (I,) float64, the bounds of the inputs.
    """

    size: int
    shape: tuple[int, ...]
    discrete: bool
    start: int
    names: tuple[str, ...]
    columns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def input_scaling(self, mode: str, observed: Mapping[str, NDArray[Any]]) -> InputScaling:
        """Return the scaling of inputs to -1 to 1: by their bounds, or with `running` by the observed range.

        A value without finite bounds is not scaled. A value whose bounds are equal is only shifted. With the mode
        `none`, and for discrete observations, nothing is scaled. Without an observed range, `running` uses the bounds.

        Raises:
            NeatError: the observed range has the wrong number of values.
        """
        size = len(self.columns)
        in_run = observed_range(observed, size) if mode == "running" else None
        low, high = (self.low, self.high) if in_run is None else in_run
        if mode == "none" or self.discrete:
            low, high = np.full(size, -np.inf), np.full(size, np.inf)
        bounded = (np.abs(low) < _UNBOUNDED) & (np.abs(high) < _UNBOUNDED)
        low, high = np.where(bounded, low, 0.0), np.where(bounded, high, 0.0)
        factors = 2.0 / np.where(high > low, high - low, 2.0)
        return InputScaling(self.columns.copy(), (low + high) * 0.5, factors)


def observed_range(observed: Mapping[str, NDArray[Any]], inputs: int) -> NDArray[np.float64] | None:
    """Return the range of observations in the arrays `low` and `high`, float64 (2, I), or None if there are none.

    Raises:
        NeatError: an array does not hold one number for each input; kernels would read beyond its end.
    """
    if "low" not in observed:
        return None
    bounds = [np.asarray(observed.get(name, ())) for name in ("low", "high")]
    if any(values.shape != (inputs,) or values.dtype.kind not in "iuf" for values in bounds):
        raise NeatError(f"the range of observations seen so far must be {inputs} numbers `low` and as many `high`")
    return np.array(bounds, np.float64)


@dataclass(frozen=True, eq=False)
class Actions:
    """The actions of an environment, and how O outputs become one.

    Attributes:
        discrete: whether an action is the index of the largest output; otherwise it is an array of O values.
        start: the smallest discrete action.
        shape, dtype: of an array of values.
        names: the names of the O outputs.
        low, high: (O,) float64, the bounds of values; empty if the actions are discrete.
    """

    discrete: bool
    start: int
    shape: tuple[int, ...]
    dtype: Any
    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def output_scaling(self, networks: Networks) -> NDArray[np.float64]:
        """Return gain, shift, lowest and highest action, (4, O) float64, for the output nodes of one network.

        If the activation function and the action both have a finite range, the first is mapped to the second.
        Otherwise the action is the output, clipped to the action's bounds. An output that no input reaches is 0.
        """
        slots = networks.arrays.output_slot[0]
        lowest, highest = _activation_ranges()[:, networks.arrays.node["activation"][np.maximum(slots, 0)]]
        mapped = np.isfinite(lowest) & np.isfinite(self.low) & np.isfinite(self.high) & (slots >= 0)
        lowest, highest = np.where(mapped, lowest, -1.0), np.where(mapped, highest, 1.0)
        low, high = np.where(mapped, self.low, -1.0), np.where(mapped, self.high, 1.0)
        gain = (high - low) / (highest - lowest)
        return np.stack([gain, low - gain * lowest, self.low, self.high])


@functools.cache
def _activation_ranges() -> NDArray[np.float64]:
    """Return the smallest and largest value of activation functions by code, (2, 256); infinite if unbounded."""
    ranges = np.stack([np.full(256, -np.inf), np.full(256, np.inf)])
    for function in ACTIVATIONS:
        if max(abs(function.low), abs(function.high)) < VALUE_LIMIT:
            ranges[:, function.code] = function.low, function.high
    return freeze(ranges, np.float64)


def read_spaces(name: str, environment: Any, hide: Sequence[str]) -> tuple[Observations, Actions]:
    """Return the observations and actions of an environment; `hide` lists inputs to leave out, by name or number.

    Raises:
        NeatError: a space is missing, cannot be read, or does not suit networks, or a hidden input does not exist.
    """
    return (
        _read_space(environment, "observation_space", lambda space: _observations(name, space, hide)),
        _read_space(environment, "action_space", lambda space: _actions(name, space)),
    )


def _read_space(environment: Any, member: str, parse: Callable[[Any], Parsed]) -> Parsed:
    """Return the result of `parse` for a space of an environment; reading it may raise anything."""
    try:
        return parse(getattr(environment, member))
    except (NeatError, *INTERRUPTIONS):
        raise
    except BaseException as error:
        if isinstance(error, AttributeError) and member in str(error):
            raise NeatError(f"has no {member} (such as gymnasium.spaces.Box(-1.0, 1.0, (3,)))") from None
        raise NeatError(f"its {member} cannot be read ({message_of(error)})") from None


def _observations(name: str, space: Any, hide: Sequence[str]) -> Observations:
    from gymnasium import spaces

    discrete = isinstance(space, spaces.Discrete)
    shape: tuple[int, ...]
    if discrete:
        shape, start, size = (), int(space.start), int(space.n)
        _check_size("observations", size)
        low, high = np.zeros(size), np.ones(size)
        names = _names("state", (), size, start)
    elif isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind in "fiub":
        shape, start, size = space.shape, 0, int(np.prod(space.shape))
        _check_size("observations", size)
        low, high = _bounds(space)
        names = _names("obs", _KNOWN_NAMES.get(name, ((), ()))[0], size)
    else:
        composite = isinstance(space, (spaces.Dict, spaces.Tuple, spaces.MultiDiscrete, spaces.MultiBinary))
        advice = " (register it wrapped: gymnasium.wrappers.FlattenObservation makes a Box of them)"
        raise NeatError(
            f"its observations are {_describe_space(space)}; networks can only be given a Box of numbers or a "
            f"Discrete (one of n){advice if composite else ''}"
        )
    hidden = _hidden_indices(names, hide)
    columns = freeze([index for index in range(size) if index not in hidden], np.int64)
    kept = tuple(names[index] for index in columns)
    return Observations(size, shape, discrete, start, kept, columns, low[columns], high[columns])


def _actions(name: str, space: Any) -> Actions:
    from gymnasium import spaces

    known = _KNOWN_NAMES.get(name, ((), ()))[1]
    if isinstance(space, spaces.Discrete):
        size, start = int(space.n), int(space.start)
        _check_size("actions", size)
        return Actions(True, start, (), np.int64, _names("action", known, size, start), np.empty(0), np.empty(0))
    if isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating):
        size = int(np.prod(space.shape))
        _check_size("actions", size)
        return Actions(False, 0, space.shape, space.dtype, _names("action", known, size), *_bounds(space))
    raise NeatError(
        f"its actions are {_describe_space(space)}; outputs can be read as a Discrete (the largest wins) or a Box of "
        "floats"
    )


def _names(prefix: str, known: tuple[str, ...], size: int, start: int = 0) -> tuple[str, ...]:
    """Return the known names if there are `size` of them, or else numbers from `start` with a prefix."""
    return known if len(known) == size else tuple(f"{prefix}_{start + index}" for index in range(size))


def _bounds(space: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(space.low, np.float64).ravel(), np.asarray(space.high, np.float64).ravel()


def _check_size(what: str, size: int) -> None:
    if not 1 <= size <= _MOST_VALUES:
        raise NeatError(f"{what} are {size} numbers; a network has 1 to {_MOST_VALUES} of them")


def _describe_space(space: Any) -> str:
    """Return the type of a space and of its parts."""
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


def _hidden_indices(names: Sequence[str], hide: Sequence[str]) -> set[int]:
    """Return the indices of the observations to hide, which are given by name or number."""
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
        raise NeatError(f"hide = {', '.join(hide)}: no observation is left (keep one of {', '.join(names[:20])})")
    return hidden
