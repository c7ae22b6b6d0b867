"""What a problem is, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neat.ground.errors import ProblemError
from neat.ground.randomness import Randomness

if TYPE_CHECKING:
    from neat.network import Network, Networks


#: Named arrays that a problem hands on from one generation to the next.
Carry = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Validation:
    """The result of a harder test: of genome `key`, whether it `passed`, and its `fitness` there."""

    key: int
    passed: bool
    fitness: float
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a problem found out about P networks. Higher is better, everywhere.

    Attributes:
        fitness: (P,) float64, finite: for the champion and for stopping.
        score: (P,) float64, what selection uses instead of the fitness, or None.
        solved: (P,) bool, who solves the problem, or None where the problem does not say. Where the problem
            has a `validate`, these are only candidates.
        weight, bias, response: learned values of all connections (C,) and nodes (N,) of the population, or None.
        columns: further arrays with P rows: steps taken, a behaviour, objectives.
        carry: named arrays that the problem is handed in the next generation.
        needs: named arrays that networks need to run elsewhere as they ran here, such as the range of observations
            that they were judged with; saved with the champion.
        noisy: whether another evaluation of the same genome could give another fitness.
        evaluated: how many networks were evaluated for this.
        validation: the harder test made in this generation, if any.
        failed: how many genomes failed and were given the lowest fitness (`on_error = worst`).
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
    failed: int = 0

    def __post_init__(self) -> None:
        for name, dtype in (("fitness", np.float64), ("score", np.float64), ("solved", np.bool_)):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _column(value, dtype, name))

    def check(self, size: int) -> None:
        """Check that every column has `size` rows and that fitness and score are finite.

        Raises:
            ProblemError: which column has which shape instead; not raised for a fitness that is not finite,
                since that is one genome's fault: see `first_not_finite`.
        """
        for name, value in {"fitness": self.fitness, "score": self.score, "solved": self.solved}.items():
            if value is not None and value.shape != (size,):
                raise ProblemError(
                    f"the problem's {name} must have shape (P,) = ({size},), one value per network; "
                    f"it has shape {value.shape}"
                )
        for name, column in self.columns.items():
            if np.shape(column)[:1] != (size,):
                raise ProblemError(
                    f"the problem's column {name!r} must have P = {size} rows; it has shape {np.shape(column)}"
                )

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
    """

    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    deterministic: bool = False
    splittable: bool = True
    carries: bool = False

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Judge P networks. `rng` is the generation's, for the chance that all of them share."""
        raise TypeError(f"{type(self).__name__} has no method evaluate(networks, rng)")

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
    rows: dict[str, Any] = {
        name: None if getattr(first, name) is None else np.concatenate([getattr(each, name) for each in evaluations])
        for name in ("fitness", "score", "solved", "weight", "bias", "response")
    }
    return replace(
        first,
        **rows,
        columns={name: np.concatenate([each.columns[name] for each in evaluations]) for name in first.columns},
        carry=problem.merge(carries) if carries else {},
        evaluated=sum(each.evaluated for each in evaluations),
        failed=sum(each.failed for each in evaluations),
    )


def validates(problem: Any) -> bool:
    """Say whether a problem has a harder test."""
    return callable(getattr(problem, "validate", None))


def _column(value: Any, dtype: Any, name: str) -> NDArray[Any]:
    try:
        array = np.array(value, dtype)
    except (TypeError, ValueError):
        raise ProblemError(f"the problem's {name} must be numbers, one per network; it is {value!r}") from None
    array.setflags(write=False)
    return array
