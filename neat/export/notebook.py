"""Genomes, results and tables of runs as they appear in a notebook."""

from __future__ import annotations

from html import escape

from neat.export.drawing import picture
from neat.genetics.genome import Genome
from neat.runs.result import Result
from neat.studies.table import Table

_MOST_ROWS = 50  # of a table, so that it does not fill the page
_SHOWN = ("seed", "solved", "generations", "evaluations", "hidden", "connections", "best_fitness", "error")


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


def table_html(table: Table) -> str:
    """Return the runs of a table as HTML, one row per run, and the number of runs not shown."""
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in _SHOWN)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(getattr(row, name)))}</td>' for name in _SHOWN)}</tr>"
        for row in table.rows[:_MOST_ROWS]
    )
    left = len(table.rows) - _MOST_ROWS
    more = f"; {left:,} not shown" if left > 0 else ""
    return f"<table><tr>{head}</tr>{rows}</table><p>{escape(repr(table))}{more}</p>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
