"""The keys of every kind of problem. Nothing heavy is imported here: `neat check` reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from neat.config import ProblemKeys, Section
from neat.config.fields import key, required
from neat.config.formatting import format_value
from neat.config.value_types import ANY_NUMBER, NAMES, Choice, Either, FilePath, Number, Text, ValueType, Whole, YesNo

MOST_ADDRESS_BITS = 4  # of a multiplexer: five would make 2^37 rows

TEST_EPISODES = 100  # default of `neat evaluate`

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
class FunctionKeys(Section):
    """The settings of a problem that is made from a function."""

    section_name: ClassVar[str] = "problem"

    solved: float | None = key(Either({"none": None}, ANY_NUMBER), None, "the fitness that solves it; none: never")
    deterministic: bool | None = key(
        Either({"auto": None}, YesNo()),
        None,
        "whether the same network always gets the same fitness; auto: yes if the function takes no generator",
    )


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


@dataclass(frozen=True, kw_only=True)
class GymnasiumKeys(ProblemKeys):
    """Episodes of an environment of Gymnasium: what networks observe, and how their rewards become a fitness."""

    environment: str = required(
        Text(empty=False),
        "its id, such as CartPole-v1; module:Name-v0 imports the module first: a file beside this one, or installed",
    )
    episodes: int = key(Whole(1, 100_000), 5, "episodes that every genome plays, the same for all of a generation")
    starts: Literal["fresh", "fixed"] = key(
        Choice("fresh", "fixed"), "fresh", "fresh: other episodes in every generation; fixed: always the same ones"
    )
    fitness: Literal["mean", "minimum", "quantile"] = key(
        Choice("mean", "minimum", "quantile"), "mean", "what is made of the episodes' rewards, each added up"
    )
    quantile: float = key(Number(0, 1), 0.25, "the share of episodes below it (fitness = quantile)")
    scaling: Literal["none", "bounds", "running"] = key(
        Choice("none", "bounds", "running"),
        "bounds",
        "bounds: inputs from -1 to 1, by the bounds of the observations where they have some; running: by the range "
        "that was seen so far; none: observations as they are",
    )
    hide: tuple[str, ...] = key(NAMES, (), "observations that networks are not given, by name or number from 0")
    max_episode_steps: int | None = key(
        Either({"auto": None}, Whole(1)),
        None,
        "an episode is over after so many; auto: the environment's limit, or 1000 where it has none",
    )
    threshold: float | Literal["auto"] | None = key(
        Either({"auto": "auto", "none": None}, ANY_NUMBER),
        "auto",
        "the mean that solves it; auto: as the environment says, none where it does not; none: it is never solved",
    )
    validation_episodes: int = key(
        Whole(1, 100_000), 100, "other episodes in which a genome that reaches the threshold must reach it again"
    )
    arguments: tuple[str, ...] = key(NAMES, (), "what the environment is made with: name=value, ...")


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
        Whole(1, 100_000), 100, "last steps whose unrest counts; nothing is given to who did not survive more"
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
    def judged_by_gruau(self) -> bool:
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
        if self.judged_by_gruau and self.damping_window >= self.steps:
            yield "damping_window", f"not below max_steps = {self.steps}, so that no fitness could tell anything of it"
