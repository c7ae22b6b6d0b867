"""Kernels of agents: scale observations, run networks and choose actions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import kernel
from neat.network.activation_kernels import NetworkArrays, Values, activate_one
from neat.network.packed_kernels import SINCE, run_packed

NOT_A_NUMBER = -1  # returned instead of an action


class InputScaling(NamedTuple):
    """How I inputs are computed from a flattened observation: `(observation[columns] - centers) * factors`."""

    columns: NDArray[np.int64]  # (I,)
    centers: Values  # (I,)
    factors: Values  # (I,)


@kernel
def largest_index(values: Values) -> int:
    """Return the index of the largest value, the first of equal ones."""
    best = 0
    for index in range(1, values.size):
        if values[index] > values[best]:
            best = index
    return best


@kernel
def act(program: NDArray[np.int64], work: Values) -> int:
    """Return the action for the observation at the end of `work`, or NOT_A_NUMBER if an input is nan.

    In `program`, after the network: the number D of values of an observation; whether actions are values; columns,
    centers and factors of the inputs (I each); and for values gain, shift, lowest and highest action (O each). Values
    are written over the outputs, and 0 is returned. `work` ends with the lowest and highest inputs observed so far
    (I each) and the observation (D).
    """
    tail, inputs, outputs = program[3], program[5], program[6]
    size, valued = program[tail], program[tail + 1]
    columns = program[tail + 2 : tail + 2 + inputs]
    scale = program[tail + 2 + inputs :].view(np.float64)
    observation = work.size - size
    high = observation - inputs
    low = high - inputs
    for index in range(inputs):
        value = work[observation + columns[index]]
        if value != value:
            return NOT_A_NUMBER
        work[low + index] = value if value < work[low + index] else work[low + index]
        work[high + index] = value if value > work[high + index] else work[high + index]
        work[SINCE + 1 + index] = (value - scale[index]) * scale[inputs + index]
    run_packed(program, work)
    answers = work[SINCE + 1 + inputs : SINCE + 1 + inputs + outputs]
    if not valued:
        return largest_index(answers)
    output_scale = scale[2 * inputs :]
    for index in range(outputs):
        value = output_scale[outputs + index] + output_scale[index] * answers[index]
        value = output_scale[2 * outputs + index] if value < output_scale[2 * outputs + index] else value
        value = output_scale[3 * outputs + index] if value > output_scale[3 * outputs + index] else value
        answers[index] = value
    return 0


@kernel
def act_range(
    begin: int, end: int, nets: NetworkArrays, network: NDArray[np.int64], place: NDArray[np.int64],
    observations: Values, scaling: InputScaling, memory: Values, slots: int, connections: int,
    time_steps: NDArray[np.int64], answers: Values,
) -> None:  # fmt: skip
    """Write the outputs of agents `begin` to `end` of K to `answers` (K, O).

    Agent k is network `network[k]`, observes `observations[k]` (D), and keeps its values in row `place[k]` of `memory`,
    with `slots` values in each row, and the time steps of its episode in `time_steps[place[k]]`; `memory` is empty if
    networks keep no values. `slots` and `connections` are those of the largest network.
    """
    columns, centers, factors = scaling
    inputs, outputs = np.empty((1, columns.size)), np.empty((1, answers.shape[1]))
    copy, parts = np.empty(slots), np.empty(connections)
    has_memory = memory.size > 0
    values = memory if has_memory else np.empty(slots)
    offset, first = np.int64(0), np.int64(0)
    for number in range(begin, end):
        for index in range(columns.size):
            inputs[0, index] = (observations[number, columns[index]] - centers[index]) * factors[index]
        since = first
        if has_memory:
            offset, since = place[number] * slots, time_steps[place[number]]
        run = activate_one(nets, network[number], inputs, first, values, offset, since, copy, parts, outputs)
        if has_memory:
            time_steps[place[number]] = run
        answers[number] = outputs[0]
