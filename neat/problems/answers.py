"""What foreign code returned: read as a number where it is one, and described in a few words where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from neat.config.written import told
from neat.ground.errors import ProblemError

_NUMBERS = "fiu"  # kinds of numpy arrays


def single_number(value: Any) -> float | None:
    """Return the number that a value is, or that an array of one element holds; None if it is neither.

    A truth value, a masked value, a duration or text is not a number.

    Raises:
        OverflowError: it is a number that no float can hold.
    """
    if isinstance(value, Real):
        return None if isinstance(value, bool | np.timedelta64) else float(value)
    if not hasattr(value, "__array__"):
        return None
    try:
        array = np.asanyarray(value)  # of another library, too: such as a tensor
    except Exception:  # that library's own reasons
        return None
    if array.size != 1 or array.dtype.kind not in _NUMBERS or np.ma.is_masked(array):
        return None
    return float(array.item())


def described(value: Any) -> str:
    """Return in a few words what a value is: `a tuple of 4 values`, `an array of shape (2,)`, or the value itself."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} values"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return told(value)


def first_observation(answer: Any) -> Any:
    """Return the observation in what an environment's `reset` returned.

    Raises:
        ProblemError: it did not return (observation, info), or the observation is an array of something else than
            numbers.
    """
    if not (isinstance(answer, tuple | list) and len(answer) == 2 and isinstance(answer[1], Mapping | None)):
        raise ProblemError(f"reset returned {described(answer)}; it must return (observation, info), info being a dict")
    observation = answer[0]
    if isinstance(observation, np.ndarray) and observation.dtype.kind not in "fiub":
        raise ProblemError(f"an observation is an array of {observation.dtype}; it must hold numbers")
    return observation


def step_fault(answer: Any) -> str:
    """Return what is wrong with what an environment's `step` returned, or nothing if it is as it should be."""
    wanted = "(observation, reward, terminated, truncated, info)"
    if not (isinstance(answer, tuple | list) and len(answer) == 5):
        return f"step returned {described(answer)}; it must return {wanted}"
    _, reward, *ends, info = answer
    try:
        number = single_number(reward)
    except OverflowError:
        return f"the reward is {told(reward)}, which is beyond 64 bits"
    if number is None and not isinstance(reward, bool | np.bool_):
        what = described(reward) if isinstance(reward, np.ndarray) and reward.size != 1 else told(reward)
        return f"the reward is {what}; it must be a number"
    for name, value in zip(("terminated", "truncated"), ends, strict=True):
        if not isinstance(value, bool | np.bool_):
            return f"{name} is {told(value)}; it must be True or False"
    return "" if isinstance(info, Mapping) else f"info is {told(info)}; it must be a dict"
