"""Runs as processes of their own that are killed, starved of disk, or corrupt: nothing saved is lost."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import COMMAND, CONFIGS
from crashing import contents, start, wait_for, without_root

import neat
from neat.store.lock import is_locked

#: The command with commits as often as they can be made: then a kill at any instant often strikes one.
HASTY = [
    sys.executable, "-c",
    "from neat.store import writer; writer._SECONDS_BETWEEN, writer._SHARE = 0.0, 1; from neat.cli import main; main()",
]  # fmt: skip
KILLS = 20
SETTINGS = ["population.size=50", "run.generations=1500", "run.stop_fitness=none", "run.checkpoint=37", "run.seed=5"]
OPTIONS = [word for setting in SETTINGS for word in ("--set", setting)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was never interrupted."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder)
    return folder


def generations_in(folder: Path) -> int:
    with neat.History(folder) as history:
        return history.last or 0


def test_twenty_kills_of_a_run_that_has_begun_leave_no_trace(whole: Path, tmp_path: Path) -> None:
    folder, chance, struck, there = tmp_path / "run", random.Random(1), 0, 0
    arguments: list[object] = ["run", CONFIGS / "xor.ini", *OPTIONS, "--out", folder]
    for kill in range(1, KILLS + 1):
        process = start(*arguments, command=HASTY)
        if kill % 3:
            wait_for(process, str(folder))
            while generations_in(folder) <= there and process.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.1))
        else:  # also while it is beginning
            time.sleep(chance.uniform(0.0, 1.0))
        struck += process.poll() is None
        process.kill()
        process.communicate()
        assert not is_locked(folder)
        now = generations_in(folder)
        assert now >= there  # what was saved is there
        there = now
        arguments = ["resume", folder, "--threads", chance.choice([1, 2])]
    assert struck == KILLS and 0 < there < 1500
    with neat.History(folder) as history:
        assert history.status == "interrupted"
    done = subprocess.run([*COMMAND, "resume", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert contents(folder) == contents(whole)
    assert (folder / "champion.json").read_bytes() == (whole / "champion.json").read_bytes()
    with neat.History(folder) as history:
        assert history.status == "finished" and len(history.sessions()) > 2


def test_two_processes_never_make_one_run(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start("run", CONFIGS / "xor.ini", *OPTIONS, "--set", "run.generations=1000000", "--out", folder)
    wait_for(process, "run")
    second = subprocess.run([*COMMAND, "resume", str(folder)], capture_output=True, text=True)
    assert second.returncode == 2 and "another process is making this run" in second.stderr
    with pytest.raises(neat.NeatError, match="another process is making this run"):
        neat.resume(folder)
    with neat.History(folder) as history:
        assert history.status == "running"
    process.kill()
    process.communicate()
    with neat.History(folder) as history:
        assert history.status == "interrupted"
    third = start("resume", folder)
    wait_for(third, "run")
    third.send_signal(signal.SIGINT)
    _, said = third.communicate()
    assert third.returncode == 130 and f"continue it: neat resume {folder}" in said


def test_a_fork_of_a_run_does_not_hold_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom neat.store.lock import Lock\n"
        "lock = Lock(Path(sys.argv[1]), 'busy')\n"
        "if os.fork() == 0:\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
        "sys.stdin.read()\nos.kill(os.getpid(), 9)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert is_locked(tmp_path)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait() == -signal.SIGKILL
    os.kill(child, 0)  # it lives, and holds nothing
    assert not is_locked(tmp_path)
    os.kill(child, signal.SIGKILL)
    process.stdout.close()


def limited(size: int) -> Callable[[], None]:
    """Return what makes a process unable to write a file larger than `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None] | None, Callable[[], object]]]:
    """Return a folder on a disk that is soon full, what a process needs for that, and what makes room."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", place], capture_output=True)
    if made.returncode:  # nobody but root may do that: a limit on the size of files is the next best
        yield place, limited(600_000), lambda: None
        return
    try:
        yield place, None, lambda: subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_full_disk_costs_nothing_that_was_saved(
    small: tuple[Path, Callable[[], None] | None, Callable[[], object]], whole: Path
) -> None:
    place, preparation, make_room = small
    folder = place / "run"
    arguments = ["run", str(CONFIGS / "xor.ini"), *OPTIONS, "--out", str(folder)]
    check_that_it_fails_and_continues([*HASTY, *arguments], folder, preparation, make_room, whole)


def test_a_limit_on_files_costs_nothing_that_was_saved(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    arguments = ["run", str(CONFIGS / "xor.ini"), *OPTIONS, "--out", str(folder)]
    check_that_it_fails_and_continues([*HASTY, *arguments], folder, limited(700_000), lambda: None, whole)


def test_a_run_that_cannot_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [*COMMAND, "run", str(CONFIGS / "xor.ini"), "--seed", "1", "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited(20_000))
    assert done.returncode == 2 and f"{folder}/run.sqlite: cannot be made (" in done.stderr, done.stderr
    assert [file.name for file in folder.iterdir()] == [".lock"]
    assert subprocess.run(command, capture_output=True).returncode == 0  # in the same folder


def check_that_it_fails_and_continues(
    command: list[str],
    folder: Path,
    preparation: Callable[[], None] | None,
    make_room: Callable[[], object],
    whole: Path,
) -> None:
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=preparation)
    assert done.returncode == 2, done.stderr
    # The disk may be full when a commit is written, or the champion after it.
    assert re.search(r"(run\.sqlite|champion\.json): cannot be written", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    there = contents(folder)
    assert 0 < len(there["generation"]) < 1500
    make_room()
    neat.resume(folder)
    assert contents(folder) == contents(whole)


def test_a_folder_that_cannot_be_written_is_told_and_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", ["run.generations=3", "run.seed=1"]), out=folder)
    before = contents(folder)
    folder.chmod(0o555)
    try:
        for command, status, said in (
            (["resume", folder, "--generations", "9"], 2, "run.sqlite: cannot be written"),
            (["run", CONFIGS / "xor.ini", "--out", folder / "new"], 2, "cannot be used as the folder of a run"),
            (["verify", folder], 0, ""),
            (["show", folder], 0, ""),
        ):
            done = subprocess.run(
                [*COMMAND, *map(str, command)], capture_output=True, text=True, preexec_fn=without_root
            )
            assert done.returncode == status, done.stderr
            assert said in done.stderr and "Traceback" not in done.stderr
    finally:
        folder.chmod(0o755)
    assert contents(folder) == before
    assert neat.resume(folder, generations=9).generations == 9


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", ["run.generations=2", "run.seed=1"]), out=folder)
    for closed in (folder, folder.parent):
        closed.chmod(0o000)
        done = subprocess.run(
            [*COMMAND, "show", "run"], capture_output=True, text=True, preexec_fn=without_root, cwd=tmp_path
        )
        closed.chmod(0o755)
        said = f"{closed.relative_to(tmp_path)}: cannot be read (Permission denied), so no run can be found there\n"
        assert (done.returncode, done.stderr) == (2, said)


def test_a_corrupt_file_is_rejected_or_resumed_correctly(tmp_path: Path) -> None:
    config = neat.load(CONFIGS / "xor.ini", ["run.seed=3", "population.size=8", "run.generations=12"])
    good, part, chance = tmp_path / "good", tmp_path / "part", random.Random(4)
    neat.run(config, out=good)

    def watch(generation: neat.Generation) -> None:
        if generation.number == 5:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(config, out=part, watch=watch)
    data, wanted, refused = (part / "run.sqlite").read_bytes(), contents(good), 0
    for attempt in range(120):
        spoilt = bytearray(data)
        if attempt % 4 == 0:
            del spoilt[chance.randrange(len(spoilt)) :]
        elif attempt % 4 == 1:
            start_of = chance.randrange(len(spoilt))
            spoilt[start_of : start_of + 512] = bytes(512)
        else:
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        folder = tmp_path / f"spoilt-{attempt}"
        folder.mkdir()
        (folder / "run.sqlite").write_bytes(spoilt)
        try:
            neat.resume(folder)
        except neat.NeatError as error:
            refused += 1
            assert str(folder) in str(error) and "\n" not in str(error)
            assert (folder / "run.sqlite").read_bytes() == spoilt
            continue
        found = contents_of_what_came(folder)
        assert found == {table: rows_after(5, wanted[table]) for table in found}
    assert refused > 30


def contents_of_what_came(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of what was computed after the damage; a corrupt row of the past stays what it is."""
    connection = sqlite3.connect(folder / "run.sqlite")
    connection.close()
    tables = ("generation", "species", "champion", "lineage", "innovation", "checkpoint")
    found = {}
    for table in tables:
        connection = sqlite3.connect(folder / "run.sqlite")
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "seconds"]
        rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table} WHERE generation > 5").fetchall()
        connection.close()
        found[table] = sorted(rows, key=repr)
    return found


def rows_after(generation: int, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [row for row in rows if int(str(row[0])) > generation]
