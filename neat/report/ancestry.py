"""The ancestry of a champion: who its parents were, and theirs, back to the founders or as far as can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neat.export.palette import INK, NEGATIVE, POSITIVE, QUIET
from neat.export.placing import apart
from neat.report.axes import empty, keyed, limited, opened, prepared
from neat.store.history import History
from neat.store.lineage import lineage

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

MOST_ANCESTORS = 150  # more could not be told apart
_GOLD = "#f0c000"


def plot_ancestry(history: History, axes: Axes | None = None) -> Axes:
    """Plot the ancestry of a run's champion: each ancestor in the generation of its birth, joined to its parents.

    A line to a child of two parents is blue, to one of a single parent orange. Ancestors that were champions of
    their time are filled. What does not fit is said.

    Args:
        history: a run, open.
        axes: where; new ones, if not given.

    Raises:
        NeatError: the run's file is corrupt.
    """
    from matplotlib.collections import LineCollection

    history, axes = opened(history), prepared(axes, "ancestry of the champion")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    champions = list(history.champions())
    if not champions:
        return empty(axes, "no champion yet")
    if next(history.lineage(), None) is None:
        return empty(axes, "this run keeps no lineage ([run] lineage = no)")
    whole = lineage(history, champions[-1].key)
    tree = _latest(whole)
    born = _births(tree)
    height = heights(tree)
    links: dict[str, list[list[tuple[float, float]]]] = {POSITIVE: [], NEGATIVE: []}
    for parent, child in tree.edges:
        ends = [(float(born[key]), height[key]) for key in (parent, child)]
        links[POSITIVE if whole.in_degree(child) == 2 else NEGATIVE].append(ends)
    for colour, lines in links.items():
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.8, alpha=0.7))
    crowned = {row.key for row in champions}
    for keys, fill, size, marker in (
        ([key for key in tree if key not in crowned], "white", 14, "o"),
        ([key for key in tree if key in crowned], INK, 18, "o"),
        ([champions[-1].key], _GOLD, 90, "*"),
    ):
        x, y = [float(born[key]) for key in keys], [height[key] for key in keys]
        axes.scatter(x, y, s=size, facecolors=fill, edgecolors=INK, linewidths=0.7, marker=marker, zorder=3)
    told = f"{len(whole) - 1:,} ancestor{'' if len(whole) == 2 else 's'}"
    oldest, newest = min(born[key] for key in tree), max(born[key] for key in tree)
    if len(tree) < len(whole):
        told += f", {len(tree) - 1:,} of them shown: those since generation {oldest:,}"
    axes.set_title(told, fontsize=9, color=QUIET, loc="left")
    keyed(axes, handles=_legend())
    margin = max(0.5, 0.02 * (newest - oldest))
    limited(axes, newest - oldest + 1)
    axes.set_xlim(oldest - margin, newest + margin)
    return axes


def heights(tree: nx.DiGraph[int]) -> dict[int, float]:
    """Return how high each ancestor stands: near the middle of its children, no two of a generation at one place."""
    height: dict[int, float] = {}
    for keys in _by_birth(tree):
        wanted = {key: _middle([height[child] for child in tree.succ[key]]) for key in keys}
        order = sorted(keys, key=lambda key: (wanted[key], key))
        placed = apart([wanted[key] for key in order], [1.0] * len(order), [0.0] + [1.0] * (len(order) - 1))
        height.update(zip(order, placed, strict=True))
    return height


def _latest(tree: nx.DiGraph[int]) -> nx.DiGraph[int]:
    """Return the youngest ancestors, whole generations of them, until they are too many to be told apart."""
    kept: list[int] = []
    for keys in _by_birth(tree):
        if kept and len(kept) + len(keys) > MOST_ANCESTORS:
            break
        kept += keys
    return tree.subgraph(kept)


def _by_birth(tree: nx.DiGraph[int]) -> list[list[int]]:
    """Return the keys of those born in each generation, the latest first."""
    groups: dict[int, list[int]] = {}
    for key, born in _births(tree).items():
        groups.setdefault(born, []).append(key)
    return [sorted(groups[born]) for born in sorted(groups, reverse=True)]


def _births(tree: nx.DiGraph[int]) -> dict[int, int]:
    return {key: int(data["born"]) for key, data in tree.nodes.items()}


def _middle(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _legend() -> list[Line2D]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=POSITIVE, label="two parents"),
        Line2D([], [], color=NEGATIVE, label="one parent"),
        Line2D([], [], linestyle="", marker="o", markersize=5, color=INK, label="champion of its generation"),
        Line2D([], [], linestyle="", marker="*", markersize=10, color=_GOLD, markeredgecolor=INK, label="the champion"),
    ]
