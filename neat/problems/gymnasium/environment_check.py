"""Check in a few steps that an environment follows Gymnasium's API as far as runs rely on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import ProblemError, message_of
from neat.problems.gymnasium.api_checks import check_reset, is_step_tuple, observation_array, step_faults
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.gymnasium.spaces import Actions, Observations

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
    rng = np.random.default_rng(_SEED)
    steps: list[_Step] = []
    for number in range(min(_STEPS, problem.limit) + 1):
        when = f"at step {number}" if number else "at the reset"
        try:
            if number == 0:
                result: Any = (check_reset(environment.reset(seed=_SEED)), 0.0, False, False, {})
            else:
                result = environment.step(_random_action(problem.actions, rng))
            steps.append(_check_step(when, result, environment, problem.observations))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            fault = str(error) if isinstance(error, ProblemError) else f"raised {message_of(error)}"
            steps.append(_Step(when, (f"{fault}, {when}",)))
        if steps[-1].faults or steps[-1].ended:
            break
    return steps


def _random_action(actions: Actions, rng: np.random.Generator) -> Any:
    """Return a random action, within the bounds if there are any."""
    if actions.discrete:
        return int(rng.integers(len(actions.names))) + actions.start
    low, high = np.maximum(actions.low, -1e3), np.minimum(actions.high, 1e3)
    return rng.uniform(low, np.maximum(low, high)).astype(actions.dtype).reshape(actions.shape)


def _check_step(when: str, result: Any, environment: Any, observations: Observations) -> _Step:
    """Return a step of an episode from what the environment returned."""
    faults = step_faults(result)
    numbers, warnings = np.empty(0), []
    if is_step_tuple(result):
        try:
            numbers = np.asarray(observation_array(result[0], observations), np.float64) + 0.0  # no -0.0
            if not observations.discrete:
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
    dtype = getattr(observation, "dtype", type(observation).__name__)
    if dtype != space.dtype:
        warnings.append(f"its observations are of type {dtype}, but its observation_space says {space.dtype}")
    if ((numbers < space.low) | (numbers > space.high)).any():
        warnings.append(f"an observation lies outside its observation_space ({numbers.tolist()}, {when})")
    return warnings
