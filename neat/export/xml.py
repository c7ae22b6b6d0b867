"""GraphML and GEXF: networkx writes them; here is what XML cannot hold, and the way back."""

from __future__ import annotations

import io
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.json_text import load_json

if TYPE_CHECKING:
    import networkx as nx

# XML 1.0 (section 2.2) has no way to write these; a carriage return becomes a newline when it is read.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_EXACT = "name_json"
# Enough for half a million nodes and edges with all their attributes; networkx takes a kilobyte for each.
_MOST_GENES, _MOST_TAGS, _MOST_ATTRIBUTES = 1 << 19, 12 << 19, 8 << 19
_GENE = re.compile(r"<(?:[^\s<>/:]+:)?(?:node|edge)\b")
_DATE = re.compile(rb' lastmodifieddate="[\d-]*"')


def to_graphml(graph: nx.DiGraph[int]) -> bytes:
    """Return the GraphML text of a genome's graph, as `neat.export.to_networkx` makes it.

    A name that is empty, or holds a character that XML 1.0 cannot hold, is written with U+FFFD in its place, and
    exactly, as JSON, in another attribute, `name_json`.
    """
    from networkx.readwrite.graphml import write_graphml_xml  # the other one, by lxml, writes other bytes

    text = io.BytesIO()
    write_graphml_xml(_named_for_xml(graph), text, named_key_ids=True)
    return text.getvalue() + b"\n"


def to_gexf(graph: nx.DiGraph[int]) -> bytes:
    """Return the GEXF 1.2 text of a genome's graph; names as in `to_graphml`, and as labels too.

    GEXF has no place for attributes of a graph (`max_steps`, `memory`, `key`, `parents`): they are left out.
    """
    from networkx import write_gexf

    for_xml = _named_for_xml(graph)
    for_xml.graph.clear()
    for _, data in for_xml.nodes(data=True):
        data["label"] = data["name"]
    text = io.BytesIO()
    write_gexf(for_xml, text, version="1.2draft")
    return _DATE.sub(b"", text.getvalue(), count=1) + b"\n"  # the same genome gives the same file on any day


def from_graphml(text: str) -> nx.DiGraph[int]:
    """Return the graph that `to_graphml` wrote; of other GraphML, whatever graph networkx sees in it.

    The encoding that the text declares is ignored, since the text is already decoded.

    Raises:
        NeatError: it is not GraphML with whole numbers as nodes, or is too large.
    """
    import networkx as nx

    if (
        sum(1 for _ in _GENE.finditer(text)) > _MOST_GENES
        or text.count("<") > _MOST_TAGS
        or text.count("=") > _MOST_ATTRIBUTES
    ):
        raise NeatError(f"this GraphML is too large: it has more than {_MOST_GENES:,} nodes and edges, or attributes")
    if "<!ENTITY" in text:
        raise NeatError("this is not GraphML of a genome: it defines entities")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an attribute without a type is taken for text
            graph: Any = nx.parse_graphml(text, node_type=int)
    except (SyntaxError, ValueError, TypeError, LookupError, AttributeError, nx.NetworkXException) as error:
        raise NeatError(
            f"this is not GraphML of a genome ({type(error).__name__}: {format_value(str(error))})"
        ) from None
    for _, data in graph.nodes(data=True):
        if _EXACT in data:
            data["name"] = _from_json(data.pop(_EXACT), _EXACT)
    return graph  # type: ignore[no-any-return]


def _named_for_xml(graph: nx.DiGraph[int]) -> nx.DiGraph[int]:
    """Return a copy whose names XML can hold; their attributes are copied, too."""
    for_xml = graph.copy()
    for _, data in for_xml.nodes(data=True):
        shown = _NOT_XML.sub(_REPLACEMENT, data["name"])
        if shown != data["name"] or not shown:
            data[_EXACT] = json.dumps(data["name"])
            data["name"] = shown
    return for_xml


def _from_json(text: Any, name: str) -> Any:
    try:
        return load_json(text)
    except (ValueError, TypeError) as error:
        raise NeatError(f"the attribute {name!r} of this GraphML is not JSON ({format_value(str(error))})") from None
