"""The kind of value that names an activation function or an aggregation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from neat.config.kinds import Kind, Refused
from neat.core.errors import did_you_mean

if TYPE_CHECKING:
    from neat.core.functions import FunctionTable


@dataclass(frozen=True)
class FunctionName(Kind[str]):
    """A built-in function, a function registered by `neat.register_...`, or `module:function`.

    A module is only imported when a run starts.
    """

    function: Literal["activation", "aggregation"]
    type_name = "choice"

    @property
    def _table(self) -> FunctionTable[Any]:
        from neat.core import functions  # not needed to show what a configuration may hold

        return functions.ACTIVATION_TABLE if self.function == "activation" else functions.AGGREGATION_TABLE

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self._table.names)}, module:function, or a name registered in Python"

    def read(self, text: str) -> str:
        from neat.core.functions import names_module

        name = text.strip()
        if names_module(name):
            return name
        if name.lower() in self._table:
            return name.lower()
        raise Refused("unknown word" if name else "empty", did_you_mean(name, self._table.names))

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise Refused("not a word")
        return self.read(value)
