"""Fitness near the largest floats: results are never infinite or clamped, and there are no warnings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neat
from neat.problems.evaluation import TestResult
from neat.problems.gymnasium.problem import Episodes

pytestmark = pytest.mark.filterwarnings("error")


def config(**run: object) -> neat.Config:
    return neat.Config(run={"seed": 1, "generations": 4, "threads": 1, **run}, population={"size": 20})


class Large(neat.Problem):
    """Fitness from 1e308 upwards, or from -1.7e308 to 1.7e308."""

    inputs, outputs = ("a",), ("b",)

    def __init__(self, *, deterministic: bool, both: bool) -> None:
        self.deterministic, self.both = deterministic, both

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        part = neat.activate_rows(networks, [[1.0]])[:, 0, 0]
        if not self.deterministic:
            part = 0.9 * part + 0.1 * np.array([context.rng.uniform(key, 0) for key in networks.key.tolist()])
        return neat.Evaluation(1.7e308 * (2.0 * part - 1.0) if self.both else 1e308 * (1.0 + 0.5 * part))


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("deterministic", [True, False])
def test_a_run_with_large_fitness(tmp_path: Path, deterministic: bool, both: bool) -> None:
    problem = Large(deterministic=deterministic, both=both)
    generations = []
    neat.run(config(), problem, out=tmp_path / "run", watch=generations.append)
    with neat.History(tmp_path / "run") as history:
        rows, species = list(history.generations()), list(history.species())
        assert neat.report.picture_of(history, "svg").startswith(b"<?xml")
    for row, generation in zip(rows, generations, strict=True):
        scaled = generation.fitness / 1e10
        assert row.mean == generation.mean_fitness == pytest.approx(scaled.mean() * 1e10, rel=1e-9)
        assert np.isfinite([row.best, row.mean, generation.record]).all()
        assert np.isfinite(generation.species.best).all()
        assert "nan" not in str(neat.explain(generation, config()))
    assert np.isfinite([(one.mean, one.best) for one in species]).all()


def test_a_table_of_large_fitness_is_summed_up_as_it_is() -> None:
    @neat.problem(inputs=1, outputs=1)
    def huge(network):
        return 2e120

    @neat.problem(inputs=1, outputs=1)
    def largest(network):
        return 1.5e308

    for problem, value in ((huge, 2e120), (largest, 1.5e308)):
        found = neat.run_seeds(config(generations=1), "0..2", problem, jobs=1).summary().best_fitness
        assert found is not None and found.sd == 0.0
        assert found.median == found.worst == value
        assert [found.mean, found.interval.low, found.interval.high] == pytest.approx([value] * 3, rel=1e-15)


def test_episodes_with_large_rewards() -> None:
    rewards = np.array([[1e308, 1.5e308, 1.7e308], [1.0, 2.0, 4.0], [-1.7e308, 0.0, 1.7e308]])
    played = Episodes(rewards, np.ones((3, 3), np.int64))
    assert played.means == pytest.approx([1.4e308, 7 / 3, 0.0])
    assert played.deviations == pytest.approx([3.605551275463989e307, 1.5275252316519468, 1.7e308])
    assert played.quantiles(0.25) == pytest.approx([1.25e308, 1.5, -0.85e308])
    assert Episodes(rewards[2:, ::2], np.ones((1, 2), np.int64)).quantiles(0.5).tolist() == [0.0]
    exam = TestResult(rewards[0], None, None)
    assert (exam.mean, exam.sd) == (played.means[0], played.deviations[0])
