"""The layout of genomes: their inputs and outputs, and how their networks run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neat.config.formatting import describe, format_value, unprintable
from neat.config.value_types import list_items, python_scalar
from neat.core.errors import NeatError

_MOST_TERMINALS = 100_000


@dataclass(frozen=True)
class Layout:
    """What all genomes of a population have in common: inputs, outputs, and how their networks run.

    Node ids: inputs are 0 to I - 1, then comes the bias node if there is one, then the O outputs, then
    hidden nodes. `max_steps` = 0 means `auto`.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    bias_node: bool = True
    max_steps: int = 0
    memory: bool = False

    @property
    def sources(self) -> int:
        """The number of nodes that only send: the inputs and the bias node."""
        return len(self.inputs) + self.bias_node

    @property
    def given(self) -> int:
        """The number of nodes that every genome has, which is also the smallest id of a hidden node."""
        return self.sources + len(self.outputs)

    def name(self, node: int) -> str:
        """Return the name of an input or output, `bias`, or the id of a hidden node as text."""
        if node < len(self.inputs):
            return self.inputs[node]
        if node < self.sources:
            return "bias"
        if node < self.given:
            return self.outputs[node - self.sources]
        return str(node)


def names(given: int | Sequence[str], prefix: str) -> tuple[str, ...]:
    """Return the names of inputs or outputs: those given, or `x1, x2, ...` for a count and the prefix `x`.

    Raises:
        NeatError: there are none or too many, a name is not text or contains half of a surrogate pair, or a name
            occurs twice.
    """
    count = python_scalar(given)
    if isinstance(count, int) and not isinstance(count, bool):
        if not 1 <= count <= _MOST_TERMINALS:
            raise NeatError(f"a network has 1 to {_MOST_TERMINALS} inputs and outputs each, not {format_value(count)}")
        return tuple(f"{prefix}{number + 1}" for number in range(count))
    texts = [given] if isinstance(given, str) else list_items(given)
    if not texts or not all(isinstance(name, str) for name in texts):
        raise NeatError(f"inputs and outputs are a count or a list of names, not {format_value(given)}")
    if len(texts) > _MOST_TERMINALS:
        raise NeatError(f"a network has 1 to {_MOST_TERMINALS} inputs and outputs each, not {len(texts)}")
    seen: set[str] = set()
    for name in texts:
        if name in seen:
            raise NeatError(
                f"the name {describe(name)} occurs twice in {format_value(', '.join(texts))}; names must be unique"
            )
        if unprintable(name):
            raise NeatError(f"the name {describe(name)} has a line end or a control character in it")
        seen.add(name)
    return tuple(str(name) for name in texts)  # numpy's text becomes plain text
