"""The ancestry of a champion: its parents, their parents, and so on, back to the founders if they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neat.core.text import counted
from neat.export.palette import INK, NEGATIVE, POSITIVE
from neat.export.placement import separated
from neat.report.axes import add_legend, limit_generations, prepared, show_empty, show_note
from neat.store.history import History
from neat.store.lineage import lineage

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

MOST_ANCESTORS = 150  # more cannot be told apart
_GOLD = "#f0c000"


def plot_ancestry(history: History, axes: Axes | None = None) -> Axes:
    """Plot the ancestry of a run's champion: each ancestor in the generation of its birth, joined to its parents.

    A line to a child of two parents is blue, to one of a single parent orange. Ancestors that were champions of
    their generation are filled. If the oldest ancestors do not fit, a note says so.

    Args:
        history: an open run.
        axes: the axes to draw on, by default new ones.

    Raises:
        NeatError: an argument is wrong, the run's file is corrupt, or matplotlib is not installed.
    """
    history, axes = prepared(history, axes, "ancestry of the champion")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    champions = list(history.champions())
    if not champions:
        return show_empty(axes, "no champion yet")
    if next(history.lineage(), None) is None:
        return show_empty(axes, "this run keeps no lineage ([run] lineage = no)")
    whole = lineage(history, champions[-1].key)
    tree = _latest(whole)
    born, height = _births(tree), heights(tree)
    _draw_tree(axes, whole, {key: (float(born[key]), height[key]) for key in tree}, {row.key for row in champions})
    oldest, newest = min(born.values()), max(born.values())
    note = counted(len(whole) - 1, "ancestor")
    if len(tree) < len(whole):
        note += f", {len(tree) - 1:,} of them shown: those since generation {oldest:,}"
    show_note(axes, note)
    limit_generations(axes, newest - oldest + 1)
    margin = max(0.5, 0.02 * (newest - oldest))
    axes.set_xlim(oldest - margin, newest + margin)
    return axes


def heights(tree: nx.DiGraph[int]) -> dict[int, float]:
    """Return the height of each ancestor: near the middle of its children, different within a generation."""
    height: dict[int, float] = {}
    for keys in _by_birth(tree):
        children = {key: [height[child] for child in tree.succ[key]] for key in keys}
        wanted = {key: sum(values) / len(values) if values else 0.0 for key, values in children.items()}
        order = sorted(keys, key=lambda key: (wanted[key], key))
        placed = separated([wanted[key] for key in order], [1.0] * len(order), [0.0] + [1.0] * (len(order) - 1))
        height.update(zip(order, placed, strict=True))
    return height


def _draw_tree(axes: Axes, whole: nx.DiGraph[int], at: dict[int, tuple[float, float]], champions: set[int]) -> None:
    """Draw the ancestors at their points, the lines between them, and a legend."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    pairs = [(parent, child) for parent, child in whole.edges if parent in at and child in at]
    for colour, parents in ((POSITIVE, 2), (NEGATIVE, 1)):
        lines = [[at[parent], at[child]] for parent, child in pairs if whole.in_degree(child) == parents]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.8, alpha=0.7))
    champion = whole.graph["genome"]
    for keys, fill, size, marker in (
        ([key for key in at if key not in champions], "white", 14, "o"),
        ([key for key in at if key in champions], INK, 18, "o"),
        ([champion], _GOLD, 90, "*"),
    ):
        x, y = zip(*(at[key] for key in keys), strict=True) if keys else ([], [])
        axes.scatter(x, y, s=size, facecolors=fill, edgecolors=INK, linewidths=0.7, marker=marker, zorder=3)
    legend = [
        Line2D([], [], color=POSITIVE, label="two parents"),
        Line2D([], [], color=NEGATIVE, label="one parent"),
        Line2D([], [], linestyle="", marker="o", markersize=5, color=INK, label="champion of its generation"),
        Line2D([], [], linestyle="", marker="*", markersize=10, color=_GOLD, markeredgecolor=INK, label="the champion"),
    ]
    add_legend(axes, handles=legend)


def _latest(tree: nx.DiGraph[int]) -> nx.DiGraph[int]:
    """Return the youngest ancestors: as many whole generations as can be told apart."""
    kept: list[int] = []
    for keys in _by_birth(tree):
        if kept and len(kept) + len(keys) > MOST_ANCESTORS:
            break
        kept += keys
    return tree.subgraph(kept)


def _by_birth(tree: nx.DiGraph[int]) -> list[list[int]]:
    """Return the keys of the ancestors born in each generation, the latest generation first."""
    groups: dict[int, list[int]] = {}
    for key, born in _births(tree).items():
        groups.setdefault(born, []).append(key)
    return [sorted(groups[born]) for born in sorted(groups, reverse=True)]


def _births(tree: nx.DiGraph[int]) -> dict[int, int]:
    return {key: int(data["born"]) for key, data in tree.nodes.items()}
