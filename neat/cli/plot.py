"""`neat plot`: the history of a run, or of a table of many runs, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neat.cli.sources import run_or_table
from neat.cli.terminal import say
from neat.core.errors import NeatError
from neat.export.figures import PICTURES
from neat.export.formats import save
from neat.report.plots import picture_of
from neat.report.table_plots import MOST_TABLES, picture_of_table
from neat.store.folder import is_run
from neat.store.history import History
from neat.studies.table import Table


def plot_history(names: Sequence[str], to: str, what: str | None) -> None:
    """Write the plots of a run, or of one or several tables of runs, to a picture, and print its path."""
    format = Path(to).suffix.lower()[1:]
    if format not in PICTURES:
        suffixes = ", ".join(f".{name}" for name in PICTURES)
        raise NeatError(f"{to}: a plot can only be saved as a picture (one of {suffixes})")
    paths = [run_or_table(name) for name in names]
    single = [is_run(path) for path in paths]
    if single == [True]:
        with History(paths[0]) as history:
            picture = picture_of(history, format, what)
    elif any(single):
        raise NeatError(f"{', '.join(names)}: a single run can only be plotted alone; tables of many runs, together")
    elif len(paths) > MOST_TABLES:
        raise NeatError(f"{', '.join(names)}: at most {MOST_TABLES} tables can be plotted together")
    else:
        picture = picture_of_table([Table.read(path) for path in paths], format, what)
    save(Path(to), picture)
    say(to)
