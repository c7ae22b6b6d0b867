"""Edge cases of evolution: what elites keep, which genomes breed, and the role of failures and randomness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import neat
from neat.core.randomness import Purpose, Randomness


def config(**sections: Any) -> neat.Config:
    run = {"seed": 4, "generations": 8, "stop_fitness": "none", **sections.pop("run", {})}
    return neat.Config(run=run, population={"size": 30}, **sections)


class Flat(neat.Problem):
    """A problem that gives all genomes the same fitness; `more` is added to each evaluation."""

    inputs, outputs, deterministic = ("a",), ("y",), True

    def __init__(self, **more: Any) -> None:
        self.more = more

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        return neat.Evaluation(np.zeros(len(networks)), **{name: make(networks) for name, make in self.more.items()})


def test_elites_with_a_score_are_evaluated_again() -> None:
    """A score belongs to one generation: it may compare the genomes with each other."""

    def score(networks: neat.Networks) -> np.ndarray[Any, Any]:
        return networks.key % 7 * 1.0

    for problem, known in ((Flat(), True), (Flat(score=score), False)):
        first = next(iter(neat.evolve(config(), problem)))
        assert neat.reproduce(first, config()).known.any() == known


def test_a_genome_that_failed_solves_nothing() -> None:
    fitness, solved = np.arange(30.0), np.arange(30) == 3
    lenient = config(run={"on_error": "worst"})
    state = neat.initialize(lenient, inputs=1, outputs=1)
    assert neat.tell(state, neat.Evaluation(fitness, solved=solved), lenient).solved
    fitness[3] = np.nan
    generation = neat.tell(state, neat.Evaluation(fitness, solved=solved), lenient)
    assert not generation.solved and not generation.champion.solved and generation.failures == 1


@pytest.mark.parametrize("fault", [MemoryError, ValueError])
def test_too_little_memory_for_a_validation_is_not_the_genomes_fault(fault: type[Exception]) -> None:
    class Hard(Flat):
        def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
            raise fault("no")

    problem = Hard(solved=lambda networks: networks.key >= 0)
    lenient = config(run={"on_error": "worst", "generations": 1})
    if fault is MemoryError:
        with pytest.raises(neat.ProblemError, match="MemoryError"):
            list(neat.evolve(lenient, problem))
    else:
        assert [generation.failures for generation in neat.evolve(lenient, problem)] == [1]


def test_a_validation_has_random_numbers_of_its_own() -> None:
    drawn: dict[str, list[float]] = {"evaluate": [], "validate": []}

    class Drawing(neat.Problem):
        inputs, outputs, deterministic = ("a",), ("y",), False

        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            drawn["evaluate"] += context.rng.uniform(0, np.arange(50)).tolist()
            return neat.Evaluation(np.zeros(len(networks)), solved=networks.key >= 0)

        def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
            drawn["validate"] += context.rng.uniform(0, np.arange(50)).tolist()
            return neat.Validation(0, passed=False, fitness=0.0)

    list(neat.evolve(config(run={"generations": 3, "retest": 0.0}), Drawing()))
    assert len(set(drawn["evaluate"])) == len(set(drawn["validate"])) == 150
    assert not set(drawn["evaluate"]) & set(drawn["validate"])


def test_columns_that_change_from_one_generation_to_the_next_are_refused() -> None:
    class Changing(Flat):
        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            width = np.zeros((len(networks), 2 + context.rng.generation // 3))
            return neat.Evaluation(np.zeros(len(networks)), columns={"steps": width})

    generations = neat.evolve(config(), Changing())
    assert [next(generations).number, next(generations).number] == [1, 2]
    with pytest.raises(neat.ProblemError, match="columns are not those of the generation before"):
        next(generations)


def test_a_population_without_progress_narrows_after_exactly_so_many_generations() -> None:
    settings = config(
        speciation={"target_species": "none", "threshold": 0.3},
        reproduction={"population_stagnation": 4, "stagnation": 100},
    )
    generations = list(neat.evolve(settings, Flat()))
    assert [generation.progress for generation in generations] == [1, 1, 1, 1, 1, 5, 5, 5]
    for before in generations[:-1]:
        assert len(before.species) > 4
        state = neat.reproduce(before, settings)
        elders = before.state.species_index[np.isin(before.population.key, state.population.parents)]
        assert (len(set(elders.tolist())) <= 3) == (before.number == 5)


@pytest.mark.parametrize("rules", [(1, 0), (100, 2)])
def test_the_species_of_the_best_genome_breeds_however_long_there_is_no_progress(rules: tuple[int, int]) -> None:
    """The best genome's score may be the lowest, since only fitness decides which genome is the best."""
    settings = config(
        speciation={"target_species": "none", "threshold": 0.8},
        reproduction={"stagnation": rules[0], "species_elitism": 1, "population_stagnation": rules[1]},
    )
    state = neat.initialize(settings, inputs=1, outputs=1)
    for _ in range(6):
        home = state.species_index == state.species_index[0]
        fitness = np.where(np.arange(30) == 0, 1.0, 0.0)
        generation = neat.tell(state, neat.Evaluation(fitness, score=np.where(home, 1.9, 2.0)), settings)
        state = neat.reproduce(generation, settings)
        born = np.isin(state.population.parents[:, 0], generation.population.key[home])
        assert born.sum() > 1 and len(generation.species) > 1


def test_a_function_has_random_numbers_of_each_genome_which_nothing_else_has() -> None:
    drawn: list[float] = []

    @neat.problem(inputs=1, outputs=1)
    def lucky(network: neat.Network, rng: np.random.Generator) -> float:
        drawn.append(float(rng.random()))
        return drawn[-1]

    (generation,) = neat.evolve(config(run={"generations": 1}), lucky)
    keys = generation.population.key.tolist()
    own, other = (
        [Randomness(4, 1, purpose).generator(key).random() for key in keys]
        for purpose in (Purpose.GENOME_EVALUATION, Purpose.EVALUATION)
    )
    assert generation.fitness.tolist() == own == drawn[: len(keys)]
    assert not set(own) & set(other)


def test_with_a_target_there_are_never_more_than_twice_as_many_species() -> None:
    settings = config(speciation={"target_species": 5, "threshold": 0.01})
    counts = [len(generation.species) for generation in neat.evolve(settings, Flat())]
    assert max(counts) == 10
