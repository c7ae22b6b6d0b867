"""The multiplexer: an address chooses one of the data bits, and a network should answer with it."""

from __future__ import annotations

import numpy as np

import neat.problems.registry  # noqa: F401  (declares the keys)
from neat.config import Config
from neat.problems.keys import Measure, MultiplexerKeys, Solved
from neat.problems.tables.dataset import Dataset


class Multiplexer(Dataset):
    """Networks answer every row of a multiplexer of n address bits and 2^n data bits, so 2^(n + 2^n) rows.

    Inputs are a0, a1, ... (a0 counts 1, a1 2, a2 4) and d0, d1, ...; row r holds the binary digits of r, the lowest
    first, so no row stands twice and none is missing. The target, y, is the data bit that the address names.

    Args:
        address_bits: n, from 1 to 4: 3, 6, 11 or 20 inputs. The last has 1,048,576 rows and takes 0.8 GB.
        measure, solved, side, threads: as of `Dataset`; solved once every answer is on the right side of `side`.

    Raises:
        NeatError: `address_bits` is not a whole number from 1 to 4, or the measure is unknown.
    """

    def __init__(
        self,
        address_bits: int = 3,
        *,
        measure: Measure = "mse",
        solved: Solved = "sides",
        side: float = 0.5,
        threads: int = 0,
    ) -> None:
        keys = MultiplexerKeys(address_bits=address_bits, measure=measure, solved=solved, side=side)
        address_bits = keys.address_bits
        data_bits = 2**address_bits
        bits = address_bits + data_bits
        row = np.arange(2**bits)
        address = row % data_bits
        super().__init__(
            np.stack([row >> bit & 1 for bit in range(bits)], axis=1, dtype=np.float64),
            row >> address_bits >> address & 1,
            measure=keys.measure,
            solved=keys.solved,
            side=keys.side,
            input_names=[*(f"a{bit}" for bit in range(address_bits)), *(f"d{bit}" for bit in range(data_bits))],
            target_names=["y"],
            threads=threads,
        )


def make(config: Config, keys: MultiplexerKeys) -> Multiplexer:
    """Return the multiplexer that `[problem] kind = multiplexer` describes."""
    return Multiplexer(
        keys.address_bits,
        measure=keys.measure,
        solved=keys.solved,
        side=keys.side,
        threads=config.run.threads,
    )
