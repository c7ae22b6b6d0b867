"""What a problem answers about networks: an evaluation, a validation, or the result of a test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.formatting import describe
from neat.config.value_types import LARGEST_NUMBER, python_scalar
from neat.core.averages import row_deviations, row_means
from neat.core.errors import ProblemError

#: Arrays by name.
Arrays = Mapping[str, NDArray[Any]]

MOST_BYTES = 8  # per number in a run file
MOST_LEARNING_EVALUATIONS = 2**40  # of one population
TEST_EPISODES = 100  # default number of episodes of a test
_NUMBERS = "biuf"  # kinds of numpy dtypes: text and objects are not numbers, although numpy would convert some
_FLAGS = "biu"


@dataclass(frozen=True)
class Validation:
    """The result of validating one genome: its key, whether it passed, and its fitness in the validation.

    Attributes:
        key: the key of the genome.
        passed: whether the genome solves the problem.
        fitness: its fitness in the validation; finite.
        details: further finite numbers by name.
    """

    key: int
    passed: bool
    fitness: float
    details: Mapping[str, float] = field(default_factory=dict)

    def check(self) -> None:
        """Check the types, and that all numbers are finite.

        Raises:
            ProblemError: names the wrong attribute and its value.
        """
        if not isinstance(self.key, int | np.integer):
            raise ProblemError(f"key is {describe(self.key)}; it must be the key of the genome that was validated")
        if not isinstance(self.passed, bool | np.bool_):
            raise ProblemError(f"passed is {describe(self.passed)}; it must be True or False")
        if not isinstance(self.details, Mapping) or not all(isinstance(name, str) for name in self.details):
            raise ProblemError(f"details are {describe(self.details)}; they must be a dict of numbers by name")
        for name, value in {"fitness": self.fitness, **self.details}.items():
            number = isinstance(value, Real) and not isinstance(value, bool)
            if not number or not abs(value) < math.inf:
                raise ProblemError(f"{name} is {describe(value)}; it must be a finite number")


@dataclass(frozen=True)
class TestResult:
    """The result of testing one network in episodes that evolution never used.

    Attributes:
        values: (E,) float64, the total reward of each episode; for other problems, the fitness in each evaluation.
        threshold: the mean that solves the problem, or None if no number does.
        solved: whether the network solves the problem in this test, or None if the test cannot tell.
        unit: what one value was measured in: `episode` or `evaluation`.
        same: for a deterministic problem, a phrase for what every evaluation uses, such as `on the 4 rows`.
    """

    __test__ = False  # not a test class of pytest

    values: NDArray[np.float64]
    threshold: float | None
    solved: bool | None
    unit: str = "episode"
    same: str = ""

    @property
    def mean(self) -> float:
        """The mean of all values."""
        return float(row_means(self.values[None])[0])

    @property
    def sd(self) -> float:
        """The sample standard deviation of all values; 0 for a single value."""
        return float(row_deviations(self.values[None])[0])

    @property
    def minimum(self) -> float:
        """The lowest value."""
        return float(self.values.min())


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The evaluation of P networks by a problem. Higher is better, everywhere.

    Attributes:
        fitness: (P,) float64, finite; decides on the champion and on stopping.
        score: (P,) float64, used by selection instead of the fitness, or None.
        solved: (P,) bool, the networks that solve the problem, or None if the problem does not say. If the problem
            supports validation, these are only candidates.
        weight: (C,) float64, learned weights of all connections of the population, or None. The genomes then have these
            weights; where the value is nan, for example of a connection that leads nowhere, they keep their own.
        bias, response: (N,) float64, learned attributes of all nodes, in the same way. Values of inputs and bias nodes
            are ignored.
        learning_evaluations: how many evaluations learning cost, beyond one for each network.
        columns: further arrays with P rows, by name: steps taken, a behaviour, objectives; stored with the run.
        state: named arrays that the problem receives again in the next generation (`Context.state`).
        preprocessing: named arrays that a network needs to run elsewhere as it ran here, such as the range of
            observations that scaled its inputs; stored with the champion.
    """

    fitness: NDArray[np.float64]
    score: NDArray[np.float64] | None = None
    solved: NDArray[np.bool_] | None = None
    weight: NDArray[np.float64] | None = None
    bias: NDArray[np.float64] | None = None
    response: NDArray[np.float64] | None = None
    columns: Arrays = field(default_factory=dict)
    state: Arrays = field(default_factory=dict)
    preprocessing: Arrays = field(default_factory=dict)
    learning_evaluations: int = 0

    def __post_init__(self) -> None:
        convert = object.__setattr__
        cost = python_scalar(self.learning_evaluations)
        if isinstance(cost, bool) or not isinstance(cost, int) or not 0 <= cost <= MOST_LEARNING_EVALUATIONS:
            raise ProblemError(f"learning_evaluations is {describe(cost)}; it must be a whole number from 0 to 2^40")
        convert(self, "learning_evaluations", cost)
        convert(self, "fitness", _numbers("fitness", self.fitness))
        if self.score is not None:
            convert(self, "score", _numbers("score", self.score))
        if self.solved is not None:
            convert(self, "solved", _frozen(np.array(_array("solved", self.solved, _FLAGS), np.bool_)))
        for name, values in self.learned.items():
            convert(self, name, _frozen(np.array(_array(name, values), np.float64)))
        for name, arrays in (("columns", self.columns), ("state", self.state), ("preprocessing", self.preprocessing)):
            convert(self, name, named_arrays(name, arrays))

    def __reduce__(self) -> tuple[Any, ...]:
        return _evaluation, ({each.name: getattr(self, each.name) for each in fields(self)},)  # read-only arrays again

    def check(self, size: int) -> None:
        """Check that every array has one row for each of `size` networks.

        Raises:
            ProblemError: names the array and its shape.
        """
        for name, value in {"fitness": self.fitness, "score": self.score, "solved": self.solved}.items():
            if value is not None and value.shape != (size,):
                raise ProblemError(
                    f"the problem's {name} must have shape (P,) = ({size},), one value per network; "
                    f"it has shape {value.shape}"
                )
        for name, column in self.columns.items():
            if column.shape[:1] != (size,):
                raise ProblemError(
                    f"the problem's column {name!r} must have P = {size} rows; it has shape {column.shape}"
                )

    def check_learned(self, connections: int, nodes: int) -> None:
        """Check that there is one learned value for each connection or node, within the limits of a genome.

        Raises:
            ProblemError: names the array and its shape, or a value beyond +-2^40.
        """
        for name, value in self.learned.items():
            letter, rows = ("C", connections) if name == "weight" else ("N", nodes)
            if value.shape != (rows,):
                raise ProblemError(
                    f"the learned {name} must have shape ({letter},) = ({rows},), one value for each of the "
                    f"population; it has shape {value.shape}"
                )
            if (beyond := np.abs(value) > LARGEST_NUMBER).any():
                raise ProblemError(f"the learned {name} must lie within +-2^40; it holds {value[beyond][0]}")

    @property
    def learned(self) -> dict[str, NDArray[np.float64]]:
        """The learned values by the name of their attribute, without those that are None."""
        values = {"weight": self.weight, "bias": self.bias, "response": self.response}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def scores(self) -> NDArray[np.float64]:
        """The values that selection uses: the score if there is one, else the fitness; (P,) float64."""
        return self.fitness if self.score is None else self.score

    @property
    def finite(self) -> NDArray[np.bool_]:
        """A mask of the networks with a finite fitness and score: (P,) bool."""
        finite = np.isfinite(self.fitness)
        return finite if self.score is None else finite & np.isfinite(self.score)


def _evaluation(values: dict[str, Any]) -> Evaluation:
    return Evaluation(**values)


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    # Adding 0.0 turns -0.0 into 0.0, which is the same fitness; a run file does not keep the sign.
    return _frozen(np.array(_array(name, values), np.float64) + 0.0)


def named_arrays(name: str, given: object) -> dict[str, NDArray[Any]]:
    """Return named arrays of numbers that a run file can hold, read-only.

    Preprocessing must be finite, since it is saved as JSON.
    """
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise ProblemError(f"the problem's {name} must be a dict of arrays by name; it is {describe(given)}")
    arrays: dict[str, NDArray[Any]] = {}
    for key, values in given.items():
        what = f"{name}[{key!r}]"
        if any("\ud800" <= letter <= "\udfff" for letter in key):
            raise ProblemError(f"the problem's {what} has half a letter in its name (a surrogate)")
        array = _array(what, values)
        if array.dtype.itemsize > MOST_BYTES:
            raise ProblemError(f"the problem's {what} must be numbers of 64 bits at most; it has dtype {array.dtype}")
        if name == "preprocessing" and not np.isfinite(array).all():
            raise ProblemError(f"the problem's {what} must be finite; it holds {array[~np.isfinite(array)][0]}")
        arrays[key] = _frozen(array.copy()) if array.flags.writeable else array
    return arrays


def _array(name: str, values: Any, kinds: str = _NUMBERS) -> NDArray[Any]:
    if type(values) is not np.ndarray and np.ma.is_masked(values):
        # A masked fitness becomes nan, a failure of that genome alone.
        if name not in ("fitness", "score"):
            raise ProblemError(f"the problem's {name} must be numbers, but some of them are masked")
        values = np.ma.filled(np.ma.asarray(values, np.float64), np.nan)
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = None
    if array is None or array.dtype.kind not in kinds:
        what = "True or False" if kinds == _FLAGS else "numbers"
        raise ProblemError(f"the problem's {name} must be {what}; it is {describe(values)}")
    return array


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
