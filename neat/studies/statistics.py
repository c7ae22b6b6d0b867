"""The few formulas by which runs are summed up and compared; each names its source.

Nothing here draws random numbers: the same runs give the same words.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
_LARGEST = sys.float_info.max
_SAME = 1.0 + 1e-7  # probabilities this near to each other are taken as equal
_LARGEST_EXACT = 2_500  # pairs of runs up to which the rank test counts all orders
_SERIES_UP_TO = 100  # degrees of freedom
_EFFECTS = ((0.21, "large"), (0.14, "medium"), (0.06, "small"))  # how far A is from one half


class Interval(NamedTuple):
    """A 95 % confidence interval, both ends included."""

    low: float
    high: float


class RankTest(NamedTuple):
    """A rank test: the statistic `u`, the two-sided `p`, and whether it is `exact`."""

    u: float
    p: float
    exact: bool


def wilson_interval(successes: int, trials: int) -> Interval:
    """Return the score interval of a success rate (Wilson 1927, J. Am. Stat. Assoc. 22, p. 209)."""
    rate, square = successes / trials, _Z * _Z / trials
    middle = (rate + square / 2) / (1 + square)
    half = _Z * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials)) / (1 + square)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == trials else middle + half
    return Interval(low, high)


def difference_interval(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the interval of the first success rate minus the second; each is (successes, trials).

    Newcombe 1998, Statistics in Medicine 17, 873-890, method 10: from the two Wilson intervals.
    """
    (low_1, high_1), (low_2, high_2) = wilson_interval(*first), wilson_interval(*second)
    rate_1, rate_2 = first[0] / first[1], second[0] / second[1]
    difference = rate_1 - rate_2
    below = math.hypot(rate_1 - low_1, high_2 - rate_2)
    above = math.hypot(high_1 - rate_1, rate_2 - low_2)
    return Interval(difference - below, difference + above)


def fisher_exact(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Return the two-sided p of Fisher's exact test of two success rates; each is (successes, trials).

    Fisher 1934, Statistical Methods for Research Workers, section 21.02: the probability of all tables with the
    same margins that are no more probable than this one.
    """
    (successes, trials), (others, other_trials) = first, second
    total = successes + others
    whole = _log_choose(trials + other_trials, total)

    def probability(here: int) -> float:
        return math.exp(_log_choose(trials, here) + _log_choose(other_trials, total - here) - whole)

    limit = probability(successes) * _SAME
    tables = range(max(0, total - other_trials), min(trials, total) + 1)
    return min(1.0, math.fsum(found for here in tables if (found := probability(here)) <= limit))


def mean(values: Sequence[float]) -> float:
    """Return the mean of finite values, whose sum may overflow."""
    try:
        return fmean(values)
    except OverflowError:
        return float(sum(map(Fraction, values)) / len(values))


def median(values: Sequence[float]) -> float:
    """Return the median of finite values."""
    ordered, size = sorted(values), len(values)
    return mean(ordered[(size - 1) // 2 : size // 2 + 1])


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation of at least two finite values, at most the largest float."""
    try:
        return stdev(values)
    except OverflowError:
        return _LARGEST


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the mean by Student's t (1908, Biometrika 6); None for fewer than two values.

    The ends of the interval are clipped to the range of float64.
    """
    if len(values) < 2:
        return None
    middle = mean(values)
    half = t_quantile(0.5 + CONFIDENCE / 2, len(values) - 1) * deviation(values) / math.sqrt(len(values))
    return Interval(max(middle - half, -_LARGEST), min(middle + half, _LARGEST))


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the median between two order statistics; None for fewer than six values.

    David & Nagaraja 2003, Order Statistics, section 7.1: it assumes nothing of the distribution, and covers the
    median with at least 95 %. Values may be infinite: runs that never came to an end.
    """
    ordered, size = sorted(values), len(values)
    outside = 0.0
    for rank in range(size // 2 + 1):
        outside += math.exp(_log_choose(size, rank) - size * math.log(2))
        if outside > (1 - CONFIDENCE) / 2:
            return Interval(ordered[rank - 1], ordered[size - rank]) if rank else None
    return None


def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t, for a probability above one half.

    Abramowitz & Stegun 1964: the finite series 26.7.3 and 26.7.4, inverted by bisection; the expansion 26.7.5
    where there are more than 100 degrees of freedom (error below 1e-9).
    """
    if degrees > _SERIES_UP_TO:
        z = NormalDist().inv_cdf(probability)
        terms = (
            z,
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
            (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
        )
        return math.fsum(term / degrees**power for power, term in enumerate(terms))
    low, high = 0.0, math.pi / 2  # of the angle whose tangent is t / sqrt(degrees)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _within(middle, degrees) < 2 * probability - 1 else (low, middle)
    return math.tan(high) * math.sqrt(degrees)


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> RankTest:
    """Return Wilcoxon's rank sum test in the form of Mann & Whitney (1947, Ann. Math. Stat. 18, 50-60).

    `u` counts the pairs in which the first value is the larger, ties as one half. Where there are at most 2,500
    pairs, p counts all orders, given the ties; else it is the normal approximation with the variance for ties and the
    correction for continuity (Hollander & Wolfe 1999, Nonparametric Statistical Methods, section 4.1).
    """
    m, n = len(first), len(second)
    counts = Counter([*first, *second])
    rank_before, middle_rank = 0, {}
    for value in sorted(counts):
        middle_rank[value] = rank_before + (counts[value] + 1) / 2
        rank_before += counts[value]
    u = math.fsum(middle_rank[value] for value in first) - m * (m + 1) / 2
    away, size = abs(u - m * n / 2), m + n
    if m * n <= _LARGEST_EXACT:
        tied = [(round(2 * middle_rank[value]), count) for value, count in counts.items()]
        return RankTest(u, _share_as_far(round(2 * away), tied, min(m, n), size), True)
    ties = sum(count**3 - count for count in counts.values())
    variance = m * n / 12 * (size + 1 - ties / (size * (size - 1)))
    if variance <= 0:
        return RankTest(u, 1.0, False)
    z = max(0.0, away - 0.5) / math.sqrt(variance)
    return RankTest(u, math.erfc(z / math.sqrt(2)), False)


def superiority(test: RankTest, pairs: int) -> float:
    """Return the chance that the first of two runs has the larger value, ties as one half.

    The measure A of Vargha & Delaney 2000, J. Educ. Behav. Stat. 25, 101-132; Cliff's delta is 2 A - 1.
    """
    return test.u / pairs


def effect_in_words(chance: float) -> str:
    """Return how large an effect is by the levels that Vargha & Delaney give for their A: 0.56, 0.64, 0.71."""
    away = round(abs(chance - 0.5), 12)
    return next((word for level, word in _EFFECTS if away >= level), "negligible")


def _within(angle: float, degrees: int) -> float:
    """Return the probability that |t| is below sqrt(degrees) * tan(angle)."""
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = degrees % 2 == 1
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for power in range(3 if odd else 2, degrees + 1, 2):
        total += term
        term *= cosine * cosine * (power - 1) / power
    if odd:
        return 2 / math.pi * (angle + sine * total)
    return sine * total


def _share_as_far(away: int, tied: Sequence[tuple[int, int]], chosen: int, size: int) -> float:
    """Return the share of all choices of values whose rank sum is at least `away` / 2 from what is expected.

    `chosen` of `size` values; `tied` holds twice the rank of each different value, and how often it is there.
    """
    ways = np.zeros((chosen + 1, chosen * (2 * size - chosen + 1) + 1))  # to choose so many with twice this rank sum
    ways[0, 0] = 1.0
    for rank, count in tied:
        before = ways.copy()
        for taken in range(1, min(count, chosen) + 1):
            reach = ways.shape[1] - taken * rank
            if reach <= 0:
                break
            ways[taken:, taken * rank :] += math.comb(count, taken) * before[:-taken, :reach]
    found = ways[chosen]
    far = np.abs(np.arange(len(found)) - chosen * (size + 1)) >= away
    return min(1.0, float(found[far].sum() / found.sum()))


def _log_choose(size: int, chosen: int) -> float:
    return math.lgamma(size + 1) - math.lgamma(chosen + 1) - math.lgamma(size - chosen + 1)
