"""DOT, the language of Graphviz: `dot -Tsvg champion.dot -o champion.svg` draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neat.config.arguments import instance
from neat.core.errors import NeatError
from neat.export.graph import parents_of
from neat.export.palette import DISABLED, FILLS, NEGATIVE, POSITIVE

if TYPE_CHECKING:
    import networkx as nx

_THIN, _THICK, _DISABLED_WIDTH = 0.5, 4.0, 0.8  # points
_HEAD = """\
digraph genome {{
 graph [rankdir=LR, nodesep=0.15, ranksep=0.8, outputorder=edgesfirst, {attributes}]
 node [style=filled, fontname="Helvetica", fontsize=10, shape=ellipse, color="#333333"]
 edge [arrowsize=0.6]
"""


def to_dot(graph: nx.DiGraph[int]) -> str:
    """Return the DOT text of a genome's graph, as `neat.export.to_networkx` makes it, ready for Graphviz.

    The label of an input, bias or output is its name; what a node computes is below it. All attributes of the
    graph's nodes and edges keep their names, except for a connection's weight, which is `connection_weight`, since
    `weight` has another meaning in Graphviz. A connection's width shows the size of its weight, its colour the sign;
    recurrent ones are dotted and do not shape the layout; disabled ones are dashed and grey.

    NUL in a name, which Graphviz cannot read, is written as U+FFFD.

    Raises:
        NeatError: it is not such a graph; the message names what it lacks.
    """
    import networkx as nx

    instance("graph", graph, nx.DiGraph, "a networkx.DiGraph, as neat.export.to_networkx(genome) returns it")
    try:
        return _text(graph)
    except KeyError as error:
        raise NeatError(f"the graph lacks {error}, which every graph of neat.export.to_networkx has") from None


def _text(graph: nx.DiGraph[int]) -> str:
    own = {name: graph.graph[name] for name in ("max_steps", "memory", "key")}
    lines = [_HEAD.format(attributes=_attributes({**own, "parents": " ".join(map(str, parents_of(graph)))}))]
    for rank, kinds in (("source", ("input", "bias")), ("", ("hidden",)), ("sink", ("output",))):
        rows = [f"{_node(node, data)}\n" for node, data in graph.nodes(data=True) if data["kind"] in kinds]
        lines += [f" {{ rank={rank}\n", *rows, " }\n"] if rank else rows
    strongest = max((abs(data["weight"]) for data in graph.edges.values()), default=0.0) or 1.0
    for source, target, data in graph.edges(data=True):
        values = {"connection_weight" if name == "weight" else name: value for name, value in data.items()}
        style = _line_style(data["weight"] / strongest, data["enabled"], data["recurrent"])
        lines.append(f" {source} -> {target} [{_attributes(values)}, {style}]\n")
    return "".join([*lines, "}\n"])


def quoted(text: str) -> str:
    """Return text as a DOT string that Graphviz displays unchanged."""
    for mark, written in (
        ("\0", "\N{REPLACEMENT CHARACTER}"),
        ("&", "&amp;"),
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("\r\n", "\\n"),
        ("\r", "\\n"),
        ("\n", "\\n"),
    ):
        text = text.replace(mark, written)
    return f'"{text}"'


def _node(node: int, data: dict[str, Any]) -> str:
    terminal = data["kind"] in ("input", "bias")
    lines = [str(data["name"])] if terminal else [str(data["name"]), str(data["activation"])]
    if not terminal and data["aggregation"] != "sum":
        lines.append(data["aggregation"])
    own = {key: value for key, value in data.items() if key != "name"}
    style = f'shape={"box" if terminal else "ellipse"}, fillcolor="{FILLS[data["kind"]]}"'
    return f" {node} [label={quoted(chr(10).join(lines))}, {_attributes(own)}, {style}]"


def _attributes(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={str(value).lower()}" if isinstance(value, bool) else f'{name}="{value}"'
        for name, value in values.items()
    )


def _line_style(share: float, enabled: bool, recurrent: bool) -> str:
    """Return the style of a connection whose weight is this share of the strongest one."""
    colour = DISABLED if not enabled else POSITIVE if share >= 0 else NEGATIVE
    width = _THIN + (_THICK - _THIN) * abs(share) if enabled else _DISABLED_WIDTH
    style = "dashed" if not enabled else "dotted" if recurrent else ""
    free = f", style={style}, constraint=false" if style else ""
    return f'color="{colour}", penwidth={width:.2f}{free}'
