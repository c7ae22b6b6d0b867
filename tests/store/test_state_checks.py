"""A change of any value from which a saved state is made is detected."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.store.checkpoint import checkpoint_rows
from neat.store.schema import STORE

LAST = 5


class Everything(neat.Problem):
    """A problem whose saved states have every field that a state can have."""

    inputs, outputs, deterministic = ("a", "b"), ("y",), True

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        answers = np.array([float(network([0.3, 0.7])[0]) for network in networks])
        return neat.Evaluation(
            answers, solved=answers > 0.6, columns={"steps": networks.key % 3},
            state={"total": np.array([1.0, 2.0])}, preprocessing={"low": np.array([0.5])},
        )  # fmt: skip

    def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
        return neat.Validation(0, passed=False, fitness=0.25, details={"sd": 0.5})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an interrupted run that can be resumed."""
    folder = tmp_path_factory.mktemp("made") / "run"

    def watch(generation: neat.Generation) -> None:
        if generation.number == LAST:
            raise KeyboardInterrupt

    config = neat.Config(
        run={"seed": 3, "generations": 9, "stop_fitness": "none"},
        population={"size": 20},
        mutation={"add_node": 0.5, "add_connection": 0.5},
    )
    with pytest.raises(neat.Interrupted):
        neat.run(config, Everything(), out=folder, watch=watch)
    return folder


#: The rows from which the last state is made.
ROWS = {
    "checkpoint": f"generation = {LAST}",
    "array": f"owner = 'state' AND generation = {LAST} OR owner = 'champion' AND generation = :champion",
    "champion": "generation = :champion",
    "validation": "generation = :champion",
    "innovation": f"generation <= {LAST}",
}
PLACES = ("generation", "owner")


def other(name: str, value: Any) -> Any:
    """Return a value of the same kind with the smallest possible change."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, float):
        return float(np.nextafter(value, np.inf))
    if isinstance(value, str):
        if name == "genome":
            genome = json.loads(value)
            genome["connections"][0]["weight"] += 2.0**-20
            return json.dumps(genome)
        return {
            "dtype": "|i1" if value == "|u1" else "|u1",
            "shape": value.replace("[", "[1, "),
            "details": '{"sd": 0.75}',
        }.get(name, f"{value}x")
    return 1 if value is None else value + 1


def cells(connection: sqlite3.Connection) -> Iterator[tuple[str, int | str, str, Any]]:
    """Yield the table, row, column and value of everything from which the last state is made."""
    (champion,) = connection.execute("SELECT champion FROM checkpoint WHERE generation = ?", (LAST,)).fetchone()
    for table, where in ROWS.items():
        rows = connection.execute(f"SELECT rowid, * FROM {table} WHERE {where}", {"champion": champion})
        names = [column[0] for column in rows.description]
        for row, *values in rows.fetchall():
            for name, value in zip(names[1:], values, strict=True):
                if name not in PLACES and value != b"":
                    yield table, row, name, value


def all_of(state: neat.State) -> tuple[object, ...]:
    """Return everything in a state, for comparison."""
    champion, numbered = state.champion, state.innovations.to_arrays().values()
    assert champion is not None
    return (
        *checkpoint_rows(state, neat.Config().genome),
        champion.to_json(),
        champion.validation,
        [array.tobytes() for array in numbered],
    )


def test_no_change_of_any_value_that_a_state_is_made_from_makes_another_state(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    with neat.History(folder) as history:
        wanted = all_of(history.state(LAST))
    tables, refused, accepted = set(), 0, []
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        for table, row, name, value in list(cells(connection)):
            tables.add(table)
            for new in (other(name, value), value):
                connection.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (new, row))
                connection.commit()
                with neat.History(folder, checked=False) as history:
                    try:
                        state = history.state(LAST)
                    except neat.NeatError as error:
                        assert new is not value and f"the state of generation {LAST} is " in str(error)
                        refused += 1
                    else:
                        accepted += [] if all_of(state) == wanted else [(table, row, name)]
    assert tables == set(ROWS) and accepted == [] and refused > 100
    neat.resume(folder, Everything())


@pytest.mark.parametrize("column", ["config", "folder", "seed", "problem", "layout", "first_node"])
def test_what_a_run_is_counts_only_as_a_whole(made: Path, tmp_path: Path, column: str) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM run").fetchone()
        new = value + 1 if isinstance(value, int) else f"{value} "
        connection.execute(f"UPDATE run SET {column} = ?", (new,))
        connection.commit()
    for use in (neat.resume, neat.verify):
        with pytest.raises(neat.NeatError, match="its description of the run is invalid"):
            use(folder, Everything())


def test_the_generation_that_is_resumed_from_must_be_reproduced(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    neat.resume(folder, Everything(), start=3, out=tmp_path / "good")
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        connection.execute("UPDATE generation SET digest = digest + 1 WHERE generation = 3")
        connection.commit()
    with pytest.raises(neat.NeatError, match="generation 3, computed again, differs from the saved one"):
        neat.resume(folder, Everything(), start=3, out=tmp_path / "bad")
