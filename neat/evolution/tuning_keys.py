"""The section [tuning] of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import Choice, Number, Whole


@dataclass(frozen=True, kw_only=True)
class TuningKeys(Section):
    """How the weights of the champions of stalled species are tuned by an evolution strategy."""

    section_name: ClassVar[str] = "tuning"

    method: Literal["none", "sep-cma-es", "es"] = key(
        Choice("none", "sep-cma-es", "es"),
        "none",
        "sep-cma-es = adapts the step of every weight; es = adapts one step for all weights; none = no tuning",
    )
    wait: int = key(Whole(0), 100, "nothing is tuned in the first generations, since wirings have to grow first")
    after: int = key(Whole(1), 5, "a species without progress for this many generations may have its champion tuned")
    share: float = key(Number(0, 1.0, above=True), 0.3, "share of the population that may be samples of tuned genomes")
    generations: int = key(Whole(1), 150, "a tuning lasts for at most this many generations")
    step: float = key(
        Number(0, above=True),
        0.5,
        "standard deviation of the first samples, in units of weight_power, bias_power and response_power",
    )
