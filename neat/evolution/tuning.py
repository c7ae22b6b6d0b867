"""Tuning of weights: which genome is tuned, and its samples as genomes of the population."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import Config, GenomeKeys, MutationKeys
from neat.core.errors import NeatError
from neat.core.randomness import Purpose, Randomness
from neat.evolution.assessment import best_scores
from neat.evolution.state import Generation
from neat.evolution.strategy import Tuning, adapted, begun, samples
from neat.evolution.tuning_keys import TuningKeys
from neat.genetics.node_attributes import NODE_ATTRIBUTES, NumberMutation
from neat.genetics.population import Population

FEWEST_SAMPLES, _FEWEST_OTHERS = 4, 2
_DEFAULTS = TuningKeys()
_CONVERGED = 1e-3  # standard deviations below this share of the powers
_CHOICES = 2**40  # the first draw that chooses a species, in the stream of key 0, which no sample has


class Part(NamedTuple):
    """The values of a column that are tuned: their places among the genes of the genome, their power and limit."""

    column: str
    places: NDArray[np.int64]
    power: float
    limit: float


class Step(NamedTuple):
    """A tuning whose samples are to be drawn, and the row of a genome with its wiring."""

    tuning: Tuning
    row: int


def tuning_keys(config: Config) -> TuningKeys:
    """Return the section [tuning] of a configuration."""
    section = config.declared.get(TuningKeys.section_name)
    return section if isinstance(section, TuningKeys) else _DEFAULTS


def most_samples(config: Config) -> int:
    """Return the largest number of samples in a generation, 0 if nothing is tuned.

    Raises:
        NeatError: the population is too small.
    """
    keys, size = tuning_keys(config), config.population.size
    if keys.method == "none":
        return 0
    most = max(FEWEST_SAMPLES, round(keys.share * size))
    if most > size - _FEWEST_OTHERS:
        raise NeatError(
            f"[tuning] share = {keys.share!r}: {most} of {size} genomes would be samples of tuned ones, and at least "
            f"{_FEWEST_OTHERS} must be others (lower it, or raise [population] size)"
        )
    return most


def next_steps(generation: Generation, config: Config) -> list[Step]:
    """Return what is tuned in the next generation: the tunings of this one that go on, and new ones in free places."""
    if not (room := most_samples(config)):
        return []
    keys = tuning_keys(config)
    steps = _continued(generation, config, keys)
    room -= sum(step.tuning.count for step in steps)
    return steps + _started(generation, config, keys, steps, room)


def sampled(
    steps: Sequence[Step], last: Generation, config: Config, next_key: int
) -> tuple[Population, tuple[Tuning, ...]]:
    """Return the samples of tunings, of which there is at least one, with keys from `next_key` on, and the tunings."""
    rng, tunings, samples = Randomness(config.run.seed, last.number + 1, Purpose.TUNING), [], []
    for step in steps:
        tuning = replace(step.tuning, first_key=next_key)
        samples.append(_genomes(tuning, step.row, last.population, config, rng))
        tunings.append(tuning)
        next_key += tuning.count
    return samples[0].joined(*samples[1:]), tuple(tunings)


def _genomes(tuning: Tuning, row: int, population: Population, config: Config, rng: Randomness) -> Population:
    """Return the samples of a tuning as genomes with the wiring of the genome in `row`."""
    parts, count = parts_of(population, row, config.mutation, config.genome), tuning.count
    values = samples(tuning, _repeated(parts, "limit"), rng)
    copies = population.take(np.full(count, row))
    columns, first = {}, 0
    for part in parts:
        column = getattr(copies, part.column).reshape(count, -1).copy()
        column[:, part.places] = values[:, first : first + len(part.places)]
        columns[part.column], first = column.reshape(-1), first + len(part.places)
    key = np.arange(tuning.first_key, tuning.first_key + count)
    parents = np.column_stack([np.full(count, tuning.parent), np.full(count, -1)])
    return copies.replace(key=key, parents=parents, **columns)


def parts_of(population: Population, row: int, mutation: MutationKeys, genome: GenomeKeys) -> list[Part]:
    """Return the values of a genome that are tuned, without those that cannot influence an output.

    They are the weights of enabled connections and, of the nodes that compute, the attributes that are numbers and that
    mutate.
    """
    connections, nodes = _relevant(population, row)
    parts = [Part("weight", connections, mutation.weight_power, genome.weight_limit)]
    for attribute in NODE_ATTRIBUTES:
        change = attribute.mutation(mutation, genome)
        if isinstance(change, NumberMutation):
            parts.append(Part(attribute.name, nodes, change.power, change.limit))
    return [part for part in parts if part.power > 0.0 and len(part.places)]


def _continued(generation: Generation, config: Config, keys: TuningKeys) -> list[Step]:
    """Return the tunings of a generation that are not over, after their samples were evaluated."""
    steps, population, score = [], generation.state.population, generation.evaluation.scores
    for tuning in generation.state.tunings:
        rows = np.flatnonzero((population.key >= tuning.first_key) & (population.key < tuning.first_key + tuning.count))
        parts = parts_of(population, int(rows[0]), config.mutation, config.genome)
        if generation.number + 1 - tuning.began >= keys.generations or _size(parts) != len(tuning.mean):
            continue  # if the sizes differ, the settings are not those with which it began
        values = _values(population, parts, rows)
        after = adapted(tuning, values, score[rows], generation.number, diagonal=keys.method == "sep-cma-es")
        if (after.deviation >= _CONVERGED * _repeated(parts, "power")).any():
            steps.append(Step(after, int(rows[0])))
    return steps


def _started(generation: Generation, config: Config, keys: TuningKeys, steps: list[Step], room: int) -> list[Step]:
    """Return new tunings of champions of stalled species that are not tuned already, with `room` samples at most.

    The best of these species is chosen with the chance 1/2, otherwise the second with the chance 1/2, and so on.
    """
    if generation.number < keys.wait:
        return []
    number, index, score = generation.number, generation.state.species_index, generation.evaluation.scores
    stalled = number - generation.species.progress >= keys.after
    stalled[[index[step.row] for step in steps]] = False
    best = best_scores(score, index, len(generation.species))
    left = np.flatnonzero(stalled)
    left = left[np.argsort(-best[left], kind="stable")]
    rng, begin = Randomness(config.run.seed, number + 1, Purpose.TUNING), []
    draws = iter(range(_CHOICES, _CHOICES + len(left) * len(left)))
    while len(left) and room >= FEWEST_SAMPLES:
        place = next((i for i in range(len(left) - 1) if rng.uniform(0, next(draws)) < 0.5), len(left) - 1)
        row = int(np.argmax(np.where(index == left[place], score, -np.inf)))
        left = np.delete(left, place)
        parts = parts_of(generation.population, row, config.mutation, config.genome)
        if parts:
            mean, limit = _values(generation.population, parts, np.array([row]))[0], _repeated(parts, "limit")
            key = int(generation.population.key[row])
            tuning = begun(np.clip(mean, -limit, limit), _repeated(parts, "power"), keys.step, key, number + 1, room)
            begin.append(Step(tuning, row))
            room -= tuning.count
    return begin


def _values(population: Population, parts: list[Part], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of genomes with the same wiring that are tuned: (genomes, n) float64."""
    return np.concatenate([_matrix(population, part, rows) for part in parts], axis=1)


def _size(parts: list[Part]) -> int:
    return sum(len(part.places) for part in parts)


def _matrix(population: Population, part: Part, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of genomes with the same wiring that are tuned: (genomes, places) float64."""
    start = population.connection_start if part.column == "weight" else population.node_start
    matrix: NDArray[np.float64] = getattr(population, part.column)[start[rows][:, None] + part.places]
    return matrix


def _repeated(parts: list[Part], name: str) -> NDArray[np.float64]:
    """Return a number of each part, repeated for all its values."""
    return np.repeat([getattr(part, name) for part in parts], [len(part.places) for part in parts]).astype(np.float64)


def _relevant(population: Population, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the connections and of the computing nodes of a genome that can influence an output."""
    layout, genes = population.layout, slice(*population.connection_start[row : row + 2])
    node = population.node[slice(*population.node_start[row : row + 2])]
    source = np.searchsorted(node, population.source[genes])
    target = np.searchsorted(node, population.target[genes])
    enabled = population.enabled[genes]
    reached, influences = np.zeros((2, len(node)), np.bool_)
    reached[: layout.sources] = True
    influences[layout.sources : layout.given] = True
    _spread(reached, source[enabled], target[enabled])
    _spread(influences, target[enabled], source[enabled])
    live = reached & influences
    connections = np.flatnonzero(enabled & live[source] & live[target])
    return connections, np.flatnonzero(live[layout.sources :]) + layout.sources


def _spread(marked: NDArray[np.bool_], source: NDArray[np.int64], target: NDArray[np.int64]) -> None:
    """Mark all nodes that marked ones lead to."""
    before = -1
    while (count := int(marked.sum())) != before:
        before = count
        marked[target[marked[source]]] = True
