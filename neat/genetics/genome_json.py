"""The JSON text of a genome: portable, exact to the last bit, and never executed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NoReturn

from neat.config.arguments import argument_error, describe_argument
from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.genetics.genes import Connection, Node

FORMAT = "neat-genome"
VERSION = 1
_encode = json.JSONEncoder(allow_nan=False).encode  # `json.dumps` would make an encoder for every row
LARGEST_FILE = 1 << 26  # bytes: a genome with more than half a million connections
# No genome in a file of this size has more: a connection takes at least 79 bytes, including four commas.
_MOST_CONTAINERS, _MOST_COMMAS = LARGEST_FILE // 40, LARGEST_FILE // 12

_MEMBERS = {
    "inputs": list, "outputs": list, "nodes": list, "connections": list,
    "bias_node": bool, "max_steps": int, "memory": bool, "key": int,
}  # fmt: skip
_KINDS = {list: "a list", bool: "true or false", int: "a whole number"}


def genome_text(members: Mapping[str, Any], nodes: Sequence[Node], connections: Sequence[Connection]) -> str:
    """Return the JSON text of a genome: one line for each member, node and connection.

    Raises:
        NeatError: JSON cannot represent a member, or the genome is larger than any that `parse_genome` accepts.
    """
    head = {"format": FORMAT, "version": VERSION, **members}
    lines = [f" {_encode(name)}: {_encoded(name, value)}" for name, value in head.items()]
    for name, rows in (("nodes", nodes), ("connections", connections)):
        texts = _encode([row._asdict() for row in rows])[1:-1].replace("{", "  {").replace("}, ", "},\n")
        lines.append(f' "{name}": [\n{texts}\n ]')
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    check_size(text, LARGEST_FILE)
    return text


def check_size(text: str, largest: int) -> None:
    """Check that parsing a JSON text takes no more memory than that of the largest genome.

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


def parse_genome(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of `Genome` in a JSON text, and all other members, unchecked.

    Raises:
        NeatError: the text is not JSON, not a genome, or of a newer version, or lacks a member.
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
    own = {name: form[name] for name in _MEMBERS}
    own["parents"] = parents
    own["nodes"] = [_row(Node, row, "node") for row in form["nodes"]]
    own["connections"] = [_row(Connection, row, "connection") for row in form["connections"]]
    others = form.keys() - own.keys() - {"format", "version"}
    return own, {name: value for name, value in form.items() if name in others}


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
    """Return an object of JSON; programs disagree on the meaning of a member that occurs twice, so none may."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the member {next(name for name in made if names.count(name) > 1)!r} occurs twice")
    return made


def genome_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a genome: `neat/genetics/genome.schema.json` of the package."""
    text = resources.files("neat.genetics").joinpath("genome.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
