"""Decoding of genomes into networks: which nodes are used, and in which order. O(nodes + connections) per genome."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import as_index, kernel, part
from neat.genetics.genome_kernels import Genes, position
from neat.network.activation_kernels import NetworkArrays
from neat.network.small_genome_kernels import MOST_NODES, decode_small, scratch

AUTO_STEPS = 5  # time steps of a network with a cycle for `max_steps = auto`

# Scratch. A node or edge (enabled connection) is denoted by its place in the genome. The edges out of node n are
# `edge[i]["out"]` for i from `node[n]["out_begin"]` to `node[n + 1]["out_begin"]`, those into it likewise.
_NODE = np.dtype(
    [
        (name, np.int32)
        for name in (
            "out_begin",
            "in_begin",
            "queue",
            "reach",  # -1: never reached
            "fan_in",  # the number of edges from reached nodes; 0 for an input or bias; -1: the node is not kept
            "missing",
            "layer",
            "slot",
        )
    ]
)
_EDGE = np.dtype([(name, np.int32) for name in ("head", "tail", "out", "in")])

Rows = NDArray[Any]  # of a structured dtype


@part
def list_edges(genes: Genes, g: int, given: int, node: Rows, edge: Rows) -> None:
    """List the enabled connections of genome g by source and by target (two counting sorts)."""
    base, connection_end = genes.connection_start[g], genes.connection_start[g + 1]
    first, last = genes.node_start[g], genes.node_start[g + 1]
    for place in range(last - first + 1):
        node[as_index(place)]["out_begin"] = 0
        node[as_index(place)]["in_begin"] = 0
    for row in range(base, connection_end):
        if genes.enabled[as_index(row)]:
            head = position(genes.node, first, last, given, genes.source[as_index(row)])
            tail = position(genes.node, first, last, given, genes.target[as_index(row)])
            edge[as_index(row - base)]["head"] = head
            edge[as_index(row - base)]["tail"] = tail
            node[as_index(head)]["out_begin"] += 1
            node[as_index(tail)]["in_begin"] += 1
    out_end, in_end = 0, 0
    for place in range(last - first + 1):
        out_end += node[as_index(place)]["out_begin"]
        in_end += node[as_index(place)]["in_begin"]
        node[as_index(place)]["out_begin"] = out_end
        node[as_index(place)]["in_begin"] = in_end
    for row in range(connection_end - 1, base - 1, -1):  # backwards, so that ends become beginnings
        if genes.enabled[as_index(row)]:
            head, tail = edge[as_index(row - base)]["head"], edge[as_index(row - base)]["tail"]
            node[as_index(head)]["out_begin"] -= 1
            node[as_index(tail)]["in_begin"] -= 1
            edge[as_index(node[head]["out_begin"])]["out"] = row - base
            edge[as_index(node[tail]["in_begin"])]["in"] = row - base


@part
def find_kept(sources: int, outputs: int, nodes: int, node: Rows, edge: Rows) -> int:
    """Find the reach of each node and the nodes to keep: those that are reached and influence an output.

    Both searches are breadth first: from the inputs and the bias node, then backwards from the outputs.

    Returns:
        The number of nodes to keep, without inputs and bias node.
    """
    for place in range(nodes):
        node[as_index(place)]["reach"] = 0 if place < sources else -1
        node[as_index(place)]["fan_in"] = 0 if place < sources else -1
        node[as_index(place)]["queue"] = place
    done, known = 0, sources
    while done < known:
        head = node[as_index(done)]["queue"]
        done += 1
        for listed in range(node[as_index(head)]["out_begin"], node[as_index(head + 1)]["out_begin"]):
            tail = edge[as_index(edge[listed]["out"])]["tail"]
            if node[as_index(tail)]["reach"] < 0:
                node[as_index(tail)]["reach"] = node[as_index(head)]["reach"] + 1
                node[as_index(known)]["queue"] = tail
                known += 1
    done, known = 0, 0
    for place in range(sources, sources + outputs):
        if node[as_index(place)]["reach"] >= 0:
            node[as_index(place)]["fan_in"] = 0
            node[as_index(known)]["queue"] = place
            known += 1
    while done < known:
        tail = node[as_index(done)]["queue"]
        done += 1
        for listed in range(node[as_index(tail)]["in_begin"], node[as_index(tail + 1)]["in_begin"]):
            head = edge[as_index(edge[listed]["in"])]["head"]
            if node[as_index(head)]["reach"] >= 0:
                node[as_index(tail)]["fan_in"] += 1
                if node[as_index(head)]["fan_in"] < 0:
                    node[as_index(head)]["fan_in"] = 0
                    node[as_index(known)]["queue"] = head
                    known += 1
    return known


@part
def find_layers(sources: int, nodes: int, kept: int, node: Rows, edge: Rows) -> bool:
    """Find the layer of each kept node: its longest path from a source, or its reach if there is a cycle.

    Kahn's algorithm (Communications of the ACM 5(11), 1962). Returns whether the network is acyclic.
    """
    for place in range(nodes):
        node[as_index(place)]["layer"] = 0
        node[as_index(place)]["missing"] = node[as_index(place)]["fan_in"]
        node[as_index(place)]["queue"] = place
    done, known = 0, sources
    while done < known:
        head = node[as_index(done)]["queue"]
        done += 1
        for listed in range(node[as_index(head)]["out_begin"], node[as_index(head + 1)]["out_begin"]):
            tail = edge[as_index(edge[listed]["out"])]["tail"]
            if node[as_index(tail)]["fan_in"] > 0:
                node[as_index(tail)]["layer"] = max(node[as_index(tail)]["layer"], node[as_index(head)]["layer"] + 1)
                node[as_index(tail)]["missing"] -= 1
                if node[as_index(tail)]["missing"] == 0:
                    node[as_index(known)]["queue"] = tail
                    known += 1
    acyclic = known == sources + kept
    if not acyclic:
        for place in range(nodes):
            node[as_index(place)]["layer"] = node[as_index(place)]["reach"]
    return acyclic


@part
def order_slots(sources: int, nodes: int, kept: int, node: Rows) -> int:
    """Assign slots to the kept nodes, sorted by layer and place (a counting sort); return the last layer.

    Afterwards `queue` holds the node of each slot.
    """
    last = 0
    for layer in range(kept + 1):
        node[as_index(layer)]["missing"] = 0  # from here on: the number of nodes in a layer, then its next free slot
    for place in range(sources, nodes):
        if node[as_index(place)]["fan_in"] > 0:
            node[as_index(node[place]["layer"])]["missing"] += 1
            last = max(last, node[as_index(place)]["layer"])
    free = 0
    node[as_index(0)]["missing"] = sources
    for layer in range(last + 1):
        count = node[as_index(layer)]["missing"]
        node[as_index(layer)]["missing"] = free
        free += count
    for place in range(nodes):
        if place < sources or node[as_index(place)]["fan_in"] > 0:
            layer = 0 if place < sources else node[as_index(place)]["layer"]
            slot = node[as_index(layer)]["missing"]
            node[as_index(layer)]["missing"] += 1
            node[as_index(place)]["slot"] = slot
            node[as_index(slot)]["queue"] = place
    return last


@part
def write_network(
    genes: Genes, g: int, slots: int, node: Rows, edge: Rows,
    to_node: int, to_connection: int, made_node: Rows, made_connection: Rows,
) -> None:  # fmt: skip
    """Write the slots of genome g and the connections between them, in the order of their sources."""
    base, first = genes.connection_start[g], genes.node_start[g]
    end = 0
    for slot in range(slots):
        place = node[as_index(slot)]["queue"]
        made = made_node[as_index(to_node + slot)]
        made["bias"] = genes.bias[as_index(first + place)]
        made["response"] = genes.response[as_index(first + place)]
        made["activation"] = genes.activation[as_index(first + place)]
        made["aggregation"] = genes.aggregation[as_index(first + place)]
        made["reach"] = node[as_index(place)]["reach"]
        made["place"] = place
        made["incoming_end"] = end  # the start of its connections until they are written
        end += node[as_index(place)]["fan_in"]
    for slot in range(slots):
        head = node[as_index(slot)]["queue"]
        for listed in range(node[as_index(head)]["out_begin"], node[as_index(head + 1)]["out_begin"]):
            place = edge[as_index(listed)]["out"]
            tail = edge[as_index(place)]["tail"]
            if node[as_index(tail)]["fan_in"] > 0:
                target = made_node[as_index(to_node + node[tail]["slot"])]
                made = made_connection[as_index(to_connection + target["incoming_end"])]
                target["incoming_end"] += 1
                made["weight"] = genes.weight[as_index(base + place)]
                made["source"] = slot
                made["place"] = place


@part
def decode_large(
    genes: Genes, g: int, sources: int, node: Rows, edge: Rows, place: int, nets: NetworkArrays
) -> tuple[int, int, bool]:
    """Write the network of genome g at `place`; return its number of slots, its depth, and whether it is acyclic."""
    nodes, outputs = genes.node_start[g + 1] - genes.node_start[g], nets.output_slot.shape[1]
    list_edges(genes, g, sources + outputs, node, edge)
    kept = find_kept(sources, outputs, nodes, node, edge)
    acyclic = find_layers(sources, nodes, kept, node, edge)
    depth = order_slots(sources, nodes, kept, node)
    network = nets.network[place]
    write_network(
        genes, g, sources + kept, node, edge,
        network["node_start"], network["connection_start"], nets.node, nets.connection,
    )  # fmt: skip
    for output in range(outputs):
        kept_output = node[sources + output]["fan_in"] > 0
        nets.output_slot[place, output] = node[sources + output]["slot"] if kept_output else -1
    return sources + kept, depth, acyclic


@part
def set_up(network: Any, slots: int, depth: int, acyclic: bool, max_steps: int, memory: bool) -> None:
    """Write the fields of a network that say how it is run."""
    steps = max_steps
    if steps == 0:
        steps = 1 if memory else (depth if acyclic else AUTO_STEPS)
    network["slots"] = slots
    network["depth"] = depth
    network["steps"] = steps
    network["acyclic"] = acyclic
    network["feedforward"] = acyclic and not memory and depth <= steps


@kernel
def lay_out(which: NDArray[np.int64], genes: Genes, network: Rows) -> tuple[int, int, int]:
    """Write where the nodes and connections of each genome in `which` start, and how many rows they are given.

    Returns:
        The total numbers of nodes and connections, and the number of nodes of the largest genome; -1 for all of them if
        an index is out of range.
    """
    nodes, connections, most = 0, 0, 0
    for place in range(which.size):
        g = which[place]
        if g < 0 or g >= genes.node_start.size - 1:
            return -1, -1, -1
        network[place]["node_start"], network[place]["connection_start"] = nodes, connections
        network[place]["nodes"] = genes.node_start[g + 1] - genes.node_start[g]
        network[place]["connections"] = genes.connection_start[g + 1] - genes.connection_start[g]
        nodes += network[place]["nodes"]
        connections += network[place]["connections"]
        most = max(most, network[place]["nodes"])
    return nodes, connections, most


@kernel
def decode_small_range(
    begin: int, end: int, which: NDArray[np.int64], genes: Genes,
    sources: int, max_steps: int, memory: bool, nets: NetworkArrays,
) -> None:  # fmt: skip
    """Decode genomes `which[begin:end]` into networks `begin` to `end`, except for large genomes."""
    connections: Any = np.int64(0)  # with the literal 0, numba would compile `scratch` twice
    for place in range(begin, end):
        connections = max(connections, np.int64(nets.network[place]["connections"]))
    work = scratch(connections)
    for place in range(begin, end):
        network = nets.network[place]
        if network["nodes"] <= MOST_NODES:
            slots, depth, acyclic = decode_small(genes, which[place], sources, work, place, nets)
            set_up(network, slots, depth, acyclic, max_steps, memory)


@kernel
def decode_large_range(
    begin: int, end: int, which: NDArray[np.int64], genes: Genes,
    sources: int, max_steps: int, memory: bool, nets: NetworkArrays,
) -> None:  # fmt: skip
    """Decode the genomes among `which[begin:end]` that are too large for `decode_small_range`."""
    connections, nodes = 0, 0
    for place in range(begin, end):
        connections = max(connections, nets.network[place]["connections"])
        nodes = max(nodes, nets.network[place]["nodes"])
    node, edge = np.empty(nodes + 1, _NODE), np.empty(connections, _EDGE)
    for place in range(begin, end):
        network = nets.network[place]
        if network["nodes"] > MOST_NODES:
            slots, depth, acyclic = decode_large(genes, which[place], sources, node, edge, place, nets)
            set_up(network, slots, depth, acyclic, max_steps, memory)
