"""Episodes of an environment step by step, for `neat play`; they are the same as in `Gymnasium.play`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import add
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.optional import install_command
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.api_checks import check_reset, step_faults
from neat.problems.moments import DEFAULT_FRAME_RATE, FRAMES, Moment, checked_frame
from neat.problems.scalars import single_number, widened

Result = TypeVar("Result")


def render_modes(environment: Any) -> tuple[str, ...]:
    """Return the ways in which an environment can be rendered."""
    modes = _metadata(environment).get("render_modes", ())
    return tuple(str(mode) for mode in modes) if isinstance(modes, list | tuple) else ()


def frame_rate(environment: Any) -> float:
    """Return how many frames of an environment make a second; 30 unless its metadata says something else."""
    rate = _metadata(environment).get("render_fps")
    number = single_number(rate) if rate is not None else None
    return number if number is not None and math.isfinite(number) and number > 0 else DEFAULT_FRAME_RATE


def play_moments(
    environment: Any, agent: Agent, actions: Actions, seeds: Sequence[int], limit: int, mode: str | None
) -> Iterator[Moment]:
    """Yield the moments of one episode for each seed, and close the environment at the end.

    Args:
        environment: made with `render_mode` = `mode`.
        agent: the agent that acts in it.
        actions: the actions of the environment.
        seeds: of the episodes.
        limit: the largest number of steps of an episode.
        mode: FRAMES for pictures; otherwise the environment shows itself, or nothing is shown.

    Raises:
        NeatError: rendering needs a package that is not installed.
        ProblemError: the environment failed; the message names the episode and the step.
    """
    try:
        for episode, seed in enumerate(seeds, 1):
            guard = _Guard(environment, f"in episode {episode} of {len(seeds)} (seed {seed})", agent.key)
            yield from _moments(environment, agent, actions, episode, seed, limit, mode, guard)
    finally:
        environment.close()


def _moments(
    environment: Any,
    agent: Agent,
    actions: Actions,
    episode: int,
    seed: int,
    limit: int,
    mode: str | None,
    guard: _Guard,
) -> Iterator[Moment]:
    """Yield the moments of one episode."""
    agent.reset()
    observation = guard(lambda: check_reset(environment.reset(seed=seed)), "at its reset")
    nodes, over = agent.node_values(), False
    total: Any = 0.0
    for step in range(limit + 1):
        frame = guard.frame(step) if mode == FRAMES else None
        if over or step == limit:
            yield Moment(episode, step, nodes, frame, total=guard.number(total, step))
            return
        action = guard(partial(agent, observation), f"at step {step + 1}")
        seen, nodes = agent.observed(), agent.node_values()
        observation, reward, over = guard.step(action, step + 1)
        total = guard(partial(add, total, widened(reward)), f"at step {step + 1}")  # a reward may be of another type
        yield Moment(
            episode, step, nodes, frame, seen, _numbers(action), actions.chosen(action),
            guard.number(reward, step + 1), guard.number(total, step + 1),
        )  # fmt: skip


class _Guard:
    """Calls of an environment in one episode; what they raise becomes an error that says when."""

    def __init__(self, environment: Any, where: str, key: int) -> None:
        self._environment, self._where, self._key = environment, where, key
        self._id = str(environment.spec.id)

    def __call__(self, call: Callable[[], Result], when: str) -> Result:
        from gymnasium.error import DependencyNotInstalled

        try:
            return call()
        except INTERRUPTIONS:
            raise
        except ProblemError as error:
            raise self._failure(str(error), when) from None
        except NeatError:
            raise
        except BaseException as error:
            if "pygame" in str(error) and isinstance(error, DependencyNotInstalled | ImportError):
                missing = f"the package 'pygame' is not installed; {install_command('video')}"
                raise NeatError(f"{self._id}: cannot be rendered ({missing})") from None
            raise ProblemError(f"{self._id} raised {message_of(error)}, {when} {self._where}", self._key) from error

    def step(self, action: Any, step: int) -> tuple[Any, Any, bool]:
        """Do one step; return the observation, the reward, and whether the episode is over."""
        when = f"at step {step}"
        answer: Any = self(lambda: self._environment.step(action), when)
        try:
            observation, reward, terminated, truncated, _ = answer
        except (TypeError, ValueError):
            raise self._failure([*step_faults(answer), "step failed"][0], when) from None
        return observation, reward, bool(terminated or truncated)

    def number(self, value: Any, step: int) -> float:
        """Return a reward, or a sum of rewards, as a finite number."""
        number = single_number(value)
        if number is None or not math.isfinite(number):
            raise self._failure(f"the reward is {value!r}; it must be a finite number", f"at step {step}")
        return number

    def frame(self, step: int) -> Any:
        """Return the environment's picture."""
        when = f"when it was rendered at step {step}" if step else "when it was rendered at its reset"
        return checked_frame(self(self._environment.render, when), f"{self._id}, {when} {self._where}")

    def _failure(self, what: str, when: str) -> ProblemError:
        return ProblemError(f"{self._id}: {what}, {when} {self._where}", self._key)


def _metadata(environment: Any) -> Mapping[str, Any]:
    metadata = getattr(environment, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else {}


def _numbers(action: Any) -> NDArray[np.float64]:
    """Return all numbers of an action: float64 (A,)."""
    if isinstance(action, Mapping):
        action = tuple(action.values())
    if isinstance(action, tuple | list):
        return np.concatenate([_numbers(part) for part in action]) if action else np.empty(0)
    return np.asarray(action, np.float64).ravel()
