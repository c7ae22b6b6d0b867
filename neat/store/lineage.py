"""The ancestry of a genome, as a graph and as a line of descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neat.config.arguments import instance, whole
from neat.core.errors import NeatError
from neat.store.history import OPEN_RUN, History

if TYPE_CHECKING:
    from networkx import DiGraph


@dataclass(frozen=True)
class Ancestor:
    """A genome in a line of descent: the generation of its birth, and its parents' keys, the fitter one first."""

    key: int
    born: int
    parents: tuple[int, ...]


def lineage(history: History, key: int | None = None) -> DiGraph[int]:
    """Return the ancestry of a genome, by default of the run's champion, as a graph.

    Its nodes are the keys of the genome and of all its ancestors; their attribute `born` is the generation of their
    birth. Its edges lead from parent to child; their attribute `place` is 0 for the fitter parent, 1 for the other.
    `graph.graph["genome"]` is the key of the genome.

    Raises:
        NeatError: the run has no such genome, no champion yet, or no lineage (`[run] lineage = no`).
    """
    import networkx

    instance("history", history, History, OPEN_RUN)
    wanted_key = history.champion().genome.key if key is None else whole("key", key)
    graph: Any = networkx.DiGraph(genome=wanted_key)
    wanted = {wanted_key}
    for generation, first, parents in reversed(list(history.lineage())):
        end = first + len(parents)
        here = sorted(child for child in wanted if first <= child < end)
        for child in here:
            graph.add_node(child, born=generation)
            for place, parent in enumerate(parents[child - first].tolist()):
                if parent >= 0 and not graph.has_edge(parent, child):  # both parents may be the same genome
                    if parent >= first:
                        raise NeatError(f"{history.file}: is corrupt (genome {parent} is a parent of an older genome)")
                    graph.add_edge(parent, child, place=place)
                    wanted.add(parent)
        wanted.difference_update(here)
    if wanted or wanted_key not in graph:
        if not history.config.run.lineage:
            raise NeatError(f"{history.folder}: keeps no lineage ([run] lineage = no)")
        raise NeatError(f"{history.folder}: does not record the parents of a genome {min(wanted, default=wanted_key)}")
    return graph  # type: ignore[no-any-return]


def descent(graph: DiGraph[int]) -> list[Ancestor]:
    """Return the line of descent of a genome, from itself to a founder, through the fitter parents."""
    line, key = [], graph.graph["genome"]
    while key is not None:
        parents = sorted(graph.predecessors(key), key=lambda parent: graph.edges[parent, key]["place"])
        line.append(Ancestor(key, graph.nodes[key]["born"], tuple(parents)))
        key = parents[0] if parents else None
    return line


def founders(graph: DiGraph[int]) -> list[int]:
    """Return the keys of the genome's ancestors without parents."""
    return sorted(key for key, parents in graph.in_degree() if parents == 0)
