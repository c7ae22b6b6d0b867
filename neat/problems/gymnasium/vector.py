"""CartPole's own vector form, stepped so that every agent lives through its own plain episode.

The vector form draws starts for all environments from one generator and restarts those that have ended. So
the start that the plain environment has for a seed is written into its state, and what follows an agent's end is
never looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import MultiDiscrete
from numpy.typing import NDArray

from neat.core.parallel import parallel_for
from neat.network import Networks
from neat.network.activation_kernels import most
from neat.problems.gymnasium.agent_kernels import AGENT, Sight, act_range, settle
from neat.problems.gymnasium.environment import Recipe

NAMES = ("CartPole",)  # whose vector form is known to keep everything in `state`, `steps` and `prev_done`
FEWEST = 10  # agents for which stepping them together costs less than one after the other
_WIDEST = 4096  # environments that are stepped together: more would only leave the processor's cache
_SECONDS_PER_AGENT = 0.1e-6  # and step
_NEVER = 2**31 - 1  # the vector form's limit of steps; agents count their own
_TRIED_AGENTS, _TRIED_STEPS = 8, 24


class VectorCartPole:
    """CartPole environments stepped together, each from a start of its own."""

    def __init__(self, recipe: Recipe) -> None:
        self._environment = recipe.make_vector(1, _NEVER)
        self._environment.reset(seed=0)  # its result is not used, but must not depend on the time
        self._inner = self._environment.unwrapped

    def load(self, state: NDArray[np.float64]) -> None:
        """Put environments into `state` (4, K); none has ended yet."""
        inner, count = self._inner, state.shape[1]
        if count != inner.num_envs:
            inner.num_envs = count
            inner.action_space = MultiDiscrete(np.full(count, inner.single_action_space.n))
        inner.state = state
        inner.steps, inner.prev_done = np.zeros(count, np.int32), np.zeros(count, np.bool_)

    @property
    def state(self) -> NDArray[np.float64]:
        """Where environments are now: (4, K)."""
        return np.asarray(self._inner.state)

    def step(self, actions: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Do one step; return observations (4, K), rewards (K,) and which episodes it ended (K,)."""
        observations, rewards, terminated, truncated, _ = self._environment.step(actions)
        return np.ascontiguousarray(observations.T), rewards, terminated | truncated

    def agrees(self, plain: Any) -> bool:
        """Say whether a few random episodes give what the plain environment gives, bit for bit.

        Another version of Gymnasium may keep its state elsewhere: then agents are stepped one by one.
        """
        draws = np.random.Generator(np.random.Philox(key=0)).integers(2, size=(_TRIED_STEPS, _TRIED_AGENTS))
        try:
            starts = [plain.reset(seed=seed) and plain.unwrapped.state for seed in range(_TRIED_AGENTS)]
            self.load(np.array(starts, np.float64).T.copy())
            told = [self.step(actions) for actions in draws]
        except (AttributeError, TypeError, ValueError, AssertionError):
            return False
        for number in range(_TRIED_AGENTS):
            plain.reset(seed=number)
            for actions, (observations, rewards, ended) in zip(draws, told, strict=True):
                observation, reward, terminated, _, _ = plain.step(int(actions[number]))
                same = observation.tobytes() == observations[:, number].tobytes()
                if not same or reward != rewards[number] or terminated != ended[number]:
                    return False
                if terminated:
                    break
        return True

    def play(
        self,
        networks: Networks,
        starts: NDArray[np.float64],
        sight: Sight,
        limit: int,
        threads: int,
        seen: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return rewards (P, E) and steps (P, E) of every network from every start (4, E).

        All agents are stepped together; those that have ended make room for others that wait, and then for nobody.
        `seen` (2, I), the lowest and highest inputs before scaling, is widened in place.
        """
        episodes, nets = starts.shape[1], networks.arrays
        count = len(networks) * episodes
        width = min(count, _WIDEST)
        totals, steps = np.zeros(count), np.zeros(count, np.int64)
        slots, connections = most(nets, 0, len(networks))
        memory = np.zeros(width * slots if networks.layout.memory else 0)
        actions = np.zeros(width, np.int64)
        agents = np.zeros(0, AGENT)
        state = np.empty((len(starts), 0))
        free = np.arange(width)  # rows of memory
        coming, awake = 0, 0
        while awake or coming < count:
            if (coming < count and len(agents) - awake >= len(agents) // 8) or 2 * awake <= len(agents):
                stay = agents["awake"]
                free = np.concatenate([free, agents["row"][~stay]])
                arrivals = np.zeros(min(count - coming, width - awake), AGENT)
                arrivals["place"] = np.arange(coming, coming + len(arrivals))
                arrivals["network"], episode = np.divmod(arrivals["place"], episodes)
                arrivals["row"], free = free[: len(arrivals)], free[len(arrivals) :]
                arrivals["awake"] = True
                coming, awake = coming + len(arrivals), awake + len(arrivals)
                agents = np.concatenate([agents[stay], arrivals])
                state = np.concatenate([self.state[:, stay] if len(stay) else state, starts[:, episode]], axis=1)
                self.load(state)
                observations, actions = state.astype(np.float32), np.zeros(awake, np.int64)
            parallel_for(
                threads, len(agents) * _SECONDS_PER_AGENT, len(agents), act_range,
                nets, agents, observations, sight, memory, slots, connections, actions,
            )  # fmt: skip
            if seen is not None:
                looked = observations[sight.column][:, agents["awake"]]
                seen[0] = np.minimum(seen[0], looked.min(axis=1))
                seen[1] = np.maximum(seen[1], looked.max(axis=1))
            observations, rewards, ended = self.step(actions)
            awake -= settle(agents, rewards, ended, limit, totals, steps)
        return totals.reshape(-1, episodes), steps.reshape(-1, episodes)
