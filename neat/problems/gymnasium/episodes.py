"""Episodes that networks play, and their results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.averages import row_deviations, row_means
from neat.network import Networks
from neat.problems.gymnasium.agent_kernels import InputScaling
from neat.problems.gymnasium.agents import Agent


@dataclass(frozen=True, eq=False)
class Episodes:
    """The results of P networks in E episodes each.

    Attributes:
        rewards: (P, E) float64, the total reward of each episode.
        steps: (P, E) int64, the number of steps of each episode.
    """

    rewards: NDArray[np.float64]
    steps: NDArray[np.int64]

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean reward of each network, summed in the order of episodes: (P,) float64."""
        return row_means(self.rewards)

    @property
    def deviations(self) -> NDArray[np.float64]:
        """The sample standard deviation of the rewards of each network: (P,) float64."""
        return row_deviations(self.rewards)

    def quantiles(self, share: float) -> NDArray[np.float64]:
        """Return the `share` quantile of the rewards of each network, interpolated linearly: (P,) float64."""
        ordered = np.sort(self.rewards, axis=1)
        place = share * (ordered.shape[1] - 1)
        low = int(place)
        high = min(low + 1, ordered.shape[1] - 1)
        with np.errstate(over="ignore", invalid="ignore"):
            quantiles: NDArray[np.float64] = ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (place - low)
        parts = ordered[:, low] * (1.0 - (place - low)) + ordered[:, high] * (place - low)
        return np.where(np.isfinite(quantiles), quantiles, parts)  # the difference may overflow


@dataclass(frozen=True, eq=False)
class Order:
    """Episodes to be played: every network plays one from each seed.

    Attributes:
        networks: P networks.
        seeds: E numbers below 2^31.
        scaling: of the inputs.
        limit: the number of steps after which an episode is over.
        threads: how many threads may be used.
        first, total: for messages, the number of the first episode, from 0, and how many there are in all.
        where: words for messages that say when this happens.
        observed: (2, I) or None, the lowest and highest inputs before scaling, which are widened in place.
    """

    networks: Networks
    seeds: Sequence[int]
    scaling: InputScaling
    limit: int
    threads: int = 1
    first: int = 0
    total: int = 0
    where: str = ""
    observed: NDArray[np.float64] | None = None

    def widen(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        """Widen the observed range to `low` and `high`, (I,) each."""
        if self.observed is not None:
            self.observed[0] = np.minimum(self.observed[0], low)
            self.observed[1] = np.maximum(self.observed[1], high)


class Backend(ABC):
    """A way to step an environment."""

    name: str
    in_python: bool

    @abstractmethod
    def play(self, order: Order) -> Episodes:
        """Play episodes.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """

    def compile(self, agent: Agent) -> None:
        """Compile the kernels that play episodes; `agent` may be used for it."""
        agent.compile()

    @property
    @abstractmethod
    def environment(self) -> Any:
        """A plain environment, which is kept from one call to the next."""

    def forget(self) -> None:
        """Forget all environments, whose state is unknown after a failure."""
        return None
