"""The section [operators] of a configuration: functions of the user's own in place of built-in operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import Text


def _replaces(what: str) -> str:
    """Return the field of one operator."""
    return key(Text(), "", f"a function of your own, module:name, that {what}; empty: the built-in operator")


@dataclass(frozen=True, kw_only=True)
class OperatorKeys(Section):
    """The operators that a run replaces, as `module:name`."""

    section_name: ClassVar[str] = "operators"

    initialize: str = _replaces("makes the initial population")
    mutate: str = _replaces("mutates children")
    crossover: str = _replaces("makes children of their parents")
    speciate: str = _replaces("assigns genomes to species")
    select: str = _replaces("chooses parents and elites")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault for every value that is not a module, a colon and a name."""
        for name, value in self.to_dict().items():
            module, colon, function = value.partition(":")
            if not (colon and module.strip() and function.strip().isidentifier()):
                yield name, "not a module, a colon and the name of a function (for example my_operators:mutate)"

    def to_dict(self) -> dict[str, Any]:
        """Return the operators that are replaced."""
        return {name: value for name, value in super().to_dict().items() if value}

    def to_texts(self, *, full: bool) -> dict[str, str]:
        """Return the INI text of the operators that are replaced."""
        return super().to_texts(full=False)
