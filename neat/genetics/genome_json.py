"""The JSON form of a genome: portable data, exact to the last bit, that is never executed."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from neat.config.arguments import argument_error, describe_argument
from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.files import read_text
from neat.genetics.genome import Connection, Genome, Node

FORMAT = "neat-genome"
VERSION = 1
_encode = json.JSONEncoder(allow_nan=False).encode  # made once: `json.dumps` would make one for every row
LARGEST_FILE = 1 << 26  # bytes: of a genome with more than half a million connections
# A genome in a file of this size has fewer: a connection takes at least 79 bytes, including four commas.
_MOST_CONTAINERS, _MOST_COMMAS = LARGEST_FILE // 40, LARGEST_FILE // 12

_MEMBERS = {
    "inputs": list, "outputs": list, "nodes": list, "connections": list,
    "bias_node": bool, "max_steps": int, "memory": bool, "key": int,
}  # fmt: skip
_KINDS = {list: "a list", bool: "true or false", int: "a whole number"}


def to_json(genome: Genome, extra: dict[str, Any]) -> str:
    """Return the JSON text of a genome: one line per node and per connection.

    Raises:
        NeatError: the genome is larger than any that `from_json` reads.
    """
    layout = genome.layout
    head = {
        "format": FORMAT,
        "version": VERSION,
        **extra,
        "key": genome.key,
        "parents": genome.parents,
        "inputs": layout.inputs,
        "outputs": layout.outputs,
        "bias_node": layout.bias_node,
        "max_steps": layout.max_steps,
        "memory": layout.memory,
    }
    members = [f" {_encode(name)}: {_encoded(name, value)}" for name, value in head.items()]
    for name, rows in (("nodes", genome.nodes), ("connections", genome.connections)):
        lines = _encode([row._asdict() for row in rows])[1:-1].replace("{", "  {").replace("}, ", "},\n")
        members.append(f' "{name}": [\n{lines}\n ]')
    text = "{\n" + ",\n".join(members) + "\n}\n"
    check_size(text, LARGEST_FILE)
    return text


def check_size(text: str, largest: int) -> None:
    """Check that parsing a JSON text takes no more memory than the largest genome would.

    Few bytes of JSON can become many bytes of Python objects: 64 MiB of empty objects take 3 GB.

    Raises:
        NeatError: the text has more than `largest` characters, or more values than a genome can have.
    """
    if len(text) > largest:
        raise NeatError(f"this genome is too large: {len(text) >> 20} MiB of JSON (at most {largest >> 20})")
    if text.count("{") + text.count("[") > _MOST_CONTAINERS or text.count(",") > _MOST_COMMAS:
        raise NeatError(
            f"this genome is too large: its JSON holds more than {_MOST_CONTAINERS:,} objects and lists, or more than "
            f"{_MOST_COMMAS:,} values"
        )


def from_json(text: str) -> Genome:
    """Return the genome that `to_json` wrote; members it does not know are passed over.

    Raises:
        NeatError: not JSON, not a genome, of a newer version, or with a fault that `Genome` names.
    """
    return with_extras(text)[0]


def with_extras(text: str) -> tuple[Genome, dict[str, Any]]:
    """Return the genome that `to_json` wrote, and the members that stand beside its own, as JSON gives them.

    Raises:
        NeatError: as `from_json`.
    """
    if not isinstance(text, str):
        raise argument_error("text", text, "text, the JSON form of a genome")
    check_size(text, LARGEST_FILE)
    try:
        form = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise NeatError(f"this is not a genome: it is not valid JSON ({format_value(str(error))})") from None
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        raise NeatError(f'this is not a genome: it has no member "format": "{FORMAT}"')
    version = form.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise NeatError(
            f"this genome has format version {format_value(version)}; this neat reads versions up to {VERSION}"
        )
    for name, kind in _MEMBERS.items():
        if type(form.get(name)) is not kind:
            raise NeatError(f'this genome has no member "{name}" that is {_KINDS[kind]}')
    parents = form.get("parents", [])
    if type(parents) is not list:
        raise NeatError('the member "parents" of this genome must be a list of keys')
    genome = Genome(
        form["inputs"],
        form["outputs"],
        [_row(Connection, row, "connection") for row in form["connections"]],
        [_row(Node, row, "node") for row in form["nodes"]],
        bias_node=form["bias_node"],
        max_steps=form["max_steps"],
        memory=form["memory"],
        key=form["key"],
        parents=parents,
    )
    own = {"format", "version", "parents", *_MEMBERS}
    return genome, {name: value for name, value in form.items() if name not in own}


def read_genome(file: Path) -> tuple[Genome, dict[str, Any]]:
    """Return the genome in a file, and the members that stand beside its own.

    Raises:
        NeatError: the file cannot be read, or is not a genome; the message begins with its name.
    """
    text = read_text(file, LARGEST_FILE)
    try:
        return with_extras(text)
    except NeatError as error:
        raise NeatError(f"{file}: {error}") from None


def _encoded(name: str, value: Any) -> str:
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):
        raise NeatError(f"JSON cannot represent the member {format_value(name)}, {describe_argument(value)}") from None


def _row(kind: type[Any], row: Any, what: str) -> Any:
    if not isinstance(row, dict):
        raise NeatError(f"a {what} of this genome is {format_value(row)}; it must be an object")
    try:
        return kind(**row)
    except TypeError:
        members = format_value(", ".join(row) or "none")
        raise NeatError(f"a {what} of this genome has members {members}; allowed: {', '.join(kind._fields)}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; a member that stands twice would mean one thing here and another elsewhere."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the member {next(name for name in made if names.count(name) > 1)!r} stands twice")
    return made


def genome_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a genome: `neat/genetics/genome.schema.json` of the package."""
    text = resources.files("neat.genetics").joinpath("genome.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
