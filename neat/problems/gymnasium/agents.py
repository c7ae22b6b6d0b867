"""An agent: a network that chooses actions from observations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import ProblemError
from neat.network import Networks
from neat.network.packed import Packed, words
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.agent_kernels import InputScaling, act
from neat.problems.gymnasium.observations import Observations


class Agent:
    """A network that plays: `agent(observation)` returns an action of the environment; `reset` begins an episode.

    `low` and `high` (I,) are the smallest and largest inputs observed so far, before scaling. `decide` is the
    function behind a call.
    """

    __slots__ = ("_columns", "_flat", "_packed", "decide", "high", "key", "low")

    def __init__(self, networks: Networks, observations: Observations, actions: Actions, scaling: InputScaling) -> None:
        size, inputs = observations.size, len(scaling.columns)
        head = np.array([size, not actions.discrete, *scaling.columns.tolist()])
        factors = [scaling.centers, scaling.factors, *([] if actions.discrete else actions.output_scaling(networks))]
        program = np.concatenate([words(head), *(words(row) for row in factors)])
        self._packed = Packed(networks.layout, networks.arrays, program, room=2 * inputs + size)
        work = self._packed.work
        self.low, self.high = work[-size - 2 * inputs : -size - inputs], work[-size - inputs : -size]
        self.low[:], self.high[:] = np.inf, -np.inf
        self.key = int(networks.key[0])
        self._flat, self._columns = work[-size:], scaling.columns
        self.decide = _decide_function(self._packed, work[-size:], observations, actions)

    def __call__(self, observation: Any) -> Any:
        """Return the action for an observation.

        Raises:
            ProblemError: the observation does not belong to the environment's space, or holds nan.
        """
        return self.decide(observation)

    def reset(self) -> None:
        """Begin a new episode."""
        self._packed.reset()

    def observed(self) -> NDArray[np.float64]:
        """Return what the network was given in the last call, before scaling: float64 (I,)."""
        return self._flat[self._columns]

    def node_values(self) -> NDArray[np.float64]:
        """Return the values of the network's nodes after the last call: float64 (N,), as `Network.node_values`."""
        return self._packed.node_values()

    def compile(self) -> None:
        """Compile the kernel that chooses actions, without an environment."""
        act(self._packed.program, self._packed.work)
        self.reset()


def _decide_function(
    packed: Packed, flat: NDArray[np.float64], observations: Observations, actions: Actions
) -> Callable[[Any], Any]:
    """Return the function that chooses an action for an observation, which is copied to `flat`.

    It is a closure because it is called at every step, and looking up attributes takes time.
    """
    program, work, outputs, choose, start = packed.program, packed.work, packed.outputs, act, actions.start
    shape = observations.shape
    values = flat if shape is None else flat.reshape(shape)

    def decide(observation: Any) -> Any:
        if type(observation) is not np.ndarray or observation.shape != shape:
            observation = observations.flat(observation)
        values[...] = observation
        action = choose(program, work)
        if action < 0:
            raise ProblemError(f"an observation holds nan ({observation.tolist()})")
        return action + start

    if actions.discrete:
        return decide
    build, dtype, action_shape = actions.builder(), actions.dtype, actions.shape

    def decide_array(observation: Any) -> Any:
        decide(observation)
        return outputs.astype(dtype).reshape(action_shape)

    def decide_any(observation: Any) -> Any:
        decide(observation)
        return build(outputs)

    return decide_array if dtype is not None and np.issubdtype(dtype, np.floating) else decide_any
