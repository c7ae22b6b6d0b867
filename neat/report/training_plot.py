"""The loss of a training, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neat.config.arguments import instance
from neat.export.figures import check_axes, check_format, plain_settings, saved
from neat.export.palette import INK, NEGATIVE, POSITIVE
from neat.learning.training import Training
from neat.report.axes import add_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATIO = 20.0  # between the largest and the smallest loss, from which on the axis is logarithmic
_MANY = 60  # epochs, from which on points are not marked


def plot_training(training: Training, axes: Axes | None = None) -> Axes:
    """Plot the loss of each epoch and, if there are any, that of the held-out rows.

    Args:
        training: the result of `neat.learning.train`.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, or matplotlib is not installed.
    """
    instance("training", training, Training, "the result of neat.learning.train")
    check_axes(axes)
    from matplotlib.ticker import MaxNLocator

    if axes is None:
        from neat.export.canvas import new_axes

        axes = new_axes(7.0, 4.2, layout="constrained")
    epochs = range(1, len(training.loss) + 1)
    marker = "o" if len(epochs) <= _MANY else None
    axes.plot(epochs, training.loss, color=POSITIVE, marker=marker, markersize=3, label="rows that were learned from")
    if training.held_out:
        axes.plot(epochs, training.held_out, color=NEGATIVE, marker=marker, markersize=3, label="held-out rows")
    if training.best < len(epochs):
        axes.axvline(training.best, color=INK, linestyle=":", linewidth=1.2, label=f"kept: epoch {training.best}")
    every = [*training.loss, *training.held_out]
    if min(every) > 0.0 and max(every) > _RATIO * min(every):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean loss of a row")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    return add_legend(axes)


def picture_of_training(training: Training, format: str) -> bytes:
    """Return the plot of a training as the bytes of a `svg`, `png` or `pdf` file.

    Raises:
        NeatError: an argument is wrong, or matplotlib is not installed.
    """
    check_format(format)
    with plain_settings():
        return saved(plot_training(training).figure, format)
