"""Ties are broken by order, however a processor sorts."""

from __future__ import annotations

import numpy as np
import pytest

from neat.genetics.reproduction import offspring_counts


@pytest.mark.parametrize("seed", range(5))
def test_of_species_with_equal_remainders_the_first_ones_have_one_offspring_more(seed: int) -> None:
    share = np.random.default_rng(seed).permutation([1.0, 3.0] * 128)
    counts = offspring_counts(share, 576)  # 1.125 or 3.375 of them: 64 of the 128 that deserve more have one more
    larger = np.flatnonzero(share == 3.0)
    assert (counts[share == 1.0] == 1).all()
    assert counts[larger].tolist() == [4] * 64 + [3] * 64
