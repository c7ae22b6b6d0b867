"""Tables of runs as plots over evaluations: medians with quartiles; each function returns matplotlib axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import argument_error, describe_argument
from neat.core.errors import NeatError, did_you_mean
from neat.core.text import counted
from neat.export.figures import check_axes, check_format, import_matplotlib, plain_settings, saved
from neat.export.fonts import families
from neat.export.palette import INK, NEGATIVE, POSITIVE
from neat.report.axes import LARGEST, add_legend, new_panel, short_name, show_empty, show_note
from neat.store.folder import HISTORIES
from neat.studies.fitness_comparison import problem_differences
from neat.studies.seed_history import SeedHistory
from neat.studies.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TABLES = 4  # more bands cannot be told apart
MOST_SEEDS = 30  # runs with lines of their own
_MOST_STEPS = 600  # numbers of evaluations at which medians are computed
_COLOURS = (POSITIVE, NEGATIVE, "#009e73", "#b0558f")  # of tables; the first three by Okabe and Ito
_LEGEND = 84  # characters that fit below axes
_LONGEST_NAME, _LONGEST_TITLE = 30, 110  # characters: of one of several names, and of a line above the plots
_MOST_NAMES = 3  # of settings that fit on a line
_BAND, _ALL_FAILED = "quartiles", "the problem failed in every run"
_TABLE = "a neat.Table, as neat.run_seeds returns it or neat.Table.read(FOLDER) reads it, or a list of up to four"

Values = NDArray[np.float64]
Tables = Table | Sequence[Table]


@dataclass(frozen=True)
class _Curves:
    """The runs of a table that have a history, sampled after the same numbers of evaluations.

    Attributes:
        name, colour, width: those of the table; the first line is the widest, so that it is seen under the others.
        at: (E,) float64, the numbers of evaluations.
        histories: those of the runs whose problem did not fail.
        solved, missing, failed: the numbers of runs that were solved, that have no history, and whose problem failed.
    """

    name: str
    colour: str
    width: float
    at: Values
    histories: tuple[SeedHistory, ...]
    solved: int
    missing: int
    failed: int

    def quartiles(self, column: str) -> Values:
        """Return the quartiles of a column over the runs: (3, E) float64, nan beyond what can be drawn."""
        values = np.array([history.at(column, self.at) for history in self.histories])
        values[~(np.abs(values) <= LARGEST)] = np.nan
        return np.asarray(np.percentile(values, (25, 50, 75), axis=0))


def plot_table(table: Tables, axes: Axes | None = None) -> Axes:
    """Plot the median of the best fitness so far over evaluations, with a band between the quartiles.

    Runs that were solved keep their last value; the median ends where the first unsolved run ends. Up to 30 runs of a
    single table are thin lines, too. Runs whose problem failed are left out, and the note above the plot says so.
    Tables of different problems are not drawn together, since their fitness may not mean the same.

    Args:
        table: a table whose runs have histories, or up to four of them, which are compared.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, no run has a history, histories are corrupt, or matplotlib is not installed.
    """
    found, axes = _prepared(table, axes, "best fitness so far")
    first, *others = checked_tables(table)
    if other := sorted({name for each in others for name in problem_differences(first, each)}):
        names = ", ".join(other[:_MOST_NAMES]) + (", ..." if len(other) > _MOST_NAMES else "")
        return show_empty(axes, f"not drawn together, since the problems differ:\n{names}")
    return _draw(axes, found, "best_fitness")


def plot_table_solved(table: Tables, axes: Axes | None = None) -> Axes:
    """Plot the share of runs that were solved over evaluations; this needs no histories.

    Runs whose problem failed count as not solved.

    Args:
        table: a table, or up to four of them, which are compared.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, histories are corrupt, or matplotlib is not installed.
    """
    tables = checked_tables(table)
    check_axes(axes)
    axes = new_panel(axes, "evaluations", "share of solved runs")
    end = 1
    for each, name, colour in zip(tables, table_names(tables), _COLOURS, strict=False):
        after, last = sorted(_solved_after(each)), max(row.evaluations for row in each.rows)
        at, end = [0, *after, last], max(end, last)
        share = [100 * count / len(each.rows) for count in (*range(len(after) + 1), len(after))]
        label = f"{_drawn(name)}: " if len(tables) > 1 else ""
        label += f"{len(after)} of {len(each.rows)} solved"
        axes.step(at, share, where="post", color=colour, linewidth=1.8, clip_on=False, zorder=3, label=label)
    axes.set_ylim(0, 100)
    axes.yaxis.set_major_formatter("{x:.0f} %")
    _limit(axes, end)
    return _add_legend(axes)


def plot_table_sizes(table: Tables, axes: Axes | None = None) -> Axes:
    """Plot the medians of the mean numbers of connections (with disabled ones) and hidden nodes, with quartiles.

    Args:
        table: a table whose runs have histories, or up to four of them, which are compared.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, no run has a history, histories are corrupt, or matplotlib is not installed.
    """
    found, axes = _prepared(table, axes, "connections and hidden nodes")
    if not any(curves.histories for curves in found):
        return show_empty(axes, _ALL_FAILED)
    for curves in filter(lambda each: each.histories, found):
        for column, what, own, style in (
            ("connections", "connections", POSITIVE, "-"),
            ("hidden", "hidden nodes", NEGATIVE, "--"),
        ):
            if len(found) == 1:
                label = f"{what}: median, quartiles" if len(curves.histories) > 1 else what
                _draw_band(axes, curves, column, own, label, style="-", band="")
            else:
                name = curves.name if column == "connections" else ""
                _draw_band(axes, curves, column, curves.colour, name, style=style, band="")
    axes.set_ylim(bottom=0)
    return _finish(axes, found, "dashed: hidden nodes")


def plot_table_species(table: Tables, axes: Axes | None = None) -> Axes:
    """Plot the median of the number of species, with a band between the quartiles.

    Args:
        table: a table whose runs have histories, or up to four of them, which are compared.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, no run has a history, histories are corrupt, or matplotlib is not installed.
    """
    found, axes = _prepared(table, axes, "species")
    _draw(axes, found, "species", seeds=False)
    if axes.lines:
        from matplotlib.ticker import MaxNLocator

        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return axes


def _draw(axes: Axes, found: Sequence[_Curves], column: str, *, seeds: bool = True) -> Axes:
    """Draw a column of one or several tables: medians, bands, and the runs of a single table if there are few."""
    if not any(curves.histories for curves in found):
        return show_empty(axes, _ALL_FAILED)
    for curves in filter(lambda each: each.histories, found):
        if len(found) > 1:
            _draw_band(axes, curves, column, curves.colour, curves.name, style="-", band="")
            continue
        several = len(curves.histories) > 1
        if seeds and several and len(curves.histories) <= MOST_SEEDS:
            _draw_seeds(axes, curves, column)
        label = "median" if several else f"seed {curves.histories[0].seed}"
        _draw_band(axes, curves, column, curves.colour, label, style="-", band=_BAND)
    return _finish(axes, found)


TABLE_PANELS = {
    "fitness": plot_table,
    "solved": plot_table_solved,
    "sizes": plot_table_sizes,
    "species": plot_table_species,
}


def plot_batch(table: Tables) -> Figure:
    """Return a figure with all four plots of a table, or of up to four tables.

    Raises:
        NeatError: the argument is wrong, no run has a history, histories are corrupt, or matplotlib is not installed.
    """
    tables = checked_tables(table)
    for each, name in zip(tables, table_names(tables), strict=True):
        _check_drawable(each, name)
    import_matplotlib()
    from neat.export.canvas import new_figure

    figure = new_figure(12.0, 8.0, layout="constrained")
    notes = set()
    for axes, plot in zip(figure.subplots(2, 2).flat, TABLE_PANELS.values(), strict=True):
        plot(tables, axes)
        if (note := axes.get_title(loc="left")) in notes:
            show_note(axes, "")
        notes.add(note)
    summaries = list(map(_summary, tables, table_names(tables)))
    title = "   |   ".join(summaries)
    if len(summaries) > 1 and len(title) > _LONGEST_TITLE:
        title = "\n".join(summaries)
    figure.suptitle(_drawn(title), fontfamily=families(title), fontsize=11, color=INK)
    return figure


def picture_of_table(table: Tables, format: str, what: str | None = None) -> bytes:
    """Return one of the `TABLE_PANELS`, by default all of them, as the bytes of a `svg`, `png` or `pdf` file.

    Args:
        table: a table, or up to four of them, which are compared.
        format: the format.
        what: the name of a plot.

    Raises:
        NeatError: an argument is wrong, no run has a history, histories are corrupt, or matplotlib is not installed.
    """
    check_format(format)
    tables = checked_tables(table)
    if what is not None and (not isinstance(what, str) or what not in TABLE_PANELS):
        given = describe_argument(what)
        raise NeatError(
            f"unknown plot of a table {given} (one of {', '.join(TABLE_PANELS)}{did_you_mean(given, TABLE_PANELS)})"
        )
    with plain_settings():
        return saved(plot_batch(tables) if what is None else TABLE_PANELS[what](tables).figure, format)


def checked_tables(table: object) -> tuple[Table, ...]:
    """Return the tables of an argument, which is one table or a list of at most four."""
    tables = (table,) if isinstance(table, Table) else tuple(table) if isinstance(table, list | tuple) else ()
    if not 1 <= len(tables) <= MOST_TABLES or not all(isinstance(each, Table) for each in tables):
        raise argument_error("table", table, _TABLE)
    return tables


def table_names(tables: Sequence[Table]) -> list[str]:
    """Return the names of tables: those of their folders; letters come first where they are the same or unknown."""
    longest = {} if len(tables) == 1 else {"longest": _LONGEST_NAME}
    names = ["table" if each.folder is None else short_name(each.folder, **longest) for each in tables]
    if len(set(names)) < len(names):
        return [f"{letter}: {name}" for letter, name in zip("ABCD", names, strict=False)]
    return names


def _prepared(table: Tables, axes: Axes | None, label: str) -> tuple[list[_Curves], Axes]:
    """Return the curves of one or several tables, and the axes for them.

    Raises:
        NeatError: a table has runs that ended, but none of them has a history.
    """
    tables = checked_tables(table)
    check_axes(axes)
    names = table_names(tables)
    widths = [1.8 + 0.6 * below for below in reversed(range(len(tables)))]
    found = [_curves(*each) for each in zip(tables, names, _COLOURS, widths, strict=False)]
    return found, new_panel(axes, "evaluations", label)


def _curves(table: Table, name: str, colour: str, width: float) -> _Curves:
    _check_drawable(table, name)
    rows = [row for row in table.rows if row.error is None]
    histories = tuple(table.histories[row.seed] for row in rows if row.seed in table.histories)
    return _Curves(
        name=_drawn(name),
        colour=colour,
        width=width,
        at=_steps(histories, {row.seed for row in rows if row.solved}),
        histories=histories,
        solved=sum(row.solved for row in rows),
        missing=len(rows) - len(histories),
        failed=len(table.rows) - len(rows),
    )


def _check_drawable(table: Table, name: str) -> None:
    """Check that a table has a history, unless the problem failed in every run."""
    finished = [row.seed for row in table.rows if row.error is None]
    if finished and not any(seed in table.histories for seed in finished):
        raise NeatError(
            f"{name}: there are no histories of its runs ({HISTORIES} beside its table; only runs of this version keep "
            "them), so only the share of solved runs can be drawn (--what solved, or neat.report.plot_table_solved)"
        )


def _steps(histories: Sequence[SeedHistory], solved: set[int]) -> Values:
    """Return the numbers of evaluations at which medians are drawn: all that matter, or evenly spaced ones.

    They begin where every run has finished its first generation, and end where the first unsolved run ends, or with
    the last run if all were solved.
    """
    if not histories:
        return np.empty(0)
    ends = [int(each.evaluations[-1]) for each in histories]
    unsolved = [end for end, each in zip(ends, histories, strict=True) if each.seed not in solved]
    first, last = max(int(each.evaluations[0]) for each in histories), min(unsolved, default=max(ends))
    last = max(first, last)
    every = np.unique(np.concatenate([each.evaluations for each in histories]))
    every = every[(every >= first) & (every <= last)]
    return every.astype(np.float64) if len(every) <= _MOST_STEPS else np.linspace(first, last, _MOST_STEPS)


def _draw_band(axes: Axes, curves: _Curves, column: str, colour: str, name: str, *, style: str, band: str) -> None:
    """Draw the median of a column as a line and its quartiles as a band, with labels for the legend."""
    low, middle, high = curves.quartiles(column)
    at, marker = curves.at, None
    if len(at) == 1:  # an area needs a width
        at, marker = at[0] * np.array([0.98, 1.02]), "o"
        low, high = np.repeat(low, 2), np.repeat(high, 2)
    if len(curves.histories) > 1:
        axes.fill_between(at, low, high, step="post", color=colour, alpha=0.18, linewidth=0, label=band)
    line: dict[str, Any] = {"color": colour, "linestyle": style, "linewidth": curves.width, "zorder": 3}
    axes.step(curves.at, middle, where="post", marker=marker, label=name, **line)


def _draw_seeds(axes: Axes, curves: _Curves, column: str) -> None:
    """Draw a thin line for each run, with a dot where it was solved."""
    dots = []
    for index, history in enumerate(curves.histories):
        values = np.array(getattr(history, column), np.float64)
        values[~(np.abs(values) <= LARGEST)] = np.nan
        label = ("runs (dot: solved)" if curves.solved else "runs") if index == 0 else None
        axes.step(
            history.evaluations, values, where="post", color="#8a8a8a", alpha=0.55, linewidth=0.7, label=label, zorder=2
        )
        if history.solved[-1]:
            first = int(np.argmax(history.solved))
            dots.append((history.evaluations[first], values[first]))
    if dots:
        axes.plot(*zip(*dots, strict=True), linestyle="", marker="o", markersize=3, color="#8a8a8a", zorder=2)


def _finish(axes: Axes, found: Sequence[_Curves], note: str = "") -> Axes:
    """Limit axes to what is drawn, write what is left out above it, and add the legend."""
    _limit(axes, float(axes.dataLim.x1))
    notes = ["medians and quartiles", *([note] if note else [])] if len(found) > 1 else []
    if any(each.solved and len(each.histories) > 1 for each in found):
        notes.append("solved runs keep their last value")
    left_out = {
        "failed": sum(each.failed for each in found),
        "without a history": sum(each.missing for each in found),
    }
    if any(left_out.values()):
        counts = " and ".join(f"{count} {what}" for what, count in left_out.items() if count)
        notes.append(f"left out: {counts}")
    show_note(axes, "; ".join(notes))
    return _add_legend(axes)


def _add_legend(axes: Axes) -> Axes:
    """Add a legend with as many columns as fit below axes."""
    labels = axes.get_legend_handles_labels()[1]
    widest = max(map(len, labels), default=0) + 6  # characters, with the line before them
    add_legend(axes, next((columns for columns in (4, 2) if columns * widest <= _LEGEND), 1))
    legend = axes.get_legend()
    for text in [] if legend is None else legend.get_texts():
        text.set_fontfamily(families(text.get_text()))
    return axes


def _drawn(text: str) -> str:
    """Return text in which a dollar sign does not begin a formula."""
    return text.replace("$", r"\$")


def _limit(axes: Axes, end: float) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0, end * 1.01)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _solved_after(table: Table) -> list[float]:
    """Return after how many evaluations each solved run was solved: from its history, or else at its end."""
    return [
        history.solved_after if (history := table.histories.get(row.seed)) is not None else float(row.evaluations)
        for row in table.rows
        if row.solved
    ]


def _summary(table: Table, name: str) -> str:
    failed = f", {len(table.errors)} failed" if table.errors else ""
    return f"{name}: {counted(len(table.rows), 'run')}, {len(table.solved)} solved{failed}"
