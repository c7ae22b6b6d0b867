"""One genome: its genes, names and key, read-only; and how to make one by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import argument_error, instance
from neat.config.formatting import describe
from neat.config.sections import MAX_STEPS
from neat.core.arrays import freeze
from neat.core.errors import NeatError
from neat.core.files import read_text
from neat.core.hooks import call_hook
from neat.genetics.columns import CONNECTION_DTYPES, NODE_DTYPES
from neat.genetics.genes import Connection as Connection
from neat.genetics.genes import Node as Node
from neat.genetics.genes import columns_of, whole_number
from neat.genetics.genome_json import LARGEST_FILE, genome_text, parse_genome
from neat.genetics.layout import Layout
from neat.genetics.layout import names as names
from neat.genetics.node_attributes import NODE_ATTRIBUTES

_KEY_LIMIT = 2**63 - 1
_DTYPES = CONNECTION_DTYPES | NODE_DTYPES


class Genome:
    """A genome: the genes of connections, and the attributes of the nodes they touch.

    `inputs` and `outputs` are names, or their number. Node ids: inputs are 0 to I - 1, then the bias node (only
    with `bias_node`), then the outputs; hidden nodes have any larger ids and must be listed in `nodes`.
    Outputs that are not listed are `Node` with its defaults. `max_steps` (0: auto) and `memory` say how its
    network runs.

    Raises:
        NeatError: an id occurs twice or is not that of a node, a connection ends in an input or occurs twice, a
            function is unknown, or a weight, bias or response is not a number within +-2^40.
    """

    __slots__ = ("_columns", "_key", "_layout", "_parents", "splits")

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
        steps = whole_number(max_steps, 0, MAX_STEPS, "max_steps")
        self._layout = Layout(names(inputs, "x"), names(outputs, "y"), bool(bias_node), steps, bool(memory))
        for name, rows in (("connections", connections), ("nodes", nodes), ("parents", parents)):
            if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
                raise argument_error(name, rows, "a list")
        self._parents = tuple(whole_number(parent, 0, _KEY_LIMIT, "the key of a parent") for parent in parents)
        if len(self._parents) > 2:
            raise NeatError(f"a genome has at most two parents, not {len(self._parents)}")
        columns, self.splits = columns_of(connections, nodes, self._layout)
        self._columns: Mapping[str, NDArray[Any]] = {name: freeze(columns[name], _DTYPES[name]) for name in _DTYPES}
        self._key = whole_number(key, 0, _KEY_LIMIT, "the key")

    @classmethod
    def of(
        cls,
        layout: Layout,
        columns: Mapping[str, NDArray[Any]],
        key: int,
        parents: tuple[int, ...],
        splits: NDArray[np.int64],
    ) -> Genome:
        """Return the genome of columns that are known to be valid; `splits` is the (k, n) of its hidden nodes."""
        genome = cls.__new__(cls)
        genome._layout, genome._key, genome._parents = layout, key, parents
        genome._columns = {name: freeze(columns[name], dtype) for name, dtype in _DTYPES.items()}
        genome.splits = freeze(splits, np.int64)
        return genome

    def same_genes(self, other: Genome) -> bool:
        """Return whether all genes are identical to those of another genome, to the last bit."""
        instance("other", other, Genome, "a neat.Genome")
        return all(self.column(name).tobytes() == other.column(name).tobytes() for name in _DTYPES)

    @property
    def layout(self) -> Layout:
        """Its inputs and outputs, and how its network runs."""
        return self._layout

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
        return self._key

    @property
    def parents(self) -> tuple[int, ...]:
        """The keys of its parents: none, one or two."""
        return self._parents

    def column(self, name: str) -> NDArray[Any]:
        """Return one of its columns (read-only): `weight`, `node`, ...

        Raises:
            NeatError: there is no such column.
        """
        if not isinstance(name, str) or name not in self._columns:
            raise argument_error("the name of a column", name, f"one of {', '.join(_DTYPES)}")
        return self._columns[name]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes: inputs, bias, outputs, hidden."""
        splits = [None] * self.layout.given + [None if k < 0 else (k, n) for k, n in self.splits.tolist()]
        columns = [
            [attribute.user_value(value) for value in self.column(attribute.name).tolist()]
            for attribute in NODE_ATTRIBUTES
        ]
        return tuple(Node(*row) for row in zip(self.column("node").tolist(), *columns, splits, strict=True))

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Its connections, including disabled ones, by innovation number."""
        columns = [self.column(name).tolist() for name in Connection._fields]
        return tuple(Connection(*row) for row in zip(*columns, strict=True))

    @property
    def hidden(self) -> int:
        """The number of its hidden nodes."""
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
        """Return its drawing for a notebook, made by `neat.export`."""
        return str(call_hook("draw_genome", self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Genome.of, (self.layout, self._columns, self.key, self.parents, self.splits)

    def to_json(self, **extra: Any) -> str:
        """Return this genome as JSON text, exact to the last bit, with `extra` members added to its own.

        Raises:
            NeatError: JSON cannot represent the value of an extra member.
        """
        layout = self.layout
        members = {
            **extra, "key": self.key, "parents": self.parents, "inputs": layout.inputs, "outputs": layout.outputs,
            "bias_node": layout.bias_node, "max_steps": layout.max_steps, "memory": layout.memory,
        }  # fmt: skip
        return genome_text(members, self.nodes, self.connections)

    @staticmethod
    def from_json(text: str) -> Genome:
        """Return the genome that `to_json` wrote.

        Raises:
            NeatError: the text is not the JSON form of a genome; the message says where and why.
        """
        return with_extras(text)[0]


def with_extras(text: str) -> tuple[Genome, dict[str, Any]]:
    """Return the genome that `to_json` wrote, and the members besides its own.

    Raises:
        NeatError: as `Genome.from_json`.
    """
    own, extra = parse_genome(text)
    return Genome(**own), extra


def read_genome(file: Path) -> tuple[Genome, dict[str, Any]]:
    """Return the genome in a file, and the members besides its own.

    Raises:
        NeatError: the file cannot be read, or is not a genome; the message starts with its name.
    """
    text = read_text(file, LARGEST_FILE)
    try:
        return with_extras(text)
    except NeatError as error:
        raise NeatError(f"{file}: {error}") from None
