"""Compiled networks against the plain twin, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from genomes import EXTREMES, layouts, populations, random_population
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_network import PlainNetwork, same_networks

from neat.genetics.population import Layout
from neat.network import activate_each, activate_rows, compile_networks, networks_from_arrays
from neat.network.block_kernels import BLOCK

seeds = st.integers(0, 2**32)


def drawn_inputs(seed, *shape, extreme=0.05):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape) * 3.0
    return np.where(rng.random(shape) < extreme, rng.choice(EXTREMES, shape), values)


def same_bits(one, other):
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    assert one.shape == other.shape
    differing = np.flatnonzero(one.ravel().view(np.int64) != other.ravel().view(np.int64))
    assert len(differing) == 0, (differing[:5], one.ravel()[differing[:5]], other.ravel()[differing[:5]])


@given(populations(), seeds)
@settings(max_examples=150)
def test_rows(population, seed):
    rows = drawn_inputs(seed, 3, len(population.layout.inputs))
    expected = []
    for genome in population:
        plain = PlainNetwork(genome)
        expected.append([])
        for row in rows:
            plain.reset()
            expected[-1].append(plain(row))
    same_bits(activate_rows(compile_networks(population), rows), expected)


@given(populations(), seeds)
@settings(max_examples=100)
def test_each_through_an_episode(population, seed):
    networks = compile_networks(population)
    plain = [PlainNetwork(genome) for genome in population]
    memory = networks.memory()
    rng = np.random.default_rng(seed)
    for inputs in drawn_inputs(seed, 6, len(population), len(population.layout.inputs)):
        awake = rng.random(len(population)) < 0.8
        expected = [
            twin(row) if runs else [0.0] * len(population.layout.outputs)
            for twin, row, runs in zip(plain, inputs, awake, strict=True)
        ]
        same_bits(activate_each(networks, inputs, memory, awake), expected)
        ended = np.flatnonzero(rng.random(len(population)) < 0.2)
        memory.reset(ended)
        for place in ended:
            plain[place].reset()


@given(populations(), seeds)
def test_one_network_is_the_same(population, seed):
    inputs = drawn_inputs(seed, 4, len(population.layout.inputs))
    for genome in population:
        network, plain = compile_networks(genome), PlainNetwork(genome)
        for row in inputs:
            same_bits(network(row), plain(row))
        assert (network.nodes, network.depth) == (len(plain.kept), plain.depth)
        assert network.recurrent != plain.acyclic


@given(populations(layout=layouts(memory=False, max_steps=30), acyclic=True), seeds)
def test_time_steps_equal_the_feedforward_value(population, seed):
    """Many steps, one pass in the order of slots, recursion from the outputs: all the same."""
    rows = drawn_inputs(seed, 2, len(population.layout.inputs))
    networks = compile_networks(population)
    assert networks.arrays.network["feedforward"].all()
    arrays = networks.arrays._replace(network=networks.arrays.network.copy())
    arrays.network["feedforward"] = False
    stepped = type(networks)(networks.layout, networks.key, arrays)
    plain = [[PlainNetwork(genome).feedforward(row) for row in rows] for genome in population]
    same_bits(activate_rows(networks, rows), plain)
    same_bits(activate_rows(stepped, rows), plain)
    for row in range(len(rows)):
        each = np.repeat(rows[row : row + 1], len(population), axis=0)
        same_bits(activate_each(stepped, each), activate_rows(networks, rows)[:, row])


def test_every_function_and_aggregation_occurs():
    population = random_population(1, 60, Layout(("a", "b"), ("c",), True), 8, density=0.5)
    nodes = compile_networks(population).arrays.node
    assert set(nodes["activation"]) == set(range(21))
    assert set(nodes["aggregation"]) == set(range(7))


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 130, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
@pytest.mark.parametrize("max_steps", [0, 12])
def test_blocks_of_rows(rows, max_steps):
    """However many rows there are, each gives what it gives alone."""
    layout = Layout(("a", "b"), ("c", "d"), True, max_steps)
    networks = compile_networks(random_population(rows, 20, layout, 8, density=0.3))
    inputs = drawn_inputs(rows, rows, 2)
    together = activate_rows(networks, inputs)
    for row in {0, 7, 62, 63, 64, 129, BLOCK - 1, BLOCK, rows - 1} & set(range(rows)):
        same_bits(together[:, row], activate_rows(networks, inputs[row : row + 1])[:, 0])
        same_bits(together[:, row], activate_each(networks, np.repeat(inputs[row : row + 1], 20, axis=0)))


def test_large_networks_take_smaller_blocks():
    layout = Layout(("a",), ("b",), False)
    hidden = np.arange(2, 2402)
    chain = networks_from_arrays(
        layout,
        connection_start=[0, 2401],
        node_start=[0, 2402],
        source=[0, *hidden],
        target=[*hidden, 1],
        weight=np.full(2401, 1.0),
        bias=np.where(np.arange(2402) == 5, 1.0, 0.0),
    )
    rows = np.arange(300.0)[:, None]
    same_bits(activate_rows(chain, rows)[0], rows + 1.0)
    assert chain[0].depth == 2401


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_change_nothing(threads):
    layout = Layout(("a", "b"), ("c",), True, 0, True)
    population = random_population(5, 40, layout, 6, density=0.4).take(np.arange(40).repeat(60))
    networks = compile_networks(population, threads=threads)
    alone = compile_networks(population, threads=1)
    assert same_networks(networks, alone)
    rows = drawn_inputs(3, 70, 2)
    same_bits(activate_rows(networks, rows, threads=threads), activate_rows(alone, rows, threads=1))
    memory, memory_alone = networks.memory(), alone.memory()
    for inputs in drawn_inputs(4, 3, len(population), 2):
        same_bits(
            activate_each(networks, inputs, memory, threads=threads),
            activate_each(alone, inputs, memory_alone, threads=1),
        )
    same_bits(memory.values, memory_alone.values)


@given(populations(extreme=0.6, layout=layouts()), seeds)
def test_nothing_is_ever_nan(population, seed):
    networks = compile_networks(population)
    inputs = drawn_inputs(seed, 5, len(population), len(population.layout.inputs), extreme=0.7)
    memory = networks.memory()
    for each in inputs:
        outputs = activate_each(networks, each, memory)
        assert np.isfinite(outputs).all() and (np.abs(outputs) <= 2.0**40).all()
        outputs = activate_rows(networks, each)
        assert np.isfinite(outputs).all() and (np.abs(outputs) <= 2.0**40).all()


def test_inputs_of_any_kind():
    layout = Layout(("a", "b"), ("c",), False)
    networks = compile_networks(random_population(9, 3, layout, 4, density=0.5))
    inputs = np.arange(6.0).reshape(3, 2)
    expected = activate_each(networks, inputs)
    frozen = inputs.copy()
    frozen.setflags(write=False)
    for other in (
        inputs.tolist(),
        inputs.astype(np.int32),
        np.asfortranarray(inputs),
        frozen,
        inputs.astype(np.float32),
    ):
        same_bits(activate_each(networks, other), expected)
        same_bits(activate_rows(networks, other), activate_rows(networks, inputs))


DIGEST = """
import hashlib, numpy as np
from genomes import random_population
from neat.genetics.population import Layout
from neat.network import activate_each, activate_rows, compile_networks
digest = hashlib.sha256()
rng = np.random.default_rng(1)
for memory, steps in ((False, 0), (True, 0), (False, 3)):
    layout = Layout(("a", "b"), ("c", "d"), True, steps, memory)
    networks = compile_networks(random_population(3, 12, layout, 5, density=0.4, extreme=0.05))
    for array in networks.arrays[1:4]:
        for name in array.dtype.names:
            digest.update(array[name].tobytes())
    digest.update(networks.arrays.output_slot.tobytes())
    rows, kept = rng.normal(size=(5, 2)), networks.memory()
    digest.update(activate_rows(networks, rows).tobytes())
    for _ in range(3):
        digest.update(activate_each(networks, rng.normal(size=(12, 2)), kept).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.parametrize("setting", [{"NUMBA_DISABLE_JIT": "1"}, {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"}])
def test_uncompiled_and_elsewhere(setting, capsys):
    """The Python code computes the bits that the compiled code does."""
    exec(compile(DIGEST, "digest", "exec"), {})
    here = capsys.readouterr().out
    there = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env=os.environ | setting | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout == here


@given(populations(), seeds)
def test_the_values_of_nodes(population, seed):
    inputs = drawn_inputs(seed, 4, len(population.layout.inputs))
    for genome in population:
        network, plain = compile_networks(genome), PlainNetwork(genome)
        assert np.isnan(network.node_values()).all()
        for row in inputs:
            network(row)
            plain(row)
            values = {node: plain.values[node] for node in {*plain.sources, *plain.kept} if node in plain.values}
            values = dict.fromkeys(plain.outputs, 0.0) | values
            same_bits(network.node_values(), [values.get(node.id, np.nan) for node in genome.nodes])
