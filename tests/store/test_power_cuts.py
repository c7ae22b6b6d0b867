"""Runs on a disk that loses everything that was not synchronised, and processes killed at an exact change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import CONFIGS
from corruption import scratch
from crashing import contents
from power import Change, Disk, Kind, compiled, recorded

import neat

SETTINGS = ["population.size=40", "run.generations=80", "run.stop_fitness=none", "run.checkpoint=17", "run.seed=5"]
CUTS = 60

#: Makes a run that commits every generation, and marks after each of them how many a reader finds.
MARKING = """
import os, sys
import neat
from neat.store import writer as store

store._SECONDS_BETWEEN, store._SHARE = 0.0, 0
disk, config, settings = sys.argv[1], sys.argv[2], sys.argv[3:]
mark = os.open(disk + "/mark", os.O_WRONLY | os.O_CREAT)

def watch(generation):
    with neat.History(disk + "/run", checked=False) as history:
        if history.last is not None:
            os.pwrite(mark, b"%d" % history.last, 0)

neat.run(neat.load(config, settings), out=disk + "/run", watch=watch)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library that records what a process changes on its disk."""
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder in memory for what a process writes; a real disk would only be slower."""
    with scratch() as folder:
        (folder / "disk").mkdir()
        yield folder / "disk"


def found_before(changes: list[Change]) -> int:
    """Return the last generation that a reader found before the end of these changes, or 0."""
    marks = [int(change.data) for change in changes if Path(change.path).name == "mark"]
    return marks[-1] if marks else 0


def test_a_power_cut_at_any_instant_costs_nothing_that_a_reader_has_seen(library: Path, place: Path) -> None:
    chance, record = random.Random(2), place.parent / "record"
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=place.parent / "whole")
    wanted = contents(place.parent / "whole")
    changes = recorded(library, place, record, MARKING, place, CONFIGS / "xor.ini", *SETTINGS)
    first = next(number for number, change in enumerate(changes) if Path(change.path).name == "mark")
    own = [change.kind for change in changes[first:] if Path(change.path) == place / "run" / "run.sqlite"]
    assert own.count(Kind.SYNC) > 1  # the log was copied into the file in the middle of the run, too
    disk, done, seen = Disk(), 0, set()
    for cut, end in enumerate(sorted(chance.sample(range(first + 1, len(changes)), CUTS))):
        disk.apply(changes[done:end])
        done, there = end, found_before(changes[:end])
        folder = place.parent / f"cut-{cut}"
        disk.cut(place / "run", folder, chance)
        rows = contents(folder)
        assert len(rows["generation"]) >= there
        seen.add(there)
        for table in ("generation", "species", "champion", "lineage", "innovation"):
            assert set(rows[table]) <= set(wanted[table])
        if cut % 20 == 0:
            neat.resume(folder)
            assert contents(folder) == wanted
    assert len(seen) > CUTS // 3


#: Begins the same run again and again, each time in a fork that is killed at the next change of a file.
KILLED = """
import ctypes, itertools, os, sys
import neat

place, settings = sys.argv[1], sys.argv[3:]
config = neat.load(sys.argv[2], settings)
neat.run(config)  # everything is imported and compiled
library = ctypes.CDLL(os.environ["LD_PRELOAD"])
for number in itertools.count(1):
    if os.fork() == 0:
        library.kill_at_change(ctypes.c_int64(number))
        neat.run(config, out=f"{place}/{number}")
        os._exit(0)
    if os.wait()[1] == 0:
        break
"""


def test_a_kill_at_any_change_of_a_file_leaves_a_run_that_can_be_resumed(library: Path, place: Path) -> None:
    settings = [*SETTINGS, "population.size=10", "run.generations=3", "run.threads=1"]
    config, record = neat.load(CONFIGS / "xor.ini", settings), place.parent / "record"
    recorded(library, place, record, KILLED, place, CONFIGS / "xor.ini", *settings)
    runs = sorted(place.iterdir(), key=lambda folder: int(folder.name))
    wanted = contents(runs.pop())  # the last run was not killed
    for folder in runs:
        if (folder / "config.ini").exists():
            neat.resume(folder)
        else:
            neat.run(config, out=folder)
        assert contents(folder) == wanted
    assert len(runs) > 60
