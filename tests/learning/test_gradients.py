"""Gradients agree with differences of the loss, computed from the outputs of networks, and with PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from genomes import random_genome
from numpy.typing import NDArray
from reference_network import PlainNetwork

import neat
from neat.core.functions import ACTIVATIONS
from neat.genetics.population import Layout, Population
from neat.learning import gradients

ACTIVATION_NAMES = tuple(function.name for function in ACTIVATIONS if function.name != "step")
PROBABILITIES = ("sigmoid", "steep_sigmoid", "gauss", "hat")
VALUES = ("weight", "bias", "response")
STEP = 2e-4
Array = NDArray[np.float64]


def outputs_of(networks: neat.Networks, rows: Array) -> Array:
    """Return the outputs (P, E, T, O) of networks in episodes (E, T, I)."""
    if not networks.layout.memory:
        flat = neat.activate_rows(networks, rows.reshape(-1, rows.shape[-1]))
        return flat.reshape(len(networks), *rows.shape[:2], -1)
    episodes = []
    for episode in rows:
        memory = networks.memory()
        episodes.append(
            [neat.activate_each(networks, np.broadcast_to(row, (len(networks), len(row))), memory) for row in episode]
        )
    return np.transpose(np.array(episodes), (2, 0, 1, 3))


def loss_of(name: str, outputs: Array, targets: Array) -> Array:
    """Return the mean loss (P,) over all rows, by the formula of `name`."""
    if name == "half_squared":
        rows = ((outputs - targets) ** 2).sum(-1) / 2.0
    elif name == "mse":
        rows = ((outputs - targets) ** 2).mean(-1)
    elif name == "binary_cross_entropy":
        inside = np.clip(outputs, 1e-7, 1.0 - 1e-7)
        rows = -(targets * np.log(inside) + (1.0 - targets) * np.log(1.0 - inside)).sum(-1)
    else:
        top = outputs.max(-1, keepdims=True)
        rows = -(targets * (outputs - top - np.log(np.exp(outputs - top).sum(-1, keepdims=True)))).sum(-1)
    return rows.reshape(len(outputs), -1).mean(-1)


def moved(genome: neat.Genome, name: str, place: int, distances: tuple[float, ...]) -> neat.Networks:
    """Return networks of a genome, in each of which one value is moved by one of the distances."""
    population = Population.from_genomes([genome] * len(distances)).replace(key=np.arange(len(distances)))
    column = getattr(population, name).copy()
    size = len(column) // len(distances)
    column[place + size * np.arange(len(distances))] += distances
    return neat.compile(population.replace(**{name: column}))


def differences(
    genome: neat.Genome, name: str, place: int, rows: Array, targets: Array, loss: str
) -> tuple[float, float]:
    """Return central differences of fourth order, with the steps 2 h and h."""
    distances = tuple(sign * STEP * times for times in (4.0, 2.0, 1.0) for sign in (1.0, -1.0))
    values = loss_of(loss, outputs_of(moved(genome, name, place, distances), rows), targets)
    far, near, nearest = (
        (values[2 * k] - values[2 * k + 1]) / (2.0 * STEP * times) for k, times in enumerate((4, 2, 1))
    )
    return float((4.0 * near - far) / 3.0), float((4.0 * nearest - near) / 3.0)


def examples(rng: np.random.Generator, genome: neat.Genome, loss: str) -> tuple[Array, Array]:
    """Return episodes of random inputs, and random targets in the domain of a loss."""
    episodes, length, outputs = 5, 3, len(genome.outputs)
    rows = rng.normal(size=(episodes, length, len(genome.inputs)))
    if loss == "softmax":
        return rows, np.eye(outputs)[rng.integers(outputs, size=(episodes, length))]
    targets = rng.normal(size=(episodes, length, outputs))
    return rows, np.abs(np.sin(targets)) if loss == "binary_cross_entropy" else targets


def largest_value(genome: neat.Genome, rows: Array) -> float:
    """Return the largest absolute value that a node had while a network ran; differences of larger ones are useless."""
    network, largest = PlainNetwork(genome), 0.0
    for episode in rows:
        network.reset()
        for row in episode:
            network(row)
            largest = max([largest, *map(abs, network.values.values())])
    return largest


def with_probable_outputs(rng: np.random.Generator, genome: neat.Genome) -> neat.Genome:
    layout = genome.layout
    nodes = [
        node._replace(activation=str(rng.choice(PROBABILITIES))) if node.id < layout.given else node
        for node in genome.nodes[layout.sources :]
    ]
    return neat.Genome(
        layout.inputs, layout.outputs, genome.connections, nodes,
        bias_node=layout.bias_node, max_steps=layout.max_steps, memory=layout.memory,
    )  # fmt: skip


def check_random_networks(seed: int, count: int) -> None:
    """Compare gradients of random networks with differences; points near a kink, where these disagree, are left out."""
    rng = np.random.default_rng(seed)
    compared = skipped = 0
    for number in range(count):
        layout = Layout(
            tuple("abc"[: rng.integers(1, 4)]), tuple("xyz"[: rng.integers(1, 4)]), bool(rng.integers(2)),
            int(rng.integers(0, 5)), number % 3 == 0,
        )  # fmt: skip
        genome = random_genome(
            rng, layout, int(rng.integers(0, 5)), density=0.5, acyclic=number % 2 == 0, activations=ACTIVATION_NAMES
        )
        losses = ["half_squared", "mse", "binary_cross_entropy", *(["softmax"] if len(layout.outputs) > 1 else [])]
        loss = losses[number % len(losses)]
        if loss == "binary_cross_entropy":
            genome = with_probable_outputs(rng, genome)
        rows, targets = examples(rng, genome, loss)
        network = neat.compile(genome)
        found = gradients(network, rows, targets, loss=loss)
        outputs = outputs_of(network.networks, rows)
        if loss == "binary_cross_entropy" and (np.abs(outputs - 0.5) > 0.4999).any():
            continue  # the loss cannot be computed precisely from such outputs
        expected = float(loss_of(loss, outputs, targets)[0])
        assert found.loss[0] == pytest.approx(expected, rel=1e-11, abs=1e-13)
        if largest_value(genome, rows) > 1e4:
            continue
        for name in VALUES:
            slopes = getattr(found, name)
            places = range(len(slopes)) if name == "weight" else range(layout.sources, len(slopes))
            for place in places:
                far, near = differences(genome, name, place, rows, targets, loss)
                scale = max(abs(near), 1e-3 * max(1.0, expected))
                if abs(far - near) > 2e-7 * scale:
                    skipped += 1
                    continue
                compared += 1
                assert abs(slopes[place] - near) <= 1e-6 * scale, (number, loss, name, place, slopes[place], near)
    assert compared > 3 * count and skipped < 0.35 * (compared + skipped)


def test_gradients_agree_with_differences() -> None:
    check_random_networks(1, 200)


@pytest.mark.slow
def test_gradients_of_a_thousand_networks_agree_with_differences() -> None:
    check_random_networks(2, 1000)


def test_one_step_by_hand() -> None:
    genome = neat.Genome(
        1, 1, [(0, 2, 0.5), (2, 1, -2.0)], [neat.Node(1, 0.25, 1.0, "linear"), neat.Node(2, 0.0, 1.0, "relu")]
    )
    found = gradients(neat.compile(genome), [[2.0]], [[0.75]], loss="half_squared")
    # hidden 1, output -1.75, error -2.5
    assert found.loss.tolist() == [3.125]
    by_ends = {(gene.source, gene.target): slope for gene, slope in zip(genome.connections, found.weight, strict=True)}
    assert by_ends == {(0, 2): 10.0, (2, 1): -2.5}
    assert found.bias.tolist() == [0.0, -2.5, 5.0]
    assert found.response.tolist() == [0.0, 5.0, 5.0]


def test_a_cycle_is_unrolled_through_its_time_steps() -> None:
    genome = neat.Genome(1, 1, [(0, 1, 1.0), (1, 1, 0.5)], [neat.Node(1, 0.0, 1.0, "linear")], max_steps=3)
    # y = x (1 + w + w^2), so dy/dw = x (1 + 2 w)
    found = gradients(neat.compile(genome), [[2.0]], [[0.0]], loss="half_squared")
    by_ends = {(gene.source, gene.target): slope for gene, slope in zip(genome.connections, found.weight, strict=True)}
    assert by_ends[1, 1] == 3.5 * 2.0 * 2.0 and by_ends[0, 1] == 3.5 * 3.5


def test_memory_is_followed_through_an_episode() -> None:
    genome = neat.Genome(1, 1, [(0, 1, 1.0), (1, 1, 0.5)], [neat.Node(1, 0.0, 1.0, "linear")], memory=True)
    # y1 = x1, y2 = x2 + w x1; only the second row has an error
    found = gradients(neat.compile(genome), [[[2.0], [3.0]]], [[[2.0], [0.0]]], loss="half_squared")
    by_ends = {(gene.source, gene.target): slope for gene, slope in zip(genome.connections, found.weight, strict=True)}
    assert found.loss.tolist() == [4.0]
    assert by_ends == {(0, 1): 8.0, (1, 1): 4.0}


def population_of(rng: np.random.Generator, size: int) -> Population:
    layout = Layout(("a", "b"), ("x", "y"), True)
    return Population.from_genomes(
        [
            random_genome(rng, layout, 6, key=key, density=0.4, acyclic=key % 2 == 0, activations=ACTIVATION_NAMES)
            for key in range(size)
        ]
    )


def test_a_population_has_the_bits_of_its_members_at_any_number_of_threads() -> None:
    rng = np.random.default_rng(3)
    population = population_of(rng, 40)
    rows, targets = rng.normal(size=(300, 2)), rng.normal(size=(300, 2))
    one = gradients(neat.compile(population), rows, targets, threads=1)
    many = gradients(neat.compile(population), rows, targets, threads=4)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one, many, strict=True))
    for g in (0, 7, 39):
        alone = gradients(neat.compile(population)[g], rows, targets)
        edges, places = population.connection_start[g : g + 2], population.node_start[g : g + 2]
        assert alone.weight.tobytes() == one.weight[slice(*edges)].tobytes()
        assert alone.bias.tobytes() == one.bias[slice(*places)].tobytes()
        assert alone.loss[0] == one.loss[g]


def test_the_forward_pass_has_the_bits_of_evaluation() -> None:
    rng = np.random.default_rng(4)
    population = population_of(rng, 30)
    rows = rng.normal(size=(1, 2))
    outputs = neat.activate_rows(neat.compile(population), rows)
    errors = outputs[:, 0] - 0.5
    found = gradients(neat.compile(population), rows, np.full((1, 2), 0.5), loss="half_squared")
    assert np.array_equal(found.loss, 0.5 * (errors[:, 0] * errors[:, 0]) + 0.5 * (errors[:, 1] * errors[:, 1]))


def test_custom_functions_need_a_derivative() -> None:
    def bent(z: float) -> float:
        return z / (1.0 + abs(z))

    def slope(z: float) -> float:
        return 1.0 / ((1.0 + abs(z)) * (1.0 + abs(z)))

    def norm(values: Any) -> float:
        total = 0.0
        for value in values:
            total += value * value
        return total

    def double(values: Any) -> None:
        for place in range(len(values)):
            values[place] = 2.0 * values[place]

    neat.register_activation("bent_for_gradients", bent, slope)
    neat.register_aggregation("norm_for_gradients", norm, double)
    node = neat.Node(2, 0.1, 0.7, "bent_for_gradients", "norm_for_gradients")
    genome = neat.Genome(2, 1, [(0, 2, 0.5), (1, 2, -0.25)], [node])
    rows, targets = np.array([[[0.4, -1.0]], [[2.0, 3.0]]]), np.array([[[1.0]], [[-1.0]]])
    found = gradients(neat.compile(genome), rows, targets)
    for name in VALUES:
        for place in range(2) if name == "weight" else (2,):
            near = differences(genome, name, place, rows, targets, "mse")[1]
            assert getattr(found, name)[place] == pytest.approx(near, rel=1e-7)
    neat.register_activation("rough_for_gradients", lambda z: 2.0 * z)
    rough = neat.Genome(2, ["answer"], genome.connections, [node._replace(activation="rough_for_gradients")], key=7)
    with pytest.raises(
        neat.NeatError,
        match="output 'answer' of genome 7 has the activation 'rough_for_gradients', which has no derivative",
    ):
        gradients(neat.compile(rough), rows, targets)
    stepped = neat.Genome(1, 1, [(0, 5, 1.0), (5, 1, 1.0)], [neat.Node(5, activation="step")])
    with pytest.raises(neat.NeatError, match="has the activation 'step', whose derivative is 0 everywhere"):
        gradients(neat.compile(stepped), [[1.0]], [[1.0]])


@pytest.mark.parametrize(
    ("inputs", "targets", "loss", "message"),
    [
        ([[1.0, 2.0]], [[0.0]], "mse", r"inputs must have shape \(R, I\) = \(R, 1\)"),
        ([[1.0]], [[0.0], [1.0]], "mse", "have different numbers of rows"),
        ([[1.0], [np.nan]], [[0.0], [1.0]], "mse", "inputs must be finite; row 2, column 1 holds nan"),
        ([[1.0], [2.0]], [[0.0], [1e300]], "mse", r"targets must lie within \+-2\^40, .* row 2, column 1 holds 1e"),
        ([["a"]], [[0.0]], "mse", "inputs must be real numbers"),
        (np.zeros((0, 1)), np.zeros((0, 1)), "mse", "no rows to learn from"),
        ([[1.0]], [[1.5]], "binary_cross_entropy", "needs targets from 0 to 1; that of row 1, output 1 is 1.5"),
        ([[1.0]], [[0.5]], "binary_cross_entropy", "output 'y1' has the activation linear"),
        ([[1.0]], [[1.0]], "softmax", "needs one output for each class"),
        ([[1.0]], [[1.0]], "hinge", "loss = 'hinge' is unknown"),
    ],
)
def test_wrong_examples_are_told(inputs: Any, targets: Any, loss: str, message: str) -> None:
    genome = neat.Genome(1, 1, [(0, 1, 1.0)], [neat.Node(1, activation="linear")])
    with pytest.raises(neat.NeatError, match=message):
        gradients(neat.compile(genome), inputs, targets, loss=loss)


def test_targets_of_classes_add_up_to_one() -> None:
    genome = neat.Genome(
        1, 2, [(0, 1, 1.0), (0, 2, -1.0)], [neat.Node(1, activation="linear"), neat.Node(2, activation="linear")]
    )
    with pytest.raises(neat.NeatError, match="in row 2 they add up to 0.5"):
        gradients(neat.compile(genome), [[1.0], [2.0]], [[1.0, 0.0], [0.5, 0.0]], loss="softmax")


def test_the_cross_entropy_of_a_saturated_sigmoid_still_has_a_slope() -> None:
    genome = neat.Genome(1, 1, [(0, 1, 100.0)], [neat.Node(1, activation="sigmoid")])
    found = gradients(neat.compile(genome), [[1.0]], [[0.0]], loss="binary_cross_entropy")
    assert found.loss[0] == 100.0 and found.bias[1] == 1.0


def test_networks_without_connections_have_a_loss_and_no_slope() -> None:
    for memory in (False, True):
        genome = neat.Genome(1, 1, memory=memory)
        found = gradients(neat.compile(genome), np.ones((2, 3, 1)), np.full((2, 3, 1), 2.0))
        assert found.loss.tolist() == [4.0] and not found.bias.any()


@pytest.mark.slow
def test_gradients_agree_with_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    sizes = (5, 7, 6, 3)
    genome = neat.learning.layered_genome(5, 3, (7, 6), activation="tanh", seed=2)
    rows, classes = rng.normal(size=(50, 5)), rng.integers(3, size=50)
    found = gradients(neat.compile(genome), rows, np.eye(3)[classes], loss="softmax")
    layers = [torch.nn.Linear(a, b, dtype=torch.float64) for a, b in zip(sizes, sizes[1:], strict=False)]
    ids = [list(range(5)), [node.id for node in genome.nodes[8:15]], [node.id for node in genome.nodes[15:]], [5, 6, 7]]
    where = {id_: (layer, place) for layer, members in enumerate(ids) for place, id_ in enumerate(members)}
    for gene in genome.connections:
        layer, target = where[gene.target]
        layers[layer - 1].weight.data[target, where[gene.source][1]] = gene.weight
    for layer in layers:
        layer.bias.data[:] = 0.0
    values = torch.tensor(rows)
    for layer in layers[:-1]:
        values = torch.tanh(layer(values))
    loss = torch.nn.functional.cross_entropy(layers[-1](values), torch.tensor(classes))
    loss.backward()
    assert found.loss[0] == pytest.approx(loss.item(), rel=1e-12)
    for gene, slope in zip(genome.connections, found.weight, strict=True):
        layer, target = where[gene.target]
        assert slope == pytest.approx(
            layers[layer - 1].weight.grad[target, where[gene.source][1]].item(), rel=1e-9, abs=1e-12
        )
    for node, slope in zip(genome.nodes, found.bias, strict=True):
        if node.id >= 5:
            layer, place = where[node.id]
            assert slope == pytest.approx(layers[layer - 1].bias.grad[place].item(), rel=1e-9, abs=1e-12)
