"""One genome: a readable view of one member of a population, and how to make one by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import instance, wrong
from neat.config.kinds import listed, plain
from neat.config.sections import MOST_STEPS
from neat.config.written import LONGEST_SHOWN, describe, format_value, unprintable
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import activation, activation_name, aggregation, aggregation_name
from neat.core.notebook import drawn
from neat.genetics.population import (
    CONNECTION_DTYPES,
    NODE_DTYPES,
    Columns,
    Layout,
    Population,
    blank_nodes,
    freeze,
)

_ID_LIMIT = 2**31 - 1
_KEY_LIMIT = 2**63 - 1
_NUMBER_LIMIT = 2**62
_MOST_TERMINALS = 100_000


class Node(NamedTuple):
    """A node as users write it: `split` is the pair (k, n) that a hidden node came from, if it is known.

    A node that no input or bias node reaches by enabled connections stays 0, whatever its bias.
    """

    id: int
    bias: float = 0.0
    response: float = 1.0
    activation: str = "steep_sigmoid"
    aggregation: str = "sum"
    split: tuple[int, int] | None = None


class Connection(NamedTuple):
    """A connection as people write it; without an innovation number it is given the next free one."""

    source: int
    target: int
    weight: float
    enabled: bool = True
    innovation: int | None = None


class Genome:
    """A genome: the genes of connections, and the attributes of the nodes they touch.

    `inputs` and `outputs` are names, or how many. Node ids: inputs are 0 to I - 1, then the bias node (only
    with `bias_node`), then the outputs; hidden nodes have any larger ids and must be listed in `nodes`.
    Outputs that are not listed are `Node` with its defaults. `max_steps` (0: auto) and `memory` say how its
    network runs.

    Raises:
        NeatError: ids that clash or lead nowhere, a connection that ends in an input or stands twice, an
            unknown function, a weight, bias or response that is not a number within +-2^40.
    """

    __slots__ = ("_index", "_population", "splits")

    def __init__(
        self,
        inputs: int | Sequence[str],
        outputs: int | Sequence[str],
        connections: Iterable[Connection | Sequence[Any]] = (),
        nodes: Iterable[Node | Sequence[Any]] = (),
        *,
        bias_node: bool = False,
        max_steps: int = 0,
        memory: bool = False,
        key: int = 0,
        parents: Sequence[int] = (),
    ) -> None:
        for name, switch in (("bias_node", bias_node), ("memory", memory)):
            if not isinstance(switch, bool | np.bool_):
                raise NeatError(f"{name} is {describe(switch)}; it must be True or False")
        steps = _whole(max_steps, 0, MOST_STEPS, "max_steps")
        layout = Layout(names(inputs, "x"), names(outputs, "y"), bool(bias_node), steps, bool(memory))
        for name, rows in (("connections", connections), ("nodes", nodes), ("parents", parents)):
            if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
                raise wrong(name, rows, "a list")
        family = [_whole(parent, 0, _KEY_LIMIT, "the key of a parent") for parent in parents]
        if len(family) > 2:
            raise NeatError(f"a genome has at most two parents, not {len(family)}")
        listed = _listed_nodes(nodes, layout)
        columns, splits = _node_columns(listed, layout)
        rows = _connection_columns(connections, layout, listed)
        self._population = Population(
            layout,
            connection_start=_start(len(rows["weight"])),
            node_start=_start(len(columns["node"])),
            key=freeze([_whole(key, 0, _KEY_LIMIT, "the key")], np.int64),
            parents=freeze([[*family, -1, -1][:2]], np.int64),
            **rows,
            **columns,
        )
        self._index = 0
        self.splits = splits

    @classmethod
    def of(cls, population: Population, index: int, splits: NDArray[np.int64] | None = None) -> Genome:
        """Return a view of genome `index`; `splits` is the (k, n) of its hidden nodes, int64 (H, 2)."""
        genome = cls.__new__(cls)
        genome._population, genome._index = population, index
        if splits is None:
            splits = np.full((int(population.hidden_counts[index]), 2), -1, np.int64)
        genome.splits = freeze(splits, np.int64)
        return genome

    def same_genes(self, other: Genome) -> bool:
        """Return whether the genes, of connections and of nodes, are those of another genome, to the last bit."""
        instance("other", other, Genome, "a neat.Genome")
        return all(
            self.column(name).tobytes() == other.column(name).tobytes() for name in (*CONNECTION_DTYPES, *NODE_DTYPES)
        )

    @property
    def population(self) -> Population:
        """This genome as a population of one."""
        if len(self._population) == 1:
            return self._population
        return self._population.take([self._index])

    @property
    def layout(self) -> Layout:
        """Its terminals, and how its network is run."""
        return self._population.layout

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return self.layout.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return self.layout.outputs

    @property
    def key(self) -> int:
        """Its key, unique in its run."""
        return int(self._population.key[self._index])

    @property
    def parents(self) -> tuple[int, ...]:
        """The keys of its parents: none, one or two."""
        return tuple(int(key) for key in self._population.parents[self._index] if key >= 0)

    def column(self, name: str) -> NDArray[Any]:
        """Return this genome's part of a column of the population (read-only): `weight`, `node`, ...

        Raises:
            NeatError: there is no such column.
        """
        if not isinstance(name, str) or (name not in NODE_DTYPES and name not in CONNECTION_DTYPES):
            raise wrong("the name of a column", name, f"one of {', '.join((*CONNECTION_DTYPES, *NODE_DTYPES))}")
        start = self._population.node_start if name in NODE_DTYPES else self._population.connection_start
        column: NDArray[Any] = getattr(self._population, name)
        return column[start[self._index] : start[self._index + 1]]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes: inputs, bias, outputs, hidden."""
        hidden = [None if k < 0 else (k, n) for k, n in self.splits.tolist()]
        splits = [None] * self.layout.given + hidden
        return tuple(
            Node(node, bias, response, activation_name(active), aggregation_name(aggregate), split)
            for node, bias, response, active, aggregate, split in zip(
                *(self.column(name).tolist() for name in NODE_DTYPES), splits, strict=True
            )
        )

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Its connections, disabled ones too, by innovation number."""
        return tuple(
            Connection(source, target, weight, enabled, innovation)
            for innovation, source, target, weight, enabled in zip(
                *(self.column(name).tolist() for name in CONNECTION_DTYPES), strict=True
            )
        )

    @property
    def hidden(self) -> int:
        """How many hidden nodes it has."""
        return len(self.splits)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Genome)
            and self.layout == other.layout
            and self.key == other.key
            and self.same_genes(other)
            and np.array_equal(self.splits, other.splits)
        )

    def __hash__(self) -> int:
        return hash((self.key, self.column("weight").tobytes(), self.column("innovation").tobytes()))

    def __repr__(self) -> str:
        enabled, inputs, outputs = int(self.column("enabled").sum()), len(self.inputs), len(self.outputs)
        return (
            f"Genome {self.key}: {inputs} input{'' if inputs == 1 else 's'}, {outputs} output"
            f"{'' if outputs == 1 else 's'}, {self.hidden} hidden, "
            f"{enabled} of {len(self.column('enabled'))} connections enabled"
        )

    def _repr_svg_(self) -> str:
        """Return its drawing, for a notebook; made by `neat.export` (see `neat.core.notebook`)."""
        return drawn("genome", self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Genome.of, (self.population, 0, self.splits)

    def to_json(self, **extra: Any) -> str:
        """Return this genome as JSON text, exact to the last bit, with `extra` members added to its own.

        Raises:
            NeatError: JSON cannot represent the value of an extra member.
        """
        from neat.genetics.genome_json import to_json

        return to_json(self, extra)

    @staticmethod
    def from_json(text: str) -> Genome:
        """Return the genome that `to_json` wrote.

        Raises:
            NeatError: the text is not the JSON form of a genome; the message says where and what.
        """
        from neat.genetics.genome_json import from_json

        return from_json(text)


def names(given: int | Sequence[str], prefix: str) -> tuple[str, ...]:
    """Return terminals' names: those given, or `x1, x2, ...` for a count with prefix `x`.

    Raises:
        NeatError: none at all, a name that is not text (or holds half of a surrogate pair), or one that stands twice.
    """
    count = plain(given)
    if isinstance(count, int) and not isinstance(count, bool):
        if not 1 <= count <= _MOST_TERMINALS:
            raise NeatError(f"a network has 1 to {_MOST_TERMINALS} inputs and outputs each, not {format_value(count)}")
        return tuple(f"{prefix}{number + 1}" for number in range(count))
    texts = [given] if isinstance(given, str) else listed(given)
    if not texts or not all(isinstance(name, str) for name in texts):
        raise NeatError(f"inputs and outputs are a count or a list of names, not {format_value(given)}")
    if len(texts) > _MOST_TERMINALS:
        raise NeatError(f"a network has 1 to {_MOST_TERMINALS} inputs and outputs each, not {len(texts)}")
    seen: set[str] = set()
    for name in texts:
        if name in seen:
            raise NeatError(
                f"the name {describe(name)} occurs twice in {format_value(', '.join(texts))}; names must be unique"
            )
        if unprintable(name):
            raise NeatError(f"the name {describe(name)} has a line end or a control character in it")
        seen.add(name)
    return tuple(str(name) for name in texts)  # numpy's text becomes plain text


def _start(count: int) -> NDArray[np.int64]:
    return freeze([0, count], np.int64)


def _whole(value: Any, low: int, high: int, what: str) -> int:
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
    return value if len(value) <= LONGEST_SHOWN else format_value(value)


def _listed_nodes(nodes: Iterable[Node | Sequence[Any]], layout: Layout) -> dict[int, Node]:
    listed: dict[int, Node] = {}
    for place, entry in enumerate(nodes):
        try:
            node = Node(**entry) if isinstance(entry, Mapping) else Node(*entry)
        except TypeError:
            raise NeatError(f"node {place} is {describe(entry)}; write ({', '.join(Node._fields)})") from None
        identity = _whole(node.id, 0, _ID_LIMIT, f"the id of node {place}")
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
            continue  # an input only passes on what it is given
        node = listed.get(identity, Node(identity))
        columns["bias"][place] = _number(node.bias, f"the bias of node {identity}")
        columns["response"][place] = _number(node.response, f"the response of node {identity}")
        activates = _word(node.activation, f"the activation of node {identity}")
        aggregates = _word(node.aggregation, f"the aggregation of node {identity}")
        columns["activation"][place] = activation(activates).code
        columns["aggregation"][place] = aggregation(aggregates).code
        if node.split is not None and identity >= layout.given:
            if not isinstance(node.split, Sequence) or len(node.split) != 2:
                raise NeatError(f"the split of node {identity} is {describe(node.split)}; it must be a pair (k, n)")
            splits[place - layout.given] = [
                _whole(part, 0, _NUMBER_LIMIT, f"the split of node {identity}") for part in node.split
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
            if _whole(end, 0, _ID_LIMIT, f"an end of connection {place}") >= layout.given and end not in listed:
                raise NeatError(f"connection {place} touches node {end}, which is not in the list of nodes")
        if gene.target < layout.sources:
            raise NeatError(f"connection {place} ends in {layout.name(gene.target)!r}; inputs and the bias only send")
        if (gene.source, gene.target) in ends:
            raise NeatError(f"there are two connections from node {gene.source} to node {gene.target}")
        if not isinstance(gene.enabled, (bool, np.bool_)):
            raise NeatError(f"`enabled` of connection {place} is {describe(gene.enabled)}; it must be true or false")
        number = next_number if gene.innovation is None else gene.innovation
        number = _whole(number, 0, _NUMBER_LIMIT, f"the innovation number of connection {place}")
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
