"""The section [complexity] of a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import Choice, Number, Whole


@dataclass(frozen=True, kw_only=True)
class ComplexityKeys(Section):
    """How large genomes may grow."""

    section_name: ClassVar[str] = "complexity"

    mode: Literal["grow", "phased", "budget"] = key(
        Choice("grow", "phased", "budget"),
        "grow",
        "grow: genomes grow without limit; phased: phases of growth and of simplification take turns; budget: genomes "
        "have a largest number of connections",
    )
    room: float = key(
        Number(0, above=True),
        20.0,
        "a phase of growth ends when the mean number of connections has grown by this many (mode = phased)",
    )
    losses: float = key(
        Number(0, 1, above=True), 0.5, "chance per child of losing a connection while simplifying (mode = phased)"
    )
    patience: int = key(
        Whole(1), 10, "simplifying ends when genomes have not become smaller for this many generations (mode = phased)"
    )
    connections: int = key(
        Whole(1), 50, "largest number of connections, disabled ones included, of a child (mode = budget)"
    )

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a key that the mode does not use."""
        defaults = type(self).__dataclass_fields__
        for name, mode in (("room", "phased"), ("losses", "phased"), ("patience", "phased"), ("connections", "budget")):
            if self.mode != mode and getattr(self, name) != defaults[name].default:
                yield name, f"not used with mode = {self.mode} (set mode = {mode}, or leave {name} out)"
