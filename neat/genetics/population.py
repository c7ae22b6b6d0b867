"""The population: all genomes of one generation in one set of long, read-only arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import instance
from neat.core.arrays import freeze as freeze
from neat.core.constants import LINEAR, SUM
from neat.core.errors import NeatError, did_you_mean
from neat.core.function_codes import custom_names, from_local, to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE, FunctionTable
from neat.core.neat_python import ITS_HOME
from neat.genetics.crossover_kernels import NOTHING_ENTERS, cross
from neat.genetics.genome_kernels import Genes, start_copies

if TYPE_CHECKING:
    from neat.genetics.genome import Genome

#: The one table of dtypes. `connection` columns have C rows, `node` columns N rows, `genome` columns P rows.
CONNECTION_DTYPES: dict[str, np.dtype[Any]] = {
    "innovation": np.dtype(np.int64),
    "source": np.dtype(np.int32),
    "target": np.dtype(np.int32),
    "weight": np.dtype(np.float64),
    "enabled": np.dtype(np.bool_),
}
NODE_DTYPES: dict[str, np.dtype[Any]] = {
    "node": np.dtype(np.int32),
    "bias": np.dtype(np.float64),
    "response": np.dtype(np.float64),
    "activation": np.dtype(np.uint8),
    "aggregation": np.dtype(np.uint8),
}
GENOME_DTYPES = {"key": np.dtype(np.int64), "parents": np.dtype(np.int64)}
START_DTYPES = {"connection_start": np.dtype(np.int64), "node_start": np.dtype(np.int64)}
_DTYPES = CONNECTION_DTYPES | NODE_DTYPES | GENOME_DTYPES | START_DTYPES
_KINDS_FOR = {"i": "iu", "u": "iu", "f": "iuf", "b": "b"}  # kinds of numpy that may become one of a column

Columns = dict[str, NDArray[Any]]

_UNUSED = np.uint64(0)  # an address from which nothing is drawn


@dataclass(frozen=True)
class Layout:
    """What all genomes of a population share: their terminals, and how their networks are run.

    Node ids: inputs are 0 to I - 1, then comes the bias node if there is one, then the O outputs, then
    hidden nodes. `max_steps` = 0 stands for `auto`.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bias_node: bool = True
    max_steps: int = 0
    memory: bool = False

    @property
    def sources(self) -> int:
        """How many nodes only send: the inputs and the bias node."""
        return len(self.inputs) + self.bias_node

    @property
    def given(self) -> int:
        """How many nodes every genome has: also the smallest id that a hidden node can have."""
        return self.sources + len(self.outputs)

    def name(self, node: int) -> str:
        """Return the name of an input or output, `bias`, or the id of a hidden node as text."""
        if node < len(self.inputs):
            return self.inputs[node]
        if node < self.sources:
            return "bias"
        if node < self.given:
            return self.outputs[node - self.sources]
        return str(node)


_TABLES: dict[str, FunctionTable[Any]] = {"activation": ACTIVATION_TABLE, "aggregation": AGGREGATION_TABLE}


def _unpickled(columns: dict[str, Any], names: dict[str, tuple[str, ...]]) -> Population:
    for name, table in _TABLES.items():
        columns[name] = from_local(table, columns[name], names[name])
    return Population(**columns)


@dataclass(frozen=True, eq=False)
class Population:
    """P genomes with C connections and N nodes in all; ragged, without padding.

    Genome g owns connections `connection_start[g]` to `connection_start[g + 1]` and nodes
    `node_start[g]` to `node_start[g + 1]`. Innovation numbers and node ids increase strictly within
    a genome. `parents` holds two genome keys, -1 where there is none.
    """

    layout: Layout
    connection_start: NDArray[np.int64]
    innovation: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    node_start: NDArray[np.int64]
    node: NDArray[np.int32]
    bias: NDArray[np.float64]
    response: NDArray[np.float64]
    activation: NDArray[np.uint8]
    aggregation: NDArray[np.uint8]
    key: NDArray[np.int64]
    parents: NDArray[np.int64]

    def __new__(cls, *columns: Any, **named: Any) -> Population:
        """Refuse `neat.Population(config)`, which is how neat-python begins a run."""
        if len(columns) + len(named) == 1:
            raise NeatError(
                "a neat.Population is made of a layout and all columns of its genes; neat.initialize(config, problem) "
                "makes the first one, and neat.run(config, problem) a whole run (neat.Population(config) is the way "
                f"of neat-python; {ITS_HOME})"
            )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        instance("layout", self.layout, Layout, "the layout of another population")
        for name, dtype in _DTYPES.items():
            self.__dict__[name] = checked_column(name, getattr(self, name), dtype)
        self._check_shapes()

    def _check_shapes(self) -> None:
        """Check that the columns are consistent, so that no kernel reads beyond their ends; raises NeatError."""
        genomes = len(self.key)
        rows = {"key": genomes, "parents": genomes}
        for start, columns in (("connection_start", CONNECTION_DTYPES), ("node_start", NODE_DTYPES)):
            begins = getattr(self, start)
            if begins.shape != (genomes + 1,) or begins[0] != 0 or (begins[1:] < begins[:-1]).any():
                raise NeatError(f"{start} must begin with 0 and never decrease, with {genomes + 1} numbers")
            rows |= dict.fromkeys(columns, int(begins[-1]))
        for name, count in rows.items():
            shape = (count, 2) if name == "parents" else (count,)
            if getattr(self, name).shape != shape:
                raise NeatError(f"the column {name} must have shape {shape}; it has {getattr(self, name).shape}")

    @classmethod
    def of(cls, layout: Layout, genes: Genes, key: NDArray[np.int64], parents: NDArray[np.int64]) -> Population:
        """Return the population of columns that kernels wrote: of the right dtypes, and frozen as they are."""
        population = object.__new__(cls)
        columns = population.__dict__
        columns["layout"] = layout
        columns.update(zip(Genes._fields, genes, strict=True))
        columns["key"], columns["parents"] = key, parents
        for array in (*genes, key, parents):
            array.setflags(write=False)
        return population

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled arrays are writable again, and another process may have other codes for custom functions.
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        names = {}
        for name, table in _TABLES.items():
            names[name] = custom_names(table, columns[name])
            columns[name] = to_local(table, columns[name], names[name])
        return _unpickled, (columns, names)

    def __len__(self) -> int:
        return len(self.key)

    def __getitem__(self, index: int) -> Genome:
        if not -len(self) <= index < len(self):
            raise IndexError(f"genome {index} of a population of {len(self)}")
        from neat.genetics.genome import Genome

        return Genome.of(self, index % len(self))

    def __iter__(self) -> Iterator[Genome]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Population) and all(
            a == b if isinstance(a, Layout) else a.shape == b.shape and a.tobytes() == b.tobytes()
            for a, b in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Population({len(self)} genomes, {len(self.weight)} connections, {len(self.node)} nodes)"

    @cached_property
    def genes(self) -> Genes:
        """The columns of genes, as kernels take them."""
        return Genes._make([self.__dict__[name] for name in Genes._fields])

    @property
    def connections(self) -> Columns:
        """The connection columns by name, each with C rows."""
        return {name: getattr(self, name) for name in CONNECTION_DTYPES}

    @property
    def nodes(self) -> Columns:
        """The node columns by name, each with N rows."""
        return {name: getattr(self, name) for name in NODE_DTYPES}

    @property
    def connection_counts(self) -> NDArray[np.int64]:
        """How many connections each genome has, disabled ones too: int64, shape (P,)."""
        return np.diff(self.connection_start)

    @property
    def hidden_counts(self) -> NDArray[np.int64]:
        """How many hidden nodes each genome has: int64, shape (P,)."""
        return np.diff(self.node_start) - self.layout.given

    def replace(self, **columns: Any) -> Population:
        """Return a population with some columns exchanged."""
        other = object.__new__(Population)
        other.__dict__.update(self.__dict__)
        other.__dict__.pop("genes", None)
        for name, column in columns.items():
            if name not in _DTYPES:
                hint = did_you_mean(name, _DTYPES)
                raise NeatError(f"a population has no column {name!r} (its columns: {', '.join(_DTYPES)}{hint})")
            other.__dict__[name] = checked_column(name, column, _DTYPES[name])
        if any(name in START_DTYPES or getattr(other, name).shape != getattr(self, name).shape for name in columns):
            other._check_shapes()
        return other

    def take(self, indices: ArrayLike) -> Population:
        """Return the genomes at `indices`, in that order, as a population of its own; keys are kept."""
        chosen: Any = indices
        try:
            which = freeze(np.arange(len(self))[chosen], np.int64)
        except (IndexError, TypeError, ValueError, OverflowError):
            which = np.empty(())
        if which.ndim != 1:
            raise NeatError(f"indices must be a list of indices from 0 to {len(self) - 1}, a slice or a mask")
        connection_start, node_start = np.empty((2, len(which) + 1), np.int64)
        start_copies(self.connection_start, self.node_start, which, connection_start, node_start)
        made = room(connection_start, node_start)
        # Children with one parent are copies and draw nothing: this avoids compiling another kernel just for copies.
        no_parent = freeze(np.full(len(which), -1), np.int64)
        cross(0, len(which), which, no_parent, which, _UNUSED, 0.0, 0.0, self.genes, *NOTHING_ENTERS, made)
        return Population.of(self.layout, made, self.key[which], self.parents[which])

    def joined(self, other: Population) -> Population:
        """Return the genomes of this population followed by those of another with the same layout."""
        if instance("other", other, Population, "a neat.Population").layout != self.layout:
            raise NeatError("only populations with the same inputs, outputs and other layout can be joined")
        columns = {
            name: np.concatenate([getattr(self, name), getattr(other, name)])
            for name in (*CONNECTION_DTYPES, *NODE_DTYPES, *GENOME_DTYPES)
        }
        columns["connection_start"] = np.concatenate(
            [self.connection_start, other.connection_start[1:] + len(self.weight)]
        )
        columns["node_start"] = np.concatenate([self.node_start, other.node_start[1:] + len(self.node)])
        genes = Genes._make([columns[name] for name in Genes._fields])
        return Population.of(self.layout, genes, columns["key"], columns["parents"])


def checked_column(name: str, values: ArrayLike, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return values as `freeze` does.

    Raises:
        NeatError: they are not of that kind: whole numbers, numbers, or True and False.
    """
    if type(values) is np.ndarray and values.dtype is dtype and values.ndim:
        return freeze(values, dtype)
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(1, np.object_)
    if not array.ndim or (array.size and array.dtype.kind not in _KINDS_FOR[dtype.kind]):
        raise NeatError(f"the column {name} must hold values of {dtype}, not of {array.dtype}")
    return freeze(array, dtype)


def room(connection_start: NDArray[np.int64], node_start: NDArray[np.int64]) -> Genes:
    """Return columns for genomes that begin at these rows, yet to be written."""
    connections, nodes = int(connection_start[-1]), int(node_start[-1])
    return Genes._make(
        (
            connection_start,
            *[np.empty(connections, dtype) for dtype in CONNECTION_DTYPES.values()],
            node_start,
            *[np.empty(nodes, dtype) for dtype in NODE_DTYPES.values()],
        )
    )


def blank_nodes(count: int) -> Columns:
    """Return attribute columns for `count` nodes: bias 0, response 1, linear, sum; ids are left out."""
    return {
        "bias": np.zeros(count),
        "response": np.ones(count),
        "activation": np.full(count, LINEAR, np.uint8),
        "aggregation": np.full(count, SUM, np.uint8),
    }
