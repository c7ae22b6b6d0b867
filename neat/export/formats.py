"""The files that a genome can be written to, and read from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neat.config.arguments import argument_error, describe_argument, switch
from neat.config.arguments import path as checked_path
from neat.config.formatting import describe, format_value
from neat.core.errors import NeatError, did_you_mean
from neat.core.files import read_text
from neat.export.dot import to_dot
from neat.export.drawing import picture
from neat.export.figures import PICTURES
from neat.export.graph import from_json_text, from_networkx, plain, to_networkx
from neat.export.structure import checked_genome, trimmed
from neat.export.xml import from_graphml, to_gexf, to_graphml
from neat.genetics.genome import Genome, with_extras
from neat.genetics.genome_json import check_size
from neat.store.folder import cannot_write, write_whole

LARGEST_FILE = 160 << 20  # bytes: of GraphML with half a million connections
_MOST_GENES = 1 << 19  # nodes and edges of a graph: networkx takes a kilobyte for each

#: The formats by name, each with the suffixes of its files.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "json": (".json",),
    "node-link": (),
    "graphml": (".graphml",),
    "gexf": (".gexf",),
    "dot": (".dot", ".gv"),
    "svg": (".svg",),
    "png": (".png",),
    "pdf": (".pdf",),
}
_BY_SUFFIX = {suffix: name for name, suffixes in FORMATS.items() for suffix in suffixes}

#: What a file may hold beside its genome: its results, and the preprocessing (`needs`) that its network requires.
METADATA = ("fitness", "generation", "solved", "needs")


def encode(
    genome: Genome,
    format: str,
    *,
    disabled: bool = False,
    pruned: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a genome as the bytes of a file.

    Args:
        genome: the genome to write.
        format: `json`, `node-link`, `graphml`, `gexf`, `dot`, `svg`, `png` or `pdf`.
        disabled: include disabled connections; `json` always includes them, unless `pruned`.
        pruned: include only what can influence an output (see `neat.export.trimmed`).
        metadata: values of any of `fitness`, `generation`, `solved` and `needs`, for `json`, `node-link` and `graphml`.

    Raises:
        NeatError: there is no such format, or another argument is wrong.
    """
    if not isinstance(format, str) or format not in FORMATS:
        what = describe_argument(format)
        raise NeatError(f"unknown format {what} (one of {', '.join(FORMATS)}{did_you_mean(what, FORMATS)})")
    disabled, pruned = switch("disabled", disabled), switch("pruned", pruned)
    metadata = {} if metadata is None else metadata
    if not isinstance(metadata, Mapping) or not {*metadata} <= {*METADATA}:
        raise argument_error("metadata", metadata, f"a dict of values for any of {', '.join(METADATA)}")
    checked_genome(genome)
    _checked_metadata(metadata)
    if format in PICTURES:
        return picture(genome, format, disabled=disabled, pruned=pruned)
    if format == "json":
        return (trimmed(genome, pruned=True) if pruned else genome).to_json(**metadata).encode()
    graph = to_networkx(trimmed(genome, disabled=disabled, pruned=pruned))
    graph.graph.update(plain(metadata))
    if format == "dot":
        return to_dot(graph).encode()
    if format == "node-link":
        import networkx as nx

        return (json.dumps(nx.node_link_data(graph, edges="edges"), allow_nan=False) + "\n").encode()
    return to_graphml(graph) if format == "graphml" else to_gexf(graph)


def format_of(file: str | os.PathLike[str]) -> str:
    """Return the name of the format that the suffix of a file selects.

    Raises:
        NeatError: it selects none.
    """
    suffix = Path(file).suffix
    if suffix.lower() not in _BY_SUFFIX:
        what = f"unknown suffix {describe(suffix)}" if suffix else "has no suffix that selects a format"
        guess = did_you_mean(suffix, _BY_SUFFIX) if suffix else ""
        raise NeatError(f"{file}: {what} (one of {', '.join(_BY_SUFFIX)}{guess}; or name the format itself)")
    return _BY_SUFFIX[suffix.lower()]


def write(
    genome: Genome,
    file: str | os.PathLike[str],
    format: str | None = None,
    *,
    disabled: bool = False,
    pruned: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Write a genome to a file in the format that its suffix or `format` selects, and return the file's path.

    The other arguments are those of `encode`. An existing file is replaced at once by the whole new one.

    Raises:
        NeatError: the suffix or the format is unknown, or the file cannot be written.
    """
    file = checked_path("file", file)
    format = format_of(file) if format is None else format
    save(file, encode(genome, format, disabled=disabled, pruned=pruned, metadata=metadata))
    return file


def save(file: Path, data: bytes) -> None:
    """Write bytes to a file, so that it is never half written.

    Raises:
        NeatError: it cannot be written.
    """
    if os.path.exists(file) and not os.path.isfile(file):  # such as /dev/stdout, which must not be replaced
        try:
            file.write_bytes(data)
        except OSError as error:
            raise cannot_write(file, error) from None
        return
    try:
        write_whole(Path(os.path.realpath(file)), data)  # the target of a link; `resolve` fails for circular links
    except ValueError:  # a NUL, or half of a surrogate pair
        raise NeatError(f"{str(file)!a}: cannot be written (no file can have this name)") from None


def read(file: str | os.PathLike[str]) -> Genome:
    """Return the genome in a file that `write` made as JSON, GraphML or node-link JSON, exact to the last bit.

    The content of the file selects the format, not its name.

    Raises:
        NeatError: the file cannot be read, or holds no genome.
    """
    return read_with_metadata(file)[0]


def read_with_metadata(file: str | os.PathLike[str]) -> tuple[Genome, dict[str, Any]]:
    """Return the genome in a file, as `read` does, and its metadata.

    Raises:
        NeatError: the file cannot be read, or holds no genome.
    """
    text = read_text(checked_path("file", file), LARGEST_FILE)
    try:
        return decode(text)
    except NeatError as error:
        raise NeatError(f"{file}: {error}") from None


def decode(text: str) -> tuple[Genome, dict[str, Any]]:
    """Return the genome in the text of a file, and its metadata.

    Raises:
        NeatError: the text holds no genome.
    """
    if not isinstance(text, str):
        raise argument_error("text", text, "the text of a file (bytes become text with bytes.decode())")
    if text.lstrip()[:1] == "<":
        graph = from_graphml(text)
        return from_networkx(graph), _checked_metadata(graph.graph)
    check_size(text, LARGEST_FILE)
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        raise NeatError(
            "holds no genome (it must be JSON, GraphML or node-link JSON as written by `neat export`)"
        ) from None
    if isinstance(members, dict) and "format" not in members and "nodes" in members and "edges" in members:
        graph = _from_node_link(members)
        return from_networkx(graph), _checked_metadata(graph.graph)
    del members  # the text is parsed again below, more strictly
    genome, extras = with_extras(text)
    return genome, _checked_metadata(extras)


def _from_node_link(members: dict[str, Any]) -> Any:
    import networkx as nx

    if sum(len(members[name]) for name in ("nodes", "edges") if isinstance(members[name], list)) > _MOST_GENES:
        raise NeatError(f"this graph is too large: it has more than {_MOST_GENES:,} nodes and edges")
    try:
        return nx.node_link_graph(members, directed=True, multigraph=False, edges="edges")
    except (KeyError, TypeError, ValueError, AttributeError, nx.NetworkXException) as error:
        reason = f"{type(error).__name__}: {format_value(str(error))}"
        raise NeatError(f"this is not node-link JSON of a genome ({reason})") from None


def _checked_metadata(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata among members of a file, if JSON can represent them."""
    metadata = {name: from_json_text(members[name]) for name in METADATA if name in members}
    try:
        json.dumps(metadata, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise NeatError(f"the metadata of the genome ({', '.join(metadata)}) is not JSON ({error})") from None
    return metadata
