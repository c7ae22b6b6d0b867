"""Every writer and converter of networkx accepts graphs of genomes and lineages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import neat
from neat.export import decode, encode, from_networkx, to_networkx

CHILD = neat.Genome(
    ["a b", "ä"],
    ["y"],
    [(0, 2, 1.5), (2, 4, -2.0), (4, 2, 0.5, False), (1, 4, 1.0)],
    [(2,), (4, 0.25, 1.0, "tanh", "sum", (0, 0))],
    key=9,
    parents=(3, 7),
)
UNDIRECTED_ONLY = {"write_graph6", "write_sparse6"}
WRITERS = sorted(name for name in dir(nx) if name.startswith("write_") and name not in UNDIRECTED_ONLY)
CONVERTERS = {
    "node_link_data": lambda graph: json.dumps(nx.node_link_data(graph, edges="edges")),
    "adjacency_data": lambda graph: json.dumps(nx.adjacency_data(graph)),
    "cytoscape_data": lambda graph: json.dumps(nx.cytoscape_data(graph)),
    "to_dict_of_dicts": nx.to_dict_of_dicts,
    "to_edgelist": nx.to_edgelist,
    "to_numpy_array": nx.to_numpy_array,
    "to_scipy_sparse_array": lambda graph: nx.to_scipy_sparse_array(graph).indices,
    "to_latex": nx.to_latex,
    "generate_gml": lambda graph: "\n".join(nx.generate_gml(graph)),
    "generate_network_text": lambda graph: "\n".join(nx.generate_network_text(graph)),
    "to_pandas_edgelist": nx.to_pandas_edgelist,
}  # to_pydot takes no graph whose nodes have an attribute `name`; neat.export.write writes DOT itself


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[nx.DiGraph]:
    folder = tmp_path_factory.mktemp("runs") / "xor"
    problem = neat.Dataset([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])
    result = neat.run(neat.Config(run={"seed": 1, "generations": 5}, population={"size": 20}), problem, out=folder)
    with neat.History(folder) as history:
        return [to_networkx(CHILD), to_networkx(result.champion), neat.lineage(history)]


@pytest.mark.filterwarnings("ignore:.*Non-string attribute")  # which Pajek cannot store
@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_takes_them(graphs: list[nx.DiGraph], name: str, tmp_path: Path) -> None:
    for graph in graphs:
        getattr(nx, name)(graph, str(tmp_path / "graph"))
        assert (tmp_path / "graph").stat().st_size > 0


@pytest.mark.parametrize("name", CONVERTERS)
def test_every_converter_takes_them(graphs: list[nx.DiGraph], name: str) -> None:
    for graph in graphs:
        assert len(CONVERTERS[name](graph))


def test_every_attribute_is_plain(graphs: list[nx.DiGraph]) -> None:
    for graph in graphs:
        for data in (graph.graph, *graph.nodes.values(), *graph.edges.values()):
            assert {type(value) for value in data.values()} <= {str, int, float, bool}


def test_what_networkx_writes_comes_back_exactly(tmp_path: Path) -> None:
    graph = to_networkx(CHILD)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    link = json.loads(json.dumps(nx.node_link_data(graph, edges="edges")))
    for again in (
        graph,
        nx.read_graphml(tmp_path / "g.graphml", node_type=int),
        nx.node_link_graph(link, edges="edges"),
    ):
        genome = from_networkx(again)
        assert genome == CHILD and genome.parents == (3, 7)


def test_an_exported_file_can_be_handed_on(tmp_path: Path) -> None:
    """The additional members of node-link JSON are plain values, too."""
    metadata: dict[str, Any] = {"fitness": 0.5, "solved": False, "needs": {"low": [0.0, 1.0], "high": [1.0, 2.0]}}
    text = encode(CHILD, "node-link", disabled=True, metadata=metadata).decode()
    graph = nx.node_link_graph(json.loads(text), edges="edges")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    for written in (text, (tmp_path / "g.graphml").read_text()):
        genome, found = decode(written)
        assert genome == CHILD and genome.parents == (3, 7)
        assert found == metadata


def test_graphs_with_a_list_of_parents_are_read() -> None:
    """Version 0.1.0 wrote lists and objects into node-link JSON as they were."""
    form = json.loads(encode(CHILD, "node-link", disabled=True))
    form["graph"].update(parents=[3, 7], needs={"low": [0.0]})
    genome, metadata = decode(json.dumps(form))
    assert genome == CHILD and genome.parents == (3, 7)
    assert metadata == {"needs": {"low": [0.0]}}
    graph = to_networkx(CHILD)
    graph.graph["parents"] = (3, 7)
    assert from_networkx(graph).parents == (3, 7)
    for wrong in ("[3", "3", "", ["3"], "[-1]", 5):
        graph.graph["parents"] = wrong
        with pytest.raises(neat.NeatError, match="'parents' of the graph is .*it must be a list of keys"):
            from_networkx(graph)
