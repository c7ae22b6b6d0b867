"""The commands that read, compare, explain and remove runs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from commands import Neat

import neat as engine
from neat.runs.explanation import explain_run
from neat.store.history import History


@pytest.fixture
def made(neat: Neat) -> Path:
    """Return the folder of a run."""
    assert neat("run", "xor.ini", "--seed", 1, "--quiet").status == 0
    return Path("runs/xor-1")


@pytest.fixture
def last(made: Path) -> int:
    """Return the number of its last generation; the tests need 13 of them, and room for all in a table."""
    with History(made) as history:
        assert history.last is not None and 13 <= history.last <= 24
        return history.last


def test_list_has_a_line_for_every_run(neat: Neat, made: Path, last: int) -> None:
    assert neat("run", "xor.ini", "--seed", 2, "--generations", 3, "--quiet").status == 0
    assert neat("run", "xor.ini", "--seeds", "0,1", "--generations", 3, "--quiet").status == 0
    lines = neat("list").out.splitlines()
    assert lines[0].split() == ["run", "status", "generations", "best", "fitness", "seed", "started"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["xor-1", "solved", str(last)], ["xor-2", "stopped", "3"], ["xor-seeds-1", "2", "runs,"],
    ]  # fmt: skip
    told = json.loads(neat("list", "runs", "--json").out)
    assert [(run["folder"], run["status"], run["seed"]) for run in told[:2]] == [
        ("runs/xor-1", "solved", 1), ("runs/xor-2", "stopped", 2),
    ]  # fmt: skip
    (made / "run.sqlite").write_bytes(b"nothing")
    ended = neat("list")
    assert ended.status == 0 and "corrupt" in ended.out and "xor-1: runs/xor-1/run.sqlite: " in ended.out
    assert neat("list", "elsewhere").out.startswith("there is no run under elsewhere yet")


def test_what_is_no_folder_is_not_listed_as_an_empty_one(neat: Neat) -> None:
    ended = neat("list", "xor.ini")
    assert (ended.status, ended.err) == (2, "xor.ini: cannot be read as a folder (Not a directory)\n")


def test_what_a_file_says_does_not_steer_the_terminal(neat: Neat, made: Path) -> None:
    evil = "char(27) || '[2J' || char(7) || char(8238) || char(10) || 'seed 7'"
    with contextlib.closing(sqlite3.connect(made / "run.sqlite")) as connection:
        connection.execute(f"UPDATE run SET status = 'failed', error = {evil}")
        connection.execute(f"UPDATE session SET command = {evil}, started = {evil}")
        connection.execute(f"UPDATE session SET versions = json_object('a', {evil})")
        connection.commit()
    with (made / "config.ini").open("a") as file:
        file.write("; \x1b[2J\n[broken\n")
    for command in (["list"], ["show"], ["compare", "latest", "latest"], ["stats"], ["lineage"]):
        ended = neat(*command)
        assert ended.status == 0 and not set("\x1b\x07\u202e") & set(ended.out + ended.err)
        assert "\nseed 7" not in ended.out
    assert "command  \\x1b[2J\\x07\\u202e\\nseed 7\n" in neat("show").out


def test_a_fitness_as_large_as_there_is_one_has_a_curve(neat: Neat) -> None:
    Path("huge.py").write_text(
        "import neat\n\n@neat.problem(inputs=1, outputs=1, deterministic=False)\n"
        "def huge(network, rng):\n    return -1.7e308 if rng.random() < 0.5 else rng.uniform(0.0, 1.7e308)\n"
    )
    Path("huge.ini").write_text("[run]\ngenerations = 4\n[problem]\nkind = huge:huge\n[population]\nsize = 5\n")
    assert neat("run", "huge.ini", "--seed", 1, "--quiet").status == 0
    assert "best fitness, from" in neat("show").out


def test_show_tells_the_story_and_latest_may_be_many_runs(neat: Neat, made: Path) -> None:
    told = neat("show", "xor-1").out
    with History(made) as history:
        rows = list(history.generations())
    best, species = [row.best for row in rows], [row.species for row in rows]
    assert f"best fitness, from {best[0]:.6g} to {best[-1]:.6g}\n" in told and best[-1] > best[0]
    assert f"species  {min(species)} to {max(species)}, {species[-1]} at the end" in told
    assert neat("show", "latest").out == told
    neat("run", "xor.ini", "--seeds", "0,1", "--generations", 3, "--quiet")
    assert neat("show").out.startswith("runs/xor-seeds-1: 2 runs\n")
    ended = neat("lineage", "xor-seeds-1")
    assert ended.status == 2 and "holds many runs" in ended.err
    assert neat("lineage").out.startswith("runs/xor-1: the champion")  # the latest single run


def test_show_tells_of_harder_tests_and_failures(neat: Neat) -> None:
    Path("half.py").write_text(
        "import neat\n\nclass Half(neat.Problem):\n    inputs, outputs = ['a'], ['b']\n    deterministic = True\n\n"
        "    def evaluate(self, networks, context):\n"
        "        keys = networks.key.astype(float)\n        keys[::2] = 'nan'\n"
        "        return neat.Evaluation(keys, solved=keys > 0)\n\n"
        "    def validate(self, network, context):\n        return neat.Validation(0, False, 1.0)\n"
    )
    Path("half.ini").write_text("[problem]\nkind = half:Half\n[run]\non_error = worst\ngenerations = 4\n")
    ended = neat("run", "half.ini", "--seed", 1)
    told = neat("show").out
    (words,) = [line for line in ended.out.splitlines() if "failed and got the lowest fitness" in line]
    assert words.split(" evaluation")[0] in told and "\ntests    4, passed 0\n" in told
    assert "failed" in neat("stats").out.splitlines()[0]


def test_stats_as_a_table_and_as_csv(neat: Neat, made: Path, last: int) -> None:
    lines = neat("stats").out.splitlines()
    rows = list(csv.DictReader(io.StringIO(neat("stats", "xor-1", "--csv", "-").out)))
    ended = neat("stats", "xor-1", "--csv", "all.csv")
    assert (ended.status, ended.out) == (0, "") and Path("all.csv").read_text().count("\n") == len(rows) + 1
    with History(made) as history:
        best = [row.best for row in history.generations()]
        assert len(lines) == last + 1 and lines[-1].split()[:2] == [str(last), f"{best[-1]:.6g}"]
        assert [float(row["best"]) for row in rows] == best
        species = list(csv.DictReader(io.StringIO(neat("stats", "--species", "--csv", "-").out)))
        assert len(species) == len(list(history.species()))
    neat("run", "xor.ini", "--seed", 1, "--generations", 90, "--set", "run.stop_fitness=none", "--quiet")
    lines = neat("stats").out.splitlines()
    assert len(lines) <= 27 and lines[-1].startswith("(one generation of 4;") and lines[-2].split()[0] == "90"


def test_lineage_in_words_and_as_json(neat: Neat, made: Path, last: int) -> None:
    told, graph = neat("lineage").out, json.loads(neat("lineage", "--json").out)
    key = graph["genome"]
    assert told.startswith(f"runs/xor-1: the champion, genome {key}, born in generation {last}\n")
    born = {genome["key"]: genome["born"] for genome in graph["genomes"]}
    assert born[key] == last  # it solved the problem, and so ended the run
    assert f"{len(born) - 1} ancestors, among them {sum(when == 1 for when in born.values())} founders of 150" in told
    assert all(born[edge["parent"]] < born[edge["child"]] for edge in graph["edges"])
    founder = neat("lineage", "xor-1", "--genome", 0).out
    assert "genome 0, born in generation 1\nit is a founder\n" in founder


def test_explain_in_words_and_as_json(neat: Neat, made: Path, last: int) -> None:
    with History(made) as history:
        found = explain_run(history, 12)
    told = json.loads(neat("explain", "xor-1", 12, "--json").out)
    assert [fate["words"] for fate in told["species"]] == [fate.words for fate in found.fates]
    assert {fate["verdict"] for fate in told["species"]} >= {"grew", "shrank", "died", "new", "kept"}
    text = " ".join(neat("explain", "latest", 12).out.split())
    assert all(fate.words in text for fate in found.fates) and all(words in text for words in found.words)
    assert "the last one: this is what would follow" in " ".join(neat("explain", "xor-1", last).out.split())
    assert f"has no generation {last + 1} (it has 1 to {last})" in neat("explain", "xor-1", last + 1).err


def test_compare_two_runs(neat: Neat, made: Path, last: int) -> None:
    neat("run", "xor.ini", "--seed", 1, "--quiet")
    same = f"the same run, bit for bit, in all of {last} generations\n"
    assert neat("compare", "xor-1", "xor-2").out.startswith(same)
    neat("run", "xor.ini", "--seed", 1, "--quiet", "--set", "reproduction.stagnation=4")
    told = neat("compare", "xor-1", "xor-3").out
    found = json.loads(neat("compare", "xor-1", "runs/xor-3", "--json").out)
    assert found["differences"] == {"reproduction.stagnation": ["15", "4"]} and not found["identical"]
    shared = found["same_generations"]
    assert 3 < shared < last
    assert told.startswith(f"the same run, bit for bit, up to generation {shared}; then they differ\n")
    neat("run", "xor.ini", "--seed", 2, "--quiet")
    assert neat("compare", "xor-1", "latest").out.startswith("two different runs, from the first generation on\n")
    neat("run", "xor.ini", "--seeds", "0,1", "--generations", 3, "--quiet")
    mixed = neat("compare", "xor-1", "xor-seeds-1")
    assert mixed.status == 2 and "compare like with like" in mixed.err
    assert neat("compare", "xor-seeds-1", "latest").status == 0


@pytest.mark.parametrize(("answer", "kept"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_remove_asks(neat: Neat, made: Path, monkeypatch: pytest.MonkeyPatch, answer: str, kept: int) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    ended = neat("remove", "xor-1")
    assert "remove runs/xor-1 (solved; " in ended.out
    assert made.exists() == kept and ended.status == (0 if answer else 2)
    if not answer:
        assert "add --yes" in ended.err
    if kept:
        assert neat("remove", "latest", "--yes").out.endswith("runs/xor-1: removed\n") and not made.exists()
    assert neat("remove", "xor-1", "--yes").status == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stats", "nothing"], "no such run"),
        (["stats", "--species"], "--species: needs --csv"),
        (["stats", "--csv", "no/such/folder.csv"], "cannot be written"),
        (["lineage", "xor-1", "--genome", "999999"], "does not record the parents of a genome 999999"),
        (["explain", "xor-1", "200"], "has no generation 200 (it has 1 to "),
        (["explain", "xor-1", "x"], "GENERATION"),
        (["explain", "xor-1"], "GENERATION"),
        (["remove", ".", "--yes"], "is not a run"),
        (["remove", "runs", "--yes"], "is not a run"),
        (["remove"], "RUN"),
        (["compare", "xor-1"], "B"),
        (["compare", "xor-1", "nothing"], "no such run"),
        (["show", "a\0b"], "contains a NUL character"),
        (["show", "x" * 5_000], "no such run"),
    ],
)
def test_mistakes_are_reported_in_a_sentence(neat: Neat, made: Path, arguments: list[str], said: str) -> None:
    ended = neat(*arguments)
    assert ended.status == 2 and ended.out == "" and said in ended.err and "Traceback" not in ended.err
    assert engine.History(made).status == "finished"


def test_code_of_a_run_is_not_run_unless_it_is_trusted(neat: Neat) -> None:
    Path("mine.py").write_text(
        "import neat\n\n@neat.problem(inputs=1, outputs=1)\ndef fitness(network):\n    return network([1.0])[0]\n"
    )
    Path("mine.ini").write_text("[problem]\nkind = mine:fitness\n[population]\nsize = 9\n[run]\ngenerations = 3\n")
    neat("run", "mine.ini", "--quiet", "--seed", 1)
    for command in (["explain", "mine-1", 1], ["evaluate", "mine-1"], ["verify", "mine-1"], ["resume", "mine-1"]):
        more = ["--generations", 5] if command[0] == "resume" else []
        ended = neat(*command, *more)
        assert ended.status == 2 and "it names code, mine:fitness in " in ended.err and "--trust" in ended.err
        assert neat(*command, *more, "--trust").status == 0
