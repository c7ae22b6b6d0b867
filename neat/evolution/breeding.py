"""From a generation to the next state: the offspring of each island, and their species."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.arrays import freeze
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.evolution.complexity import Phase, crossover_in, mutation_in, next_phase, with_limits
from neat.evolution.failures import valid_genomes
from neat.evolution.islands import Island, islands_keys, islands_of, migrants_to, on_island
from neat.evolution.state import Generation, Species, State
from neat.evolution.strategy import Tuning
from neat.evolution.succession import assign_species, remember, selected, still_validated
from neat.evolution.tuning import Step, next_steps, sampled
from neat.genetics.innovation import Innovations
from neat.genetics.operators import Operators
from neat.genetics.population import Population
from neat.genetics.speciation import adjusted_threshold


@dataclass(frozen=True, eq=False)
class Brood:
    """The offspring of an island, elites first, without the samples of tuned genomes.

    Attributes:
        population: n genomes.
        first: (n,) int64, the index of each genome's first parent in the whole last population.
        elite, validated: (n,) bool, the copied elites, and the genomes that have been validated.
        breeding: the island's species that have offspring, as rows of its species: int64, ascending.
        steps: the tunings whose samples the island gets.
        progress: the generation that counts as the population's last progress.
        innovations, next_key: what is left for the next island.
    """

    population: Population
    first: NDArray[np.int64]
    elite: NDArray[np.bool_]
    validated: NDArray[np.bool_]
    breeding: NDArray[np.int64]
    steps: Sequence[Step]
    progress: int
    innovations: Innovations
    next_key: int


def next_state(generation: Generation, config: Config, operators: Operators) -> State:
    """Return the next population, assigned to species but not yet evaluated.

    Raises:
        NeatError: an operator returned something that it must not return.
        ProblemError: an operator raised an exception.
    """
    state, evaluation = generation.state, generation.evaluation
    phase = next_phase(state.phase, generation.population, generation.number, config)
    islands, broods = islands_of(generation, config), list[Brood]()
    innovations, next_key = state.innovations, state.next_key
    for island in islands:
        arriving = migrants_to(island.number, generation, config)
        brood = breed(island.continued(innovations, next_key), generation, arriving, phase, operators)
        innovations, next_key = brood.innovations, brood.next_key
        broods.append(brood)
    children, first, elite, validated, home = _joined(broods)
    known = elite & (evaluation.score is None and not generation.noisy and not evaluation.learned)
    if (valid := valid_genomes(generation, state.population.key)) is not None:
        known &= valid[first]  # what failed genomes got instead of a fitness holds for one generation only
    remembered = remember(evaluation, first[known]) if known.any() else None
    tunings: list[Tuning] = []
    for island, brood in zip(islands, broods, strict=True):
        if brood.steps:
            samples, started = sampled(brood.steps, island.generation, island.config, next_key)
            children, count = children.joined(samples), len(samples)
            fresh = np.zeros(count, np.bool_)
            known, elite, validated = (np.concatenate([mask, fresh]) for mask in (known, elite, validated))
            first, home = np.append(first, np.zeros(count, np.int64)), np.append(home, np.full(count, island.number))
            next_key, tunings = next_key + count, tunings + list(started)
    sizes = [(len(island.generation.species), island.generation.population) for island in islands]
    threshold = adjusted_threshold(state.threshold, sizes, config.speciation)
    species_index, species, next_species = _species(children, home, islands, broods, threshold, generation, operators)
    return State(
        generation=generation.number + 1,
        population=children,
        innovations=innovations,
        threshold=threshold,
        next_key=next_key,
        known=known,
        validated=validated,
        species_index=species_index,
        species=species,
        next_species=next_species,
        remembered=remembered,
        progress=max(brood.progress for brood in broods),
        best=generation.record,
        champion=generation.champion,
        solved=generation.solved,
        evaluations=generation.evaluations,
        failures=generation.failures,
        problem_state=evaluation.state,
        phase=phase,
        tunings=tuple(tunings),
        race=None if generation.race is None else generation.race.for_offspring(
            first, elite, generation.species.id, species.id
        ),
    )  # fmt: skip


def breed(
    island: Island, whole: Generation, arriving: NDArray[np.int64], phase: Phase | None, operators: Operators
) -> Brood:
    """Return the offspring of an island, and copies of the genomes at the rows `arriving` of the whole population."""
    generation, config = island.generation, island.config
    parents, threads, state = generation.population, config.run.threads, generation.state
    steps = next_steps(generation, config)
    size = config.population.size - sum(step.tuning.count for step in steps) - len(arriving)
    offspring, progress = selected(generation, config, operators, size, phase)
    rng = Randomness(config.run.seed, generation.number + 1, Purpose.OPERATOR_MUTATE)
    children = operators.crossover(
        parents, offspring, rng.of(Purpose.OPERATOR_CROSSOVER), crossover_in(phase, config), config.genome, threads
    )
    children, innovations = operators.mutate(
        children, offspring.mutable, state.innovations, rng, mutation_in(phase, config), config.genome, threads
    )
    children = with_limits(parents, children, offspring, phase, rng, config)
    next_key = state.next_key + int((~offspring.elite).sum())
    first, elite, validated = offspring.first, offspring.elite, still_validated(generation, children, offspring)
    breeding = offspring.breeding
    if steps:
        breeding = np.union1d(breeding, state.species_index[[step.row for step in steps]])
    first = island.rows[first]
    if count := len(arriving):
        copies = whole.population.take(arriving)
        origin = np.column_stack([copies.key, np.full(count, -1)])
        children = children.joined(copies.replace(key=np.arange(next_key, next_key + count), parents=origin))
        fresh = np.zeros(count, np.bool_)
        first, elite, validated = (
            np.append(first, arriving), np.append(elite, fresh), np.append(validated, fresh),
        )  # fmt: skip
        next_key += count
    return Brood(children, first, elite, validated, breeding, steps, progress, innovations, next_key)


def _joined(
    broods: Sequence[Brood],
) -> tuple[Population, NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """Return all offspring, the elites of all islands first: genomes, first parents, masks, and islands."""
    if len(broods) == 1:
        only = broods[0]
        home = np.zeros(len(only.first), np.int64)
        return only.population, only.first, only.elite, only.validated, home
    population = broods[0].population.joined(*(brood.population for brood in broods[1:]))
    home = np.repeat(np.arange(len(broods)), [len(brood.first) for brood in broods])
    first, elite, validated = (
        np.concatenate([getattr(brood, name) for brood in broods]) for name in ("first", "elite", "validated")
    )
    order = np.argsort(~elite, kind="stable")
    return population.take(order), first[order], elite[order], validated[order], home[order]


def _species(
    children: Population,
    home: NDArray[np.int64],
    islands: Sequence[Island],
    broods: Sequence[Brood],
    threshold: float,
    generation: Generation,
    operators: Operators,
) -> tuple[NDArray[np.int64], Species, int]:
    """Return the species index of each genome, the species of all islands, and the id of the next new species."""
    next_species, parts, index = generation.state.next_species, list[Species](), np.empty(len(children), np.int64)
    for island, brood in zip(islands, broods, strict=True):
        rows = np.flatnonzero(home == island.number)
        rng = Randomness(island.config.run.seed, generation.number + 1, Purpose.OPERATOR_MUTATE)
        found, species, next_species = assign_species(
            children if len(islands) == 1 else children.take(rows), island.generation, brood.breeding, threshold, rng,
            island.config, operators, number=island.number, next_species=next_species,
        )  # fmt: skip
        if len(islands) == 1:
            return found, species, next_species
        index[rows] = found + sum(map(len, parts))
        parts.append(species)
    return (*_in_order_of_ids(index, parts), next_species)


def first_species(
    population: Population, config: Config, operators: Operators
) -> tuple[NDArray[np.int64], Species, int]:
    """Return the species index of each initial genome, the species of all islands, and the id of the next one."""
    none, size, parts = np.empty(0, np.int64), config.population.size, list[Species]()
    index, next_species = np.empty(len(population), np.int64), 0
    for number in range(islands_keys(config).count):
        own, rows = on_island(config, number), np.arange(number * size, (number + 1) * size)
        rng = Randomness(own.run.seed, FIRST_GENERATION, Purpose.OPERATOR_INITIALIZE)
        found, species, next_species = assign_species(
            population.take(rows), None, none, config.speciation.threshold, rng, own, operators,
            number=number, next_species=next_species,
        )  # fmt: skip
        index[rows] = found + sum(map(len, parts))
        parts.append(species)
    return (*_in_order_of_ids(index, parts), next_species)


def _in_order_of_ids(index: NDArray[np.int64], parts: Sequence[Species]) -> tuple[NDArray[np.int64], Species]:
    """Return the species index of each genome, and the species of all islands in the order of their ids."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Species.columns()]
    order = np.argsort(columns[0], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    id, *others = (column[order] for column in columns)
    return freeze(place[index], np.int64), Species(freeze(id, np.int64), *others)
