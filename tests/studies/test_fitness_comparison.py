"""Comparisons of the best fitness of unsolved runs, with values that were computed by hand."""

from __future__ import annotations

import json
import math

import pytest
from tables import broken, failed, history, row, table, told

import neat
from neat.studies.fitness_comparison import FitnessComparison
from neat.studies.statistics import mann_whitney
from neat.studies.table import Table
from neat.studies.table_comparison import compare_tables


def fitness_of(first: Table, second: Table) -> FitnessComparison:
    found = compare_tables(first, second)
    assert found.fitness is not None and found.fitness_not_compared is None
    return found.fitness


def test_at_the_evaluations_that_all_unsolved_runs_reached() -> None:
    first = told(history(0, (100, 1.0), (200, 5.0), (320, 9.0)), history(1, (100, 4.0), (300, 6.0)))
    second = told(history(0, (50, 0.0), (290, 2.0), (310, 99.0)), history(1, (60, 3.0), (301, 88.0)))
    found = fitness_of(first, second)
    # After 300 evaluations: 5 and 6 against 2 and 3. Of the 6 choices of 2 ranks, 2 are as far from the middle.
    assert found.evaluations == 300
    assert (found.first.median, found.second.median) == (5.5, 2.5)
    assert found.p == 2 / 6 and found.exact and not found.differs
    assert found.higher == 1.0 and found.effect == "large" and found.first.interval is None


def test_a_significant_difference_by_hand() -> None:
    first, second = (told(*(history(seed, (100, low + seed)) for seed in range(5))) for low in (10.0, 2.0))
    found, turned = fitness_of(first, second), fitness_of(second, first)
    assert math.isclose(found.p, 2 / math.comb(10, 5)) and found.differs  # two of the 252 choices of 5 ranks
    assert (found.higher, turned.higher) == (1.0, 0.0) and found.p == turned.p and turned.effect == "large"


def test_a_solved_run_keeps_its_fitness() -> None:
    first = told(history(0, (100, 1.0), (150, 7.0), solved=True), history(1, (400, 3.0), (500, 9.0)))
    second = told(history(0, (200, 5.0), (450, 8.0)), history(1, (300, 2.0), (700, 4.0), solved=True))
    found = fitness_of(first, second)
    assert found.evaluations == 450  # of the unsolved runs; the solved one that took 700 is taken where it was then
    assert (found.first.median, found.second.median) == ((7.0 + 3.0) / 2, (8.0 + 2.0) / 2)
    assert found.p == mann_whitney([7.0, 3.0], [8.0, 2.0]).p == 1.0 and found.higher == 0.5


def test_runs_whose_problem_failed_rank_last() -> None:
    first = told(history(0, (100, -5.0)), history(1, (10, 99.0)), errors=[1])
    second = Table.of([failed(0, evaluations=100, best_fitness=-7.0), broken(1)])
    found = fitness_of(first, second)
    assert found.evaluations == 100 and found.first.median == -math.inf
    # Pairs: -5 beats -7 and the failed run; the failed run loses to -7 and ties with the other.
    assert found.higher == 2.5 / 4
    assert compare_tables(first, second).to_dict()["fitness"]["first"]["median"] is None


def test_where_all_runs_are_solved_or_failed_there_is_no_comparison() -> None:
    for one in (table([100, 200]), Table.of([broken(0)])):
        found = compare_tables(one, table([100, 300]))
        assert found.fitness is None and found.fitness_not_compared is None


def test_without_histories_at_the_end_of_equal_budgets() -> None:
    first = Table.of([failed(seed, evaluations=19_000 + seed, best_fitness=seed) for seed in range(4)])
    second = Table.of([failed(seed, evaluations=20_000 - seed, best_fitness=seed + 4.0) for seed in range(4)])
    found = fitness_of(first, second)
    assert found.evaluations is None and found.higher == 0.0
    assert math.isclose(found.p, 2 / math.comb(8, 4)) and found.differs
    assert found.first.median == 1.5
    found = compare_tables(first, Table.of([failed(0, most_generations=7)]))
    assert found.fitness is None
    assert found.fitness_not_compared == (
        "the budgets differ, and without histories only the fitness at the end of the runs is known"
    )


def test_histories_make_different_budgets_comparable() -> None:
    short = told(*(history(seed, (100, 1.0 + seed)) for seed in range(3)), most_generations=1)
    long = told(*(history(seed, (100, 5.0 + seed), (200, 50.0)) for seed in range(3)), most_generations=2)
    found = fitness_of(short, long)
    assert found.evaluations == 100 and found.second.median == 6.0 and found.p == 2 / math.comb(6, 3)


def test_equal_evaluations_need_no_histories() -> None:
    first, second = (Table.of([failed(seed, best_fitness=best) for seed in range(3)]) for best in (1.0, 2.0))
    assert fitness_of(first, second).evaluations == 20_000


def test_a_run_without_a_generation_by_then_is_reported() -> None:
    first, second = told(history(0, (50, 1.0))), told(history(0, (1000, 1.0), (2000, 2.0)))
    found = compare_tables(first, second)
    assert found.fitness is None
    assert found.fitness_not_compared == "not every run finished a generation within 50 evaluations"


XOR = {"kind": "multiplexer"}


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (XOR, {**XOR, "measure": "accuracy"}, "problem.measure"),
        (XOR, {**XOR, "address_bits": 2, "side": 0.4}, "problem.address_bits, problem.side"),
        (XOR, {"kind": "double_pole"}, "problem.kind, "),
        ({"kind": "single_pole"}, {"kind": "single_pole", "bias_input": 0.5}, None),
        (XOR, XOR, None),
    ],
)
def test_fitness_of_different_problems_is_not_compared(first: dict, second: dict, names: str | None) -> None:
    tables = [Table.of([failed(0), row(1)], config=neat.Config(problem=problem)) for problem in (first, second)]
    found = compare_tables(*tables)
    if names is None:
        assert found.fitness is not None and found.fitness_not_compared is None
    else:
        assert found.fitness is None and found.fitness_not_compared is not None
        assert found.fitness_not_compared.startswith(f"the problems differ ({names}")
        assert found.fitness_not_compared.endswith("so their fitness may not mean the same")
    assert compare_tables(tables[0], Table.of([failed(0)])).fitness is not None  # its settings are not known


def test_plain_values_are_json() -> None:
    found = compare_tables(told(history(0, (100, 1.0))), told(history(0, (100, 2.0))))
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["fitness"] == {
        "evaluations": 100, "first": {"median": 1.0, "interval": None}, "second": {"median": 2.0, "interval": None},
        "p": 1.0, "exact": True, "higher": 0.0, "effect": "large", "differs": False,
    }  # fmt: skip
    assert plain["fitness_not_compared"] is None
