"""The EnvPool backend: environments written in C++ (https://envpool.readthedocs.io), stepped on several threads.

Its episodes are not those of Gymnasium: the same seed begins elsewhere, and numbers are rounded differently.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.optional import import_optional
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.environment import EnvironmentSpec
from neat.problems.gymnasium.episodes import Backend, Episodes, Order
from neat.problems.gymnasium.observations import Observations
from neat.problems.gymnasium.plain import Plain
from neat.problems.gymnasium.together import Step, Together, play_together

_DIFFERENT = {
    "Pendulum": "EnvPool's Pendulum differs from Gymnasium's: it moves by a speed above the limit before it limits it",
    "Taxi": "EnvPool's Taxi differs from Gymnasium's: its passengers may be at their destination from the start",
}
_WIDEST = 16_384  # environments that are made at a time, each of about 7 kB
_OWN = "gymnasium.envs."  # entry points of Gymnasium


class EnvPool(Backend):
    """Environments of EnvPool, made for each call, because their seeds are fixed when they are made."""

    name = "envpool"
    in_python = False

    def __init__(self, spec: EnvironmentSpec, observations: Observations, actions: Actions, plain: Plain) -> None:
        self._spec, self._observations, self._actions, self._plain = spec, observations, actions, plain
        if reason := why_not_envpool(spec):
            raise NeatError(f"backend = envpool: {reason}")
        _check_spaces(spec, observations, actions)

    @property
    def environment(self) -> Any:
        return self._plain.environment

    def play(self, order: Order) -> Episodes:
        episodes = len(order.seeds)
        most = max(1, _WIDEST // episodes)  # networks at a time
        parts = [Episodes(np.empty((0, episodes)), np.empty((0, episodes), np.int64))]
        for begin in range(0, len(order.networks), most):
            networks = order.networks[begin : begin + most]
            width = len(networks) * episodes
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about the precision of spaces
                    pool = _Pool(self._spec, order, len(networks))
                    part = replace(order, networks=networks)
                    parts.append(play_together(pool, part, self._observations, self._actions, width))
            except INTERRUPTIONS:
                raise
            except ProblemError as error:
                raise ProblemError(f"{self._spec.id}: {error}, {order.where}", error.genome_key) from None
            except BaseException as error:
                raise ProblemError(f"{self._spec.id}: EnvPool raised {message_of(error)}, {order.where}") from error
        return Episodes(
            np.concatenate([part.rewards for part in parts]), np.concatenate([part.steps for part in parts])
        )


class _Pool(Together):
    """A pool with a place for every episode."""

    def __init__(self, spec: EnvironmentSpec, order: Order, networks: int) -> None:
        seeds = [int(seed) for _ in range(networks) for seed in order.seeds]
        self._pool = _make(spec.id, seeds, order.limit, order.threads)

    def begin(self, places: NDArray[np.int64], episodes: NDArray[np.int64]) -> NDArray[Any]:
        observations: NDArray[Any] = self._pool.reset()[0]
        return observations

    def step(self, places: NDArray[np.int64], actions: NDArray[Any]) -> Step:
        observations, rewards, terminated, truncated, _ = self._pool.step(actions, places.astype(np.int32))
        return observations, rewards, terminated | truncated


def why_not_envpool(spec: EnvironmentSpec) -> str:
    """Return why EnvPool cannot step an environment in Gymnasium's place, or an empty text if it can.

    Raises:
        NeatError: EnvPool is not installed.
    """
    if spec.wrappers or spec.arguments:
        return f"EnvPool does not support Gymnasium's {'wrappers' if spec.wrappers else 'options'}"
    if not str(spec.registration.entry_point).startswith(_OWN):
        return f"EnvPool replaces environments of Gymnasium, and {spec.id} is not one of them"
    if spec.name in _DIFFERENT:
        return _DIFFERENT[spec.name]
    envpool = import_optional("envpool", "envpool")
    if spec.id not in envpool.list_all_envs():
        return f"EnvPool has no {spec.id}"
    return ""


def _check_spaces(spec: EnvironmentSpec, observations: Observations, actions: Actions) -> None:
    """Raise NeatError if EnvPool's spaces differ from Gymnasium's; it does not check what it is given."""
    pool = _make(spec.id, [0], spec.step_limit, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the precision of their bounds
        theirs = pool.observation_space, pool.action_space
    ours = observations.space, actions.space
    if any(_form(one) != _form(other) for one, other in zip(theirs, ours, strict=True)):
        raise NeatError(f"backend = envpool: EnvPool's {spec.id} has other observations or actions than Gymnasium's")


def _form(space: Any) -> tuple[Any, Any]:
    """Return the shape of a space, and the number of its choices if it is a Discrete."""
    return getattr(space, "shape", None), getattr(space, "n", None)


def _make(name: str, seeds: list[int], limit: int, threads: int) -> Any:
    envpool = import_optional("envpool", "envpool")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the precision of spaces
        return envpool.make(
            name, env_type="gymnasium", num_envs=len(seeds), seed=seeds, max_episode_steps=limit + 1,
            num_threads=threads,
        )  # fmt: skip
