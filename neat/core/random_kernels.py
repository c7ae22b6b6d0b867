"""Addressed random numbers in kernels: every number is a pure function of the place where it is used.

An address (one per seed, generation and purpose) and a genome's key give a stream; a stream and the index of a draw
give a number. Each step adds an odd multiple of the key or index and applies the finalizer of SplitMix64.
"""

from __future__ import annotations

import numpy as np

from neat.core.arithmetic_kernels import normal_quantile
from neat.core.constants import MIX_FIRST, MIX_INCREMENT, MIX_SECOND
from neat.core.kernels import part

_GAMMA = np.uint64(MIX_INCREMENT)
_FIRST = np.uint64(MIX_FIRST)
_SECOND = np.uint64(MIX_SECOND)
_ONE = np.uint64(1)
_SHIFT_FIRST, _SHIFT_SECOND, _SHIFT_THIRD = np.uint64(30), np.uint64(27), np.uint64(31)
_SHIFT_MANTISSA = np.uint64(11)
_ULP = 2.0**-53
_BELOW_ONE = 1.0 - _ULP


@part
def stream(address, key):
    """Return the stream (uint64) of a genome key at an address (uint64)."""
    z = address + (np.uint64(key) + _ONE) * _GAMMA
    z = (z ^ (z >> _SHIFT_FIRST)) * _FIRST
    z = (z ^ (z >> _SHIFT_SECOND)) * _SECOND
    return z ^ (z >> _SHIFT_THIRD)


@part
def uniform(stream_of, index):
    """Return draw `index` of a stream: a float64 in [0, 1), a multiple of 2^-53."""
    bits = stream(stream_of, index)
    return np.float64(np.int64(bits >> _SHIFT_MANTISSA)) * _ULP


@part
def below(stream_of, index, bound):
    """Return draw `index` of a stream: an integer in [0, bound), where 1 <= bound < 2^53."""
    return np.int64(uniform(stream_of, index) * bound)


@part
def inside(chance):
    """Return a draw from [0, 1) as a probability in (0, 1)."""
    return chance * _BELOW_ONE + 0.5 * _ULP


@part
def normal_of(chance):
    """Return a draw from [0, 1) as a standard normal number, by the inverse of the distribution function."""
    return normal_quantile(inside(chance))
