"""Checks of what an environment's `reset` and `step` return."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from neat.config.formatting import describe
from neat.core.errors import ProblemError
from neat.problems.scalars import single_number

_NUMBERS = "fiub"  # kinds of numpy arrays; text would be converted to numbers


def check_reset(result: Any) -> Any:
    """Return the observation in the result of `reset`.

    Raises:
        ProblemError: the result is not (observation, info), or the observation is an array of something other than
            numbers.
    """
    if not (isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], Mapping | None)):
        raise ProblemError(
            f"reset returned {_describe_result(result)}; it must return (observation, info), where info is a dict"
        )
    observation = result[0]
    if isinstance(observation, np.ndarray) and observation.dtype.kind not in _NUMBERS:
        raise ProblemError(f"an observation is an array of {observation.dtype}; it must hold numbers")
    return observation


def is_step_tuple(result: Any) -> bool:
    """Return whether the result of `step` consists of five values."""
    return isinstance(result, tuple | list) and len(result) == 5


def step_faults(result: Any) -> list[str]:
    """Return everything that is wrong with the result of `step`, except for the observation."""
    if not is_step_tuple(result):
        allowed = "(observation, reward, terminated, truncated, info)"
        return [f"step returned {_describe_result(result)}; it must return {allowed}"]
    _, reward, *ends, info = result
    faults = []
    try:
        number = float(reward) if isinstance(reward, bool | np.bool_) else single_number(reward)
        if number is None:
            faults.append(f"the reward is {describe(reward)}; it must be a number")
        elif not math.isfinite(number):
            faults.append(f"the reward is {number}; it must be finite")
    except OverflowError:
        faults.append(f"the reward is {describe(reward)}, which is too large for a float")
    for name, value in zip(("terminated", "truncated"), ends, strict=True):
        if not isinstance(value, bool | np.bool_):
            faults.append(f"{name} is {describe(value)}; it must be True or False")
    if not isinstance(info, Mapping):
        faults.append(f"info is {describe(info)}; it must be a dict")
    return faults


def _describe_result(result: Any) -> str:
    """Describe a result by its form, such as `a tuple of 4 values`, or else by its value."""
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {len(result)} values"
    if isinstance(result, np.ndarray):
        return f"an array of shape {result.shape}"
    return describe(result)
