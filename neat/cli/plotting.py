"""`neat plot`: a run as a picture of its history."""

from __future__ import annotations

from pathlib import Path

from neat.cli.terminal import say
from neat.core.errors import NeatError
from neat.export.formats import save
from neat.report.plots import picture_of
from neat.store.folder import find_run
from neat.store.history import History

_PICTURES = ("svg", "png", "pdf")


def plot_history(run: str, to: str, what: str | None) -> None:
    """Write the plots of a run to a picture, and say where it is."""
    form = Path(to).suffix.lower()[1:]
    if form not in _PICTURES:
        listed = ", ".join(f".{form}" for form in _PICTURES)
        raise NeatError(f"{to}: a plot can only be saved as a picture (one of {listed})")
    with History(find_run(run)) as history:
        save(Path(to), picture_of(history, form, what))
    say(to)
