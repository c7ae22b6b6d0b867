"""The JSON form of a genome: data that anybody may read, exact to the last bit, and never run."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from neat.genetics.genome import Connection, Genome, Node
from neat.ground.errors import NeatError

FORMAT = "neat-genome"
VERSION = 1
_encode = json.JSONEncoder(allow_nan=False).encode  # made once: `json.dumps` would make one for every row


def to_json(genome: Genome, extra: dict[str, Any]) -> str:
    """Return the JSON text of a genome: one line per node and per connection."""
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
    members = [f" {_encode(name)}: {_encode(value)}" for name, value in head.items()]
    for name, rows in (("nodes", genome.nodes), ("connections", genome.connections)):
        lines = _encode([row._asdict() for row in rows])[1:-1].replace("{", "  {").replace("}, ", "},\n")
        members.append(f' "{name}": [\n{lines}\n ]')
    return "{\n" + ",\n".join(members) + "\n}\n"


def from_json(text: str) -> Genome:
    """Return the genome that `to_json` wrote; members it does not know are passed over.

    Raises:
        NeatError: not JSON, not a genome, of a newer version, or with a fault that `Genome` names.
    """
    try:
        form = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NeatError(f"this is not a genome: it is not valid JSON ({error})") from None
    if not isinstance(form, dict) or form.get("format") != FORMAT:
        raise NeatError(f'this is not a genome: it has no member "format": "{FORMAT}"')
    version = form.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise NeatError(f"this genome has format version {version!r}; this neat reads versions up to {VERSION}")
    members = {
        "inputs": list, "outputs": list, "nodes": list, "connections": list,
        "bias_node": bool, "max_steps": int, "memory": bool, "key": int,
    }  # fmt: skip
    for name, kind in members.items():
        if type(form.get(name)) is not kind:
            raise NeatError(f'this genome has no member "{name}" that is {_KINDS[kind]}')
    if not 0 <= form["max_steps"] <= 2**31 or not 0 <= form["key"] < 2**63:
        raise NeatError('the members "max_steps" and "key" of this genome must be whole numbers from 0')
    parents = form.get("parents", [])
    if not isinstance(parents, list) or not all(type(key) is int and 0 <= key < 2**63 for key in parents):
        raise NeatError('the member "parents" of this genome must be a list of keys')
    return Genome(
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


_KINDS = {list: "a list", bool: "true or false", int: "a whole number"}


def _row(kind: type[Any], row: Any, what: str) -> Any:
    if not isinstance(row, dict):
        raise NeatError(f"a {what} of this genome is {row!r}; it must be an object")
    try:
        return kind(**row)
    except TypeError:
        raise NeatError(
            f"a {what} of this genome has members {', '.join(row) or 'none'}; allowed: {', '.join(kind._fields)}"
        ) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
