"""The settings of problems that are made from a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import ANY_NUMBER, Either, YesNo


@dataclass(frozen=True, kw_only=True)
class FunctionKeys(Section):
    """The settings of a problem that is made from a function."""

    section_name: ClassVar[str] = "problem"

    solved: float | None = key(Either({"none": None}, ANY_NUMBER), None, "the fitness that solves it; none: never")
    deterministic: bool | None = key(
        Either({"auto": None}, YesNo()),
        None,
        "whether the same network always gets the same fitness; auto: yes if the function takes no generator",
    )
