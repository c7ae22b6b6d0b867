"""Tests of the configuration have a registry of their own, whatever other packages declare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest

from neat.config import ProblemKeys, Section, declare_problem, declare_section, registry
from neat.config.fields import key, required
from neat.config.value_types import NAMES, Choice, Either, FilePath, Number, Text


@dataclass(frozen=True, kw_only=True)
class TableKeys(ProblemKeys):
    """A problem with a required key."""

    data: str = required(FilePath(), "the CSV file")
    inputs: tuple[str, ...] = key(NAMES, (), "columns that are inputs")
    title: str = key(Text(), "", "a title")
    test_share: float = key(Number(0, 1), 0.0, "share of rows kept for the test")
    cache: str | None = key(Either({"none": None}, FilePath()), None, "a folder")


@dataclass(frozen=True, kw_only=True)
class MazeKeys(ProblemKeys):
    """A problem with a default for every key, and a check between two."""

    near: float = key(Number(0), 1.0, "nearest")
    far: float = key(Number(0), 2.0, "farthest")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict if near is not below far."""
        if self.near >= self.far:
            yield "near", f"not below far = {self.far!r}"


@dataclass(frozen=True, kw_only=True)
class LearningKeys(Section):
    """A section of a higher package."""

    rate: float = key(Number(0), 0.1, "step size")
    method: Literal["sgd", "adam"] = key(Choice("sgd", "adam"), "sgd", "how weights follow gradients")


@pytest.fixture(autouse=True)
def _declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare two kinds of problem and one section, and nothing else."""
    registry.declared_problems()  # otherwise the kinds of problem would be declared in what is removed afterwards
    monkeypatch.setattr(registry, "_problems", {})
    monkeypatch.setattr(registry, "_sections", {})
    declare_problem("table", TableKeys)
    declare_problem("maze", MazeKeys)
    declare_section("learning", LearningKeys)


@pytest.fixture
def table_keys() -> type[TableKeys]:
    """Return the keys of `[problem] kind = table`."""
    return TableKeys


@pytest.fixture
def maze_keys() -> type[MazeKeys]:
    """Return the keys of `[problem] kind = maze`."""
    return MazeKeys


@pytest.fixture
def learning_keys() -> type[LearningKeys]:
    """Return the keys of `[learning]`."""
    return LearningKeys
