"""Checks of a saved state: of every value that is used as an index, a size, a count or a code.

A checksum detects accidents, but anyone can compute one, and kernels do not check their indices. Therefore a state from
a file is used only if it satisfies every rule that the engine's own states satisfy. The checks are vectorised and take
less time than reading the state.
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
from neat.config.sections import MOST_STEPS
from neat.config.written import format_value
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.json_text import load_json
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.state import Champion, State
from neat.genetics.genome import names
from neat.genetics.innovation import Innovations
from neat.genetics.population import (
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    START_DTYPES,
    Layout,
    Population,
)
from neat.genetics.speciation import MOST_SPECIES, target_species
from neat.problems.protocol import MOST_BYTES
from neat.store.rows import Before

_MOST_NODES = 2**31 - 1  # node ids are int32
_LONGEST_LAYOUT = 1 << 24  # characters: of a hundred thousand inputs with long names
_INT, _FLOAT, _BOOL = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.bool_)

#: The dtype and shape of every array that a state may have. The same word stands for the same length.
_ARRAYS: dict[str, tuple[np.dtype[Any], tuple[str, ...]]] = {
    **{f"population.{name}": (dtype, ("connections",)) for name, dtype in CONNECTION_DTYPES.items()},
    **{f"population.{name}": (dtype, ("nodes",)) for name, dtype in NODE_DTYPES.items()},
    **{f"population.{name}": (dtype, ("genomes",)) for name, dtype in GENOME_DTYPES.items()},
    **{f"population.{name}": (dtype, ("starts",)) for name, dtype in START_DTYPES.items()},
    "population.parents": (GENOME_DTYPES["parents"], ("genomes", "two")),
    **{f"species.{name}": (_INT, ("species",)) for name in ("id", "born", "progress", "representative")},
    "species.best": (_FLOAT, ("species",)),
    "member": (_INT, ("genomes",)),
    "known": (_BOOL, ("genomes",)),
    "checked": (_BOOL, ("genomes",)),
    "remembered.fitness": (_FLOAT, ("remembered",)),
    "remembered.solved": (_BOOL, ("remembered",)),
}
_OWN_NAMES = ("remembered.columns.", "carry.")  # prefixes of arrays that a problem names

#: The description of a rule, and whether it holds.
Rule = tuple[str, Any]


def read_layout(text: str) -> Layout:
    """Return the layout of a run's genomes from its JSON text.

    Raises:
        NeatError: no network can have this layout.
        ValueError, TypeError, KeyError, RecursionError: it is not the JSON text of a layout.
    """
    form = load_json(text, _LONGEST_LAYOUT)
    inputs, outputs, bias_node, max_steps, memory = (form[field.name] for field in fields(Layout))
    types = [type(value) for value in (inputs, outputs, bias_node, max_steps, memory)]
    if types != [list, list, bool, int, bool] or not 0 <= max_steps <= MOST_STEPS:
        raise NeatError("its layout is not that of a network")
    return Layout(names(inputs, "x"), names(outputs, "y"), bias_node, max_steps, memory)


def check_arrays(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Check the dtypes and shapes of a state's arrays, given by their names in the file.

    Raises:
        NeatError: an array has a dtype or shape that does not fit its name.
    """
    sizes = {"two": 2}
    for name, array in arrays.items():
        if name.startswith(_OWN_NAMES):
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
    for name, array in champion.needs.items():
        if not _holds_numbers(array) or not np.isfinite(array).all():
            raise NeatError(
                f"{format_value(name)} of the champion of generation {champion.generation} must hold finite numbers"
            )


def check_state(state: State, before: Before) -> None:
    """Check every value of a state whose arrays have passed `check_arrays`.

    `before` holds the numbers of keys, connections and nodes that were given out before this generation.

    Raises:
        NeatError: a rule is violated; the message names it.
    """
    population, innovations = state.population, state.innovations
    for rule, holds in chain(  # in this order: later rules rely on earlier ones
        _rules_of_innovations(innovations, population.layout),
        _rules_of_genomes(population, innovations),
        _rules_of_keys(state, before),
        _rules_of_species(state),
        _rules_of_the_run(state),
    ):
        if not holds:
            raise NeatError(f"wrong values: {rule}")


def check_fit(state: State, config: Config, layout: Layout) -> None:
    """Check that a state fits the configuration of its run and the layout of genomes for its problem.

    Raises:
        NeatError: it does not fit; the message says what differs.
    """
    own = state.population.layout
    for what, theirs, wanted in (
        ("inputs", own.inputs, layout.inputs),
        ("outputs", own.outputs, layout.outputs),
    ):
        if theirs != wanted:
            raise NeatError(
                f"its genomes have the {what} {format_value(', '.join(theirs))}, the problem has "
                f"{format_value(', '.join(wanted))} "
                "(resume it with the problem that it was begun with)"
            )
    target, most = target_species(config.population.size, config), len(state.population)
    if config.speciation.speciate and target is not None:
        most = MOST_SPECIES * target
    if own != layout or len(state.population) != config.population.size or len(state.species) > most:
        raise NeatError(
            f"the state of generation {state.generation} is corrupt and cannot be resumed (it does not fit the "
            "configuration of its run)"
        )


def _rules_of_innovations(innovations: Innovations, layout: Layout) -> Iterator[Rule]:
    source, target, split, turn = innovations.to_arrays().values()
    nodes = layout.given + innovations.nodes
    yield "the first hidden node", innovations.first_node == layout.given and nodes <= _MOST_NODES
    yield "ends of innovations", _within(source, 0, nodes) and _within(target, layout.sources, nodes)
    yield "an innovation that is numbered twice", _are_unique(source, target)
    own = split >= 0
    yield "the connections that hidden nodes split", _within(split, -1, innovations.connections)
    yield "the turns of hidden nodes", np.all((turn >= 0) == own) and np.all(turn[~own] == -1)
    yield "a hidden node that is numbered twice", _are_unique(split[own], turn[own])


def _rules_of_genomes(population: Population, innovations: Innovations) -> Iterator[Rule]:
    size, given = len(population), population.layout.given
    begin, node_begin = population.connection_start, population.node_start
    counts, node_counts = np.diff(begin), np.diff(node_begin)
    yield "no genomes", size > 0
    yield "where the nodes of genomes start", np.all(node_counts >= given)  # all else of starts `Population` checks
    nodes = given + innovations.nodes
    node, first = population.node, node_begin[:-1]
    yield "innovation numbers", _within(population.innovation, 0, innovations.connections)
    yield "the order of innovation numbers", _rise_within(population.innovation, begin)
    yield "the order of node ids", _rise_within(node, node_begin)
    # Ids that increase from 0 to given - 1 in as many rows include all of them.
    yield "inputs and outputs of genomes", np.all(node[first] == 0) and np.all(node[first + given - 1] == given - 1)
    yield "node ids", _within(node, 0, nodes)
    owner, node_owner = np.repeat(np.arange(size), counts), np.repeat(np.arange(size), node_counts)
    there = (node_owner * nodes + node)[node >= given]  # rises
    for end in (population.source, population.target):
        hidden = end >= given
        yield "a connection of a node that its genome lacks", _contains(there, (owner * nodes + end)[hidden])
    for name in ("weight", "bias", "response"):
        yield name, np.all(np.abs(getattr(population, name)) <= VALUE_LIMIT)  # nan is not
    for name, table in (("activation", ACTIVATION_TABLE), ("aggregation", AGGREGATION_TABLE)):
        known = np.zeros(256, np.bool_)
        known[[*table.codes]] = True
        yield f"the code of an {name}", known[getattr(population, name)].all()


def _rules_of_keys(state: State, before: Before) -> Iterator[Rule]:
    key, parents, innovations = state.population.key, state.population.parents, state.innovations
    size, born = len(key), state.next_key - before.next_key
    yield "the number of the generation", state.generation >= FIRST_GENERATION
    yield "the next key", 0 <= born <= size and 0 <= before.next_key <= size * _generations_before(state)
    elites, children = key[: size - born], key[size - born :]
    yield "keys", np.array_equal(children, np.arange(before.next_key, state.next_key))
    yield "keys of elites", _within(elites, 0, before.next_key) and len(np.unique(elites)) == len(elites)
    older = np.minimum(key, before.next_key)[:, None]
    yield "parents", np.all((parents >= -1) & (parents < older))
    yield "a second parent without a first", np.all((parents[:, 0] >= 0) | (parents[:, 1] < 0))
    yield "the number of connections", 0 <= before.connections <= innovations.connections
    yield "the number of nodes", 0 <= before.nodes <= innovations.nodes
    yield "newborn genomes that are evaluated already", not state.known[size - born :].any()


def _rules_of_species(state: State) -> Iterator[Rule]:
    species, size, count = state.species, len(state.population), len(state.species)
    yield "the number of species", 1 <= count <= size
    yield "the species of genomes", _within(state.species_index, 0, count)
    yield "a species without genomes", np.bincount(state.species_index, minlength=count).all()
    yield "the next species", 0 <= state.next_species <= size * (_generations_before(state) + 1)
    yield "ids of species", _within(species.id, 0, state.next_species) and np.all(np.diff(species.id) > 0)
    yield "births of species", _within(species.born, FIRST_GENERATION, state.generation + 1)
    progress = _within(species.progress, FIRST_GENERATION, state.generation + 1)
    yield "progress of species", progress and np.all(species.born <= species.progress)
    yield "records of species", not np.isnan(species.best).any()
    yield "representatives", _within(species.representative, 0, state.next_key)
    yield "the threshold", state.threshold > 0.0


def _rules_of_the_run(state: State) -> Iterator[Rule]:
    size, remembered, champion, number = len(state.population), state.remembered, state.champion, state.generation
    yield "progress", 0 <= state.progress <= number
    yield "the record", not math.isnan(state.best)
    yield "evaluations", 0 <= state.evaluations <= size * _generations_before(state)
    yield "failures", 0 <= state.failures <= size * _generations_before(state)
    yield "what is remembered", (remembered is not None) == bool(state.known.any())
    if remembered is not None:
        remembered.check(int(state.known.sum()))
        yield "a fitness that is remembered", np.isfinite(remembered.fitness).all()
    yield "the champion", (champion is not None) == (number > FIRST_GENERATION)
    if champion is not None:
        yield "the champion's generation", FIRST_GENERATION <= champion.generation < number
        yield "the champion's inputs and outputs", champion.genome.layout == state.population.layout
        yield "the champion's key", champion.genome.key < state.next_key


def _generations_before(state: State) -> int:
    return state.generation - FIRST_GENERATION


def _holds_numbers(array: NDArray[Any]) -> bool:
    """Return whether a problem may keep such an array."""
    return array.dtype.kind in "biuf" and array.dtype.itemsize <= MOST_BYTES


def _within(values: NDArray[Any], low: int, end: int) -> bool:
    """Return whether low <= value < end for all values."""
    return not len(values) or bool(low <= values.min() and values.max() < end)


def _rise_within(values: NDArray[Any], start: NDArray[np.int64]) -> bool:
    """Return whether the values increase strictly from each start to the next."""
    rises = values[1:] > values[:-1]
    inner = start[(start > 0) & (start < len(values))]
    rises[inner - 1] = True
    return bool(rises.all())


def _are_unique(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Return whether no pair (first[i], second[i]) occurs twice."""
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    return not np.any((first[1:] == first[:-1]) & (second[1:] == second[:-1]))


def _contains(rising: NDArray[np.int64], wanted: NDArray[np.int64]) -> bool:
    """Return whether strictly increasing values contain all wanted values."""
    if not len(wanted):
        return True
    place = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    return len(rising) > 0 and bool(np.all(rising[place] == wanted))
