"""Kernels of agents: scale what is observed, run the network, choose an action, keep the score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import kernel
from neat.network.activation_kernels import NetworkArrays, Values, activate_one
from neat.network.packed_kernels import SINCE, run_packed

#: An agent among those that are stepped together: a network that plays one episode.
AGENT = np.dtype(
    [
        ("place", np.int64),  # of its episode in the results: network, then episode
        ("network", np.int64),
        ("row", np.int64),  # of its memory
        ("since", np.int64),  # time steps that its network has run in the episode
        ("taken", np.int64),  # steps of the episode
        ("total", np.float64),  # rewards so far
        ("awake", np.bool_),
    ],
    align=True,
)

NOT_A_NUMBER = -1  # instead of an action


class Sight(NamedTuple):
    """How I inputs are made of an observation: `(observation[column] - center) * factor`."""

    column: NDArray[np.int64]  # (I,)
    center: Values  # (I,)
    factor: Values  # (I,)


@kernel
def first_largest(values: Values) -> int:
    """Return the place of the largest value, ties to the first."""
    best = 0
    for place in range(1, values.size):
        if values[place] > values[best]:
            best = place
    return best


@kernel
def act(program: NDArray[np.int64], work: Values) -> int:
    """Return the action for the observation at the end of `work`, or NOT_A_NUMBER where one of its values is nan.

    What follows the network in the program says how: how many values an observation has (D), whether actions
    are values; then columns, centers and factors (I each), and of values: gains, shifts, lowest and highest (O
    each). Such actions are written over the outputs. The end of `work` holds the lowest and the highest value seen
    (I each), then the observation.
    """
    tail, inputs, outputs = program[3], program[5], program[6]
    size, valued = program[tail], program[tail + 1]
    columns = program[tail + 2 : tail + 2 + inputs]
    scale = program[tail + 2 + inputs :].view(np.float64)
    observation = work.size - size
    high = observation - inputs
    low = high - inputs
    for place in range(inputs):
        value = work[observation + columns[place]]
        if value != value:
            return NOT_A_NUMBER
        work[low + place] = value if value < work[low + place] else work[low + place]
        work[high + place] = value if value > work[high + place] else work[high + place]
        work[SINCE + 1 + place] = (value - scale[place]) * scale[inputs + place]
    run_packed(program, work)
    answers = work[SINCE + 1 + inputs : SINCE + 1 + inputs + outputs]
    if not valued:
        return first_largest(answers)
    rules = scale[2 * inputs :]
    for place in range(outputs):
        value = rules[outputs + place] + rules[place] * answers[place]
        value = rules[2 * outputs + place] if value < rules[2 * outputs + place] else value
        value = rules[3 * outputs + place] if value > rules[3 * outputs + place] else value
        answers[place] = value
    return 0


@kernel
def act_range(
    begin: int, end: int, nets: NetworkArrays, agents: NDArray[np.void], observations: NDArray[np.float32],
    sight: Sight, memory: Values, slots: int, connections: int, actions: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write the discrete actions of agents `begin` to `end` (K); those not awake get 0.

    `observations` is (D, K) float32; `memory` has `slots` values for every row of it, or none where nothing is
    kept; `slots` and `connections` are those of the largest network.
    """
    columns, centers, factors = sight
    inputs, outputs = np.empty((1, columns.size)), np.empty((1, nets.output_slot.shape[1]))
    copy, parts = np.empty(slots), np.empty(connections)
    keeps = memory.size > 0
    values = memory if keeps else np.empty(slots)
    offset, first = np.int64(0), np.int64(0)
    for number in range(begin, end):
        actions[number] = 0
        if not agents[number]["awake"]:
            continue
        for place in range(columns.size):
            value = np.float64(observations[columns[place], number])
            inputs[0, place] = (value - centers[place]) * factors[place]
        since = first
        if keeps:
            offset, since = agents[number]["row"] * slots, agents[number]["since"]
        network = agents[number]["network"]
        steps = activate_one(nets, network, inputs, first, values, offset, since, copy, parts, outputs)
        if keeps:
            agents[number]["since"] = steps
        best = 0
        for place in range(1, outputs.shape[1]):
            if outputs[0, place] > outputs[0, best]:
                best = place
        actions[number] = best


@kernel
def settle(
    agents: NDArray[np.void], rewards: NDArray[np.float32], ended: NDArray[np.bool_], limit: int,
    totals: Values, steps: NDArray[np.int64],
) -> int:  # fmt: skip
    """Give K agents the rewards of a step, write the results of those that ended, and return how many did."""
    count = 0
    for number in range(len(agents)):
        agent = agents[number]
        if not agent["awake"]:
            continue
        agent["total"] += np.float64(rewards[number])
        agent["taken"] += 1
        if ended[number] or agent["taken"] >= limit:
            agent["awake"] = False
            totals[agent["place"]] = agent["total"]
            steps[agent["place"]] = agent["taken"]
            count += 1
    return count
