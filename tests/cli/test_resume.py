"""`neat resume` and `neat verify`: what they say, and how they end."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from pathlib import Path

from commands import COMMAND, Neat
from crashing import contents, start, wait_for

import neat as engine


def solved(neat: Neat, *arguments: object) -> int:
    """Make a run that solves XOR, and return the number of its generations, of which the tests need more than ten."""
    told = json.loads(neat("run", "xor.ini", "--seed", 1, "--quiet", "--json", *arguments).out)
    assert told["solved"] and told["generations"] > 10
    return int(told["generations"])


def test_resume_says_where_it_resumes_and_ends_like_run(neat: Neat) -> None:
    total = solved(neat, "--out", "runs/whole")
    neat("run", "xor.ini", "--seed", 1, "--generations", 10, "--quiet")
    ended = neat("resume", "--generations", 200)
    assert ended.status == 0
    ending = f"solved after {total} generations: best "
    assert ended.out.startswith(f"runs/xor-1: seed 1, resumes after generation 10\n{ending}")
    assert ended.out.endswith("runs/xor-1/champion.json\n")
    again = neat("resume", "xor-1")
    assert again.status == 0 and again.out.startswith(f"runs/xor-1: is finished (solved)\n{ending}")
    told = json.loads(neat("resume", "--json").out)
    assert (told["status"], told["solved"], told["generations"], told["run"]) == ("finished", True, total, "runs/xor-1")
    assert contents(Path("runs/xor-1"))["generation"] == contents(Path("runs/whole"))["generation"]


def test_resume_from_an_earlier_generation_makes_a_new_folder(neat: Neat) -> None:
    total = solved(neat)
    ended = neat("resume", "--from", 5)
    assert ended.status == 0 and ended.out.startswith("runs/xor-1-from-5-1: seed 1, resumes after generation 5\n")
    assert contents(Path("runs/xor-1")) == contents(Path("runs/xor-1-from-5-1"))
    for arguments, said in (
        (["--from", total + 1], f"has no such generation (1 to {total})"),
        (["--out", "new"], "continues in its own folder"),
        (["--generations", 3], f"already has {total}"),
    ):
        refused = neat("resume", "xor-1", *arguments)
        assert refused.status == 2 and said in refused.err and refused.out == "" and "Traceback" not in refused.err


def test_verify_ends_with_1_where_a_generation_differs(neat: Neat) -> None:
    total = solved(neat)
    ended = neat("verify")
    assert (ended.status, ended.out) == (0, f"runs/xor-1: {total} generations computed again, every one the same\n")
    assert json.loads(neat("verify", "--json").out)["same"] is True
    connection = sqlite3.connect("runs/xor-1/run.sqlite")
    connection.execute("UPDATE species SET best = best + 1 WHERE generation = 7")
    connection.commit()
    connection.close()
    ended = neat("verify", "--threads", 1)
    assert ended.status == 1
    assert ended.out == f"runs/xor-1: generation 7 is the first that differs, of {total} (in: species)\n"
    told = json.loads(neat("verify", "--json").out)
    assert (told["same"], told["differs"], told["tables"], told["generations"]) == (False, 7, ["species"], 6)


def test_other_versions_are_reported_on_stderr(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1, "--generations", 5, "--quiet")
    connection = sqlite3.connect("runs/xor-1/run.sqlite")
    connection.execute("UPDATE session SET versions = json_set(versions, '$.numpy', '1.26.4')")
    connection.commit()
    connection.close()
    for command in (["resume", "--generations", 6], ["verify"]):
        ended = neat(*command)
        assert ended.status == 0 and "warning: numpy was '1.26.4' when the run was made, and is '" in ended.err
        connection = sqlite3.connect("runs/xor-1/run.sqlite")
        connection.execute("UPDATE session SET versions = json_set(versions, '$.numpy', '1.26.4')")
        connection.commit()
        connection.close()


def test_ctrl_c_says_how_to_resume_and_that_works(neat: Neat) -> None:
    never = ["run.stop_fitness=none", "mutation.add_node=0", "population.size=30"]  # without hidden nodes no XOR
    options = [*(word for setting in never for word in ("--set", setting)), "--seed", "1"]
    process = start("run", "xor.ini", *options, "--generations", "1000000")
    wait_for(process, "runs/xor-1")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130 and "continue it: neat resume runs/xor-1\n" in said
    with engine.History("runs/xor-1") as history:
        assert history.status == "interrupted"
        there = 0 if history.last is None else history.last + 1
    done = subprocess.run(
        [*COMMAND, "resume", "runs/xor-1", "--generations", str(there + 40)], capture_output=True, text=True
    )
    assert done.returncode == 0 and f"not solved after {there + 40} generations" in done.stdout.replace(",", "")
