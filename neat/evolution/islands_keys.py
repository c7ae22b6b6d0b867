"""The section [islands] of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import Choice, Whole

MOST_ISLANDS = 100_000


@dataclass(frozen=True, kw_only=True)
class IslandsKeys(Section):
    """Several populations of one run, which exchange their best genomes from time to time."""

    section_name: ClassVar[str] = "islands"

    count: int = key(Whole(1, MOST_ISLANDS), 1, "populations, each with [population] size genomes; 1 = no islands")
    every: int = key(Whole(1), 10, "generations from one exchange to the next")
    migrants: int = key(Whole(0), 1, "best genomes of an island that are copied to each of its neighbours; 0 = none")
    topology: Literal["ring", "full"] = key(
        Choice("ring", "full"), "ring", "ring = each island sends to the next one; full = to all others"
    )
