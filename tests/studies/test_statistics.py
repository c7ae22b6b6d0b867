"""The statistics of runs, against their definitions, against published values, and against scipy."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neat.studies.statistics import (
    deviation,
    difference_interval,
    effect_in_words,
    fisher_exact,
    mann_whitney,
    mean,
    mean_interval,
    median,
    median_interval,
    superiority,
    wilson_interval,
)

RATES = st.integers(1, 300).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
REALS = st.floats(-1e6, 1e6, allow_subnormal=False)
FEW_TIED = st.lists(st.sampled_from([1.0, 2.0, 3.0, math.inf]), min_size=1, max_size=7)
TIED = st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0, math.inf]), min_size=1, max_size=60)


def close(value, relative=1e-9):
    return pytest.approx(value, rel=relative, abs=1e-12)


@given(RATES)
def test_wilson_by_definition(rate):
    """At either end, the observed rate is z standard errors away, computed with the rate at that end."""
    successes, trials = rate
    z = statistics.NormalDist().inv_cdf(0.975)
    low, high = wilson_interval(successes, trials)
    for end in (low, high):
        if 0 < end < 1:
            assert abs(successes / trials - end) == close(z * math.sqrt(end * (1 - end) / trials))
    assert 0 <= low <= successes / trials <= high <= 1
    assert (low == 0) == (successes == 0) and (high == 1) == (successes == trials)


@given(RATES, RATES)
def test_fisher_by_definition_in_whole_numbers(first, second):
    """Every table with the same margins that is no more probable than this one, counted."""
    (successes, trials), (others, other_trials) = first, second
    total = successes + others
    ways = [
        math.comb(trials, here) * math.comb(other_trials, total - here)
        for here in range(max(0, total - other_trials), min(trials, total) + 1)
    ]
    this = math.comb(trials, successes) * math.comb(other_trials, others)
    assert fisher_exact(first, second) == close(sum(way for way in ways if way <= this) / sum(ways))
    assert fisher_exact(first, second) == close(fisher_exact(second, first))


def test_fisher_by_hand():
    assert fisher_exact((3, 4), (1, 4)) == close(34 / 70)  # the lady tasting tea
    assert fisher_exact((10, 10), (0, 10)) == close(2 / math.comb(20, 10))
    assert fisher_exact((5, 5), (7, 7)) == fisher_exact((0, 5), (0, 7)) == 1.0


NEWCOMBE = [  # 1998, table II, method 10
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0),
    ((10, 10), (0, 10), 0.6075, 1.0),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), NEWCOMBE)
def test_newcombe_as_published(first, second, low, high):
    assert difference_interval(first, second) == pytest.approx((low, high), abs=0.00005 + 1e-9)


@given(RATES, RATES)
def test_newcombe(first, second):
    low, high = difference_interval(first, second)
    difference = first[0] / first[1] - second[0] / second[1]
    assert -1 - 1e-12 <= low <= difference <= high <= 1 + 1e-12
    other = difference_interval(second, first)
    assert (-other.high, -other.low) == close((low, high))


@given(st.lists(REALS, min_size=2, max_size=150))
def test_mean_interval(values):
    found = mean_interval(values)
    error = float(stats.tmean(values)), float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    assert found is not None
    assert found == pytest.approx((error[0] - error[1], error[0] + error[1]), rel=1e-8, abs=1e-8)


def test_intervals_of_too_few_values():
    assert mean_interval([]) is None and mean_interval([3.0]) is None
    assert mean_interval([3.0, 3.0]) == (3.0, 3.0)
    assert all(median_interval([1.0] * size) is None for size in range(6))
    assert median_interval([1.0] * 6) == (1.0, 1.0)


@pytest.mark.parametrize("size", [*range(1, 60), 100, 101, 999, 1000, 5000])
def test_median_interval_is_the_narrowest_that_covers(size):
    """Between the ranks d and size + 1 - d lies the median, unless fewer than d values are on one side of it."""

    def coverage(rank):
        return 1 - 2 * stats.binom.cdf(rank - 1, size, 0.5)

    found = median_interval(list(range(1, size + 1)))
    if found is None:
        assert coverage(1) < 0.95
    else:
        rank, last = found
        assert last == size + 1 - rank and coverage(rank) >= 0.95 > coverage(rank + 1)


@pytest.mark.parametrize("size", range(6, 13))
def test_median_interval_covers_in_every_way_that_values_can_fall(size):
    """Each value is below or above the median 0 with the same chance: all ways are counted."""
    covered = 0
    for signs in product((-1.0, 1.0), repeat=size):
        found = median_interval([sign * place for place, sign in enumerate(signs, 1)])
        assert found is not None
        covered += found.low <= 0 <= found.high
    assert covered / 2**size >= 0.95


@given(st.lists(REALS | st.just(math.inf), min_size=6, max_size=40), st.randoms())
def test_median_interval_holds_the_median_in_any_order(values, random):
    found = median_interval(values)
    assert found is not None
    ordered = sorted(values)
    assert found.low <= ordered[(len(values) - 1) // 2] and ordered[len(values) // 2] <= found.high
    random.shuffle(values)
    assert median_interval(values) == found


@given(st.lists(REALS, min_size=2, max_size=60, unique=True), st.data())
def test_mann_whitney_without_ties(values, data):
    cut = data.draw(st.integers(1, len(values) - 1))
    values = data.draw(st.permutations(values))
    first, second = values[:cut], values[cut:]
    test = mann_whitney(first, second)
    theirs = stats.mannwhitneyu(first, second, method="exact")
    assert test.exact and test.u == theirs.statistic
    assert test.p == close(theirs.pvalue)


@given(FEW_TIED, FEW_TIED)
def test_mann_whitney_with_ties_counts_all_orders(first, second):
    test = mann_whitney(first, second)
    ranks = stats.rankdata([*first, *second])
    sums = [sum(chosen) for chosen in combinations(ranks.tolist(), len(first))]
    middle = len(first) * (len(ranks) + 1) / 2
    far = sum(abs(found - middle) >= abs(sum(ranks[: len(first)]) - middle) for found in sums)
    assert test.exact and test.p == close(far / len(sums))


@pytest.mark.parametrize(("m", "n"), [(1, 30), (3, 3), (2, 5), (7, 9)])
def test_where_all_of_one_and_none_of_another_are_solved_two_tests_agree(m, n):
    test = mann_whitney([50.0] * m, [math.inf] * n)
    assert test.p == close(fisher_exact((m, m), (0, n)))


MANY = st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0, math.inf]) | REALS, min_size=51, max_size=80)


@given(MANY, MANY)
def test_mann_whitney_of_many_by_definition(first, second):
    """The normal approximation, with the variance given the ties and the correction for continuity."""
    m, n = len(first), len(second)
    u = sum((a > b) + (a == b) / 2 for a in first for b in second)
    ties = sum(count**3 - count for count in Counter([*first, *second]).values())
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    z = max(0.0, abs(u - m * n / 2) - 0.5) / math.sqrt(variance) if variance else 0.0
    assert mann_whitney(first, second) == (u, close(math.erfc(z / math.sqrt(2))), False)


def test_mann_whitney_by_hand():
    assert mann_whitney([1, 2, 3], [4, 5, 6]) == (0.0, close(2 / 20), True)
    assert mann_whitney([4, 5, 6], [1, 2, 3]) == (9.0, close(2 / 20), True)
    assert mann_whitney([1], [1]) == (0.5, 1.0, True)
    assert mann_whitney([1], [2]) == (0.0, 1.0, True)
    assert mann_whitney([1, 1, 2], [2, 2, 3]) == (1.0, close(6 / 20), True)  # of 6 ranks: 1.5, 1.5, 4, 4, 4, 6
    assert mann_whitney([math.inf] * 9, [math.inf] * 7).p == mann_whitney([math.inf] * 90, [math.inf] * 70).p == 1.0
    assert mann_whitney(range(50), range(50, 100)).exact and not mann_whitney(range(51), range(51, 101)).exact


@given(TIED | st.lists(REALS, min_size=1, max_size=40), TIED | st.lists(REALS, min_size=1, max_size=40))
def test_superiority_by_definition(first, second):
    pairs = len(first) * len(second)
    won = sum(a > b for a in first for b in second) + sum(a == b for a in first for b in second) / 2
    assert superiority(mann_whitney(first, second), pairs) == close(won / pairs)


@pytest.mark.parametrize(
    ("chance", "word"),
    [
        (0.5, "negligible"), (0.559, "negligible"), (0.56, "small"), (0.44, "small"), (0.639, "small"),
        (0.64, "medium"), (0.36, "medium"), (0.709, "medium"), (0.71, "large"), (0.29, "large"),
        (0.0, "large"), (1.0, "large"),
    ],
)  # fmt: skip
def test_effects_in_words(chance, word):
    assert effect_in_words(chance) == word


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20))
def test_means_of_values_of_any_size(values):
    exact = sum(map(Fraction, values)) / len(values)
    assert mean(values) == pytest.approx(float(exact), rel=1e-15, abs=5e-324)
    assert min(values) <= median(values) <= max(values)
    low, high = mean_interval(values)
    assert -sys.float_info.max <= low <= mean(values) <= high <= sys.float_info.max
    assert 0.0 <= deviation(values) <= sys.float_info.max


def test_values_whose_sum_overflows():
    assert mean([1e308, 1.6e308]) == median([1e308, 1.6e308]) == pytest.approx(1.3e308)
    assert deviation([1e308, -1e308]) == pytest.approx(math.sqrt(2) * 1e308)
    assert deviation([1.7e308, -1.7e308]) == sys.float_info.max
    assert mean_interval([1e308, 1e308]) == (1e308, 1e308)


@given(st.lists(REALS, min_size=2, max_size=20))
def test_ordinary_values_are_summed_up_as_the_standard_library_does(values):
    found = mean(values), median(values), deviation(values)
    assert found == (statistics.fmean(values), statistics.median(values), statistics.stdev(values))


def test_scipy_is_imported_at_its_first_use():
    code = (
        "import sys, neat; neat.run_seeds, neat.list_runs, neat.compare_tables, neat.Table; import neat.cli.batch; "
        "print('scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
