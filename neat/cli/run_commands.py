"""The commands that read, explain and remove runs: what each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neat.cli.arguments import whole

RunName = Annotated[str, typer.Argument(metavar="RUN", help="A folder, a name under runs/, or latest.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Trust = Annotated[bool, typer.Option("--trust", help="Import the modules that the run's file names: I trust it.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module to the application."""
    for name, command in (
        ("list", list_), ("stats", stats), ("lineage", lineage), ("explain", explain), ("remove", remove),
    ):  # fmt: skip
        app.command(name)(command)


def list_(
    folder: Annotated[Path, typer.Argument(parser=Path, metavar="FOLDER", help="Where the runs are.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the runs with their status.

    The status is running, solved, stopped, interrupted, failed or corrupt.
    """
    from neat.cli.reading import tell_runs

    tell_runs(folder, as_json)


def stats(
    run: RunName = "latest",
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write all generations as CSV; - is the terminal.")
    ] = None,
    species: Annotated[bool, typer.Option("--species", help="With --csv: the species of every generation.")] = False,
) -> None:
    """Show a run's generations in numbers, or write them as CSV."""
    from neat.cli.reading import tell_stats

    tell_stats(run, csv, species)


def lineage(
    run: RunName = "latest",
    genome: Annotated[
        int | None,
        typer.Option(
            parser=whole("--genome", 0, 12), metavar="KEY", help="Another genome than the champion.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where a run's champion comes from: its ancestors."""
    from neat.cli.reading import tell_lineage

    tell_lineage(run, genome, as_json)


def explain(
    run: RunName,
    generation: Annotated[
        int,
        typer.Argument(parser=whole("GENERATION", 1, 10), metavar="GENERATION", help="Its number, from 1."),
    ],
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Explain why each species of a generation grew, shrank or died."""
    from neat.cli.reading import tell_explanation

    tell_explanation(run, generation, trust, as_json)


def remove(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A folder, a name under runs/, or latest.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a run or a table of many: delete its own files."""
    from neat.cli.reading import remove as remove_it

    remove_it(run, yes)
