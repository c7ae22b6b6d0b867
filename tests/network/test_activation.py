"""The law of activation, step by step, with numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from reference_network import PlainNetwork

import neat
from neat.config import reference_markdown
from neat.core.function_kernels import combine
from neat.core.functions import MEDIAN
from neat.genetics.genome import Genome
from neat.genetics.population import Population
from neat.network import activate_each, activate_rows, compile_networks

LIMIT = 2.0**40


def linear(*nodes):
    return [(node, 0.0, 1.0, "linear") for node in nodes]


def outputs_after(steps, inputs, genome_of):
    """The outputs of the same genome with every bound on steps from 1 on."""
    return [compile_networks(genome_of(step))(inputs).tolist() for step in range(1, steps + 1)]


def test_a_cycle_step_by_step():
    # Node 0 is the input, 1 the output; 2 and 3 make a cycle: 0 -> 2 -> 3 -> 2, 3 -> 1.
    def genome_of(steps):
        connections = [(0, 2, 1.0), (2, 3, 2.0), (3, 2, 0.5), (3, 1, 1.0)]
        return Genome(1, 1, connections, linear(1, 2, 3), max_steps=steps)

    # Input 1. Values of (2, 3, 1): step 1 (1, -, -), step 2 (1, 2, -), step 3 (1 + 0.5 * 2, 2, 2),
    # step 4 (2, 4, 2), step 5 (3, 4, 4), step 6 (3, 6, 4). A node not yet reached reads 0.
    assert outputs_after(6, [1.0], genome_of) == [[0.0], [0.0], [2.0], [2.0], [4.0], [4.0]]
    network = compile_networks(genome_of(0))
    assert network([1.0]).tolist() == [4.0]  # auto: 5 steps
    assert network.recurrent and network.depth == 3
    assert network([[1.0], [-2.0], [0.0]]).tolist() == [[4.0], [-8.0], [0.0]]


def test_a_self_loop_step_by_step():
    def genome_of(steps):
        return Genome(1, 1, [(0, 1, 1.0), (1, 1, 0.5)], linear(1), max_steps=steps)

    # Step 1: 8, for the output itself was not active before; then 8 + half of the last value.
    assert outputs_after(4, [8.0], genome_of) == [[8.0], [12.0], [14.0], [15.0]]


def test_memory_over_three_inputs():
    connections = [(0, 2, 1.0), (2, 2, 0.5), (2, 1, 2.0)]
    network = compile_networks(Genome(1, 1, connections, linear(1, 2), memory=True))
    # One step per input. Node 2: 1, then 3 + 0.5, then 0 + 1.75. The output is a step behind: -, 2, 7.
    assert [network([x]).tolist() for x in (1.0, 3.0, 0.0)] == [[0.0], [2.0], [7.0]]
    network.reset()
    assert [network([x]).tolist() for x in (1.0, 3.0)] == [[0.0], [2.0]]
    # Rows of a table are each a new episode of one step, and leave the running one alone.
    assert network([[1.0], [5.0]]).tolist() == [[0.0], [0.0]]
    assert network([0.0]).tolist() == [7.0]


def test_memory_with_more_steps_per_input():
    connections = [(0, 2, 1.0), (2, 2, 0.5), (2, 1, 2.0)]
    network = compile_networks(Genome(1, 1, connections, linear(1, 2), memory=True, max_steps=2))
    # Node 2 and the output: first 1 and -, 1.5 and 2; then 3.75 and 3, 4.875 and 7.5.
    assert [network([x]).tolist() for x in (1.0, 3.0)] == [[2.0], [7.5]]


def test_nodes_not_reached_send_nothing():
    # Node 3 has a bias but no way from an input: it never fires, so 4, fed by it alone, does not either.
    connections = [(0, 1, 1.0), (3, 1, 100.0), (3, 4, 1.0), (4, 2, 1.0)]
    nodes = [
        (1, 0.25, 1.0, "linear"),
        (2, 7.0, 1.0, "linear"),
        (3, 5.0, 1.0, "linear"),
        (4, 5.0, 1.0, "linear"),
    ]
    network = compile_networks(Genome(1, 2, connections, nodes, max_steps=9))
    assert network([2.0]).tolist() == [2.25, 0.0]
    assert (network.nodes, network.connections, network.depth) == (1, 1, 1)


def test_an_output_that_nothing_reaches_is_zero_whatever_its_bias():
    nodes = [(2, 3.0, 1.0, "sigmoid"), (3, 3.0, 1.0, "sigmoid"), (4, 3.0, 1.0, "linear")]
    connections = [(0, 2, 1.0), (4, 3, 1.0), (1, 3, 1.0, False)]  # hidden node 4 is not reached either
    network = compile_networks(Genome(2, 2, connections, nodes))
    assert network([0.0, 0.0]).tolist() == [pytest.approx(1 / (1 + math.exp(-3))), 0.0]
    assert "reaches through enabled connections is 0" in reference_markdown()


def test_disabled_connections_do_not_exist():
    network = compile_networks(Genome(1, 1, [(0, 1, 1.0, False)], linear(1)))
    assert network([2.0]).tolist() == [0.0]
    assert (network.nodes, network.connections, network.depth) == (0, 0, 0)


def test_a_bound_below_the_depth():
    # Two ways to the output: direct, and by two hidden nodes that need three steps.
    def genome_of(steps):
        connections = [(0, 1, 1.0), (0, 2, 1.0), (2, 3, 1.0), (3, 1, 10.0)]
        return Genome(1, 1, connections, linear(1, 2, 3), max_steps=steps)

    assert outputs_after(4, [1.0], genome_of) == [[1.0], [1.0], [11.0], [11.0]]
    assert compile_networks(genome_of(0))([1.0]).tolist() == [11.0]


def test_the_bias_node_is_a_source():
    network = compile_networks(Genome(1, 1, [(0, 2, 2.0), (1, 2, -3.0)], linear(2), bias_node=True))
    assert network([5.0]).tolist() == [7.0]
    assert network([[5.0], [0.0]]).tolist() == [[7.0], [-3.0]]


def test_response_scales_the_aggregate_alone():
    network = compile_networks(Genome(1, 1, [(0, 1, 2.0)], [(1, 0.5, 3.0, "relu")]))
    assert network([4.0]).tolist() == [24.5]
    assert network([-4.0]).tolist() == [0.0]


# Parts 2 * 3, -1 * 4, 0.5 * -2, 4 * 1, in the order of the inputs.
BY_HAND = {
    "sum": 6.0 - 4.0 - 1.0 + 4.0,
    "product": 6.0 * -4.0 * -1.0 * 4.0,
    "mean": 5.0 / 4.0,
    "max": 6.0,
    "min": -4.0,
    "maxabs": 6.0,
    "median": 1.5,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_aggregations(name):
    connections = [(0, 4, 2.0), (1, 4, -1.0), (2, 4, 0.5), (3, 4, 4.0)]
    network = compile_networks(Genome(4, 1, connections, [(4, 0.0, 1.0, "linear", name)]))
    assert network([3.0, 4.0, -2.0, 1.0]).tolist() == [BY_HAND[name]]
    assert network([[3.0, 4.0, -2.0, 1.0]]).tolist() == [[BY_HAND[name]]]


@pytest.mark.parametrize(("name", "value"), [("maxabs", -3.0), ("median", 0.0), ("mean", 0.0), ("product", -9.0)])
def test_aggregations_of_active_nodes_only(name, value):
    # 0 -> 2 -> 1 and 0 -> 1: in step 1 only the input counts, in step 2 both: parts -3 and 3, in this order.
    def genome_of(steps):
        nodes = [(1, 0.0, 1.0, "linear", name), (2, 0.0, 1.0, "linear")]
        return Genome(1, 1, [(2, 1, 1.0), (0, 1, -1.0), (0, 2, 1.0)], nodes, max_steps=steps)

    assert outputs_after(3, [3.0], genome_of) == [[-3.0], [value], [value]]


def test_clamping():
    chain = [(0, 2, 2.0**39), (2, 1, 1.0)]
    network = compile_networks(Genome(1, 1, chain, linear(1, 2)))
    assert network([3.0]).tolist() == [LIMIT]
    assert network([-1e300]).tolist() == [-LIMIT]  # the input is clamped, too
    doubling = Genome(1, 1, [(0, 1, 1.0), (1, 1, 2.0)], linear(1), max_steps=2000)
    assert compile_networks(doubling)([1.0]).tolist() == [LIMIT]
    # A product is clamped after each factor: 2^30 * 2^30 becomes 2^40 before it meets 2^-40.
    weights = [(0, 3, 2.0**30), (1, 3, 2.0**30), (2, 3, 2.0**-40)]
    product = Genome(3, 1, weights, [(3, 0.0, 1.0, "linear", "product")])
    assert compile_networks(product)([1.0, 1.0, 1.0]).tolist() == [1.0]
    large = Genome(2, 1, [(0, 2, 2.0**30), (1, 2, 2.0**-40)], [(2, 0.0, 1.0, "linear", "product")])
    assert compile_networks(large)([2.0**20, 1.0]).tolist() == [1.0]
    assert compile_networks(large)([[2.0**20, 1.0]]).tolist() == [[1.0]]
    cube = Genome(1, 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "cube")])
    assert compile_networks(cube)([[2.0**20], [3.0]]).tolist() == [[LIMIT], [27.0]]
    assert compile_networks(cube)([2.0**20]).tolist() == [LIMIT]


def test_the_end_is_not_early():
    """A step that changes nothing ends a run only when every node has woken."""

    # Node 2 repeats its 0; node 3, a step later, has a bias and feeds the output; 2 <-> 2 makes a cycle.
    def genome(bias):
        nodes = [(1, 0.0, 1.0, "linear"), (2, 0.0, 1.0, "linear"), (3, bias, 1.0, "linear")]
        chain = [(0, 2, 0.0), (2, 2, 1.0), (2, 4, 1.0), (4, 5, 1.0), (5, 3, 1.0), (3, 1, 1.0)]
        return Genome(1, 1, chain, [*nodes, *linear(4, 5)], max_steps=9)

    networks = compile_networks(
        Population.from_genomes([genome(0.0), genome(7.0)])
    )  # the first leaves zeros in the scratch
    assert activate_rows(networks, [[1.0]]).tolist() == [[[0.0]], [[7.0]]]
    assert activate_each(networks, [[1.0], [1.0]]).tolist() == [[0.0], [7.0]]


def test_a_median_is_never_minus_zero():
    assert math.copysign(1.0, combine(np.array([-0.0]), 1, MEDIAN)) == 1.0


def test_the_twin_agrees_by_hand():
    connections = [(0, 2, 1.0), (2, 3, 2.0), (3, 2, 0.5), (3, 1, 1.0)]
    genome = Genome(1, 1, connections, linear(1, 2, 3))
    assert PlainNetwork(genome)(np.array([1.0])) == [4.0]


def test_shapes_of_one_network():
    network = neat.compile(Genome(2, 3, [(0, 2, 1.0)], linear(2, 3, 4)))
    assert network([1, 2]).shape == (3,)
    assert network(np.zeros((0, 2))).shape == (0, 3)
    assert network(np.zeros((5, 2), np.float32)).shape == (5, 3)
    assert repr(network) == "Network: 2 inputs, 3 outputs, 1 nodes, 1 connections, depth 1, without cycles"
    for wrong, message in [
        ([1.0], r"\(I,\) or \(R, I\) = \(2,\) or \(R, 2\), not \(1,\)"),
        ([[1.0]], r"\(R, I\) = \(R, 2\), not \(1, 1\)"),
        (1.0, r"not \(\)"),
        (["a", "b"], "numbers"),
        ([[1.0], [1.0, 2.0]], "equal length"),
        ([None, 1.0], "numbers"),
    ]:
        with pytest.raises(neat.NeatError, match=message):
            network(wrong)
