"""The arrays in which a state's race is saved, all with names that begin with `retest.`, and the rules they satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.randomness import FIRST_GENERATION
from neat.evolution.race import LEAST_RETESTS, NO_GENOME, Race
from neat.evolution.retesting import MOST_CANDIDATES, MOST_CONFIRMATIONS, MOST_RETESTS
from neat.evolution.state import State
from neat.genetics.consistency import Rule, rules_of_genomes, within
from neat.genetics.population import (
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    START_DTYPES,
    Population,
    freeze,
)
from neat.store.rows import Counters

PREFIX = "retest."
STATES = f"{PREFIX}state."  # the prefix of arrays that the problem defines; the generation and the name follow

_GENOMES = f"{PREFIX}population."
_INT, _FLOAT, _BOOL = np.dtype(np.int64), np.dtype(np.float64), np.dtype(np.bool_)
_MOST = 2**62  # re-tests, and what is left of a budget for them
_COLUMNS: dict[str, tuple[np.dtype[Any], str]] = {
    "entered": (_INT, "candidates"),
    "solved": (_BOOL, "candidates"),
    "counts": (_INT, "candidates"),
    "results": (_FLOAT, "results"),
    "confirmed": (_FLOAT, "confirmed"),
    "evaluations": (_INT, "genomes"),
    "means": (_FLOAT, "genomes"),
    "tried": (_BOOL, "genomes"),
    "level": (_FLOAT, "species"),
}

#: The dtype and shape of every array but the problem's, as in `neat.store.state_check`.
RACE_ARRAYS: dict[str, tuple[np.dtype[Any], tuple[str, ...]]] = {
    **{f"{PREFIX}{name}": (dtype, (length,)) for name, (dtype, length) in _COLUMNS.items()},
    f"{PREFIX}numbers": (_INT, ("three",)),
    f"{PREFIX}budgets": (_FLOAT, ("two",)),
    **{f"{_GENOMES}{name}": (dtype, ("candidate connections",)) for name, dtype in CONNECTION_DTYPES.items()},
    **{f"{_GENOMES}{name}": (dtype, ("candidate nodes",)) for name, dtype in NODE_DTYPES.items()},
    **{f"{_GENOMES}{name}": (dtype, ("candidates",)) for name, dtype in GENOME_DTYPES.items()},
    **{f"{_GENOMES}{name}": (dtype, ("candidate starts",)) for name, dtype in START_DTYPES.items()},
    f"{_GENOMES}parents": (GENOME_DTYPES["parents"], ("candidates", "two")),
}


def race_arrays(
    race: Race | None, columns_of: Callable[[Population], Mapping[str, NDArray[Any]]]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a race by their names in the file; `columns_of` returns those of a population."""
    if race is None:
        return
    for name in _COLUMNS:
        yield f"{PREFIX}{name}", getattr(race, name)
    yield f"{PREFIX}numbers", np.array([race.leader_key, race.champion, race.retests], np.int64)
    yield f"{PREFIX}budgets", np.array([race.budget, race.reserve])
    if race.population is not None:
        for name, column in columns_of(race.population).items():
            yield f"{_GENOMES}{name}", column
    for generation, state in race.states.items():
        for name, values in state.items():
            yield f"{STATES}{generation}.{name}", values


def race_of(
    arrays: Mapping[str, NDArray[Any]], population_of: Callable[[Mapping[str, NDArray[Any]]], Population]
) -> Race | None:
    """Return the race that arrays describe, None if there is none; `population_of` makes a population from columns.

    Raises:
        KeyError: an array is missing.
        ValueError: the name of an array is not one that `race_arrays` gives.
        NeatError: the columns of genomes do not fit together.
    """
    if not any(name.startswith(PREFIX) for name in arrays):
        return None
    columns: dict[str, Any] = {name: freeze(arrays[f"{PREFIX}{name}"], dtype) for name, (dtype, _) in _COLUMNS.items()}
    leader_key, champion, retests = arrays[f"{PREFIX}numbers"].tolist()
    budget, reserve = arrays[f"{PREFIX}budgets"].tolist()
    genomes = {name.removeprefix(_GENOMES): array for name, array in arrays.items() if name.startswith(_GENOMES)}
    states: dict[int, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        if name.startswith(STATES):
            number, _, own = name.removeprefix(STATES).partition(".")
            array.setflags(write=False)
            states.setdefault(int(number), {})[own] = array
    return Race(
        population=population_of(genomes) if genomes else None,
        leader_key=leader_key,
        champion=champion,
        retests=retests,
        budget=budget,
        reserve=reserve,
        states=states,
        **columns,
    )


def rules_of_race(state: State, before: Counters) -> Iterator[Rule]:
    """Yield the rules that a state's race must satisfy; `before` are the counters before the state's generation."""
    race = state.race
    if race is None:
        return
    count, size, born = len(race), len(state.population), state.next_key - before.next_key
    yield "the number of candidates", count <= MOST_CANDIDATES + 1 and (race.population is None) == (count == 0)
    counted = within(race.counts, 1, MOST_RETESTS + 1)
    yield "the numbers of re-tests", counted and int(race.counts.sum()) == len(race.results)
    yield "the results of re-tests", np.isfinite(race.results).all() and np.isfinite(race.confirmed).all()
    yield "the re-tests of the champion", len(race.confirmed) <= MOST_CONFIRMATIONS
    leads = race.population is not None and race.leader_key in race.population.key.tolist()
    enough = leads and race.counts[race.leader] >= LEAST_RETESTS
    yield "the leader of the race", race.leader_key == NO_GENOME or enough
    yield (
        "the champion of the race",
        (NO_GENOME <= race.champion < before.next_key and (race.champion == NO_GENOME) == (len(race.confirmed) == 0)),
    )
    yield "when candidates entered", within(race.entered, FIRST_GENERATION, state.generation)
    yield "the problem states of candidates", set(race.states) <= set(race.entered.tolist())
    yield "the budget of re-tests", abs(race.budget) <= _MOST and abs(race.reserve) <= _MOST
    yield "the number of all re-tests", 0 <= race.retests <= _MOST
    lengths = len(race.evaluations) == len(race.means) == len(race.tried) == size and len(race.level) == len(
        state.species
    )
    yield "the evaluations of genomes", lengths and within(race.evaluations, 0, _MOST)
    new = slice(size - born, None)
    yield "the evaluations of new genomes", not race.evaluations[new].any() and not race.tried[new].any()
    yield "the mean fitness of genomes", np.isfinite(race.means).all()
    yield "the level of species", not np.isnan(race.level).any() and not np.isposinf(race.level).any()
    if race.population is not None:
        key, parents = race.population.key, race.population.parents
        yield "keys of candidates", within(key, 0, before.next_key) and len(np.unique(key)) == count == len(key)
        yield "parents of candidates", np.all((parents >= -1) & (parents < key[:, None]))
        for rule, holds in rules_of_genomes(race.population, state.innovations):
            yield f"{rule} of candidates", holds
