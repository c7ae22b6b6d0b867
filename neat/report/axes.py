"""What the axes of all plots of a run have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neat.config.arguments import instance
from neat.export.figures import check_axes
from neat.export.palette import QUIET
from neat.store.history import OPEN_RUN, History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BELOW = 4.4  # heights of the legend's letters, in which the numbers and the name of the axis below have room


def opened(history: object) -> History:
    """Return an argument that must be an open run.

    Raises:
        NeatError: it is something else, such as a result.
    """
    return instance("history", history, History, OPEN_RUN)


def prepared(axes: Axes | None, what: str) -> Axes:
    """Return axes with quiet lines around and this name on their left; new ones, where none are given."""
    check_axes(axes)
    if axes is None:
        from neat.export.canvas import new_axes

        axes = new_axes(7.0, 4.2, layout="constrained")
    axes.set_xlabel("generation")
    axes.set_ylabel(what)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def empty(axes: Axes, said: str = "no generation yet") -> Axes:
    """Return axes that say what is missing."""
    axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color=QUIET)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def keyed(axes: Axes, columns: int = 4, **options: Any) -> Axes:
    """Return axes with the key to their lines below them, where it hides none of them."""
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": _BELOW}
    axes.legend(frameon=False, fontsize=8, ncols=columns, **place, **options)
    return axes


def limited(axes: Axes, count: int) -> Axes:
    """Return axes on which so many generations just fit."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim((0.5, 1.5) if count == 1 else (1, count))
    if count == 1:
        axes.set_xticks([1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return axes
