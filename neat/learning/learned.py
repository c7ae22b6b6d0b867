"""Values that networks learned, in the order of the genes of their genomes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.network import Networks
from neat.network.activation_kernels import NetworkArrays


def learned_values(networks: Networks, trained: NetworkArrays) -> dict[str, NDArray[np.float64]]:
    """Return the weights (C,), biases (N,) and responses (N,) of trained networks in the order of their genomes.

    Connections and nodes that a network does not use, inputs and bias nodes have the value nan: they keep what they
    have.
    """
    network = trained.network
    found = {"weight": np.full(len(trained.connection), np.nan)}
    rows, places = _used(network["connection_start"], networks.connection_counts, 0)
    found["weight"][places + trained.connection["place"][rows]] = trained.connection["weight"][rows]
    rows, places = _used(network["node_start"], networks.node_counts, trained.sources)
    places = places + trained.node["place"][rows]
    for name in ("bias", "response"):
        found[name] = np.full(len(trained.node), np.nan)
        found[name][places] = trained.node[name][rows]
    return found


def _used(
    start: NDArray[np.int64], counts: NDArray[np.int64], first: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows in use, `counts` of each network from `start` + `first`, and where each row's network starts."""
    starts = np.repeat(start, counts)
    within = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts + within + first, starts
