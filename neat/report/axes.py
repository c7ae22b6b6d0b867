"""What the axes of all plots have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neat.config.arguments import instance
from neat.export.figures import check_axes
from neat.export.fonts import drawable
from neat.export.palette import QUIET
from neat.store.history import OPEN_RUN, History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGEST = 1e300  # matplotlib cannot draw the ticks of an axis for fitness beyond it
_LONGEST_NAME = 80  # characters of a folder's name that fit
_BELOW = 4.4  # distance of the legend from the plot, in heights of its letters: space for the labels of the axis


def prepared(history: object, axes: Axes | None, label: str) -> tuple[History, Axes]:
    """Return the two arguments of a plot, checked; new axes if none are given, with this label on the left.

    Raises:
        NeatError: `history` is not an open run, or `axes` are something else than axes.
    """
    run = instance("history", history, History, OPEN_RUN)
    check_axes(axes)
    return run, new_panel(axes, "generation", label)


def new_panel(axes: Axes | None, below: str, left: str) -> Axes:
    """Return axes with these labels; new ones if none are given."""
    if axes is None:
        from neat.export.canvas import new_axes

        axes = new_axes(7.0, 4.2, layout="constrained")
    axes.set_xlabel(below)
    axes.set_ylabel(left)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def short_name(folder: Path, longest: int = _LONGEST_NAME) -> str:
    """Return the name of a folder as it can be drawn, shortened if it is long."""
    name = drawable(folder.resolve().name)
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


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
