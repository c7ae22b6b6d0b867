"""The vector backend: environments in one of Gymnasium's vector environments, with the episodes of the plain ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from gymnasium.spaces import MultiDiscrete
from numpy.typing import NDArray

from neat.core.errors import INTERRUPTIONS
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.classic import starts_of
from neat.problems.gymnasium.environment import EnvironmentSpec
from neat.problems.gymnasium.episodes import Backend, Episodes, Order
from neat.problems.gymnasium.observations import Observations
from neat.problems.gymnasium.plain import Plain
from neat.problems.gymnasium.together import Step, Together, play_together

_CART_POLE = "gymnasium.envs.classic_control.cartpole:CartPoleVectorEnv"
_WIDEST_CART_POLE = 4096  # environments that are stepped together; more would exceed the processor's cache
_WIDEST = 64  # environments that are objects of their own


class Vector(Backend):
    """Environments that are stepped together by Gymnasium: CartPole by arithmetic on arrays, others one by one."""

    name = "vector"
    in_python = True

    def __init__(self, spec: EnvironmentSpec, observations: Observations, actions: Actions, plain: Plain) -> None:
        self._spec, self._observations, self._actions, self._plain = spec, observations, actions, plain
        self._objects: _Objects | None = None
        self._is_cart_pole = spec.has_vector_form and str(spec.registration.vector_entry_point) == _CART_POLE

    def play(self, order: Order) -> Episodes:
        count = len(order.networks) * len(order.seeds)
        width = min(count, _WIDEST_CART_POLE if self._is_cart_pole else _WIDEST)
        try:
            together = self._together(order.seeds, width)
            return play_together(together, order, self._observations, self._actions, width)
        except INTERRUPTIONS:
            raise
        except BaseException:  # the same episodes, one after the other, show which genome fails
            self.forget()
            return self._plain.play(order)

    @property
    def environment(self) -> Any:
        return self._plain.environment

    def forget(self) -> None:
        self._plain.forget()
        if self._objects is not None:
            with suppress(Exception):  # whatever state they are in
                self._objects.close()
        self._objects = None

    def _together(self, seeds: Sequence[int], width: int) -> Together:
        if self._is_cart_pole:
            starts, _ = starts_of(self._plain.environment, seeds)
            return _CartPoles(self._spec, starts, width)
        if self._objects is None or self._objects.width != width:
            self.forget()
            self._objects = _Objects(self._spec, width)
        self._objects.seeds = seeds
        return self._objects


class _Objects(Together):
    """Environments that are objects of their own; those without an episode are reset, since all must be stepped."""

    def __init__(self, spec: EnvironmentSpec, width: int) -> None:
        self._environment, self.width = spec.make_vector(width), width
        self.seeds: Sequence[int] = ()  # of the episodes
        self._idle = np.zeros(width, np.bool_)
        self._actions: NDArray[Any] | None = None

    def begin(self, places: NDArray[np.int64], episodes: NDArray[np.int64]) -> NDArray[Any]:
        seeds: list[int | None] = [None] * len(self._idle)
        for place, episode in zip(places.tolist(), episodes.tolist(), strict=True):
            seeds[place] = self.seeds[episode]
        self._idle[places] = False
        if len(places) == len(seeds):
            observations, _ = self._environment.reset(seed=seeds)
        else:
            observations, _ = self._environment.reset(seed=seeds, options={"reset_mask": self._mask(places)})
        return np.asarray(observations)[places]

    def step(self, places: NDArray[np.int64], actions: NDArray[Any]) -> Step:
        if self._actions is None:
            self._actions = actions.copy()  # the first step is of all places
        self._actions[places] = actions
        if self._idle.any():
            seeds = [self.seeds[0]] * len(self._idle)
            self._environment.reset(seed=seeds, options={"reset_mask": self._idle.copy()})
            self._idle[:] = False
        observations, rewards, terminated, truncated, _ = self._environment.step(self._actions)
        ended = terminated | truncated
        self._idle = ended.copy()
        return np.asarray(observations)[places], rewards[places], ended[places]

    def close(self) -> None:
        """Close the environments."""
        self._environment.close()

    def _mask(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self._idle), np.bool_)
        mask[places] = True
        return mask


class _CartPoles(Together):
    """CartPole's own vector form, in whose state the starts of the plain form (E, 4) are written.

    It draws the starts of all places from one generator, and restarts those whose episodes have ended.
    """

    def __init__(self, spec: EnvironmentSpec, starts: NDArray[np.float64], width: int) -> None:
        self._environment, self._starts = spec.make_vector(width, own_form=True), starts
        self._environment.reset(seed=0)  # the result is not used, but must not depend on the time
        self._inner = self._environment.unwrapped
        self._inner.action_space = MultiDiscrete(np.full(width, self._inner.single_action_space.n))
        self._actions = np.zeros(width, np.int64)

    def begin(self, places: NDArray[np.int64], episodes: NDArray[np.int64]) -> NDArray[Any]:
        starts = self._starts[episodes]
        self._inner.state[:, places] = starts.T
        self._inner.prev_done[places] = False
        return starts.astype(np.float32)

    def step(self, places: NDArray[np.int64], actions: NDArray[Any]) -> Step:
        self._actions[places] = actions
        observations, rewards, terminated, truncated, _ = self._environment.step(self._actions)
        return observations[places], rewards[places], (terminated | truncated)[places]
