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
    ended = neat("train", *arguments, *to)
    assert ended.status == 2 and said in ended.err and ended.out == ""
    assert not Path("net.json").exists() and "Traceback" not in ended.err


def test_ctrl_c_keeps_what_was_learned() -> None:
    command = [*COMMAND, "train", "layered.ini", "--to", "net.json", "--epochs", "1000000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().startswith("epoch ")
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "the genome so far: net.json" in err and "Traceback" not in err
    assert engine.export.read("net.json").hidden == 6
