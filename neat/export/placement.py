"""Positions in a drawing: columns by depth, few crossings, lines that pass between the nodes.

After K. Sugiyama, S. Tagawa, M. Toda, Methods for Visual Understanding of Hierarchical System Structures (IEEE
Transactions on Systems, Man, and Cybernetics 11(2), 1981): a line that passes a column has a position of its own in
it, columns are ordered by the barycentres of their neighbours, and then every item moves as close to its neighbours as
its column allows. All lengths are in points; y grows downwards.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass

import numpy as np

from neat.export.structure import depths, ends_of
from neat.genetics.genome import Genome

LOOP = 13.0  # height of a loop above its node

_ORDERINGS = 12  # sweeps; the best order is kept. 48 saved 2 of 15 genomes less than 1 % of their crossings
_SETTLINGS = 40  # sweeps; 80 moved nodes by 30 points at most, of 200 nodes, and by 2 at the median of 15 genomes
_MOST_PASSING = 30_000  # positions of lines in columns; if more are needed, lines run straight
_STRAIGHTNESS = 4.0  # weight of a line's pull towards its neighbours in other columns, relative to a node's
_NODE_GAP, _LINE_GAP = 15.0, 7.0  # between items of a column
_LINES_SHARE = 1.2  # the most height for lines in a column, as a share of the height of the tallest column's nodes
_STEEP, _NARROW, _WIDE = 0.22, 44.0, 120.0  # between columns: more where lines are steep

Size = tuple[float, float]


@dataclass(frozen=True)
class Placement:
    """The positions of the N nodes of a genome, by their indices, and the ways of its C connections.

    Attributes:
        column: of each node, from 0 on the left.
        x, y: the centre of each column, and of each node.
        width: of each column.
        passing: for each connection the heights at which it crosses the columns between its ends, from left to
            right; empty if there are none.
    """

    column: list[int]
    x: list[float]
    y: list[float]
    width: list[float]
    passing: list[list[float]]


def place(genome: Genome, sizes: list[Size]) -> Placement:
    """Return the positions of nodes of these sizes (width, height), and of the connections between them."""
    column = columns_of(genome)
    ends = list(zip(*(part.tolist() for part in ends_of(genome)), strict=True))
    spans = sum(max(abs(column[a] - column[b]) - 1, 0) for a, b in ends)
    items = _Items(column, [height for _, height in sizes], ends, through=spans <= _MOST_PASSING)
    items.order()
    y = items.settle()
    widths = [max((sizes[node][0] for node in nodes if node < len(sizes)), default=0.0) for nodes in items.columns]
    x, centre = [], 0.0
    for index, width in enumerate(widths):
        if index:
            steep = max((abs(y[a] - y[b]) for b in items.columns[index] for a in items.left[b]), default=0.0)
            centre += (widths[index - 1] + width) / 2 + min(max(_NARROW, _NARROW + _STEEP * (steep - 60.0)), _WIDE)
        x.append(centre)
    return Placement(column, x, y[: len(column)], widths, [[y[item] for item in chain] for chain in items.chains])


def columns_of(genome: Genome) -> list[int]:
    """Return each node's column: inputs and bias in the first, outputs in the last, hidden ones by their depth."""
    layout, depth = genome.layout, depths(genome)
    hidden = depth[layout.given :]
    between: list[int] = (np.searchsorted(np.unique(hidden), hidden) + 1).tolist()
    last = max(between, default=0) + 1
    return [0] * layout.sources + [last] * len(layout.outputs) + between


class _Items:
    """The items of the columns: first the nodes, then the positions at which connections pass a column."""

    def __init__(self, column: list[int], height: list[float], ends: list[tuple[int, int]], *, through: bool) -> None:
        self.nodes = len(column)
        self.columns: list[list[int]] = [[] for _ in range(max(column) + 1)]
        self.height: list[float] = []
        self.left: list[list[int]] = []
        self.right: list[list[int]] = []
        for index, size in zip(column, height, strict=True):
            self._add(index, size)
        self.chains: list[list[int]] = []
        self.loops = {source for source, target in ends if source == target}
        for source, target in ends:
            first, last = sorted((source, target), key=lambda node: column[node])
            chain: list[int] = []
            if column[first] < column[last] and (through or column[last] - column[first] == 1):
                chain = [self._add(index, 0.0) for index in range(column[first] + 1, column[last])]
                for a, b in zip([first, *chain], [*chain, last], strict=True):
                    self.right[a].append(b)
                    self.left[b].append(a)
            self.chains.append(chain)
        tallest = max(sum(height[node] + _NODE_GAP for node in items if node < self.nodes) for items in self.columns)
        most = max(sum(item >= self.nodes for item in items) for items in self.columns)
        self.line_gap = min(_LINE_GAP, max(_LINES_SHARE * tallest / (most or 1), 1.5))

    def _add(self, column: int, height: float) -> int:
        """Add an item at the end of a column, and return it."""
        item = len(self.height)
        self.columns[column].append(item)
        self.height.append(height)
        self.left.append([])
        self.right.append([])
        return item

    def gap(self, upper: int, lower: int) -> float:
        """Return the distance that the centres of two neighbours in a column need."""
        loop = LOOP - _LINE_GAP / 2 if lower in self.loops else 0.0
        lines = (upper >= self.nodes) + (lower >= self.nodes)
        space = self.line_gap if lines == 2 else _LINE_GAP if lines else _NODE_GAP
        return (self.height[upper] + self.height[lower]) / 2 + space + loop

    def order(self) -> None:
        """Order the inner columns so that few lines cross; inputs and outputs keep their order."""
        y = self._spread()
        best, fewest = [list(items) for items in self.columns], self._crossings()
        for sweep in range(_ORDERINGS):
            beside = self.left if sweep % 2 == 0 else self.right
            inner = self.columns[1:-1]
            for items in inner if sweep % 2 == 0 else reversed(inner):
                items.sort(key=lambda item: _mean([y[other] for other in beside[item]], y[item]))
                self._spread_column(items, y)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(items) for items in self.columns], crossings
        self.columns = best

    def settle(self) -> list[float]:
        """Return the height of every item: near its neighbours, in the order of its column, with gaps kept."""
        y = self._spread()
        for sweep in range(_SETTLINGS):
            for items in self.columns if sweep % 2 == 0 else reversed(self.columns):
                wanted, weight = [], []
                for item in items:
                    pulls = [
                        (y[other], _STRAIGHTNESS if item >= self.nodes and other >= self.nodes else 1.0)
                        for other in (*self.left[item], *self.right[item])
                    ]
                    total = sum(pull for _, pull in pulls)
                    wanted.append(sum(at * pull for at, pull in pulls) / total if pulls else y[item])
                    weight.append(total or 0.1)
                gaps = [0.0, *(self.gap(a, b) for a, b in zip(items, items[1:], strict=False))]
                for item, height in zip(items, separated(wanted, weight, gaps), strict=True):
                    y[item] = height
        return y

    def _spread(self) -> list[float]:
        y = [0.0] * len(self.height)
        for items in self.columns:
            self._spread_column(items, y)
        return y

    def _spread_column(self, items: list[int], y: list[float]) -> None:
        """Put the items of a column one below the other, their middle at 0."""
        at = 0.0
        for index, item in enumerate(items):
            at += self.gap(items[index - 1], item) if index else 0.0
            y[item] = at
        for item in items:
            y[item] -= at / 2

    def _crossings(self) -> int:
        """Count the crossings between all neighbouring columns."""
        rank = {item: index for items in self.columns for index, item in enumerate(items)}
        count = 0
        for items in self.columns:
            passed: list[int] = []
            for item in items:
                heads = sorted(rank[other] for other in self.right[item])
                count += sum(len(passed) - bisect_right(passed, head) for head in heads)
                for head in heads:
                    insort(passed, head)
        return count


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def separated(wanted: list[float], weight: list[float], gaps: list[float]) -> list[float]:
    """Return the heights closest to the wanted ones (weighted squares), each at least its gap below the one before.

    After the gaps are subtracted, heights must only not decrease: pool adjacent violators (Barlow et al., 1972).
    """
    offset = np.cumsum(gaps).tolist()
    pools: list[tuple[float, float, int]] = []  # mean, weight, count
    for want, pull, before in zip(wanted, weight, offset, strict=True):
        mean, total, count = want - before, pull, 1
        while pools and pools[-1][0] > mean:
            upper, heavy, more = pools.pop()
            mean, total, count = (mean * total + upper * heavy) / (total + heavy), total + heavy, count + more
        pools.append((mean, total, count))
    level = [mean for mean, _, count in pools for _ in range(count)]
    return [at + before for at, before in zip(level, offset, strict=True)]
