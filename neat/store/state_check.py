"""Checks of a saved state: every value that is used as an index, a size, a count or a code.

A checksum detects accidental damage, but anyone can compute one, and kernels do not check their indices. A state from a
file is therefore used only if it satisfies all rules below. The checks are vectorised and take less time than reading
the state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.formatting import format_value
from neat.config.sections import MAX_STEPS
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.islands import islands_keys, total_size
from neat.evolution.state import Champion, State
from neat.evolution.tuning import FEWEST_SAMPLES
from neat.evolution.tuning_kernels import LARGEST_STEP
from neat.genetics.consistency import Rule, rules_of_genomes, rules_of_innovations, within
from neat.genetics.genome import names
from neat.genetics.population import (
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    START_DTYPES,
    Layout,
    Population,
)
from neat.genetics.speciation import MOST_SPECIES, most_species
from neat.problems.evaluation import MOST_BYTES, MOST_LEARNING_EVALUATIONS
from neat.store.race_arrays import RACE_ARRAYS, STATES, rules_of_race
from neat.store.rows import Counters

_LONGEST_LAYOUT = 1 << 24  # characters: a hundred thousand inputs with long names
_INT, _FLOAT, _BOOL = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.bool_)

#: The dtype and shape of every array that a state may have. Equal words in a shape stand for equal lengths.
_ARRAYS: dict[str, tuple[np.dtype[Any], tuple[str, ...]]] = {
    **{f"population.{name}": (dtype, ("connections",)) for name, dtype in CONNECTION_DTYPES.items()},
    **{f"population.{name}": (dtype, ("nodes",)) for name, dtype in NODE_DTYPES.items()},
    **{f"population.{name}": (dtype, ("genomes",)) for name, dtype in GENOME_DTYPES.items()},
    **{f"population.{name}": (dtype, ("starts",)) for name, dtype in START_DTYPES.items()},
    "population.parents": (GENOME_DTYPES["parents"], ("genomes", "two")),
    **{f"species.{name}": (_INT, ("species",)) for name in ("id", "born", "progress", "representative", "island")},
    "species.best": (_FLOAT, ("species",)),
    "member": (_INT, ("genomes",)),
    "known": (_BOOL, ("genomes",)),
    "checked": (_BOOL, ("genomes",)),
    "remembered.fitness": (_FLOAT, ("remembered",)),
    "remembered.solved": (_BOOL, ("remembered",)),
    "phase": (_FLOAT, ("four",)),
    **{f"tuning.{name}": (_INT, ("tunings",)) for name in ("parent", "began", "first_key", "count", "size")},
    "tuning.sigma": (_FLOAT, ("tunings",)),
    **{f"tuning.{name}": (_FLOAT, ("tuned",)) for name in ("mean", "variance", "path", "step_path")},
    **RACE_ARRAYS,
}
_LARGEST_SQUARE = 1e100  # of variances and paths; the engine writes far smaller ones
_PROBLEM_ARRAYS = ("remembered.columns.", "carry.", STATES)  # prefixes of arrays that the problem defines


def read_layout(text: str) -> Layout:
    """Return the layout of a run's genomes from its JSON text.

    Raises:
        NeatError: the layout is not valid.
        ValueError, TypeError, KeyError, RecursionError: the text is not the JSON text of a layout.
    """
    form = load_json(text, _LONGEST_LAYOUT)
    inputs, outputs, bias_node, max_steps, memory = (form[field.name] for field in fields(Layout))
    types = [type(value) for value in (inputs, outputs, bias_node, max_steps, memory)]
    if types != [list, list, bool, int, bool] or not 0 <= max_steps <= MAX_STEPS:
        raise NeatError("its layout is invalid")
    return Layout(names(inputs, "x"), names(outputs, "y"), bias_node, max_steps, memory)


def check_arrays(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Check the dtypes and shapes of a state's arrays, given by their names in the file.

    Raises:
        NeatError: an array has a dtype or shape that does not fit its name.
    """
    sizes = {"two": 2, "three": 3, "four": 4}
    for name, array in arrays.items():
        if name.startswith(_PROBLEM_ARRAYS):
            fits = _holds_numbers(array)
        else:
            dtype, shape = _ARRAYS.get(name, (None, ()))
            fits = (
                array.dtype == dtype
                and array.ndim == len(shape)
                and all(sizes.setdefault(word, size) == size for word, size in zip(shape, array.shape, strict=True))
            )
        if not fits:
            raise NeatError(f"{format_value(name)} is an array of {array.dtype} with shape {array.shape}")


def check_champion(champion: Champion, key: int) -> None:
    """Check a champion whose genome has been read, against the key in its row.

    Raises:
        NeatError: a rule is violated; the message names it.
    """
    if champion.genome.key != key or not math.isfinite(champion.fitness):
        raise NeatError(f"the champion of generation {champion.generation} has the wrong key, or no finite fitness")
    if champion.retests < 0 or not 0.0 <= champion.deviation < math.inf:
        raise NeatError(f"the re-tests of the champion of generation {champion.generation} are not valid")
    for name, array in champion.preprocessing.items():
        if not _holds_numbers(array) or not np.isfinite(array).all():
            raise NeatError(
                f"{format_value(name)} of the champion of generation {champion.generation} must hold finite numbers"
            )


def check_state(state: State, before: Counters) -> None:
    """Check every value of a state whose arrays have passed `check_arrays`; `before` are the counters before it.

    Raises:
        NeatError: a rule is violated; the message names it.
    """
    population, innovations = state.population, state.innovations
    for rule, holds in chain(  # in this order, since later rules rely on earlier ones
        rules_of_innovations(innovations, population.layout),
        rules_of_genomes(population, innovations),
        _rules_of_keys(state, before),
        _rules_of_species(state),
        _rules_of_the_run(state),
        _rules_of_tunings(state, before),
        rules_of_race(state, before),
    ):
        if not holds:
            raise NeatError(f"wrong values: {rule}")


def check_fit(state: State, config: Config, layout: Layout) -> None:
    """Check that a state fits the configuration of its run and the layout of genomes for its problem.

    Raises:
        NeatError: it does not fit; the message says what differs.
    """
    saved = state.population.layout
    for what, found, wanted in (("inputs", saved.inputs, layout.inputs), ("outputs", saved.outputs, layout.outputs)):
        if found != wanted:
            raise NeatError(
                f"its genomes have the {what} {format_value(', '.join(found))}, the problem has "
                f"{format_value(', '.join(wanted))} (resume it with the problem with which it was started)"
            )
    target, most = most_species(config.population.size, config.speciation), config.population.size
    if config.speciation.speciate and target is not None:
        most = MOST_SPECIES * target
    island, islands = state.species.island, islands_keys(config).count
    fits = saved == layout and len(state.population) == total_size(config) and len(state.species) <= most * islands
    if fits and within(island, 0, islands):
        fits = bool((np.bincount(island[state.species_index], minlength=islands) == config.population.size).all())
    if not fits or not within(island, 0, islands):
        raise NeatError(
            f"the state of generation {state.generation} is corrupt and cannot be resumed (it does not fit the "
            "configuration of its run)"
        )


def _rules_of_keys(state: State, before: Counters) -> Iterator[Rule]:
    key, parents, innovations = state.population.key, state.population.parents, state.innovations
    size, born = len(key), state.next_key - before.next_key
    yield "the number of the generation", state.generation >= FIRST_GENERATION
    yield "the next key", 0 <= born <= size and 0 <= before.next_key <= size * _generations_before(state)
    elites, children = key[: size - born], key[size - born :]
    yield "keys", np.array_equal(children, np.arange(before.next_key, state.next_key))
    yield "keys of elites", within(elites, 0, before.next_key) and len(np.unique(elites)) == len(elites)
    older = np.minimum(key, before.next_key)[:, None]
    yield "parents", np.all((parents >= -1) & (parents < older))
    yield "a second parent without a first", np.all((parents[:, 0] >= 0) | (parents[:, 1] < 0))
    yield "the number of connections", 0 <= before.connections <= innovations.connections
    yield "the number of nodes", 0 <= before.nodes <= innovations.nodes
    yield "new genomes that are evaluated already", not state.known[size - born :].any()


def _rules_of_species(state: State) -> Iterator[Rule]:
    species, size, count = state.species, len(state.population), len(state.species)
    yield "the number of species", 1 <= count <= size
    yield "the species of genomes", within(state.species_index, 0, count)
    yield "a species without genomes", np.bincount(state.species_index, minlength=count).all()
    yield "the next species", 0 <= state.next_species <= size * (_generations_before(state) + 1)
    yield "ids of species", within(species.id, 0, state.next_species) and np.all(np.diff(species.id) > 0)
    yield "births of species", within(species.born, FIRST_GENERATION, state.generation + 1)
    progress = within(species.progress, FIRST_GENERATION, state.generation + 1)
    yield "progress of species", progress and np.all(species.born <= species.progress)
    yield "records of species", not np.isnan(species.best).any()
    yield "representatives", within(species.representative, 0, state.next_key)
    yield "the threshold", state.threshold > 0.0


def _rules_of_the_run(state: State) -> Iterator[Rule]:
    size, remembered, champion, number = len(state.population), state.remembered, state.champion, state.generation
    yield "progress", 0 <= state.progress <= number
    yield "the record", not math.isnan(state.best)
    most = size + MOST_LEARNING_EVALUATIONS
    yield "evaluations", 0 <= state.evaluations <= most * _generations_before(state)
    yield "failures", 0 <= state.failures <= size * _generations_before(state)
    yield "the remembered evaluation", (remembered is not None) == bool(state.known.any())
    if remembered is not None:
        remembered.check(int(state.known.sum()))
        yield "a remembered fitness", np.isfinite(remembered.fitness).all()
    if state.phase is not None:
        yield "the phase of growth", np.isfinite(state.phase).all()
        yield "the generation of the phase", FIRST_GENERATION <= state.phase.since < number
    yield "the champion", (champion is not None) == (number > FIRST_GENERATION)
    if champion is not None:
        yield "the champion's generation", FIRST_GENERATION <= champion.generation < number
        yield "the champion's inputs and outputs", champion.genome.layout == state.population.layout
        yield "the champion's key", champion.genome.key < state.next_key


def _rules_of_tunings(state: State, before: Counters) -> Iterator[Rule]:
    tunings, size = state.tunings, len(state.population)
    counts = [tuning.count for tuning in tunings]
    yield "the numbers of samples", all(count >= FEWEST_SAMPLES for count in counts) and sum(counts) <= size
    first = state.next_key - sum(counts)
    yield "the keys of samples", not tunings or first >= before.next_key
    for tuning in tunings:
        yield "the keys of samples", tuning.first_key == first
        row = size - (state.next_key - first)
        yield "the wiring of samples", _same_wiring(state.population, row, row + tuning.count)
        yield "the parent of samples", 0 <= tuning.parent < before.next_key
        yield "the beginning of a tuning", FIRST_GENERATION < tuning.began <= state.generation
        yield "the step size of a tuning", 0.0 < tuning.sigma <= LARGEST_STEP
        yield "the mean of a tuning", bool((np.abs(tuning.mean) <= VALUE_LIMIT).all())
        yield "the variances of a tuning", bool(((tuning.variance > 0.0) & (tuning.variance < _LARGEST_SQUARE)).all())
        for path in (tuning.path, tuning.step_path):
            yield "the paths of a tuning", bool((np.abs(path) < _LARGEST_SQUARE).all())
        first += tuning.count


def _same_wiring(population: Population, first: int, end: int) -> bool:
    """Return whether genomes `first` to `end` have the same connections, enabled or not, and the same nodes."""
    connections, nodes = (population.connection_start, ("innovation", "enabled")), (population.node_start, ("node",))
    for start, columns in (connections, nodes):
        begin, stop = int(start[first]), int(start[end])
        if len(set(np.diff(start[first : end + 1]).tolist())) != 1:
            return False
        for name in columns:
            rows = getattr(population, name)[begin:stop].reshape(end - first, -1)
            if (rows != rows[:1]).any():
                return False
    return True


def _generations_before(state: State) -> int:
    return state.generation - FIRST_GENERATION


def _holds_numbers(array: NDArray[Any]) -> bool:
    """Return whether a run's file may hold such an array of a problem."""
    return array.dtype.kind in "biuf" and array.dtype.itemsize <= MOST_BYTES
