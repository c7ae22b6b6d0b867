"""A run as plots: fitness, species, sizes, and the ancestry of its champion; each function returns matplotlib axes."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import describe_argument, instance
from neat.core.errors import NeatError, did_you_mean
from neat.core.text import counted
from neat.export.figures import check_format, import_matplotlib, plain_settings, saved
from neat.export.fonts import families
from neat.export.palette import INK, NEGATIVE, POSITIVE
from neat.report.ancestry import plot_ancestry
from neat.report.axes import LARGEST, add_legend, limit_generations, prepared, short_name, show_empty, show_note
from neat.store.history import OPEN_RUN, History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_STEPS = 1_000  # generations drawn one by one; of more, every n-th
_LABELLED = 0.08  # species with at least this share of the population are labelled
_MOST_SPECIES = 60  # the others are one grey area
_GOLDEN = 0.618033988749895  # gives neighbours in number very different hues

Values = NDArray[np.float64]


def plot_fitness(history: History, axes: Axes | None = None) -> Axes:
    """Plot the best and the mean fitness of each generation, and the range of the species' means.

    Args:
        history: an open run.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    history, axes = prepared(history, axes, "fitness")
    rows = list(history.generations())
    if not rows:
        return show_empty(axes)
    at = [row.generation for row in rows]
    values = np.array([[row.best, row.mean] for row in rows]).T
    best, mean, low, high = finite = np.vstack([values, _species_means(history, len(rows))])
    beyond = ~(np.abs(finite) <= LARGEST)
    if beyond.any():
        finite[beyond] = np.nan
        show_note(axes, f"not shown: what lies beyond {LARGEST:g}")
    wide = (at, low, high) if len(rows) > 1 else ([0.98, 1.02], [*low, *low], [*high, *high])  # an area needs a width
    axes.fill_between(*wide, color="#dddddd", linewidth=0, label="range of species means")
    marker = "o" if len(rows) == 1 else None
    axes.plot(at, mean, color=NEGATIVE, marker=marker, label="mean")
    axes.plot(at, best, color=POSITIVE, marker=marker, label="best")
    solved = next((row.generation for row in rows if row.solved), None)
    if solved is not None:
        axes.axvline(solved, color=INK, linestyle=":", linewidth=1.2, label=f"solved in generation {solved}")
    return add_legend(limit_generations(axes, len(rows)))


def plot_species(history: History, axes: Axes | None = None) -> Axes:
    """Plot the sizes of all species, stacked; large species are labelled with their ids.

    Args:
        history: an open run.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    history, axes = prepared(history, axes, "genomes per species")
    count = history.last or 0
    if not count:
        return show_empty(axes)
    step = -(-count // _MOST_STEPS)
    at = np.arange(1, count + 1, step)
    total, ids, sizes, others = _species_sizes(history, step, len(at))
    if count == 1:  # an area needs a width
        at, sizes, others = np.array([0.6, 1.0, 1.4]), np.repeat(sizes, 3, axis=1), np.repeat(others, 3)
    edge = 0.4 * min(1.0, 60 / count)  # thinner where it would hide narrow areas
    colours = [*(_colour(identity) for identity in ids), "#e4e4e4"]
    axes.stackplot(at, *sizes, others, colors=colours, edgecolor="white", linewidth=edge)
    _label_species(axes, at, sizes, ids)
    grey = f"; grey: all but the {len(ids)} largest" if len(ids) < total else ""
    show_note(axes, f"{total:,} species in all{grey}" + (f"; one generation in {step}" if step > 1 else ""))
    axes.set_ylim(0, (sizes.sum(axis=0) + others).max())
    return limit_generations(axes, count)


def plot_sizes(history: History, axes: Axes | None = None) -> Axes:
    """Plot the mean numbers of connections (with disabled ones) and hidden nodes, and those of the champion.

    Args:
        history: an open run.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    history, axes = prepared(history, axes, "connections and hidden nodes")
    rows = list(history.generations())
    if not rows:
        return show_empty(axes)
    at = [row.generation for row in rows]
    champions = [(row.generation, history.champion(row.generation).genome) for row in history.champions()]
    since = [generation for generation, _ in champions] + [rows[-1].generation]
    marker = "o" if len(rows) == 1 else None
    for what, colour, mean, own in (
        ("connections", POSITIVE, [row.connections for row in rows], [len(g.column("weight")) for _, g in champions]),
        ("hidden nodes", NEGATIVE, [row.hidden for row in rows], [g.hidden for _, g in champions]),
    ):
        axes.plot(at, mean, color=colour, marker=marker, label=f"{what}, mean")
        if own:
            line: dict[str, Any] = {"color": colour, "linestyle": "--", "linewidth": 1.2, "label": f"{what}, champion"}
            last: dict[str, Any] = {"marker": "D", "markersize": 4, "markevery": [-1]}  # often the only visible point
            axes.step(since, [*own, own[-1]], where="post", clip_on=False, **line, **last)
    axes.set_ylim(bottom=0)
    return add_legend(limit_generations(axes, len(rows)), 2)


PANELS = {
    "fitness": plot_fitness,
    "species": plot_species,
    "sizes": plot_sizes,
    "ancestry": plot_ancestry,
}


def plot_run(history: History) -> Figure:
    """Return a figure with all four plots of a run.

    Raises:
        NeatError: the argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    instance("history", history, History, OPEN_RUN)
    import_matplotlib()
    from neat.export.canvas import new_figure

    figure = new_figure(12.0, 8.0, layout="constrained")
    for axes, plot in zip(figure.subplots(2, 2).flat, PANELS.values(), strict=True):
        plot(history, axes)
    title = _title(history)
    figure.suptitle(title.replace("$", r"\$"), fontfamily=families(title), fontsize=11, color=INK)
    return figure


def picture_of(history: History, format: str, what: str | None = None) -> bytes:
    """Return one of the `PANELS`, by default all of them, as the bytes of a `svg`, `png` or `pdf` file.

    Raises:
        NeatError: an argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    check_format(format)
    if what is not None and (not isinstance(what, str) or what not in PANELS):
        given = describe_argument(what)
        raise NeatError(f"unknown plot {given} (one of {', '.join(PANELS)}{did_you_mean(given, PANELS)})")
    with plain_settings():
        return saved(plot_run(history) if what is None else PANELS[what](history).figure, format)


def _title(history: History) -> str:
    length = "no generation" if history.last is None else counted(history.last, "generation")
    champions = list(history.champions())
    best = f", best fitness {champions[-1].fitness:.6g}" if champions else ""
    solved = ", solved" if any(row.solved for row in champions) else ""
    return f"{short_name(history.folder)}: {length}{best}{solved}"


def _species_means(history: History, count: int) -> Values:
    """Return the lowest and the highest mean fitness of a species in each generation: float64 (2, generations)."""
    means = np.full((2, count), np.nan)
    for row in history.species():
        low, high = means[:, row.generation - 1]
        means[:, row.generation - 1] = np.fmin(low, row.mean), np.fmax(high, row.mean)
    return means


def _species_sizes(history: History, step: int, columns: int) -> tuple[int, list[int], Values, Values]:
    """Return the number of species, the ids of the largest, and their sizes: float64 (S, columns); the others' sum."""
    total: dict[int, int] = {}
    for row in history.species():
        total[row.id] = total.get(row.id, 0) + row.size
    ids = sorted(sorted(total, key=lambda identity: (-total[identity], identity))[:_MOST_SPECIES])
    line = {identity: index for index, identity in enumerate(ids)}
    sizes = np.zeros((len(ids) + 1, columns))
    for row in history.species():
        column, rest = divmod(row.generation - 1, step)
        if not rest:
            sizes[line.get(row.id, -1), column] += row.size
    return len(total), ids, sizes[:-1], sizes[-1]


def _colour(identity: int) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colorsys.hls_to_rgb(identity * _GOLDEN % 1.0, (0.55, 0.68, 0.8)[identity % 3], 0.45))


def _label_species(axes: Axes, at: NDArray[Any], sizes: Values, ids: list[int]) -> None:
    """Write the id of a species into it where it is large for some time, the largest first, without overlaps."""
    if len(at) == 2:  # both are at a side
        at, sizes = np.array([at[0], at.mean(), at[1]]), np.insert(sizes, 1, sizes.mean(axis=1), axis=1)
    tops = np.cumsum(sizes, axis=0)
    total, count = tops[-1].max(), len(at)
    window = max(count // 25, min(count, 3))
    edge = -(-count // 33) - window // 2  # so far from the sides that no label is cut
    taken: list[tuple[float, float]] = []
    for line in np.argsort(-sizes.sum(axis=1), kind="stable").tolist():
        lasting = np.lib.stride_tricks.sliding_window_view(sizes[line], window).min(axis=1)
        if edge > 0:
            lasting[:edge] = lasting[-edge:] = 0.0
        first = int(np.argmax(lasting))
        if lasting[first] < _LABELLED * total:
            continue
        index = first + window // 2
        x, y = float(at[index]), float(tops[line, index] - sizes[line, index] / 2)
        if all(abs(x - other[0]) > 0.04 * (at[-1] - at[0]) or abs(y - other[1]) > 0.05 * total for other in taken):
            taken.append((x, y))
            axes.text(x, y, str(ids[line]), ha="center", va="center", fontsize=7, color=INK, clip_on=True)
