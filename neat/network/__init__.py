"""Networks: decoded from genomes, and run."""

from neat.network.decoding import compile_networks, networks_from_arrays
from neat.network.networks import (
    Memory,
    Network,
    Networks,
    activate_each,
    activate_rows,
    prepare_rows,
)

__all__ = [
    "Memory",
    "Network",
    "Networks",
    "activate_each",
    "activate_rows",
    "compile_networks",
    "networks_from_arrays",
    "prepare_rows",
]
