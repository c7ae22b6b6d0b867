"""One agent: a network that is given observations and answers with actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import ProblemError
from neat.network import Networks
from neat.network.packed import Packed, words
from neat.problems.answers import as_numbers
from neat.problems.gymnasium.agent_kernels import Sight, act
from neat.problems.gymnasium.spaces import Actions, Observations


class Agent:
    """A network that plays: `agent(observation)` is an action of the environment, `reset` begins an episode.

    `low` and `high` (I,) are the smallest and the largest input it has seen, before scaling.
    """

    __slots__ = ("_packed", "decide", "high", "key", "low")

    def __init__(self, networks: Networks, seen: Observations, done: Actions, sight: Sight) -> None:
        size, inputs = seen.size, len(sight.column)
        scale = [sight.center, sight.factor, *([] if done.discrete else done.rules(networks))]
        head = np.array([size, not done.discrete, *sight.column.tolist()])
        more = np.concatenate([words(head), *(words(row) for row in scale)])
        self._packed = Packed(networks.layout, networks.arrays, more, room=2 * inputs + size)
        work = self._packed.work
        self.low, self.high = work[-size - 2 * inputs : -size - inputs], work[-size - inputs : -size]
        self.low[:], self.high[:] = np.inf, -np.inf
        self.key = int(networks.key[0])
        self.decide = _decider(self._packed, work[-size:], seen, done)

    def __call__(self, observation: Any) -> Any:
        """Return the action for an observation.

        Raises:
            ProblemError: the observation is not of the environment's space, or holds nan.
        """
        return self.decide(observation)

    def reset(self) -> None:
        """Begin a new episode."""
        self._packed.reset()


def _decider(packed: Packed, place: NDArray[np.float64], seen: Observations, done: Actions) -> Callable[[Any], Any]:
    """Return the function that an agent is: all it needs is at hand, for it is called at every step."""
    program, work, answers, choose = packed.program, packed.work, packed.outputs, act
    start, dtype, shape = done.start, done.dtype, done.shape
    seen_shape, numbers = seen.shape, place.reshape(seen.shape if not seen.discrete else -1)

    def decide(observation: Any) -> Any:
        if type(observation) is not np.ndarray or observation.shape != seen_shape:
            observation = as_numbers(observation, seen)
        numbers[...] = observation
        action = choose(program, work)
        if action < 0:
            raise ProblemError(f"an observation holds nan ({observation.tolist()})")
        return action + start

    if done.discrete:
        return decide

    def decide_values(observation: Any) -> Any:
        decide(observation)
        return answers.astype(dtype).reshape(shape)

    return decide_values
