"""The genes of a genome as users write them, and their conversion to columns, with every value checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import MAX_VALUE_LENGTH, describe, format_value
from neat.core.arrays import freeze
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.genetics.columns import CONNECTION_DTYPES, Columns, blank_nodes
from neat.genetics.layout import Layout
from neat.genetics.node_attributes import NODE_ATTRIBUTES

_ID_LIMIT = 2**31 - 1
_NUMBER_LIMIT = 2**62


class Node(NamedTuple):
    """A node as users write it; `split` is the pair (k, n) that a hidden node came from, if it is known.

    A node that no input or bias node reaches by enabled connections stays 0, whatever its bias.
    """

    id: int
    bias: float = 0.0
    response: float = 1.0
    activation: str = "steep_sigmoid"
    aggregation: str = "sum"
    split: tuple[int, int] | None = None


class Connection(NamedTuple):
    """A connection as users write it; without an innovation number, it gets the next free one."""

    source: int
    target: int
    weight: float
    enabled: bool = True
    innovation: int | None = None


def columns_of(
    connections: Iterable[Connection | Sequence[Any]], nodes: Iterable[Node | Sequence[Any]], layout: Layout
) -> tuple[Columns, NDArray[np.int64]]:
    """Return the columns of connections and nodes, and the pairs (k, n) of hidden nodes: int64, shape (H, 2).

    Raises:
        NeatError: a gene has a value that no genome may have; the message names it.
    """
    listed = _listed_nodes(nodes)
    node_columns, splits = _node_columns(listed, layout)
    return {**_connection_columns(connections, layout, listed), **node_columns}, splits


def whole_number(value: Any, low: int, high: int, what: str) -> int:
    """Return a value that must be a whole number from low to high; `what` names it in the error.

    Raises:
        NeatError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise NeatError(f"{what} is {describe(value)}; it must be a whole number from {low} to {high}")
    return int(value)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise NeatError(f"{what} is {describe(value)}; it must be a number")
    if not -VALUE_LIMIT <= value <= VALUE_LIMIT:
        raise NeatError(f"{what} is {format_value(value)}; it must lie within +-2^40")
    return float(value)


def _word(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise NeatError(f"{what} is {format_value(value)}; it must be a name")
    return value if len(value) <= MAX_VALUE_LENGTH else format_value(value)


def _listed_nodes(nodes: Iterable[Node | Sequence[Any]]) -> dict[int, Node]:
    listed: dict[int, Node] = {}
    for place, entry in enumerate(nodes):
        try:
            node = Node(**entry) if isinstance(entry, Mapping) else Node(*entry)
        except TypeError:
            raise NeatError(f"node {place} is {describe(entry)}; write ({', '.join(Node._fields)})") from None
        identity = whole_number(node.id, 0, _ID_LIMIT, f"the id of node {place}")
        if identity in listed:
            raise NeatError(f"node {identity} is listed twice")
        listed[identity] = node
    return listed


def _node_columns(listed: dict[int, Node], layout: Layout) -> tuple[Columns, NDArray[np.int64]]:
    hidden = sorted(identity for identity in listed if identity >= layout.given)
    ids = [*range(layout.given), *hidden]
    columns: Columns = {"node": freeze(ids, np.int32), **blank_nodes(len(ids))}
    splits = np.full((len(hidden), 2), -1, np.int64)
    for place, identity in enumerate(ids):
        if identity < layout.sources:
            continue  # an input or bias node computes nothing
        node = listed.get(identity, Node(identity))
        for attribute in NODE_ATTRIBUTES:
            value, what = getattr(node, attribute.name), f"the {attribute.name} of node {identity}"
            functions = attribute.functions
            columns[attribute.name][place] = (
                _number(value, what) if functions is None else functions.code_of(_word(value, what))
            )
        if node.split is not None and identity >= layout.given:
            if not isinstance(node.split, Sequence) or len(node.split) != 2:
                raise NeatError(f"the split of node {identity} is {describe(node.split)}; it must be a pair (k, n)")
            splits[place - layout.given] = [
                whole_number(part, 0, _NUMBER_LIMIT, f"the split of node {identity}") for part in node.split
            ]
    return columns, freeze(splits, np.int64)


def _connection_columns(
    connections: Iterable[Connection | Sequence[Any]], layout: Layout, listed: dict[int, Node]
) -> Columns:
    rows: dict[int, Connection] = {}
    ends: set[tuple[int, int]] = set()
    next_number = 0
    for place, entry in enumerate(connections):
        try:
            gene = Connection(**entry) if isinstance(entry, Mapping) else Connection(*entry)
        except TypeError:
            raise NeatError(
                f"connection {place} is {describe(entry)}; write ({', '.join(Connection._fields)})"
            ) from None
        for end in (gene.source, gene.target):
            if whole_number(end, 0, _ID_LIMIT, f"an end of connection {place}") >= layout.given and end not in listed:
                raise NeatError(f"connection {place} touches node {end}, which is not in the list of nodes")
        if gene.target < layout.sources:
            raise NeatError(f"connection {place} ends in {layout.name(gene.target)!r}; inputs and the bias only send")
        if (gene.source, gene.target) in ends:
            raise NeatError(f"there are two connections from node {gene.source} to node {gene.target}")
        if not isinstance(gene.enabled, (bool, np.bool_)):
            raise NeatError(f"`enabled` of connection {place} is {describe(gene.enabled)}; it must be true or false")
        number = next_number if gene.innovation is None else gene.innovation
        number = whole_number(number, 0, _NUMBER_LIMIT, f"the innovation number of connection {place}")
        next_number = max(next_number, number + 1)
        if number in rows:
            raise NeatError(f"two connections have innovation number {number}")
        weight = _number(gene.weight, f"the weight of connection {place}")
        ends.add((gene.source, gene.target))
        rows[number] = gene._replace(weight=weight, innovation=number)
    ordered = [rows[number] for number in sorted(rows)]
    return {
        name: freeze(np.array([getattr(gene, name) for gene in ordered], dtype), dtype)
        for name, dtype in CONNECTION_DTYPES.items()
    }
