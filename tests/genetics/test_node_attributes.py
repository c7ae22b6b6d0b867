"""The table of node attributes, and kernels, files and records that must agree with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from breeding import crossover, initialize, layout_of, mutate

import neat
from neat.config import Config
from neat.export import from_networkx, genome_schema, to_networkx
from neat.genetics.columns import CONNECTION_DTYPES, NODE_DTYPES
from neat.genetics.genome_kernels import Genes
from neat.genetics.node_attributes import NODE_ATTRIBUTES, NodeAttribute
from neat.genetics.population import Population
from neat.genetics.speciation import distances

NAMES = [attribute.name for attribute in NODE_ATTRIBUTES]
attributes = pytest.mark.parametrize("attribute", NODE_ATTRIBUTES, ids=NAMES)
CONFIG = Config(run={"seed": 1, "threads": 1}, population={"size": 2}, genome={"bias": "attribute"})


def other_value(attribute: NodeAttribute) -> Any:
    """Return a value of a column that is neither the default nor that of an input."""
    if attribute.functions is None:
        return 0.375
    return attribute.functions.code_of("tanh" if attribute.name == "activation" else "max")


def with_hidden(config: Config) -> Population:
    """Return two genomes with the same hidden node."""
    genome = neat.Genome(2, 1, [(0, 3, 1.0), (3, 2, 1.0)], [(3,)])
    return Population.from_genomes([genome]).take([0, 0]).replace(key=[0, 1])


def test_records_have_every_attribute_in_the_order_of_the_table() -> None:
    assert neat.Node._fields == ("id", *NAMES, "split")
    assert neat.Node._field_defaults == {**{a.name: a.default for a in NODE_ATTRIBUTES}, "split": None}
    assert list(NODE_DTYPES) == ["node", *NAMES]
    assert Genes._fields == ("connection_start", *CONNECTION_DTYPES, "node_start", *NODE_DTYPES)


def test_the_published_schema_has_every_attribute() -> None:
    node = genome_schema()["$defs"]["node"]["properties"]
    assert list(node) == ["id", *NAMES, "split"]
    for attribute in NODE_ATTRIBUTES:
        found = node[attribute.name]
        found = genome_schema()["$defs"]["value"] if found == {"$ref": "#/$defs/value"} else found
        assert {name: value for name, value in found.items() if name != "description"} == attribute.schema()


@attributes
def test_every_form_of_a_genome_keeps_the_attribute(attribute: NodeAttribute) -> None:
    population = with_hidden(CONFIG)
    column = getattr(population, attribute.name).copy()
    column[3] = other_value(attribute)
    population = population.replace(**{attribute.name: column})
    genome = population[0]
    assert getattr(genome.nodes[3], attribute.name) == attribute.user_value(other_value(attribute))
    assert neat.Genome.from_json(genome.to_json()) == genome == from_networkx(to_networkx(genome))
    assert Population.from_genomes([genome]).take([0])[0] == genome == population.joined(population)[2]


@attributes
def test_a_child_has_the_attribute_from_either_parent(attribute: NodeAttribute) -> None:
    population = with_hidden(CONFIG)
    column = getattr(population, attribute.name).copy()
    column[7] = other_value(attribute)
    parents, size = population.replace(**{attribute.name: column}), 40
    for excess in ("fitter", "both"):
        config = CONFIG.replace(crossover={"excess": excess})
        children = crossover(parents, np.zeros(size, int), np.ones(size, int), 2 + np.arange(size), 1, config)
        inherited = getattr(children, attribute.name).reshape(size, 4)[:, 3].tolist()
        assert set(inherited) == {column[3], column[7]}
    added = neat.Genome(2, 1, [(0, 2, 1.0, True, 9)])
    both = Population.from_genomes([added]).joined(parents.take([1]))
    child = crossover(
        both, np.array([0]), np.array([1]), np.array([5]), 1, CONFIG.replace(crossover={"excess": "both"})
    )
    assert getattr(child, attribute.name)[3] == column[7]


@attributes
def test_only_this_attribute_mutates_at_its_rate(attribute: NodeAttribute) -> None:
    still = dict.fromkeys(("weight_rate", "bias_rate", "add_node", "add_connection"), 0.0)
    options = {"activation_options": ("tanh", "relu"), "aggregation_options": ("max", "min")}
    config = CONFIG.replace(
        mutation={**still, f"{attribute.name}_rate": 1.0, "kind": "gaussian", "perturb": 1.0, "replace": 0.0},
        genome=options,
    )
    population, innovations = with_hidden(config), initialize(layout_of(config, 2, 1), config)[1]
    mutated, _ = mutate(population, np.ones(2, np.bool_), 1, innovations, config)
    changed = [name for name in (*CONNECTION_DTYPES, *NODE_DTYPES) if not same(mutated, population, name)]
    assert changed == [attribute.name]
    assert same(mutated.take([0]), population.take([0]), "weight")
    sources = population.layout.sources
    inputs = getattr(mutated, attribute.name).reshape(2, 4)[:, :sources]
    assert (inputs == attribute.unused).all()


@attributes
def test_the_attribute_counts_in_the_distance_as_the_table_says(attribute: NodeAttribute) -> None:
    population = with_hidden(CONFIG)
    column = getattr(population, attribute.name).copy()
    column[7] = other_value(attribute)
    differing = population.replace(**{attribute.name: column})
    apart = distances(differing, differing, CONFIG.speciation, CONFIG.genome, 1)
    assert (apart[0, 1] > 0) == attribute.in_distance


@attributes
def test_new_nodes_have_the_initial_value(attribute: NodeAttribute) -> None:
    config = CONFIG.replace(
        genome={"bias": "node", "activation": "sin", "aggregation": "mean", "response_limit": 0.5},
        mutation={"add_node": 1.0, "add_connection": 0.0, "weight_rate": 0.0},
    )
    population, innovations = initialize(layout_of(config, 2, 1), config)
    mutated, _ = mutate(population, np.ones(2, np.bool_), 1, innovations, config)
    value = attribute.initial(config.genome)
    for nodes, inputs in ((population, 3), (mutated, 3)):
        for genome in nodes:
            assert (genome.column(attribute.name)[inputs:] == value).all()
            assert (genome.column(attribute.name)[:inputs] == attribute.unused).all()


def same(one: Population, other: Population, name: str) -> bool:
    return bool(getattr(one, name).tobytes() == getattr(other, name).tobytes())
