"""The kinds of problem that an INI file can name. Nothing heavy is imported here: `neat check` reads their keys."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from neat.config import ProblemKeys
from neat.problems.gymnasium.keys import GymnasiumKeys
from neat.problems.poles.keys import DoublePoleKeys, SinglePoleKeys
from neat.problems.tables.keys import DatasetKeys, MultiplexerKeys

if TYPE_CHECKING:
    from neat.problems.protocol import ConfiguredProblem


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem: its name in INI files, one line about it, its keys, and the class that it makes."""

    name: str
    summary: str
    keys: type[ProblemKeys]
    class_name: str  # `module:Class` in this package, imported when a problem is made

    def load(self) -> type[ConfiguredProblem[Any]]:
        """Import and return the class."""
        module, _, name = self.class_name.partition(":")
        loaded: type[ConfiguredProblem[Any]] = getattr(import_module(f"{__package__}.{module}"), name)
        return loaded


KINDS: dict[str, ProblemKind] = {
    kind.name: kind
    for kind in (
        ProblemKind(
            "dataset", "the rows of a CSV file: inputs, targets, a measure", DatasetKeys, "tables.dataset:Dataset"
        ),
        ProblemKind("multiplexer", "every row of a multiplexer", MultiplexerKeys, "tables.multiplexer:Multiplexer"),
        ProblemKind("gymnasium", "episodes of a Gymnasium environment", GymnasiumKeys, "gymnasium.problem:Gymnasium"),
        ProblemKind("single_pole", "a pole balanced on a cart", SinglePoleKeys, "poles.problem:SinglePole"),
        ProblemKind("double_pole", "two poles balanced on one cart", DoublePoleKeys, "poles.problem:DoublePole"),
    )
}
