"""A network packed for `run_packed`, the fastest way to run it on one row after another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.arrays import freeze
from neat.genetics.population import Layout
from neat.network.activation_kernels import NetworkArrays
from neat.network.packed_kernels import HEAD, SINCE

_MEMORY = 7  # the index in the program of whether values are kept from row to row


class Packed:
    """The program and the work of one network, with views of the work: `inputs` (I,), `outputs` (O,), `values` (N,).

    Args:
        layout, arrays: one network.
        more: words that follow the network in the program, from `program[3]` on.
        room: how many more numbers the work has at its end.
    """

    __slots__ = ("arrays", "inputs", "outputs", "program", "values", "work")

    def __init__(
        self, layout: Layout, arrays: NetworkArrays, more: NDArray[np.int64] | None = None, room: int = 0
    ) -> None:
        inputs, outputs = len(layout.inputs), len(layout.outputs)
        slots = np.zeros(outputs + outputs % 2, np.int32)
        slots[:outputs] = arrays.output_slot[0]
        parts = [words(arrays.network), words(arrays.node), words(arrays.connection), words(slots)]
        begins = HEAD + np.cumsum([len(part) for part in parts])
        head = [*begins.tolist(), layout.sources, inputs, outputs, int(layout.memory)]
        parts = [np.array(head), *parts, *([] if more is None else [more])]
        self.program = freeze(np.concatenate(parts), np.int64)
        scratch = 2 * len(arrays.node) + max(len(arrays.connection), 1)
        self.work = np.zeros(SINCE + 1 + inputs + outputs + scratch + room)
        self.inputs = self.work[SINCE + 1 : SINCE + 1 + inputs]
        self.outputs = self.work[SINCE + 1 + inputs : SINCE + 1 + inputs + outputs]
        values = SINCE + 1 + inputs + outputs
        self.values = self.work[values : values + len(arrays.node)]
        self.arrays = arrays

    def reset(self) -> None:
        """Start a new episode."""
        self.work[SINCE] = 0.0

    def node_values(self) -> NDArray[np.float64]:
        """Return the values of the nodes after the last run: float64 (N,), as `Network.node_values`."""
        network, node = self.arrays.network[0], self.arrays.node
        used = node[: network["slots"]]
        steps = self.work[SINCE] if self.program[_MEMORY] else network["steps"]
        values = np.full(int(network["nodes"]), np.nan)
        active = used["reach"] <= steps
        values[used["place"][active]] = self.values[: network["slots"]][active]
        outputs = values[self.arrays.sources :][: self.arrays.output_slot.shape[1]]
        outputs[np.isnan(outputs)] = 0.0
        return values


def words(array: NDArray[Any]) -> NDArray[np.int64]:
    """Return the bytes of an array, a multiple of 8, as int64 words."""
    return np.ascontiguousarray(array).view(np.int64).ravel()
