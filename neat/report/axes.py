"""What the axes of all plots of a run have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neat.config.arguments import instance
from neat.export.figures import check_axes
from neat.export.palette import QUIET
from neat.store.history import OPEN_RUN, History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BELOW = 4.4  # distance of the legend from the plot, in heights of its letters: space for the labels of the axis


def prepared(history: object, axes: Axes | None, label: str) -> tuple[History, Axes]:
    """Return the two arguments of a plot, checked; new axes if none are given, with this label on the left.

    Raises:
        NeatError: `history` is not an open run, or `axes` are something else than axes.
    """
    run = instance("history", history, History, OPEN_RUN)
    check_axes(axes)
    if axes is None:
        from neat.export.canvas import new_axes

        axes = new_axes(7.0, 4.2, layout="constrained")
    axes.set_xlabel("generation")
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    return run, axes


def show_note(axes: Axes, text: str) -> None:
    """Write a note above the plot, on the left."""
    axes.set_title(text, fontsize=9, color=QUIET, loc="left")


def show_empty(axes: Axes, text: str = "no generation yet") -> Axes:
    """Write on axes why they are empty, and return them."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=QUIET)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def add_legend(axes: Axes, columns: int = 4, **options: Any) -> Axes:
    """Add a legend below axes, where it hides nothing, and return them."""
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": _BELOW}
    axes.legend(frameon=False, fontsize=8, ncols=columns, **place, **options)
    return axes


def limit_generations(axes: Axes, count: int) -> Axes:
    """Limit axes to so many generations, and return them."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim((0.5, 1.5) if count == 1 else (1, count))
    if count == 1:
        axes.set_xticks([1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return axes
