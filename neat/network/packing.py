"""One network packed for `run_packed`: the fastest way to run it on one row after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.genetics.population import freeze
from neat.network.single_kernels import HEAD, SINCE

if TYPE_CHECKING:
    from neat.network.networks import Networks


class Packed:
    """A program and the work it runs on; `inputs` (I,) and `outputs` (O,) are views of the work.

    For kernels above, `more` words may follow the network in the program, at `program[3]`, and the work may
    have `room` for more numbers at its end.
    """

    __slots__ = ("inputs", "outputs", "program", "work")

    def __init__(self, networks: Networks, more: NDArray[np.int64] | None = None, room: int = 0) -> None:
        layout, arrays = networks.layout, networks.arrays
        given, wanted = len(layout.inputs), len(layout.outputs)
        slots = np.zeros(wanted + wanted % 2, np.int32)
        slots[:wanted] = arrays.output_slot[0]
        parts = [words(arrays.network), words(arrays.node), words(arrays.connection), words(slots)]
        begins = HEAD + np.cumsum([len(part) for part in parts])
        head = [*begins.tolist(), layout.sources, given, wanted, int(layout.memory)]
        parts = [np.array(head), *parts, *([] if more is None else [more])]
        self.program = freeze(np.concatenate(parts), np.int64)
        scratch = 2 * len(arrays.node) + max(len(arrays.connection), 1)
        self.work = np.zeros(SINCE + 1 + given + wanted + scratch + room)
        self.inputs = self.work[SINCE + 1 : SINCE + 1 + given]
        self.outputs = self.work[SINCE + 1 + given : SINCE + 1 + given + wanted]

    def reset(self) -> None:
        """Start a new episode."""
        self.work[SINCE] = 0.0


def words(array: NDArray[Any]) -> NDArray[np.int64]:
    """Return an array's bytes, a multiple of 8, as int64 words."""
    return np.ascontiguousarray(array).view(np.int64).ravel()
