"""Re-tests of a noisy problem: luck makes no champion, and the champion's reported fitness is honest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

import neat
from neat.core.randomness import FIRST_CONFIRMATION, FIRST_RETEST
from neat.evolution import race as races
from neat.evolution.race import difference, leader_of, lower_bound, mean_of, smoothed, standard_error
from neat.evolution.retesting import MOST_CANDIDATES, MOST_CONFIRMATIONS, MOST_RETESTS

INPUTS = np.linspace(-1.0, 1.0, 12)[:, None]
TARGETS = 0.5 + 0.4 * np.sin(4.0 * INPUTS[:, 0])
NOISE = 1.0


class Curve(neat.Problem):
    """Fitness with noise: partly the luck of the whole generation, partly that of each genome."""

    inputs, outputs, deterministic = ("x",), ("y",), False

    def __init__(self) -> None:
        self.calls: list[tuple[neat.Randomness, list[int], int]] = []

    def true_fitness(self, networks: neat.Networks) -> Any:
        answers = np.asarray(neat.activate_rows(networks, INPUTS)).reshape(len(networks), -1)
        return -10.0 * ((answers - TARGETS) ** 2).mean(axis=1)

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        self.calls.append((context.rng, networks.key.tolist(), context.generation))
        common = context.rng.uniform(0, np.arange(12)).sum() - 6.0  # nearly normal, with deviation 1
        own = context.rng.uniform(networks.key[:, None] + 1, np.arange(12)).sum(axis=1) - 6.0
        return neat.Evaluation(self.true_fitness(networks) + NOISE * (common + own))


def config(**run: Any) -> neat.Config:
    settings = {"seed": 1, "generations": 30, "stop_fitness": "none", "threads": 1, **run}
    return neat.Config(run=settings, population={"size": 60})


def true_fitness(genome: neat.Genome) -> float:
    return float(Curve().true_fitness(neat.compile(neat.Population.from_genomes([genome])))[0])


def test_bounds_by_hand() -> None:
    values = [1.0, 2.0, 6.0]
    assert mean_of(values) == 3.0
    assert standard_error(values) == pytest.approx(np.sqrt((4 + 1 + 9) / 2 / 3))
    assert lower_bound(values) == pytest.approx(3.0 - 2.920 * np.sqrt(7 / 3), rel=0.05)
    assert lower_bound([2.5] * 4) == mean_of([0.1] * 3) + 2.4 and standard_error([1.0]) == np.inf
    gap, error = difference([2.0, 4.0], [1.0, 1.0, 9.0])
    assert gap == 2.0 * 2.0**-10 and error == 1.0 * 2.0**-10


@pytest.mark.parametrize(("freedom", "quantile"), [(2, 2.920), (4, 2.132), (9, 1.833), (29, 1.699), (49, 1.677)])
def test_quantiles_of_student(freedom: int, quantile: float) -> None:
    assert races._student_quantile(freedom) == pytest.approx(quantile, rel=0.013)


def test_bounds_of_large_values_are_finite() -> None:
    large = [1.7e308, -1.7e308, 1.7e308]
    assert np.isfinite([lower_bound(large), mean_of(large)]).all()
    assert np.isfinite(difference(large, large[::-1])[0])


def test_the_leader_has_the_highest_lower_bound_among_those_with_the_most_retests() -> None:
    results = [[9.0, 9.0], [3.0, 5.0, 4.0], [4.0, 4.1, 3.9], [4.0, 3.9, 4.1]]
    assert leader_of(results, range(4), None) == 2  # the same mean with less spread; the first of two that are equal
    assert leader_of(results, range(4), 3) == 3 and leader_of(results, range(4), 1) == 2
    assert leader_of(results, [0, 1], None) == 1
    assert leader_of(results, [0], None) is None and leader_of([], [], None) is None


def test_a_candidate_with_fewer_retests_leads_if_it_is_clearly_better() -> None:
    old = [float(number % 5) for number in range(20)]
    assert leader_of([old, [value + 1.0 for value in old[:5]]], [0, 1], 0) == 1  # better by 1 in every re-test
    assert leader_of([old, [value + 1.0 for value in old[:4]]], [0, 1], 0) == 0  # too few
    assert leader_of([old, [9.0, 0.0, 5.0, 2.0, 5.0]], [0, 1], 0) == 0  # not clearly
    assert leader_of([old, [value - 1.0 for value in old[:5]]], [0, 1], 1) == 0  # with more re-tests than the leader


def test_the_level_of_a_species_is_smoothed() -> None:
    assert smoothed(np.array([-np.inf, 4.0]), np.array([2.0, 8.0])).tolist() == [2.0, 5.0]


def test_the_nth_retest_of_every_candidate_has_the_same_random_numbers() -> None:
    problem = Curve()
    generations = list(neat.evolve(config(retest=0.3), problem))
    numbers: dict[int, list[int]] = defaultdict(list)
    confirmed: dict[int, list[int]] = defaultdict(list)
    for rng, keys, generation in problem.calls:
        assert rng.generation == generation
        if rng.retest is None:
            assert len(keys) == 60
            continue
        where, first = (confirmed, FIRST_CONFIRMATION) if rng.retest >= FIRST_CONFIRMATION else (numbers, FIRST_RETEST)
        for key in keys:
            where[key].append(rng.retest - first)
    assert all(found == list(range(len(found))) for found in numbers.values())
    assert max(map(len, numbers.values())) <= MOST_RETESTS
    race = generations[-1].race
    assert race is not None and race.population is not None
    for key, count in zip(race.population.key.tolist(), race.counts.tolist(), strict=True):
        assert len(numbers[key]) == count
    assert confirmed[race.champion][-len(race.confirmed) :] == list(range(len(race.confirmed)))
    made = sum(map(len, numbers.values())) + sum(map(len, confirmed.values()))
    assert made == race.retests == generations[-1].retests


@pytest.mark.parametrize("share", [0.02, 0.1, 1.0])
def test_retests_stay_within_their_share(share: float) -> None:
    for generation in neat.evolve(config(retest=share), Curve()):
        race = generation.race
        assert race is not None and len(race) <= MOST_CANDIDATES + 1 and len(race.confirmed) <= MOST_CONFIRMATIONS
        assert generation.retests <= share * generation.evaluations + 5  # a champion is measured by 5 at once
        assert generation.evaluations == 60 * generation.number
    assert generation.retests > 0.5 * share * generation.evaluations or share == 1.0


def test_a_lucky_genome_does_not_stay_the_champion() -> None:
    """The champion is about as good as the best genomes there were, and its reported fitness is unbiased."""
    rows = []
    for seed in range(12):
        for share in (0.1, 0.0):
            generations = list(neat.evolve(config(seed=seed, retest=share, generations=40), Curve()))
            champion = generations[-1].champion
            rows.append((champion.fitness, true_fitness(champion.genome), champion.standard_error or 0.0))
    reported, true, error = np.array(rows).reshape(12, 2, 3).transpose(2, 1, 0)
    assert true[0].mean() > true[1].mean() + 0.2 and (true[0] > true[1]).sum() >= 8
    z = (reported[0] - true[0]) / error[0]
    assert abs(z.mean()) < 0.7 and (abs(z) < 1.5).sum() >= 9 and (abs(z) < 4.0).all()
    assert (reported[1] - true[1] > 0.8).all()  # without re-tests, luck decides


def test_elites_keep_the_mean_of_all_their_evaluations() -> None:
    problem = Curve()
    seen: dict[int, list[float]] = defaultdict(list)
    alone = Curve()
    checked = 0
    for generation in neat.evolve(config(generations=12), problem):
        calls, problem.calls = problem.calls, []
        population = generation.population
        raw = alone.evaluate(neat.compile(population), neat.Context(calls[0][0])).fitness
        for row, key in enumerate(population.key.tolist()):
            seen[key].append(float(raw[row]))
            if len(seen[key]) > 1:
                assert generation.fitness[row] == pytest.approx(np.mean(seen[key]))
                checked += 1
        race = generation.race
        assert race is not None and race.evaluations.min() >= 1
        for rng, keys, _ in calls[1:]:  # re-tests of genomes of this generation count as well
            if rng.retest is not None and rng.retest < FIRST_CONFIRMATION:
                for key in set(keys) & set(population.key.tolist()):
                    genome = population.take(population.key == key)
                    seen[key] += alone.evaluate(neat.compile(genome), neat.Context(rng)).fitness.tolist()
    assert checked > 20


def test_selection_prefers_proven_genomes() -> None:
    for generation in neat.evolve(config(generations=8, on_error="worst"), Unfinished()):
        race, score = generation.race, generation.evaluation.scores
        assert race is not None
        failed = np.isin(generation.population.key, list(generation.failed))
        assert failed.any()
        counts = np.where(failed, 1, race.evaluations)
        means = np.where(failed, generation.fitness, race.means)
        weight = counts / (counts + 2.0)
        assert score == pytest.approx(means * weight + means.mean() * (1.0 - weight))
        assert score[failed].max() <= score[counts == 1].min()


class Unfinished(Curve):
    """Has no fitness for some genomes in evolution."""

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        found = super().evaluate(networks, context)
        if context.rng.retest is not None:
            return found
        return neat.Evaluation(np.where(networks.key % 7 == 0, np.nan, found.fitness))


def test_without_retests_nothing_is_tested() -> None:
    problem = Curve()
    generations = list(neat.evolve(config(retest=0.0), problem))
    assert all(rng.retest is None for rng, _, _ in problem.calls) and len(problem.calls) == 30
    last = generations[-1]
    assert last.race is None and last.retests == 0 and last.champion.standard_error is None
    assert last.champion.fitness == max(generation.best_fitness for generation in generations)


def test_problems_that_are_deterministic_or_whose_genomes_meet_are_not_retested() -> None:
    for name, value in (("deterministic", True), ("independent", False)):
        problem = Curve()
        setattr(problem, name, value)
        settings = config(generations=3)
        if name == "independent":
            assert [generation.race for generation in neat.evolve(settings, problem)] == [None] * 3
            continue
        with pytest.raises(neat.ProblemError, match="deterministic"):  # found out after the first generation
            list(neat.evolve(config(generations=3, retest=1.0), _Changing()))


class _Changing(neat.Problem):
    inputs, outputs, deterministic = ("x",), ("y",), True

    def __init__(self) -> None:
        self.count = 0

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        assert context.rng.retest is None
        self.count += 1
        return neat.Evaluation(np.full(len(networks), float(self.count)))


class Failing(Curve):
    """Fails in re-tests of some genomes."""

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        if context.rng.retest is not None and (networks.key % 3 == 0).any():
            raise ValueError("three")
        return super().evaluate(networks, context)


def test_a_retest_that_fails_stops_the_run_or_gets_the_lowest_fitness() -> None:
    with pytest.raises(neat.ProblemError, match=r"ValueError: three for genome \d+ in re-test \d+, in generation \d+"):
        list(neat.evolve(config(), Failing()))
    *_, last = neat.evolve(config(on_error="worst"), Failing())
    assert last.champion.genome.key % 3 and last.champion.retests > 0 and last.failures == 0


class Missing(Curve):
    """Returns nan in every re-test."""

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        found = super().evaluate(networks, context)
        return found if context.rng.retest is None else neat.Evaluation(np.full(len(networks), np.nan))


def test_a_retest_without_a_finite_fitness_is_a_failure() -> None:
    with pytest.raises(neat.ProblemError, match=r"the fitness of genome \d+ in re-test 1, in generation 1 is nan"):
        list(neat.evolve(config(), Missing()))


def test_stop_fitness_needs_more_than_luck() -> None:
    reached = config(generations=60, stop_fitness=0.3, retest=0.2)
    reached = reached.replace(genome={"activation": "steep_sigmoid"}, mutation={"add_node": 0.03})
    generations = list(neat.evolve(reached, Curve()))
    assert generations[-1].reasons == ("generations",)  # the true fitness is never above 0
    assert max(generation.best_fitness for generation in generations) > 1.0


def test_retests_do_not_depend_on_threads() -> None:
    def digest(threads: int) -> list[Any]:
        problem = neat.Gymnasium("CartPole-v1", scaling="running", threshold=None, max_episode_steps=100)
        settings = neat.Config(
            run={"seed": 2, "generations": 8, "stop_fitness": "none", "threads": threads, "retest": 0.3},
            population={"size": 30},
        )
        return [
            (generation.champion.to_json(), generation.retests, generation.record)
            for generation in neat.evolve(settings, problem)
        ]

    found = digest(1)
    assert found == digest(2) and found[-1][1] > 50
    assert '"retests"' in found[-1][0]
