"""Training follows gradients step by step, with the same bits everywhere, and ends with a clear error if it cannot."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import neat
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.learning import gradients, layered_genome, train
from neat.learning.training import Epoch

Array = NDArray[np.float64]


def data(rows: int = 50, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, 2))
    return inputs, (inputs[:, :1] - inputs[:, 1:]) ** 2


def genome_of(seed: int = 1) -> neat.Genome:
    return layered_genome(2, 1, (5, 4), activation="tanh", weights="xavier", seed=seed)


def shuffled(size: int, seed: int, epoch: int) -> Array:
    """Return the order of the rows in an epoch: Fisher and Yates with addressed numbers."""
    rng = Randomness(seed, FIRST_GENERATION, Purpose.LEARNING)
    order = list(range(size))
    for place in range(size - 1, 0, -1):
        other = int(rng.integers(place + 1, 0, epoch * size + place))
        order[place], order[other] = order[other], order[place]
    return np.array(order)


def plain_training(
    genome: neat.Genome, inputs: Array, targets: Array, epochs: int, batch: int, seed: int, how: dict[str, Any]
) -> neat.Genome:
    """Train with numpy, from the gradients of one batch after the other."""
    names, size = ("weight", "bias"), len(inputs)
    values = {name: genome.column(name).copy() for name in names}
    first = {name: np.zeros_like(value) for name, value in values.items()}
    second = {name: np.zeros_like(value) for name, value in values.items()}
    first_left = second_left = 1.0
    for epoch in range(epochs):
        order = shuffled(size, seed, epoch) if batch < size else np.arange(size)
        for low in range(0, size, batch):
            rows = order[low : low + batch]
            found = gradients(neat.compile(with_values(genome, values)), inputs[rows], targets[rows], loss="mse")
            first_left, second_left = first_left * 0.9, second_left * 0.999
            rate = how["rate"] / (1.0 + how.get("decay", 0.0) * epoch)
            for name in names:
                slope = getattr(found, name)
                if how["optimiser"] == "sgd":
                    first[name] = how.get("momentum", 0.0) * first[name] + slope
                    values[name] = values[name] - rate * first[name]
                else:
                    first[name] = 0.9 * first[name] + (1.0 - 0.9) * slope
                    second[name] = 0.999 * second[name] + (1.0 - 0.999) * (slope * slope)
                    length = np.sqrt(second[name] / (1.0 - second_left)) + 1e-8
                    values[name] = values[name] - rate * ((first[name] / (1.0 - first_left)) / length)
    return with_values(genome, values)


def with_values(genome: neat.Genome, values: dict[str, Array]) -> neat.Genome:
    return neat.Genome(
        genome.inputs,
        genome.outputs,
        [
            gene._replace(weight=weight)
            for gene, weight in zip(genome.connections, values["weight"].tolist(), strict=True)
        ],
        [node._replace(bias=bias) for node, bias in zip(genome.nodes, values["bias"].tolist(), strict=True)][2:],
    )


@pytest.mark.parametrize("batch", [0, 16])
@pytest.mark.parametrize(
    "how",
    [
        {"optimiser": "sgd", "rate": 0.05},
        {"optimiser": "sgd", "rate": 0.05, "momentum": 0.9, "decay": 0.5},
        {"optimiser": "adam", "rate": 0.01, "decay": 0.1},
    ],
)
def test_training_has_the_bits_of_its_plain_form(how: dict[str, Any], batch: int) -> None:
    inputs, targets = data()
    genome = genome_of()
    trained = train(genome, inputs, targets, epochs=4, batch=batch, seed=7, **how).genome
    plain = plain_training(genome, inputs, targets, 4, batch or len(inputs), 7, how)
    for name in ("weight", "bias"):
        assert trained.column(name).tobytes() == plain.column(name).tobytes()


def test_training_has_the_same_bits_in_another_process() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/learning'); from test_training import *\n"
        "print(train(genome_of(), *data(), epochs=20, loss='mse').genome.to_json())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = train(genome_of(), *data(), epochs=20).genome
    assert neat.Genome.from_json(done.stdout).same_genes(here)


def test_training_makes_outputs_come_near_to_targets() -> None:
    inputs, targets = data(200)
    epochs: list[Epoch] = []
    result = train(genome_of(), inputs, targets, epochs=200, watch=epochs.append)
    error = np.mean((neat.compile(result.genome)(inputs) - targets) ** 2)
    assert error < 0.01 * targets.var() and result.loss[-1] < 0.01 * result.loss[0]
    assert [epoch.loss for epoch in epochs] == list(result.loss) and epochs[-1].genome.same_genes(result.genome)
    assert "200 epochs" in repr(result)


def test_one_network_learns_what_a_cycle_needs() -> None:
    rng = np.random.default_rng(2)
    inputs = np.sign(rng.normal(size=(40, 6, 1)))
    targets = np.concatenate([np.zeros((40, 1, 1)), inputs[:, :-1]], axis=1)  # the input before
    hidden = [neat.Node(node, 0.0, 1.0, "tanh") for node in (2, 3)]
    connections = [(a, b, float(rng.normal() * 0.5)) for a in (0, 2, 3) for b in (2, 3)] + [(a, 1, 0.5) for a in (2, 3)]
    genome = neat.Genome(1, 1, connections, [neat.Node(1, activation="linear"), *hidden], memory=True)
    result = train(genome, inputs, targets, epochs=300, rate=0.02, batch=0)
    assert result.loss[-1] < 0.01 < 0.3 < result.loss[0]
    network = neat.compile(result.genome)
    outputs = [network(row)[0] for row in inputs[0]]
    assert np.abs(np.array(outputs)[1:] - inputs[0, :-1, 0]).max() < 0.5


def test_what_is_not_in_use_or_not_asked_for_stays() -> None:
    genome = neat.Genome(
        2, 1,
        [(0, 3, 1.0), (1, 3, 0.5, False), (0, 7, 0.25)],
        [neat.Node(3, 0.5, 1.5, "linear"), neat.Node(7, 0.125, 1.0)],
        bias_node=True,
    )  # fmt: skip
    inputs, targets = np.ones((4, 2)), np.zeros((4, 1))

    def changed(**options: Any) -> set[str]:
        after = train(genome, inputs, targets, epochs=2, **options).genome
        assert after.column("weight").tolist()[1:] == [0.5, 0.25] and after.nodes[-1] == genome.nodes[-1]
        return {name for name in ("weight", "bias", "response") if (after.column(name) != genome.column(name)).any()}

    assert changed() == {"weight"}
    assert changed(biases=True) == {"weight", "bias"}
    assert changed(responses=True) == {"weight", "response"}


def test_early_stopping_keeps_the_best_genome() -> None:
    inputs, targets = data(20, seed=3)
    noisy = targets + np.random.default_rng(4).normal(size=targets.shape)
    held = data(50, seed=5)
    result = train(genome_of(), inputs, noisy, held_out=held, patience=15, epochs=5000, rate=0.05)
    assert result.stopped_early and len(result.loss) == result.best + 15 < 5000
    assert result.held_out[result.best - 1] == min(result.held_out)
    found = gradients(neat.compile(result.genome), *held).loss[0]
    assert found == min(result.held_out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 0.0}, r"^rate = 0.0: too small"),
        ({"epochs": 0}, r"^epochs = 0: too small"),
        ({"optimiser": "lion"}, r"^optimiser = lion: unknown word"),
        ({"optimiser": "adam", "momentum": 0.5}, "not used with optimiser = adam"),
        ({"optimiser": "sgd", "momentum": 1.0}, "steps would never become smaller"),
        ({"patience": 3}, "patience needs held-out rows"),
        ({"loss": "softmax"}, "the loss softmax needs targets from 0 to 1"),
        (
            {"optimiser": "sgd", "rate": 1e9},
            "training diverged in epoch [0-9]+: .*; the genome is unchanged .lower the rate",
        ),
    ],
)
def test_wrong_settings_are_told(options: dict[str, Any], message: str) -> None:
    genome = layered_genome(2, 1, (3,), activation="linear")
    before = genome.to_json()
    with pytest.raises(neat.NeatError, match=message):
        train(genome, *data(), **options)
    assert genome.to_json() == before


@pytest.mark.parametrize("weights", ["he", "xavier"])
def test_layered_genomes_begin_with_the_variance_of_the_scheme(weights: Any) -> None:
    genome = layered_genome(60, 20, (100,), weights=weights, bias="node", seed=3)
    layout = genome.layout
    layers: dict[str, list[float]] = {"first": [], "second": [], "bias": []}
    for gene in genome.connections:
        kind = "bias" if gene.source == 60 else "first" if gene.source < 60 else "second"
        layers[kind].append(gene.weight)
    assert {name: len(values) for name, values in layers.items()} == {"first": 6000, "second": 2000, "bias": 120}
    assert set(layers["bias"]) == {0.0}
    ranges = {"he": (np.sqrt(6 / 60), np.sqrt(6 / 100)), "xavier": (np.sqrt(6 / 160), np.sqrt(6 / 120))}[weights]
    for values, largest in zip((layers["first"], layers["second"]), ranges, strict=True):
        assert 0.99 * largest < np.abs(values).max() <= largest
        assert np.var(values) == pytest.approx(largest**2 / 3, rel=0.05)
    assert layout.bias_node and genome.hidden == 100
