"""Many environments that are stepped at the same time, as Gymnasium's vector environments and EnvPool are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import describe
from neat.core.errors import ProblemError
from neat.core.parallel import parallel_for
from neat.network.activation_kernels import most
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.agent_kernels import act_range
from neat.problems.gymnasium.episodes import Episodes, Order
from neat.problems.gymnasium.observations import Observations

_SECONDS_PER_AGENT = 0.1e-6  # for each step

Step = tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]


class Together(ABC):
    """Places for episodes that are stepped at the same time."""

    @abstractmethod
    def begin(self, places: NDArray[np.int64], episodes: NDArray[np.int64]) -> NDArray[Any]:
        """Begin an episode, numbered by its seed, at each of k places; return the first observations, (k, ...)."""

    @abstractmethod
    def step(self, places: NDArray[np.int64], actions: NDArray[Any]) -> Step:
        """Do a step at k places; return observations (k, ...), rewards (k,), and which episodes it ended (k,)."""


def why_not_together(observations: Observations, actions: Actions) -> str:
    """Return why environments with these spaces are not stepped together, or an empty text if they can be."""
    if observations.shape is None and observations.start is None:
        return "only observations that are a Box or a Discrete can be stepped together"
    if not actions.discrete and (actions.dtype is None or not np.issubdtype(actions.dtype, np.floating)):
        return "only actions that are a Discrete or a Box of floats can be stepped together"
    return ""


def play_together(
    together: Together, order: Order, observations: Observations, actions: Actions, width: int
) -> Episodes:
    """Play episodes at `width` places, each of which begins the next episode when one is over.

    Raises:
        ProblemError: an observation does not belong to the space or holds nan, or a reward is not finite.
    """
    networks, episodes = order.networks, len(order.seeds)
    nets, count = networks.arrays, len(networks) * episodes
    rewards, steps = np.zeros(count), np.zeros(count, np.int64)
    slots, connections = most(nets, 0, len(networks))
    memory, time_steps = np.zeros(width * slots if networks.layout.memory else 0), np.zeros(width, np.int64)
    scaling = np.empty((len(networks), 0)) if actions.discrete else actions.output_scaling(networks)
    outputs = len(actions.names)
    places, playing = np.arange(width), np.arange(width)  # episode n is that of network n // E from start n % E
    started = width
    seen = observations.flat_rows(together.begin(places, playing % episodes))
    while len(places):
        network = playing // episodes
        _check(seen, order, network)
        inputs = seen[:, order.scaling.columns]
        order.widen(inputs.min(axis=0), inputs.max(axis=0))
        answers = np.empty((len(places), outputs))
        parallel_for(
            order.threads, len(places) * _SECONDS_PER_AGENT, len(places), act_range,
            nets, network, places, seen, order.scaling, memory, slots, connections, time_steps, answers,
        )  # fmt: skip
        found, gained, ended = together.step(places, actions.rows(answers, scaling[network]))
        seen = observations.flat_rows(found)
        rewards[playing] += gained
        steps[playing] += 1
        over = ended | (steps[playing] >= order.limit)
        if not over.any():
            continue
        free = places[over]
        fresh = np.arange(started, min(started + len(free), count))
        started += len(fresh)
        free = free[: len(fresh)]
        places, playing, seen = places[~over], playing[~over], seen[~over]
        if len(fresh):
            time_steps[free] = 0
            begun = observations.flat_rows(together.begin(free, fresh % episodes))
            places, playing = np.concatenate([places, free]), np.concatenate([playing, fresh])
            seen = np.concatenate([seen, begun])
    if not np.isfinite(rewards).all():
        worst = int(np.argmin(np.isfinite(rewards)))
        key = int(networks.key[worst // episodes])
        raise ProblemError(f"the rewards add up to {rewards[worst]}, of genome {key}", key)
    return Episodes(rewards.reshape(-1, episodes), steps.reshape(-1, episodes))


def _check(seen: NDArray[np.float64], order: Order, network: NDArray[np.int64]) -> None:
    """Raise ProblemError for an observation that holds nan, or is infinite where its range is needed."""
    wrong = np.isnan(seen) if order.observed is None else ~np.isfinite(seen)
    if wrong.any():
        row = int(np.argmax(wrong.any(axis=1)))
        key = int(order.networks.key[network[row]])
        what = "holds nan" if np.isnan(seen).any() else "is infinite, and with scaling = running it must be finite"
        raise ProblemError(f"an observation {what} ({describe(seen[row].tolist())}), of genome {key}", key)
