"""Addressed random numbers: pure functions of (seed, generation, purpose, genome key, draw index).

There is no state. The same address gives the same number on any thread, in any process, in any order. Kernels compute
the same numbers with `neat.core.random_kernels`; this module is their numpy form.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from operator import index as index_of
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.core.constants import MIX_FIRST, MIX_INCREMENT, MIX_SECOND
from neat.core.errors import NeatError

_MASK = (1 << 64) - 1
FIRST_GENERATION = 1  # generations are numbered from 1, so that the last number is their count
AFTER_ALL_RUNS = 2**40  # a generation that no run reaches, for random numbers that no run used
FIRST_RETEST = 2**41  # the first number of a re-test of any genome; random numbers depend on it, not on the generation
FIRST_CONFIRMATION = 2**42  # the first number of a re-test that measures the fitness of a champion


class Purpose(IntEnum):
    """The purpose of a random number. The codes determine the bits of runs, so they are never changed or reused."""

    FOUNDERS = 1
    FOUNDER_WEIGHTS = 2
    EVALUATION = 3
    GENOME_EVALUATION = 4
    VALIDATION = 5
    TIES = 6
    PARENTS = 7
    CROSSOVER = 8
    STRUCTURE = 9
    WEIGHTS = 10
    NODES = 11
    REPRESENTATIVES = 12
    OPERATOR_INITIALIZE = 13  # the generators that operators are called with; built-in operators use those above
    OPERATOR_MUTATE = 14
    OPERATOR_CROSSOVER = 15
    OPERATOR_SPECIATE = 16
    OPERATOR_SELECT = 17
    LEARNING = 18
    SIMPLIFICATION = 19
    TUNING = 20
    RETEST = 21
    ISLANDS = 22
    SCALING = 23


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * MIX_FIRST) & _MASK
    z = ((z ^ (z >> 27)) * MIX_SECOND) & _MASK
    return z ^ (z >> 31)


def address(seed: int | None, generation: int, purpose: Purpose) -> np.uint64:
    """Return the address (uint64) from which kernels derive streams; a missing seed counts as 0."""
    return np.uint64(_after(_of_generation(seed or 0, generation), int(purpose)))


@lru_cache(maxsize=8)
def _of_generation(seed: int, generation: int) -> int:
    return _after(_after(0, seed), generation - 1)


def _after(z: int, part: int) -> int:
    return _mix((z + (part + 1) * MIX_INCREMENT) & _MASK)


def draw_seed() -> int:
    """Return a seed from the operating system, from 0 to 2^31 - 1."""
    return secrets.randbelow(2**31)


@dataclass(frozen=True)
class Randomness:
    """All random numbers of one purpose in one generation, or in one re-test, whatever the generation.

    `key`, usually a genome's key, selects a stream, and `index` a draw of that stream. The same arguments always give
    the same numbers, so a chunk of a population gets the same numbers as the whole population.
    """

    seed: int | None
    generation: int
    purpose: Purpose
    retest: int | None = None

    def __post_init__(self) -> None:
        if self.seed is not None:
            object.__setattr__(self, "seed", _whole("seed", self.seed))
        object.__setattr__(self, "generation", _whole("generation", self.generation))
        if self.retest is not None:
            object.__setattr__(self, "retest", _whole("retest", self.retest))
        if not isinstance(self.purpose, Purpose):
            raise NeatError(f"purpose must be a neat.core.randomness.Purpose, not {type(self.purpose).__name__}")

    @property
    def address(self) -> np.uint64:
        """The address (uint64) for kernels."""
        return address(self.seed, self.generation if self.retest is None else self.retest, self.purpose)

    def of(self, purpose: Purpose) -> Randomness:
        """Return the random numbers of the same generation or re-test for another purpose."""
        other = object.__new__(Randomness)  # not `replace`: seed and generation are checked already
        other.__dict__.update(seed=self.seed, generation=self.generation, purpose=purpose, retest=self.retest)
        return other

    def bits(self, key: ArrayLike, index: ArrayLike) -> NDArray[np.uint64]:
        """Return 64 random bits for every pair of key and index, broadcast against each other.

        Raises:
            NeatError: key or index does not hold whole numbers, or their shapes cannot be broadcast.
        """
        key, index = _whole_numbers("key", key), _whole_numbers("index", index)
        try:
            np.broadcast(key, index)
        except ValueError:
            raise NeatError(f"key {key.shape} and index {index.shape} cannot be broadcast together") from None
        with np.errstate(over="ignore"):  # the arithmetic is modulo 2^64
            return _step(_step(self.address, key), index)

    def uniform(self, key: ArrayLike, index: ArrayLike) -> NDArray[np.float64]:
        """Return uniforms in [0, 1), multiples of 2^-53, broadcast over key and index."""
        return (self.bits(key, index) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def integers(self, bound: ArrayLike, key: ArrayLike, index: ArrayLike) -> NDArray[np.int64]:
        """Return integers in [0, bound), 1 <= bound < 2^53, broadcast over all three."""
        drawn: NDArray[np.int64] = (self.uniform(key, index) * _whole_numbers("bound", bound)).astype(np.int64)
        return drawn

    def permutation(self, length: int, key: int = 0) -> NDArray[np.int64]:
        """Return a random order of range(length): int64, shape (length,)."""
        if not 0 <= _whole("length", length) < 2**53:
            raise NeatError("length must be a whole number from 0 to 2^53")
        order: NDArray[np.int64] = np.argsort(self.bits(key, np.arange(length)), kind="stable")
        return order

    def generator(self, key: int = 0) -> np.random.Generator:
        """Return a new numpy Generator, which depends only on this object and the key.

        Its bits are the same on every machine; its distributions may depend on numpy's version.
        """
        return np.random.Generator(np.random.Philox(key=int(self.bits(_whole("key", key), 0))))


def _whole(name: str, value: Any) -> int:
    """Return a whole number as a Python int, since numpy's integers could overflow."""
    try:
        return index_of(value)
    except TypeError:
        raise NeatError(f"{name} must be a whole number, not {type(value).__name__}") from None


def _whole_numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0)
    if array.dtype.kind not in "iub":
        raise NeatError(f"{name} must be a whole number of 64 bits, or an array of them")
    return array


def _step(state: NDArray[np.uint64] | np.uint64, part: ArrayLike) -> NDArray[np.uint64]:
    z = state + (np.asarray(part).astype(np.uint64) + np.uint64(1)) * np.uint64(MIX_INCREMENT)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX_SECOND)
    return np.asarray(z ^ (z >> np.uint64(31)))
