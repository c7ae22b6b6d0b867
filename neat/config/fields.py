"""How the dataclass of a section declares its keys: `size: int = key(Whole(2, 100), 50, "number of genomes")`."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from neat.config.value_types import ValueType

Value = TypeVar("Value")


def key(type: ValueType[Value], default: Value, help: str) -> Value:
    """Return the dataclass field of a key with its type, its default and one line of help."""
    made: Value = field(default=default, metadata={"type": type, "help": help})
    return made


def required(type: ValueType[Value], help: str) -> Value:
    """Return the dataclass field of a key without a default."""
    made: Value = field(metadata={"type": type, "help": help})
    return made


@dataclass(frozen=True)
class Key:
    """A key of a section."""

    name: str
    type: ValueType[Any]
    help: str
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether the key has no default."""
        return self.default is MISSING


def keys_of(section: type) -> dict[str, Key]:
    """Return the keys of a section in their order."""
    return {
        item.name: Key(item.name, item.metadata["type"], item.metadata["help"], item.default)
        for item in fields(section)
        if "type" in item.metadata
    }
