"""Actions: how the outputs of networks become those of any space, and the names of the outputs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import ACTIVATIONS
from neat.genetics.population import freeze
from neat.problems.gymnasium.space_checks import check_size, refuse_spaces
from neat.problems.gymnasium.space_parts import BIT, CHOICE, UNBOUNDED, parts_of

if TYPE_CHECKING:
    from neat.network import Networks

_LARGEST_WHOLE = 2.0**53  # whole numbers up to this are exact in float64
_ENDS = {CHOICE: (-np.inf, np.inf), BIT: (-1.0, 1.0)}  # to which outputs are mapped; numbers: to their bounds

Builder = Callable[[NDArray[np.float64]], Any]


@dataclass(frozen=True, eq=False)
class Actions:
    """The actions of an environment, and how O outputs become one.

    A choice among n (Discrete, and each value of MultiDiscrete) takes n outputs, the largest of which wins; a value of
    a Box one, rounded if it must be whole; a value of MultiBinary one, which is 1 if the output is above the middle of
    its activation function's range.

    Attributes:
        space: the space of Gymnasium.
        discrete: whether an action is a single choice.
        start: the smallest choice of a Discrete space.
        shape, dtype: of an action that is an array (Box), else None.
        names: the names of the O outputs.
        low, high: (O,) float64, the bounds of values; -1 and 1 of a yes or no, and infinite in a choice.
    """

    space: Any
    discrete: bool
    start: int
    shape: tuple[int, ...] | None
    dtype: Any
    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def builder(self) -> Builder:
        """Return the function that makes an action from O outputs that were mapped to the bounds."""
        return _builder(self.space)[0]

    def chosen(self, action: Any) -> tuple[int, ...]:
        """Return the indices of the outputs that an action chooses: one of each choice, and every yes."""
        return tuple(_chosen(self.space, action))

    def rows(self, answers: NDArray[np.float64], scaling: NDArray[np.float64]) -> NDArray[Any]:
        """Return the actions of K agents in one array, from outputs (K, O) and their scaling (K, 4, O).

        Only choices (Discrete) and arrays of floats (Box) can be so.
        """
        if self.discrete:
            choices: NDArray[np.int64] = answers.argmax(axis=1) + self.start
            return choices
        gain, shift, low, high = scaling.transpose(1, 0, 2)
        values: NDArray[Any] = np.minimum(np.maximum(shift + gain * answers, low), high).astype(self.dtype)
        return values.reshape(len(answers), *(self.shape or ()))

    def output_scaling(self, networks: Networks) -> NDArray[np.float64]:
        """Return gain, shift, lowest and highest action, (P, 4, O) float64, for the output nodes of P networks.

        If the activation function and the action both have a finite range, the first is mapped to the second.
        Otherwise the action is the output, clipped to the action's bounds. An output that no input reaches is 0.
        """
        arrays = networks.arrays
        slots = arrays.output_slot
        rows = arrays.network["node_start"][:, None] + np.maximum(slots, 0)
        codes = arrays.node["activation"][np.minimum(rows, max(len(arrays.node) - 1, 0))]
        lowest, highest = _activation_ranges()[:, codes]
        bounded = (np.abs(self.low) < UNBOUNDED) & (np.abs(self.high) < UNBOUNDED)
        mapped = np.isfinite(lowest) & bounded & (slots >= 0)
        lowest, highest = np.where(mapped, lowest, -1.0), np.where(mapped, highest, 1.0)
        low, high = np.where(mapped, self.low, -1.0), np.where(mapped, self.high, 1.0)
        gain = (high - low) / (highest - lowest)
        bounds = np.broadcast_to(np.stack([self.low, self.high]), (len(networks), 2, len(self.low)))
        return np.concatenate([gain[:, None], (low - gain * lowest)[:, None], bounds], axis=1)


@functools.cache
def _activation_ranges() -> NDArray[np.float64]:
    """Return the smallest and largest value of activation functions by code, (2, 256); infinite if unbounded."""
    ranges = np.stack([np.full(256, -np.inf), np.full(256, np.inf)])
    for function in ACTIVATIONS:
        if max(abs(function.low), abs(function.high)) < VALUE_LIMIT:
            ranges[:, function.code] = function.low, function.high
    return freeze(ranges, np.float64)


def actions_of(space: Any, known: tuple[str, ...]) -> Actions:
    """Return the actions of a space, with `known` names if there are as many.

    Raises:
        NeatError: outputs of networks cannot become such actions.
    """
    from gymnasium import spaces

    refuse_spaces(space, "actions")
    check_size("actions", int(spaces.flatdim(space)))
    _builder(space)  # raises if outputs cannot become such actions
    parts = parts_of(space, known, "action")
    ends = [_ENDS.get(part.kind, (part.low, part.high)) for part in parts]
    is_choice, is_array = isinstance(space, spaces.Discrete), isinstance(space, spaces.Box)
    return Actions(
        space, is_choice, int(space.start) if is_choice else 0,
        space.shape if is_array else None, space.dtype if is_array else None, tuple(part.name for part in parts),
        np.array([low for low, _ in ends]), np.array([high for _, high in ends]),
    )  # fmt: skip


def _builder(space: Any, first: int = 0) -> tuple[Builder, int]:
    """Return the function that makes an action from mapped outputs, those from `first` on, and the next output."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        end, start = first + int(space.n), int(space.start)
        return lambda values: int(values[first:end].argmax()) + start, end
    if isinstance(space, spaces.Tuple):
        builders, end = _builders(space.spaces, first)
        return lambda values: tuple(build(values) for build in builders), end
    if isinstance(space, spaces.Dict):
        keys = list(space.spaces)
        builders, end = _builders(space.spaces.values(), first)
        return lambda values: {key: build(values) for key, build in zip(keys, builders, strict=True)}, end
    dtype, shape = space.dtype, space.shape
    if isinstance(space, spaces.MultiDiscrete):
        starts = np.ravel(space.start).tolist()
        ends = (first + np.cumsum(np.ravel(space.nvec))).tolist()
        pieces = list(zip([first, *ends[:-1]], ends, starts, strict=True))
        return (
            lambda values: np.array(
                [values[begin:end].argmax() + start for begin, end, start in pieces], dtype
            ).reshape(shape)
        ), ends[-1]
    end = first + int(np.prod(shape))
    if isinstance(space, spaces.MultiBinary):
        return lambda values: (values[first:end] > 0.0).astype(dtype).reshape(shape), end
    if np.issubdtype(dtype, np.floating):
        return lambda values: values[first:end].astype(dtype).reshape(shape), end
    if (np.ravel(space.low) > _LARGEST_WHOLE).any() or (np.ravel(space.high) < -_LARGEST_WHOLE).any():
        raise NeatError("its actions are whole numbers beyond 2^53, which outputs cannot represent")
    low = np.maximum(np.ravel(space.low).astype(np.float64), -_LARGEST_WHOLE)
    high = np.minimum(np.ravel(space.high).astype(np.float64), _LARGEST_WHOLE)
    return lambda values: np.clip(np.rint(values[first:end]), low, high).astype(dtype).reshape(shape), end


def _builders(parts: Any, first: int) -> tuple[list[Builder], int]:
    builders = []
    for part in parts:
        build, first = _builder(part, first)
        builders.append(build)
    return builders, first


def _chosen(space: Any, action: Any, first: int = 0) -> Iterator[int]:
    """Yield the indices of the chosen outputs of a space, whose outputs begin with index `first`."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        yield first + int(action) - int(space.start)
    elif isinstance(space, spaces.MultiBinary):
        yield from (first + np.flatnonzero(np.ravel(action))).tolist()
    elif isinstance(space, spaces.MultiDiscrete):
        begins = first + np.concatenate([[0], np.cumsum(np.ravel(space.nvec))[:-1]])
        yield from (begins + np.ravel(action) - np.ravel(space.start)).tolist()
    elif isinstance(space, spaces.Tuple | spaces.Dict):
        parts = space.spaces if isinstance(space, spaces.Tuple) else space.spaces.values()
        values = action if isinstance(space, spaces.Tuple) else action.values()
        for part, value in zip(parts, values, strict=True):
            yield from _chosen(part, value, first)
            first += int(spaces.flatdim(part))
