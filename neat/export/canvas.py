"""Figures and axes that a notebook displays as pictures, although they are not registered with pyplot.

This module imports matplotlib, so others import it in the functions that draw.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neat.export.figures import saved
from neat.export.palette import PAPER


class NotebookFigure(Figure):
    """A figure that a notebook displays as a picture, with or without `%matplotlib inline`."""

    def _repr_png_(self) -> bytes:
        return saved(self, "png")


class NotebookAxes(Axes):
    """Axes that a notebook displays as the picture of their whole figure."""

    def _repr_png_(self) -> bytes:
        return saved(self.figure, "png")


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """Return an empty figure of this size in inches, with a white background so that it is readable on dark pages."""
    figure = NotebookFigure(figsize=(width, height), facecolor=PAPER, **options)
    FigureCanvasAgg(figure)
    return figure


def new_axes(width: float, height: float, *, whole: bool = False, **options: Any) -> Axes:
    """Return axes of a new figure of this size in inches; if `whole`, they fill it to its edges."""
    figure = new_figure(width, height, **options)
    if whole:
        return figure.add_axes((0.0, 0.0, 1.0, 1.0), axes_class=NotebookAxes)
    return figure.add_subplot(axes_class=NotebookAxes)
