"""Tuning of weights by an evolution strategy, as a part of evolution."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from processor import PLAIN_PROCESSOR

import neat
from neat.evolution.strategy import Tuning, adapted, begun
from neat.evolution.tuning import parts_of

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
TUNING = {"method": "sep-cma-es", "wait": 0, "after": 2, "share": 0.5, "generations": 6}
DIMENSIONS = 20
LAST = 30


def config_of(**sections: Any) -> neat.Config:
    run = {"seed": 4, "generations": LAST, "stop_fitness": "none", "threads": 1}
    given = {"run": run, "population": {"size": 40}, "tuning": TUNING, **sections}
    return neat.Config(**given)


def generations_of(config: neat.Config, **more: Any) -> list[neat.Generation]:
    return list(neat.evolve(config, neat.Dataset(*XOR, measure="mse", solved="sides"), **more))


def twin(tuning: Tuning, values: Any, score: Any, generation: int, diagonal: bool) -> tuple[Any, ...]:
    """Return the adapted sigma, mean, variances and paths, as Ros & Hansen (2008) and Hansen (2016) write them."""
    n, count = len(tuning.mean), len(score)
    chosen = count // 2
    weights = np.log(chosen + 1) - np.log(np.arange(1, chosen + 1))
    weights /= weights.sum()
    mass = 1 / (weights**2).sum()
    c_sigma = (mass + 2) / (n + mass + 3)
    d_sigma = 1 + 2 * max(0.0, math.sqrt((mass - 1) / (n + 1)) - 1) + c_sigma
    c_c = 4 / (n + 4)
    c_cov = 2 / (n + math.sqrt(2)) ** 2 / mass + (1 - 1 / mass) * min(1.0, (2 * mass - 1) / ((n + 2) ** 2 + mass))
    c_cov = min(1.0, c_cov * (n + 2) / 3)
    expected = math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
    steps = (values[np.argsort(-score, kind="stable")[:chosen]] - tuning.mean) / tuning.sigma
    shift = weights @ steps
    step_path = (1 - c_sigma) * tuning.step_path + math.sqrt(c_sigma * (2 - c_sigma) * mass) * shift / np.sqrt(
        tuning.variance
    )
    length = float(np.linalg.norm(step_path))
    settled = math.sqrt(1 - (1 - c_sigma) ** (2 * (generation - tuning.began + 1)))
    h = float(length / settled < (1.4 + 2 / (n + 1)) * expected)
    path = (1 - c_c) * tuning.path + h * math.sqrt(c_c * (2 - c_c) * mass) * shift
    variance = tuning.variance
    if diagonal:
        rank_one = path**2 + (1 - h) * c_c * (2 - c_c) * variance
        rank_mu = (weights[:, None] * steps**2).sum(axis=0)
        variance = (1 - c_cov) * variance + c_cov * (rank_one / mass + (1 - 1 / mass) * rank_mu)
    sigma = tuning.sigma * math.exp(min(1.0, c_sigma / d_sigma * (length / expected - 1)))
    return sigma, tuning.mean + tuning.sigma * shift, variance, path, step_path


@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize(("n", "count"), [(1, 4), (3, 6), (7, 9), (4, 60)])
def test_an_adaptation_is_that_of_its_plain_twin(n: int, count: int, diagonal: bool) -> None:
    rng = np.random.default_rng(n)
    tuning = begun(rng.normal(size=n), np.full(n, 1.5), 0.7, 0, 5, count)
    for generation in range(5, 25):
        values = tuning.mean + tuning.deviation * rng.normal(size=(count, n))
        score = -np.round(np.abs(values - 3.0), 1).sum(axis=1)  # rounded, so that some are equal
        wanted = twin(tuning, values, score, generation, diagonal)
        tuning = adapted(tuning, values, score, generation, diagonal=diagonal)
        found = tuning.sigma, tuning.mean, tuning.variance, tuning.path, tuning.step_path
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_an_adaptation_checked_by_hand() -> None:
    # Two samples of four are chosen: ln 3 and ln 1.5 as weights, divided by their sum.
    tuning = begun(np.array([0.0]), np.array([1.0]), 1.0, 0, 2, 4)
    after = adapted(tuning, np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([4.0, 3.0, 2.0, 1.0]), 2, diagonal=True)
    first = math.log(3) / (math.log(3) + math.log(1.5))
    assert after.mean[0] == pytest.approx(first * 1.0 + (1 - first) * 2.0)
    assert after.sigma > 1.0  # since the mean moved by more than a random step would move it


class Quadratic(neat.Problem):
    """Find given weights of a linear network: the fitness is minus a sum of squared errors."""

    inputs, outputs, deterministic = tuple(f"x{i}" for i in range(DIMENSIONS)), ("y",), True

    def __init__(self, condition: float, precision: float) -> None:
        self.scale = condition ** (np.arange(DIMENSIONS) / (DIMENSIONS - 1))
        self.precision = precision

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        weights = neat.activate_rows(networks, np.eye(DIMENSIONS))[:, :, 0]
        fitness = -(self.scale * (weights - 1.0) ** 2).sum(axis=1)
        return neat.Evaluation(fitness, solved=fitness > -self.precision)


@pytest.mark.parametrize(
    ("method", "condition", "most"), [("sep-cma-es", 1.0, 2_500), ("es", 1.0, 2_500), ("sep-cma-es", 1e4, 9_000)]
)
def test_a_strategy_needs_the_evaluations_of_the_literature(method: str, condition: float, most: int) -> None:
    config = neat.Config(
        run={"seed": 1, "generations": 2_000, "threads": 1},
        population={"size": 16},
        genome={"bias": "none", "output_activation": "linear"},
        mutation={"growth": False, "weight_rate": 0.0},
        speciation={"speciate": False},
        tuning={"method": method, "wait": 0, "after": 1, "share": 0.75, "generations": 2_000},
    )
    *_, last = neat.evolve(config, Quadratic(condition, 1e-4))
    assert last.solved
    (tuning,) = last.state.tunings
    assert tuning.count == 12 and tuning.began < 10  # 4 + 3 ln 20 samples; one tuning was enough
    assert 12 * last.number < most


@pytest.mark.parametrize("bias", ["attribute", "node", "none"])
def test_samples_differ_from_the_tuned_genome_only_in_what_is_tuned(bias: str) -> None:
    genome = {"bias": bias, "weight_limit": 3.0, "bias_limit": 1.0, "bias_range": 1.0, "response_limit": 2.0}
    mutation = {"toggle": 0.3, "response_rate": 0.3, "add_node": 0.2}
    config = config_of(genome=genome, mutation=mutation)
    tuned, began, disabled = 0, 0, 0
    generations = generations_of(config)
    for last, generation in zip(generations, generations[1:], strict=False):
        population, tunings = generation.population, generation.state.tunings
        end = generation.state.next_key
        assert len(population) == 40
        assert sum(tuning.count for tuning in tunings) <= 20
        for tuning in reversed(tunings):
            assert tuning.first_key + tuning.count == end
            end = tuning.first_key
            rows = np.flatnonzero((population.key >= end) & (population.key < end + tuning.count))
            first = population[int(rows[0])]
            for row in rows.tolist():
                genome_of, inert = population[row], ~first.column("enabled")
                assert genome_of.parents == (tuning.parent,) and not generation.state.known[row]
                for name in ("innovation", "enabled", "node", "activation", "aggregation"):
                    assert np.array_equal(genome_of.column(name), first.column(name))
                assert np.array_equal(genome_of.column("weight")[inert], first.column("weight")[inert])
                disabled += int(inert.sum())
                for name, limit in (("weight", 3.0), ("bias", 1.0), ("response", 2.0)):
                    assert np.abs(genome_of.column(name)).max(initial=0.0) <= limit
                assert bias == "attribute" or not genome_of.column("bias").any()
            parts = parts_of(population, int(rows[0]), config.mutation, config.genome)
            assert [part.column for part in parts][:1] == ["weight"]
            assert ("bias" in [part.column for part in parts]) == (bias == "attribute")
            assert sum(len(part.places) for part in parts) == len(tuning.mean)
            if tuning.began == generation.number:
                parent = last.population[int(np.flatnonzero(last.population.key == tuning.parent)[0])]
                assert np.array_equal(parent.column("innovation"), first.column("innovation"))
                assert np.array_equal(parent.column("weight")[inert], first.column("weight")[inert])
                began += 1
            tuned += 1
    assert tuned > 20 and began > 5 and disabled > 20


def test_only_values_that_can_influence_an_output_are_tuned() -> None:
    connections = [(0, 2, 1.0), (1, 3, 1.0), (4, 2, 1.0), (0, 5, 1.0), (5, 2, 1.0, False), (0, 3, 1.0), (3, 2, 1.0)]
    genome = neat.Genome(2, 1, connections, [neat.Node(2), neat.Node(3), neat.Node(4), neat.Node(5)])
    config = neat.Config(genome={"bias": "attribute"})
    weights, biases = parts_of(neat.Population.from_genomes([genome]), 0, config.mutation, config.genome)
    source, target = (genome.column(name)[weights.places].tolist() for name in ("source", "target"))
    used = set(zip(source, target, strict=True))
    assert used == {(0, 2), (1, 3), (0, 3), (3, 2)}  # nothing reaches node 4, and node 5 leads nowhere
    assert genome.column("node")[biases.places].tolist() == [2, 3]


def test_tuned_genomes_become_champions_and_parents() -> None:
    generations = generations_of(config_of())
    samples = {
        key for generation in generations for tuning in generation.state.tunings
        for key in range(tuning.first_key, tuning.first_key + tuning.count)
    }  # fmt: skip
    later = {int(key) for generation in generations for key in generation.population.parents.reshape(-1)}
    assert samples & later
    assert any(generation.champion.genome.key in samples for generation in generations)


def test_without_tuning_nothing_changes() -> None:
    plain = generations_of(config_of(tuning={}))
    late = generations_of(config_of(tuning={**TUNING, "after": 1_000}))
    assert not plain[-1].state.tunings
    assert plain[-1].population == late[-1].population


def test_nothing_is_tuned_before_the_wait_is_over() -> None:
    tuned = [bool(generation.state.tunings) for generation in generations_of(config_of(tuning={**TUNING, "wait": 20}))]
    assert not any(tuned[:20]) and any(tuned[20:])


def test_a_tuning_ends_when_its_settings_change() -> None:
    config = config_of()
    generation = next(generation for generation in neat.evolve(config, neat.Dataset(*XOR)) if generation.state.tunings)
    after = neat.reproduce(generation, config.replace(mutation={"response_rate": 0.5}))
    assert all(tuning.began == generation.number + 1 for tuning in after.tunings)
    assert not neat.reproduce(generation, config.replace(tuning={"method": "none"})).tunings


def test_selection_from_python_chooses_the_parents_of_the_other_genomes() -> None:
    sizes = set()

    def select(candidates: Any, rng: Any, *rest: Any) -> Any:
        sizes.add(candidates.size)
        best = np.argsort(-candidates.score, kind="stable")[: candidates.size]
        return candidates.offspring(best, elite=np.arange(len(best)) == 0)

    generations = generations_of(config_of(), operators=neat.Operators(select=select))
    assert generations[-1].state.tunings and {20, 40} & sizes and len(sizes) > 1
    assert all(len(generation.population) == 40 for generation in generations)


@pytest.mark.parametrize(("size", "share"), [(5, 0.3), (40, 1.0)])
def test_a_population_without_room_for_others_is_rejected(size: int, share: float) -> None:
    config = config_of(population={"size": size}, tuning={**TUNING, "share": share})
    with pytest.raises(neat.NeatError, match=r"\[tuning\] share = .* genomes would be samples of tuned ones"):
        neat.initialize(config, inputs=2, outputs=1)


def test_flat_fitness_keeps_every_number_finite() -> None:
    config = config_of(run={"seed": 1, "generations": 400}, tuning={**TUNING, "generations": 10_000})
    state = neat.initialize(config, inputs=2, outputs=1)
    for _ in range(300):
        state = neat.reproduce(neat.tell(state, np.zeros(40), config), config)
        for tuning in state.tunings:
            for array in (tuning.mean, tuning.variance, tuning.path, tuning.step_path, tuning.deviation):
                assert np.isfinite(array).all()
    assert state.tunings


PROGRAM = """
import hashlib
import neat
problem = neat.Dataset([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], measure="mse", solved="sides")
digest = hashlib.sha256()
for method in ("sep-cma-es", "es"):
    config = neat.Config(
        run={"seed": 1, "generations": 25, "stop_fitness": "none", "threads": THREADS}, population={"size": 30},
        genome={"bias": "attribute"}, tuning={"method": method, "wait": 0, "after": 2, "share": 0.5},
    )
    for generation in neat.evolve(config, problem):
        digest.update(generation.fitness.tobytes())
    assert generation.state.tunings
    digest.update(generation.population.weight.tobytes())
print(digest.hexdigest())
"""


def digest(threads: int, **environment: str) -> str:
    """Return the digest of a run with tuning that a fresh process finds."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("THREADS", str(threads))], capture_output=True, text=True,
        env={**os.environ, **environment}, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_tuning_has_the_same_bits_everywhere() -> None:
    wanted = digest(1)
    assert digest(4) == digest(2, **PLAIN_PROCESSOR) == wanted
    assert digest(1, NUMBA_DISABLE_JIT="1") == wanted
