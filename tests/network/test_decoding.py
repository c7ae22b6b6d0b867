"""What networks are made of: structure, slices, choice of genomes, plain arrays, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from genomes import layouts, populations, random_genome, random_population
from hypothesis import given
from hypothesis import strategies as st
from reference_network import PlainNetwork, same_networks

import neat
from neat.genetics.genome import Genome
from neat.genetics.population import Layout
from neat.network import activate_each, activate_rows, compile_networks, networks_from_arrays
from neat.network.networks import Network
from neat.network.small_genome_kernels import MOST_NODES

LAYOUT = Layout(("a", "b"), ("c",), True)


def parts(networks, g):
    """The nodes and connections in use of network g, and for each connection the slot it ends in."""
    network = networks.arrays.network[g]
    node = networks.arrays.node[network["node_start"] :][: network["slots"]]
    count = int(networks.connection_counts[g])
    connection = networks.arrays.connection[network["connection_start"] :][:count]
    return node, connection, np.searchsorted(node["incoming_end"], np.arange(count), side="right")


@given(populations())
def test_structure(population):
    check_structure(population)


@given(st.integers(0, 2**32), st.integers(MOST_NODES - 6, MOST_NODES + 6), st.booleans(), st.floats(0.01, 0.1))
def test_structure_of_genomes_too_large_for_one_word(seed, nodes, acyclic, density):
    rng = np.random.default_rng(seed)
    layout = Layout(("a", "b", "c"), ("y", "z"), True, max_steps=int(rng.integers(0, 4)))
    genomes = [
        random_genome(rng, layout, nodes - layout.given, key=key, density=density, acyclic=acyclic) for key in range(2)
    ]
    check_structure(neat.Population.from_genomes(genomes))


def check_structure(population):
    networks = compile_networks(population)
    for g, genome in enumerate(population):
        plain = PlainNetwork(genome)
        ids = genome.column("node")
        node, connection, target = parts(networks, g)
        assert ids[node["place"]].tolist() == [n for n in plain.order if n in plain.sources or n in plain.kept]
        for name in ("bias", "response", "activation", "aggregation"):
            assert node[name].tobytes() == genome.column(name)[node["place"]].tobytes()
        assert node["reach"].tolist() == [plain.reach[n] for n in ids[node["place"]].tolist()]
        order = list(zip(target.tolist(), connection["source"].tolist(), strict=True))
        assert order == sorted(set(order))  # by target, then by source, each once
        assert connection["weight"].tobytes() == genome.column("weight")[connection["place"]].tobytes()
        ends = [(genome.column(end)[connection["place"]]).tolist() for end in ("source", "target")]
        assert [ids[node["place"][slot]].tolist() for slot in (connection["source"], target)] == ends
        kept = {*plain.kept, *plain.sources}
        assert len(order) == sum(s in kept and t in plain.kept for s, t in plain.graph.edges)
        slots = networks.arrays.output_slot[g]
        assert [ids[node["place"][slot]] for slot in slots if slot >= 0] == [n for n in plain.outputs if n in kept]
        network = networks.arrays.network[g]
        assert (network["depth"], network["steps"]) == (plain.depth, plain.steps)
        assert network["acyclic"] == plain.acyclic
        assert network["feedforward"] == (plain.acyclic and not plain.layout.memory and plain.depth <= plain.steps)
    assert networks.gene_counts.tolist() == population.connection_counts.tolist()
    assert networks.hidden_counts.tolist() == population.hidden_counts.tolist()


@given(populations(), st.integers(0, 4), st.integers(0, 4))
def test_slices(population, begin, end):
    networks = compile_networks(population)
    part = networks[begin:end]
    assert len(part) == len(range(4)[begin:end])
    rows = np.random.default_rng(1).normal(size=(3, len(population.layout.inputs)))
    assert activate_rows(part, rows).tobytes() == activate_rows(networks, rows)[begin:end].tobytes()
    assert part.key.tolist() == population.key[begin:end].tolist()
    own = compile_networks(population, which=np.arange(4)[begin:end])
    assert same_networks(own, part)
    for place, network in enumerate(part):
        assert same_networks(network.networks, networks[begin + place].networks)


@given(populations(), st.lists(st.integers(0, 3), max_size=6))
def test_which_genomes(population, which):
    networks = compile_networks(population, which=np.array(which, np.int64))
    assert networks.key.tolist() == [population.key[g] for g in which]
    inputs = np.random.default_rng(1).normal(size=(3, len(population.layout.inputs)))
    assert (
        activate_rows(networks, inputs).tobytes()
        == activate_rows(compile_networks(population), inputs)[which].tobytes()
    )


@given(populations(layout=layouts()))
def test_plain_arrays_give_the_same_networks(population):
    places = {}
    for end in ("source", "target"):
        ids, genome = getattr(population, end), np.repeat(np.arange(4), population.connection_counts)
        places[end] = [
            int(np.searchsorted(population[g].column("node"), wanted)) for g, wanted in zip(genome, ids, strict=True)
        ]
    columns = ("weight", "enabled", "bias", "response", "activation", "aggregation", "key")
    networks = networks_from_arrays(
        population.layout,
        connection_start=population.connection_start,
        node_start=population.node_start,
        **places,
        **{name: getattr(population, name).tolist() for name in columns},
    )
    assert same_networks(networks, compile_networks(population))


def test_defaults_of_plain_arrays():
    networks = networks_from_arrays(
        Layout(("a",), ("b",), False),
        connection_start=[0, 1, 1],
        node_start=[0, 2, 4],
        source=[0],
        target=[1],
        weight=[-2.0],
    )
    assert activate_rows(networks, [[3.0]]).tolist() == [[[-6.0]], [[0.0]]]
    assert networks.key.tolist() == [0, 1]
    none = networks_from_arrays(LAYOUT, connection_start=[0], node_start=[0], source=[], target=[], weight=[])
    assert activate_rows(none, [[1.0, 2.0]]).shape == (0, 1, 1)
    assert activate_each(none, np.zeros((0, 2)), none.memory()).shape == (0, 1)


GOOD = {
    "connection_start": [0, 2],
    "node_start": [0, 4],
    "source": [0, 2],
    "target": [3, 3],
    "weight": [1.0, 2.0],
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connection_start": [1, 2]}, "begin with 0"),
        ({"connection_start": [0, 2, 1], "node_start": [0, 4, 8]}, "never decrease"),
        ({"connection_start": [0.0, 2.0]}, "whole numbers"),
        ({"connection_start": []}, "whole numbers|shape"),
        ({"node_start": [0, 4, 8]}, "P \\+ 1"),
        ({"node_start": [0, 3]}, "at least 4 nodes"),
        ({"source": [0, 4]}, "`source` of connection 1 is 4"),
        ({"source": [-1, 0]}, "`source` of connection 0 is -1"),
        ({"target": [3, 2]}, "`target` of connection 1 is 2; .* 3 or above"),
        ({"source": [0, 1, 2]}, r"`source` must have shape \(2,\)"),
        ({"source": [0.0, 1.0]}, "`source` must hold int32"),
        ({"weight": [1.0, np.nan]}, "`weight` must lie"),
        ({"weight": [1.0, 2.0**41]}, "`weight` must lie"),
        ({"weight": ["a", "b"]}, "`weight` must hold float64"),
        ({"bias": [1.0]}, r"`bias` must have shape \(4,\)"),
        ({"enabled": [1, 0]}, "`enabled` must hold bool"),
        ({"activation": [0, 0, 0, 300]}, "`activation` must lie"),
        ({"activation": [0, 0, 0, 99]}, "`activation` of node 3 is 99"),
        ({"aggregation": [0, 0, 0, 7]}, "`aggregation` of node 3 is 7"),
    ],
)
def test_plain_arrays_are_checked(changes, message):
    networks_from_arrays(LAYOUT, **GOOD)
    with pytest.raises(neat.NeatError, match=message):
        networks_from_arrays(LAYOUT, **(GOOD | changes))


def test_what_is_refused():
    population = random_population(1, 3, LAYOUT, 2)
    networks = compile_networks(population)
    for which in ([3], [-1], [[0]], [0.5]):
        with pytest.raises(neat.NeatError, match="indices from 0 to 2"):
            compile_networks(population, which=which)
    with pytest.raises(neat.NeatError, match="steps of 1"):
        networks[::2]
    with pytest.raises(IndexError, match="3"):
        networks[3]
    with pytest.raises(neat.NeatError, match="length 1"):
        Network(networks)
    inputs = np.zeros((3, 2))
    for call, message in [
        (lambda: activate_rows(networks, np.zeros((4, 3))), r"\(R, I\) = \(R, 2\), not \(4, 3\)"),
        (lambda: activate_each(networks, np.zeros((4, 2))), r"\(P, I\) = \(3, 2\), not \(4, 2\)"),
        (lambda: activate_each(networks, inputs, awake=[1, 0, 1]), r"\(P,\) = \(3,\) of bool"),
        (lambda: activate_each(networks, inputs, awake=[True]), r"not \(1,\)"),
        (lambda: activate_each(networks, [["x", "y"]] * 3), "real numbers"),
    ]:
        with pytest.raises(neat.NeatError, match=message):
            call()
    remembering = compile_networks(random_population(1, 3, Layout(("a", "b"), ("c",), memory=True), 2))
    with pytest.raises(neat.NeatError, match="other networks"):
        activate_each(remembering, inputs, remembering[:2].memory())


def test_networks_travel():
    networks = compile_networks(random_population(1, 5, LAYOUT, 4))
    back = pickle.loads(pickle.dumps(networks))
    assert same_networks(back, networks)
    assert not any(array.flags.writeable for array in (back.key, *back.arrays[1:]))


def test_repr():
    genome = Genome(2, 1, [(0, 2, 1.0), (2, 2, 1.0)], [(2, 0.0, 1.0, "linear")], memory=True)
    network = compile_networks(genome)
    expected = "Network: 2 inputs, 1 outputs, 1 nodes, 2 connections, depth 1, recurrent, with memory"
    assert repr(network) == expected
    assert repr(network.networks) == "Networks(1, 2 connections in total)"
