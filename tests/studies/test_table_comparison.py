"""Comparisons of two tables whose verdicts are known beforehand."""

from __future__ import annotations

import json
import math

from tables import broken, row, table

from neat.studies.statistics import difference_interval, fisher_exact, mann_whitney
from neat.studies.table import Table
from neat.studies.table_comparison import compare_tables


def test_fewer_evaluations():
    found = compare_tables(table(range(1000, 1020)), table(range(2000, 2020)))
    assert not found.success_differs and found.success_p == 1.0 and found.difference == 0.0
    assert found.evaluations_differ and found.exact and found.evaluations_p == 2 / math.comb(40, 20)
    assert found.fewer == 1.0 and found.effect == "large"
    assert (found.first.median, found.second.median) == (1009.5, 2009.5)
    assert found.first.interval == (1005, 1014)


def test_the_other_way_round_is_the_same_verdict():
    one, other = table([*range(1000, 1012), None, None]), table(range(1005, 1020))
    found, turned = compare_tables(one, other), compare_tables(other, one)
    assert (found.first, found.second) == (turned.second, turned.first)
    assert (found.success_p, found.evaluations_p, found.effect) == (
        turned.success_p,
        turned.evaluations_p,
        turned.effect,
    )
    assert found.difference == -turned.difference and math.isclose(found.fewer, 1 - turned.fewer)


def test_more_solved():
    found = compare_tables(table([1000] * 10), table([1000] * 2 + [None] * 8))
    assert found.success_differs and math.isclose(found.difference, 0.8)
    assert found.success_p == fisher_exact((10, 10), (2, 10))
    assert found.within == difference_interval((10, 10), (2, 10))
    assert (found.first.solved, found.first.runs, found.second.solved, found.second.runs) == (10, 10, 2, 10)


def test_runs_that_failed_rank_last_tied_with_each_other():
    # The failed runs of the second have the fewest evaluations, which must not count in its favour.
    first = table([*range(9000, 9008), None])
    second = Table.of([row(0, evaluations=8000), *(broken(seed) for seed in range(1, 9))])
    found = compare_tables(first, second)
    ranked = mann_whitney([*range(9000, 9008), math.inf], [8000, *[math.inf] * 8])
    assert found.evaluations_p == ranked.p and found.exact
    assert math.isclose(found.fewer, (8 * 8 + 8 / 2) / 81)
    assert found.first.median == 9004 and found.second.median == math.inf
    assert found.first.interval == (9001, 9007)
    assert found.second.interval == (math.inf, math.inf)


def test_two_tables_without_a_solved_run_do_not_differ():
    found = compare_tables(table([None] * 8), table([None] * 8))
    assert found.success_p == found.evaluations_p == 1.0
    assert found.fewer == 0.5 and found.effect == "negligible"


def test_a_table_against_itself():
    for evaluations in ([*range(1000, 1010)], [1000, None, 900, None, 1000], [1000]):
        found = compare_tables(table(evaluations), table(evaluations))
        assert found.first == found.second and found.same_budget
        assert not found.success_differs and not found.evaluations_differ
        assert found.success_p == found.evaluations_p == 1.0
        assert found.difference == 0.0 and found.fewer == 0.5 and found.effect == "negligible"


def test_different_budgets_are_reported():
    one = table([1000] * 3)
    assert compare_tables(one, table([1000] * 3)).same_budget
    assert not compare_tables(one, table([1000] * 3, most_generations=100)).same_budget
    found = compare_tables(one, table([1000] * 3, population=50))
    assert not found.same_budget
    assert (found.first.generations, found.first.population) == (200, 100)
    assert (found.second.generations, found.second.population) == (200, 50)


def test_a_difference_that_is_not_significant():
    found = compare_tables(table([1000, 1200, 1400]), table([1100, 1300, 1500]))
    assert not found.evaluations_differ and math.isclose(found.fewer, 6 / 9) and found.effect == "medium"
    assert found.first.interval is None  # fewer than six runs


def test_plain_values_are_json():
    found = compare_tables(table([None] * 7), table([*range(1000, 1005), None, None]))
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["first"]["median"] is None and plain["first"]["interval"] == {"low": None, "high": None}
    assert plain["second"]["interval"] == {"low": 1000.0, "high": None}
    assert plain["second"]["success"].keys() == {"low", "high"} == plain["within"].keys()
    assert plain["success_differs"] is found.success_differs
    assert plain["evaluations_differ"] is found.evaluations_differ
    assert compare_tables(table([1000]), table([None])).to_dict()["first"]["interval"] is None
