"""The statistics that summarise and compare runs; nothing here draws random numbers.

Formulas that scipy has are scipy's. `scipy.stats` takes half a second to import, which happens at its first use.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from statistics import fmean, stdev
from typing import Any, NamedTuple

import numpy as np
import scipy  # type: ignore[import-untyped]
from numpy.typing import NDArray

CONFIDENCE = 0.95
LEVEL = 0.05  # a difference is significant if p is below this
_LARGEST = sys.float_info.max
_MOST_EXACT_PAIRS = 2_500
_EFFECTS = ((0.21, "large"), (0.14, "medium"), (0.06, "small"))  # distances of A from one half


class Interval(NamedTuple):
    """A 95 % confidence interval, both ends included."""

    low: float
    high: float


class RankTest(NamedTuple):
    """A rank test: the statistic `u`, the two-sided `p`, and whether `p` is `exact`."""

    u: float
    p: float
    exact: bool


def import_scipy() -> None:
    """Import `scipy.stats` before its first use."""
    import_module("scipy.stats")


def plain_values(results: dict[str, Any]) -> dict[str, Any]:
    """Return nested results as JSON can hold them: an interval as a dict, an infinite number as None."""

    def plain(value: Any) -> Any:
        if isinstance(value, Interval):
            value = value._asdict()
        if isinstance(value, dict):
            return plain_values(value)
        return None if isinstance(value, float) and math.isinf(value) else value

    return {name: plain(value) for name, value in results.items()}


def wilson_interval(successes: int, trials: int) -> Interval:
    """Return the score interval of a success rate (Wilson 1927, J. Am. Stat. Assoc. 22, p. 209)."""
    found = scipy.stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, "wilson")
    return Interval(float(found.low), float(found.high))


def difference_interval(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the interval of the first success rate minus the second; each is (successes, trials).

    Newcombe 1998, Statistics in Medicine 17, 873-890, method 10: from the two Wilson intervals. Not in scipy.
    """
    (low_1, high_1), (low_2, high_2) = wilson_interval(*first), wilson_interval(*second)
    rate_1, rate_2 = first[0] / first[1], second[0] / second[1]
    difference = rate_1 - rate_2
    below = math.hypot(rate_1 - low_1, high_2 - rate_2)
    above = math.hypot(high_1 - rate_1, rate_2 - low_2)
    return Interval(difference - below, difference + above)


def fisher_exact(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Return the two-sided p of Fisher's exact test of two success rates; each is (successes, trials)."""
    table = [[successes, trials - successes] for successes, trials in (first, second)]
    return float(scipy.stats.fisher_exact(table).pvalue)


def mean(values: Sequence[float]) -> float:
    """Return the mean of finite values, whose sum may overflow."""
    try:
        return fmean(values)
    except OverflowError:
        return float(sum(map(Fraction, values)) / len(values))


def median(values: Sequence[float]) -> float:
    """Return the median of values, of which some may be infinite with the same sign."""
    ordered, size = sorted(values), len(values)
    return mean(ordered[(size - 1) // 2 : size // 2 + 1])


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation of at least two finite values, at most the largest float."""
    try:
        return stdev(values)
    except OverflowError:
        return _LARGEST


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the mean by Student's t (1908, Biometrika 6), or None for fewer than two values.

    The ends of the interval are clipped to the range of float64.
    """
    if len(values) < 2:
        return None
    middle = mean(values)
    quantile = float(scipy.stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1))
    half = quantile * deviation(values) / math.sqrt(len(values))
    return Interval(max(middle - half, -_LARGEST), min(middle + half, _LARGEST))


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the median between two order statistics, or None for fewer than six values.

    David & Nagaraja 2003, Order Statistics, section 7.1: it assumes nothing about the distribution and covers the
    median with at least 95 %. Values may be infinite, as for runs that were not solved.
    """
    ordered, size = sorted(values), len(values)
    rank = int(scipy.stats.binom.ppf((1 - CONFIDENCE) / 2, size, 0.5)) if size > 0 else 0
    return Interval(ordered[rank - 1], ordered[size - rank]) if rank > 0 else None


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> RankTest:
    """Return Wilcoxon's rank sum test in the form of Mann & Whitney (1947, Ann. Math. Stat. 18, 50-60).

    `u` counts the pairs in which the first value is larger, with ties as one half. For at most 2,500 pairs, p is exact;
    for more it is the normal approximation with corrections for ties and continuity (Hollander & Wolfe 1999,
    Nonparametric Statistical Methods, section 4.1).
    """
    m, n = len(first), len(second)
    if m * n > _MOST_EXACT_PAIRS:
        test = scipy.stats.mannwhitneyu(first, second, method="asymptotic")
        return RankTest(float(test.statistic), float(test.pvalue), False)
    # scipy's exact test ignores ties, and runs that were not solved are all tied.
    ranks = scipy.stats.rankdata([*first, *second])
    u = float(ranks[:m].sum()) - m * (m + 1) / 2
    return RankTest(u, _share_as_far(abs(u - m * n / 2), ranks, min(m, n)), True)


def superiority(test: RankTest, pairs: int) -> float:
    """Return the probability that the first of two runs has the larger value, with ties as one half.

    The measure A of Vargha & Delaney 2000, J. Educ. Behav. Stat. 25, 101-132; Cliff's delta is 2 A - 1.
    """
    return test.u / pairs


def effect_in_words(chance: float) -> str:
    """Return how large an effect is by the levels that Vargha & Delaney give for their A: 0.56, 0.64, 0.71."""
    distance = round(abs(chance - 0.5), 12)
    return next((word for level, word in _EFFECTS if distance >= level), "negligible")


def _share_as_far(distance: float, ranks: NDArray[np.float64], chosen: int) -> float:
    """Return the share of the choices of `chosen` ranks whose sum is at least `distance` from the expected sum.

    Counts the choices by dynamic programming over the different ranks. Sums are doubled, which makes them whole.
    """
    size = len(ranks)
    ways = np.zeros((chosen + 1, chosen * (2 * size - chosen + 1) + 1))  # by number of ranks chosen and doubled sum
    ways[0, 0] = 1.0
    for rank, count in zip(*np.unique((2 * ranks).astype(np.int64), return_counts=True), strict=True):
        before = ways.copy()
        for taken in range(1, min(count, chosen) + 1):
            reach = ways.shape[1] - taken * rank
            if reach <= 0:
                break
            ways[taken:, taken * rank :] += math.comb(count, taken) * before[:-taken, :reach]
    found = ways[chosen]
    far = np.abs(np.arange(len(found)) - chosen * (size + 1)) >= 2 * distance
    return min(1.0, float(found[far].sum() / found.sum()))
