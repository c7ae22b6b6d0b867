"""Populations with a history, and the invariants that every operator must keep."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from neat.config import Config
from neat.core.randomness import Purpose, Randomness
from neat.genetics.innovation import Innovations
from neat.genetics.layout import Layout
from neat.genetics.operators import Operators
from neat.genetics.population import Population
from neat.genetics.reproduction import Offspring

LIVELY = {
    "add_node": 0.4, "add_connection": 0.5, "toggle": 0.3, "delete_connection": 0.2, "delete_node": 0.15,
    "weight_rate": 0.8, "bias_rate": 0.7, "response_rate": 0.5, "activation_rate": 0.5, "aggregation_rate": 0.5,
}  # fmt: skip
OPTIONS = {"activation_options": ("tanh", "relu", "sin"), "aggregation_options": ("sum", "product", "median")}


@st.composite
def configs(draw, **fixed):
    """Draw configurations that exercise every switch of the operators."""
    acyclic = draw(st.booleans())
    start = draw(st.sampled_from(["full", "none", "partial", "one", "random"]))
    limit = draw(st.sampled_from([8.0, 0.3]))  # half of a split has weight 1 where it may
    limits = {"weight_limit": limit, "weight_range": min(2.5, limit), "response_limit": limit}
    return Config(
        run={"seed": draw(st.integers(0, 2**31)), "threads": draw(st.sampled_from([1, 2, 4]))},
        population={
            "size": draw(st.integers(2, 12)),
            "start": start,
        },
        genome={
            "bias": draw(st.sampled_from(["attribute", "node", "none"])),
            "acyclic": acyclic,
            "activation": "steep_sigmoid",
            **limits,
            **OPTIONS,
        },
        mutation={
            **LIVELY,
            **draw(st.sampled_from([{}, {"add_node": "auto", "add_connection": "auto"}])),
            "kind": draw(st.sampled_from(["auto", "uniform", "gaussian", "scale", "mixed"])),
            "max_structural": draw(st.sampled_from([None, 1, 2] if start == "none" else [None, 0, 1, 2])),
            "exclusive": draw(st.booleans()),
        },
        crossover={
            "excess": draw(st.sampled_from(["fitter", "both"])),
            "blend_rate": draw(st.sampled_from([0.0, 0.4])),
        },
        speciation={
            "join": draw(st.sampled_from(["first", "nearest"])),
            "normalise": draw(st.booleans()),
        },
        network={"memory": draw(st.booleans())},
        **fixed,
    )


def layout_of(config: Config, inputs: int = 2, outputs: int = 2) -> Layout:
    return Layout(
        tuple(f"x{i}" for i in range(inputs)),
        tuple(f"y{i}" for i in range(outputs)),
        config.genome.bias == "node",
        config.network.max_steps,
        config.network.memory,
    )


def random_numbers(config: Config, generation: int) -> Randomness:
    return Randomness(config.run.seed, generation, Purpose.OPERATOR_MUTATE)


def initialize(layout: Layout, config: Config, start=None) -> tuple[Population, Innovations]:
    """Return the initial population of a configuration, made by the built-in operator."""
    rng = random_numbers(config, 1)
    return Operators.initialize(
        layout, start, rng, config.population, config.genome, config.mutation, config.run.threads
    )


def crossover(parents: Population, first, second, key, generation: int, config: Config) -> Population:
    """Return the children of the built-in crossover."""
    nothing = np.zeros(len(first), np.bool_)
    offspring = Offspring(first, second, key, nothing, nothing, np.zeros(len(first), np.int64))
    rng = random_numbers(config, generation)
    return Operators.crossover(parents, offspring, rng, config.crossover, config.genome, config.run.threads)


def mutate(population: Population, mutable, generation: int, innovations: Innovations, config: Config):
    """Return the mutated population and the tracker, by the built-in mutation."""
    rng = random_numbers(config, generation)
    return Operators.mutate(population, mutable, innovations, rng, config.mutation, config.genome, config.run.threads)


def history(config: Config, generations: int, inputs: int = 2, outputs: int = 2):
    """Return (population, tracker) after generations of random crossing and mutation."""
    population, innovations = initialize(layout_of(config, inputs, outputs), config)
    chance = np.random.default_rng(config.run.seed)
    next_key = len(population)
    for generation in range(1, generations + 1):
        size = len(population)
        first = chance.integers(size, size=size)
        second = np.where(chance.random(size) < 0.7, chance.integers(size, size=size), -1)
        key = next_key + np.arange(size)
        next_key += size
        population = crossover(population, first, second, key, generation, config)
        everyone = np.ones(size, np.bool_)
        population, innovations = mutate(population, everyone, generation, innovations, config)
    return population, innovations


def check_invariants(population: Population, config: Config | None = None) -> None:
    """Assert what holds for every population, whatever happened to it."""
    layout = population.layout
    assert population.connection_start[0] == population.node_start[0] == 0
    assert population.connection_start[-1] == len(population.weight)
    assert population.node_start[-1] == len(population.node)
    assert len(set(population.key.tolist())) == len(population)
    for column in (*population.connections.values(), *population.nodes.values()):
        assert not column.flags.writeable and column.flags.c_contiguous
    ends_of: dict[int, tuple[int, int]] = {}
    for genome in population:
        nodes = genome.column("node").tolist()
        assert nodes[: layout.given] == list(range(layout.given))
        assert nodes == sorted(set(nodes))
        numbers = genome.column("innovation").tolist()
        assert numbers == sorted(set(numbers))
        pairs = list(zip(genome.column("source").tolist(), genome.column("target").tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)
        touched = {end for pair in pairs for end in pair}
        assert touched <= set(nodes)
        assert set(nodes[layout.given :]) <= touched
        assert all(target >= layout.sources for _, target in pairs)
        for number, pair in zip(numbers, pairs, strict=True):
            assert ends_of.setdefault(number, pair) == pair
        assert np.isfinite(genome.column("weight")).all()
        if config is not None:
            assert (np.abs(genome.column("weight")) <= config.genome.weight_limit).all()
            assert (np.abs(genome.column("bias")) <= config.genome.bias_limit).all()
            assert (np.abs(genome.column("response"))[layout.sources :] <= config.genome.response_limit).all()
            if config.genome.acyclic:
                assert nx.is_directed_acyclic_graph(nx.DiGraph(pairs))
