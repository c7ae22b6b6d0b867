"""Check that an environment follows Gymnasium's API as far as runs rely on it, in a few steps of two episodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neat.core.errors import ProblemError, message_of
from neat.problems.gymnasium.api_checks import check_reset, is_step_tuple, observation_array, step_faults
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.gymnasium.spaces import Observations

_SEED = 1  # of the episodes, and of the actions
_STEPS = 30


@dataclass(frozen=True)
class EnvironmentCheck:
    """What is wrong with an environment: `warnings`, and `faults` that make runs fail or not reproducible."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def check_environment(problem: Gymnasium) -> EnvironmentCheck:
    """Return what is wrong with a problem's environment.

    Two episodes with the same seed and the same actions are compared, unless the environment is registered as
    nondeterministic. Any exception that the environment raises is a fault, except KeyboardInterrupt.
    """
    environment = problem.make()
    first, again = _episode(environment, problem), _episode(environment, problem)
    faults = first[-1].faults or again[-1].faults
    if not faults and not problem.spec.nondeterministic:
        faults = tuple(_differences(first, again))
    doubts = {doubt.partition(" (")[0]: doubt for moment in reversed(first) for doubt in moment.doubts}
    return EnvironmentCheck(faults, tuple(sorted(doubts.values())))


@dataclass(frozen=True)
class _Moment:
    """What an environment returned from `reset` or `step`: bytes to compare, and what is wrong with it."""

    when: str
    content: bytes
    faults: tuple[str, ...]
    doubts: tuple[str, ...]


def _episode(environment: Any, problem: Gymnasium) -> list[_Moment]:
    """Return the first moments of an episode, up to the first fault; its random actions are always the same."""
    rng, moments = np.random.default_rng(_SEED), []
    for step in range(min(_STEPS, problem.limit) + 1):
        when = f"at step {step}" if step else "at the reset"
        try:
            if step == 0:
                answer: Any = (check_reset(environment.reset(seed=_SEED)), 0.0, False, False, {})
            else:
                answer = environment.step(_action(problem, rng))
            moments.append(_moment(when, answer, environment, problem.observations))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            fault = str(error) if isinstance(error, ProblemError) else f"raised {message_of(error)}"
            return [*moments, _Moment(when, b"", (f"{fault}, {when}",), ())]
        if moments[-1].faults or answer[2] or answer[3]:
            break
    return moments


def _action(problem: Gymnasium, rng: np.random.Generator) -> Any:
    """Return a random action, within the bounds if there are any."""
    actions = problem.actions
    if actions.discrete:
        return int(rng.integers(len(actions.names))) + actions.start
    low, high = np.maximum(actions.low, -1e3), np.minimum(actions.high, 1e3)
    return rng.uniform(low, np.maximum(low, high)).astype(actions.dtype).reshape(actions.shape)


def _moment(when: str, answer: Any, environment: Any, seen: Observations) -> _Moment:
    """Return what an environment returned from a step, with what is wrong with it."""
    faults, doubts = step_faults(answer), []
    if not is_step_tuple(answer):
        return _Moment(when, b"", tuple(f"{fault}, {when}" for fault in faults), ())
    observation = answer[0]
    try:
        numbers = np.asarray(observation_array(observation, seen), np.float64) + 0.0  # -0.0 is 0.0
    except ProblemError as error:
        return _Moment(when, b"", tuple(f"{fault}, {when}" for fault in [*faults, str(error)]), ())
    if np.isnan(numbers).any():
        faults.append(f"an observation holds nan ({numbers.tolist()})")
    if not seen.discrete:
        space, dtype = environment.observation_space, getattr(observation, "dtype", type(observation).__name__)
        if dtype != space.dtype:
            doubts.append(f"its observations are of type {dtype}, but its observation_space says {space.dtype}")
        if ((numbers < space.low) | (numbers > space.high)).any():
            doubts.append(f"an observation lies outside its observation_space ({numbers.tolist()}, {when})")
    rest = [] if faults else [np.asarray(value, np.float64).tobytes() for value in answer[1:4]]
    content = b"".join([numbers.tobytes(), *rest])
    return _Moment(when, content, tuple(f"{fault}, {when}" for fault in faults), tuple(doubts))


def _differences(first: list[_Moment], again: list[_Moment]) -> Iterator[str]:
    """Yield how a second episode with the same seed and the same actions differs, if it does."""
    for one, other in zip(first, again, strict=False):
        if one.content != other.content:
            yield (
                f"two episodes with the same seed and the same actions differ {one.when}; draw all chance from "
                "self.np_random, which super().reset(seed=seed) seeds, or register it with nondeterministic=True"
            )
            return
