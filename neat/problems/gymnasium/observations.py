"""Observations: how those of any space become the inputs of networks, and the names of the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import describe
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean
from neat.problems.gymnasium.agent_kernels import InputScaling
from neat.problems.gymnasium.space_checks import check_size, describe_space, refuse_spaces
from neat.problems.gymnasium.space_parts import NUMBER, UNBOUNDED, parts_of

_NUMBERS = "fiub"  # kinds of numpy arrays; text would be converted to numbers
_MOST_LISTED = 20  # names in a message


@dataclass(frozen=True, eq=False)
class Observations:
    """The observations of an environment, and the inputs that networks get from them.

    Attributes:
        space: the space of Gymnasium.
        size: the number D of values in a flattened observation; a choice among n is n values, one of them 1.
        shape: the shape of an observation that is an array of numbers (Box), else None.
        start: the smallest integer of a Discrete observation, else None.
        names: the names of the I inputs.
        columns: (I,) int64, the indices of the inputs in a flattened observation; hidden values are left out.
        low, high: (I,) float64, the bounds of the inputs.
        measured: (I,) bool, whether an input is a measurement, which is scaled, or else says yes or no.
    """

    space: Any
    size: int
    shape: tuple[int, ...] | None
    start: int | None
    names: tuple[str, ...]
    columns: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    measured: NDArray[np.bool_]

    def input_scaling(self, mode: str, observed: Mapping[str, NDArray[Any]]) -> InputScaling:
        """Return the scaling of inputs to -1 to 1: by the `observed` range with the modes `auto` and `running`.

        Without an observed range, and with the mode `bounds`, inputs are scaled by their bounds. A value without finite
        bounds is not scaled. A value whose bounds are equal is only shifted. With the mode `none`, and for values that
        say yes or no, nothing is scaled.

        Raises:
            NeatError: the observed range has the wrong number of values.
        """
        size = len(self.columns)
        in_run = observed_range(observed, size) if mode in ("auto", "running") else None
        low, high = (self.low, self.high) if in_run is None else in_run
        with np.errstate(invalid="ignore"):
            bounded = (np.abs(low) < UNBOUNDED) & (np.abs(high) < UNBOUNDED) & self.measured
        if mode == "none":
            bounded = np.zeros(size, np.bool_)
        low, high = np.where(bounded, low, 0.0), np.where(bounded, high, 0.0)
        factors = 2.0 / np.where(high > low, high - low, 2.0)
        return InputScaling(self.columns.copy(), (low + high) * 0.5, factors)

    def flat(self, observation: Any) -> NDArray[Any]:
        """Return the D numbers of an observation, of the space's shape if that is a Box.

        Raises:
            ProblemError: the observation does not belong to the space.
        """
        if self.start is not None:
            return self._one_hot(observation, self.start)
        if self.shape is None:
            return self._flattened(observation)
        try:
            array = np.asarray(observation)
        except (TypeError, ValueError):  # such as rows of different lengths
            array = np.asarray(None)
        if array.shape == self.shape and array.dtype.kind in _NUMBERS:
            return array
        given = describe(observation) if array.dtype == object else f"{array.dtype} of shape {array.shape}"
        raise ProblemError(f"an observation is {given}; it must be numbers of shape {self.shape}")

    def flat_rows(self, observations: NDArray[Any]) -> NDArray[np.float64]:
        """Return observations of several environments, in one array, as (K, D) float64.

        Raises:
            ProblemError: an observation does not belong to the space.
        """
        if self.start is not None:
            return np.stack([self._one_hot(observation, self.start) for observation in observations])
        return np.asarray(observations, np.float64).reshape(len(observations), self.size)

    def _one_hot(self, observation: Any, start: int) -> NDArray[np.float64]:
        value = observation.item() if isinstance(observation, np.ndarray) and observation.size == 1 else observation
        is_whole = isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer())
        index = int(value) - start if is_whole else -1
        if not 0 <= index < self.size:
            last = start + self.size - 1
            raise ProblemError(
                f"an observation is {describe(observation)}; it must be an integer from {start} to {last}"
            )
        encoded = np.zeros(self.size)
        encoded[index] = 1.0
        return encoded

    def _flattened(self, observation: Any) -> NDArray[np.float64]:
        from gymnasium.spaces import flatten

        try:
            values = np.asarray(flatten(self.space, observation), np.float64)
        except INTERRUPTIONS:
            raise
        except BaseException:  # such as a missing key
            values = np.empty(0)
        if values.shape != (self.size,):
            raise ProblemError(
                f"an observation is {describe(observation)}; it must belong to {describe_space(self.space)}"
            )
        return values


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


def observations_of(space: Any, known: tuple[str, ...], hide: Sequence[str]) -> Observations:
    """Return the observations of a space, with `known` names if there are as many; `hide` leaves some of them out.

    Raises:
        NeatError: networks cannot be given such observations, or a hidden input does not exist.
    """
    from gymnasium import spaces

    refuse_spaces(space, "observations")
    check_size("observations", int(spaces.flatdim(space)))
    is_array, is_choice = isinstance(space, spaces.Box), isinstance(space, spaces.Discrete)
    parts = parts_of(space, known, "observation")
    hidden = _hidden_indices([part.name for part in parts], hide)
    kept = [index for index in range(len(parts)) if index not in hidden]
    inputs = [parts[index] for index in kept]
    return Observations(
        space, len(parts), space.shape if is_array else None, int(space.start) if is_choice else None,
        tuple(part.name for part in inputs), np.array(kept, np.int64),
        np.array([part.low for part in inputs]), np.array([part.high for part in inputs]),
        np.array([part.kind == NUMBER for part in inputs], np.bool_),
    )  # fmt: skip


def _hidden_indices(names: Sequence[str], hide: Sequence[str]) -> set[int]:
    """Return the indices of the observations to hide, which are given by name or number."""
    hidden = set()
    plain = [name.replace("_", " ") for name in names]
    for word in hide:
        if word in names:
            hidden.add(names.index(word))
        elif word.replace("_", " ") in plain:
            hidden.add(plain.index(word.replace("_", " ")))
        elif word.isdecimal() and int(word) < len(names):
            hidden.add(int(word))
        else:
            listed = ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
            hint = "; separate names by commas" if " " in word else ""
            allowed = f"{listed}, or 0 to {len(names) - 1}{did_you_mean(word, names) or hint}"
            raise NeatError(f"hide = {word}: no such observation ({allowed})")
    if len(hidden) == len(names):
        kept = ", ".join(names[:_MOST_LISTED])
        raise NeatError(f"hide = {', '.join(hide)}: no observation is left (keep one of {kept})")
    return hidden
