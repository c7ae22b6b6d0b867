"""Genomes with names that no format likes, and Graphviz as a process."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
from genomes import random_genome

from neat.export import to_networkx
from neat.genetics.genome import Genome
from neat.genetics.population import Layout, Population

NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PIECES = (
    *"aB9.-_\"'\\&<>/$#%{}[]|;,=()~^` \t",
    "\\n", "\\N", "\\", '\\"', "<b>", "</b>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&lt;", "&#10;", "&bogus;",
    "$x^2$", "\\frac", "%s", "{0}", "ä", "ß", "É", "é", "λ", "Ж", "漢字", "🦊", "\u200f", "עב", "\ufffe", "\uffff",
    "digraph", "strict", "node", "//", "/*", "*/", "NaN", "null", "None", "'''",
)  # fmt: skip
CONTROLS = ("\n", "\r", "\r\n", "\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028")


def evil_names(rng: np.random.Generator, count: int, pieces: tuple[str, ...] = PIECES) -> tuple[str, ...]:
    """Return distinct names, some of them empty, some made of what each format has a meaning for."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(pieces, size=rng.integers(0, 8)).tolist())] = None
    return tuple(found)


@cache
def evil_genomes(count: int) -> tuple[Genome, ...]:
    """Return random genomes: any structure, any function, extreme weights, evil names, splits that are known or not."""
    rng = np.random.default_rng(7)
    made = []
    for place in range(count):
        inputs, outputs = rng.integers(1, 5, 2)
        names = evil_names(rng, inputs + outputs)
        layout = Layout(
            names[:inputs], names[inputs:], bool(rng.integers(2)), int(rng.integers(0, 9)), bool(rng.integers(2))
        )
        genome = random_genome(
            rng, layout, int(rng.integers(0, 9)), density=float(rng.choice([0.0, 0.1, 0.4])), extreme=0.1, key=place
        )
        known = rng.random(genome.hidden) < 0.6
        splits = np.where(known[:, None], rng.integers(0, 2**62, (genome.hidden, 2)), -1)
        parents = np.array([[*rng.integers(0, 99, rng.integers(0, 3)), -1, -1][:2]])
        made.append(Population.from_genomes([genome]).replace(parents=parents).genome(0, splits))
    return tuple(made)


def wild(genome: Genome) -> nx.DiGraph:
    """Return its graph with names that hold line ends and control characters, too, which no genome has."""
    graph, rng = to_networkx(genome), np.random.default_rng(genome.key)
    names = evil_names(rng, genome.layout.given, PIECES + CONTROLS)
    nx.set_node_attributes(graph, dict(zip(range(genome.layout.given), names, strict=True)), "name")
    return graph


def graphviz(text: str) -> tuple[dict, ElementTree.Element]:
    """Return what Graphviz's `dot` understands of a graph, and its drawing; it must have no complaint.

    One process for each: Graphviz 2.43 dies of some hundred graphs with ranks in one.
    """
    with tempfile.TemporaryDirectory() as folder:
        understood, drawn = Path(folder, "json"), Path(folder, "svg")
        command = ["dot", "-Tdot_json", "-o", understood, "-Tsvg", "-o", drawn]
        done = subprocess.run(command, input=text.encode(), capture_output=True)
        assert done.returncode == 0 and not done.stderr, done.stderr.decode(errors="replace")[:2000]
        svg = NOT_XML.sub("\ufffd", drawn.read_bytes().decode())  # it writes what XML cannot hold
        return json.loads(understood.read_text(), strict=False), ElementTree.fromstring(svg)
