"""Check that targets fit the measure, and that the outputs of networks can reach them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.written import describe, format_value
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import activation
from neat.problems.keys import Measure, Solved

_LEAST_CHANCE = 1e-7  # probabilities are clipped this far from 0 and 1: see `entropy` of the kernels
_MOST_NAMED = 10  # targets that a message names
_ROUNDING = 1e-9  # relative error allowed in sums
_ONE_HOT = (
    "each class needs a target of its own, 1 in its rows and 0 in the others; in Python, np.eye(3)[classes] makes "
    "these from the numbers 0, 1, 2"
)
_LINEAR = "[genome] output_activation = linear"


class Outputs(NamedTuple):
    """The range of output values, from `low` to `high`; `name` is the activation that sets these bounds."""

    low: float = -VALUE_LIMIT
    high: float = VALUE_LIMIT
    name: str = "linear"

    def __str__(self) -> str:
        """Describe the range in words."""
        if self.high < VALUE_LIMIT:
            return f"outputs with {self.name} lie from {self.low:g} to {self.high:g}"
        return f"outputs with {self.name} are not below {self.low:g}"


def outputs_of(config: Config) -> Outputs:
    """Return the range of output values; unrestricted if the initial genomes come from a file."""
    genome = config.genome
    if config.population.start.endswith(".json"):
        return Outputs()
    first = genome.activation if genome.output_activation == "same" else genome.output_activation
    names = (first, *(genome.activation_options if config.mutation.activation_rate else ()))
    functions = [activation(name) for name in dict.fromkeys(names)]
    return Outputs(
        max(-VALUE_LIMIT, min(function.low for function in functions)),
        min(VALUE_LIMIT, max(function.high for function in functions)),
        " or ".join(function.name for function in functions),
    )


def check_targets(
    targets: NDArray[np.float64], names: Sequence[str], measure: Measure, solved: Solved, side: float
) -> None:
    """Check that targets (R, O) fit the measure, and that `solved` can be reached, but not by a constant answer.

    Raises:
        NeatError: targets of classes have the wrong form or name a single class, or `solved` cannot be reached as it
            should.
    """
    if measure in ("accuracy", "cross_entropy"):
        _check_classes(targets, names, measure, side)
    if solved == "sides":
        above = targets > side
        if (above == above[0]).all():
            where = "above" if above.all() else "not above" if not above.any() else "always on the same side of"
            raise NeatError(
                f"solved = sides: {_each(names)} {where} side = {side:g}, so a constant answer would solve it "
                "(set side between the targets' values, or solved to a fitness)"
            )
    elif isinstance(solved, float) and _beyond(solved, best := best_fitness(targets, measure, Outputs())):
        raise NeatError(f"solved = {solved:g}: out of reach (with these targets the fitness is at most {best:g})")


def check_outputs(
    targets: NDArray[np.float64],
    names: Sequence[str],
    measure: Measure,
    solved: Solved,
    side: float,
    config: Config,
) -> None:
    """Check that networks with this configuration can reach the targets (R, O).

    Raises:
        NeatError: they cannot reach the targets, or the fitness that `solved` requires.
    """
    outputs = outputs_of(config)
    lowest, highest = targets.min(axis=0), targets.max(axis=0)
    if measure in ("mse", "paper"):
        beyond = [
            f"{describe(name)} {f'is {low:g}' if low == high else f'goes from {low:g} to {high:g}'}"
            for name, low, high in zip(names, lowest, highest, strict=True)
            if low < outputs.low or high > outputs.high
        ]
        if beyond:
            some = ", ".join(beyond[:_MOST_NAMED]) + (", ..." if len(beyond) > _MOST_NAMED else "")
            mend = f"set {_LINEAR}, or scale targets into that range"
            if len(names) == 1 and (targets == np.rint(targets)).all():
                mend += f"; numbers of classes need measure = cross_entropy, and {_ONE_HOT}"
            raise NeatError(f"{'targets' if len(beyond) > 1 else 'target'} {some}, but {outputs} ({mend})")
    if (solved == "sides" or (measure == "accuracy" and len(names) == 1)) and not outputs.low < side < outputs.high:
        raise NeatError(f"side = {side:g}: {outputs}, all on one side of it (set side between, or {_LINEAR})")
    if isinstance(solved, float) and _beyond(solved, best := best_fitness(targets, measure, outputs)):
        raise NeatError(
            f"solved = {solved:g}: out of reach, since {outputs}: the fitness is at most {best:g} (set {_LINEAR})"
        )


def best_fitness(targets: NDArray[np.float64], measure: Measure, outputs: Outputs) -> float:
    """Return an upper bound of the fitness for targets (R, O), with outputs within their bounds."""
    nearest = np.clip(targets, outputs.low, outputs.high)
    if measure == "accuracy":
        return 1.0
    if measure == "mse":
        return 0.0 - float(((targets - nearest) ** 2).mean())  # no -0.0
    if measure == "paper":
        rest = targets.size - float(np.abs(targets - nearest).sum())
        return rest * abs(rest)
    if targets.shape[1] == 1:
        chance = np.clip(np.clip(targets, _LEAST_CHANCE, 1 - _LEAST_CHANCE), outputs.low, outputs.high)
        return float((targets * np.log(chance) + (1 - targets) * np.log(1 - chance)).mean())
    # A softmax is at best the targets themselves, which leaves their entropy. A certain class would also need an output
    # far above the others.
    entropy = -(targets * np.log(np.where(targets > 0, targets, 1.0))).sum(axis=1)
    far = np.exp(outputs.low - outputs.high)
    certain = np.log1p((targets.shape[1] - 1) * far)
    return float(-np.where(targets.max(axis=1) == 1.0, certain, entropy).mean())


def _beyond(wanted: float, best: float) -> bool:
    return wanted > best + _ROUNDING * abs(best)


def _check_classes(targets: NDArray[np.float64], names: Sequence[str], measure: Measure, side: float) -> None:
    """Check that targets name classes, and more than one class."""
    if measure == "cross_entropy" and not ((targets >= 0.0) & (targets <= 1.0)).all():
        row, place = np.argwhere((targets < 0.0) | (targets > 1.0))[0]
        value = f"{describe(names[place])} is {targets[row, place]:g} in row {row}"
        raise NeatError(f"measure = cross_entropy takes targets as probabilities, from 0 to 1; {value} ({_ONE_HOT})")
    if len(names) > 1:
        _check_one_hot(targets, names, measure)
        return
    values = np.unique(targets)
    if len(values) == 1:
        raise NeatError(
            f"measure = {measure}: {describe(names[0])} is {values[0]:g} in every row, so a constant answer is right"
        )
    if measure == "accuracy" and len(values) > 2:
        raise NeatError(
            f"measure = accuracy distinguishes two classes in one target; {describe(names[0])} has {len(values)} "
            f"values ({_ONE_HOT})"
        )
    if measure == "accuracy" and (values > side).all() == (values > side).any():
        raise NeatError(
            f"measure = accuracy with side = {side:g}: {describe(names[0])} is {values[0]:g} or {values[1]:g}, both on "
            "the same side of it (set side between them)"
        )


def _check_one_hot(targets: NDArray[np.float64], names: Sequence[str], measure: Measure) -> None:
    """Check that every row names a class: by one value that differs from the others, or by probabilities."""
    off, on = targets.min(), targets.max()
    marks = (targets == on).sum(axis=1) == 1
    fit = marks & ((targets == off) | (targets == on)).all(axis=1)
    chances = (targets >= 0.0).all(axis=1) & (np.abs(targets.sum(axis=1) - 1.0) <= _ROUNDING)
    largest = (targets == targets.max(axis=1, keepdims=True)).sum(axis=1) == 1
    right = chances if measure == "cross_entropy" else fit if fit.all() else chances & largest
    if not right.all():
        row = int(np.argmin(right))
        values = format_value(", ".join(f"{value:g}" for value in targets[row]))
        what = "probabilities that add up to 1" if measure == "cross_entropy" else "a single class"
        raise NeatError(f"measure = {measure}: the targets of row {row} are {values}, not {what} ({_ONE_HOT})")
    classes = targets.argmax(axis=1)
    if (classes == classes[0]).all() and (measure == "accuracy" or (targets == targets[0]).all()):
        raise NeatError(
            f"measure = {measure}: every row is of the class {describe(names[classes[0]])}, so a constant answer "
            "is right"
        )


def _each(names: Sequence[str]) -> str:
    return f"target {describe(names[0])} is" if len(names) == 1 else "every target is"
