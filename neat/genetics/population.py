"""The population: all genomes of a generation in one set of long, read-only arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import argument_error, instance
from neat.core.arrays import freeze as freeze
from neat.core.errors import NeatError, did_you_mean
from neat.core.function_codes import custom_names, from_local, to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE, FunctionTable
from neat.core.neat_python import ITS_HOME
from neat.genetics.columns import (
    COLUMN_DTYPES,
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    START_DTYPES,
    Columns,
    checked_column,
    empty_genes,
)
from neat.genetics.columns import blank_nodes as blank_nodes
from neat.genetics.crossover_kernels import NO_ADDITIONS, cross
from neat.genetics.genome import Genome
from neat.genetics.genome_kernels import Genes, start_copies, starts_of
from neat.genetics.layout import Layout

__all__ = [
    "CONNECTION_DTYPES",
    "GENOME_DTYPES",
    "NODE_DTYPES",
    "START_DTYPES",
    "Layout",
    "Population",
    "blank_nodes",
    "checked_column",
    "freeze",
]

_UNUSED = np.uint64(0)  # the address of random numbers that are not drawn


_TABLES: dict[str, FunctionTable[Any]] = {"activation": ACTIVATION_TABLE, "aggregation": AGGREGATION_TABLE}


def _unpickled(columns: dict[str, Any], names: dict[str, tuple[str, ...]]) -> Population:
    for name, table in _TABLES.items():
        columns[name] = from_local(table, columns[name], names[name])
    return Population(**columns)


@dataclass(frozen=True, eq=False)
class Population:
    """P genomes with C connections and N nodes in all, without padding.

    Genome g owns connections `connection_start[g]` to `connection_start[g + 1]` and nodes
    `node_start[g]` to `node_start[g + 1]`. Innovation numbers and node ids increase strictly within
    a genome. `parents` holds two genome keys, -1 for none.
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
        """Refuse `neat.Population(config)`, which starts a run in neat-python."""
        if len(columns) + len(named) == 1:
            raise NeatError(
                "a neat.Population is made from a layout and all columns of its genes; neat.initialize(config, "
                "problem) makes the first one, and neat.run(config, problem) runs an experiment "
                f"(neat.Population(config) is from neat-python; {ITS_HOME})"
            )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        instance("layout", self.layout, Layout, "the layout of another population")
        for name, dtype in COLUMN_DTYPES.items():
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
        """Return the population of columns that kernels wrote; they have the right dtypes, and are frozen."""
        population = object.__new__(cls)
        columns = population.__dict__
        columns["layout"] = layout
        columns.update(zip(Genes._fields, genes, strict=True))
        columns["key"], columns["parents"] = key, parents
        for array in (*genes, key, parents):
            array.setflags(write=False)
        return population

    @classmethod
    def from_genomes(cls, genomes: Iterable[Genome]) -> Population:
        """Return a population of these genomes, which have the same inputs, outputs and other layout.

        Raises:
            NeatError: there are none, one is something else, or their layouts differ.
        """
        members = list(genomes) if isinstance(genomes, Iterable) else []
        if not members or not all(isinstance(genome, Genome) for genome in members):
            raise argument_error("genomes", genomes, "a list of at least one neat.Genome")
        layout = members[0].layout
        if any(genome.layout != layout for genome in members):
            raise NeatError("only genomes with the same inputs, outputs and other layout can form a population")
        columns = {
            name: np.concatenate([genome.column(name) for genome in members])
            for name in (*CONNECTION_DTYPES, *NODE_DTYPES)
        }
        for start, name in (("connection_start", "innovation"), ("node_start", "node")):
            columns[start] = starts_of([len(genome.column(name)) for genome in members])
        genes = Genes._make([columns[name] for name in Genes._fields])
        key = np.array([genome.key for genome in members], np.int64)
        parents = np.array([[*genome.parents, -1, -1][:2] for genome in members], np.int64)
        return cls.of(layout, genes, key, parents)

    def genome(self, index: int, splits: NDArray[np.int64] | None = None) -> Genome:
        """Return genome `index`; `splits` is the (k, n) of its hidden nodes, int64 (H, 2), if they are known."""
        columns: Columns = {}
        for start, names in ((self.connection_start, CONNECTION_DTYPES), (self.node_start, NODE_DTYPES)):
            rows = slice(start[index], start[index + 1])
            columns.update((name, getattr(self, name)[rows]) for name in names)
        if splits is None:
            splits = np.full((len(columns["node"]) - self.layout.given, 2), -1, np.int64)
        parents = tuple(key for key in self.parents[index].tolist() if key >= 0)
        return Genome.of(self.layout, columns, int(self.key[index]), parents, splits)

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled arrays are not read-only, and another process may have other codes for custom functions.
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
        return self.genome(index % len(self))

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
        """The columns of genes, as arguments for kernels."""
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
        """The number of connections of each genome, including disabled ones: int64, shape (P,)."""
        return np.diff(self.connection_start)

    @property
    def hidden_counts(self) -> NDArray[np.int64]:
        """The number of hidden nodes of each genome: int64, shape (P,)."""
        return np.diff(self.node_start) - self.layout.given

    def replace(self, **columns: Any) -> Population:
        """Return a population with some columns replaced."""
        other = object.__new__(Population)
        other.__dict__.update(self.__dict__)
        other.__dict__.pop("genes", None)
        for name, column in columns.items():
            if name not in COLUMN_DTYPES:
                hint = did_you_mean(name, COLUMN_DTYPES)
                raise NeatError(f"a population has no column {name!r} (its columns: {', '.join(COLUMN_DTYPES)}{hint})")
            other.__dict__[name] = checked_column(name, column, COLUMN_DTYPES[name])
        if any(name in START_DTYPES or getattr(other, name).shape != getattr(self, name).shape for name in columns):
            other._check_shapes()
        return other

    def take(self, indices: ArrayLike) -> Population:
        """Return a population of the genomes at `indices`, in that order, with their keys."""
        chosen: Any = indices
        try:
            which = freeze(np.arange(len(self))[chosen], np.int64)
        except (IndexError, TypeError, ValueError, OverflowError):
            which = np.empty(())
        if which.ndim != 1:
            raise NeatError(f"indices must be a list of indices from 0 to {len(self) - 1}, a slice or a mask")
        connection_start, node_start = np.empty((2, len(which) + 1), np.int64)
        start_copies(self.connection_start, self.node_start, which, connection_start, node_start)
        made = empty_genes(connection_start, node_start)
        # Children with one parent are copies and draw no random numbers, so no further kernel is needed.
        no_parent = freeze(np.full(len(which), -1), np.int64)
        cross(0, len(which), which, no_parent, which, _UNUSED, 0.0, 0.0, self.genes, *NO_ADDITIONS, made)
        return Population.of(self.layout, made, self.key[which], self.parents[which])

    def joined(self, *others: Population) -> Population:
        """Return the genomes of this population followed by those of others with the same layout."""
        for other in others:
            if instance("other", other, Population, "a neat.Population").layout != self.layout:
                raise NeatError("only populations with the same inputs, outputs and other layout can be joined")
        parts = (self, *others)
        columns = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in (*CONNECTION_DTYPES, *NODE_DTYPES, *GENOME_DTYPES)
        }
        for start in START_DTYPES:
            columns[start] = starts_of(np.concatenate([np.diff(getattr(part, start)) for part in parts]))
        genes = Genes._make([columns[name] for name in Genes._fields])
        return Population.of(self.layout, genes, columns["key"], columns["parents"])
