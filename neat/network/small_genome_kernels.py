"""Decoding of genomes of at most 64 nodes, with sets of nodes as the bits of one word.

A few operations on words replace the lists and queues of `decoding_kernels` and take half the time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import as_index, kernel, part
from neat.genetics.genome_kernels import Genes, bits_set
from neat.network.activation_kernels import NetworkArrays

MOST_NODES = 64
_NONE, _ONE = np.uint64(0), np.uint64(1)


class Scratch(NamedTuple):
    """Scratch for one genome; a set of nodes is a word with a bit for each place or slot."""

    head: NDArray[np.int32]  # of each connection: places
    tail: NDArray[np.int32]
    into: NDArray[np.uint64]  # by place: the sources of enabled connections
    into_slot: NDArray[np.uint64]  # by slot: the slots of the sources of connections that are kept
    reach: NDArray[np.int32]  # by place; -1: never reached
    slot: NDArray[np.int32]  # by place
    order: NDArray[np.int32]  # by slot: its place


@kernel
def scratch(connections: int) -> Scratch:
    """Return scratch for genomes of at most this many connections."""
    return Scratch(
        np.empty(connections, np.int32),
        np.empty(connections, np.int32),
        np.empty(MOST_NODES, np.uint64),
        np.empty(MOST_NODES, np.uint64),
        np.empty(MOST_NODES, np.int32),
        np.empty(MOST_NODES, np.int32),
        np.empty(MOST_NODES + 1, np.int32),
    )


@part
def place_of(node: NDArray[np.int32], begin: int, end: int, given: int, wanted: int) -> Any:
    """Return the place of node id `wanted` in a small genome: the number of smaller ids."""
    if wanted < given:
        return np.int64(wanted)
    place = given
    for row in range(begin + given, end):
        place += node[as_index(row)] < wanted
    return place


@part
def find_sources(genes: Genes, g: int, given: int, work: Scratch) -> None:
    """Find the ends of all connections, and the sources of the enabled connections into each node."""
    first, last = genes.node_start[g], genes.node_start[g + 1]
    begin = genes.connection_start[g]
    for place in range(last - first):
        work.into[as_index(place)] = _NONE
    for row in range(begin, genes.connection_start[g + 1]):
        head = place_of(genes.node, first, last, given, genes.source[as_index(row)])
        tail = place_of(genes.node, first, last, given, genes.target[as_index(row)])
        work.head[as_index(row - begin)], work.tail[as_index(row - begin)] = head, tail
        work.into[as_index(tail)] |= np.uint64(genes.enabled[as_index(row)]) << as_index(head)


@part
def find_reached(sources: int, nodes: int, work: Scratch) -> Any:
    """Write the reach of each node; return the set of nodes that are reached."""
    active = (_ONE << as_index(sources)) - _ONE
    for place in range(nodes):
        work.reach[as_index(place)] = 0 if place < sources else -1
    step, fresh = 0, active
    while fresh != _NONE:
        step += 1
        fresh = _NONE
        for place in range(sources, nodes):
            bit = _ONE << as_index(place)
            new = (work.into[as_index(place)] & active) != _NONE and (active & bit) == _NONE
            work.reach[as_index(place)] = step if new else work.reach[as_index(place)]
            fresh |= bit if new else _NONE
        active |= fresh
    return active


@part
def find_wanted(sources: int, outputs: int, nodes: int, active: np.uint64, work: Scratch) -> Any:
    """Return the set of nodes that are reached and influence an output, without inputs and bias node."""
    given = (_ONE << as_index(sources)) - _ONE
    wanted = active & ((_ONE << as_index(outputs)) - _ONE) << as_index(sources)
    before = _NONE
    while wanted != before:
        before = wanted
        for place in range(nodes - 1, sources - 1, -1):
            reads = (wanted >> as_index(place) & _ONE) != _NONE
            wanted |= work.into[as_index(place)] & active if reads else _NONE
    return wanted & ~given


@part
def order_by_layer(sources: int, nodes: int, wanted: np.uint64, active: np.uint64, work: Scratch) -> int:
    """Write the place of each slot, sorted by layer and place; return the last layer, or -1 if there is a cycle."""
    placed = active & ((_ONE << as_index(sources)) - _ONE)
    layer, slot = 0, sources
    while wanted & ~placed != _NONE:
        layer += 1
        ready = _NONE
        for place in range(sources, nodes):
            bit = _ONE << as_index(place)
            now = (wanted & ~placed & bit) != _NONE and (work.into[as_index(place)] & active & ~placed) == _NONE
            work.order[as_index(slot)] = place
            slot += now
            ready |= bit if now else _NONE
        if ready == _NONE:
            return -1
        placed |= ready
    return layer


@part
def order_by_reach(sources: int, nodes: int, wanted: np.uint64, work: Scratch) -> int:
    """Write the place of each slot, sorted by reach and place; return the largest reach."""
    slot, last, left = sources, 0, wanted
    while left != _NONE:
        last += 1
        for place in range(sources, nodes):
            bit = _ONE << as_index(place)
            now = (left & bit) != _NONE and work.reach[as_index(place)] == last
            work.order[as_index(slot)] = place
            slot += now
            left &= ~bit if now else ~_NONE
    return last


@part
def write_small(
    genes: Genes, g: int, sources: int, slots: int, wanted: np.uint64, active: np.uint64, work: Scratch,
    to_node: int, to_connection: int, nets: NetworkArrays,
) -> None:  # fmt: skip
    """Write the slots of genome g, and the connections between them sorted by target and source."""
    first, base = genes.node_start[g], genes.connection_start[g]
    connections = genes.connection_start[g + 1] - base
    end = 0
    for slot in range(slots):
        place: Any = slot if slot < sources else np.int64(work.order[as_index(slot)])
        work.slot[as_index(place)] = slot
        work.into_slot[as_index(slot)] = _NONE
        made, row = nets.node[as_index(to_node + slot)], as_index(first + place)
        made["bias"], made["response"] = genes.bias[row], genes.response[row]
        made["activation"], made["aggregation"] = genes.activation[row], genes.aggregation[row]
        made["reach"], made["place"] = work.reach[as_index(place)], place
        end += bits_set(work.into[as_index(place)] & active) if slot >= sources else 0
        made["incoming_end"] = end
    for row in range(connections):
        head, tail = work.head[as_index(row)], work.tail[as_index(row)]
        kept = (
            genes.enabled[as_index(base + row)]
            and (active >> as_index(head) & wanted >> as_index(tail) & _ONE) != _NONE
        )
        if kept:
            work.into_slot[as_index(work.slot[as_index(tail)])] |= _ONE << as_index(work.slot[as_index(head)])
    for row in range(connections):
        head, tail = work.head[as_index(row)], work.tail[as_index(row)]
        kept = (
            genes.enabled[as_index(base + row)]
            and (active >> as_index(head) & wanted >> as_index(tail) & _ONE) != _NONE
        )
        if kept:
            slot, source = work.slot[as_index(tail)], work.slot[as_index(head)]
            before = work.into_slot[as_index(slot)] & ((_ONE << as_index(source)) - _ONE)
            begin = nets.node[as_index(to_node + slot - 1)]["incoming_end"] if slot > 0 else 0
            made = nets.connection[as_index(to_connection + begin + bits_set(before))]
            made["weight"], made["source"], made["place"] = genes.weight[as_index(base + row)], source, row


@part
def decode_small(
    genes: Genes, g: int, sources: int, work: Scratch, place: int, nets: NetworkArrays
) -> tuple[int, int, bool]:
    """Write the network of genome g at `place`; return its number of slots, its depth, and whether it is acyclic."""
    nodes, outputs = genes.node_start[g + 1] - genes.node_start[g], nets.output_slot.shape[1]
    find_sources(genes, g, sources + outputs, work)
    active = find_reached(sources, nodes, work)
    wanted = find_wanted(sources, outputs, nodes, active, work)
    depth = order_by_layer(sources, nodes, wanted, active, work)
    acyclic = depth >= 0
    if not acyclic:
        depth = order_by_reach(sources, nodes, wanted, work)
    slots = sources + bits_set(wanted)
    network = nets.network[place]
    write_small(
        genes, g, sources, slots, wanted, active, work, network["node_start"], network["connection_start"], nets
    )
    for output in range(outputs):
        kept = (wanted >> as_index(sources + output) & _ONE) != _NONE
        nets.output_slot[place, output] = work.slot[as_index(sources + output)] if kept else -1
    return slots, depth, acyclic
