"""The keys of `[problem]` for problems that are tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from neat.config import ProblemKeys, Section
from neat.config.fields import key, keys_of, required
from neat.config.formatting import format_value
from neat.config.value_types import ANY_NUMBER, NAMES, Choice, Either, FilePath, ValueType, Whole

MOST_ADDRESS_BITS = 4  # five would make 2^37 rows

Measure = Literal["mse", "accuracy", "cross_entropy", "paper"]
Solved = float | Literal["sides"] | None

_MEASURES: ValueType[Measure] = Choice("mse", "accuracy", "cross_entropy", "paper")
_MEASURE_HELP = (
    "fitness: mse = minus the mean squared error; accuracy = share of rows answered right; cross_entropy = "
    "minus the mean cross entropy; paper = (values - sum of |error|) squared"
)
_SOLUTIONS: ValueType[Solved] = Either({"none": None, "sides": "sides"}, ANY_NUMBER)
_SOLVED_HELP = (
    "when it is solved: sides = every output on the right side of `side` in every row; a number = that fitness"
)
_SIDE_HELP = "what divides the sides, and the two classes of a single target"
_HIGHEST = {"mse": 0.0, "accuracy": 1.0, "cross_entropy": 0.0}  # fitness, of the measures that have an upper bound


def out_of_reach(measure: str, solved: Solved) -> str | None:
    """Return why no network reaches the fitness `solved`, or None where one may."""
    highest = _HIGHEST.get(measure)
    if highest is None or solved is None or solved == "sides" or solved <= highest:
        return None
    hint = "" if highest else f"; did you mean {-solved:g}?"
    return f"out of reach (the fitness of {measure} is at most {highest:g}{hint})"


def _unreachable(measure: str, solved: Solved) -> Iterator[tuple[str, str]]:
    if fault := out_of_reach(measure, solved):
        yield "solved", fault


@dataclass(frozen=True, kw_only=True)
class MeasureKeys(Section):
    """How the outputs for rows are measured: the settings of a table that is given as arrays."""

    section_name: ClassVar[str] = "problem"

    measure: Measure = key(_MEASURES, "mse", _MEASURE_HELP)
    solved: Solved = key(_SOLUTIONS, None, _SOLVED_HELP)
    side: float = key(ANY_NUMBER, 0.5, _SIDE_HELP)

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault if no network could reach `solved`."""
        yield from _unreachable(self.measure, self.solved)


@dataclass(frozen=True, kw_only=True)
class DatasetKeys(ProblemKeys):
    """Rows of a CSV file: what a network is given, and what it should answer."""

    data: str = required(FilePath(".csv"), "the CSV file; its first row names the columns")
    inputs: tuple[str, ...] = required(NAMES, "columns that networks are given")
    targets: tuple[str, ...] = required(
        NAMES, "columns that networks should answer with; of more than two classes, one of 0 and 1 for each"
    )
    measure: Measure = key(_MEASURES, "mse", _MEASURE_HELP)
    solved: Solved = key(_SOLUTIONS, None, _SOLVED_HELP)
    side: float = key(ANY_NUMBER, 0.5, _SIDE_HELP)

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where a list is empty or a column is both given and asked for."""
        for name in ("inputs", "targets"):
            if not getattr(self, name):
                yield name, "empty (name at least one column)"
        targets = set(self.targets)
        both = [name for name in self.inputs if name in targets]
        if both:
            some = format_value(", ".join(both))
            yield "targets", f"{some} among the inputs too (a network cannot be asked for what it is given)"
        yield from _unreachable(self.measure, self.solved)


@dataclass(frozen=True, kw_only=True)
class MultiplexerKeys(ProblemKeys):
    """Every row of a multiplexer: address bits, and the data bits of which they choose one."""

    address_bits: int = key(
        Whole(1, MOST_ADDRESS_BITS),
        3,
        "n of them choose one of 2^n data bits: 3, 6, 11 or 20 inputs, in 8, 64, 2,048 or 1,048,576 rows",
    )
    measure: Measure = key(_MEASURES, "mse", _MEASURE_HELP)
    solved: Solved = key(_SOLUTIONS, "sides", _SOLVED_HELP)
    side: float = key(ANY_NUMBER, 0.5, _SIDE_HELP)

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where no network could solve it."""
        yield from _unreachable(self.measure, self.solved)


def measure_values(keys: DatasetKeys | MultiplexerKeys) -> dict[str, Any]:
    """Return the values of `MeasureKeys` in the keys of a table."""
    return {name: getattr(keys, name) for name in keys_of(MeasureKeys)}
