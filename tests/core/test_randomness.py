"""Addressed random numbers: kernels and their plain form agree, and the numbers are good enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neat.core.arithmetic_kernels import normal_quantile
from neat.core.random_kernels import below, normal_of, stream, uniform
from neat.core.randomness import Purpose, Randomness, address, draw_seed

seeds = st.integers(0, 2**63 - 1)
small = st.integers(0, 2**40)


@given(seeds, small, st.sampled_from(Purpose), small, small, st.integers(1, 2**40))
def test_kernels_are_the_plain_form(seed, generation, purpose, key, index, bound):
    plain = Randomness(seed, generation, purpose)
    own = np.uint64(stream(address(seed, generation, purpose), key))
    assert uniform(own, index) == plain.uniform(key, index)
    assert below(own, index, bound) == plain.integers(bound, key, index)
    assert normal_of(uniform(own, index)) == normal_quantile(
        float(plain.uniform(key, index)) * (1.0 - 2.0**-53) + 2.0**-54
    )


def test_by_hand():
    """SplitMix64 in Python integers, step by step."""
    mask = 2**64 - 1

    def step(state, part):
        z = (state + (part + 1) * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    assert step(0, 0) == 0xE220A8397B1DCDAF  # SplitMix64's published first output for seed 0
    state = 0
    for part in (42, 8 - 1, int(Purpose.WEIGHTS)):  # the first generation is 1
        state = step(state, part)
    expected = step(step(state, 1000), 3)
    draws = Randomness(42, 8, Purpose.WEIGHTS)
    assert int(draws.bits(1000, 3)) == expected
    assert draws.uniform(1000, 3) == (expected >> 11) * 2.0**-53


def test_every_part_of_the_address_counts():
    values = {
        float(Randomness(seed, generation, purpose).uniform(key, index))
        for seed in (0, 1)
        for generation in (0, 1)
        for purpose in (Purpose.FOUNDERS, Purpose.WEIGHTS)
        for key in (0, 1)
        for index in (0, 1)
    }
    assert len(values) == 32
    assert len(set(Purpose)) == len(Purpose.__members__)


def test_chunks_see_what_the_whole_sees():
    draws = Randomness(3, 1, Purpose.EVALUATION)
    keys = np.arange(100)
    whole = draws.uniform(keys[:, None], np.arange(5))
    assert np.array_equal(whole[40:60], draws.uniform(keys[40:60, None], np.arange(5)))


@pytest.mark.parametrize("axis", ["key", "index"])
def test_uniforms_are_uniform_along_keys_and_indices(axis):
    draws = Randomness(11, 2, Purpose.PARENTS)
    numbers = np.arange(200_000)
    values = draws.uniform(numbers, 0) if axis == "key" else draws.uniform(0, numbers)
    counts = np.bincount((values * 100).astype(int), minlength=100)
    chi_squared = ((counts - 2000) ** 2 / 2000).sum()
    assert 50 < chi_squared < 170  # 99 degrees of freedom: beyond either with a chance under 1e-4
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.01


def test_normals_are_normal():
    own = np.uint64(stream(address(5, 0, Purpose.WEIGHTS), 9))
    values = np.array([normal_of(uniform(own, index)) for index in range(20_000)])
    assert abs(values.mean()) < 0.03 and abs(values.std() - 1) < 0.03
    assert abs((np.abs(values) > 1.959964).mean() - 0.05) < 0.007


def test_permutations():
    draws = Randomness(5, 0, Purpose.EVALUATION)
    assert sorted(draws.permutation(50)) == list(range(50))
    assert draws.permutation(50).tolist() != draws.permutation(50, key=1).tolist()
    assert draws.permutation(50).tolist() == draws.permutation(50).tolist()
    firsts = np.bincount([draws.permutation(5, key)[0] for key in range(5000)], minlength=5)
    assert (np.abs(firsts - 1000) < 130).all()


def test_a_generator_is_fresh_for_every_key():
    draws = Randomness(5, 0, Purpose.GENOME_EVALUATION)
    assert draws.generator(3).random() == draws.generator(3).random() != draws.generator(4).random()
    assert 0 <= draw_seed() < 2**31
