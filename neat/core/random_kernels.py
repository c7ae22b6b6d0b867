"""Addressed random numbers inside kernels: a number is a pure function of where it is used.

`address` (one per seed, generation and purpose) and a genome's key make a stream; a stream and a draw's
index make a number. Each step is the finalizer of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014; constants
of Stafford's variant 13) over an odd multiple of the part that is added.
"""

from __future__ import annotations

import numpy as np

from neat.core.activation_kernels import normal_quantile
from neat.core.kernels import part

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_ONE = np.uint64(1)
_SHIFT_FIRST, _SHIFT_SECOND, _SHIFT_THIRD = np.uint64(30), np.uint64(27), np.uint64(31)
_SHIFT_MANTISSA = np.uint64(11)
_ULP = 2.0**-53
_BELOW_ONE = 1.0 - _ULP


@part
def stream(address, key):
    """Return the stream (uint64) of the genome with this key under an address (uint64)."""
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
    """Return a draw from [0, 1) as a probability that is neither 0 nor 1."""
    return chance * _BELOW_ONE + 0.5 * _ULP


@part
def normal_of(chance):
    """Return the standard normal that a draw from [0, 1) stands for, by the inverse of its distribution function."""
    return normal_quantile(inside(chance))
