"""Batches of runs: the table is the same for any number of jobs, and after any interruption."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from commands import COMMAND, CONFIGS
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import without_clock

import neat
from neat.store.folder import write_whole
from neat.studies import batch_record
from neat.studies.batch import Batch

SMALL = ["population.size=30", "run.generations=12"]

# What goes wrong, if anything, depends on the seed.
FAULTS = """
import os, pathlib, signal
import numpy as np
import neat

HERE = pathlib.Path(__file__).parent

class Faulty(neat.Problem):
    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks, context):
        if context.rng.seed == 1 and context.rng.generation == 2:
            raise ValueError("größer\\nals " + "x" * 200_000)
        if context.rng.generation == 2 and context.rng.seed in (2, 3):
            with (HERE / f"deaths-{context.rng.seed}").open("a+b") as file:
                if context.rng.seed == 3 or file.tell() == 0:
                    file.write(b"x")
                    file.flush()
                    os.kill(os.getpid(), signal.SIGKILL)
        return neat.Evaluation(context.rng.uniform(networks.key, 0))

class Other(Faulty):
    pass

def parity(network):
    return float(network([1.0])[0])

def other(network):
    return float(network([2.0])[0])
"""

DIES_WHEN_IMPORTED = """
for death in HERE.glob("death-*") if parent_process() is not None else ():
    try:
        death.unlink()  # each file kills one process
    except FileNotFoundError:
        continue
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the current folder: a new one, with the XOR experiment and a faulty one in it."""
    for name in ("xor.ini", "xor.csv"):
        shutil.copy(CONFIGS / name, tmp_path)
    (tmp_path / "faults.py").write_text(FAULTS, encoding="utf-8")
    (tmp_path / "faults.ini").write_text(
        "[problem]\nkind = faults:Faulty\n[population]\nsize = 10\n[run]\ngenerations = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder, without=()):
    """Return the bytes of every file in a folder whose name does not begin with a dot."""
    return {
        file.name: file.read_bytes()
        for file in Path(folder).iterdir()
        if not file.name.startswith(".") and file.name not in without
    }


def results(folder):
    """Return what must not depend on how the runs were made: every file, and the table without its times."""
    return files(folder, without=("table.csv",)), without_clock(neat.Table.read(folder))


def test_the_same_at_one_job_and_at_two_and_in_any_order():
    config = neat.load("xor.ini")
    seen = []
    one = neat.run_seeds(config, "0..5", jobs=1, out="one", watch=seen.append)
    two = neat.run_seeds(config, [5, 3, 1, 0, 2, 4], jobs=2, out="two")
    assert results("one") == results("two")
    assert set(files("one")) == {
        "batch.json", "config.ini", "summary.json", "table.csv", "table-histories.csv",
        *(f"champion-{seed}.json" for seed in range(6)),
    }  # fmt: skip
    assert without_clock(one) == without_clock(two) == without_clock(seen)
    assert one == neat.Table.read("one") and one.folder == Path("one")
    assert neat.compare_tables(one, neat.Table.read("two")).differences == ()
    assert json.loads(Path("one/summary.json").read_text()) == one.summary().to_dict()
    alone = neat.run(config.replace(run={"seed": 3}))
    assert Path("one/champion-3.json").read_text() == Path("two/champion-3.json").read_text()
    assert neat.Genome.from_json(Path("one/champion-3.json").read_text()) == alone.champion
    assert (one.rows[3].evaluations, one.rows[3].best_fitness) == (alone.evaluations, alone.best_fitness)
    again = neat.load("one/config.ini")
    assert without_clock(neat.run_seeds(again, [3], jobs=1)) == without_clock(one.rows[3:4])


def test_without_a_folder_nothing_is_written(folder):
    before = files(folder)
    table = neat.run_seeds(neat.load("xor.ini", SMALL), [4, 2], jobs=1)
    assert [row.seed for row in table.rows] == [2, 4] and table.folder is None
    assert files(folder) == before


def test_new_seeds_extend_the_folder():
    config, seen = neat.load("xor.ini", SMALL), []
    neat.run_seeds(config, "1,0", jobs=1, out="out")
    before = files("out")
    table = neat.run_seeds(config.replace(run={"seed": 9, "threads": 2}), "1..3", jobs=1, out="out", watch=seen.append)
    assert [row.seed for row in seen] == [2, 3] and [row.seed for row in table.rows] == [0, 1, 2, 3]
    after = files("out")
    assert after["table.csv"].startswith(before["table.csv"])
    assert json.loads(after["summary.json"])["runs"] == 4
    neat.run_seeds(config, "0..3", jobs=1, out="whole")
    assert results("out") == results("whole")
    neat.run_seeds(config, "0..3", jobs=2, out="out")
    assert files("out") == after  # there was nothing to do


def test_a_configuration_that_was_edited_is_noticed():
    config = neat.load("xor.ini", SMALL)
    neat.run_seeds(config, "0,1", jobs=1, out="out")
    file = Path("out/config.ini")
    before = file.read_text()
    file.write_text("# a remark\n" + before)
    neat.run_seeds(config, "2", jobs=1, out="out")
    file.write_text(before.replace("size = 30", "size = 31"))
    with pytest.raises(neat.NeatError, match=r"config\.ini: was changed .*size = 31 \(the runs: 30\); rename"):
        neat.run_seeds(config, "3", jobs=1, out="out")
    file.unlink()
    neat.run_seeds(config, "3", jobs=1, out="out")
    assert file.read_text() == before and len(neat.Table.read("out").rows) == 4


@pytest.mark.parametrize("rows", [0, 4])
def test_a_batch_killed_at_a_random_moment_continues_to_the_same_table(rows):
    config = neat.load("xor.ini")
    command = [*COMMAND, "run", "xor.ini", "--seeds", "0..9", "--jobs", "2", "--out", "out", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    table = Path("out/table.csv")
    while not (table.is_file() and len(table.read_bytes().splitlines()) > rows):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(random.Random().uniform(0, 0.3))
    process.kill()
    _, err = process.communicate(timeout=120)  # that is, until its workers have ended too
    assert "Traceback" not in err
    neat.run_seeds(config, "0..9", jobs=1, out="out")
    neat.run_seeds(config, "0..9", jobs=1, out="undisturbed")
    assert results("out") == results("undisturbed")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder with the runs 0, 1, 4 and 5; the error of run 1 has characters of several bytes."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "faults.py").write_text(FAULTS, encoding="utf-8")
    (folder / "faults.ini").write_text("[problem]\nkind = faults:Faulty\n[population]\nsize=10\n[run]\ngenerations=3\n")
    neat.run_seeds(neat.load(folder / "faults.ini"), "0,4,5,1", jobs=1, out=folder / "out")
    return folder


@settings(max_examples=25)
@given(data=st.data())
def test_a_batch_continues_from_any_part_of_its_table(whole, tmp_path_factory, data):
    text = (whole / "out/table.csv").read_bytes()
    first = text.index(b"\n") + 1
    letter = text.index("ö".encode()) + 1
    kept = data.draw(st.integers(first, len(text)) | st.just(letter))
    out = tmp_path_factory.mktemp("cut") / "out"
    shutil.copytree(whole / "out", out)
    (out / "table.csv").write_bytes(text[:kept])
    neat.run_seeds(neat.load(whole / "faults.ini"), "0,1,4,5", jobs=1, out=out)
    assert results(out) == results(whole / "out")


def test_a_batch_continues_if_it_was_killed_before_the_first_run():
    config = neat.load("xor.ini", SMALL)
    neat.run_seeds(config, "0,1", jobs=1, out="whole")
    for there in (
        (), (".lock",), (".lock", ".batch.json.17-4"), (".lock", "batch.json"), ("batch.json", "config.ini"),
        ("batch.json", "table.csv"),
    ):  # fmt: skip
        out = Path(f"left-{len(there)}-{'-'.join(there)}")
        out.mkdir()
        for name in there:
            known = Path("whole") / name
            (out / name).write_bytes(known.read_bytes() if name in ("batch.json", "config.ini") else b"")
        neat.run_seeds(config, "0,1", jobs=1, out=out)
        assert results(out) == results("whole")


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_finished_runs_are_kept_if_the_watcher_raises(fault):
    config, seen = neat.load("xor.ini", SMALL), []

    def watch(row):
        seen.append(row)
        if len(seen) == 2:
            raise fault

    with pytest.raises(fault):
        neat.run_seeds(config, "0..5", jobs=1, out="out", watch=watch)
    assert list(neat.Table.read("out").rows) == seen
    assert json.loads(Path("out/summary.json").read_text())["runs"] == 2
    assert len(neat.run_seeds(config, "0..3", jobs=1, out="out").rows) == 4  # the folder is free


def test_a_process_that_dies_is_replaced_and_a_problem_that_raises_is_recorded():
    config = neat.load("faults.ini")
    table = neat.run_seeds(config, "0..5", jobs=2, out="two")
    fine = neat.run_seeds(config, "0,1,2,4,5", jobs=1, out="one")  # run 2 has died enough
    by_seed = {row.seed: row for row in table.rows}
    assert without_clock(row for row in table.rows if row.seed != 3) == without_clock(fine)
    assert (Path("deaths-2").read_text(), Path("deaths-3").read_text()) == ("x", "xx")
    died, raised = by_seed[3], by_seed[1]
    assert died.error == "its worker process died (exit status -9), twice"
    assert (died.solved, died.generations, died.evaluations, died.hidden) == (False, 0, 0, None)
    assert raised.error is not None and len(raised.error) < 1100 and raised.error.endswith("x ...")
    assert raised.error.startswith("ProblemError: the problem raised ValueError: größer als xxx")
    assert not raised.solved and raised.generations == 1 and raised.best_fitness is not None
    assert [row.seed for row in table.errors] == [1, 3] and table.summary().errors == 2
    assert neat.Table.read("two") == table
    champions = {name: content for name, content in files("two").items() if name.startswith("champion")}
    assert champions.keys() == {f"champion-{seed}.json" for seed in (0, 1, 2, 4, 5)}
    assert champions.items() <= files("one").items()


def refused(config, out, problem=None, seeds="0,1"):
    """Return the message with which a folder is refused, after checking that nothing in it has changed."""
    before = files(out)
    with pytest.raises(neat.NeatError) as refused:
        neat.run_seeds(config, seeds, problem, jobs=1, out=out)
    assert files(out) == before and "\n" not in str(refused.value)
    return str(refused.value)


def test_another_experiment_is_refused(monkeypatch):
    config = neat.load("xor.ini", SMALL)
    neat.run_seeds(config, "0,1", jobs=1, out="out")
    message = refused(config.replace(run={"generations": 13}, genome={"acyclic": False}), "out")
    assert message.startswith("out: holds runs of another configuration: ") and message.endswith("(name a new folder)")
    assert "[genome] acyclic there: True, here: False; [run] generations there: 12, here: 13" in message
    shutil.copy("xor.csv", "other.csv")
    assert "[problem] data there: " in refused(neat.load("xor.ini", [*SMALL, "problem.data=other.csv"]), "out")
    assert "[problem] kind there: dataset, here: faults:Faulty" in refused(neat.load("faults.ini"), "out")
    data = Path("xor.csv").read_text()
    Path("xor.csv").write_text(data + "1,1,0\n")
    assert refused(config, "out").endswith("xor.csv was changed since (name a new folder)")
    Path("xor.csv").write_text(data)
    monkeypatch.setattr(batch_record, "NEAT", "0.0.1")
    assert "neat-engine there: " in (message := refused(config, "out")) and ", here: 0.0.1 (name" in message


def test_another_problem_is_refused(folder):
    config = neat.load("faults.ini")
    neat.run_seeds(config, "0", jobs=1, out="out")
    other = folder / "other"
    other.mkdir()
    for name in ("faults.ini", "faults.py"):
        shutil.copy(name, other)
    message = refused(neat.load("other/faults.ini"), "out")
    assert f"its problem's folder there: {folder}, here: {other}" in message
    faults = sys.modules["faults"]
    assert "its problem there: None, here: faults:Faulty" in refused(config, "out", faults.Faulty())
    neat.run_seeds(config, "0", faults.Faulty(), jobs=1, out="handed")
    assert "its problem there: faults:Faulty, here: faults:Other" in refused(config, "handed", faults.Other())
    parity, another = (neat.problem(inputs=1, outputs=1)(made) for made in (faults.parity, faults.other))
    neat.run_seeds(config, "0", parity, jobs=1, out="function")
    neat.run_seeds(config, "1", parity, jobs=1, out="function")
    assert "its problem there: faults:parity, here: faults:other" in refused(config, "function", another)


def test_a_folder_in_use_is_refused():
    config = neat.load("xor.ini", SMALL)
    with Batch(config) as batch:
        batch.keep_in(Path("out"))
        message = refused(config, "out")
        assert message == "out: another process is making runs there (wait, or name a new folder)"
    assert len(neat.run_seeds(config, "0,1", jobs=1, out="out").rows) == 2


def test_a_folder_of_something_else_is_refused(folder):
    config = neat.load("xor.ini", SMALL)
    assert refused(config, folder) == (
        f"{folder}: is not empty, and holds no table of runs to continue (name a new folder)"
    )
    with pytest.raises(neat.NeatError, match="xor.csv: cannot be made the folder of the runs"):
        neat.run_seeds(config, "0", jobs=1, out="xor.csv")
    neat.run_seeds(config, "0", jobs=1, out="out")
    kept = Path("out/batch.json").read_text()
    for text, message in (
        ("", "cannot be read as the record of a batch of runs"),
        ("[" * 100_000, "cannot be read as the record of a batch of runs"),
        ("[]", "is not the record of a batch of this version"),
        (kept.replace('"version": 1', '"version": 2'), "is not the record of a batch of this version"),
        (json.dumps(json.loads(kept) | {"config": 3}), "cannot be read as the record of a batch of runs"),
        (json.dumps(json.loads(kept) | {"config": {"run": 3}}), "cannot be read as the record of a batch of runs"),
        (json.dumps(json.loads(kept) | {"files": []}), "cannot be read as the record of a batch of runs"),
    ):
        write_whole(Path("out/batch.json"), text)
        assert message in refused(config, "out")
    write_whole(Path("out/batch.json"), kept)
    rows = Path("out/table.csv").read_text()
    Path("out/table.csv").write_text("a,b\n")
    assert "table.csv: is not a table of runs" in refused(config, "out")
    Path("out/table.csv").write_text(rows.replace(",12,30,", ",13,30,"))
    assert "table.csv: the budget of seed 0 is not 12 generations of 30 genomes" in refused(config, "out")


def test_faults_are_reported_before_anything_is_made(folder):
    config = neat.load("xor.ini", SMALL)
    for arguments, message in (
        ({"seeds": "3..1"}, "runs backwards"),
        ({"seeds": [1, 1]}, "seed 1: appears twice"),
        ({"jobs": -1}, "jobs is -1; it must be a whole number"),
        ({"config": neat.load("xor.ini", ["problem.data=none.csv"])}, "none.csv: cannot be read"),
    ):
        with pytest.raises(neat.NeatError, match=re.escape(message)):
            neat.run_seeds(**{"config": config, "seeds": "0..3", "out": "out", **arguments})
        assert not (folder / "out").exists()


def test_a_problem_that_cannot_be_sent_to_processes():
    config, lock = neat.Config(population={"size": 10}, run={"generations": 2}), threading.Lock()
    problem = neat.problem(inputs=1, outputs=1)(lambda network: float(lock.locked()))
    with pytest.raises(neat.NeatError, match="the problem cannot be sent to worker processes .*jobs=1; for a single"):
        neat.run_seeds(config, "0,1", problem, jobs=2)
    assert len(neat.run_seeds(config, "0,1", problem, jobs=1).rows) == 2


def test_a_problem_passed_from_python_is_sent_to_processes():
    config = neat.load("xor.ini", SMALL)
    problem = neat.make_problem(config)
    two, one = (neat.run_seeds(config, "0,1", problem, jobs=jobs) for jobs in (2, 1))
    assert without_clock(two) == without_clock(one) == without_clock(neat.run_seeds(config, "0,1", jobs=1))


def test_a_script_needs_no_guard_and_its_own_functions_go_to_processes():
    script = """
import neat

neat.register_activation("bent", lambda z: z / (1.0 + abs(z)))
goal = 0.3

@neat.problem(inputs=1, outputs=1)
def near(network):
    return -abs(float(network([1.0])[0]) - goal)

class Near(neat.Problem):
    inputs, outputs, deterministic = ("x",), ("y",), True

    def evaluate(self, networks, context):
        return neat.Evaluation([near(network) for network in networks])

config = neat.Config(genome={"activation": "bent"}, run={"generations": 3}, population={"size": 10})
for problem in (near, Near()):
    one, two = (neat.run_seeds(config, "0..2", problem, jobs=jobs).rows for jobs in (1, 2))
    print([row.best_fitness for row in one] == [row.best_fitness for row in two], [row.error for row in two])
"""
    Path("script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True)
    assert done.stdout == "True [None, None, None]\n" * 2, done.stderr


def test_a_process_that_is_killed_before_it_begins_is_replaced_once(folder):
    text = "import os, pathlib, signal\nfrom multiprocessing import parent_process\n" + FAULTS + DIES_WHEN_IMPORTED
    Path("early.py").write_text(text)
    Path("early.ini").write_text(Path("faults.ini").read_text().replace("faults:Faulty", "early:Other"))
    config = neat.load("early.ini")
    problem = neat.make_problem(config)  # its class is imported as a process begins
    Path("death-1").touch()
    table = neat.run_seeds(config, "4..6", problem, jobs=2)
    assert without_clock(table) == without_clock(neat.run_seeds(config, "4..6", problem, jobs=1))
    assert not Path("death-1").exists()
    for number in range(3):
        Path(f"death-{number}").touch()
    with pytest.raises(neat.NeatError, match="killed before it began, 2 times, .* exit status -9 .is there"):
        neat.run_seeds(config, "4..6", problem, jobs=2)


@pytest.mark.parametrize("stop", ["solved", "9", "16", "none"])
def test_a_table_and_a_run_agree_on_what_is_solved(stop):
    config = neat.load("xor.ini", [f"run.stop_fitness={stop}", "run.generations=40"])
    for row in neat.run_seeds(config, "0..3", jobs=1).rows:
        result = neat.run(config.replace(run={"seed": row.seed}))
        assert (row.solved, row.generations) == (result.solved, result.generations)
        assert row.solved or result.reasons == ("generations",)
