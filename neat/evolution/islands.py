"""Islands: populations of one run that evolve apart and exchange their best genomes.

All islands share the innovation tracker, the evaluation and the champion of the run. Every species belongs to one
island, so that a genome's species says on which island it lives. Each island selects, breeds and speciates by itself,
with random numbers of its own; island 0 has those of a run without islands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.arrays import freeze
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.evolution.failures import valid_genomes
from neat.evolution.islands_keys import IslandsKeys
from neat.evolution.state import Generation, Species
from neat.genetics.innovation import Innovations
from neat.problems.evaluation import Evaluation

_DEFAULTS = IslandsKeys()
_SEEDS = 2**52
_FEWEST_OTHERS = 2  # offspring of an island's own genomes


def islands_keys(config: Config) -> IslandsKeys:
    """Return the section [islands] of a configuration."""
    given = config.declared.get(IslandsKeys.section_name)
    return given if isinstance(given, IslandsKeys) else _DEFAULTS


def total_size(config: Config) -> int:
    """Return the number of genomes of all islands."""
    return config.population.size * islands_keys(config).count


def check_islands(config: Config, samples: int) -> None:
    """Check that an island has room for the genomes that it receives, besides `samples` of tuned ones.

    Raises:
        NeatError: it has not.
    """
    keys, size = islands_keys(config), config.population.size
    arriving = keys.migrants * len(_neighbours(0, keys))
    if arriving + samples > size - _FEWEST_OTHERS:
        tuned = f" and {samples} be samples of tuned genomes ([tuning] share)" if samples else ""
        raise NeatError(
            f"[islands] migrants = {keys.migrants}: {arriving} of the {size} genomes of an island would come from "
            f"others{tuned}, and at least {_FEWEST_OTHERS} must be its own (lower it, or raise [population] size)"
        )


def on_island(config: Config, number: int) -> Config:
    """Return the configuration of an island, with a seed of its own."""
    if number == 0:
        return config
    rng = Randomness(config.run.seed, FIRST_GENERATION, Purpose.ISLANDS)
    return config.with_seed(int(rng.integers(_SEEDS, number, 0)))


@dataclass(frozen=True, eq=False)
class Island:
    """The part of a generation that lives on one island.

    Attributes:
        number: its number, from 0.
        rows: (n,) int64, the indices of its genomes in the whole population.
        generation: the generation as if there were no other genomes; without columns.
        config: the configuration, with the island's own seed.
    """

    number: int
    rows: NDArray[np.int64]
    generation: Generation
    config: Config

    def continued(self, innovations: Innovations, next_key: int) -> Island:
        """Return the island with the innovations and the next key that the islands before it have left."""
        state = self.generation.state
        if state.innovations is innovations and state.next_key == next_key:
            return self
        state = replace(state, innovations=innovations, next_key=next_key)
        return replace(self, generation=replace(self.generation, state=state))


def islands_of(generation: Generation, config: Config) -> list[Island]:
    """Return the islands of a generation, in the order of their numbers."""
    count = islands_keys(config).count
    if count == 1:
        return [Island(0, np.arange(len(generation.population)), generation, config)]
    home = generation.species.island[generation.state.species_index]
    return [_island(number, np.flatnonzero(home == number), generation, config) for number in range(count)]


def migrants_to(number: int, generation: Generation, config: Config) -> NDArray[np.int64]:
    """Return the rows of the genomes that are copied to an island after a generation: the best of its neighbours.

    Genomes with equal scores are ordered by key.
    """
    keys = islands_keys(config)
    if keys.count == 1 or generation.number % keys.every:
        return np.empty(0, np.int64)
    score, key = generation.evaluation.scores, generation.population.key
    home = generation.species.island[generation.state.species_index]
    best = []
    for neighbour in _neighbours(number, keys):
        rows = np.flatnonzero(home == neighbour)
        best.append(rows[np.lexsort((key[rows], -score[rows]))][: keys.migrants])
    return np.concatenate(best)


def _neighbours(number: int, keys: IslandsKeys) -> list[int]:
    """Return the islands whose genomes an island receives."""
    if keys.count == 1:
        return []
    if keys.topology == "ring":
        return [(number - 1) % keys.count]
    return [other for other in range(keys.count) if other != number]


def _island(number: int, rows: NDArray[np.int64], generation: Generation, config: Config) -> Island:
    state, evaluation = generation.state, generation.evaluation
    index = state.species_index[rows]
    present = np.unique(index)
    population = generation.population.take(rows)
    born = population if generation.population is state.population else state.population.take(rows)
    first = [tuning.first_key for tuning in state.tunings]
    tunings = tuple(each for each, own in zip(state.tunings, np.isin(first, born.key), strict=True) if own)
    fitness = evaluation.fitness[rows]
    valid = valid_genomes(generation, state.population.key)
    best = int(np.argmax(fitness if valid is None else np.where(valid[rows], fitness, -np.inf)))
    return Island(
        number,
        rows,
        replace(
            generation,
            state=replace(
                state,
                population=born,
                known=state.known[rows],
                validated=state.validated[rows],
                species_index=freeze(np.searchsorted(present, index), np.int64),
                species=_some(state.species, present),
                remembered=None,
                tunings=tunings,
            ),
            population=population,
            evaluation=Evaluation(fitness, None if evaluation.score is None else evaluation.score[rows]),
            best=best,
            species=_some(generation.species, present),
            validated=generation.validated[rows],
        ),
        on_island(config, number),
    )


def _some(species: Species, rows: NDArray[np.int64]) -> Species:
    return Species(
        id=freeze(species.id[rows], np.int64),
        born=species.born[rows],
        progress=species.progress[rows],
        best=species.best[rows],
        representative=species.representative[rows],
        island=species.island[rows],
    )
