"""Whether networks have derivatives: all built-in functions except `step` do, and custom ones that have one."""

from __future__ import annotations

import numpy as np

from neat.core.constants import STEP
from neat.core.errors import NeatError
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.network import Networks


def check_differentiable(networks: Networks) -> None:
    """Check that every function in networks has a derivative.

    Raises:
        NeatError: names the first node whose function has none, and how to register one.
    """
    node = networks.arrays.node
    for column, table in (("activation", ACTIVATION_TABLE), ("aggregation", AGGREGATION_TABLE)):
        for code in np.unique(node[column]).tolist():
            function = table.coded(code)
            if function.derivative and not (column == "activation" and code == STEP):
                continue
            if function.name == "step":
                why = "whose derivative is 0 everywhere, so nothing can be learned through it (use sigmoid)"
            else:
                why = (
                    f"which has no derivative (register it with one: neat.register_{column}({function.name!r}, "
                    "function, derivative))"
                )
            row = int(np.argmax(node[column] == code))
            g = int(np.searchsorted(networks.arrays.network["node_start"], row, side="right")) - 1
            raise NeatError(
                f"{_node_name(networks, g, row)} of genome {networks.key[g]} has the {column} {function.name!r}, {why}"
            )


def _node_name(networks: Networks, g: int, row: int) -> str:
    """Return how messages name the node in a row of the arrays."""
    layout = networks.layout
    place = int(networks.arrays.node["place"][row])
    if layout.sources <= place < layout.given:
        return f"output {layout.outputs[place - layout.sources]!r}"
    return f"the hidden node at place {place - layout.given + 1}"
