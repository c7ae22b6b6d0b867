"""Figures of matplotlib that pyplot knows nothing of, and their files, the same bytes whenever they are made."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from neat.export.palette import PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST_SIDE, _DOTS_PER_INCH = 10_000, 144  # of a PNG, in pixels


def import_matplotlib() -> None:
    """Import matplotlib, even if MPLBACKEND names no backend: figures made here need none."""
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend  # as matplotlib itself does when it is imported


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """Return an empty figure of this size in inches, white, so that it can be read on dark pages too."""
    import_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor=PAPER, **options)
    FigureCanvasAgg(figure)
    return figure


def saved(figure: Any, format: str) -> bytes:
    """Return a figure as the bytes of a `svg`, `png` or `pdf` file, without dates."""
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(format, {})
    dots = min(_DOTS_PER_INCH, _LONGEST_SIDE / max(figure.get_size_inches()))
    data = io.BytesIO()
    with plain_settings():
        figure.savefig(data, format=format, metadata=metadata, dpi=dots, facecolor=PAPER)
    return data.getvalue()


@contextmanager
def plain_settings() -> Iterator[None]:
    """Set matplotlib's own defaults, whatever the user's are, so that the same things give the same file."""
    import_matplotlib()
    import matplotlib

    kept = {"backend", "backend_fallback", "interactive", "toolbar", "timezone"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", matplotlib.MatplotlibDeprecationWarning)
        plain = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in kept}
        with matplotlib.rc_context({**plain, "svg.hashsalt": "neat"}):
            yield
