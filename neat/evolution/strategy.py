"""The evolution strategy that tunes the weights of a genome, as a function of vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import log
from neat.core.arrays import freeze
from neat.core.randomness import Randomness
from neat.evolution.tuning_kernels import adapt, draw

_NOT_YET = -1  # the key of samples that have not been drawn


@dataclass(frozen=True, eq=False)
class Tuning:
    """A search for better values of one genome: the distribution from which the samples of a generation were drawn.

    The samples are the `count` genomes with the keys from `first_key` on. They are normal members of the population,
    all with the wiring of the tuned genome; their values have the standard deviations `sigma * sqrt(variance)` around
    `mean`, before they are clipped to the limits of the genome.

    Attributes:
        parent: the key of the tuned genome.
        began: the generation of the first samples.
        first_key, count: the key of the first sample of the current generation, and the number of samples.
        sigma: the step size.
        mean: (n,) float64, the values in the middle.
        variance: (n,) float64, the diagonal of the covariance matrix.
        path, step_path: (n,) float64, the evolution paths of the variances and of the step size.
    """

    parent: int
    began: int
    first_key: int
    count: int
    sigma: float
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    path: NDArray[np.float64]
    step_path: NDArray[np.float64]

    @property
    def deviation(self) -> NDArray[np.float64]:
        """The standard deviations of the samples before they are clipped: (n,) float64."""
        return self.sigma * np.sqrt(self.variance)


def begun(
    mean: NDArray[np.float64], power: NDArray[np.float64], step: float, parent: int, generation: int, most: int
) -> Tuning:
    """Return a new tuning around `mean` (n,), with the standard deviations `step * power`, `power` (n,) positive.

    A generation has 4 + 3 ln n samples (Hansen & Ostermeier 2001), but not more than `most`.
    """
    none, count = freeze(np.zeros(len(mean)), np.float64), 4 + int(3.0 * log(len(mean)))
    return Tuning(
        parent, generation, _NOT_YET, min(count, most), step,
        freeze(mean, np.float64), freeze(power * power, np.float64), none, none,
    )  # fmt: skip


def samples(tuning: Tuning, limit: NDArray[np.float64], rng: Randomness) -> NDArray[np.float64]:
    """Return the samples of a generation, clipped to plus or minus `limit` (n,): float64, shape (count, n)."""
    made = np.empty((tuning.count, len(tuning.mean)))
    key = np.arange(tuning.first_key, tuning.first_key + tuning.count)
    draw(rng.address, key, tuning.mean, tuning.deviation, freeze(limit, np.float64), made)
    return made


def adapted(
    tuning: Tuning, values: NDArray[np.float64], score: NDArray[np.float64], generation: int, *, diagonal: bool
) -> Tuning:
    """Return the tuning after its samples `values` (count, n) got the scores `score` (count,).

    The step size is adapted by its evolution path (Hansen & Ostermeier 2001), and with `diagonal` also the variances:
    sep-CMA-ES with its default parameters (Ros & Hansen 2008, PPSN X). Clipped samples count as they are, so the mean
    stays within the limits. Equal scores are ranked by key.
    """
    order = freeze(np.argsort(-score, kind="stable"), np.int64)
    columns = tuple(array.copy() for array in (tuning.mean, tuning.variance, tuning.path, tuning.step_path))
    sigma = adapt(freeze(values, np.float64), order, generation - tuning.began, diagonal, tuning.sigma, *columns)
    mean, variance, path, step_path = (freeze(array, np.float64) for array in columns)
    return replace(
        tuning, first_key=_NOT_YET, sigma=float(sigma), mean=mean, variance=variance, path=path, step_path=step_path
    )
