"""Figures of matplotlib, and how they are saved: the same figure always gives the same bytes."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from neat.config.arguments import argument_error, instance
from neat.core.optional import import_optional
from neat.export.palette import PAPER

PICTURES = ("svg", "png", "pdf")
_LONGEST_SIDE, _DOTS_PER_INCH = 10_000, 144  # of a PNG, in pixels
_KEPT_SETTINGS = {"backend", "backend_fallback", "interactive", "toolbar", "timezone"}


def import_matplotlib() -> None:
    """Import matplotlib, even if MPLBACKEND is not a valid backend: the figures made here need none.

    Raises:
        NeatError: it is not installed.
    """
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        matplotlib = import_optional("matplotlib", "plots")
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend  # as matplotlib itself does when it is imported


def check_format(format: object) -> None:
    """Check the name of a picture's format; raise NeatError if there is no such format."""
    if not isinstance(format, str) or format not in PICTURES:
        raise argument_error("format", format, f"one of {', '.join(PICTURES)}")


def check_axes(axes: object) -> None:
    """Check an argument that must be axes or None; raise NeatError if it is something else."""
    import_matplotlib()
    from matplotlib.axes import Axes

    if axes is not None:
        instance("axes", axes, Axes, "axes of matplotlib, or None for new ones")


def saved(figure: Any, format: str) -> bytes:
    """Return a figure as the bytes of an `svg`, `png` or `pdf` file, without dates."""
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(format, {})
    dots = min(_DOTS_PER_INCH, _LONGEST_SIDE / max(figure.get_size_inches()))
    data = io.BytesIO()
    with plain_settings():
        figure.savefig(data, format=format, metadata=metadata, dpi=dots, facecolor=PAPER)
    return data.getvalue()


@contextmanager
def plain_settings() -> Iterator[None]:
    """Use matplotlib's own defaults instead of the user's, so that the same figure gives the same file."""
    import_matplotlib()
    import matplotlib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", matplotlib.MatplotlibDeprecationWarning)
        plain = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in _KEPT_SETTINGS}
        with matplotlib.rc_context({**plain, "svg.hashsalt": "neat"}):
            yield
