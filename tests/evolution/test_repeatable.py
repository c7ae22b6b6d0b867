"""Problems wrongly declared deterministic are detected by one more evaluation, which leaves no trace."""

from __future__ import annotations

import pickle
import random
from typing import Any

import numpy as np
import pytest

import neat
from neat.problems.function import FunctionProblem

CHANCE = random.Random(1)


def config(**run: Any) -> neat.Config:
    return neat.Config(run={"seed": 1, "generations": 3, **run}, population={"size": 20})


def lucky(network: Any) -> float:
    return CHANCE.random()


class Lucky(neat.Problem):
    """A problem that claims to be deterministic, but draws from its own generator."""

    inputs, outputs, deterministic = ("a",), ("b",), True

    def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
        return neat.Evaluation([CHANCE.random() for _ in range(len(networks))])


def test_randomness_that_was_not_declared_is_refused() -> None:
    chance = r"gave genome \d+ the fitness 0\.\d+, and 0\.\d+ when it was evaluated again"
    with pytest.raises(neat.ProblemError, match=f"lucky {chance}, but counts as deterministic.*deterministic=False"):
        neat.run(config(), FunctionProblem(lucky, 1, 1))
    with pytest.raises(neat.ProblemError, match=f"lucky {chance}, but was declared deterministic; add deterministic=F"):
        neat.run(config(), FunctionProblem(lucky, 1, 1, deterministic=True))
    with pytest.raises(neat.ProblemError, match=f"Lucky {chance}, but deterministic is True; set it to False"):
        list(neat.evolve(config(), Lucky()))
    (row,) = neat.run_seeds(config(), "0", Lucky(), jobs=1).rows
    assert row.error is not None and "Lucky gave genome" in row.error


def test_chance_beside_rng_is_refused_unless_it_was_declared() -> None:
    def beside(network: neat.Network, rng: np.random.Generator) -> float:
        return lucky(network)

    with pytest.raises(neat.ProblemError, match="beside gave .* with the same rng, so a run could not be repeated"):
        neat.run(config(), FunctionProblem(beside, 1, 1))
    neat.run(config(), FunctionProblem(beside, 1, 1, deterministic=False))


def test_randomness_that_was_declared_is_fine() -> None:
    neat.run(config(), FunctionProblem(lucky, 1, 1, deterministic=False))

    def fair(network: Any, rng: np.random.Generator) -> float:
        return float(rng.random())

    assert neat.run(config(), FunctionProblem(fair, 1, 1, deterministic=True)).evaluations < 60
    apart = Lucky()
    apart.independent = False  # if genomes meet, one that is evaluated alone may get another fitness
    neat.run(config(), apart)


class Counting(neat.Problem):
    """A problem whose fitness is a weight, and which records the genomes that it evaluates."""

    inputs, outputs, deterministic = ("a",), ("b",), True

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
        self.asked.append(networks.key.tolist())
        return neat.Evaluation([float(network([1.0])[0]) for network in networks])


def test_one_more_evaluation_of_the_best_genome_changes_nothing() -> None:
    problem, noisy = Counting(), Counting()
    noisy.deterministic = False
    first, *others = neat.evolve(config(), problem)
    assert problem.asked[0] == list(range(20)) and problem.asked[1] == [int(first.population.key[first.best])]
    assert first.evaluations == 20 and len(problem.asked) == 2 + len(others)
    begun = next(neat.evolve(config(), noisy))
    assert noisy.asked == [list(range(20))]
    assert pickle.dumps((first.population, first.fitness)) == pickle.dumps((begun.population, begun.fitness))
    again = Counting()
    list(neat.evolve(config(), again, neat.reproduce(first, config())))
    assert len(again.asked) == len(others)  # a resumed run is not tried again


def test_a_genome_that_failed_is_not_evaluated_again() -> None:
    class Failing(Counting):
        """A problem in which better genomes get worse results."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            if (networks.key > 5).any():
                self.asked.append(networks.key.tolist())
                raise ValueError("too good")
            return neat.Evaluation(super().evaluate(networks, context).fitness)

    problem = Failing()
    next(neat.evolve(config(on_error="worst"), problem))
    assert problem.asked[-1][0] <= 5 and len(problem.asked[-1]) == 1
