"""Untrusted runs are read, or refused in one sentence, in bounded time and memory; nothing in them is executed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corruption import NASTY_VALUES, corrupted, scratch, watched, without_rules

import neat
from neat.runs.explanation import explain_run
from neat.store.export_rows import csv_lines
from neat.store.history import History
from neat.store.lineage import descent, lineage
from neat.store.overview import overview_of
from neat.store.schema import STORE
from neat.studies.listing import listed
from neat.studies.run_comparison import compare_runs


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small run, whose file has no log."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    data = folder.parent / "xor.csv"
    data.write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    settings = {"seed": 1, "generations": 3, "stop_fitness": "none", "checkpoint": 2}
    problem = {"kind": "dataset", "data": str(data), "inputs": "a, b", "targets": "y"}
    config = neat.Config(run=settings, problem=problem, population={"size": 5}, mutation={"add_node": 0.5})
    neat.run(config, out=folder)
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA page_size = 512")
        connection.execute("VACUUM")
    assert read_all(folder) == []  # what is imported once is imported now
    return folder


@pytest.fixture
def copy(small: Path) -> Iterator[Path]:
    with scratch() as folder:
        shutil.copytree(small, folder / "run")
        yield folder / "run"


def everything(folder: Path) -> Iterator[Callable[[], object]]:
    """Yield every way of reading a run and of computing with what was read."""
    yield lambda: listed(folder)
    with History(folder) as history:
        yield lambda: (history.about, history.config, history.sessions(), history.files())
        yield lambda: overview_of(history)
        yield lambda: list(csv_lines(history))
        yield lambda: list(csv_lines(history, species=True))
        yield lambda: descent(lineage(history))
        yield lambda: [history.state(number) for number in history.states()]
        yield lambda: [history.rows(number) for number in range(4)]
        yield lambda: [next_generation(history.state(number), history.config) for number in history.states()]
        yield history.columns
        yield lambda: answers(neat.compile(history.champion().genome))
        yield lambda: compare_runs(history, history)


def answers(network: neat.Network) -> np.ndarray[Any, Any]:
    return network(np.ones(len(network.layout.inputs)))


def next_generation(state: neat.State, config: neat.Config) -> neat.State:
    """Return the state after a given one, with older genomes fitter, so that everything in it is used."""
    assert all(np.isfinite(answers(network)).all() for network in neat.compile(state.population))
    return neat.reproduce(neat.tell(state, -state.population.key.astype(np.float64), config), config)


def read_all(folder: Path) -> list[str]:
    """Read a run in every way; return the errors."""
    errors = []
    ways = everything(folder)
    while True:
        try:
            way = next(ways)
            way()
        except StopIteration:
            return errors
        except neat.NeatError as error:
            errors.append(str(error))


def check_computed_again(folder: Path) -> None:
    """Verify and resume a run that was read without an error."""
    try:
        neat.verify(folder)
        assert neat.resume(folder, generations=4).generations == 4
    except neat.NeatError as error:
        assert str(folder) in str(error) and "\n" not in str(error)


@pytest.mark.slow
def test_ten_thousand_corruptions_are_read_or_refused(small: Path) -> None:
    data = (small / STORE).read_bytes()
    assert listed(small).status == "stopped"
    whole = 0
    with scratch() as folder:
        for broken in corrupted(data, 10_000):
            (folder / STORE).write_bytes(broken)
            with watched() as forbidden:
                errors = read_all(folder)
            assert not forbidden
            assert all(str(folder) in line and len(line) < 1_000 for text in errors for line in text.splitlines())
            whole += not errors
            if not errors and whole % 5 == 0:
                check_computed_again(folder)
            for log in folder.glob(f"{STORE}-*"):
                log.unlink()
    assert 10 < whole < 9_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM session", "no process made it"),
        ("DELETE FROM generation WHERE generation = 1", "generations are missing"),
        ("DELETE FROM generation WHERE generation = 2", "generations are missing"),
        ("UPDATE generation SET generation = generation - 1", "its generations are numbered from 0"),
        ("UPDATE generation SET generation = 9223372036854775807 WHERE generation = 3", "generations are missing"),
        ("UPDATE generation SET best = 9e999", "a best fitness is not finite"),
        ("DELETE FROM species", "its species are not those of its generations"),
        ("UPDATE species SET generation = 99 WHERE generation = 3", "its species are not those of its generations"),
        ("DELETE FROM generation WHERE generation = 3", "its species are not those of its generations"),
    ],
)
def test_rows_that_are_missing_are_damage(change: str, why: str, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy / STORE)) as connection:
        assert connection.execute(change).rowcount > 0
        connection.commit()
    for use in (History, neat.resume, neat.verify):
        with pytest.raises(neat.NeatError, match=rf"run.sqlite: is corrupt and cannot be resumed \({why}"):
            use(copy)


@pytest.mark.parametrize(
    "change",
    ["status = 'finishes'", """reasons = '["gene2ations"]'""", "reasons = '[[]]'", "reasons = '5'", "reasons = '['"],
)
def test_a_run_that_ended_in_an_unknown_way_is_refused(change: str, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy / STORE)) as connection:
        connection.execute(f"UPDATE run SET {change}")
        connection.commit()
    for use in (neat.resume, neat.verify):
        with pytest.raises(neat.NeatError, match="its description of the run is invalid"):
            use(copy)


def test_a_data_file_without_an_end_is_not_read(copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(copy / STORE)) as connection:
        connection.execute("UPDATE file SET path = '/dev/zero'")
        connection.commit()
    with pytest.raises(neat.NeatError, match=r"/dev/zero: is missing, and .*run reads it"):
        neat.resume(copy, generations=9)


@pytest.mark.slow
@pytest.mark.parametrize("rules", [True, False])
def test_any_value_may_be_any_other(copy: Path, rules: bool) -> None:
    source = copy / STORE
    good = source.read_bytes()
    with contextlib.closing(sqlite3.connect(source)) as connection:
        schema = list(connection.execute("SELECT sql, name FROM sqlite_master WHERE type = 'table'"))
        columns = [(name, row[1]) for _, name in schema for row in connection.execute(f"PRAGMA table_info({name})")]
    assert len(columns) > 60
    if not rules:
        without_rules(source)
        loose = source.read_bytes()
    refused = 0
    for table, column in columns:
        for value in NASTY_VALUES:
            source.write_bytes(good if rules else loose)
            with contextlib.closing(sqlite3.connect(source)) as connection:
                try:
                    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ?", (value,))
                    if not rules:
                        connection.execute("PRAGMA writable_schema = ON")
                        connection.executemany("UPDATE sqlite_master SET sql = ? WHERE name = ?", schema)
                    connection.commit()
                except (sqlite3.Error, UnicodeEncodeError):
                    continue  # the tables' own rules refuse it
            with watched() as forbidden:
                errors = read_all(copy)
            assert not forbidden, (table, column, value)
            assert all(str(copy) in line and len(line) < 1_000 for text in errors for line in text.splitlines()), errors
            refused += bool(errors)
    assert refused > (100 if rules else 500)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE species RENAME TO other; CREATE VIEW species AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM n) SELECT i, i, i, i, i, i, i, i, i FROM n",
        "CREATE TRIGGER t AFTER INSERT ON session BEGIN DELETE FROM generation; END",
        "CREATE TABLE more (a)",
        "DROP TABLE lineage",
        "ALTER TABLE run ADD COLUMN more TEXT",
        "CREATE INDEX i ON generation (best)",
    ],
)
def test_tables_that_are_not_those_of_a_run_are_refused(copy: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(copy / STORE)) as connection:
        connection.executescript(statement)
    with pytest.raises(neat.NeatError, match=r"run.sqlite: is corrupt.*its tables are not those of a run"):
        History(copy)
    assert listed(copy).status == "corrupt"


def test_an_index_that_differs_from_its_table_is_found(copy: Path) -> None:
    """SQLite answers from an index where it can, and its quick check does not compare that with the table."""
    # An entry of the index: the length of its header, the types of its values, the values, and the number of the row.
    cell = re.compile(rb"(\x05\x17.)(.)(.state.?species\.id[^<])", re.DOTALL)
    data = (copy / STORE).read_bytes()
    broken, count = cell.subn(lambda found: found[1] + bytes([found[2][0] - 1]) + found[3], data)  # bytes, not text
    assert count == 2
    (copy / STORE).write_bytes(broken)
    with contextlib.closing(sqlite3.connect(copy / STORE)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert b"species.id" in [name for (name,) in connection.execute("SELECT name FROM array ORDER BY name, owner")]
    with pytest.raises(neat.NeatError, match=r"run\.sqlite: is corrupt.*index"):
        History(copy)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"x" * 5_000, bytes(8_192)])
def test_files_that_are_not_databases_are_refused(copy: Path, content: bytes) -> None:
    (copy / STORE).write_bytes(content)
    with pytest.raises(neat.NeatError, match=r"run\.sqlite: "):
        History(copy)


HUGE = """
import contextlib, shutil, sqlite3, sys
from pathlib import Path
from corruption import limits
import neat
from neat.store.history import History
from neat.studies.listing import listed
from neat.store.overview import overview_of
from neat.store.lineage import lineage
from neat.store.export_rows import csv_lines

folder = Path(sys.argv[1])
good = (folder / "run.sqlite").read_bytes()
MILLIONS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
with History(folder) as history:
    overview_of(history), lineage(history), [history.state(n) for n in history.states()]
limits(megabytes=1_500, seconds=120)
for statement in (
    "UPDATE array SET shape = '[1099511627776, 1024]', dtype = '<f8'",
    "UPDATE array SET shape = '[0, 4611686018427387904]', data = x''",
    "UPDATE array SET dtype = 'S0', shape = '[1099511627776]', data = x''",
    "UPDATE array SET dtype = '(1000000,1000000)f8'",
    "UPDATE lineage SET parents = zeroblob(100000000), shape = '[12500000, 2]'",
    "UPDATE lineage SET parents = zeroblob(16), shape = '[2, 2]', first_key = 9223372036854775000",
    "UPDATE champion SET genome = zeroblob(0) || hex(zeroblob(10000000))",
    "UPDATE run SET config = '[run]' || char(10) || hex(zeroblob(10000000))",
    "UPDATE run SET layout = '[' || hex(zeroblob(10000000))",
    "UPDATE session SET versions = '[' || hex(zeroblob(10000000))",
    MILLIONS % 200_000 + "INSERT INTO species SELECT i + 100, i, 1, 1.0, 1.0, 0, 1.0, 0, 0 FROM n",
    MILLIONS % 100_000 + "INSERT INTO validation SELECT i + 100, 1, 1, 1.0, '{}' FROM n",
    "UPDATE generation SET generation = generation + 9223372036854770000",
):
    (folder / "run.sqlite").write_bytes(good)
    with contextlib.closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()
    listed(folder)
    for read in (
        lambda history: history.config, overview_of, lineage,
        lambda history: sum(1 for _ in csv_lines(history)),
        lambda history: sum(1 for _ in history.species()), lambda history: [history.state(n) for n in history.states()],
    ):
        try:
            with History(folder) as history:
                read(history)
        except neat.NeatError as error:
            assert len(str(error)) < 2_000, statement
for count in (20_000_000, 22_500_000):  # within the size of the largest genome, and beyond it
    (folder / "run.sqlite").write_bytes(good)
    with contextlib.closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        objects = f"'[' || replace(hex(zeroblob({count})), '00', '{{}},') || '{{}}]'"
        connection.execute(f"UPDATE champion SET genome = {objects} WHERE generation = 1")
        connection.commit()
    try:
        with History(folder) as history:
            history.champion(1)
    except neat.NeatError as error:
        print(str(error).rpartition(": ")[2])
print("done")
"""


def test_huge_values_cost_time_and_memory_in_proportion(copy: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", HUGE, copy], capture_output=True, text=True, env=environment)
    assert done.stdout.endswith("done\n"), done.stderr[-2_000:]
    within, beyond, _ = done.stdout.splitlines()
    assert within.startswith("its JSON holds more than") and "a text in its table champion is too long" in beyond


BOMB = "from pathlib import Path\nPath({!r}).touch()\n\ndef fitness(network):\n    return 1.0\n"


@pytest.mark.parametrize(
    "problem",
    [
        "kind = bomb:fitness\ninputs = 1\noutputs = 1",
        "kind = gymnasium\nenvironment = bomb:CartPole-v1",
    ],
)
def test_a_module_is_not_imported_because_a_run_names_it(tmp_path: Path, problem: str) -> None:
    gone_off = tmp_path / "gone off"
    (tmp_path / "bomb.py").write_text(BOMB.format(str(gone_off)))
    text = f"[problem]\n{problem}\n[run]\nseed = 1\ngenerations = 2\nstop_fitness = none\n[population]\nsize = 5\n"
    (tmp_path / "x.ini").write_text(text)
    neat.run(neat.load(tmp_path / "x.ini"), out=tmp_path / "run")
    gone_off.unlink()
    sys.modules.pop("bomb")
    uses: list[Callable[[bool], Any]] = [
        lambda trust: examine(tmp_path / "run", trust),
        lambda trust: explain(tmp_path / "run", trust),
    ]
    assert read_all(tmp_path / "run") == []
    for use in uses:
        with pytest.raises(neat.NeatError, match=r"it names code, bomb:\S+ in .*\(add --trust"):
            use(False)
    assert not gone_off.exists() and "bomb" not in sys.modules
    for use in uses:
        use(True)
    assert gone_off.exists()


def examine(folder: Path, trust: bool) -> object:
    from neat.runs.evaluate import evaluate_run

    return evaluate_run(folder, trust=trust)


def explain(folder: Path, trust: bool) -> object:
    with History(folder) as history:
        return explain_run(history, 1, trust=trust)
