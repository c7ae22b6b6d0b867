"""GraphML and GEXF, written and read by networkx, with names that XML cannot represent."""

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

# XML 1.0 (section 2.2) cannot represent these; a carriage return is read as a newline.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_EXACT = "name_json"
# Enough for half a million nodes and edges with all attributes, of which networkx needs a kilobyte each.
_MOST_GENES, _MOST_TAGS, _MOST_ATTRIBUTES = 1 << 19, 12 << 19, 8 << 19
_GENE = re.compile(r"<(?:[^\s<>/:]+:)?(?:node|edge)\b")
_DATE = re.compile(rb' lastmodifieddate="[\d-]*"')


def to_graphml(graph: nx.DiGraph[int]) -> bytes:
    """Return the GraphML text of a genome's graph, as `neat.export.to_networkx` makes it.

    In a name, a character that XML 1.0 cannot represent is written as U+FFFD. Such a name, and an empty one, is also
    written exactly, as JSON, in another attribute, `name_json`.
    """
    from networkx.readwrite.graphml import write_graphml_xml  # the writer that uses lxml gives other bytes

    text = io.BytesIO()
    write_graphml_xml(_named_for_xml(graph), text, named_key_ids=True)
    return text.getvalue() + b"\n"


def to_gexf(graph: nx.DiGraph[int]) -> bytes:
    """Return the GEXF 1.2 text of a genome's graph; names are written as in `to_graphml`, and as labels, too.

    GEXF has no attributes of a whole graph: `max_steps`, `memory`, `key` and `parents` are left out.
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
    """Return the graph that `to_graphml` wrote, or that networkx reads from other GraphML.

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
            warnings.simplefilter("ignore")  # about attributes without a type, which are read as text
            graph: Any = nx.parse_graphml(text, node_type=int)
    except (SyntaxError, ValueError, TypeError, LookupError, AttributeError, nx.NetworkXException) as error:
        reason = f"{type(error).__name__}: {format_value(str(error))}"
        raise NeatError(f"this is not GraphML of a genome ({reason})") from None
    for _, data in graph.nodes(data=True):
        if _EXACT in data:
            try:
                data["name"] = load_json(data.pop(_EXACT))
            except (ValueError, TypeError) as error:
                reason = format_value(str(error))
                raise NeatError(f"the attribute {_EXACT!r} of this GraphML is not JSON ({reason})") from None
    return graph  # type: ignore[no-any-return]


def _named_for_xml(graph: nx.DiGraph[int]) -> nx.DiGraph[int]:
    """Return a copy, attributes included, whose names XML can represent."""
    for_xml = graph.copy()
    for _, data in for_xml.nodes(data=True):
        shown = _NOT_XML.sub(_REPLACEMENT, data["name"])
        if shown != data["name"] or not shown:
            data[_EXACT] = json.dumps(data["name"])
            data["name"] = shown
    return for_xml
