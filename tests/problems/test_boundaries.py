"""A fitness that is exactly the required one counts as reaching it."""

from __future__ import annotations

import numpy as np
import pytest
import toys  # noqa: F401  (registers environments)

import neat
from neat.core.randomness import Purpose, Randomness
from neat.problems.poles.problem import DoublePole, SinglePole

CONFIG = neat.Config(run={"seed": 1, "generations": 3}, population={"size": 20})
EVALUATION, VALIDATION = (
    neat.Context(Randomness(1, 0, purpose)) for purpose in (Purpose.EVALUATION, Purpose.VALIDATION)
)


def above(value: float) -> float:
    return float(np.nextafter(value, np.inf))


def first(config: neat.Config, problem: neat.Problem) -> neat.Generation:
    return next(iter(neat.evolve(config, problem)))


def test_the_fitness_to_stop_at() -> None:
    problem = neat.Dataset([[0.0], [1.0]], [0.2, 0.7], solved=None)
    best = first(CONFIG, problem).best_fitness
    for wanted, reasons in ((best, ("stop_fitness",)), (above(best), ())):
        generation = first(CONFIG.replace(run={"stop_fitness": wanted}), problem)
        assert (generation.reasons, generation.solved) == (reasons, bool(reasons))


def test_the_fitness_that_solves_a_table_and_a_function() -> None:
    def dataset(solved: float | None) -> neat.Problem:
        return neat.Dataset([[0.0], [1.0]], [0.2, 0.7], solved=solved)

    def function(solved: float | None) -> neat.Problem:
        return neat.problem(inputs=1, outputs=1, solved=solved)(lambda network: float(network([1.0])[0]))

    networks = neat.compile(neat.initialize(CONFIG, dataset(None)).population)
    for made in (dataset, function):
        fitness = made(None).evaluate(networks, EVALUATION).fitness
        level = float(np.sort(fitness)[len(fitness) // 2])
        assert fitness.min() < level < fitness.max()
        solved = made(level).evaluate(networks, EVALUATION).solved
        assert solved is not None and solved.tolist() == [value >= level for value in fitness]


def test_the_threshold_of_an_environment() -> None:
    def environment(threshold: float | None) -> neat.Gymnasium:
        return neat.Gymnasium("toys/Toy-v1", episodes=3, validation_episodes=5, threshold=threshold)

    networks = neat.compile(neat.initialize(CONFIG, environment(None)).population)
    mean = float(environment(None).evaluate(networks, EVALUATION).fitness[0])
    tested = environment(None).validate(networks[0], VALIDATION).fitness
    for level, passes in ((lambda value: value, True), (above, False)):
        solved = environment(level(mean)).evaluate(networks, EVALUATION).solved
        assert solved is not None and solved.all() == solved.any() == passes
        assert environment(level(tested)).validate(networks[0], VALIDATION).passed is passes


@pytest.mark.parametrize("poles", [SinglePole, DoublePole])
def test_poles_that_stand_to_the_last_step(poles: type[SinglePole] | type[DoublePole]) -> None:
    networks = neat.compile(neat.initialize(CONFIG, poles()).population)
    steps = poles(max_steps=1000).evaluate(networks, EVALUATION).columns["steps"]
    last = int(np.median(steps))  # exactly as long as some stand
    assert 1 < last < 1000 and (steps == last).any()
    for limit in (last, last + 1):
        solved = poles(max_steps=limit).evaluate(networks, EVALUATION).solved
        assert solved is not None and solved.tolist() == [step >= limit for step in steps]
