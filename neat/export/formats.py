"""The files that a genome can be written to, and read from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from neat.config.arguments import argument_error, describe_argument, switch
from neat.config.arguments import path as checked_path
from neat.config.formatting import describe, format_value
from neat.core.errors import NeatError, did_you_mean
from neat.core.files import read_text
from neat.export.structure import checked_genome, trimmed
from neat.genetics.genome import Genome, with_extras
from neat.genetics.genome_json import check_size
from neat.store.folder import cannot_write, write_whole

if TYPE_CHECKING:
    import networkx as nx

LARGEST_FILE = 160 << 20  # bytes: of GraphML with half a million connections
_MOST_GENES = 1 << 19  # nodes and edges of a graph: networkx takes a kilobyte for each

#: What may stand beside a genome in a file: what it achieved, and what its network needs to run elsewhere.
BESIDE = ("fitness", "generation", "solved", "needs")

Beside = Mapping[str, Any]
Options = Mapping[str, bool]


class Format(NamedTuple):
    """A kind of file; `encode(genome, options, beside)` gives its bytes, `options` are `disabled` and `pruned`."""

    name: str
    suffixes: tuple[str, ...]
    encode: Callable[[Genome, Options, Beside], bytes]


def _json(genome: Genome, options: Options, beside: Beside) -> bytes:
    part = trimmed(genome, pruned=True) if options["pruned"] else genome
    return part.to_json(**beside).encode()


def _graph(genome: Genome, options: Options, beside: Beside) -> nx.DiGraph[int]:
    from neat.export.graph import plain, to_networkx

    graph = to_networkx(trimmed(genome, **options))
    graph.graph.update(plain(beside))
    return graph


def _node_link(genome: Genome, options: Options, beside: Beside) -> bytes:
    import networkx as nx

    form = nx.node_link_data(_graph(genome, options, beside), edges="edges")
    return (json.dumps(form, allow_nan=False) + "\n").encode()


def _graphml(genome: Genome, options: Options, beside: Beside) -> bytes:
    from neat.export.xml import to_graphml

    return to_graphml(_graph(genome, options, beside))


def _gexf(genome: Genome, options: Options, beside: Beside) -> bytes:
    from neat.export.xml import to_gexf

    return to_gexf(_graph(genome, options, beside))


def _dot(genome: Genome, options: Options, beside: Beside) -> bytes:
    from neat.export.dot import to_dot

    return to_dot(_graph(genome, options, beside)).encode()


def _drawing(kind: str) -> Callable[[Genome, Options, Beside], bytes]:
    def encode(genome: Genome, options: Options, beside: Beside) -> bytes:
        from neat.export.drawing import picture

        return picture(genome, kind, **options)

    return encode


FORMATS = {
    form.name: form
    for form in (
        Format("json", (".json",), _json),
        Format("node-link", (), _node_link),
        Format("graphml", (".graphml",), _graphml),
        Format("gexf", (".gexf",), _gexf),
        Format("dot", (".dot", ".gv"), _dot),
        Format("svg", (".svg",), _drawing("svg")),
        Format("png", (".png",), _drawing("png")),
        Format("pdf", (".pdf",), _drawing("pdf")),
    )
}
_BY_SUFFIX = {suffix: form for form in FORMATS.values() for suffix in form.suffixes}


def encode(
    genome: Genome, format: str, *, disabled: bool = False, pruned: bool = False, beside: Beside | None = None
) -> bytes:
    """Return a genome as the bytes of a file.

    Args:
        genome: what to write.
        format: `json`, `node-link`, `graphml`, `gexf`, `dot`, `svg`, `png` or `pdf`.
        disabled: with disabled connections; `json` always has them, unless `pruned`.
        pruned: only what can influence an output (`neat.export.trimmed`).
        beside: what stands beside the genome, among `fitness`, `generation`, `solved` and `needs`; in `json`,
            `node-link` and `graphml`.

    Raises:
        NeatError: there is no such format.
    """
    if not isinstance(format, str) or format not in FORMATS:
        what = describe_argument(format)
        raise NeatError(f"unknown format {what} (one of {', '.join(FORMATS)}{did_you_mean(what, FORMATS)})")
    options = {"disabled": switch("disabled", disabled), "pruned": switch("pruned", pruned)}
    if beside is not None and (not isinstance(beside, Mapping) or not {*beside} <= {*BESIDE}):
        raise argument_error("beside", beside, f"a dict of values for any of {', '.join(BESIDE)}")
    checked_genome(genome)
    _beside(beside or {})
    return FORMATS[format].encode(genome, options, beside or {})


def format_of(file: str | os.PathLike[str]) -> str:
    """Return the name of the format that a file's suffix stands for; raises NeatError where it stands for none."""
    suffix = Path(file).suffix
    if suffix.lower() not in _BY_SUFFIX:
        what = f"unknown suffix {describe(suffix)}" if suffix else "has no suffix that says the format"
        guess = did_you_mean(suffix, _BY_SUFFIX) if suffix else ""
        raise NeatError(f"{file}: {what} (one of {', '.join(_BY_SUFFIX)}{guess}; or name the format itself)")
    return _BY_SUFFIX[suffix.lower()].name


def write(
    genome: Genome,
    file: str | os.PathLike[str],
    format: str | None = None,
    *,
    disabled: bool = False,
    pruned: bool = False,
    beside: Beside | None = None,
) -> Path:
    """Write a genome to a file, as its suffix says or as `format` does, and return the file's path.

    The other arguments are those of `encode`. A file that is there is replaced, at once, and only by a whole one.

    Raises:
        NeatError: the suffix or the format stands for nothing, or the file cannot be written.
    """
    file = checked_path("file", file)
    form = format_of(file) if format is None else format
    save(file, encode(genome, form, disabled=disabled, pruned=pruned, beside=beside))
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
        write_whole(Path(os.path.realpath(file)), data)  # a link's own file; `resolve` fails where links go in a circle
    except ValueError:  # a NUL in it, or half of a surrogate pair
        raise NeatError(f"{str(file)!a}: cannot be written (no file can have this name)") from None


def read(file: str | os.PathLike[str]) -> Genome:
    """Return the genome in a file: its JSON form, GraphML or node-link JSON as `write` made them.

    What the file holds decides, not its name. With what was trimmed away gone, the genome is the same to the last bit.

    Raises:
        NeatError: the file cannot be read, or holds no genome.
    """
    return read_beside(file)[0]


def read_beside(file: str | os.PathLike[str]) -> tuple[Genome, dict[str, Any]]:
    """Return the genome in a file, as `read` does, and what stands beside it.

    Raises:
        NeatError: the file cannot be read, or holds no genome.
    """
    text = read_text(checked_path("file", file), LARGEST_FILE)
    try:
        return decode(text)
    except NeatError as error:
        raise NeatError(f"{file}: {error}") from None


def decode(text: str) -> tuple[Genome, dict[str, Any]]:
    """Return the genome that a file's text holds, and what stands beside it.

    Raises:
        NeatError: it holds none.
    """
    from neat.export.graph import from_networkx

    if not isinstance(text, str):
        raise argument_error("text", text, "the text of a file (bytes become text with bytes.decode())")
    if text.lstrip()[:1] == "<":
        from neat.export.xml import from_graphml

        graph = from_graphml(text)
        return from_networkx(graph), _beside(graph.graph)
    check_size(text, LARGEST_FILE)
    try:
        form = json.loads(text)
    except (ValueError, RecursionError):
        raise NeatError(
            "holds no genome (known are its JSON form, and GraphML and node-link JSON as `neat export` writes them)"
        ) from None
    if isinstance(form, dict) and "format" not in form and "nodes" in form and "edges" in form:
        graph = _from_node_link(form)
        return from_networkx(graph), _beside(graph.graph)
    del form  # parsed again below, more strictly
    genome, members = with_extras(text)
    return genome, _beside(members)


def _from_node_link(form: dict[str, Any]) -> Any:
    import networkx as nx

    if sum(len(form[name]) for name in ("nodes", "edges") if isinstance(form[name], list)) > _MOST_GENES:
        raise NeatError(f"this graph is too large: it has more than {_MOST_GENES:,} nodes and edges")
    try:
        return nx.node_link_graph(form, directed=True, multigraph=False, edges="edges")
    except (KeyError, TypeError, ValueError, AttributeError, nx.NetworkXException) as error:
        raise NeatError(
            f"this is not node-link JSON of a genome ({type(error).__name__}: {format_value(str(error))})"
        ) from None


def _beside(members: Mapping[str, Any]) -> dict[str, Any]:
    from neat.export.graph import from_json_text

    beside = {name: from_json_text(members[name]) for name in BESIDE if name in members}
    try:
        json.dumps(beside, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise NeatError(f"what stands beside the genome ({', '.join(beside)}) is not JSON ({error})") from None
    return beside
