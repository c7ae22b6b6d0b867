"""Graphs of genomes: depth, what is recurrent, what is trimmed, and graphs that are none of a genome."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from breeding import configs, history
from foreign import evil_genomes
from genomes import populations
from hypothesis import given
from hypothesis import strategies as st

import neat
from neat.export import decode, depths, encode, from_networkx, read, to_networkx, trimmed, write

BOMB = (
    "<!DOCTYPE graphml [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(12))
    + "]><graphml><graph edgedefault='directed'><node id='0'>&a12;</node></graph></graphml>"
).encode()
CHAIN = neat.Genome(["a"], ["y"], [(0, 2, 1.5), (2, 3, -2.0), (3, 2, 0.5, False), (3, 1, 1.0)], [(2,), (3,)])


@given(populations(size=3, hidden=8))
def test_depth_is_the_length_of_a_forward_path(population):
    for genome in population:
        graph, sources = to_networkx(genome), genome.layout.sources
        dropped = [(a, b) for a, b, data in graph.edges(data=True) if not data["enabled"] or data["recurrent"]]
        assert all(
            data["recurrent"] == (graph.nodes[b]["depth"] <= graph.nodes[a]["depth"])
            for a, b, data in graph.edges(data=True)
        )
        graph.remove_edges_from(dropped)
        assert nx.is_directed_acyclic_graph(graph)
        depth = dict(zip(genome.column("node").tolist(), depths(genome).tolist(), strict=True))
        assert {node: data["depth"] for node, data in graph.nodes(data=True)} == depth
        for node, deep in depth.items():
            before = [depth[other] for other in graph.pred[node]]
            assert deep == (0 if node < sources else 1) or deep - 1 in before


@given(populations(size=3, hidden=8, acyclic=True))
def test_without_a_cycle_depth_is_the_longest_path_and_nothing_is_recurrent(population):
    for genome in population:
        graph = to_networkx(trimmed(genome))
        longest = {node: 0 if node < genome.layout.sources else 1 for node in graph}
        for node in nx.topological_sort(graph):
            longest[node] = max([longest[node], *(longest[before] + 1 for before in graph.pred[node])])
        assert {node: data["depth"] for node, data in graph.nodes(data=True)} == longest
        assert not any(data["recurrent"] for _, _, data in graph.edges(data=True))


@given(configs(), st.integers(0, 12))
def test_every_cycle_has_a_recurrent_connection_and_only_cycles_do(config, generations):
    population, _ = history(config, generations)
    for genome in list(population)[:3]:
        graph = to_networkx(trimmed(genome))
        in_cycle = {node: place for place, part in enumerate(nx.strongly_connected_components(graph)) for node in part}
        for source, target, data in graph.edges(data=True):
            assert not data["recurrent"] or in_cycle[source] == in_cycle[target]


@given(populations(size=3, hidden=8))
def test_a_pruned_genome_is_the_same_network(population):
    rows = np.random.default_rng(1).normal(size=(6, len(population.layout.inputs)))
    for genome in population:
        pruned = trimmed(genome, pruned=True)
        assert pruned.column("enabled").all() and pruned.inputs == genome.inputs and pruned.key == genome.key
        assert np.array_equal(neat.compile(pruned)(rows), neat.compile(genome)(rows))
        kept = to_networkx(pruned)
        outputs = range(genome.layout.sources, genome.layout.given)
        lead = set().union(*({output, *nx.ancestors(kept, output)} for output in outputs))
        assert set(kept) <= lead | set(range(genome.layout.given))
        assert trimmed(pruned, pruned=True) == pruned
        assert set(to_networkx(trimmed(genome)).edges) == {
            (gene.source, gene.target) for gene in genome.connections if gene.enabled
        }
        assert trimmed(genome, disabled=True) == genome


def test_attributes():
    graph = to_networkx(CHAIN)
    assert graph.nodes[3] == {
        "kind": "hidden", "name": "3", "bias": 0.0, "response": 1.0, "activation": "steep_sigmoid",
        "aggregation": "sum", "depth": 2,
    }  # fmt: skip
    assert graph.edges[3, 2] == {"weight": 0.5, "innovation": 2, "enabled": False, "recurrent": True}
    assert [graph.nodes[node]["kind"] for node in (0, 1, 2)] == ["input", "output", "hidden"]
    assert graph.nodes[1]["name"] == "y" and graph.nodes[1]["depth"] == 3


def test_a_graph_made_by_hand_becomes_a_genome():
    graph = nx.DiGraph()
    graph.add_node(0, kind="input", name="a")
    graph.add_node(1, kind="output", name="y")
    graph.add_edge(0, 1, weight=2)
    assert from_networkx(graph) == neat.Genome(["a"], ["y"], [(0, 1, 2.0)])


def broken(change) -> nx.DiGraph:
    graph = to_networkx(CHAIN)
    change(graph)
    return graph


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda graph: graph.add_node("x"), "has a node 'x'; ids are whole numbers"),
        (lambda graph: graph.add_node(9), "`kind` of node 9 is None; it must be one of input, bias, output, hidden"),
        (
            lambda graph: graph.nodes[0].update(kind="hidden"),
            "has no node whose `kind` is 'input'; a genome has at least one",
        ),
        (lambda graph: graph.nodes[3].update(kind="bias"), "inputs, bias and outputs are nodes"),
        (lambda graph: graph.nodes[0].pop("name"), "`name` of node 0 is None"),
        (lambda graph: graph.nodes[2].update(bias="much"), "the bias of node 2 is 'much'; it must be a number"),
        (lambda graph: graph.nodes[2].update(activation="tahn"), "did you mean 'tanh'"),
        (lambda graph: graph.nodes[2].update(activation=["tanh"]), "of node 2 is ['tanh']; it must be a name"),
        (lambda graph: graph.nodes[2].update(aggregation={}), "the aggregation of node 2 is {}; it must be a name"),
        (lambda graph: graph.nodes[2].update(kind=[]), "`kind` of node 2 is []"),
        (lambda graph: graph.nodes[2].update(kind=np.array(["hidden", "bias"])), "`kind` of node 2 is array(["),
        (lambda graph: graph.remove_node(1), "has no node whose `kind` is 'output'; a genome has at least one"),
        (lambda graph: graph.nodes[1].update(kind="bias"), "has no node whose `kind` is 'output'"),
        (lambda graph: graph.edges[0, 2].pop("weight"), "from node 0 to node 2 has no attribute 'weight'"),
        (lambda graph: graph.edges[0, 2].update(weight=float("nan")), "must lie within"),
        (lambda graph: graph.edges[0, 2].update(innovation=1), "two connections have innovation number 1"),
        (lambda graph: graph.add_edge(2, 0, weight=1.0), "inputs and the bias only send"),
        (lambda graph: graph.graph.update(max_steps=-1), "'max_steps' of the graph is -1"),
        (lambda graph: graph.graph.update(memory="yes"), "must be true or false"),
        (lambda graph: graph.graph.update(parents=["me"]), "must be a list of keys"),
    ],
)
def test_a_graph_that_is_no_genome_is_refused_in_a_sentence(change, said):
    with pytest.raises(neat.NeatError) as refused:
        from_networkx(broken(change))
    assert said in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(neat.NeatError, match="a networkx.DiGraph, not from a Graph"):
        from_networkx(nx.Graph())


@pytest.mark.parametrize("form", ["json", "node-link", "graphml"])
def test_a_corrupt_file_is_refused_or_read_and_nothing_else(form):
    """Bytes are cut, changed, moved: a NeatError or a genome, never another exception."""
    rng = np.random.default_rng(3)
    refused = 0
    for genome in evil_genomes(1000)[:40]:
        data = encode(genome, form, disabled=True)
        for _ in range(8):
            begin, end = np.sort(rng.integers(0, len(data), 2)).tolist()
            kind_of_damage = rng.choice([1, 2, 3])
            text = bytearray(data)
            if kind_of_damage == 1:
                text = text[:begin]
            elif kind_of_damage == 2:
                text[begin] = int(rng.integers(256))
            else:
                text[begin : begin + 9], text[end : end + 9] = text[end : end + 9], text[begin : begin + 9]
            try:
                decode(bytes(text).decode(errors="replace"))
            except neat.NeatError:
                refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "holds no genome"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[" * 100_000, "holds no genome"),
        (b"[]", 'it has no member "format"'),
        (b"<", "this is not GraphML of a genome"),
        (b"<svg/>", "this is not GraphML of a genome"),
        (b'{"directed": false, "nodes": [], "edges": []}', "a networkx.DiGraph, not from a Graph"),
        (b'<graphml><graph edgedefault="undirected"/></graphml>', "a networkx.DiGraph, not from a Graph"),
        (BOMB, "this is not GraphML of a genome"),
        (b'{"nodes": 1, "edges": []}', "this is not node-link JSON of a genome"),
        (b'{"nodes": [{"id": 0, "kind": "input", "name": "a"}, {"id": 1, "kind": "output", "name": "y"}], "edges": [],'
         b' "graph": {"fitness": 1e999}}', "the metadata of the genome (fitness) is not JSON"),
    ],
)  # fmt: skip
def test_a_file_without_a_genome_is_refused_in_a_sentence(tmp_path: Path, text: bytes, said: str):
    (tmp_path / "file").write_bytes(text)
    with pytest.raises(neat.NeatError) as refused:
        read(tmp_path / "file")
    assert said in str(refused.value) and str(refused.value).startswith(f"{tmp_path / 'file'}: ")


@pytest.mark.parametrize(
    ("file", "form", "said"),
    [
        ("champion.svgg", None, "unknown suffix '.svgg' (one of .json, .graphml, .gexf"),
        ("champion.grapml", None, "did you mean '.graphml'?"),
        ("champion", None, "has no suffix that selects a format"),
        ("champion.json", "graphmll", "unknown format 'graphmll' (one of json, node-link, graphml, gexf, dot"),
        ("none/champion.json", None, "none/champion.json: cannot be written (No such file or directory)"),
        (".", "json", "cannot be written (Is a directory)"),
        ("a\0b.json", None, "'a\\x00b.json': cannot be written (no file can have this name)"),
        ("\ud800.json", None, "'\\ud800.json': cannot be written (no file can have this name)"),
    ],
)
def test_what_cannot_be_written_is_reported_in_a_sentence(tmp_path, monkeypatch, file, form, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(neat.NeatError) as refused:
        write(CHAIN, file, form)
    assert said in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_and_never_replaced():
    write(CHAIN, "/dev/null", "graphml")
    assert Path("/dev/null").is_char_device()


def test_a_link_is_followed_and_a_circle_of_links_is_replaced(tmp_path):
    for link, end in (("link", "file"), ("round", "round")):
        (tmp_path / link).symlink_to(end)
        write(CHAIN, tmp_path / link, "json")
        assert read(tmp_path / link) == CHAIN
    assert (tmp_path / "link").is_symlink() and (tmp_path / "file").is_file() and not (tmp_path / "round").is_symlink()


def test_a_run_starts_from_an_exported_champion(tmp_path):
    """Exported from one run, it is the first founder of another, whose tracker knows nothing of it."""
    xor = Path(__file__).parent.parent.parent / "configs" / "xor.ini"
    first = neat.run(neat.load(xor, ["run.seed=1"]), out=tmp_path / "first")
    assert first.solved and first.champion.hidden == 2
    genome = read(tmp_path / "first" / "champion.json")
    write(genome, tmp_path / "seed.json")
    assert read(tmp_path / "seed.json") == genome == first.champion
    settings = ["run.seed=5", "run.generations=1", f"population.start={tmp_path / 'seed.json'}"]
    config = neat.load(xor, settings)
    founder = neat.initialize(config, inputs=["a", "b"], outputs=["y"]).population[0]
    rows = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    assert np.array_equal(neat.compile(founder)(rows), neat.compile(first.champion)(rows))  # the champion itself
    second = neat.run(config)
    assert second.solved and second.best_fitness >= first.best_fitness  # the other founders are changed copies
    unchanged = neat.run(neat.load(xor, [*settings, "mutation.weight_rate=0"]))
    assert unchanged.solved and unchanged.best_fitness == first.best_fitness
    form = json.loads((tmp_path / "seed.json").read_text())
    assert [node["split"] for node in form["nodes"][4:]] == [list(node.split) for node in genome.nodes[4:]]
    mine, theirs = ({node.split for node in champion.nodes[4:]} for champion in (first.champion, second.champion))
    assert None not in mine | theirs  # made by splitting the same connections, under the new run's numbers


def test_100_000_connections_are_written_and_read():
    rng = np.random.default_rng(1)
    hidden = 20_000
    ends = np.unique(
        np.column_stack([rng.integers(0, hidden + 3, 100_500), rng.integers(2, hidden + 3, 100_500)]), axis=0
    )
    genome = neat.Genome(
        2, 1, [(*pair, 0.5) for pair in ends[:100_000].tolist()], [(node,) for node in range(3, hidden + 3)]
    )
    assert decode(encode(genome, "node-link", disabled=True).decode())[0] == genome
    assert encode(genome, "dot").count(b" -> ") == 100_000
    assert trimmed(genome, pruned=True).hidden > 10_000
