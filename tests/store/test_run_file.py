"""The file of a run: its versions, its tables and their rows, and the states that are loaded from it."""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import CONFIGS
from crashing import contents
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import neat
from neat.store import database, schema
from neat.store import writer as store
from neat.store.blobs import pack, unpack
from neat.store.record_kernels import summarise_generation
from neat.store.records import GenerationRow, SpeciesRow
from neat.store.rows import TABLES, Counters, rows_of, summarise

DOCUMENT = Path(__file__).parents[2] / "docs" / "run-file.md"
SETTINGS = ["run.seed=1", "run.checkpoint=3", "population.size=30", "run.generations=9", "run.stop_fitness=none"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[neat.Generation]]:
    """Return the folder of a run, and its generations."""
    folder = tmp_path_factory.mktemp("base") / "run"
    generations: list[neat.Generation] = []
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder, watch=generations.append)
    return folder, generations


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in every bit, with equal types and flags."""
    if isinstance(one, np.ndarray):
        return (
            (one.dtype, one.shape, one.flags.writeable) == (other.dtype, other.shape, other.flags.writeable)
            and one.tobytes() == other.tobytes()
        )  # fmt: skip
    if dataclasses.is_dataclass(one) and type(one).__name__ != "Innovations":
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(one == other)


def test_states_come_back_to_the_last_bit(run: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = run
    with neat.History(folder) as history:
        assert history.states() == [1, 4, 7, 9]
        for number in history.states():
            assert same(history.state(number), generations[number - 1].state)
        with pytest.raises(neat.NeatError, match=r"run\.sqlite: no state of generation 5 is saved"):
            history.state(5)


def test_rows_describe_the_generations(run: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = run
    with neat.History(folder) as history:
        rows, species = list(history.generations()), list(history.species())
        for row, generation in zip(rows, generations, strict=True):
            population = generation.population
            assert (row.generation, row.best, row.mean) == (
                generation.number, generation.best_fitness, generation.mean_fitness,
            )  # fmt: skip
            assert row.best_key == population.key[generation.best] and row.solved is generation.solved
            assert row.connections == population.connection_counts.mean()
            assert row.hidden == pytest.approx(population.hidden_counts.mean(), abs=1e-12)
            mine = [each for each in species if each.generation == row.generation]
            assert [each.id for each in mine] == generation.species.id.tolist()
            assert [each.size for each in mine] == generation.species_sizes.tolist()
            for place, each in enumerate(mine):
                fitness = generation.fitness[generation.state.species_index == place]
                assert each.best == fitness.max() and each.mean == pytest.approx(fitness.mean(), rel=1e-12)
                assert each.age == row.generation - generation.species.born[place]
                assert each.representative == generation.species.representative[place]
        changes = [g.number for g in generations if g.champion.generation == g.number]
        assert [champion.generation for champion in history.champions()] == changes
        for generation in generations:
            assert same(history.champion(generation.number), generation.champion)


def test_lineage_holds_the_parents_of_every_genome(run: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = run
    with neat.History(folder) as history:
        known = {}
        for _, first, parents in history.lineage():
            known |= {first + place: tuple(row) for place, row in enumerate(parents.tolist())}
        assert list(known) == list(range(generations[-1].state.next_key))
        for generation in generations:
            for key, parents in zip(generation.population.key, generation.population.parents, strict=True):
                assert known[int(key)] == tuple(parents)
                assert history.parents(int(key)) == tuple(parent for parent in parents if parent >= 0)
        with pytest.raises(neat.NeatError, match="does not record the parents of a genome 99999"):
            history.parents(99999)


def test_every_table_and_column_is_documented(run: tuple[Path, list[neat.Generation]]) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    words = set(re.findall(r"`(\w+)`", text))
    connection, counts = sqlite3.connect(run[0] / "run.sqlite"), {}
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        assert {table, *columns} - {"id"} <= words, table
        counts[table] = len(columns)
    connection.close()
    assert [field.name for field in dataclasses.fields(GenerationRow)][:3] == ["generation", "digest", "best"]
    assert len(dataclasses.fields(GenerationRow)) == counts["generation"]
    assert len(dataclasses.fields(SpeciesRow)) == counts["species"]
    assert set(TABLES) < set(counts)


def test_any_sqlite_reads_the_file_and_its_settings_survive_power_cuts(tmp_path: Path) -> None:
    connection = database.create(tmp_path / "run.sqlite", schema.make_tables)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: every commit is on the disk
    connection.close()
    header = (tmp_path / "run.sqlite").read_bytes()[:100]
    assert header.startswith(b"SQLite format 3\0") and header[68:72] == b"NEAT"
    strict = sqlite3.connect(tmp_path / "run.sqlite").execute("SELECT name, strict FROM pragma_table_list").fetchall()
    assert all(kind == 1 for name, kind in strict if not name.startswith("sqlite_"))


def altered(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "run.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_newer_file_is_refused_by_name(run: tuple[Path, list[neat.Generation]], tmp_path: Path) -> None:
    neat.run(neat.load(CONFIGS / "xor.ini", [*SETTINGS, "run.generations=2"]), out=tmp_path / "run")
    altered(tmp_path / "run", "PRAGMA user_version = 99")
    before = (tmp_path / "run" / "run.sqlite").read_bytes()
    for use in (neat.History, neat.resume, neat.verify):
        with pytest.raises(neat.NeatError, match=r"run\.sqlite: has schema version 99, made by a newer neat-engine"):
            use(tmp_path / "run")
    assert (tmp_path / "run" / "run.sqlite").read_bytes() == before


def test_an_older_file_is_migrated_and_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder)
    before = contents(folder)
    step = "CREATE TABLE remark (generation INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;\n" \
           "INSERT INTO remark SELECT generation, 'best ' || best FROM generation;\n"  # fmt: skip
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    schema.schema_of_version.cache_clear()
    newest = schema.newest_version()
    with neat.History(folder) as history:  # reading is enough
        assert history.last == 9
    found = contents(folder)
    assert len(found.pop("remark")) == 9 and found == before
    assert sqlite3.connect(folder / "run.sqlite").execute("PRAGMA user_version").fetchone() == (newest,)
    assert neat.resume(folder, generations=12).generations == 12
    fails = "CREATE TABLE other (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);\n"
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, fails))
    schema.schema_of_version.cache_clear()
    with pytest.raises(neat.NeatError, match=r"run\.sqlite"):
        neat.resume(folder, generations=13)
    monkeypatch.undo()
    schema.schema_of_version.cache_clear()
    assert sqlite3.connect(folder / "run.sqlite").execute("PRAGMA user_version").fetchone() == (newest,)
    assert "other" not in contents(folder)


ANY = arrays.arrays(
    st.sampled_from(["<f8", "<f4", "<i8", "<i4", "|u1", "|b1", "<c16", ">f8", "<U3"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(ANY)
def test_arrays_come_back_as_they_were(array: np.ndarray[Any, Any]) -> None:
    found = unpack(*pack(array, "it"), "it")
    assert found.dtype == array.dtype.newbyteorder("<") and found.shape == array.shape
    assert found.tobytes() == array.astype(found.dtype).tobytes()


def test_arrays_of_objects_are_not_saved() -> None:
    for value in (np.array([{}]), np.array([1, "a", None], object), np.zeros(2, [("a", int)])):
        with pytest.raises(neat.NeatError, match="only numbers, bools and text can be saved"):
            pack(value, "it")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_digest_sees_every_change(run: tuple[Path, list[neat.Generation]], data: st.DataObject) -> None:
    generation = run[1][data.draw(st.integers(0, len(run[1]) - 1))]
    population, member = generation.population, generation.state.species_index
    count = len(generation.species) + 1

    def digest(**changed: Any) -> int:
        columns = {name: getattr(population, name) for name in ("weight", "bias", "key", "parents")}
        columns |= {"fitness": generation.fitness} | changed
        weight, bias, fitness = (columns[name].view(np.int64) for name in ("weight", "bias", "fitness"))
        return int(
            summarise_generation(
                population.connection_start, population.node_start, weight, bias, columns["key"], columns["parents"],
                columns["fitness"], fitness, fitness, member,
                np.empty(count, np.int64), np.empty(count), np.empty(count), np.empty((3, 2), np.int32),
            )
        )  # fmt: skip

    name = data.draw(st.sampled_from(["weight", "bias", "key", "parents", "fitness"]))
    column = getattr(population, name) if name != "fitness" else generation.fitness
    other = column.copy()
    place = data.draw(st.integers(0, other.size - 1))
    bits = other.reshape(-1).view(np.uint8).reshape(other.size, -1)
    bit = data.draw(st.integers(0, 8 * other.itemsize - 1))
    bits[place, bit // 8] ^= 1 << bit % 8
    other.setflags(write=False)
    assert digest() == digest() != digest(**{name: other})


def test_rows_can_be_computed_again(run: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = run
    before = Counters()
    with neat.History(folder) as history:
        for generation in generations:
            summary = summarise(generation, before, 123.0, neat.Config().run)
            assert rows_of(summary, neat.Config().run).differences(history.rows(generation.number)) == []
            before = summary.after


def test_commits_are_a_small_share_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, commits = [0.0], []

    def clock() -> float:
        return now[0]

    write = store.Store._write

    def slow(self: store.Store, *arguments: Any) -> None:
        commits.append(now[0])
        write(self, *arguments)
        now[0] += 0.08  # what a commit takes

    monkeypatch.setattr(store, "monotonic", clock)
    monkeypatch.setattr(store.Store, "_write", slow)

    def watch(generation: neat.Generation) -> None:
        now[0] += 0.5

    neat.run(neat.load(CONFIGS / "xor.ini", [*SETTINGS, "run.generations=60"]), out=tmp_path / "run", watch=watch)
    between = np.diff(commits)[:-1]
    assert commits[0] == 1.0 and (between >= 8.0).all() and (between < 9.0).all()  # 0.08 of 8: 1 %
    assert len(contents(tmp_path / "run")["generation"]) == 60


def test_the_origin_of_a_run_is_stored(tmp_path: Path) -> None:
    class Counting(neat.Problem):
        inputs, outputs, files = ("a",), ("b",), (str(tmp_path / "table.txt"),)

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            return neat.Evaluation(np.arange(len(networks), dtype=float))

    (tmp_path / "table.txt").write_text("abc")
    config = neat.Config(run={"seed": 2, "generations": 1}, population={"size": 5})
    neat.run(config, Counting(), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        assert [(file.path, file.role, file.sha256[:8]) for file in history.files()] == [
            (str(tmp_path / "table.txt"), "data", "ba7816bf")  # as FIPS 180-2 says of "abc"
        ]
        (session,) = history.sessions()
        assert session.versions.keys() == {"neat-engine", "python", "numpy", "numba", "gymnasium", "processor"}
        assert session.versions["numpy"] == np.__version__ and session.first == 1
        assert history.config.run.seed == history.about.seed == 2
        assert str(history.about.passed.problem).endswith("Counting")
    json.dumps(session.versions)
