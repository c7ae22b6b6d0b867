"""Explanation of what happened to each species from one generation to the next, as the operators compute it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neat.config import ANY_EXECUTION, Config, checked_config
from neat.config.arguments import instance, whole
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.complexity import Phase, next_phase
from neat.evolution.islands import Island, islands_keys, islands_of, migrants_to
from neat.evolution.loop import reproduce
from neat.evolution.state import Generation, State
from neat.evolution.succession import selected, settings_for, species_that_may_breed
from neat.evolution.tuning import Step, next_steps, tuning_keys
from neat.genetics.operator_checks import checked, operators_of
from neat.genetics.operators import Operators
from neat.genetics.reproduction import Offspring, shares
from neat.genetics.speciation import MOST_SPECIES, target_species
from neat.problems.protocol import Problem
from neat.runs.experiment import Experiment
from neat.runs.replay import replay
from neat.store.history import OPEN_RUN, History

_ELSEWHERE = -1  # instead of a species: the genome came from another island
_MOST_PLACES = 4  # that are named, of those where offspring went


@dataclass(frozen=True)
class Fate:
    """What happened to one species.

    Attributes:
        id: the id of the species.
        size, after: its numbers of genomes in this generation (0 if it is new) and in the next (0 if it died out).
        share: its share of the offspring of all species that may breed, 0 to 1; 0 if it may not breed.
        offspring: how many offspring it got, with the samples of its genome that is tuned.
        went: how many of its offspring joined each species, by the id of the species, including itself.
        joined: how many offspring of other species joined it.
        words: the explanation, in sentences.
    """

    id: int
    size: int
    after: int
    share: float
    offspring: int
    went: Mapping[int, int]
    joined: int
    words: str

    @property
    def stayed(self) -> int:
        """How many of its offspring joined it."""
        return self.went.get(self.id, 0)

    @property
    def verdict(self) -> str:
        """`new`, `died`, `grew`, `shrank` or `kept` (its size)."""
        if self.size == 0:
            return "new"
        if self.after == 0:
            return "died"
        return "kept" if self.after == self.size else "grew" if self.after > self.size else "shrank"


@dataclass(frozen=True)
class Explanation:
    """What happened to the species of a generation.

    Attributes:
        generation: the number of the generation.
        words: sentences about the whole population.
        fates: what happened to each species; new species are last.
    """

    generation: int
    words: tuple[str, ...]
    fates: tuple[Fate, ...]


def explain_run(
    history: History,
    number: int,
    problem: Problem | None = None,
    operators: Operators | None = None,
    *,
    trust: bool = False,
) -> Explanation:
    """Return what happened to the species of generation `number` of a run, computed again from a saved state.

    Args:
        history: a run, open.
        number: the number of the generation.
        problem: the problem, if the run was begun with one passed from Python.
        operators: the operators, if the run was begun with some passed from Python.
        trust: whether modules that the run's file names may be imported.

    Raises:
        NeatError: the run has no such generation, its problem cannot be made (see `neat.resume`), or what is
            computed is not what the run found.
        ProblemError: the problem failed.
    """
    _check_number(history, number)
    here = {**ANY_EXECUTION, "executor": "threads"}  # one generation is computed, wherever the run was
    experiment = Experiment.of_run(history, problem, operators, execution=here, trust=trust)
    return explain(_replayed(history, number, experiment), history.config, experiment.operators)


def _replayed(history: History, number: int, experiment: Experiment) -> Generation:
    """Return a generation of a run, computed again from the last state saved before it."""
    (row,) = history.generations(number, number)
    generation = next(replay(history, experiment, number), None)
    if generation is not None:
        found = (generation.best_fitness, generation.mean_fitness, len(generation.species), generation.evaluations)
        if found == (row.best, row.mean, row.species, row.evaluations):
            return generation
    raise NeatError(
        f"{history.folder}: generation {number}, computed again, differs from that of the run: its software, or "
        "the data that its problem reads, has changed"
    )


def _check_number(history: History, number: int) -> None:
    last = instance("history", history, History, OPEN_RUN).last
    if last is None or not FIRST_GENERATION <= whole("generation", number) <= last:
        existing = "none yet" if last is None else f"{FIRST_GENERATION} to {last}"
        raise NeatError(f"{history.folder}: has no generation {number} (it has {existing})")


def explain(generation: Generation, config: Config, operators: Operators | None = None) -> Explanation:
    """Return what happens to the species of a generation when it reproduces.

    Args:
        generation: the generation.
        config: the configuration of its run, with the seed.
        operators: the operators of its run; by default, those that the configuration names, and the built-in ones.

    Raises:
        NeatError: an argument is something else.
    """
    checked_config(config)
    instance("generation", generation, Generation, "a neat.Generation, as neat.evolve yields it")
    operators = operators_of(config) if operators is None else operators
    config = settings_for(generation, config)
    after = reproduce(generation, config, operators)
    operators = checked(operators, generation.state.innovations)
    phase = next_phase(generation.state.phase, generation.population, generation.number, config)
    fates = []
    for island in islands_of(generation, config):
        fates += _fates(island, after, phase, len(migrants_to(island.number, generation, config)), operators)
    old = generation.species.id.tolist()
    fates.sort(key=lambda fate: (fate.id not in old, fate.id))
    return Explanation(generation.number, tuple(_population(generation, after, config)), tuple(fates))


def _fates(island: Island, after: State, phase: Phase | None, arrived: int, operators: Operators) -> list[Fate]:
    """Return what happens to the species of an island, to which `arrived` genomes come from others."""
    rows = np.flatnonzero(after.species.island[after.species_index] == island.number)
    key = after.population.key[rows]
    born = key[key >= island.generation.state.next_key]  # the first of these keys decides the random numbers
    island = island.continued(island.generation.state.innovations, int(born[0])) if len(born) else island
    generation, config = island.generation, island.config
    steps = next_steps(generation, config)
    bred = config.population.size - sum(step.tuning.count for step in steps) - arrived
    offspring, _ = selected(generation, config, operators, bred, phase)
    own = np.flatnonzero(after.species.island == island.number)
    old, new = generation.species.id.tolist(), after.species.id[own].tolist()
    home = after.species.id[after.species_index[rows]]
    tuned = np.repeat(
        generation.state.species_index[[step.row for step in steps]].astype(np.int64),
        [step.tuning.count for step in steps],
    )  # the species of the tuned genomes, for every sample
    allotted = np.concatenate(
        [
            generation.species.id[offspring.species_index],
            np.full(arrived, _ELSEWHERE),
            generation.species.id[tuned],
        ]
    )
    counts = np.bincount(after.species_index, minlength=len(after.species))[own]
    sizes = dict(zip(new, counts.tolist(), strict=True))
    deserved = _deserved(generation, config)
    fates = []
    for place, (number, size) in enumerate(zip(old, generation.species_sizes.tolist(), strict=True)):
        given = int((allotted == number).sum())
        went = dict(Counter(home[allotted == number].tolist()))
        joined = sizes.get(number, 0) - went.get(number, 0)
        words = (
            _permission(generation, place, config),
            _offspring(offspring, place, given - int((tuned == place).sum()), bred, deserved[place]),
            _samples([step for step in steps if generation.state.species_index[step.row] == place], config),
            _destinations(number, given, went, joined),
        )
        text = " ".join(word for word in words if word)
        fates.append(Fate(number, size, sizes.get(number, 0), deserved[place], given, went, joined, text))
    for number in new:
        if number not in old:
            first = int(np.flatnonzero(home == number)[0])
            text = _origin(int(key[first]), int(allotted[first]), first, offspring, sizes[number])
            fates.append(Fate(number, 0, sizes[number], 0.0, 0, {}, sizes[number], text))
    return fates


def _deserved(generation: Generation, config: Config) -> list[float]:
    """Return the share of all offspring that each species is entitled to: 0 if it may not breed."""
    score = generation.evaluation.scores
    may_breed, _ = species_that_may_breed(generation, score, config.reproduction)
    share = np.where(may_breed, shares(score, generation.state.species_index, len(may_breed), config.reproduction), 0.0)
    total = float(share.sum())
    even = np.where(may_breed, 1.0 / may_breed.sum(), 0.0)
    parts: list[float] = (share / total if total > 0.0 else even).tolist()
    return parts


def _population(generation: Generation, after: State, config: Config) -> list[str]:
    """Return sentences about the whole population."""
    rules, number, species = config.reproduction, generation.number, len(generation.species)
    best, mean = f"{generation.best_fitness:.6g}", f"{generation.mean_fitness:.6g}"
    words = [f"Best fitness {best}, mean {mean}; {species} species."]
    if (count := islands_keys(config).count) > 1:
        words.append(f"They live on {count} islands, each of which breeds by itself.")
    idle = number - generation.progress
    if rules.population_stagnation and idle >= rules.population_stagnation:
        words.append(
            f"The population has made no progress for {idle} generations (the limit is {rules.population_stagnation}): "
            "this time, only the two best species and the species of the best genome may breed."
        )
    target, old = target_species(generation.population, config.speciation), generation.state.threshold
    if count > 1:
        target = None  # each island has its own
    if target is not None and config.speciation.speciate:
        changes = f"stays at {old:.4g}" if after.threshold == old else f"goes from {old:.4g} to {after.threshold:.4g}"
        words.append(f"The target is {target} species, so the distance threshold {changes}.")
        most = target_species(after.population, config.speciation) or target
        if len(after.species) >= MOST_SPECIES * most:
            words.append(
                "There are so many species that no more are created: a genome that fits none joins the nearest."
            )
    if config.speciation.speciate:
        which = "the first species (by number)" if config.speciation.join == "first" else "the nearest species"
        words.append(
            f"An offspring joins {which} whose representative, a random genome of this generation, is within the "
            "threshold."
        )
    return words


def _permission(generation: Generation, place: int, config: Config) -> str:
    """Return why a species may breed or not, unless it is obvious."""
    rules, species, number = config.reproduction, generation.species, generation.number
    score = generation.evaluation.scores
    may_breed, _ = species_that_may_breed(generation, score, config.reproduction)
    idle = number - int(species.progress[place])
    holds_best = generation.state.species_index[generation.best] == place
    halted = rules.population_stagnation and number - generation.progress >= rules.population_stagnation
    if halted:
        return "" if may_breed[place] else "It is not one of the species that may breed."
    if idle < rules.stagnation:
        return ""
    since = f"It has made no progress for {idle} generations (the limit is {rules.stagnation})"
    if not may_breed[place]:
        best = f", is not one of the {rules.species_elitism} best" if rules.species_elitism else ""
        return f"{since}{best}, and does not contain the best genome, so it may not breed."
    why = "it contains the best genome" if holds_best else f"it is one of the {rules.species_elitism} best"
    return f"{since}, but {why}, so it may breed."


def _offspring(offspring: Offspring, place: int, given: int, size: int, deserved: float) -> str:
    """Return how many offspring a species got, and why."""
    if deserved == 0.0 and not given:
        return ""
    quota = deserved * size
    elite = bool((offspring.elite & (offspring.species_index == place)).any())
    copy = f"; {'it is' if given == 1 else 'one of them is'} an unchanged copy of its champion" if elite else ""
    exact = f"{quota:.1f} of {size} offspring"
    rounded = "" if f"{quota:.1f}" == f"{given}.0" else f", rounded to {given}"
    return f"Its share is {100 * deserved:.1f} %: {exact}{rounded}{copy}."


def _samples(steps: list[Step], config: Config) -> str:
    """Return which genomes of a species are tuned, and by how many samples."""
    method = tuning_keys(config).method
    return " ".join(
        f"{step.tuning.count} genomes are samples around genome {step.tuning.parent}, which is tuned by {method}."
        for step in steps
    )


def _destinations(number: int, given: int, went: Mapping[int, int], joined: int) -> str:
    """Return which species the offspring of a species joined, and how many of others joined it."""
    if not given:
        return ""
    stayed = went.get(number, 0)
    if stayed == given:
        words = "All of them stayed" if given > 1 else "It stayed"
    else:
        others = sorted((other for other in went if other != number), key=lambda other: (-went[other], other))
        places = ", ".join(f"species {other} ({went[other]})" for other in others[:_MOST_PLACES])
        more = f" and {len(others) - _MOST_PLACES} more" if len(others) > _MOST_PLACES else ""
        words = f"{stayed} of them stayed; the others" if stayed else "None of them stayed: they"
        words = f"{words} joined {places}{more}"
    return f"{words}{f'; {joined} came from other species' if joined else ''}."


def _origin(key: int, mother: int, first: int, offspring: Offspring, size: int) -> str:
    """Return which genome founded a new species of `size` genomes: its first one, number `first` of its island."""
    more = f"; {size - 1} more joined it" if size > 1 else ""
    if mother == _ELSEWHERE:
        return f"Genome {key}, a copy of a genome of another island, was too far from every representative{more}."
    what = "an offspring"
    if first >= len(offspring.elite):
        what = "a sample of the tuned genome"
    elif offspring.elite[first]:
        what = "the champion"
    return f"Genome {key}, {what} of species {mother}, was too far from every representative{more}."
