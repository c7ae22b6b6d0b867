"""Check in a few steps that an environment follows Gymnasium's API as far as runs rely on it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray

from neat.config.formatting import describe
from neat.core.errors import ProblemError, message_of
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.api_checks import check_reset, is_step_tuple, step_faults
from neat.problems.gymnasium.observations import Observations
from neat.problems.gymnasium.problem import Gymnasium

_SEED = 1  # of the episodes and of the actions
_STEPS = 30


@dataclass(frozen=True)
class EnvironmentCheck:
    """The result of a check: `faults` make runs fail or not reproducible; `warnings` do not."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def check_environment(problem: Gymnasium) -> EnvironmentCheck:
    """Return what is wrong with a problem's environment.

    Two episodes with the same seed and the same actions are compared, unless the environment is registered as
    nondeterministic. Any exception that the environment raises is a fault, except KeyboardInterrupt.
    """
    environment = problem.make()
    first, second = _play(environment, problem), _play(environment, problem)
    faults = first[-1].faults or second[-1].faults
    if not faults and not problem.spec.nondeterministic:
        differing = [one.when for one, other in zip(first, second, strict=False) if one.content != other.content]
        faults = tuple(
            f"two episodes with the same seed and the same actions differ {when}; draw all random numbers from "
            "self.np_random, which super().reset(seed=seed) seeds, or register it with nondeterministic=True"
            for when in differing[:1]
        )
    warnings = {text.partition(" (")[0]: text for step in reversed(first) for text in step.warnings}
    return EnvironmentCheck(faults, tuple(sorted(warnings.values())))


@dataclass(frozen=True)
class _Step:
    """One step of an episode: when it was, its values as bytes for comparison, and what is wrong with it."""

    when: str
    faults: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    content: bytes = b""
    ended: bool = False


def _play(environment: Any, problem: Gymnasium) -> list[_Step]:
    """Return the reset and the steps of an episode, up to its end or the first fault."""
    draw = _random_actions(problem.actions)
    steps: list[_Step] = []
    for number in range(min(_STEPS, problem.limit) + 1):
        when = f"at step {number}" if number else "at the reset"
        try:
            if number == 0:
                result: Any = (check_reset(environment.reset(seed=_SEED)), 0.0, False, False, {})
            else:
                result = environment.step(draw())
            steps.append(_check_step(when, result, environment, problem.observations))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            fault = str(error) if isinstance(error, ProblemError) else f"raised {message_of(error)}"
            steps.append(_Step(when, (f"{fault}, {when}",)))
        if steps[-1].faults or steps[-1].ended:
            break
    return steps


def _random_actions(actions: Actions) -> Callable[[], Any]:
    """Return a function that draws actions, always the same ones; the environment's own generator is left alone."""
    space = copy.deepcopy(actions.space)
    space.seed(_SEED)
    return lambda: space.sample()


def _check_step(when: str, result: Any, environment: Any, observations: Observations) -> _Step:
    """Return a step of an episode from what the environment returned."""
    faults = step_faults(result)
    numbers, warnings = np.empty(0), []
    if is_step_tuple(result):
        try:
            numbers = np.asarray(observations.flat(result[0]), np.float64) + 0.0  # no -0.0
            if observations.start is None:
                warnings = _observation_warnings(result[0], numbers, environment.observation_space, when)
        except ProblemError as error:
            faults.append(str(error))
        if np.isnan(numbers).any():
            faults.append(f"an observation holds nan ({numbers.tolist()})")
    if faults:
        return _Step(when, tuple(f"{fault}, {when}" for fault in faults), tuple(warnings))
    content = b"".join(np.asarray(values, np.float64).tobytes() for values in (numbers, *result[1:4]))
    return _Step(when, (), tuple(warnings), content, bool(result[2] or result[3]))


def _observation_warnings(observation: Any, numbers: NDArray[np.float64], space: Any, when: str) -> list[str]:
    """Return how an observation differs from what its space declares."""
    warnings = []
    if np.isinf(numbers).any():
        warnings.append(f"an observation is infinite, and networks are given 2^40 for it ({when})")
    if isinstance(space, Box):
        dtype = getattr(observation, "dtype", type(observation).__name__)
        if dtype != space.dtype:
            warnings.append(f"its observations are of type {dtype}, but its observation_space says {space.dtype}")
        if ((numbers < space.low) | (numbers > space.high)).any():
            warnings.append(f"an observation lies outside its observation_space ({numbers.tolist()}, {when})")
    elif not space.contains(observation):
        warnings.append(f"an observation does not belong to its observation_space ({describe(observation)}, {when})")
    return warnings
