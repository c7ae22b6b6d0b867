"""Maliciously crafted states: values are changed on purpose, and every checksum is correct."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import struct
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import neat
from neat.runs.experiment import Experiment
from neat.runs.replay import replay
from neat.store import checkpoint
from neat.store.blobs import pack, unpack
from neat.store.history import DESCRIPTION, checksum
from neat.store.rows import Counters, rows_of, summarise
from neat.store.schema import STORE

WHOLE = (-(2**63), -(2**40), -(2**31) - 1, -2, -1, 0, 1, 2, 7, 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1)
REAL = (np.nan, np.inf, -np.inf, 1e308, -1e308, 2.0**41, -0.0, 0.0, 5e-324)
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8", "<c16", "|S4", "<U2")
IMPOSSIBLE = (neat.NeatError, IndexError, ValueError, TypeError, OverflowError)
SCALARS = ("threshold", "next_key", "next_species", "progress", "best", "champion", "solved", "evaluations")
_INNOVATIONS = ("source", "target", "split", "turn")
_PLAIN = {"seed": 1, "generations": 9, "stop_fitness": "none", "checkpoint": 4, "threads": 1}
_GROWING = {"kind": "gaussian", "add_node": 0.5, "add_connection": 0.6, "toggle": 0.1}

#: Settings of small runs that remember different things.
RUNS: dict[str, dict[str, Any]] = {
    "recurrent": {
        "population": {"size": 12},
        "mutation": _GROWING,
        "speciation": {"target_species": 4},
        "reproduction": {"survival": 0.2, "unmated": 0.25},
    },
    "acyclic": {
        "population": {"size": 10},
        "genome": {"acyclic": True, "bias": "attribute", "activation_options": ("tanh", "sin", "relu")},
        "mutation": {**_GROWING, "activation_rate": 0.5, "delete_node": 0.1, "delete_connection": 0.1},
        "crossover": {"excess": "both"},
        "speciation": {"target_species": 2, "threshold": 0.5},
    },
    "large": {
        "population": {"size": 4, "start": "layers", "layers": (70,)},
        "mutation": _GROWING,
        "reproduction": {"champion_size": 0},
    },
    "tuned": {
        "population": {"size": 14},
        "mutation": {**_GROWING, "response_rate": 0.5},
        "genome": {"bias": "attribute"},
        "tuning": {"method": "sep-cma-es", "wait": 0, "after": 1, "share": 0.8, "generations": 5},
    },
    "episodes": {
        "population": {"size": 6},
        "problem": {
            "kind": "gymnasium", "environment": "CartPole-v1", "scaling": "running", "episodes": 1,
            "max_episode_steps": 20, "validation_episodes": 2,
        },
    },
    "retested": {
        "run": {"retest": 1.0},
        "population": {"size": 8},
        "mutation": _GROWING,
        "problem": {
            "kind": "gymnasium", "environment": "CartPole-v1", "scaling": "running", "episodes": 1,
            "max_episode_steps": 20, "threshold": None,
        },
    },
}  # fmt: skip


def make_run(kind: str, folder: Path) -> Path:
    """Make a small run of one kind, its file in one piece, and return its folder."""
    data = folder.parent / "xor.csv"
    data.write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    settings = dict(RUNS[kind])
    problem = settings.pop("problem", {"kind": "dataset", "data": str(data), "inputs": "a, b", "targets": "y"})
    run = {**_PLAIN, **settings.pop("run", {})}
    genome = {"activation": "steep_sigmoid", **settings.pop("genome", {})}  # so that runs grow before they are solved
    neat.run(neat.Config(run=run, problem=problem, genome=genome, **settings), out=folder)
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = OFF")
    return folder


def go_on(folder: Path, generations: int = 3) -> None:
    """Compute some generations from the last state of a run, and make their rows, as `neat.resume` would."""
    with neat.History(folder) as history:
        last = history.states()[-1]
        config = history.config.replace(run={"generations": last + generations + 1})
        keys = history._query("SELECT next_key FROM generation WHERE generation = ?", last - 1)
        before = Counters(keys[0][0] if keys else 0)
        for generation in islice(replay(history, Experiment.of_run(history, config=config), last), generations):
            rows_of(summary := summarise(generation, before, 0.0, config.run), config.run)
            before = summary.after


def craft(folder: Path, chance: random.Random) -> str:
    """Change values of the last state in a run's file, correct its checksums, and describe the change."""
    with contextlib.closing(sqlite3.connect(folder / STORE, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        (number,) = connection.execute("SELECT max(generation) FROM checkpoint").fetchone()
        ways: tuple[Callable[[sqlite3.Connection, int, random.Random], str], ...] = (
            _array, _array, _array, _array, _array, _innovations, _scalar, _layout, _rows,
        )  # fmt: skip
        done: list[str] = []
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            with np.errstate(all="ignore"), contextlib.suppress(*IMPOSSIBLE):  # after another change
                done.append(chance.choice(ways)(connection, number, chance))
        seal(connection, number)
        connection.execute("COMMIT")
    return "; ".join(done)


def set_array(connection: sqlite3.Connection, generation: int, name: str, change: Callable[[NDArray[Any]], Any]) -> str:
    """Apply `change` to an array of a state."""
    where = "WHERE owner = 'state' AND generation = ? AND name = ?"
    packed = connection.execute(f"SELECT dtype, shape, data FROM array {where}", (generation, name)).fetchone()
    made = change(unpack(*packed, name))
    connection.execute(
        f"UPDATE array SET dtype = ?, shape = ?, data = ? {where}", (*pack(made, name), generation, name)
    )
    return f"{name} = {np.asarray(made).dtype} {np.asarray(made).shape}"


def seal(connection: sqlite3.Connection, generation: int) -> None:
    """Correct the checksums of a run's beginning and of a state."""
    row = connection.execute(f"SELECT {DESCRIPTION} FROM run").fetchone()
    connection.execute("UPDATE run SET sha256 = ?", (checksum(row),))
    columns = {
        name: np.frombuffer(b"".join(blob for (blob,) in blobs), np.uint8)
        for name in _INNOVATIONS
        if (blobs := connection.execute(f"SELECT {name} FROM innovation WHERE generation <= ?", (generation,)))
    }
    connection.execute(
        "UPDATE checkpoint SET connections = ?, nodes = ? WHERE generation = ?",
        (len(columns["source"]) // 4, len(columns["split"]) // 8, generation),
    )
    scalars = connection.execute("SELECT * FROM checkpoint WHERE generation = ?", (generation,)).fetchone()[:-1]
    arrays = connection.execute(
        "SELECT * FROM array WHERE owner = 'state' AND generation = ? ORDER BY rowid", (generation,)
    ).fetchall()
    innovations: Any = SimpleNamespace(to_arrays=lambda: columns)
    with contextlib.suppress(*IMPOSSIBLE):  # of a champion that cannot be read
        champion = None if scalars[6] is None else checkpoint.load_champion(connection, scalars[6])
        right = checkpoint._checksum(scalars, arrays, champion, innovations)
        connection.execute("UPDATE checkpoint SET sha256 = ? WHERE generation = ?", (right, generation))


def hot_journal(file: Path, super_journal: Path) -> bytes:
    """Return a rollback journal of a database, which names another file as its super-journal: SQLite removes that.

    It holds no pages. The format is that of SQLite's documentation, section 3.
    """
    header = file.read_bytes()[:100]
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    magic, name = bytes.fromhex("d9d505f920a163d7"), os.fsencode(super_journal)
    head = magic + struct.pack(">5I", 0, 1, pages, 512, page)
    tail = struct.pack(">I", 2**30 // page + 1) + name + struct.pack(">2I", len(name), sum(name)) + magic
    return head.ljust(512, b"\0") + tail


def changed(values: NDArray[Any], chance: random.Random, others: list[NDArray[Any]]) -> NDArray[Any]:
    """Return an array with something about it changed."""
    place = chance.randrange(max(1, values.size))
    end = min(len(values), chance.randrange(max(1, values.size)) + 1) if values.ndim else 0

    def with_value(value: Any, where: Any = place) -> NDArray[Any]:
        made = values.copy()
        if made.size:
            made.reshape(-1)[where] = value
        return made

    def extreme() -> NDArray[Any]:
        where = chance.choice((place, place, place, 0, -1, slice(None)))
        if values.dtype.kind == "b":
            return _bool(values, chance)
        if values.dtype.kind == "f":
            return with_value(chance.choice(REAL), where)
        value = chance.choice(WHOLE)
        return with_value(np.array(value).astype(values.dtype), where)  # wraps around

    def near() -> NDArray[Any]:
        return with_value(values.reshape(-1)[place] + values.dtype.type(1)) if values.size else values

    def before() -> NDArray[Any]:
        less = values.dtype.type(1)
        return with_value(values.reshape(-1)[place] - less) if values.size and values.dtype.kind != "b" else values

    def other_dtype() -> NDArray[Any]:
        made: NDArray[Any] = values.astype(chance.choice(DTYPES))
        return made

    ways: tuple[Callable[[], NDArray[Any]], ...] = (
        extreme, extreme, extreme, near, before,
        lambda: with_value(values.reshape(-1)[chance.randrange(max(1, values.size))] if values.size else 0),
        lambda: values[::-1],
        lambda: np.sort(values, axis=None).reshape(values.shape),
        lambda: np.roll(values, 1),
        lambda: values[:end],
        lambda: values[end:],
        lambda: np.concatenate([values, values[:end]]),
        lambda: np.concatenate([values, values]),
        lambda: values[:0],
        lambda: values.reshape(-1, 1),
        lambda: values.reshape(1, -1),
        lambda: values.reshape(-1)[:1].reshape(()) if values.size else values,
        lambda: np.zeros((len(values), 0), values.dtype),
        other_dtype,
        lambda: chance.choice(others),
    )  # fmt: skip
    return chance.choice(ways)()


def _bool(values: NDArray[Any], chance: random.Random) -> NDArray[Any]:
    """Return flags, some of which are bytes that are neither 0 nor 1."""
    made = values.view(np.uint8).copy()
    if made.size:
        made.reshape(-1)[chance.randrange(made.size)] = chance.choice((0, 1, 2, 128, 255))
    return made.view(np.bool_)


def _array(connection: sqlite3.Connection, generation: int, chance: random.Random) -> str:
    found = connection.execute(
        "SELECT name, dtype, shape, data FROM array WHERE owner = 'state' AND generation = ? ORDER BY rowid",
        (generation,),
    ).fetchall()
    name = chance.choice(found)[0]
    where = "WHERE owner = 'state' AND generation = ? AND name = ?"
    if chance.random() < 0.05:
        names = "more", "carry.more", "remembered.columns.more", "remembered.solved", "population.x", "tuning.x"
        new = chance.choice(names)
        connection.execute(f"UPDATE OR REPLACE array SET name = ? {where}", (new, generation, name))
        return f"{name} renamed {new}"
    if chance.random() < 0.05:
        connection.execute(f"DELETE FROM array {where}", (generation, name))
        return f"{name} deleted"
    if chance.random() < 0.05:  # a size that does not match the bytes
        shape = chance.choice(("[1099511627776]", "[0, 2147483647, 2147483647, 2147483647]", "[]", "[2147483647]"))
        connection.execute(f"UPDATE array SET shape = ?, data = ? {where}", (shape, b"", generation, name))
        return f"{name} has shape {shape}"
    others = [unpack(dtype, shape, data, name) for _, dtype, shape, data in found]
    return set_array(connection, generation, name, lambda values: changed(values, chance, others))


def _innovations(connection: sqlite3.Connection, generation: int, chance: random.Random) -> str:
    numbers = connection.execute("SELECT generation FROM innovation WHERE generation <= ?", (generation,)).fetchall()
    (number,), name = chance.choice(numbers), chance.choice(_INNOVATIONS)
    (data,) = connection.execute(f"SELECT {name} FROM innovation WHERE generation = ?", (number,)).fetchone()
    values = np.frombuffer(data, np.int32 if name in _INNOVATIONS[:2] else np.int64)
    made = changed(values, chance, [values[:-1]]).tobytes()
    if chance.random() < 0.1:
        made = made[: chance.randrange(len(made) + 1)]
    connection.execute(f"UPDATE innovation SET {name} = ? WHERE generation = ?", (made, number))
    return f"innovation {number} {name}: {len(data)} -> {len(made)} bytes"


def _scalar(connection: sqlite3.Connection, generation: int, chance: random.Random) -> str:
    name = chance.choice(SCALARS)
    (now,) = connection.execute(f"SELECT {name} FROM checkpoint WHERE generation = ?", (generation,)).fetchone()
    if name in ("threshold", "best"):
        value: Any = chance.choice((0.0, -1.0, 1e308, 9e999, -9e999, 5e-324, now))
    else:
        value = chance.choice((*WHOLE, (now or 0) + 1, (now or 0) - 1))
    connection.execute(f"UPDATE checkpoint SET {name} = ? WHERE generation = ?", (value, generation))
    return f"{name} = {value}"


def _layout(connection: sqlite3.Connection, generation: int, chance: random.Random) -> str:
    if chance.random() < 0.3:
        value = chance.choice((*WHOLE, 3, 4, 5))
        connection.execute("UPDATE run SET first_node = ?", (value,))
        return f"first_node = {value}"
    (text,) = connection.execute("SELECT layout FROM run").fetchone()
    layout = json.loads(text)
    name = chance.choice(list(layout))
    value = chance.choice((
        *WHOLE, 10**30, 1e300, None, "", "ab", [], {}, True, False, [[]],
        ["a"], ["a", "a"], ["a", "b"], ["a", "b", "c"], [f"i{place}" for place in range(70)],
        [1, 2], ["\u202e", "\x1b"],
    ))  # fmt: skip
    layout[name] = value
    if chance.random() < 0.1:
        del layout[name]
    connection.execute("UPDATE run SET layout = ?", (json.dumps(layout),))
    return f"layout {name} = {value!r:.40}"


def _rows(connection: sqlite3.Connection, generation: int, chance: random.Random) -> str:
    """Change a row of another table from which a state is assembled."""
    column = chance.choice(("generation.next_key", "generation.failed", "champion.key", "champion.fitness", "needs"))
    value: Any = chance.choice(WHOLE)
    if column == "needs":
        made = changed(np.array([1.0, 2.0, 3.0, 4.0]), chance, [np.zeros(3, "S2"), np.array([np.nan])])
        connection.execute("UPDATE array SET dtype = ?, shape = ?, data = ? WHERE owner = 'champion'", pack(made, ""))
        return "needs"
    table, name = column.split(".")
    if name == "fitness":
        value = chance.choice((9e999, -9e999, 1e308, 0.0))
    elif chance.random() < 0.3:
        value = chance.randrange(-3, 200)
    connection.execute(f"UPDATE {table} SET {name} = ? WHERE generation < ?", (value, generation))
    return f"{column} = {value}"
