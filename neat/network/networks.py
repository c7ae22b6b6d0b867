"""Networks: those of a whole population in a few long arrays, and a single one that can be called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import instance, thread_count
from neat.core.arrays import freeze
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.function_codes import custom_names, from_local, to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE, FunctionTable
from neat.core.parallel import parallel_for
from neat.genetics.population import GENOME_DTYPES, Layout, checked_column
from neat.network.activation_kernels import CONNECTION, NETWORK, NODE, NetworkArrays, activate_each_range
from neat.network.block_kernels import activate_rows_range
from neat.network.packed import Packed
from neat.network.packed_kernels import run_packed

_SECONDS_PER_CONNECTION = 0.25e-9  # and per row, in a block of rows
_SECONDS_PER_NETWORK = 150e-9
_ALL_AWAKE = np.zeros(0, np.bool_)
_REAL_KINDS = "biuf"  # numpy's dtype kinds of real numbers
_TABLES: dict[str, FunctionTable[Any]] = {"activation": ACTIVATION_TABLE, "aggregation": AGGREGATION_TABLE}
_COMPILED = "neat.Networks, as neat.compile(population) returns them"


@dataclass(frozen=True, eq=False)
class Networks:
    """P networks, made by `compile_networks` or `networks_from_arrays`.

    `key` (P,) int64 holds the keys of their genomes, `arrays` the networks as kernels read them. `networks[g]` is a
    `Network`, and `networks[a:b]` are `Networks`.
    """

    layout: Layout
    key: NDArray[np.int64]
    arrays: NetworkArrays

    def __post_init__(self) -> None:
        if not (isinstance(self.arrays, NetworkArrays) and isinstance(self.layout, Layout)):
            raise NeatError(f"networks are made by neat.compile(population), not from {type(self.arrays).__name__}")
        object.__setattr__(self, "key", checked_column("key", self.key, GENOME_DTYPES["key"]))
        if self.key.shape != self.arrays.network.shape:
            raise NeatError(f"{len(self.arrays.network)} networks need one key each, not {self.key.shape}")
        arrays = NetworkArrays(
            self.layout.sources,
            freeze(self.arrays.network, NETWORK),
            freeze(self.arrays.node, NODE),
            freeze(self.arrays.connection, CONNECTION),
            freeze(self.arrays.output_slot, np.int32),
        )
        object.__setattr__(self, "arrays", arrays)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled arrays are writable again, and another process may have other codes for custom functions.
        node = self.arrays.node.copy()
        names = []
        for column, table in _TABLES.items():
            names.append(custom_names(table, node[column]))
            node[column] = to_local(table, node[column], names[-1])
        return _unpickled, (self.layout, self.key, self.arrays._replace(node=node), names)

    def __len__(self) -> int:
        return len(self.key)

    @overload
    def __getitem__(self, index: int) -> Network: ...
    @overload
    def __getitem__(self, index: slice) -> Networks: ...
    def __getitem__(self, index: int | slice) -> Network | Networks:
        if not isinstance(index, slice):
            if not -len(self) <= index < len(self):
                raise IndexError(f"network {index} of {len(self)}")
            return Network(self[index % len(self) : index % len(self) + 1])
        begin, end, stride = index.indices(len(self))
        if stride != 1:
            raise NeatError(f"networks can only be sliced in steps of 1, not {stride}")
        network = self.arrays.network[begin : max(begin, end)].copy()
        rows = {}
        for start, count in (("node_start", "nodes"), ("connection_start", "connections")):
            low = int(network[start][0]) if len(network) else 0
            rows[start] = slice(low, int(network[start][-1] + network[count][-1]) if len(network) else 0)
            network[start] -= low
        arrays = NetworkArrays(
            self.arrays.sources,
            network,
            self.arrays.node[rows["node_start"]],
            self.arrays.connection[rows["connection_start"]],
            self.arrays.output_slot[begin : max(begin, end)],
        )
        return Networks(self.layout, self.key[begin : max(begin, end)], arrays)

    def __iter__(self) -> Iterator[Network]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return f"Networks({len(self)}, {int(self.connection_counts.sum())} connections in total)"

    @property
    def node_counts(self) -> NDArray[np.int64]:
        """The number of nodes in use, without inputs and bias node: int64, shape (P,)."""
        return np.maximum(self.arrays.network["slots"] - np.int64(self.layout.sources), 0)

    @property
    def connection_counts(self) -> NDArray[np.int64]:
        """The number of connections in use: int64, shape (P,)."""
        network = self.arrays.network
        last = self.arrays.node["incoming_end"][network["node_start"] + network["slots"] - 1]
        return np.where(network["slots"] > 0, last, np.int64(0))

    @property
    def gene_counts(self) -> NDArray[np.int64]:
        """The number of connections of their genomes, used or not: int64, shape (P,)."""
        return self.arrays.network["connections"].astype(np.int64)

    @property
    def hidden_counts(self) -> NDArray[np.int64]:
        """The number of hidden nodes of their genomes, used or not: int64, shape (P,)."""
        return self.arrays.network["nodes"] - np.int64(self.layout.given)

    def memory(self) -> Memory:
        """Return a new memory for `activate_each`, in which no network has seen an input."""
        return Memory(np.zeros(len(self.arrays.node)), np.zeros(len(self), np.int64))


def _unpickled(layout: Layout, key: NDArray[np.int64], arrays: NetworkArrays, names: list[tuple[str, ...]]) -> Networks:
    for (column, table), own in zip(_TABLES.items(), names, strict=True):
        arrays.node[column] = from_local(table, arrays.node[column], own)
        table.check_registered(arrays.node[column].tolist() if own else ())
    return Networks(layout, key, arrays)


@dataclass(frozen=True, eq=False)
class Memory:
    """The values that networks keep from one input to the next within an episode; `activate_each` changes them.

    `values` (N,) float64 has a value for every slot, and `steps` (P,) int64 the number of time steps since each
    network's episode began. At 0 steps, `values` are ignored.
    """

    values: NDArray[np.float64]
    steps: NDArray[np.int64]

    def reset(self, which: ArrayLike | slice = slice(None)) -> None:
        """Start a new episode for all networks, or for those selected by indices or a mask (P,)."""
        self.steps[which if isinstance(which, slice) else np.asarray(which)] = 0


_NO_MEMORY = Memory(np.zeros(0), np.zeros(0, np.int64))


def prepare_rows(layout: Layout, rows: ArrayLike) -> NDArray[np.float64]:
    """Return rows (R, I) in the form that `run_rows` takes: float64 (sources, R), clamped, with 1 for the bias node.

    Raises:
        NeatError: `rows` are not numbers, or not of shape (R, I).
    """
    given = _numbers(rows)
    if given.ndim != 2 or given.shape[1] != len(layout.inputs):
        raise _wrong_shape("rows", "(R, I)", f"(R, {len(layout.inputs)})", given)
    prepared = np.ones((layout.sources, len(given)))
    np.clip(given.T, -VALUE_LIMIT, VALUE_LIMIT, out=prepared[: len(layout.inputs)])
    return freeze(prepared, np.float64)


def activate_rows(networks: Networks, rows: ArrayLike, *, threads: int = 0) -> NDArray[np.float64]:
    """Run every network on the same rows, each row in an episode of its own.

    Args:
        networks: P networks.
        rows: (R, I) numbers.
        threads: the largest number of threads; 0: all processors. It never changes a result.

    Returns:
        (P, R, O) float64.

    Raises:
        NeatError: `rows` are not numbers, or not of shape (R, I).
    """
    instance("networks", networks, Networks, _COMPILED)
    prepared = prepare_rows(networks.layout, rows)
    size = prepared.shape[1]
    outputs = np.empty((len(networks), size, len(networks.layout.outputs)))
    connections = len(networks.arrays.connection) / max(len(networks), 1)
    seconds = len(networks) * (_SECONDS_PER_NETWORK + connections * size * _SECONDS_PER_CONNECTION)
    parallel_for(thread_count(threads), seconds, len(networks), activate_rows_range, networks.arrays, prepared, outputs)
    return outputs


def activate_each(
    networks: Networks,
    inputs: ArrayLike,
    memory: Memory | None = None,
    awake: ArrayLike | None = None,
    *,
    threads: int = 0,
) -> NDArray[np.float64]:
    """Run every network on a row of its own, for example as agents in separate environments.

    Args:
        networks: P networks.
        inputs: (P, I) numbers.
        memory: from `networks.memory()`, changed in place; used only by a layout with memory. Without it, every network
            starts a new episode.
        awake: (P,) bool [all]; the other networks are not run, keep their memory, and output 0.
        threads: the largest number of threads; 0: all processors. It never changes a result.

    Returns:
        (P, O) float64.

    Raises:
        NeatError: an argument has the wrong type or shape, or the memory belongs to other networks.
    """
    instance("networks", networks, Networks, _COMPILED)
    size = len(networks)
    shape = (size, len(networks.layout.inputs))
    rows = _numbers(inputs)
    if rows.shape != shape:
        raise _wrong_shape("inputs", "(P, I)", shape, rows)
    mask = _ALL_AWAKE if awake is None else _numbers(awake, "awake")
    if memory is not None:
        instance("memory", memory, Memory, "the result of networks.memory(), or None")
    if awake is not None and (mask.shape != (size,) or mask.dtype != np.bool_):
        raise _wrong_shape("awake", "(P,)", f"({size},) of bool", mask)
    kept = memory if memory is not None and networks.layout.memory else _NO_MEMORY
    if kept is not _NO_MEMORY and (len(kept.steps) != size or len(kept.values) != len(networks.arrays.node)):
        raise NeatError(f"the memory belongs to other networks (use networks.memory() of these {size} networks)")
    # Always the same type of array, because kernels would be compiled again for read-only ones.
    rows = np.require(rows, np.float64, ["C", "A", "W"])
    mask = np.require(mask, np.bool_, ["C", "A", "W"])
    outputs = np.empty((size, len(networks.layout.outputs)))
    parallel_for(
        thread_count(threads), size * _SECONDS_PER_NETWORK, size, activate_each_range,
        networks.arrays, rows, mask, kept.values, kept.steps, outputs,
    )  # fmt: skip
    return outputs


class Network:
    """One network, which is called with one row of inputs or with many.

    `network(inputs)` maps shape (I,) to (O,), and shape (R, I) to (R, O) with each row in an episode of its own. With
    memory, a call with one row continues the episode of the previous such call; `reset` starts a new episode.
    """

    __slots__ = ("_packed", "networks")

    def __init__(self, networks: Networks) -> None:
        if len(instance("networks", networks, Networks, _COMPILED)) != 1:
            raise NeatError(f"a Network is made from Networks of length 1, not {len(networks)}")
        self.networks = networks
        self._packed: Packed | None = None  # made in the first call with one row

    def __call__(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs, (O,) or (R, O) float64, for inputs of shape (I,) or (R, I).

        Raises:
            NeatError: `inputs` are not numbers or have another shape.
        """
        given = _numbers(inputs)
        packed = self._packed
        if packed is None or given.shape != packed.inputs.shape:
            if given.ndim == 2:
                rows: NDArray[np.float64] = activate_rows(self.networks, given)[0]
                return rows
            size = len(self.layout.inputs)
            if given.shape != (size,):
                raise _wrong_shape("inputs", "(I,) or (R, I)", f"({size},) or (R, {size})", given)
            packed = self._packed = Packed(self.networks.layout, self.networks.arrays)
        packed.inputs[:] = given
        run_packed(packed.program, packed.work)
        return packed.outputs.copy()

    def node_values(self) -> NDArray[np.float64]:
        """Return the value of every node after the last call with one row: float64 (N,), in the order of their ids.

        The order is that of `Genome.nodes`: inputs, bias node, outputs, hidden nodes. A hidden node that is not in use,
        or that no signal has reached yet, has no value: nan. Such an output is 0, as in the result of the call. Before
        the first call, no node has a value.
        """
        if self._packed is None:
            return np.full(int(self.networks.arrays.network["nodes"][0]), np.nan)
        return self._packed.node_values()

    def reset(self) -> None:
        """Start a new episode."""
        if self._packed is not None:
            self._packed.reset()

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.networks,)  # a copy starts a new episode

    @property
    def layout(self) -> Layout:
        """Its inputs and outputs, and its settings."""
        return self.networks.layout

    @property
    def nodes(self) -> int:
        """The number of nodes that are reached and influence an output, without inputs and bias node."""
        return int(self.networks.node_counts[0])

    @property
    def connections(self) -> int:
        """The number of connections in use."""
        return int(self.networks.connection_counts[0])

    @property
    def depth(self) -> int:
        """The length of its longest path; with a cycle, the time step in which its last node becomes active."""
        return int(self.networks.arrays.network["depth"][0])

    @property
    def recurrent(self) -> bool:
        """Whether it has a cycle."""
        return not self.networks.arrays.network["acyclic"][0]

    def __repr__(self) -> str:
        layout = self.layout
        kind = "recurrent" if self.recurrent else "without cycles"
        return (
            f"Network: {len(layout.inputs)} inputs, {len(layout.outputs)} outputs, {self.nodes} nodes, "
            f"{self.connections} connections, depth {self.depth}, {kind}{', with memory' * layout.memory}"
        )


def _numbers(values: ArrayLike, name: str = "inputs") -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise NeatError(f"{name} must be numbers in rows of equal length") from None
    if array.dtype.kind not in _REAL_KINDS:
        raise NeatError(f"{name} must be real numbers, not {array.dtype}")
    return array


def _wrong_shape(what: str, symbols: str, numbers: object, given: NDArray[Any]) -> NeatError:
    return NeatError(f"`{what}` must have shape {symbols} = {numbers}, not {given.shape} of {given.dtype}")
