"""Saving a state in a run's file, with a checksum, and loading it again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.custom_functions import custom_activations, custom_aggregations
from neat.config.sections import GenomeKeys
from neat.core.errors import NeatError
from neat.core.function_codes import from_local, to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE, FunctionTable
from neat.core.json_text import load_json
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.complexity import Phase
from neat.evolution.state import Champion, Species, State
from neat.evolution.strategy import Tuning
from neat.genetics.genome import Genome
from neat.genetics.innovation import Innovations
from neat.genetics.population import (
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    START_DTYPES,
    Layout,
    Population,
    freeze,
)
from neat.problems.evaluation import Evaluation, Validation
from neat.store.blobs import Row, load_arrays, pack, unpack
from neat.store.race_arrays import race_arrays, race_of
from neat.store.rows import Counters
from neat.store.state_check import check_arrays, check_champion, check_state

_LONGEST_DETAILS = 1 << 22  # characters: a hundred thousand numbers
_ENDS = ("source", "target")  # of connections; not saved, since the innovations hold them
_POPULATION = tuple(
    name for name in (*START_DTYPES, *CONNECTION_DTYPES, *NODE_DTYPES, *GENOME_DTYPES) if name not in _ENDS
)
_SPECIES = ("id", "born", "progress", "best", "representative")
_TUNING_NUMBERS = ("parent", "began", "first_key", "count", "sigma")
_TUNING_VECTORS = ("mean", "variance", "path", "step_path")
_LONGEST_REASON = 200  # characters
_INNOVATIONS = {"source": "<i4", "target": "<i4", "split": "<i8", "turn": "<i8"}


def checkpoint_rows(state: State, genome: GenomeKeys) -> tuple[Row, list[Row]]:
    """Return the row of `checkpoint` and the rows of `array` in which a state is saved.

    Custom functions have local codes there, in the order in which the `genome` section names them.

    Raises:
        NeatError: the problem state cannot be saved, or a genome has a function that `genome` does not name.
    """
    number, champion, innovations = state.generation, state.champion, state.innovations
    arrays = [("state", number, name, *pack(array, name)) for name, array in _arrays(state, genome)]
    scalars = (
        number, state.threshold, state.next_key, state.next_species, state.progress, state.best,
        None if champion is None else champion.generation, int(state.solved), state.evaluations,
        innovations.connections, innovations.nodes,
    )  # fmt: skip
    return (*scalars, _checksum(scalars, arrays, champion, innovations)), arrays


def load_state(
    connection: sqlite3.Connection, generation: int, layout: Layout, first_node: int, genome: GenomeKeys
) -> State:
    """Return the saved state of a generation.

    Raises:
        NeatError: there is none, or it is not one that the engine could have written.
    """
    row, arrays = saved_rows(connection, generation)
    try:
        return _state_of(connection, row, arrays, layout, first_node, genome)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, NeatError) as error:
        why = str(error)[:_LONGEST_REASON]
        raise NeatError(f"the state of generation {generation} is corrupt and cannot be resumed ({why})") from None


def saved_rows(connection: sqlite3.Connection, generation: int) -> tuple[Row, list[Row]]:
    """Return the rows in which a state is saved, as `checkpoint_rows` makes them.

    Raises:
        NeatError: no state of the generation is saved.
    """
    row = connection.execute("SELECT * FROM checkpoint WHERE generation = ?", (generation,)).fetchone()
    if row is None:
        raise NeatError(f"no state of generation {generation} is saved")
    arrays = connection.execute(
        "SELECT * FROM array WHERE owner = 'state' AND generation = ? ORDER BY rowid", (generation,)
    )
    return row, arrays.fetchall()


def _state_of(
    connection: sqlite3.Connection,
    row: Row,
    array_rows: list[Row],
    layout: Layout,
    first_node: int,
    genome: GenomeKeys,
) -> State:
    """Return the checked state that a row of `checkpoint` and its arrays describe."""
    generation, threshold, next_key, next_species, progress, best, champion, solved, evaluations = row[:9]
    before = counters_before(connection, generation)
    arrays = {name: unpack(dtype, shape, data, name) for _, _, name, dtype, shape, data in array_rows}
    check_arrays(arrays)
    innovations = load_innovations(connection, generation, first_node)
    (failures,) = connection.execute(
        "SELECT ifnull(sum(failed), 0) FROM generation WHERE generation < ?", (generation,)
    ).fetchone()
    numbered = innovations.to_arrays()

    def population_of(saved: Mapping[str, NDArray[Any]]) -> Population:
        columns = {name: saved[name] for name in _POPULATION}
        columns |= {name: from_local(table, columns[name], names) for name, table, names in _functions(genome)}
        columns |= {name: numbered[name][columns["innovation"]] for name in _ENDS}
        return Population(layout, **columns)

    state = State(
        generation=generation,
        population=population_of({name: arrays[f"population.{name}"] for name in _POPULATION}),
        innovations=innovations,
        threshold=threshold,
        next_key=next_key,
        known=arrays["known"],
        validated=arrays["checked"],
        species_index=freeze(arrays["member"], np.int64),
        species=_species(arrays),
        next_species=next_species,
        remembered=_remembered(arrays),
        progress=progress,
        best=best,
        champion=None if champion is None else load_champion(connection, champion),
        solved=bool(solved),
        evaluations=evaluations,
        failures=int(failures),
        problem_state=_named(arrays, "carry."),
        phase=Phase.of(arrays["phase"]) if "phase" in arrays else None,
        tunings=_tunings(arrays),
        race=race_of(arrays, population_of),
    )
    check_state(state, before)
    if (row, array_rows) != checkpoint_rows(state, genome):
        raise NeatError("its checksum does not match")
    return state


def counters_before(connection: sqlite3.Connection, generation: int) -> Counters:
    """Return the counters before a generation of a run.

    Raises:
        NeatError: the run has no generation before it.
    """
    row = connection.execute("SELECT next_key FROM generation WHERE generation = ?", (generation - 1,)).fetchone()
    if row is None and generation != FIRST_GENERATION:
        raise NeatError(f"the run has no generation {generation - 1}")
    connections, nodes = connection.execute(
        "SELECT ifnull(sum(length(source)), 0) / 4, ifnull(sum(length(split)), 0) / 8 FROM innovation "
        "WHERE generation < ?",
        (generation,),
    ).fetchone()
    return Counters(0 if row is None else row[0], connections, nodes)


def load_innovations(connection: sqlite3.Connection, generation: int, first_node: int) -> Innovations:
    """Return the innovations up to a generation.

    Raises:
        NeatError: the columns have different lengths.
    """
    rows = connection.execute(
        "SELECT source, target, split, turn FROM innovation WHERE generation <= ? ORDER BY generation", (generation,)
    ).fetchall()
    columns = {
        name: np.frombuffer(b"".join(row[place] for row in rows), dtype)
        for place, (name, dtype) in enumerate(_INNOVATIONS.items())
    }
    for one, other in (("source", "target"), ("split", "turn")):
        if len(columns[one]) != len(columns[other]):
            raise NeatError(f"the innovations have {len(columns[one])} x {one} and {len(columns[other])} x {other}")
    return Innovations.from_arrays(first_node, columns)


def load_champion(connection: sqlite3.Connection, generation: int) -> Champion:
    """Return the champion that was found in a generation.

    Raises:
        NeatError: there is none, or it is not one that the engine could have written.
    """
    row = connection.execute(
        "SELECT key, fitness, solved, genome, retests, deviation FROM champion WHERE generation = ?", (generation,)
    ).fetchone()
    if row is None:
        raise NeatError(f"no champion of generation {generation} is saved")
    key, fitness, solved, text, retests, deviation = row
    validation = connection.execute(
        "SELECT key, passed, fitness, details FROM validation WHERE generation = ? AND key = ?", (generation, key)
    ).fetchone()
    champion = Champion(
        genome=Genome.from_json(text),
        fitness=fitness,
        generation=generation,
        solved=bool(solved),
        validation=None if validation is None else validation_of(*validation),
        preprocessing=load_arrays(connection, "champion", generation),
        retests=retests,
        deviation=deviation,
    )
    check_champion(champion, key)
    return champion


def validation_of(key: int, passed: int, fitness: float, details: str) -> Validation:
    """Return the result of a validation from its row."""
    try:
        found = load_json(details, _LONGEST_DETAILS)
        return Validation(key, bool(passed), fitness, {str(name): float(value) for name, value in found.items()})
    except (AttributeError, TypeError, ValueError):
        raise NeatError(f"the details of the validation of genome {key} cannot be read") from None


def _functions(genome: GenomeKeys) -> tuple[tuple[str, FunctionTable[Any], tuple[str, ...]], ...]:
    """Return the columns of function codes, each with its table and the names of its custom functions."""
    return (
        ("activation", ACTIVATION_TABLE, custom_activations(genome)),
        ("aggregation", AGGREGATION_TABLE, custom_aggregations(genome)),
    )


def _species(arrays: Mapping[str, NDArray[Any]]) -> Species:
    """Return the species in a file; without islands, all live on island 0."""
    none = np.zeros(len(arrays["species.id"]), np.int64)
    given = {name: arrays[f"species.{name}"] for name in _SPECIES} | {"island": arrays.get("species.island", none)}
    return Species(**given | {"id": freeze(given["id"], np.int64)})


def _arrays(state: State, genome: GenomeKeys) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a state by their names in the file."""

    def columns_of(population: Population) -> dict[str, NDArray[Any]]:
        columns = {name: getattr(population, name) for name in _POPULATION}
        return columns | {name: to_local(table, columns[name], names) for name, table, names in _functions(genome)}

    for name, column in columns_of(state.population).items():
        yield f"population.{name}", column
    for name in _SPECIES:
        yield f"species.{name}", getattr(state.species, name)
    if state.species.island.any():
        yield "species.island", state.species.island
    for name, values in (("member", state.species_index), ("known", state.known), ("checked", state.validated)):
        yield name, values
    if state.remembered is not None:
        yield "remembered.fitness", state.remembered.fitness
        if state.remembered.solved is not None:
            yield "remembered.solved", state.remembered.solved
        for name, column in state.remembered.columns.items():
            yield f"remembered.columns.{name}", column
    for name, array in state.problem_state.items():
        yield f"carry.{name}", array
    if state.phase is not None:
        yield "phase", np.array(state.phase, np.float64)
    if tunings := state.tunings:
        for name in _TUNING_NUMBERS:
            yield f"tuning.{name}", np.array([getattr(tuning, name) for tuning in tunings])
        yield "tuning.size", np.array([len(tuning.mean) for tuning in tunings])
        for name in _TUNING_VECTORS:
            yield f"tuning.{name}", np.concatenate([getattr(tuning, name) for tuning in tunings])
    yield from race_arrays(state.race, columns_of)


def _tunings(arrays: Mapping[str, NDArray[Any]]) -> tuple[Tuning, ...]:
    """Return the tunings in a state's arrays, whose dtypes and shapes have been checked."""
    if "tuning.size" not in arrays:
        return ()
    size = arrays["tuning.size"].tolist()
    if not size or min(size) < 1 or sum(size) != len(arrays["tuning.mean"]):
        raise NeatError("wrong values: the sizes of tunings")
    numbers = zip(*(arrays[f"tuning.{name}"].tolist() for name in _TUNING_NUMBERS), strict=True)
    ends = np.cumsum(size)[:-1]
    vectors = zip(*(np.split(arrays[f"tuning.{name}"], ends) for name in _TUNING_VECTORS), strict=True)
    return tuple(
        Tuning(*scalars, *(freeze(vector, np.float64) for vector in of_one))
        for scalars, of_one in zip(numbers, vectors, strict=True)
    )


def _remembered(arrays: Mapping[str, NDArray[Any]]) -> Evaluation | None:
    if "remembered.fitness" not in arrays:
        return None
    return Evaluation(
        arrays["remembered.fitness"],
        solved=arrays.get("remembered.solved"),
        columns=_named(arrays, "remembered.columns."),
    )


def _named(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """Return the arrays whose names start with `prefix`, read-only as in an `Evaluation`."""
    found = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    for array in found.values():
        array.setflags(write=False)
    return found


def _checksum(scalars: Row, arrays: list[Row], champion: Champion | None, innovations: Innovations) -> str:
    """Return the SHA-256 of everything in a state."""
    digest = hashlib.sha256(repr(scalars).encode())
    for _, _, name, dtype, shape, data in arrays:
        digest.update(f"{name} {dtype} {shape}".encode())
        digest.update(data)
    if champion is not None:
        digest.update(f"{champion.to_json()}{champion.validation}".encode())
    for array in innovations.to_arrays().values():
        digest.update(array.tobytes())
    return digest.hexdigest()
