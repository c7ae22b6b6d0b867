"""`neat train`: a genome learns from a CSV file; mistakes cost nothing, and Ctrl-C keeps what was learned."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from commands import COMMAND, CONFIGS, Neat
from PIL import Image

import neat as engine

LAYERED = """
[problem]
kind = dataset
data = parity3.csv
inputs = a, b, c
targets = y
[population]
start = layers
layers = 6
layer_weights = xavier
[genome]
bias = attribute
activation = tanh
output_activation = sigmoid
[learning]
rate = 0.05
batch = all
loss = binary_cross_entropy
"""


@pytest.fixture(autouse=True)
def _files(neat: Neat) -> None:
    for name in ("parity3.csv", "cartpole.ini"):
        shutil.copy(CONFIGS / name, name)
    Path("layered.ini").write_text(LAYERED)


def rows() -> tuple[np.ndarray, np.ndarray]:
    table = np.loadtxt("parity3.csv", delimiter=",", skiprows=1)
    return table[:, :3], table[:, 3:]


def test_a_layered_network_learns_parity(neat: Neat) -> None:
    ended = neat("train", "layered.ini", "--epochs", 400, "--to", "net.json", "--plot", "loss.png", "--quiet")
    assert (ended.status, ended.err) == (0, "")
    first, second, third = ended.out.splitlines()
    assert re.fullmatch(r"400 epochs in [0-9.]+ s: loss 0\.[0-9]+ -> 0\.0[0-9]+", first)
    assert second == "genome: Genome 0: 3 inputs, 1 output, 6 hidden, 24 of 24 connections enabled net.json"
    assert third == "plot: loss.png" and Image.open("loss.png").size[0] > 500
    genome = engine.export.read("net.json")
    inputs, targets = rows()
    assert (np.abs(engine.compile(genome)(inputs) - targets) < 0.2).all()


def test_a_champion_goes_on_learning(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1, "--generations", 3)
    before = Path("runs/xor-1/champion.json").read_bytes()
    ended = neat("train", "xor-1", "--data", "xor.csv", "--to", "better.json", "--epochs", 50, "--json")
    answer = json.loads(ended.out)
    assert answer["loss"][-1] < answer["loss"][0] and answer["epochs"] == 50 and answer["held_out_loss"] == []
    champion, better = (engine.export.read(file) for file in ("runs/xor-1/champion.json", "better.json"))
    ends = [[(gene.source, gene.target) for gene in genome.connections] for genome in (champion, better)]
    assert ends[0] == ends[1] and Path("runs/xor-1/champion.json").read_bytes() == before
    python = engine.learning.train(
        champion, *(np.loadtxt("xor.csv", delimiter=",", skiprows=1)[:, k] for k in ([0, 1], [2])), epochs=50
    )
    assert python.genome.same_genes(better)


def test_held_out_rows_stop_training_early(neat: Neat) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(60, 1))
    np.savetxt("noise.csv", np.hstack([inputs, rng.normal(size=(60, 1))]), delimiter=",", header="x,z", comments="")
    options = (
        "--set",
        "genome.output_activation=linear",
        "--set",
        "learning.loss=mse",
        "--inputs",
        "x",
        "--targets",
        "z",
    )
    ended = neat(
        "train", "layered.ini", *options, "--data", "noise.csv", "--to", "net.json", "--held-out", 0.3, "--patience", 5,
        "--epochs", 100000, "--quiet",
    )  # fmt: skip
    assert ended.status == 0 and re.search(
        r"held-out loss .* \(stopped early; the genome is that of epoch \d+\)", ended.out
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["layered.ini", "--to", "net.txt"], "--to net.txt: must end in .json"),
        (["layered.ini", "--to", "none/net.json"], "none/net.json: there is no folder"),
        (["layered.ini", "--plot", "loss.gif"], "--plot loss.gif: must be a picture (one of .svg, .png, .pdf)"),
        (["layered.ini", "--rate", "0"], "--rate 0.0: too small (a number above 0"),
        (["layered.ini", "--rate", "fast"], "--rate fast: not a number"),
        (["layered.ini", "--optimiser", "lion"], "--optimiser lion: unknown word (one of sgd, adam)"),
        (["layered.ini", "--momentum", "0.5"], "--momentum 0.5: not used with optimiser = adam"),
        (["layered.ini", "--loss", "hinge"], "--loss 'hinge' is unknown (one of half_squared, mse"),
        (["layered.ini", "--loss", "softmax"], "the loss softmax needs one output for each class"),
        (["layered.ini", "--patience", "3"], "--patience: needs held-out rows"),
        (["layered.ini", "--held-out", "1"], "--held-out 1: leaves none of the 8 rows to learn from"),
        (["layered.ini", "--targets", "z"], "parity3.csv:1: has no column 'z'"),
        (["layered.ini", "--set", "genome.activation=step"], "whose derivative is 0 everywhere"),
        (["layered.ini", "--to", "folder.json"], "folder.json: is a folder"),
        (["layered.ini", "--plot", "folder.png"], "folder.png: is a folder"),
        (["layered.ini", "--batch", "few"], "--batch few: not a whole number (all or a whole number from 0"),
        (["layered.ini", "--inputs", "a,b,y"], "--inputs a,b,y --targets y: the column 'y' is named twice"),
        (["layered.ini", "--inputs", "a,a,b"], "--inputs a,a,b --targets y: the column 'a' is named twice"),
        (["layered.ini", "--data", "one.csv", "--held-out", "0.2"], "--held-out 0.2: leaves no row to learn from"),
        (["layered.ini", "--data", "two.csv", "--held-out", "0.5"], "two.csv: the loss binary_cross_entropy needs "
         "targets from 0 to 1; that of row 3, output 1 is 2"),
        (["layers.json", "--data", "xor.csv"], "has no column 'c' (columns: a, b, y); name the columns with --inputs"),
        (["layers.json", "--data", "xor.csv", "--inputs", "a,b,a"], "the column 'a' is named twice"),
        (["cartpole.ini"], "--data: missing (the problem of cartpole.ini is not a dataset"),
        (["xor-9"], "'xor-9': no such run"),
        (["net.json"], "'net.json': no such run"),
        (
            ["layered.ini", "--optimiser", "sgd", "--rate", "1e9", "--loss", "mse", "--set", "genome.activation=linear",
             "--set", "genome.output_activation=linear"],
            "training diverged in epoch ",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_nothing_is_written(neat: Neat, arguments: list[str], said: str) -> None:
    to = [] if "--to" in arguments else ["--to", "net.json"]
    for folder in ("folder.json", "folder.png"):
        Path(folder).mkdir()
    Path("one.csv").write_text("a,b,c,y\n0,1,0,1\n")
    Path("two.csv").write_text("a,b,c,y\n0,1,0,1\n1,0,0,1\n1,1,0,2\n1,0,1,0\n")
    Path("layers.json").write_text(engine.learning.layered_genome(["a", "b", "c"], ["y"], [2]).to_json())
    ended = neat("train", *arguments, *to)
    assert ended.status == 2 and said in ended.err and ended.out == ""
    assert not Path("net.json").exists() and "Traceback" not in ended.err


def test_the_best_genome_is_written_with_its_losses(neat: Neat) -> None:
    ended = neat(
        "train", "layered.ini", "--to", "net.json", "--held-out", 0.4, "--patience", 29, "--epochs", 30, "--json"
    )  # fmt: skip
    answer = json.loads(ended.out)
    best = answer["best_epoch"]
    assert best < answer["epochs"] and answer["held_out_loss"][best - 1] == min(answer["held_out_loss"])
    written = json.loads(Path("net.json").read_text())
    assert written["loss"] == answer["loss"][best - 1]
    assert written["held_out_loss"] == answer["held_out_loss"][best - 1]
    neat("train", "layered.ini", "--to", "same.json", "--held-out", 0.4, "--epochs", best)
    assert engine.export.read("net.json").same_genes(engine.export.read("same.json"))
    shown = neat("train", "layered.ini", "--to", "net.json", "--held-out", 0.4, "--patience", 100, "--epochs", 30)
    assert f"(the genome is that of epoch {best})" in shown.out  # all epochs were done


def test_links_are_followed_and_circular_ones_replaced(neat: Neat) -> None:
    Path("folder").mkdir()
    Path("link.json").symlink_to("folder/net.json")
    Path("loop.json").symlink_to("loop.json")
    Path("dangling.json").symlink_to("none/net.json")
    for name in ("link.json", "loop.json"):
        assert neat("train", "layered.ini", "--to", name, "--epochs", 1).status == 0
        assert engine.export.read(name).hidden == 6
    assert Path("folder/net.json").is_file()
    ended = neat("train", "layered.ini", "--to", "dangling.json", "--epochs", 1)
    assert ended.status == 2 and "dangling.json: there is no folder" in ended.err


def test_options_come_before_the_configuration(neat: Neat) -> None:
    def trained(*arguments: object) -> engine.Genome:
        ended = neat("train", "layered.ini", "--to", "net.json", "--epochs", 3, *arguments)
        assert ended.status == 0, ended.err
        return engine.export.read("net.json")

    assert trained("--set", "run.seed=5").same_genes(trained("--seed", 5))
    assert not trained("--set", "run.seed=5").same_genes(trained())
    assert trained("--set", "run.seed=5", "--seed", 0).same_genes(trained())
    assert trained("--batch", "all").same_genes(trained("--batch", 0))
    sgd = ("--set", "learning.optimiser=sgd", "--set", "learning.momentum=0.9")
    assert trained(*sgd, "--optimiser", "adam").same_genes(trained())


def test_ctrl_c_keeps_what_was_learned() -> None:
    command = [*COMMAND, "train", "layered.ini", "--to", "net.json", "--epochs", "1000000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().startswith("epoch ")
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "the genome so far: net.json" in err and "Traceback" not in err
    assert engine.export.read("net.json").hidden == 6
    again = re.search(r"continue from it: neat (.*)\n", err)
    assert again is not None
    words = again[1].replace("--epochs 1000000000", "--epochs 2").split()
    loss = json.loads(Path("net.json").read_text())["loss"]
    ended = subprocess.run([*COMMAND, *words, "--json"], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(ended.stdout)["loss"][0] <= loss


def test_ctrl_c_with_patience_keeps_the_best_genome(neat: Neat) -> None:
    options = ["layered.ini", "--to", "net.json", "--held-out", "0.4"]
    process = subprocess.Popen(
        [*COMMAND, "train", *options, "--epochs", "1000000000", "--patience", "1000000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline().startswith("epoch ")
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    best = re.search(r"the genome so far \(that of epoch (\d+)\): net.json", err)
    assert process.returncode == 130 and best is not None
    interrupted = engine.export.read("net.json")
    neat("train", *options, "--epochs", best[1])
    assert interrupted.same_genes(engine.export.read("net.json"))
