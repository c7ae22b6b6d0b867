"""The commands: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Neat

import neat as engine
from neat.config import reference_rows
from neat.store.history import History


def test_run_makes_a_folder_and_says_what_it_came_to(neat: Neat, folder: Path) -> None:
    ended = neat("run", "xor.ini", "--seed", 1)
    assert ended.status == 0
    assert ended.out.startswith("runs/xor-1: seed 1\n")
    assert "solved after" in ended.out and "seed 1\n" in ended.out
    assert ended.out.endswith("runs/xor-1/champion.json\n")
    assert {file.name for file in Path("runs/xor-1").iterdir()} == {
        ".lock", "config.ini", "run.sqlite", "champion.json",
    }  # fmt: skip


def test_a_drawn_seed_is_printed_and_gives_the_same_run_again(neat: Neat) -> None:
    first = neat("run", "xor.ini", "--generations", 3)
    assert "(drawn)" in first.out
    with History(Path("runs/xor-1")) as history:
        seed = history.about.seed
    assert f"seed {seed} (drawn)" in first.out
    assert neat("run", "xor.ini", "--generations", 3, "--seed", seed).status == 0
    assert Path("runs/xor-1/champion.json").read_bytes() == Path("runs/xor-2/champion.json").read_bytes()
    with History(Path("runs/xor-1")) as one, History(Path("runs/xor-2")) as other:
        assert not any(one.rows(number).differences(other.rows(number)) for number in range(1, 4))


def test_json_prints_one_object_and_nothing_else(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--json", "--seed", 1)
    told = json.loads(ended.out)
    assert told["seed"] == 1 and told["solved"] is True and told["status"] == "finished"
    assert told["reasons"] == ["solved"]
    genome = engine.Genome.from_json(Path(told["champion"]).read_text())
    assert Path(told["champion"]).parent == Path(told["run"])
    result = engine.run(engine.load("xor.ini", ["run.seed=1"]))
    assert (genome, told["best_fitness"]) == (result.champion, result.best_fitness)
    assert (told["generations"], told["evaluations"]) == (result.generations, result.evaluations)


def test_json_is_alone_on_stdout_whatever_a_problem_prints(neat: Neat) -> None:
    Path("wordy.py").write_text(
        'print("imported")\nimport neat\n\n@neat.problem(inputs=1, outputs=1)\ndef wordy(network):\n'
        '    print("a word of mine")\n    return float(network([1.0])[0])\n'
    )
    Path("wordy.ini").write_text("[problem]\nkind = wordy:wordy\n[run]\ngenerations = 2\n[population]\nsize = 9\n")
    for command in (
        ["run", "wordy.ini", "--out", "a"],
        ["resume", "a", "--trust", "--generations", 3],
        ["verify", "a", "--trust"],
        ["evaluate", "a", "--trust"],
        ["explain", "a", 1, "--trust"],
    ):
        ended = neat(*command, "--json")
        assert ended.status == 0 and isinstance(json.loads(ended.out), dict)
        assert "a word of mine" in ended.err, command


def test_a_run_that_is_not_solved_ends_well_too(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--json", "--seed", 1, "--generations", 2)
    told = json.loads(ended.out)
    assert ended.status == 0
    assert told["solved"] is False and told["generations"] == 2 and told["reasons"] == ["generations"]


def test_quiet_shows_only_the_end(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--quiet", "--seed", 1)
    assert ended.out.startswith("solved after") and ended.err == ""


def test_out_names_the_folder(neat: Neat) -> None:
    assert neat("run", "xor.ini", "--generations", 1, "--out", "a/b").status == 0
    assert Path("a/b/champion.json").is_file() and not Path("runs").exists()
    again = neat("run", "xor.ini", "--generations", 1, "--out", "a/b")
    assert again.status == 2 and "not empty" in again.err and "Traceback" not in again.err


def test_set_replaces_settings(neat: Neat) -> None:
    ended = neat("run", "xor.ini", "--json", "--set", "population.size=20", "--set", "run.generations=1", "--seed", 1)
    assert json.loads(ended.out)["evaluations"] == 20
    assert engine.load("runs/xor-1/config.ini").population.size == 20


def test_a_run_goes_again_from_its_own_configuration(neat: Neat) -> None:
    neat("run", "xor.ini", "--generations", 2, "--seed", 7)
    assert neat("run", "runs/xor-1/config.ini", "--out", "again").status == 0
    assert Path("runs/xor-1/champion.json").read_bytes() == Path("again/champion.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "none.ini"], "none.ini: no such file"),
        (["run", "xor.in"], "did you mean 'xor.ini'?"),
        (["run", "."], "is a folder"),
        (["run", "xor.ini", "--set", "population.size"], "not section.key=value"),
        (["run", "xor.ini", "--set", "population.sise=3"], "did you mean 'size'?"),
        (["run", "xor.ini", "--set", "population.size=abc"], "not a whole number"),
        (["run", "xor.ini", "--out", "xor.ini"], "xor.ini: cannot be used as the folder of a run"),
        (["run", "xor.ini", "--out", "xor.csv/x"], "cannot be used as the folder of a run"),
        (["run", "xor.ini", "--out", "."], "not empty"),
        (["check", "none.ini"], "none.ini: no such file"),
        (["show", "nothing"], "no such run"),
        (["show"], "there is no run under runs yet"),
        (["show", "xor.ini"], "is not a run"),
    ],
)
def test_a_mistake_on_the_command_line_is_reported_in_a_sentence(neat: Neat, arguments: list[str], said: str) -> None:
    ended = neat(*arguments)
    assert ended.status == 2
    assert ended.out == ""
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not Path("runs").exists()


XOR = "[problem]\nkind = dataset\ndata = xor.csv\ninputs = a, b\ntargets = y\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "bad.ini: is empty"),
        (b"\n\n# nothing\n", "bad.ini: is empty"),
        (bytes(range(256)), "bad.ini: holds NUL bytes"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe" * 9, "bad.ini:1: is not UTF-8 text"),
        (b"[run]\nseed = 1\n", "[problem] kind: missing"),
        (XOR + "[population]\nsice = 3\n", "bad.ini:7: [population] sice = 3: unknown key"),
        (XOR + "[populatoin]\nsize = 3\n", "did you mean 'population'?"),
        (XOR + "targets = y\n", "bad.ini:6: [problem] targets = y: given twice"),
        (XOR + "[population]\nsize = many\n", "bad.ini:7: [population] size = many: not a whole number"),
        (XOR + "[population]\nsize = 1\n", "bad.ini:7: [population] size = 1: too small"),
        (XOR + "[genome]\nweight_limit = nan\n", "bad.ini:7: [genome] weight_limit = nan: not finite"),
        (XOR + "[run]\nstop_fitness = inf\n", "not finite"),
        (XOR.replace("dataset", "datset"), "did you mean 'dataset'?"),
        (XOR.replace("data = xor.csv\n", ""), "data: missing"),
        (XOR.replace("xor.csv", "xro.csv"), "xro.csv: cannot be read"),
        (XOR.replace("a, b", "a, c"), "has no column 'c'"),
        (XOR.replace("a, b", "a, y"), "among the inputs too"),
        ("what is this", "bad.ini:1:"),
        ("[run]\nseed = x\n[population]\nsize = y\n", "bad.ini:4: [population] size = y"),
    ],
)
def test_a_mistake_in_the_file_is_reported_with_its_line(neat: Neat, text: str | bytes, said: str) -> None:
    Path("bad.ini").write_bytes(text if isinstance(text, bytes) else text.encode())
    for arguments in (["run", "bad.ini", "--json"], ["check", "bad.ini"]):
        ended = neat(*arguments)
        assert ended.status == 2
        assert ended.out == ""
        assert said in ended.err
        assert "Traceback" not in ended.err
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b,y\n", "no rows"),
        ("a,b,z\n0,0,0\n", "bad.csv:1: has no column 'y'"),
        ("a,b,y\n0,0,0\n0,one,1\n", "bad.csv:3: column 'b' holds 'one'"),
        ("a,b,y\n0,0,nan\n", "bad.csv:2: column 'y' holds 'nan'"),
        ("a,b,y\n0,0\n", "bad.csv:2: the row has 2 cells"),
        ("a,a,y\n0,0,0\n", "two columns are named 'a'"),
        ("\0\1\2", "bad.csv"),
    ],
)
def test_a_mistake_in_the_data_is_reported_with_its_line(neat: Neat, text: str, said: str) -> None:
    Path("bad.csv").write_text(text)
    Path("bad.ini").write_text(XOR.replace("xor.csv", "bad.csv"))
    ended = neat("run", "bad.ini")
    assert ended.status == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not Path("runs").exists()


def test_check_says_what_would_be_run_and_runs_nothing(neat: Neat) -> None:
    ended = neat("check", "xor.ini", "--set", "population.size=33")
    assert ended.status == 0
    for said in ("xor.ini is valid", "2 inputs (a, b)", "1 output (y)", "33 genomes", "drawn at the start"):
        assert said in ended.out
    assert not Path("runs").exists()


@pytest.mark.parametrize("command", ["check", "run"])
def test_data_that_cannot_work_are_refused_before_the_run(neat: Neat, command: str) -> None:
    Path("three.csv").write_text("a,b,y\n0,1,0\n1,0,1\n1,1,2\n")
    ended = neat(command, "xor.ini", "--set", "problem.data=three.csv", "--set", "problem.measure=mse")
    assert ended.status == 2 and "'y' goes from 0 to 2, but outputs with steep_sigmoid lie from 0 to 1" in ended.err
    Path("wrong.csv").write_text("a,b,y\n0,1,NA\n1,5,0,1\n")
    ended = neat(command, "xor.ini", "--set", "problem.data=wrong.csv")
    assert ended.status == 2 and "wrong.csv:2: column 'y' holds 'NA'" in ended.err
    assert "wrong.csv:3: the row has 4 cells" in ended.err
    assert not Path("runs").exists()


def test_show_tells_the_whole_story(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1)
    for run in ("latest", "xor-1", "runs/xor-1"):
        ended = neat("show", run)
        assert ended.status == 0
        for said in (
            "runs/xor-1: solved; generations: ",
            "seed = 1",
            "kind = dataset",
            "champion: Genome",
            "innovation",
        ):
            assert said in ended.out
        assert "population_stagnation" not in ended.out  # a default


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("run.sqlite", ""), ("run.sqlite", "[]"), ("run.sqlite", "SQLite format 3\0" + "?" * 9000),
        ("champion.json", ""), ("champion.json", "{}"), ("champion.json", "\udcff"),
    ],
)  # fmt: skip
def test_show_refuses_a_corrupt_run_in_a_sentence(neat: Neat, file: str, text: str) -> None:
    neat("run", "xor.ini", "--generations", 1)
    Path("runs/xor-1", file).write_text(text, errors="surrogateescape")
    ended = neat("show")
    assert ended.status == 2 and file in ended.err and "Traceback" not in ended.err


def test_show_says_what_was_run_whatever_became_of_the_configuration_file(neat: Neat) -> None:
    neat("run", "xor.ini", "--generations", 1)
    Path("runs/xor-1/config.ini").write_text("[future]\nkey = 1\n")
    ended = neat("show")
    assert ended.status == 0 and "[future]" not in ended.out and "generations = 1\n" in ended.out


def test_reference_lists_every_key(neat: Neat) -> None:
    plain, markdown = neat("reference"), neat("reference", "--markdown")
    assert plain.status == markdown.status == 0
    for row in reference_rows():
        assert f"  {row.key}" in plain.out
        assert f"| `{row.key}` |" in markdown.out


def test_problems_lists_every_kind(neat: Neat) -> None:
    from neat.problems.registry import KINDS

    ended = neat("problems")
    assert ended.status == 0
    for kind in KINDS.values():
        assert f"{kind.name}: {kind.summary}\n" in ended.out


def test_version_and_help(neat: Neat) -> None:
    assert neat("--version").out == f"neat-engine {engine.__version__}\n"
    ended = neat("--help")
    assert ended.status == 0
    for command in ("run", "check", "show", "reference", "problems"):
        assert f"\n  {command} " in ended.out
        assert neat(command, "--help").status == 0
    assert "..." not in ended.out.partition("Commands:")[2]  # every command is told whole


MINE = """
import sys
import numpy as np
import neat

class Mine(neat.Problem):
    inputs, outputs = ("a", "b"), ("y",)

    def __init__(self, fault="no", at="none"):
        self.fault, self.at = fault, at
        if fault == "making":
            raise ValueError("not today")

    def evaluate(self, networks, context):
        fitness = np.arange(len(networks), dtype=float)
        if self.at != "none" and context.rng.generation == 1:
            for place in np.flatnonzero(networks.key == int(self.at)):
                if self.fault == "raising":
                    helper()
                if self.fault == "exiting":
                    sys.exit("enough")
                fitness[place] = np.nan
        elif self.at == "none" and context.rng.generation == 2:
            if self.fault == "raising":
                helper()
            if self.fault == "nan":
                fitness[3] = np.nan
            if self.fault == "shape":
                fitness = fitness[:, None]
        return neat.Evaluation(fitness)

def helper():
    raise ValueError("oh dear")
"""


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        (["problem.solved=none"], "ended after 2 generations: best fitness"),
        (["problem.solved=none", "run.stop_fitness=15.9"], "not solved after 2 generations: best fitness"),
        ([], "not solved after 2 generations: best fitness"),
    ],
)
def test_a_run_without_a_goal_ends_and_is_not_called_unsolved(neat: Neat, settings: list[str], how: str) -> None:
    options = [word for setting in settings for word in ("--set", setting)]
    assert how in neat("run", "xor.ini", "--seed", 1, "--generations", 2, "--quiet", *options).out


@pytest.mark.parametrize(
    ("fault", "said"),
    [("raising", "ValueError: oh dear"), ("nan", "is nan"), ("shape", "must have shape (P,)")],
)
def test_a_failing_problem_keeps_everything_and_ends_with_1(neat: Neat, fault: str, said: str) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text(f"[problem]\nkind = mine:Mine\nfault = {fault}\n")
    ended = neat("run", "mine.ini", "--json", "--seed", 1)
    assert ended.status == 1
    assert ended.out == ""
    assert said in ended.err and "runs/mine-1" in ended.err
    assert "/neat/" not in ended.err.replace("neat-engine", "")  # no frames of ours
    if fault == "raising":
        assert "mine.py" in ended.err and "in helper" in ended.err and ended.err.count("Traceback") == 1
    else:
        assert "Traceback" not in ended.err
    with History(Path("runs/mine-1")) as history:
        about = history.about
        assert about.status == "failed" and said in str(about.error) and history.last == 1
    assert Path("runs/mine-1/champion.json").is_file()
    if fault != "shape":  # which is no single genome's fault
        (file,) = Path("runs/mine-1/failed").iterdir()
        assert f"genome {engine.Genome.from_json(file.read_text()).key}" in ended.err
    assert neat("show").status == 0


@pytest.mark.parametrize("fault", ["raising", "nan"])
def test_genomes_that_fail_are_counted_and_kept_where_the_run_continues(neat: Neat, fault: str) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text(f"[problem]\nkind = mine:Mine\nfault = {fault}\nat = 3\n")
    ended = neat("run", "mine.ini", "--seed", 1, "--generations", 3, "--set", "run.on_error=worst")
    assert ended.status == 0 and "Traceback" not in ended.err
    assert "\n1 evaluation failed and got the lowest fitness of the generation" in ended.out
    (file,) = Path("runs/mine-1/failed").iterdir()
    kept = json.loads(file.read_text())
    assert (kept["key"], kept["generation"]) == (3, 1) and kept["error"]
    engine.Genome.from_json(file.read_text())
    with History(Path("runs/mine-1")) as history:
        assert [row.failed for row in history.generations()] == [1, 0, 0]
    told = json.loads(neat("run", "mine.ini", "--seed", 1, "--json", "--set", "run.on_error=worst").out)
    assert told["failures"] == 1
    many = neat("run", "mine.ini", "--seeds", "1,2", "--generations", 2, "--set", "run.on_error=worst", "--json")
    assert [row["details"] for row in json.loads(many.out)["rows"]] == [{"failed": 1.0}] * 2


def test_few_genomes_of_many_that_fail_are_kept(neat: Neat) -> None:
    Path("half.py").write_text(
        "import neat\n\n@neat.problem(inputs=1, outputs=1)\ndef half(network, rng):\n"
        "    if rng.random() < 0.5:\n        raise ValueError('tails')\n    return rng.random()\n"
    )
    Path("half.ini").write_text("[problem]\nkind = half:half\n[run]\non_error = worst\n")
    ended = neat("run", "half.ini", "--seed", 1, "--generations", 4)
    assert ended.status == 0 and " evaluations failed and got" in ended.out
    assert len(list(Path("runs/half-1/failed").iterdir())) == 10


def test_a_problem_that_cannot_be_made_ends_with_1(neat: Neat) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text("[problem]\nkind = mine:Mine\nfault = making\n")
    for command in ("run", "check"):
        ended = neat(command, "mine.ini")
        assert ended.status == 1 and "not today" in ended.err and "in __init__" in ended.err
        assert "/neat/" not in ended.err
    assert not Path("runs").exists()


def test_what_is_no_problem_is_reported_in_a_sentence(neat: Neat) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text("[problem]\nkind = mine:helper\n")
    for command in ("run", "check"):
        ended = neat(command, "mine.ini")
        assert ended.status == 2 and "inputs and outputs" in ended.err
        assert "Traceback" not in ended.err


def test_the_loop_on_a_problem_of_ones_own(neat: Neat) -> None:
    Path("mine.py").write_text(MINE)
    Path("mine.ini").write_text("[problem]\nkind = mine:Mine\n[run]\ngenerations = 3\nretest = 0\n")
    ended = neat("run", "mine.ini", "--json")
    assert ended.status == 0 and json.loads(ended.out)["best_fitness"] == 149.0
