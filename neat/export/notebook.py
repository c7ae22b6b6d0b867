"""Genomes and results as they appear in a notebook."""

from __future__ import annotations

from html import escape

from neat.export.drawing import picture
from neat.genetics.genome import Genome
from neat.runs.run import Result


def genome_svg(genome: Genome) -> str:
    """Return a genome's drawing, disabled connections too, as an SVG element."""
    text = picture(genome, "svg", disabled=True).decode()
    return text[text.index("<svg") :]


def result_html(result: Result) -> str:
    """Return what a run came to as HTML: a small table, and its champion's drawing."""
    rows = {
        "solved": "yes" if result.solved else "no",
        "best fitness": f"{result.best_fitness:.6g}",
        "generations": f"{result.generations:,}",
        "evaluations": f"{result.evaluations:,}",
        "seed": str(result.seed),
        "folder": "" if result.folder is None else str(result.folder),
        "champion": repr(result.champion),
    }
    cells = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows.items() if value)
    return f"<table>{cells}</table>{genome_svg(result.champion)}"
