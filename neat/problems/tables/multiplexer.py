"""The multiplexer problem: address bits select the data bit that a network should output."""

from __future__ import annotations

from typing import Any

import numpy as np

from neat.config import Config
from neat.problems.protocol import ConfiguredProblem, keys_from
from neat.problems.tables.dataset import TableProblem
from neat.problems.tables.keys import MeasureKeys, MultiplexerKeys, measure_values


class Multiplexer(TableProblem, ConfiguredProblem[MultiplexerKeys]):
    """All rows of a multiplexer with n address bits and 2^n data bits: 2^(n + 2^n) rows.

    The inputs are a0, a1, ... (a0 has the value 1, a1 2, a2 4) and d0, d1, ...; row r holds the binary digits of r, the
    lowest first. The target, y, is the data bit that the address selects.

    Args:
        address_bits: n, from 1 to 4, for 3, 6, 11 or 20 inputs (the last has 1,048,576 rows and takes 0.8 GB).
        keys: all settings as one object; or, as keyword arguments, `measure`, `solved` and `side` as for `Dataset`. By
            default the problem is solved when every output is on the right side of `side`.

    Raises:
        NeatError: `address_bits` is not a whole number from 1 to 4, or another setting has a wrong value.
    """

    def __init__(self, address_bits: int = 3, *, keys: MultiplexerKeys | None = None, **options: Any) -> None:
        if keys is None:
            options["address_bits"] = address_bits
        keys = keys_from(MultiplexerKeys, keys, options)
        address_bits = keys.address_bits
        data_bits = 2**address_bits
        bits = address_bits + data_bits
        row = np.arange(2**bits)
        address = row % data_bits
        super().__init__(
            np.stack([row >> bit & 1 for bit in range(bits)], axis=1, dtype=np.float64),
            (row >> address_bits >> address & 1).astype(np.float64)[:, None],
            (*(f"a{bit}" for bit in range(address_bits)), *(f"d{bit}" for bit in range(data_bits))),
            ("y",),
            MeasureKeys(**measure_values(keys)),
            f"on all {len(row):,} rows of the multiplexer",
        )

    @classmethod
    def from_keys(cls, keys: MultiplexerKeys, config: Config) -> Multiplexer:
        """Return the multiplexer that `[problem] kind = multiplexer` describes."""
        return cls(keys=keys)
