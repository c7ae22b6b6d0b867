"""Rules that every population and every innovation tracker satisfies, for data that the engine did not make itself.

Kernels do not check their indices. Therefore a population from a file, or from an operator of the user, is used only if
it satisfies these rules. They are vectorised, and take less time than reading the population from a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.constants import VALUE_LIMIT
from neat.genetics.innovation import Innovations
from neat.genetics.layout import Layout
from neat.genetics.node_attributes import NODE_ATTRIBUTES
from neat.genetics.population import Population

_MOST_NODES = 2**31 - 1  # node ids are int32

#: What a rule is about, and whether it holds.
Rule = tuple[str, Any]


def rules_of_innovations(innovations: Innovations, layout: Layout) -> Iterator[Rule]:
    """Yield the rules of a tracker, in this order: later rules rely on earlier ones."""
    source, target, split, split_count = innovations.to_arrays().values()
    nodes = layout.given + innovations.nodes
    yield "the first hidden node", innovations.first_node == layout.given and nodes <= _MOST_NODES
    yield "ends of innovations", within(source, 0, nodes) and within(target, layout.sources, nodes)
    yield "an innovation that is numbered twice", _are_unique(source, target)
    own = split >= 0
    yield "the connections that hidden nodes split", within(split, -1, innovations.connections)
    yield "the split counts of hidden nodes", np.all((split_count >= 0) == own) and np.all(split_count[~own] == -1)
    yield "a hidden node that is numbered twice", _are_unique(split[own], split_count[own])


def rules_of_genomes(population: Population, innovations: Innovations) -> Iterator[Rule]:
    """Yield the rules of a population with a valid tracker, in this order: later rules rely on earlier ones."""
    size, given = len(population), population.layout.given
    begin, node_begin = population.connection_start, population.node_start
    counts, node_counts = np.diff(begin), np.diff(node_begin)
    yield "no genomes", size > 0
    yield "where the nodes of genomes start", np.all(node_counts >= given)  # `Population` checks the rest
    nodes = given + innovations.nodes
    node, first = population.node, node_begin[:-1]
    yield "innovation numbers", within(population.innovation, 0, innovations.connections)
    yield "the order of innovation numbers", _rise_within(population.innovation, begin)
    yield "the order of node ids", _rise_within(node, node_begin)
    # Ids that increase from 0 to given - 1 in as many rows include all of them.
    yield "inputs and outputs of genomes", np.all(node[first] == 0) and np.all(node[first + given - 1] == given - 1)
    yield "node ids", within(node, 0, nodes)
    owner, node_owner = np.repeat(np.arange(size), counts), np.repeat(np.arange(size), node_counts)
    there = (node_owner * nodes + node)[node >= given]  # rises
    for end in (population.source, population.target):
        hidden = end >= given
        yield "a connection of a node that its genome lacks", _contains(there, (owner * nodes + end)[hidden])
    yield "weight", np.all(np.abs(population.weight) <= VALUE_LIMIT)  # False for NaN
    for attribute in NODE_ATTRIBUTES:
        column = getattr(population, attribute.name)
        if attribute.functions is None:
            yield attribute.name, np.all(np.abs(column) <= VALUE_LIMIT)
        else:
            known = np.zeros(np.iinfo(attribute.dtype).max + 1, np.bool_)
            known[list(attribute.functions.codes())] = True
            yield f"the code of an {attribute.name}", known[column].all()


def within(values: NDArray[Any], low: int, end: int) -> bool:
    """Return whether low <= value < end for all values."""
    return not len(values) or bool(low <= values.min() and values.max() < end)


def _rise_within(values: NDArray[Any], start: NDArray[np.int64]) -> bool:
    """Return whether the values increase strictly from each start to the next."""
    rises = values[1:] > values[:-1]
    inner = start[(start > 0) & (start < len(values))]
    rises[inner - 1] = True
    return bool(rises.all())


def _are_unique(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Return whether no pair (first[i], second[i]) occurs twice."""
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    return not np.any((first[1:] == first[:-1]) & (second[1:] == second[:-1]))


def _contains(rising: NDArray[np.int64], wanted: NDArray[np.int64]) -> bool:
    """Return whether strictly increasing values contain all wanted values."""
    if not len(wanted):
        return True
    place = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    return len(rising) > 0 and bool(np.all(rising[place] == wanted))
