"""What is written is read again by programs that are not ours, with everything in it."""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from multiprocessing.pool import ThreadPool
from pathlib import Path

import igraph
import jsonschema
import networkx as nx
import numpy as np
import pytest
from foreign import NOT_XML, evil_genomes, graphviz, wild

import neat
from neat.config.sections import MAX_STEPS
from neat.core.functions import ACTIVATIONS, AGGREGATIONS
from neat.export import encode, from_networkx, genome_schema, read, to_dot, to_networkx, write
from neat.export.formats import decode
from neat.export.xml import from_graphml, to_gexf, to_graphml

GENOMES = evil_genomes(1000)
BLANKS = re.compile("[ \t\xa0]")
OF_A_NODE = ("kind", "bias", "response", "activation", "aggregation", "depth")
OF_AN_EDGE = ("weight", "innovation", "enabled", "recurrent")


def same(one: neat.Genome, other: neat.Genome) -> bool:
    return one == other and one.parents == other.parents


def bare(graph: nx.DiGraph) -> tuple[dict, dict]:
    """Return the nodes and the edges of a graph, with attributes that have types and values but no order."""
    nodes = {
        node: {key: (type(value), repr(value)) for key, value in data.items()} for node, data in graph.nodes.items()
    }
    edges = {
        ends: {key: (type(value), repr(value)) for key, value in data.items()} for ends, data in graph.edges.items()
    }
    return nodes, edges


def test_networkx_and_back_is_the_same_to_the_last_bit() -> None:
    for genome in GENOMES:
        assert same(from_networkx(to_networkx(genome)), genome)


@pytest.mark.parametrize("form", ["json", "node-link", "graphml"])
def test_what_is_written_is_read_to_the_last_bit(form: str) -> None:
    for genome in GENOMES:
        again, metadata = decode(
            encode(genome, form, disabled=True, metadata={"fitness": -0.1, "needs": {"low": [1e-9]}}).decode()
        )
        assert same(again, genome)
        assert metadata == {"fitness": -0.1, "needs": {"low": [1e-9]}}


def test_genome_json_obeys_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(genome_schema())
    validator.check_schema(genome_schema())
    for genome in GENOMES:
        validator.validate(json.loads(encode(genome, "json")))


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.pop("inputs"),
        lambda form: form.update(version=2),
        lambda form: form.update(outputs=["y", "y"]),
        lambda form: form.update(outputs=["y\n"]),
        lambda form: form.update(inputs=["a\u2028b"]),
        lambda form: form.update(inputs=["\x7f"]),
        lambda form: form.update(max_steps=MAX_STEPS + 1),
        lambda form: form.update(memory="no"),
        lambda form: form["nodes"][1].update(activation="tahn!"),
        lambda form: form["nodes"].append({"id": 2, "split": [1]}),
        lambda form: form["nodes"][0].update(colour="red"),
        lambda form: form["connections"][0].update(weight=2.0**41),
        lambda form: form["connections"][0].pop("target"),
        lambda form: form["connections"][0].update(innovation=-1),
    ],
)
def test_what_is_no_genome_does_not_obey_the_schema(change) -> None:
    form = json.loads(neat.Genome(1, 1, [(0, 1, 1.0)]).to_json())
    jsonschema.validate(form, genome_schema())
    change(form)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, genome_schema())
    with pytest.raises(neat.NeatError):
        neat.Genome.from_json(json.dumps(form))


def test_what_is_just_allowed_is_so_for_the_reader_and_the_schema() -> None:
    limit = 2.0**40
    genome = neat.Genome(
        ["\t", "", "\u202e\xa0", "🦊"],
        ["y" * 1000],
        [(0, 5, -limit, False, 2**62), (5, 4, limit, True, 0)],
        [(4, -limit, limit), (5, 0.0, 1.0, "exp", "median", (2**62, 2**62)), (2**31 - 1,)],
        max_steps=MAX_STEPS,
        memory=True,
        key=2**63 - 1,
        parents=(2**63 - 1, 0),
    )
    jsonschema.validate(json.loads(genome.to_json()), genome_schema())
    assert same(neat.Genome.from_json(genome.to_json()), genome)


def test_the_schema_knows_every_function() -> None:
    node = genome_schema()["$defs"]["node"]["properties"]
    for name, table in (("activation", ACTIVATIONS), ("aggregation", AGGREGATIONS)):
        assert node[name]["anyOf"][0]["enum"] == [function.name for function in table]


def test_node_link_json_is_read_by_networkx() -> None:
    for genome in GENOMES:
        again = nx.node_link_graph(json.loads(encode(genome, "node-link", disabled=True)), edges="edges")
        graph = to_networkx(genome)
        assert bare(again) == bare(graph)
        assert again.graph == graph.graph


@pytest.mark.parametrize(("writer", "reader"), [(to_graphml, nx.read_graphml), (to_gexf, nx.read_gexf)])
def test_xml_is_read_by_networkx(writer, reader) -> None:
    for graph in map(wild, GENOMES):
        again = reader(io.BytesIO(writer(graph)), node_type=int)
        for node, data in again.nodes(data=True):
            name = graph.nodes[node]["name"]
            shown = data.get("name", "")
            assert shown == NOT_XML.sub("\ufffd", name)
            exact = data.pop("name_json", None)
            assert (exact is None) == (shown == name != "")
            data["name"] = shown if exact is None else json.loads(exact)
            assert data.pop("label", shown) == shown
        for _, _, data in again.edges(data=True):
            data.pop("id", None)  # GEXF numbers edges
        assert bare(again) == bare(graph)


def has_subnormal(genome: neat.Genome) -> bool:
    """Return whether a number in it is so small that igraph refuses to read it."""
    values = np.abs(np.concatenate([genome.column(name) for name in ("weight", "bias", "response")]))
    return bool(np.any((values > 0) & (values < sys.float_info.min)))


def test_graphml_gives_every_name_back() -> None:
    for graph in map(wild, GENOMES):
        again = from_graphml(to_graphml(graph).decode())
        assert [data["name"] for data in again.nodes.values()] == [data["name"] for data in graph.nodes.values()]


def test_graphml_is_read_by_igraph() -> None:
    igraph_reads = [genome for genome in GENOMES if not has_subnormal(genome)]
    assert len(igraph_reads) > 500
    readable = [genome for genome in GENOMES if not has_subnormal(genome)]
    assert len(readable) > 400
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "genome.graphml"
        for genome in readable:
            ours = wild(genome)
            file.write_bytes(to_graphml(ours))
            graph = igraph.Graph.Read_GraphML(str(file))
            assert graph.is_directed()
            assert [int(node["id"]) for node in graph.vs] == list(ours.nodes)
            for node in graph.vs:
                wanted = ours.nodes[int(node["id"])]
                assert [node[name] for name in OF_A_NODE] == [wanted[name] for name in OF_A_NODE]
                assert node["name"] == NOT_XML.sub("\ufffd", wanted["name"])
            ends = [(int(graph.vs[edge.source]["id"]), int(graph.vs[edge.target]["id"])) for edge in graph.es]
            assert ends == list(ours.edges)
            for edge, wanted in zip(graph.es, ours.edges.values(), strict=True):
                assert [edge[name] for name in OF_AN_EDGE] == [wanted[name] for name in OF_AN_EDGE]


def check_understood(graph: dict, ours: nx.DiGraph) -> None:
    """Assert that Graphviz has every node and edge with every attribute."""
    assert {name: graph.get(name, "") for name in ("max_steps", "memory", "key", "parents")} == {
        "max_steps": str(ours.graph["max_steps"]),
        "memory": str(ours.graph["memory"]).lower(),
        "key": str(ours.graph["key"]),
        "parents": " ".join(map(str, json.loads(ours.graph["parents"]))),
    }
    nodes = {thing["_gvid"]: thing for thing in graph["objects"] if "kind" in thing}
    number = {place: int(thing["name"]) for place, thing in nodes.items()}
    assert sorted(number.values()) == sorted(ours.nodes)
    for place, thing in nodes.items():
        wanted = ours.nodes[number[place]]
        assert [thing[name] for name in OF_A_NODE] == [str(wanted[name]) for name in OF_A_NODE]
        assert [thing.get(name) for name in ("split", "turn")] == [
            str(wanted[name]) if name in wanted else None for name in ("split", "turn")
        ]
    edges = {(number[edge["tail"]], number[edge["head"]]): edge for edge in graph.get("edges", [])}
    assert edges.keys() == set(ours.edges)
    for ends, edge in edges.items():
        wanted = {name: str(value).lower() for name, value in ours.edges[ends].items()}
        wanted["connection_weight"] = wanted.pop("weight")
        assert {name: edge[name] for name in wanted} == wanted


def check_shown(drawing: ElementTree.Element, ours: nx.DiGraph) -> None:
    """Assert that Graphviz draws every label as it is, line by line; it draws a tab as a space."""
    groups = [group for group in drawing.findall(".//{*}g") if group.get("class") == "node"]
    shown = {int(group.findtext("{*}title", "")): list(group.findall(".//{*}text")) for group in groups}
    for node, data in ours.nodes(data=True):
        lines = re.split("\r\n|\r|\n", data["name"])
        if data["kind"] in ("output", "hidden"):
            lines += [data["activation"], *([] if data["aggregation"] == "sum" else [data["aggregation"]])]
        wanted = [NOT_XML.sub("\ufffd", line) for line in lines if line]
        found = [text.text for text in shown[node] if text.text]
        assert [BLANKS.sub(" ", line) for line in found] == [BLANKS.sub(" ", line) for line in wanted]


def test_dot_is_read_and_drawn_by_graphviz() -> None:
    graphs = [wild(genome) for genome in GENOMES]
    with ThreadPool() as pool:
        for ours, (graph, drawing) in zip(graphs, pool.imap(graphviz, map(to_dot, graphs)), strict=True):
            check_understood(graph, ours)
            check_shown(drawing, ours)


@pytest.mark.parametrize("form", ["json", "node-link", "graphml", "gexf", "dot"])
def test_the_same_genome_gives_the_same_file(form: str) -> None:
    for genome in GENOMES[:50]:
        assert encode(genome, form) == encode(genome, form)
        assert b"lastmodified" not in encode(genome, form)


def test_files_are_found_out_by_what_they_hold(tmp_path: Path) -> None:
    genome = GENOMES[0]
    for form in ("json", "node-link", "graphml"):
        file = write(genome, tmp_path / "no-matter.png", form, disabled=True)
        assert same(read(file), genome)
