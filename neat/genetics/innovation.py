"""The innovation tracker: one for each run; a number is never used again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.core.arrays import freeze
from neat.genetics.genome_kernels import Genes
from neat.genetics.innovation_kernels import Growth, fill_table, number_growth, number_pairs

_NO_SPLIT = -1  # of a hidden node of the initial population


class _Storage:
    """Append-only columns with spare rows, and hash tables to search them.

    The column `split_count` is called `turn` in files.
    """

    def __init__(self, source: Any, target: Any, split: Any, split_count: Any) -> None:
        self.connections = len(source)
        self.nodes = len(split)
        self.columns: dict[str, NDArray[Any]] = {
            "source": np.array(source, np.int32),
            "target": np.array(target, np.int32),
            "split": np.array(split, np.int64),
            "split_count": np.array(split_count, np.int64),
        }
        self.connection_table = np.empty(0, np.int64)
        self.node_table = np.empty(0, np.int64)
        self.reserve(0, 0)

    def reserve(self, connections: int, nodes: int) -> None:
        """Make sure that there are spare rows for so many more connections and nodes."""
        self.connection_table = self._grow(
            "source", "target", self.connections, self.connections + connections, self.connection_table
        )
        self.node_table = self._grow("split", "split_count", self.nodes, self.nodes + nodes, self.node_table)

    def _grow(self, first: str, second: str, length: int, needed: int, table: NDArray[Any]) -> NDArray[Any]:
        for name in (first, second):
            column = self.columns[name]
            if len(column) < needed:
                self.columns[name] = np.concatenate([column, np.empty(needed, column.dtype)])
        if table.size < 2 * needed or not table.size:
            table = np.full(max(64, 1 << (4 * needed).bit_length()), -1, np.int64)
            fill_table(table, self.columns[first].astype(np.int64), self.columns[second].astype(np.int64), length)
        return table


@dataclass(frozen=True, eq=False)
class Innovations:
    """All innovations up to one point of a run.

    The innovation number of a connection is its row; the id of a hidden node is its row plus `first_node`.
    A tracker never changes. Trackers of later points share its storage; if one that is not the latest is continued,
    it continues in a copy.
    """

    first_node: int
    connections: int
    nodes: int
    _storage: _Storage = field(repr=False)

    @classmethod
    def empty(cls, first_node: int) -> Innovations:
        """Return a tracker without innovations; `first_node` is the id of the first hidden node."""
        return cls.from_arrays(first_node, {"source": [], "target": [], "split": [], "turn": []})

    @classmethod
    def from_arrays(cls, first_node: int, columns: dict[str, Any]) -> Innovations:
        """Return the tracker with the columns that `to_arrays` returned."""
        storage = _Storage(columns["source"], columns["target"], columns["split"], columns["turn"])
        return cls(first_node, storage.connections, storage.nodes, storage)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return `source`, `target` of connections (int32) and `split`, `turn` of nodes (int64), as files have them."""
        return self.since(0, 0)

    def since(self, connections: int, nodes: int) -> dict[str, NDArray[Any]]:
        """Return the columns, as `to_arrays` does, without the first so many connections and nodes."""
        columns = self._storage.columns
        return {
            "source": columns["source"][connections : self.connections].copy(),
            "target": columns["target"][connections : self.connections].copy(),
            "split": columns["split"][nodes : self.nodes].copy(),
            "turn": columns["split_count"][nodes : self.nodes].copy(),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return Innovations.from_arrays, (self.first_node, self.to_arrays())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Innovations) or self.first_node != other.first_node:
            return False
        own, others = self.to_arrays(), other.to_arrays()
        return all(np.array_equal(own[name], others[name]) for name in own)

    __hash__ = None  # type: ignore[assignment]

    def number_connections(self, source: ArrayLike, target: ArrayLike) -> tuple[NDArray[np.int64], Innovations]:
        """Return the innovation numbers of connections source -> target, and the tracker afterwards.

        A known pair has its old number; new pairs are numbered in the order given. A negative source means no
        connection, with the number -1.
        """
        source, target = freeze(source, np.int32), freeze(target, np.int32)
        storage = self._own_storage(len(source), 0)
        numbers = np.full(len(source), -1, np.int64)
        columns = storage.columns
        storage.connections = int(
            number_pairs(
                source, target, storage.connection_table, columns["source"], columns["target"],
                storage.connections, numbers,
            )
        )  # fmt: skip
        return numbers, self._after(storage)

    def number_growth(
        self,
        genes: Genes,
        split: NDArray[np.int64],
        source: NDArray[np.int32],
        target: NDArray[np.int32],
    ) -> tuple[Growth, Innovations]:
        """Return the numbers of the new genes of P genomes, and the tracker afterwards.

        Genome g may get a connection between nodes source[g] and target[g], and a node that splits the connection in
        row split[g] of `genes`; -1 means none. Splitting connection k makes node (k, n), n the smallest number whose
        node the genome does not have.
        """
        splits = int(np.count_nonzero(split >= 0))
        storage = self._own_storage(int(np.count_nonzero(source >= 0)) + 2 * splits, splits)
        size, columns = len(split), storage.columns
        growth = Growth(np.empty(size, np.int64), np.empty(size, np.int32), *np.empty((2, size), np.int64))
        lengths = number_growth(
            split, source, target, genes,
            storage.connection_table, columns["source"], columns["target"], storage.connections,
            storage.node_table, columns["split"], columns["split_count"], storage.nodes, self.first_node, growth,
        )  # fmt: skip
        storage.connections, storage.nodes = int(lengths[0]), int(lengths[1])
        return growth, self._after(storage)

    def number_nodes(self, split: ArrayLike, split_count: ArrayLike) -> tuple[NDArray[np.int32], Innovations]:
        """Return the ids of the nodes (split[i], split_count[i]), known or new ones, and the tracker afterwards."""
        split, split_count = freeze(split, np.int64), freeze(split_count, np.int64)
        storage = self._own_storage(0, len(split))
        rows = np.full(len(split), -1, np.int64)
        columns = storage.columns
        storage.nodes = int(
            number_pairs(
                split, split_count, storage.node_table, columns["split"], columns["split_count"], storage.nodes, rows
            )
        )
        return (rows + self.first_node).astype(np.int32), self._after(storage)

    def fresh_nodes(self, count: int) -> tuple[NDArray[np.int32], Innovations]:
        """Return ids for `count` hidden nodes that split no connection, and the tracker afterwards."""
        storage = self._own_storage(0, count)
        end = storage.nodes + count
        for name in ("split", "split_count"):
            storage.columns[name][storage.nodes : end] = _NO_SPLIT
        ids = np.arange(storage.nodes, end, dtype=np.int32) + np.int32(self.first_node)
        storage.nodes = end
        return ids, self._after(storage)

    def splits_of(self, hidden: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the (k, n) of hidden nodes: int64, shape (H, 2); (-1, -1) if they split no connection."""
        rows = np.asarray(hidden, np.int64) - self.first_node
        return np.stack([self._storage.columns["split"][rows], self._storage.columns["split_count"][rows]], axis=1)

    def _own_storage(self, connections: int, nodes: int) -> _Storage:
        storage = self._storage
        if (storage.connections, storage.nodes) != (self.connections, self.nodes):
            storage = _Storage(*self.to_arrays().values())
        storage.reserve(connections, nodes)
        return storage

    def _after(self, storage: _Storage) -> Innovations:
        return Innovations(self.first_node, storage.connections, storage.nodes, storage)
