"""Networks that compute: a whole population's in a few long arrays, and a single one that can be called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import instance, thread_count
from neat.core.activation_kernels import LIMIT
from neat.core.errors import NeatError
from neat.core.kernels import parallel_for
from neat.genetics.population import GENOME_DTYPES, Layout, checked_column, freeze
from neat.network.activation_kernels import CONNECTION, NETWORK, NODE, NetworkArrays, activate_each_range
from neat.network.block_kernels import activate_rows_range
from neat.network.packing import Packed
from neat.network.single_kernels import run_packed

_SECONDS_PER_CONNECTION = 0.25e-9  # and row, in a block of rows
_SECONDS_PER_NETWORK = 150e-9
_EVERYONE = np.zeros(0, np.bool_)
_NUMBERS = "biuf"  # numpy's kinds of real numbers
_COMPILED = "neat.Networks, as neat.compile(population) returns them"


@dataclass(frozen=True, eq=False)
class Networks:
    """P networks, ready to run. Made by `compile_networks` or `networks_from_arrays`.

    `key` (P,) int64 holds the keys of their genomes, `arrays` the networks as kernels read them.
    `networks[g]` is a `Network`, `networks[a:b]` are `Networks` of their own.
    """

    layout: Layout
    key: NDArray[np.int64]
    arrays: NetworkArrays

    def __post_init__(self) -> None:
        if not (isinstance(self.arrays, NetworkArrays) and isinstance(self.layout, Layout)):
            raise NeatError(f"networks are made by neat.compile(population), not of {type(self.arrays).__name__}")
        object.__setattr__(self, "key", checked_column("key", self.key, GENOME_DTYPES["key"]))
        if self.key.shape != self.arrays.network.shape:
            raise NeatError(f"{len(self.arrays.network)} networks need a key each, not keys of shape {self.key.shape}")
        arrays = NetworkArrays(
            self.layout.sources,
            freeze(self.arrays.network, NETWORK),
            freeze(self.arrays.node, NODE),
            freeze(self.arrays.connection, CONNECTION),
            freeze(self.arrays.output_slot, np.int32),
        )
        object.__setattr__(self, "arrays", arrays)

    def __reduce__(self) -> tuple[Any, ...]:
        # numpy forgets on the way that an array was read-only: build anew, which freezes again.
        return Networks, (self.layout, self.key, self.arrays)

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
            raise NeatError(f"networks are sliced in steps of 1, not {stride}")
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
        return f"Networks({len(self)}, {int(self.connection_counts.sum())} connections in all)"

    @property
    def node_counts(self) -> NDArray[np.int64]:
        """How many nodes compute something: int64, shape (P,)."""
        return np.maximum(self.arrays.network["slots"] - np.int64(self.layout.sources), 0)

    @property
    def connection_counts(self) -> NDArray[np.int64]:
        """How many connections are in use: int64, shape (P,)."""
        network = self.arrays.network
        last = self.arrays.node["incoming_end"][network["node_start"] + network["slots"] - 1]
        return np.where(network["slots"] > 0, last, np.int64(0))

    @property
    def gene_counts(self) -> NDArray[np.int64]:
        """How many connections their genomes have, used or not: int64, shape (P,)."""
        return self.arrays.network["connections"].astype(np.int64)

    @property
    def hidden_counts(self) -> NDArray[np.int64]:
        """How many hidden nodes their genomes have, used or not: int64, shape (P,)."""
        return self.arrays.network["nodes"] - np.int64(self.layout.given)

    def memory(self) -> Memory:
        """Return a fresh memory for `activate_each`: no network has seen an input yet."""
        return Memory(np.zeros(len(self.arrays.node)), np.zeros(len(self), np.int64))


@dataclass(frozen=True, eq=False)
class Memory:
    """What networks keep from one input to the next within an episode; `activate_each` changes it.

    `values` (N,) float64 has a value for every slot; `steps` (P,) int64 says how many time steps each
    network's episode has run. At 0 steps nothing is remembered, whatever `values` holds.
    """

    values: NDArray[np.float64]
    steps: NDArray[np.int64]

    def reset(self, which: ArrayLike | slice = slice(None)) -> None:
        """Start a new episode for all networks, or for those that indices or a mask (P,) choose."""
        self.steps[which if isinstance(which, slice) else np.asarray(which)] = 0


_FORGETFUL = Memory(np.zeros(0), np.zeros(0, np.int64))


def prepare_rows(layout: Layout, rows: ArrayLike) -> NDArray[np.float64]:
    """Return rows (R, I) as `run_rows` takes them: float64 (sources, R), clamped, with the bias node's 1.

    Raises:
        NeatError: `rows` are not numbers, or not of shape (R, I).
    """
    given = _numbers(rows)
    if given.ndim != 2 or given.shape[1] != len(layout.inputs):
        raise _wrong_shape("rows", "(R, I)", f"(R, {len(layout.inputs)})", given)
    prepared = np.ones((layout.sources, len(given)))
    np.clip(given.T, -LIMIT, LIMIT, out=prepared[: len(layout.inputs)])
    return freeze(prepared, np.float64)


def activate_rows(networks: Networks, rows: ArrayLike, *, threads: int = 0) -> NDArray[np.float64]:
    """Run every network on the same rows, each row from the start.

    Args:
        networks: P networks.
        rows: (R, I) numbers.
        threads: how many to use at most; 0: all processors. Never changes a result.

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
    """Run every network on one row of its own, such as agents in environments of their own.

    Args:
        networks: P networks.
        inputs: (P, I) numbers.
        memory: from `networks.memory()`, changed in place; only for a layout with memory. Without one,
            every network starts a new episode.
        awake: (P,) bool; the others are not run, keep their memory, and output 0. Everyone, if not given.
        threads: how many to use at most; 0: all processors. Never changes a result.

    Returns:
        (P, O) float64.

    Raises:
        NeatError: something is not numbers or has the wrong shape, or the memory is of other networks.
    """
    instance("networks", networks, Networks, _COMPILED)
    size = len(networks)
    shape = (size, len(networks.layout.inputs))
    rows = _numbers(inputs)
    if rows.shape != shape:
        raise _wrong_shape("inputs", "(P, I)", shape, rows)
    mask = _EVERYONE if awake is None else _numbers(awake, "awake")
    if memory is not None:
        instance("memory", memory, Memory, "what networks.memory() returns, or None")
    if awake is not None and (mask.shape != (size,) or mask.dtype != np.bool_):
        raise _wrong_shape("awake", "(P,)", f"({size},) of bool", mask)
    kept = memory if memory is not None and networks.layout.memory else _FORGETFUL
    if kept is not _FORGETFUL and (len(kept.steps) != size or len(kept.values) != len(networks.arrays.node)):
        raise NeatError(f"this memory belongs to other networks; take `networks.memory()` of these {size}")
    # One kind of array, or kernels would be compiled anew for read-only ones.
    rows = np.require(rows, np.float64, ["C", "A", "W"])
    mask = np.require(mask, np.bool_, ["C", "A", "W"])
    outputs = np.empty((size, len(networks.layout.outputs)))
    parallel_for(
        thread_count(threads), size * _SECONDS_PER_NETWORK, size, activate_each_range,
        networks.arrays, rows, mask, kept.values, kept.steps, outputs,
    )  # fmt: skip
    return outputs


class Network:
    """One network; call it with one row of inputs, or with many.

    `network(inputs)` with shape (I,) gives (O,), with shape (R, I) gives (R, O), every row from the start.
    With memory, a call with one row goes on from the row before; `reset` starts a new episode.
    """

    __slots__ = ("_packed", "networks")

    def __init__(self, networks: Networks) -> None:
        if len(instance("networks", networks, Networks, _COMPILED)) != 1:
            raise NeatError(f"a network is made of networks of length 1, not {len(networks)}")
        self.networks = networks
        self._packed: Packed | None = None  # made when one row is asked for: tables of rows do not need it

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
            packed = self._packed = Packed(self.networks)
        packed.inputs[:] = given
        run_packed(packed.program, packed.work)
        return packed.outputs.copy()

    def reset(self) -> None:
        """Forget the inputs so far: start a new episode."""
        if self._packed is not None:
            self._packed.reset()

    def __reduce__(self) -> tuple[Any, ...]:
        return Network, (self.networks,)  # a copy begins a new episode

    @property
    def layout(self) -> Layout:
        """Its inputs and outputs, and how it is run."""
        return self.networks.layout

    @property
    def nodes(self) -> int:
        """How many nodes compute something: those that are reached and influence an output."""
        return int(self.networks.node_counts[0])

    @property
    def connections(self) -> int:
        """How many connections are in use."""
        return int(self.networks.connection_counts[0])

    @property
    def depth(self) -> int:
        """The longest path to an output; with a cycle, the step at which the last node wakes."""
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
    if array.dtype.kind not in _NUMBERS:
        raise NeatError(f"{name} must be real numbers, not {array.dtype}")
    return array


def _wrong_shape(what: str, symbols: str, numbers: object, given: NDArray[Any]) -> NeatError:
    return NeatError(f"`{what}` must have shape {symbols} = {numbers}, not {given.shape} of {given.dtype}")
