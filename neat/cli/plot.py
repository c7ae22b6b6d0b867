"""`neat plot`: the history of a run as a picture."""

from __future__ import annotations

from pathlib import Path

from neat.cli.terminal import say
from neat.core.errors import NeatError
from neat.export.figures import PICTURES
from neat.export.formats import save
from neat.report.plots import picture_of
from neat.store.folder import find_run
from neat.store.history import History


def plot_history(run: str, to: str, what: str | None) -> None:
    """Write the plots of a run to a picture, and print its path."""
    format = Path(to).suffix.lower()[1:]
    if format not in PICTURES:
        suffixes = ", ".join(f".{name}" for name in PICTURES)
        raise NeatError(f"{to}: a plot can only be saved as a picture (one of {suffixes})")
    with History(find_run(run)) as history:
        save(Path(to), picture_of(history, format, what))
    say(to)
