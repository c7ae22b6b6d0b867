"""Genomes, results and tables of runs as they appear in a notebook."""

from __future__ import annotations

from html import escape

from neat.core.errors import NeatError
from neat.export.drawing import picture
from neat.export.figures import import_matplotlib
from neat.genetics.genome import Genome
from neat.runs.result import Result
from neat.studies.table import Table

_MOST_ROWS = 50  # of a table, so that it does not fill the page
_COLUMNS = ("seed", "solved", "generations", "evaluations", "hidden", "connections", "best_fitness", "error")


def genome_svg(genome: Genome) -> str:
    """Return the drawing of a genome, with disabled connections, as an SVG element.

    Raises:
        NotImplementedError: matplotlib is not installed; a notebook then displays the genome as text.
    """
    try:
        import_matplotlib()
    except NeatError as error:
        raise NotImplementedError(str(error)) from None
    text = picture(genome, "svg", disabled=True).decode()
    return text[text.index("<svg") :]


def result_html(result: Result) -> str:
    """Return the result of a run as HTML: a small table, and the drawing of its champion."""
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
    try:
        drawing = genome_svg(result.champion)
    except NotImplementedError as error:
        drawing = f"<p>{escape(str(error))}</p>"
    return f"<table>{cells}</table>{drawing}"


def table_html(table: Table) -> str:
    """Return the runs of a table as HTML, one row per run, and the number of runs not shown."""
    head = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in _COLUMNS)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(getattr(row, name)))}</td>' for name in _COLUMNS)}</tr>"
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
