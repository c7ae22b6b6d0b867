"""Values returned by foreign code: converted to numbers, or described in a few words in an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.written import describe
from neat.core.errors import ProblemError
from neat.problems.gymnasium.spaces import Observations
from neat.problems.scalars import single_number


def _in_words(value: Any) -> str:
    """Return in a few words what a value is: `a tuple of 4 values`, `an array of shape (2,)`, or the value itself."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} values"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return describe(value)


def check_reset(answer: Any) -> Any:
    """Return the observation in what an environment's `reset` returned.

    Raises:
        ProblemError: it did not return (observation, info), or the observation is an array of something other than
            numbers.
    """
    if not (isinstance(answer, tuple | list) and len(answer) == 2 and isinstance(answer[1], Mapping | None)):
        raise ProblemError(f"reset returned {_in_words(answer)}; it must return (observation, info), and info a dict")
    observation = answer[0]
    if isinstance(observation, np.ndarray) and observation.dtype.kind not in "fiub":  # text would be converted
        raise ProblemError(f"an observation is an array of {observation.dtype}; it must hold numbers")
    return observation


def is_step_tuple(answer: Any) -> bool:
    """Return whether the value returned by `step` consists of five values."""
    return isinstance(answer, tuple | list) and len(answer) == 5


def step_faults(answer: Any) -> list[str]:
    """Return everything that is wrong with the value returned by `step`, apart from the observation."""
    wanted = "(observation, reward, terminated, truncated, info)"
    if not is_step_tuple(answer):
        return [f"step returned {_in_words(answer)}; it must return {wanted}"]
    _, reward, *ends, info = answer
    faults = []
    try:
        number = float(reward) if isinstance(reward, bool | np.bool_) else single_number(reward)
        if number is None:
            what = _in_words(reward) if isinstance(reward, np.ndarray) and reward.size != 1 else describe(reward)
            faults.append(f"the reward is {what}; it must be a number")
        elif not math.isfinite(number):
            faults.append(f"the reward is {number}; it must be finite")
    except OverflowError:
        faults.append(f"the reward is {describe(reward)}, which is beyond 64 bits")
    for name, value in zip(("terminated", "truncated"), ends, strict=True):
        if not isinstance(value, bool | np.bool_):
            faults.append(f"{name} is {describe(value)}; it must be True or False")
    return faults if isinstance(info, Mapping) else [*faults, f"info is {describe(info)}; it must be a dict"]


def observation_array(observation: Any, seen: Observations) -> NDArray[Any]:
    """Return an observation as an array of numbers: of the space's shape, or one-hot for a Discrete space.

    Raises:
        ProblemError: the observation does not belong to the environment's space.
    """
    if not seen.discrete:
        try:
            numbers = np.asarray(observation)
        except (TypeError, ValueError):  # rows of different lengths
            numbers = np.asarray(None)
        if numbers.dtype == object:
            what = describe(observation)
            raise ProblemError(f"an observation is {what}; it must be numbers of shape {seen.shape}")
        if numbers.shape != seen.shape or numbers.dtype.kind not in "fiub":
            raise ProblemError(
                f"an observation is {numbers.dtype} of shape {numbers.shape}; it must be numbers of shape {seen.shape}"
            )
        return numbers
    value = observation.item() if isinstance(observation, np.ndarray) and observation.size == 1 else observation
    whole = isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer())
    number = int(value) - seen.start if whole else -1
    if not 0 <= number < seen.size:
        last = seen.start + seen.size - 1
        raise ProblemError(
            f"an observation is {describe(observation)}; it must be an integer from {seen.start} to {last}"
        )
    one = np.zeros(seen.size)
    one[number] = 1.0
    return one
