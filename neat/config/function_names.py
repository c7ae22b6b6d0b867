"""The type of settings that name an activation function or an aggregation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from neat.config.value_types import InvalidValue, ValueType
from neat.core.errors import did_you_mean

if TYPE_CHECKING:
    from neat.core.functions import FunctionTable


@dataclass(frozen=True)
class FunctionName(ValueType[str]):
    """A built-in function, a function registered by `neat.register_...`, or `module:function`.

    A module is imported only when a run starts.
    """

    function: Literal["activation", "aggregation"]
    type_name = "choice"

    @property
    def _table(self) -> FunctionTable[Any]:
        from neat.core import functions  # not needed to read other settings

        return functions.ACTIVATION_TABLE if self.function == "activation" else functions.AGGREGATION_TABLE

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self._table.names)}, module:function, or a name registered in Python"

    def accept(self, value: object) -> str:
        from neat.core.functions import names_module

        if not isinstance(value, str):
            raise InvalidValue("not a word")
        name = value.strip()
        if names_module(name):
            return name
        if name.lower() in self._table:
            return name.lower()
        raise InvalidValue("unknown word" if name else "empty", did_you_mean(name, self._table.names))
