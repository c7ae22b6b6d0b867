"""GraphML and GEXF: networkx writes them; here is what XML cannot hold, and the way back."""

from __future__ import annotations

import io
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

from neat.config.written import shown
from neat.ground.errors import NeatError

if TYPE_CHECKING:
    import networkx as nx

# XML 1.0 (section 2.2) has no way to write these; a carriage return becomes a newline when it is read.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_EXACT = "name_json"
_DATE = re.compile(rb' lastmodifieddate="[\d-]*"')


def to_graphml(graph: nx.DiGraph[int]) -> bytes:
    """Return the GraphML text of a genome's graph, as `neat.export.to_networkx` makes it.

    A name that is empty, or holds a character that XML 1.0 cannot hold, is written with U+FFFD in its place, and
    exactly, as JSON, in a further attribute `name_json`.
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


def from_graphml(text: bytes) -> nx.DiGraph[int]:
    """Return the graph that `to_graphml` wrote; of other GraphML, whatever graph networkx sees in it.

    Raises:
        NeatError: it is not GraphML whose nodes are whole numbers.
    """
    import networkx as nx

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that an attribute without a type is taken for text
            graph: Any = nx.read_graphml(io.BytesIO(text), node_type=int)
    except (SyntaxError, ValueError, TypeError, KeyError, AttributeError, nx.NetworkXException) as error:
        raise NeatError(f"this is not GraphML of a genome ({type(error).__name__}: {shown(str(error))})") from None
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
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise NeatError(f"the attribute {name!r} of this GraphML is not JSON ({shown(str(error))})") from None
