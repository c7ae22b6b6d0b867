"""Activation of one network that is packed into two arrays.

In every call from Python, numba takes about 0.1 us to unpack an array, and several times as long for a record array or
a tuple. Therefore one array, the program (read-only words), holds the network, and the other, the work (numbers), holds
everything that changes from row to row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import kernel
from neat.network.activation_kernels import CONNECTION, NETWORK, NODE, NetworkArrays, Values, activate_one

#: The number of words before the network in a program: where the nodes, connections, output slots and following words
#: start; the numbers of sources, inputs and outputs; whether values are kept from row to row.
HEAD = 8
SINCE = 0  # the index in the work of the number of time steps since the episode began; inputs and outputs follow


@kernel
def run_packed(program: NDArray[np.int64], work: Values) -> None:
    """Run the network of a program on the inputs in `work`, and write its outputs there.

    `work` is float64: time steps so far, inputs (I), outputs (O), values and copies (slots each), parts.
    """
    nodes, connections, slots, end = program[0], program[1], program[2], program[3]
    given, wanted = program[5], program[6]
    nets = NetworkArrays(
        program[4],
        program[HEAD:nodes].view(NETWORK),
        program[nodes:connections].view(NODE),
        program[connections:slots].view(CONNECTION),
        program[slots:end].view(np.int32)[:wanted].reshape(1, wanted),
    )
    first = np.int64(0)  # the literal 0 has its own type, for which numba would compile everything again
    outputs = SINCE + 1 + given
    values = outputs + wanted
    copy = values + len(nets.node)
    parts = copy + len(nets.node)
    steps = activate_one(
        nets, first, work[SINCE + 1 : outputs].reshape(1, given), first, work[values:copy], first,
        np.int64(work[SINCE]),
        work[copy:parts], work[parts:], work[outputs:values].reshape(1, wanted),
    )  # fmt: skip
    if program[7]:
        work[SINCE] = steps
