"""CartPole's vector environment, stepped so that every agent plays the episode of its own plain environment.

Gymnasium's vector environment draws the starts of all environments from one generator, and restarts those that have
ended. Therefore the start that the plain environment has for a seed is written into its state, and its results after
the end of an agent's episode are ignored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import MultiDiscrete
from numpy.typing import NDArray

from neat.core.parallel import parallel_for
from neat.network import Networks
from neat.network.activation_kernels import most
from neat.problems.gymnasium.agent_kernels import AGENT, InputScaling, act_range, add_rewards
from neat.problems.gymnasium.environment import EnvironmentSpec

SUPPORTED = ("CartPole",)  # vector environments whose whole state is known to be in `state`, `steps` and `prev_done`
MIN_AGENTS = 10  # fewer agents are faster one after the other
_MAX_WIDTH = 4096  # environments that are stepped together; more would exceed the processor's cache
_SECONDS_PER_AGENT = 0.1e-6  # for each step
_NO_LIMIT = 2**31 - 1  # of the vector environment; agents count their own steps
_TRIAL_AGENTS, _TRIAL_STEPS = 8, 24


class VectorCartPole:
    """CartPole environments that are stepped together, each from its own start."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        self._environment = spec.make_vector(1, _NO_LIMIT)
        self._environment.reset(seed=0)  # the result is not used, but must not depend on the time
        self._inner = self._environment.unwrapped

    def load(self, state: NDArray[np.float64]) -> None:
        """Start an episode in each of K environments, from the states (4, K)."""
        inner, count = self._inner, state.shape[1]
        if count != inner.num_envs:
            inner.num_envs = count
            inner.action_space = MultiDiscrete(np.full(count, inner.single_action_space.n))
        inner.state = state
        inner.steps, inner.prev_done = np.zeros(count, np.int32), np.zeros(count, np.bool_)

    @property
    def state(self) -> NDArray[np.float64]:
        """The states of the environments, (4, K)."""
        return np.asarray(self._inner.state)

    def step(self, actions: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Do one step; return observations (4, K), rewards (K,), and which episodes it ended (K,)."""
        observations, rewards, terminated, truncated, _ = self._environment.step(actions)
        return np.ascontiguousarray(observations.T), rewards, terminated | truncated

    def matches(self, plain: Any) -> bool:
        """Return whether a few random episodes have the same bits as in the plain environment.

        Another version of Gymnasium may keep its state elsewhere. Agents are then stepped one by one.
        """
        draws = np.random.Generator(np.random.Philox(key=0)).integers(2, size=(_TRIAL_STEPS, _TRIAL_AGENTS))
        try:
            starts = [plain.reset(seed=seed) and plain.unwrapped.state for seed in range(_TRIAL_AGENTS)]
            self.load(np.array(starts, np.float64).T.copy())
            together = [self.step(actions) for actions in draws]
        except (AttributeError, TypeError, ValueError, AssertionError):
            return False
        for number in range(_TRIAL_AGENTS):
            plain.reset(seed=number)
            for actions, (observations, rewards, ended) in zip(draws, together, strict=True):
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
        scaling: InputScaling,
        max_steps: int,
        threads: int,
        observed: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return rewards and steps, (P, E) each, of P networks from E starts (4, E).

        Each network plays an episode from each start, as a separate agent. All agents are stepped together. Agents
        whose episodes have ended are replaced by waiting ones from time to time, or else removed. `observed` (2, I),
        the lowest and highest inputs before scaling, is widened in place.
        """
        episodes, nets = starts.shape[1], networks.arrays
        count = len(networks) * episodes
        width = min(count, _MAX_WIDTH)
        total_rewards, total_steps = np.zeros(count), np.zeros(count, np.int64)
        slots, connections = most(nets, 0, len(networks))
        memory = np.zeros(width * slots if networks.layout.memory else 0)
        actions = np.zeros(width, np.int64)
        agents = np.zeros(0, AGENT)
        state = np.empty((len(starts), 0))
        free_rows = np.arange(width)  # of the memory
        started, active = 0, 0
        while active or started < count:
            if (started < count and len(agents) - active >= len(agents) // 8) or 2 * active <= len(agents):
                kept = agents["active"]
                free_rows = np.concatenate([free_rows, agents["memory_row"][~kept]])
                added = np.zeros(min(count - started, width - active), AGENT)
                added["result"] = np.arange(started, started + len(added))
                added["network"], episode = np.divmod(added["result"], episodes)
                added["memory_row"], free_rows = free_rows[: len(added)], free_rows[len(added) :]
                added["active"] = True
                started, active = started + len(added), active + len(added)
                agents = np.concatenate([agents[kept], added])
                state = np.concatenate([self.state[:, kept] if len(kept) else state, starts[:, episode]], axis=1)
                self.load(state)
                observations, actions = state.astype(np.float32), np.zeros(active, np.int64)
            parallel_for(
                threads, len(agents) * _SECONDS_PER_AGENT, len(agents), act_range,
                nets, agents, observations, scaling, memory, slots, connections, actions,
            )  # fmt: skip
            if observed is not None:
                inputs = observations[scaling.columns][:, agents["active"]]
                observed[0] = np.minimum(observed[0], inputs.min(axis=1))
                observed[1] = np.maximum(observed[1], inputs.max(axis=1))
            observations, rewards, ended = self.step(actions)
            active -= add_rewards(agents, rewards, ended, max_steps, total_rewards, total_steps)
        return total_rewards.reshape(-1, episodes), total_steps.reshape(-1, episodes)
