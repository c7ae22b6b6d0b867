"""`neat run --seeds` and `neat compare`: what they print, and how they end."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from commands import COMMAND, Neat
from tables import row

import neat as engine
from neat.cli.batch import print_summary

PROGRESS = re.compile(r"\d+ of \d+ runs, .*")  # told every few seconds, on a slow machine

MINE = """
import numpy as np
import neat

print("imported, too")

class Mine(neat.Problem):
    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks, context):
        print("a word of mine")
        if context.rng.seed == 1:
            raise ValueError("oh dear")
        return neat.Evaluation(np.arange(len(networks), dtype=float))
"""


def test_many_seeds_give_a_table_and_what_it_comes_to(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--seeds", "0..2,5", "--jobs", 1)
    assert ended.status == 0 and "Traceback" not in ended.err  # kernels may have to be compiled, and it says so
    lines = [line for line in ended.out.splitlines() if not PROGRESS.fullmatch(line)]
    assert lines[0] == "runs/xor-seeds-1: 4 runs"
    assert lines[1].split() == [
        "seed", "solved", "generations", "evaluations", "hidden", "connections", "best", "fitness", "seconds",
    ]  # fmt: skip
    assert [line.split()[:2] for line in lines[2:6]] == [[seed, "yes"] for seed in "0125"]
    assert "4 of 4 solved (95 %: 51 % to 100 %), budget 200 generations x 150 genomes = 30,000" in ended.out
    for name in ("evaluations", "generations", "hidden nodes", "connections", "best fitness"):
        assert f"{name}  " in ended.out
    assert lines[-1].endswith("runs/xor-seeds-1/table.csv")
    assert [row.seed for row in engine.Table.read("runs/xor-seeds-1").rows] == [0, 1, 2, 5]
    for run in ("xor-seeds-1", "runs/xor-seeds-1"):
        shown = neat("show", run).out
        assert "kind = dataset" in shown and "\n".join(lines[1:-1]) in shown


def test_the_same_folder_continues(neat: Neat) -> None:
    neat("run", "xor.ini", "--seeds", "0,1", "--jobs", 1, "--out", "out")
    ended = neat("run", "xor.ini", "--seeds", "1..3", "--jobs", 1, "--out", "out")
    assert ended.out.startswith("out: 3 runs, 1 of them already finished\n")
    assert "4 of 4 solved" in ended.out and "\n2 runs in " in ended.out
    again = neat("run", "xor.ini", "--seeds", "0..3", "--out", "out")
    assert again.status == 0 and "\n0 runs in " in again.out
    other = neat("run", "xor.ini", "--seeds", "0..3", "--out", "out", "--generations", 5)
    assert other.status == 2 and "[run] generations there: 200, here: 5" in other.err and other.out == ""


def test_failed_runs_are_not_hidden(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--seeds", "0..9", "--jobs", 1, "--generations", 18, "--quiet")
    table = engine.Table.read("runs/xor-seeds-1")
    assert ended.status == 0 and 0 < len(table.solved) < 10
    first, *_, note, last = ended.out.splitlines()
    assert first.startswith(f"{len(table.solved)} of 10 solved") and "18 generations x 150 genomes = 2,700" in first
    assert f"only the {len(table.solved)} solved runs count" in note
    assert "table.csv" in last


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_json_prints_one_object_whatever_a_problem_prints(neat: Neat, jobs: str) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text("[problem]\nkind = mine:Mine\n[run]\ngenerations = 2\n")
    command = [*COMMAND, "run", "mine.ini", "--seeds", "0..2", "--jobs", jobs, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert done.returncode == 1 and "a word of mine" in done.stderr and "Traceback" not in done.stderr
    assert (told["status"], told["run"], told["runs"], told["errors"]) == ("finished", "runs/mine-seeds-1", 3, 1)
    assert told["generations"] == 2 and told["population"] == 150
    assert [row["seed"] for row in told["rows"]] == [0, 1, 2]
    assert "oh dear" in told["rows"][1]["error"] and told["rows"][0]["error"] is None
    ended = neat("run", "mine.ini", "--seeds", "0..2", "--out", "runs/mine-seeds-1")
    assert ended.status == 1 and "seed 1 failed: ProblemError: the problem raised ValueError: oh dear" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jobs", "2"], "--jobs: only with --seeds"),
        (["--seeds", "0..3", "--seed", "1"], "--seed, --seeds: only one of them"),
        (["--seeds", "0..3", "--set", "run.seed=1"], "--set run.seed=1: not with --seeds"),
        (["--seeds", "0..3", "--set", " Run . SEED =1"], "not with --seeds"),
        (["--seeds", "0..3", "--set", "run.threads=2"], "--set run.threads=2: not with --seeds"),
        (
            ["--seeds", "0..3", "--workers", "2"],
            "--workers 2: not with --seeds (--jobs 2 makes as many runs at a time)",
        ),
        (["--seeds", "0..3", "--executor", "threads"], "--executor threads: not with --seeds"),
        (["--seeds", "3..0"], "runs backwards"),
        (["--seeds", "all"], "'all' is neither a seed nor a range"),
        (["--seeds", "0..3", "--jobs", "0"], "--jobs"),
        (["--seeds", "0..3", "--out", "."], "holds no table of runs to continue"),
        (["--seeds", "0..3", "--out", "xor.csv"], "cannot be made the folder of the runs"),
        (["--seeds", "0..3", "--set", "population.sise=3"], "did you mean 'size'?"),
        (["--seeds", "0..3", "--set", "problem.data=none.csv"], "none.csv: cannot be read"),
    ],
)
def test_contradictions_are_refused_in_a_sentence(neat: Neat, arguments: list[str], said: str) -> None:
    ended = neat("run", "xor.ini", *arguments)
    assert ended.status == 2 and ended.out == "" and said in ended.err and "Traceback" not in ended.err
    assert not Path("runs").exists()


def test_compare_says_first_in_words_whether_tables_differ(neat: Neat) -> None:
    neat("run", "xor.ini", "--seeds", "0..9", "--jobs", 1, "--out", "a")
    neat("run", "xor.ini", "--seeds", "0..9", "--jobs", 1, "--out", "b", "--generations", 10)
    ended = neat("compare", "a", "b/table.csv")
    assert ended.status == 0
    for said in (
        "A: a\n   10 of 10 solved (95 %: 72.2 % to 100 %), budget 200 generations x 150 genomes = 30,000\n",
        "settings         A    B\nrun.generations  200  10\n",
        "the budgets differ",
        "success: A is solved more often than B\n",
        "evaluations: A needs fewer than B; the effect is large\n",
        "Fisher's exact test, p = ",
        "runs that failed rank last",
    ):
        assert said in ended.out
    told = json.loads(neat("compare", "a", "b", "--json").out)
    assert told["tables"] == ["a", "b"] and told["success_differs"] is True and told["effect"] == "large"
    assert told["differences"] == {"run.generations": ["200", "10"]}
    alike = neat("compare", "a", "a").out
    assert alike.count("no significant difference") == 2 and "budgets differ" not in alike and "settings" not in alike
    Path("b/config.ini").unlink()
    assert json.loads(neat("compare", "a", "b", "--json").out)["differences"] is None


def test_compare_says_of_how_many_runs_the_problem_failed(neat: Neat) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text("[problem]\nkind = mine:Mine\n[run]\ngenerations = 2\n")
    neat("run", "mine.ini", "--seeds", "0..2", "--jobs", 1, "--out", "a")
    neat("run", "mine.ini", "--seeds", "2..4", "--jobs", 1, "--out", "b")
    told = neat("compare", "a", "b").out
    assert told.count("the problem failed in 1 run,") == 1 and told.index("in 1 run") < told.index("B: b")
    found = json.loads(neat("compare", "a", "b", "--json").out)
    assert (found["first"]["errors"], found["second"]["errors"]) == (1, 0)


def test_compare_says_whether_unsolved_runs_differ_in_their_best_fitness(neat: Neat) -> None:
    several = ("run", "xor.ini", "--seeds", "0..7", "--jobs", 1, "--generations", 4, "--set")
    for name, setting in (("a", "run.lineage=yes"), ("b", "mutation.weight_power=0.001"), ("c", "problem.measure=mse")):
        neat(*several, setting, "--out", name)
    ended = neat("compare", "a", "b")
    least = min(row.evaluations for name in "ab" for row in engine.Table.read(name).rows)
    assert ended.status == 0 and f"   median of the best fitness after {least} evaluations: " in ended.out
    found = engine.compare_tables(engine.Table.read("a"), engine.Table.read("b")).fitness
    assert found is not None and found.differs and found.higher > 0.5
    assert ended.out.endswith(
        f"best fitness after {least} evaluations: A reaches a higher one than B; the effect is {found.effect}\n"
        f"   a run of A is better than a run of B with probability {found.higher:.2f}; Mann-Whitney rank test (exact), "
        f"p = {found.p:.3g}\n   (all unsolved runs reached {least} evaluations)\n"
    )
    told = json.loads(neat("compare", "a", "b", "--json").out)["fitness"]
    assert told["evaluations"] == least and told["differs"] is True and told["p"] == found.p
    Path("b/table-histories.csv").unlink()
    assert "best fitness at the end: A reaches a higher one than B" in neat("compare", "a", "b").out
    assert neat("compare", "a", "c").out.endswith(
        "best fitness: not compared, since the problems differ (problem.measure), so their fitness may not mean the "
        "same\n"
    )
    text = Path("a/table-histories.csv").read_text()
    Path("a/table-histories.csv").write_text(text.replace("\n0,2,", "\n0,7,"))
    ended = neat("compare", "a", "b")
    assert ended.status == 2 and ended.out == ""
    assert ended.err == "a/table-histories.csv:3: generation 7 of seed 0 is not the next one (2)\n"


def test_no_minus_stands_before_a_zero(capsys: pytest.CaptureFixture[str]) -> None:
    table = engine.Table.of(row(seed, hidden=int(seed == 0)) for seed in range(100))
    interval = table.summary().costs["hidden"].interval
    assert interval is not None and -0.05 < interval.low < 0
    print_summary(table)
    assert re.search(r"hidden nodes +0\.0 +0\.0 to 0\.0 +0\.0 +0\.1 +1\.0\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("path", "said"),
    [("nothing", "no such run"), (".", "is not a run"), ("xor.csv", "is not a table of runs")],
)
def test_compare_refuses_what_is_no_table(neat: Neat, path: str, said: str) -> None:
    ended = neat("compare", path, path)
    assert ended.status == 2 and ended.out == "" and said in ended.err and "Traceback" not in ended.err
