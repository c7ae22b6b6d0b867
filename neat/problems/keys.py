"""The settings of problems that are made from a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neat.config import Section
from neat.config.fields import either, key, number, yes_no


@dataclass(frozen=True, kw_only=True)
class FunctionKeys(Section):
    """The settings of a problem that is made from a function."""

    section_name: ClassVar[str] = "problem"

    solved: float | None = key(either({"none": None}, number()), None, "the fitness that solves it; none: never")
    deterministic: bool | None = key(
        either({"auto": None}, yes_no()),
        None,
        "whether the same network always gets the same fitness; auto: yes if the function takes no generator",
    )
