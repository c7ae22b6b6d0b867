"""The keys of `[problem]` for pole balancing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from neat.config import ProblemKeys
from neat.config.fields import key
from neat.config.value_types import Choice, Either, Number, Whole, YesNo


@dataclass(frozen=True, kw_only=True)
class PoleKeys(ProblemKeys):
    """A cart that is pushed along a track so that what stands on it does not fall."""

    start_angle: float = key(
        Number(0.0, 0.2), 0.07, "the pole's angle at the start (of two, the long one's), in radians"
    )
    bias_input: float = key(
        Number(-1.0, 1.0),
        0.0,
        "a last input that always has this value; 0: there is none (in the paper 0.5, with [genome] bias = none)",
    )


@dataclass(frozen=True, kw_only=True)
class SinglePoleKeys(PoleKeys):
    """One pole on a cart that is pushed left or right as hard as can be; networks are given its velocities."""

    max_steps: int = key(
        Whole(1, 10_000_000), 100_000, "steps of 0.02 s that an attempt lasts at most; surviving them all solves it"
    )


@dataclass(frozen=True, kw_only=True)
class DoublePoleKeys(PoleKeys):
    """A long and a short pole on one cart, which is pushed as hard as the output says."""

    velocities: bool = key(
        YesNo(), True, "whether networks are given velocities; if not, they need memory, [network] memory = yes"
    )
    fitness: Literal["auto", "steps", "gruau"] = key(
        Choice("auto", "steps", "gruau"),
        "auto",
        "steps: how many were survived; gruau: 0.1 times their share, and 0.9 times 0.75 / unrest, which is the sum "
        "of |x| + |x'| + |th| + |th'| over the last `damping_window` steps; auto: gruau without velocities",
    )
    max_steps: int | None = key(
        Either({"auto": None}, Whole(1, 10_000_000)),
        None,
        "steps of 0.02 s that an attempt lasts at most; auto: 100000, without velocities 1000",
    )
    damping_window: int = key(
        Whole(1, 100_000), 100, "last steps whose unrest counts; a genome that did not survive more gets nothing for it"
    )
    check_steps: int = key(
        Whole(1, 10_000_000), 100_000, "a genome that survives all steps solves it if it survives so many, too"
    )
    generalisation: int | Literal["auto"] = key(
        Either({"auto": "auto"}, Whole(0, 625)),
        "auto",
        "and if it survives 1000 steps from so many of 625 other starts; auto: 0, without velocities 200",
    )

    @property
    def steps(self) -> int:
        """How many steps an attempt lasts at most."""
        return self.max_steps or (100_000 if self.velocities else 1_000)

    @property
    def uses_gruau(self) -> bool:
        """Whether fitness is Gruau's."""
        return self.fitness == "gruau" or (self.fitness == "auto" and not self.velocities)

    @property
    def wanted(self) -> int:
        """How many of the 625 other starts must be survived; 0: they are not tried."""
        if self.generalisation == "auto":
            return 0 if self.velocities else 200
        return self.generalisation

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault if no network could survive more steps than those whose unrest counts."""
        if self.uses_gruau and self.damping_window >= self.steps:
            yield "damping_window", f"not below max_steps = {self.steps}, so that no fitness could tell anything of it"
