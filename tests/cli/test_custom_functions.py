"""Custom functions on the command line: run, saved, resumed, verified, in worker processes, exported."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from commands import COMMAND

FUNCTIONS = """
def wave(z):
    return z / (1.0 + abs(z)) + 0.1

def bent(z):
    return z if z > 0.0 else 0.1 * z

def spread(values):
    return values.max() + 0.5 * values.min()
"""
INI = """
[run]
generations = {generations}
seed = 3
checkpoint = 2
stop_fitness = none

[problem]
kind = multiplexer
address_bits = 1

[population]
size = 30

[genome]
activation = my_functions:wave
activation_options = tanh, my_functions:bent, my_functions:wave
output_activation = sigmoid
aggregation_options = sum, my_functions:spread

[mutation]
activation_rate = 0.5
aggregation_rate = 0.5
add_node = 0.5
"""


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, which has registered nothing yet."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


def done(folder: Path, *arguments: object) -> str:
    ended = run(folder, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(file) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of 9 generations in `long`, and one of 5 in `short`."""
    folder = tmp_path_factory.mktemp("custom")
    (folder / "my_functions.py").write_text(FUNCTIONS)
    for name, generations in (("long", 9), ("short", 5)):
        (folder / f"{name}.ini").write_text(INI.format(generations=generations))
        done(folder, "run", f"{name}.ini", "--out", name, "--quiet")
    return folder


def test_a_run_uses_its_functions_and_saves_their_names(folder: Path) -> None:
    champion = json.loads((folder / "long" / "champion.json").read_text())
    names = {node["activation"] for node in champion["nodes"]} | {node["aggregation"] for node in champion["nodes"]}
    assert any(name.startswith("my_functions:") for name in names)
    files = rows(folder / "long" / "run.sqlite", "SELECT path, role FROM file")
    assert (str(folder / "my_functions.py"), "code") in files


def test_a_resumed_run_is_the_uninterrupted_run(folder: Path, tmp_path: Path) -> None:
    refused = run(folder, "resume", "short", "--generations", 9)
    assert refused.returncode == 2 and "my_functions:wave" in refused.stderr and "--trust" in refused.stderr
    done(folder, "resume", "short", "--generations", 9, "--trust", "--quiet")
    query = "SELECT generation, digest FROM generation ORDER BY generation"
    assert rows(folder / "short" / "run.sqlite", query) == rows(folder / "long" / "run.sqlite", query)


@pytest.mark.parametrize("threads", [1, 2])
def test_verification_finds_the_same_bits(folder: Path, threads: int) -> None:
    assert run(folder, "verify", "long").returncode == 2
    assert "every one the same" in done(folder, "verify", "long", "--trust", "--threads", threads)


def test_a_run_file_does_not_depend_on_the_order_of_registration(folder: Path) -> None:
    script = """
import sys
import neat
from neat.core.functions import activation
import my_functions
neat.register_activation("other", lambda z: z * 0.5)
neat.register_activation("my_functions:bent", my_functions.bent)
neat.register_activation("another", lambda z: z * 0.25)
assert neat.verify("long", trust=True).same
assert activation("my_functions:bent").code == 129
with neat.History("long") as history:
    last = history.state(history.states()[-1])
codes = set(last.population.activation.tolist())
assert codes & {129, 131} and not codes & {128, 130}, codes
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    (saved,) = rows(
        folder / "long" / "run.sqlite",
        "SELECT data FROM array WHERE name = 'population.activation' ORDER BY generation DESC LIMIT 1",
    )
    assert set(bytes(saved[0])) & {128, 129} and max(bytes(saved[0])) <= 129  # by the order in the configuration


def test_reading_needs_no_code(folder: Path) -> None:
    """Everything that does not run a network works without importing a module."""
    (folder / "elsewhere").mkdir()
    champion = folder / "elsewhere" / "genome.json"
    champion.write_bytes((folder / "long" / "champion.json").read_bytes())
    assert "my_functions:" in done(folder / "elsewhere", "show", folder / "long")
    for suffix in ("dot", "graphml", "json"):
        file = folder / "elsewhere" / f"exported.{suffix}"
        done(folder / "elsewhere", "export", champion, "--to", file)
        assert "my_functions:" in file.read_text()
    done(folder / "elsewhere", "stats", folder / "long")
    refused = run(folder, "evaluate", "long")
    assert refused.returncode == 2 and "--trust" in refused.stderr
    done(folder, "evaluate", "long", "--trust")


def test_worker_processes(folder: Path) -> None:
    done(folder, "run", "short.ini", "--seeds", "3..4", "--jobs", 2, "--out", "batch", "--quiet")
    done(folder, "run", "short.ini", "--seeds", "3..4", "--jobs", 1, "--out", "alone", "--quiet")
    tables = []
    for name in ("batch", "alone"):
        with (folder / name / "table.csv").open(newline="") as file:
            tables.append({row["seed"]: row["best_fitness"] for row in csv.DictReader(file)})  # rows as runs end
    assert tables[0] == tables[1] and set(tables[0]) == {"3", "4"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("my_functions:vawe", "my_functions has no 'vawe'"),
        ("my_function:wave", "no installed module 'my_function'"),
        ("my_functions:two", "must take one argument"),
        ("my_functions:", "unknown word"),
        ("wavy", "unknown word"),
    ],
)
def test_wrong_names(folder: Path, change: str, message: str) -> None:
    with (folder / "my_functions.py").open("a") as file:
        file.write("\ndef two(a, b):\n    return a\n")
    ended = run(folder, "run", "short.ini", "--set", f"genome.activation={change}", "--out", "wrong")
    assert ended.returncode == 2 and message in ended.stderr and "genome" in ended.stderr, ended.stderr
    assert "Traceback" not in ended.stderr
