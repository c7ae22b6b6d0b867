"""How far genomes have grown, and the settings that follow from it."""

import numpy as np
import pytest
from breeding import initialize, layout_of, mutate, random_numbers

from neat import Config
from neat.genetics.maturity import Auto, maturity, value_of
from neat.genetics.reproduction import Candidates, select
from neat.genetics.speciation import target_species


def with_hidden(hidden: int, **sections):
    """Return a configuration, genomes that all have a layer of hidden nodes, and the tracker."""
    start = {"start": "layers", "layers": [hidden]} if hidden else {}
    config = Config(run={"seed": 1}, population={"size": 400, **start}, **sections)
    return config, *initialize(layout_of(config, 2, 1), config)


@pytest.mark.parametrize(("hidden", "expected"), [(0, 0.0), (1, 1 / 3), (2, 1.0), (9, 1.0)])
def test_genomes_are_grown_when_they_have_two_hidden_nodes(hidden, expected):
    assert maturity(with_hidden(hidden)[1]) == pytest.approx(expected, abs=1e-15)


def test_the_mean_counts():
    grown, small = with_hidden(4)[1], with_hidden(0)[1]
    both = small.take(np.arange(300)).joined(grown.take(np.arange(100)).replace(key=400 + np.arange(100)))
    assert maturity(both) == pytest.approx((1.0 - 0.5) / 1.5)


def test_genomes_of_networks_with_memory_always_count_as_small():
    assert maturity(with_hidden(9, network={"memory": True})[1]) == 0.0


def test_auto_goes_from_one_value_to_the_other():
    assert [value_of("auto", Auto(0.2, 0.6), amount) for amount in (0.0, 0.5, 1.0)] == pytest.approx([0.2, 0.4, 0.6])
    assert value_of(0.1, Auto(0.2, 0.6), 0.5) == 0.1


@pytest.mark.parametrize(("size", "hidden", "expected"), [(400, 0, 10), (400, 1, 7), (400, 2, 2), (400, 9, 2)])
def test_the_target_falls_to_a_fifth(size, hidden, expected):
    config, population, _ = with_hidden(hidden)
    assert target_species(population, config.speciation) == expected
    for word, target in ((4, 4), ("auto", 10), ("none", None)):
        assert target_species(population, config.replace(speciation={"target_species": word}).speciation) == target


@pytest.mark.parametrize(("hidden", "node", "connection"), [(0, 0.03, 0.3), (9, 0.3, 0.8)])
def test_grown_genomes_grow_faster(hidden, node, connection):
    config, population, innovations = with_hidden(hidden)
    mutated, _ = mutate(population, np.ones(len(population), np.bool_), 1, innovations, config)
    nodes = np.diff(mutated.node_start) - np.diff(population.node_start)
    assert abs(nodes.mean() - node) < 4 * np.sqrt(node * (1 - node) / len(population))
    if hidden:  # small genomes hardly have pairs left to connect
        connections = mutated.connection_counts - population.connection_counts - 2 * nodes
        assert abs(connections.mean() - connection) < 4 * np.sqrt(connection * (1 - connection) / len(population))


@pytest.mark.parametrize(("hidden", "parents", "clones"), [(0, 80, 0.25), (9, 8, 1.0)])
def test_grown_genomes_have_few_parents_and_do_not_mate(hidden, parents, clones):
    config, population, _ = with_hidden(hidden)
    size = len(population)
    candidates = Candidates(
        population, np.arange(float(size)), np.zeros(size, int), np.ones(1, bool), size - 1, size, size
    )
    chosen = select(candidates, random_numbers(config, 1), config.reproduction, config.crossover, 1)
    children = ~chosen.elite
    assert chosen.first[children].min() >= size - parents
    assert abs((chosen.second[children] < 0).mean() - clones) <= 4 * np.sqrt(clones * (1 - clones) / size)
