"""The command as a process of its own: signals, pipes, and who else is installed."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import COMMAND

import neat as engine
from neat.store.history import History

# In generation 1 nothing is slow; after it, one evaluation takes minutes: asleep in Python, or in kernels.
SLOW = """
import dataclasses, pathlib, time
import numpy as np
import neat

class Slow(neat.Problem):
    inputs, outputs = ("a", "b"), ("y",)

    def __init__(self, where):
        self.where = where

    def evaluate(self, networks, context):
        if context.rng.generation == 2:
            if self.where == "python":
                pathlib.Path("busy").touch()
                time.sleep(600)
            rows = np.ones((20_000_000 // 8, 2))
            table = neat.Dataset(rows, rows[:, 0])
            here = dataclasses.replace(context, threads=int(self.where))
            table.evaluate(networks[:0], here)  # the kernel is compiled
            pathlib.Path("busy").touch()
            table.evaluate(networks, here)
        return neat.Evaluation(np.zeros(len(networks)))
"""
SOON = 3.0  # seconds: a fraction of one on an idle machine


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background has SIGINT ignored, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["python", "1", "2"])
def test_ctrl_c_saves_the_champion_at_once_and_ends_with_130(where: str, number: signal.Signals) -> None:
    Path("slow.py").write_text(SLOW)
    Path("slow.ini").write_text(f"[problem]\nkind = slow:Slow\nwhere = {where}\n[population]\nsize = 2000\n")
    process = start("run", "slow.ini", "--json", "--seed", "1")
    while not Path("busy").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    time.sleep(0.3)
    begun = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - begun < SOON
    assert process.returncode == 130
    assert "Traceback" not in err and "interrupted after 1 generation;" in err
    told = json.loads(out)
    assert told["status"] == "interrupted" and told["generations"] == 1
    engine.Genome.from_json(Path(told["champion"]).read_text())
    with History(Path("runs/slow-1")) as history:
        assert (history.about.status, history.last) == ("interrupted", 1)


def test_ctrl_c_before_the_first_generation_ends_with_130_too() -> None:
    Path("slow.py").write_text(SLOW.replace("context.rng.generation == 2", "True"))
    Path("slow.ini").write_text("[problem]\nkind = slow:Slow\nwhere = python\n")
    process = start("run", "slow.ini", "--json")
    while not Path("busy").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == "" and "before the first generation" in err and "Traceback" not in err


def test_an_impatient_ctrl_c_says_nothing_more() -> None:
    process = start("run", "xor.ini", "--seed", "1", "--set", "run.stop_fitness=none", "--generations", "1000000")
    while not Path("runs/xor-1/champion.json").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130  # in the last moments of the interpreter too
    assert [line.partition(" ")[0] for line in err.splitlines()] == ["interrupted", "continue"]
    with History(Path("runs/xor-1")) as history:
        assert history.about.status == "interrupted"


# The command, which says when its first own instruction is over.
ANNOUNCED = """
import os, sys
import neat_command
take = neat_command._take_interrupts
neat_command._take_interrupts = lambda: (take(), os.write(1, b"begun\\n"))
sys.argv[0] = "neat"
neat_command.main()
"""


def begun(*arguments: str) -> subprocess.Popen[str]:
    """Start a command and return its process as soon as the command has executed its first instruction."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANNOUNCED, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    return process


ENDLESS = ["run", "xor.ini", "--seed", "1", "--set", "run.stop_fitness=none", "--generations", "1000000"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("wait", [0.0, 0.05, 0.2, 0.5])
def test_an_interrupt_at_any_moment_ends_with_130(number: signal.Signals, wait: float) -> None:
    process = begun(*ENDLESS)
    time.sleep(wait)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err and "Exception" not in err


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_many_interrupts_at_random_moments_end_with_130(seed: int) -> None:
    draw = random.Random(seed)
    command = draw.choice(
        [ENDLESS, ["check", "xor.ini"], [*ENDLESS[:2], "--seeds", "0..99", "--jobs", "2", *ENDLESS[4:]]]
    )
    process = begun(*command)
    time.sleep(draw.uniform(0.0, 3.0))
    number = draw.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    for _ in range(draw.choice([1, 2, 10, 100])):
        if process.poll() is None:
            process.send_signal(number)
            time.sleep(draw.choice([0.0, 0.002, 0.02]))
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err and "Exception" not in err
    assert process.returncode == 130 or (command[0] == "check" and process.returncode == 0)


def test_interrupts_that_the_caller_ignores_stay_ignored() -> None:
    """With signals ignored, as by `nohup` and `&`, the run continues."""
    process = subprocess.Popen(
        [*COMMAND, "run", "xor.ini", "--seed", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGINT)],
    )
    while process.poll() is None:
        for number in (signal.SIGHUP, signal.SIGINT):
            process.send_signal(number)
        time.sleep(0.05)
    assert process.communicate()[0].startswith("runs/xor-1: seed 1\nsolved") and process.returncode == 0


def test_a_run_continues_after_its_terminal_was_closed() -> None:
    leader, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *ENDLESS], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    while not Path("runs/xor-1/champion.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.close(leader)  # from now on, writing to the terminal fails
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60) == 130
    with History(Path("runs/xor-1")) as history:
        assert history.about.status == "interrupted"
        last = history.last
    assert last is not None
    again = subprocess.run(
        [*COMMAND, "resume", "--generations", str(last + 3), "--json"], capture_output=True, text=True
    )
    assert again.returncode == 0 and json.loads(again.stdout)["generations"] == last + 3


def test_a_closed_pipe_is_no_traceback() -> None:
    for command in ("reference", "reference --markdown", "problems", "--help"):
        line = f"{sys.executable} -m neat {command} | head -n 1"
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
        assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_a_run_without_a_reader_ends_like_an_interrupted_one() -> None:
    line = f"{sys.executable} -m neat run xor.ini --set run.stop_fitness=none --generations 10000000 | head -n 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("runs/xor-1: seed ") and "Traceback" not in done.stderr
    with History(Path("runs/xor-1")) as history:
        assert history.about.status == "interrupted"


def test_an_output_that_cannot_be_written_is_reported_in_a_sentence() -> None:
    if not Path("/dev/full").exists():
        return
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "reference"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "cannot be written (No space left on device)" in done.stderr and "Traceback" not in done.stderr


def test_an_environment_with_neat_python_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "neat_python-2.0.0.dist-info").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    code = "import neat_command; neat_command.main()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stdout == "" and "neat-python is installed" in done.stderr and "Traceback" not in done.stderr
