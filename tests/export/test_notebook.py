"""A notebook displays genomes, results, plots, drawings, runs and tables."""

from __future__ import annotations

import base64
import dataclasses
import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import nbclient
import nbformat
import numpy as np
import pytest

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


def test_runs_tables_and_states_say_what_they_are(tmp_path: Path):
    config = neat.load(CONFIGS / "xor.ini", ["run.seed=1", "run.generations=2", "run.stop_fitness=none"])
    result = neat.run(config, out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        folder = str(tmp_path / "run")
        assert repr(history) == (
            f"History({folder!r}): 2 generations, best fitness {result.best_fitness:.6g}, finished"
        )
    assert repr(history) == f"History({folder!r})"
    state = neat.initialize(config)
    assert repr(state) == "State of generation 1, not yet evaluated: 150 genomes, 1 species"
    table = neat.run_seeds(config, range(3), jobs=1)
    assert repr(table) == "Table: 3 runs, 0 solved"
    html = table._repr_html_()
    assert ElementTree.fromstring(f"<div>{html}</div>").find("table") is not None
    assert html.count("<tr>") == 4 and html.endswith("<p>Table: 3 runs, 0 solved</p>")
    failed = dataclasses.replace(table.rows[0], error="<b>", best_fitness=None)
    many = neat.Table.of([dataclasses.replace(failed, seed=seed) for seed in range(60)])
    assert repr(many) == "Table: 60 runs, 0 solved, 60 failed"
    html = many._repr_html_()
    assert html.count("<tr>") == 51 and "&lt;b&gt;" in html and "; 10 not shown</p>" in html


CELLS = {
    "import neat, matplotlib.pyplot as plt": [],
    "result = neat.run(neat.load(FILE, ['run.seed=1', 'run.generations=2']), out='run')": [],
    "result": ["text/html"],
    "result.champion": ["image/svg+xml"],
    "history = neat.History('run'); history": [],
    "neat.report.plot_fitness(history)": ["image/png"],
    "neat.report.plot_run(history)": ["image/png"],
    "neat.export.draw(result.champion)": ["image/png"],
    "%matplotlib inline": [],
    "neat.report.plot_species(history)": ["image/png"],
    "neat.export.draw(result.champion) ": ["image/png"],
    "figure, axes = plt.subplots(); _ = neat.report.plot_sizes(history, axes)": ["image/png"],  # pyplot's own
}


@pytest.mark.slow  # starts a Jupyter kernel, which is another process
def test_a_real_notebook_shows_every_picture_once(tmp_path: Path):
    cells = [nbformat.v4.new_code_cell(source.replace("FILE", repr(str(CONFIGS / "xor.ini")))) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    for cell, expected in zip(notebook.cells, CELLS.values(), strict=True):
        shown = [kind for output in cell.outputs for kind in output.get("data", {}) if kind != "text/plain"]
        assert shown == expected, cell.source
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                image = matplotlib.image.imread(io.BytesIO(base64.b64decode(output.data["image/png"])))
                assert min(image.shape[:2]) > 100 and len(np.unique(image)) > 20  # a picture, with something in it
