"""Runs and batches that are killed while their files are written: each file is complete or missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import CONFIGS
from corruption import scratch
from crashing import contents

import neat
from neat.store.folder import RUNS, find_run
from neat.store.lock import Lock
from neat.store.removal import remove_run
from neat.studies.listing import list_runs

SETTINGS = ["run.seed=7", "population.size=8", "run.generations=3", "run.stop_fitness=none"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder)
    return folder


# Forks run the same experiment, and each is killed before one more change of a file than the one before it.
KILLED = """
import os, signal, sys
from pathlib import Path
import neat
from crashing import contents

config, base, kind = neat.load(sys.argv[1], sys.argv[3:]), Path.cwd(), sys.argv[2]
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate", "sqlite3.connect"}

def make(folder):
    if kind == "run":
        neat.run(config, out=folder)
    else:
        neat.run_seeds(config, "0,1", jobs=1, out=folder)

def go_on(folder):
    if kind == "run" and (folder / "config.ini").exists():
        neat.resume(folder)
    else:
        make(folder)  # nothing was begun: the folder can be used again

def found(folder):
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix == ".json"}
    if kind == "run":
        return {**files, **contents(folder)}
    rows = [line.split(",") for line in (folder / "table.csv").read_text().splitlines()]
    return {name: data for name, data in files.items() if "champion" in name}, [row[:8] + row[9:] for row in rows]

make(base / "whole")
wanted, kills = found(base / "whole"), 0
while True:
    folder = base / f"killed-{kills}"
    child = os.fork()
    if child == 0:
        seen = 0

        def before(event, arguments):
            global seen
            if event in CHANGES and f"killed-{kills}" in str(arguments[0]):
                seen += 1
                if seen > kills:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(before)
        make(folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    if folder.exists():
        go_on(folder)
        assert found(folder) == wanted, kills
        assert not [file.name for file in folder.iterdir() if file.name.startswith(".") and file.name != ".lock"]
    kills += 1
print(kills)
"""


@pytest.mark.parametrize("kind", ["run", "batch"])
def test_a_kill_before_any_change_of_a_file_leaves_a_run_that_can_be_resumed(kind: str) -> None:
    settings = SETTINGS if kind == "run" else SETTINGS[1:]
    command = [sys.executable, "-c", KILLED, CONFIGS / "xor.ini", kind, *settings, "run.threads=1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    with scratch() as folder:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def begun(whole: Path, folder: Path, *left: str) -> Path:
    """Make a folder as left by a kill during the writing of the run's file, with incomplete parts of the file."""
    folder.mkdir(parents=True)
    shutil.copy(whole / "config.ini", folder)
    data = (whole / "run.sqlite").read_bytes()
    for place, name in enumerate(left):
        (folder / name).write_bytes(data[: place * 5_000])
    return folder


PART = ".run.sqlite.1234-5678"


@pytest.mark.parametrize(
    "left",
    [
        (), (".lock",), (".lock", PART), (PART, f"{PART}-journal"), (".lock", PART, f"{PART}-wal", f"{PART}-shm"),
        (".lock", ".champion.json.1-2", PART),
    ],
)  # fmt: skip
def test_a_run_begins_from_its_configuration(whole: Path, tmp_path: Path, left: tuple[str, ...]) -> None:
    folder = begun(whole, tmp_path / "run", *left)
    before = (folder / "config.ini").read_bytes()
    assert neat.resume(folder).generations == 3
    assert contents(folder) == contents(whole)
    assert (folder / "config.ini").read_bytes() == before
    assert {file.name for file in folder.iterdir()} == {".lock", "config.ini", "champion.json", "run.sqlite"}


def test_a_run_that_was_only_begun_may_have_more_generations(whole: Path, tmp_path: Path) -> None:
    folder = begun(whole, tmp_path / "run")
    with pytest.raises(neat.ConfigError, match=r"^\[run\] generations = 0"):
        neat.resume(folder, generations=0)
    assert neat.resume(folder, generations=5).generations == 5
    assert "generations = 5\n" in (folder / "config.ini").read_text()
    assert neat.resume(folder).generations == 5


def test_what_was_only_begun_is_listed_and_removed(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = begun(whole, RUNS / "xor-1", ".lock", PART)
    (listed,) = list_runs()
    assert (listed.folder, listed.status, listed.seed, listed.generations) == (folder, "interrupted", 7, 0)
    lock = Lock(folder, "busy")
    assert list_runs()[0].status == "running"
    with pytest.raises(neat.NeatError, match="another process is making this run"):
        neat.resume(folder)
    lock.release()
    for name in ("xor-1", "latest", str(folder)):
        with pytest.raises(neat.NeatError, match=r"before anything was computed \(neat resume runs/xor-1 starts"):
            find_run(name)
    assert find_run("xor-1", unfinished=True) == find_run("latest", unfinished=True) == folder
    remove_run(folder)
    assert not folder.exists()


def test_a_folder_of_the_users_own_is_never_taken_for_a_run(whole: Path, tmp_path: Path) -> None:
    for name, extra, text in (("a", "notes.txt", None), ("b", "config.ini", "[run]\nseed = 1\n")):
        folder = begun(whole, tmp_path / name)
        (folder / extra).write_text(text or "")
        assert list_runs(tmp_path) == []
        with pytest.raises(neat.NeatError, match="is not a run"):
            remove_run(folder)
        with pytest.raises(neat.NeatError, match="there is no such file"):
            neat.resume(folder)
        assert (folder / "config.ini").exists()


def test_a_run_that_was_only_begun_needs_what_any_run_needs(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def fitness(network):\n    return float(network([1.0])[0])\n")
    text = "[problem]\nkind = own:fitness\ninputs = 1\noutputs = 1\n[run]\nseed = 1\ngenerations = 2\n"
    (tmp_path / "own.ini").write_text(f"{text}stop_fitness = none\n[population]\nsize = 5\n")
    neat.run(neat.load(tmp_path / "own.ini"), out=tmp_path / "whole")
    folder = begun(tmp_path / "whole", tmp_path / "begun")
    with pytest.raises(neat.NeatError, match=r"it names code, own:fitness in .*\(add --trust"):
        neat.resume(folder)
    with pytest.raises(neat.NeatError, match="has no generation yet"):
        neat.resume(folder, start=1)
    assert neat.resume(folder, trust=True).generations == 2
    assert contents(folder) == contents(tmp_path / "whole")


def test_a_problem_passed_from_python_is_passed_again(tmp_path: Path) -> None:
    @neat.problem(inputs=1, outputs=1)
    def problem(network: neat.Network) -> float:
        return float(network([1.0])[0])

    config = neat.Config(run={"seed": 1, "generations": 2, "stop_fitness": "none"}, population={"size": 5})
    neat.run(config, problem, out=tmp_path / "whole")
    folder = begun(tmp_path / "whole", tmp_path / "begun")
    with pytest.raises(neat.NeatError, match=r"passed from Python \(resume it there: neat.resume\(run, problem\)\)"):
        neat.resume(folder)
    assert neat.resume(folder, problem).generations == 2
    assert contents(folder) == contents(tmp_path / "whole")


def test_another_version_does_not_begin_a_run(whole: Path, tmp_path: Path) -> None:
    folder = begun(whole, tmp_path / "run")
    text = (folder / "config.ini").read_text()
    (folder / "config.ini").write_text(text.replace("# neat-engine ", "# neat-engine 0.0.1-", 1))
    with pytest.raises(neat.NeatError, match=r"config\.ini: was written by neat-engine 0\.0\.1-"):
        neat.resume(folder)
    assert json.dumps(sorted(file.name for file in folder.iterdir())) == '[".lock", "config.ini"]'
