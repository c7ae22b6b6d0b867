"""Arguments that are missing, unknown or not allowed are reported like every other mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main
from commands import Neat

import neat as engine
from neat.cli.app import app

LARGE = "9" * 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "xor.ini", "--seed", "abc"], "--seed abc: must be a whole number from 0 (for example --seed 3)"),
        (["run", "xor.ini", "--seed", "-1"], "--seed -1: must be a whole number from 0 (for example --seed 3)"),
        (["run", "xor.ini", "--seed", "3.0"], "--seed 3.0: must be a whole number from 0 (for example --seed 3)"),
        (["run", "xor.ini", "--seed", ""], "--seed '': must be a whole number from 0 (for example --seed 3)"),
        (
            ["run", "xor.ini", "--seed", LARGE],
            f"--seed {LARGE}: must be a whole number from 0 to 9,223,372,036,854,775,807 (for example --seed 3)",
        ),
        (
            ["run", "xor.ini", "--seed", "--quiet"],
            "--seed --quiet: must be a whole number from 0 (for example --seed 3)",
        ),
        (
            ["run", "xor.ini", "--generations=0"],
            "--generations 0: must be a whole number from 1 (for example --generations 100)",
        ),
        (["run", "xor.ini", "--jobs", "x"], "--jobs x: must be a whole number from 1 (for example --jobs 2)"),
        (["resume", "--from", "x"], "--from x: must be a whole number from 1 (for example --from 10)"),
        (["verify", "--threads", "0"], "--threads 0: must be a whole number from 1 (for example --threads 2)"),
        (["evaluate", "--episodes", "0"], "--episodes 0: must be a whole number from 1 (for example --episodes 100)"),
        (["lineage", "--genome", "-3"], "--genome -3: must be a whole number from 0 (for example --genome 12)"),
        (["explain", "latest", "last"], "GENERATION last: must be a whole number from 1 (for example 10)"),
        (["run"], "CONFIG is missing (neat run [OPTIONS] {CONFIG}; see neat run --help)"),
        (
            ["explain", "latest"],
            "GENERATION is missing (neat explain [OPTIONS] {RUN} {GENERATION}; see neat explain --help",
        ),
        (["export"], "--to FILE is missing (neat export [OPTIONS] [RUN_OR_GENOME]; see neat export --help)"),
        (["run", "xor.ini", "--seed"], "--seed: needs a value after it (see neat run --help)"),
        (["run", "xor.ini", "--quiet=3"], "--quiet: takes no value (see neat run --help)"),
        (["run", "xor.ini", "--sed", "3"], "'--sed': no such option; did you mean '--seed'? (neat run [OPTIONS]"),
        (["show", "-z"], "'-z': no such option (neat show [OPTIONS] [RUN]; see neat show --help)"),
        (["--verison"], "'--verison': no such option; did you mean '--version'? (neat [OPTIONS] COMMAND"),
        (["shwo"], "'shwo': no such command (one of run, resume, verify, check, show,"),
        (["shwo"], "did you mean 'show'?)"),
        (["show", "a", "b.c)"], "'b.c)': more arguments than neat show takes (neat show [OPTIONS] [RUN]; see"),
        (["show", "a\0b"], "'a\\x00b': contains a NUL character, which no file name or setting can hold"),
        (["run", "xor.ini", "--set", "run.seed=\udce9"], "--set run.seed=\\udce9: not a whole number"),
    ],
)
def test_a_mistake_is_reported_in_one_line(neat: Neat, arguments: list[str], said: str) -> None:
    ended = neat(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err and ended.err.count("\n") == 1
    assert "Usage" not in ended.err and "Error" not in ended.err
    assert not Path("runs").exists()


def test_every_whole_number_says_what_is_allowed(neat: Neat) -> None:
    """No message is worded by the library that parses the command line."""
    right = {"CONFIG": "xor.ini", "GENERATION": "1", "A": "a", "B": "b", "ENVIRONMENT": "x", "RUN": "x"}
    tried = 0
    for name, command in typer.main.get_command(app).commands.items():
        given = [right[param.metavar] for param in command.params if param.required and param.metavar in right]
        for option in [param.opts[0] for param in command.params if param.metavar in ("N", "K", "KEY")]:
            ended = neat(name, *given, option, "x")
            assert ended.status == 2 and ended.err.startswith(f"{option} x: must be a whole number from ")
            tried += 1
        helped = neat(name, "--help").out
        assert "<int>" not in helped.replace("GENERATION <int>", "") and "x>=" not in helped
    assert tried == 18


def test_without_arguments_the_help_is_shown(neat: Neat) -> None:
    ended = neat()
    assert ended.status == 2 and ended.out == "" and ended.err == neat("--help").out


def test_paths_of_overrides_begin_at_the_current_folder(neat: Neat, folder: Path) -> None:
    (folder / "experiment").mkdir()
    for name in ("xor.ini", "xor.csv"):
        (folder / name).rename(folder / "experiment" / name)
    assert neat("run", "experiment/xor.ini", "--seed", 1, "--generations", 2, "--out", "first").status == 0
    Path("first/champion.json").rename("champion.json")
    ended = neat(
        "run",
        "experiment/xor.ini",
        "--seed",
        2,
        "--generations",
        1,
        "--set",
        "population.start=champion.json",
        "--json",
    )
    assert ended.status == 0
    assert f"start = {folder / 'champion.json'}\n" in Path("runs/xor-1/config.ini").read_text()
    assert neat("verify", "latest").status == 0
    for name in ("experiment/xor.csv", folder / "experiment/xor.csv"):
        assert neat("check", "experiment/xor.ini", "--set", f"problem.data={name}").status == 0
    ended = neat("check", "experiment/xor.ini", "--set", "problem.data=xor.csv")
    assert ended.status == 2 and str(folder / "xor.csv") in ended.err


def test_paths_of_overrides_in_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "other").mkdir()
    text = "[problem]\nkind = dataset\ndata = a.csv\ninputs = a\ntargets = y\n"
    Path("a.ini").write_text(text)
    monkeypatch.chdir("other")
    for config in (
        engine.load("../a.ini", ["population.start=b.json"]),
        engine.Config.from_ini(text, folder=folder, overrides=["population.start=b.json"]),
    ):
        assert config.path(config.problem.data) == folder / "a.csv"
        assert config.path(config.population.start) == folder / "other" / "b.json"
        assert engine.Config.from_ini(config.to_ini(), folder=config.folder) == config
        assert engine.Config.from_dict(config.to_dict(), folder=config.folder) == config
    for start in ("none", "~/b.json", "/b.json"):
        assert engine.load("../a.ini", [f"population.start={start}"]).population.start == start
    monkeypatch.chdir(folder)
    assert engine.load("a.ini", ["population.start=b.json"]).population.start == "b.json"
