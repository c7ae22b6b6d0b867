"""What a run remembers of earlier generations: that it was solved, its record, and how long ago that was."""

from __future__ import annotations

import numpy as np
import pytest

import neat

#: The best fitness of each generation, which solves the problem where it is above 4.
STORY = [1.0, 3.0, 2.0, 5.0, 5.0, 4.0, 6.0, 0.0]


class Fixed(neat.Problem):
    """A noisy problem whose fitness is fixed in advance, the same for all genomes."""

    inputs, outputs, deterministic = ("a",), ("y",), False

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        fitness = np.full(len(networks), STORY[context.rng.generation - 1])
        return neat.Evaluation(fitness, solved=fitness > 4.0)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_run_remembers_what_is_past(resumed: bool) -> None:
    run = {"seed": 1, "generations": len(STORY), "stop_fitness": "none", "retest": 0.0}
    config = neat.Config(run=run, population={"size": 12})
    generations = list(neat.evolve(config, Fixed()))
    if resumed:  # the last generations once more, from a saved state
        rest = list(neat.evolve(config, Fixed(), neat.reproduce(generations[3], config)))
        generations = [*generations[:4], *rest]
    assert [generation.best_fitness for generation in generations] == STORY
    assert [generation.record for generation in generations] == [1.0, 3.0, 3.0, 5.0, 5.0, 5.0, 6.0, 6.0]
    assert [generation.progress for generation in generations] == [1, 2, 2, 4, 4, 4, 7, 7]
    assert [generation.solved for generation in generations] == [False] * 3 + [True] * 5
    assert [generation.champion.generation for generation in generations] == [1, 2, 2, 4, 4, 4, 7, 7]
    for generation in generations:
        for born, record, progress in zip(
            generation.species.born, generation.species.best, generation.species.progress, strict=True
        ):
            lived = STORY[born - 1 : generation.number]
            assert (record, progress) == (max(lived), born + lived.index(max(lived)))


class Elsewhere(neat.Problem):
    """The oldest genome of a generation solves the problem, and the youngest has the highest fitness."""

    inputs, outputs, deterministic = ("a",), ("y",), True

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        fitness = networks.key.astype(np.float64)
        return neat.Evaluation(fitness, solved=fitness == fitness.min())

    def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
        return neat.Validation(0, passed=True, fitness=0.5)


def test_a_champion_has_no_validation_but_its_own() -> None:
    config = neat.Config(
        run={"seed": 1, "generations": 3, "stop_fitness": "none"},
        population={"size": 12},
        speciation={"threshold": 1e-6},
    )
    found = 0
    for generation in neat.evolve(config, Elsewhere()):
        champion, validation = generation.champion, generation.validation
        assert champion.genome.key == generation.population.key.max()
        assert champion.validation is None
        found += validation is not None and validation.key != champion.genome.key
    assert found > 0
