"""What a problem is, and what it answers."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import describe_argument
from neat.config.formatting import describe
from neat.config.value_types import LARGEST_NUMBER
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.randomness import Randomness

if TYPE_CHECKING:
    from neat.config import Config
    from neat.network import Network, Networks


MEMBERS = ("inputs", "outputs", "deterministic", "evaluate")  # what every problem has
SWITCHES = ("deterministic", "splittable", "carries")  # members that are True or False
ABSENT = object()  # stands for a member that a problem does not have

MOST_BYTES = 8  # of a number in a run's file

#: Named arrays that a problem hands on from one generation to the next.
Carry = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Validation:
    """The result of a harder test: of genome `key`, whether it `passed`, and its `fitness` there."""

    key: int
    passed: bool
    fitness: float
    details: Mapping[str, float] = field(default_factory=dict)

    def check(self) -> None:
        """Check the types, and that all numbers are finite.

        Raises:
            ProblemError: which member is what instead.
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
                raise ProblemError(f"{name} is {describe(value)}; it must be a number, and finite")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a problem found out about P networks. Higher is better, everywhere.

    Attributes:
        fitness: (P,) float64, finite: for the champion and for stopping.
        score: (P,) float64, what selection uses instead of the fitness, or None.
        solved: (P,) bool, who solves the problem, or None where the problem does not say. Where the problem
            has a `validate`, these are only candidates.
        weight, bias, response: learned values of all connections (C,) and nodes (N,) of the population, or None; those
            of inputs and bias nodes, which only send, count for nothing.
        columns: further arrays with P rows: steps taken, a behaviour, objectives.
        carry: named arrays that the problem is handed in the next generation, read-only.
        needs: named arrays that networks need to run elsewhere as they ran here, such as the range of observations
            that they were judged with; saved with the champion.
        noisy: whether another evaluation of the same genome could give another fitness.
        evaluated: how many networks were evaluated for this.
        validation: the harder test made in this generation, if any.
        failed: why genomes failed, by their keys; they were given the lowest fitness (`on_error = worst`).
    """

    fitness: NDArray[np.float64]
    score: NDArray[np.float64] | None = None
    solved: NDArray[np.bool_] | None = None
    weight: NDArray[np.float64] | None = None
    bias: NDArray[np.float64] | None = None
    response: NDArray[np.float64] | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    carry: Carry = field(default_factory=dict)
    needs: Carry = field(default_factory=dict)
    noisy: bool = False
    evaluated: int = 0
    validation: Validation | None = None
    failed: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (dtype, kinds) in _COLUMNS.items():
            value = getattr(self, name)
            if value is not None or name == "fitness":
                object.__setattr__(self, name, _column(value, dtype, kinds, name))
        for name in ("columns", "carry", "needs"):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
                raise ProblemError(f"the problem's {name} must be a dict of arrays by name; it is {describe(given)}")
            arrays = {key: _kept(value, f"{name}[{key!r}]", finite=name == "needs") for key, value in given.items()}
            for key in given:
                if any("\ud800" <= letter <= "\udfff" for letter in key):
                    raise ProblemError(f"the problem's {name}[{key!r}] has half a letter in its name (a surrogate)")
            object.__setattr__(self, name, arrays)
        if not isinstance(self.failed, Mapping) or not all(isinstance(key, int) for key in self.failed):
            raise ProblemError(f"the problem's failed must be reasons by genome key; it is {describe(self.failed)}")
        for name, classes, allowed in _SINGLE:
            if not isinstance(getattr(self, name), classes):
                value = describe_argument(getattr(self, name))
                raise ProblemError(f"the problem's {name} is {value}; it must be {allowed}")

    def check(self, size: int) -> None:
        """Check that every column has `size` rows; that all are finite is another question: see `finite`.

        Raises:
            ProblemError: which column has which shape instead.
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
        """Check that learned values are such as a genome may hold, and one for each connection or node.

        Raises:
            ProblemError: which column has which shape instead, or holds what is not within +-2^40.
        """
        for name, rows in (("weight", connections), ("bias", nodes), ("response", nodes)):
            value = getattr(self, name)
            if value is None:
                continue
            if value.shape != (rows,):
                letter = "C" if name == "weight" else "N"
                raise ProblemError(
                    f"the learned {name} must have shape ({letter},) = ({rows},), one value for each of the "
                    f"population; it has shape {value.shape}"
                )
            if not (inside := np.abs(value) <= LARGEST_NUMBER).all():
                raise ProblemError(f"the learned {name} must be finite, within +-2^40; it holds {value[~inside][0]}")

    @property
    def scores(self) -> NDArray[np.float64]:
        """What selection goes by: the score where there is one, else the fitness; (P,) float64."""
        return self.fitness if self.score is None else self.score

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which genomes have a finite fitness and score: (P,) bool."""
        ok = np.isfinite(self.fitness)
        return ok if self.score is None else ok & np.isfinite(self.score)


class Problem:
    """The base of problems. A class of your own may derive from it or just have the same members.

    Attributes:
        inputs, outputs: the names of what networks are given and asked for.
        deterministic: whether the same network always gets the same fitness; then copied elites are not
            evaluated again.
        splittable: no, where genomes meet each other; then the population is never cut into pieces.
        carries: whether `evaluate` (and `validate`) take a third argument, the `carry` of the last generation's
            evaluation; `merge` then says what pieces of a population carry together.
        files: the files that it reads; resuming a run checks that they have not changed.
    """

    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    deterministic: bool = False
    splittable: bool = True
    carries: bool = False
    files: Sequence[str] = ()

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Judge P networks. `rng` is the generation's, for the chance that all of them share: `rng.generator()` is a
        numpy Generator, the same at every call; `rng.generator(key)` is that of a genome, by its key.
        """
        raise TypeError(f"{type(self).__name__} has no method evaluate(networks, rng)")

    def check_settings(self, config: Config) -> None:
        """Raise NeatError if no network with these settings could solve the problem; called before a run."""

    def merge(self, carries: Sequence[Carry]) -> Carry:
        """Return what the evaluations of pieces of a population carry together, in whatever pieces it was cut."""
        raise TypeError(f"{type(self).__name__} carries something on and has no method merge(carries)")


class ValidatingProblem(Problem):
    """A problem with a harder test, which alone decides whether it is solved."""

    def validate(self, network: Network, rng: Randomness) -> Validation:
        """Put one network to the harder test; what it costs is not counted as evaluations."""
        raise TypeError(f"{type(self).__name__} has no method validate(network, rng)")


def joined(problem: Any, evaluations: Sequence[Evaluation]) -> Evaluation:
    """Return the evaluation of a population from those of its pieces, in their order."""
    if len(evaluations) == 1:
        return evaluations[0]
    first, carries = evaluations[0], [each.carry for each in evaluations if each.carry]
    try:
        rows: dict[str, Any] = {
            name: None
            if getattr(first, name) is None
            else np.concatenate([getattr(each, name) for each in evaluations])
            for name in _COLUMNS
        }
        columns = {name: np.concatenate([each.columns[name] for each in evaluations]) for name in first.columns}
    except (KeyError, ValueError) as error:
        raise ProblemError(f"the answers for pieces of a population do not fit together ({error})") from None
    return replace(
        first,
        **rows,
        columns=columns,
        carry=_merged(problem, carries) if carries else {},
        evaluated=sum(each.evaluated for each in evaluations),
        failed={key: why for each in evaluations for key, why in each.failed.items()},
    )


def _merged(problem: Any, carries: Sequence[Carry]) -> Carry:
    try:
        merged: Carry = problem.merge(carries)
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        raise ProblemError(f"the problem's merge raised {message_of(error)}") from error
    return merged


def check_members(problem: Any, where: str = "") -> None:
    """Check that an object has what every problem has.

    Raises:
        NeatError: what is missing; the message begins with `where`.
    """
    where = where or name_of(problem)
    if isinstance(problem, type):
        raise NeatError(f"{where}: is a class; pass an instance: {problem.__name__}()")
    if inspect.isroutine(problem):
        raise NeatError(
            f"{where}: is a plain function; put @neat.problem(inputs=..., outputs=...) above it, with the names of its "
            "inputs and outputs or the number of them"
        )
    if isinstance(problem, str):
        raise NeatError(
            f"{describe(problem)}: is text; name a problem in the configuration: [problem] kind = module:Name"
        )
    missing = [name for name in MEMBERS if member_of(problem, name, where) is ABSENT]
    if missing:
        mend = "derive its class from neat.Problem"
        if hasattr(problem, "reset") and hasattr(problem, "step"):
            mend = (
                "it looks like an environment of Gymnasium: register it with gymnasium.register, and name its id with "
                "kind = gymnasium"
            )
        raise NeatError(f"{where}: is not a problem: it has no {', '.join(missing)} ({mend})")
    for name in SWITCHES:
        value = member_of(problem, name, where)
        if value is not ABSENT and not isinstance(value, bool | np.bool_):
            raise NeatError(f"{where}: {name} = {describe(value)}: must be True or False")


def member_of(problem: Any, name: str, where: str) -> Any:
    """Return a member of a problem, or ABSENT; a property is the user's code, which may raise.

    Raises:
        ProblemError: it raised an exception; the message begins with `where`.
    """
    try:
        return getattr(problem, name, ABSENT)
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        raise ProblemError(f"{where}: its {name} raised {message_of(error)}") from error


def name_of(problem: Any) -> str:
    """Return the name of a problem for messages: that of a class or function, or of an object's class."""
    named = isinstance(problem, type) or inspect.isroutine(problem)
    return str(getattr(problem, "__name__", "") if named else "") or type(problem).__name__


def check_settings(problem: Any, config: Config) -> None:
    """Let a problem check the settings of a run, if it has a method `check_settings(config)`.

    Raises:
        NeatError: no network with these settings could solve the problem.
        ProblemError: the method raised something else.
    """
    check = getattr(problem, "check_settings", None)
    if not callable(check) or isinstance(problem, type):
        return
    try:
        check(config)
    except (NeatError, *INTERRUPTIONS):
        raise
    except BaseException as error:
        raise ProblemError(f"check_settings raised {message_of(error)}") from error


def check_networks(networks: Networks, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Check that networks have as many inputs and outputs as a problem; the kernels do not check it.

    Raises:
        NeatError: the numbers differ.
    """
    layout = networks.layout
    if (len(layout.inputs), len(layout.outputs)) != (len(inputs), len(outputs)):
        raise NeatError(
            f"these networks have {len(layout.inputs)} inputs and {len(layout.outputs)} outputs; "
            f"this problem has {len(inputs)} and {len(outputs)}"
        )


def validates(problem: Any) -> bool:
    """Say whether a problem has a harder test."""
    return callable(getattr(problem, "validate", None))


_NUMBERS = "biuf"  # kinds of numpy: text and objects are not numbers, though numpy would convert some of them
_COLUMNS = {
    "fitness": (np.float64, _NUMBERS),
    "score": (np.float64, _NUMBERS),
    "solved": (np.bool_, "biu"),
    "weight": (np.float64, _NUMBERS),
    "bias": (np.float64, _NUMBERS),
    "response": (np.float64, _NUMBERS),
}
_SINGLE = (  # members of an evaluation that are not arrays, with their classes and what is allowed
    ("noisy", (bool, np.bool_), "True or False"),
    ("evaluated", (int, np.integer), "how many networks were evaluated"),
    ("validation", (Validation, type(None)), "a neat.Validation, or None"),
)


def _column(value: Any, dtype: Any, kinds: str, name: str) -> NDArray[Any]:
    array = np.array(_array(value, kinds, name), dtype)
    if name in ("fitness", "score"):
        array += 0.0  # -0.0 is the same fitness as 0.0, and a run's file does not keep its sign
    array.setflags(write=False)
    return array


def _kept(value: Any, name: str, *, finite: bool) -> NDArray[Any]:
    """Return an array of numbers that a run's file can hold: a copy, so that it stays what it is until it is saved.

    What a champion needs must be finite, since JSON has nothing else.
    """
    array = _array(value, _NUMBERS, name)
    if array.dtype.itemsize > MOST_BYTES:
        raise ProblemError(f"the problem's {name} must be numbers of 64 bits at most; it is of {array.dtype}")
    if finite and not np.isfinite(array).all():
        raise ProblemError(f"the problem's {name} must be finite; it holds {array[~np.isfinite(array)][0]}")
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _array(value: Any, kinds: str, name: str) -> NDArray[Any]:
    if type(value) is not np.ndarray and np.ma.is_masked(value):
        # A masked fitness becomes nan, a failure of that genome alone.
        if name not in ("fitness", "score"):
            raise ProblemError(f"the problem's {name} must be numbers, but some of them are masked")
        value = np.ma.filled(np.ma.asarray(value, np.float64), np.nan)
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = None
    if array is None or array.dtype.kind not in kinds:
        what = "numbers" if "f" in kinds else "True or False"
        raise ProblemError(f"the problem's {name} must be {what}; it is {describe(value)}")
    return array
