"""The keys of every kind of problem. Nothing heavy is imported here: `neat check` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from neat.config import ProblemKeys
from neat.config.fields import choice, either, file_path, key, names, number, required


@dataclass(frozen=True, kw_only=True)
class DatasetKeys(ProblemKeys):
    """Rows of a CSV file: what a network is given, and what it should answer."""

    data: str = required(file_path(".csv"), "the CSV file; its first row names the columns")
    inputs: tuple[str, ...] = required(names(), "columns that networks are given")
    targets: tuple[str, ...] = required(names(), "columns that networks should answer with")
    measure: Literal["mse", "accuracy", "cross_entropy", "paper"] = key(
        choice("mse", "accuracy", "cross_entropy", "paper"),
        "mse",
        "fitness: mse = minus the mean squared error; accuracy = share of rows answered right; cross_entropy = "
        "minus the mean cross entropy; paper = (values - sum of |error|) squared",
    )
    solved: float | None | Literal["sides"] = key(
        either({"none": None, "sides": "sides"}, number()),
        None,
        "when it is solved: sides = every output on the right side of `side` in every row; a number = that fitness",
    )
    side: float = key(number(), 0.5, "what divides the sides, and the two classes of a single target")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where a list is empty or a column is both given and asked for."""
        for name in ("inputs", "targets"):
            if not getattr(self, name):
                yield name, "empty (name at least one column)"
        both = [name for name in self.inputs if name in self.targets]
        if both:
            yield "targets", f"{', '.join(both)} among the inputs too (a network cannot be asked for what it is given)"
