"""Genome files from strangers: a genome or one clear sentence, in bounded time and memory, and nothing is ever run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from corruption import corrupted, scratch, watched

import neat
from neat.genetics.genome import read_genome
from neat.genetics.genome_json import LARGEST_FILE
from neat.genetics.initialization import adopt
from neat.genetics.innovation import Innovations

TEXT = neat.Genome(
    ["a", "b"],
    ["y"],
    [(0, 3, 0.5), (1, 3, -1.25, False), (3, 4, 1.0), (4, 3, 0.1)],
    [(4, 0.25, 2.0, "tanh", "mean", (1, 0)), neat.Node(3, activation="sigmoid")],
    bias_node=True,
    key=12,
    parents=[3, 4],
).to_json(fitness=1.5, needs={"low": [-1.0, 0.0], "high": [1.0, 2.0]})


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


def test_ten_thousand_corruptions_are_refused_or_are_genomes(folder: Path) -> None:
    file = folder / "genome.json"
    file.write_text(TEXT)
    neat.compile(read_genome(file)[0])([0.0, 0.0])
    good = grown = 0
    for broken in corrupted(TEXT.encode(), 10_000):
        file.write_bytes(broken)
        told = None
        with watched() as forbidden:
            try:
                genome, _ = read_genome(file)
            except neat.NeatError as error:
                told = str(error)
        assert not forbidden
        if told is not None:
            assert told.startswith(f"{file}: ") and len(told) < 1_000 and "\n" not in told
            continue
        good += 1
        assert neat.Genome.from_json(genome.to_json()) == genome
        adopt(genome, genome.layout, Innovations.empty(genome.layout.given))
        if good % 10 == 0 and (genome.inputs, genome.outputs) == (("a", "b"), ("y",)):
            grown += evolved(file, bias_node=genome.layout.bias_node)
    assert grown > 10
    assert 100 < good < 5_000


def evolved(file: Path, *, bias_node: bool) -> bool:
    """Evolve a few genomes from the one in a file, so that kernels compute with its values."""
    config = neat.Config(
        run={"seed": 1, "generations": 4, "stop_fitness": "none", "threads": 1},
        population={"size": 5, "start": str(file)},
        genome={"bias": "node" if bias_node else "none", "acyclic": True},
        mutation={"add_node": 0.5, "add_connection": 0.5, "delete_node": 0.2},
        crossover={"excess": "both"},
    )
    problem = neat.Dataset([[0, 0], [0, 1]], [0, 1], input_names=["a", "b"], target_names=["y"])
    return neat.run(config, problem).generations == 4


def form(**changes: object) -> str:
    return json.dumps({**json.loads(TEXT), **changes})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": "neat-genome", "format": "neat-genome"}', "member 'format' occurs twice"),
        (TEXT.replace('"key": 12', '"key": 12, "key": 13'), "member 'key' occurs twice"),
        (TEXT.replace("0.5", "NaN"), "NaN is not a JSON number"),
        (TEXT.replace("0.5", "-Infinity"), "-Infinity is not a JSON number"),
        (TEXT.replace("0.5", "1e999"), "weight of connection 0 is inf; it must lie within"),
        (TEXT.replace("0.5", "9" * 5_000), "not valid JSON"),
        (TEXT.replace("0.5", "9" * 4_000), "weight of connection 0 is <integer of 13288 bits>"),
        (TEXT.replace("12", "9223372036854775808"), "the key is 9223372036854775808; it must be a whole number"),
        (form(key=True), 'no member "key" that is a whole number'),
        (form(version=True), "format version True"),
        (form(max_steps=1_000_001), "max_steps is 1000001; it must be a whole number from 0 to 1000000"),
        (form(parents=[1, 2, 3]), "at most two parents, not 3"),
        (form(parents=[[[]]]), "the key of a parent is"),
        (form(inputs=["a", "a\x1b[2J"]), "has a line end or a control character"),
        (form(inputs=["\ud800"]), "has a line end or a control character"),
        (form(inputs=[]), "are a count or a list of names"),
        (form(nodes=[{"id": 4, "activation": ["tanh"]}]), "the activation of node 4 is .*; it must be a name"),
        (form(nodes=[{"id": 4, "aggregation": "x" * 10**6}]), "is not an aggregation"),
        (form(nodes=[{"id": 4, "split": [1]}]), "must be a pair"),
        (form(nodes=[{"id": 2**31}]), "the id of node 0 is 2147483648"),
        (form(nodes=[[4]]), "a node of this genome is .*; it must be an object"),
        (form(connections=[{"source": 0, "target": 3, "weight": 1.0, "code": "x" * 10**6}]), "has members"),
        (form(connections=[{"source": 0, "target": 3, "weight": "__import__('os')"}]), "must be a number"),
        ('{"format": ' * 10_000, "not valid JSON"),
        ("[" * 10**6, "not valid JSON"),
    ],
)
def test_what_is_wrong_is_reported_in_a_short_sentence(text: str, said: str) -> None:
    with pytest.raises(neat.NeatError, match=said) as caught:
        neat.Genome.from_json(text)
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def test_what_is_no_file_of_a_genome(tmp_path: Path) -> None:
    pipe, large, latin = tmp_path / "pipe.json", tmp_path / "large.json", tmp_path / "latin.json"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    latin.write_bytes(TEXT.replace("a", "é").encode("latin-1"))
    for path, said in (
        (pipe, "it is a pipe, not a plain file"), (tmp_path, "it is a folder, not a plain file"),
        (tmp_path / "none.json", "No such file"), (Path("/dev/zero"), "it is a device, not a plain file"),
        (large, "is larger than 64 MiB"), (latin, "is not UTF-8 text"),
        (Path("a\0b"), "no such file"),
    ):  # fmt: skip
        with pytest.raises(neat.NeatError, match=said):
            read_genome(path)


# What costs a careless reader minutes, or gigabytes: as large as a file may be, or nearly so.
HUGE = """
import sys
from corruption import limits
import neat
from neat.genetics.initialization import adopt
from neat.genetics.innovation import Innovations
from neat.genetics.genome_json import LARGEST_FILE

neat.compile(neat.Genome(2, 1, [(0, 2, 1.0)]))([0.0, 0.0])
HEAD = ('{"format": "neat-genome", "version": 1, "bias_node": false, "max_steps": 0, "memory": false, "key": 0, '
        '"outputs": ["y"], ')

def full(item, head="[", tail="]"):
    return head + ",".join([item] * ((LARGEST_FILE >> 3) // len(item))) + tail

def texts():
    yield "[" * LARGEST_FILE
    yield '{"a":' * (LARGEST_FILE // 5)
    yield full("[]")
    yield full("{}")
    yield full("0.1")
    yield HEAD + '"inputs": ' + full('"a"') + ', "nodes": [], "connections": []}'
    yield HEAD + '"inputs": [' + ",".join(f'"{n}"' for n in range(500_000)) + '], "nodes": [], "connections": []}'
    yield HEAD + '"inputs": ["a"], "nodes": ' + full("0") + ', "connections": []}'
    yield HEAD + '"inputs": ["a"], "nodes": [], "connections": ' + full('{"source":0,"target":1,"weight":1}') + "}"
    yield "{" + ",".join(f'"{n}":0' for n in range(1_000_000)) + "}"
    yield '{"a": ' + "9" * 4_000_000 + "}"

def split_chain(count, backwards):
    # Every node splits a connection of the one before it: read backwards, none is ready until the last is.
    ids = [2 + (count - 1 - n if backwards else n) for n in range(count)]
    ends = [0, *ids]
    links = [(ends[n], ends[n + 1], 1.0, True, n) for n in range(count)]
    links += [(ends[n], 1, 1.0, True, count + n) for n in range(count)]
    nodes = [(ids[n], 0.0, 1.0, "tanh", "sum", (count + n, 0)) for n in range(count)]
    return neat.Genome(1, 1, links, nodes)

limits(megabytes=3_000, seconds=300)
for text in texts():
    try:
        neat.Genome.from_json(text)
    except neat.NeatError as error:
        assert len(str(error)) < 500, len(str(error))
    else:
        raise SystemExit("a genome?")
for backwards in (False, True):
    genome = split_chain(20_000, backwards)
    adopted, innovations = adopt(genome, genome.layout, Innovations.empty(2))
    assert adopted.hidden == 20_000 and innovations.nodes == 20_000
print("done")
"""


def test_huge_files_cost_time_and_memory_in_proportion() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, env=environment)
    assert done.stdout == "done\n", done.stderr[-2_000:]
