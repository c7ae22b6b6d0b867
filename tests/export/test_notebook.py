"""Genomes and results show themselves in a notebook."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import neat

CONFIGS = Path(__file__).parent.parent.parent / "configs"


def test_a_genome_and_a_result_draw_themselves():
    result = neat.run(neat.load(CONFIGS / "xor.ini", ["run.seed=1", "run.generations=2"]))
    svg = result.champion._repr_svg_()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    html = result._repr_html_()
    assert html.endswith(svg) and "<tr><th>seed</th><td>1</td></tr>" in html
    ElementTree.fromstring(f"<div>{html}</div>")


def test_a_name_is_not_taken_for_html():
    champion = neat.Genome(["<script>alert(1)</script>"], ["&amp;"], [(0, 1, 1.0)])
    result = dataclasses.replace(neat.run(neat.load(CONFIGS / "xor.ini", ["run.generations=1"])), champion=champion)
    result = dataclasses.replace(result, folder=Path("<b>&"))
    assert "<td>&lt;b&gt;&amp;</td>" in result._repr_html_()
    assert "<script>" not in result._repr_html_()
    ElementTree.fromstring(f"<div>{result._repr_html_()}</div>")


def test_a_population_draws_without_pyplot_or_an_import_by_hand():
    code = (
        "import neat, sys; genome = neat.Genome(1, 1, [(0, 1, 1.0)]); assert 'matplotlib' not in sys.modules\n"
        "assert genome._repr_svg_().startswith('<svg'); assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert neat.export.to_networkx(genome).number_of_edges() == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
