"""Checks that targets suit the measure, and that the outputs of networks can reach them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.activations import with_activations
from neat.config.formatting import describe, format_value
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import activation
from neat.problems.tables.keys import Measure, Solved

_MIN_PROBABILITY = 1e-7  # probabilities are clipped this far from 0 and 1: see `cross_entropy` in the kernels
_MOST_NAMED = 10  # targets in one message
_TOLERANCE = 1e-9  # relative error of sums
_ONE_HOT = (
    "each class needs a target of its own, 1 in its rows and 0 in the others; in Python, np.eye(3)[classes] makes "
    "these from the numbers 0, 1, 2"
)
_LINEAR = "[genome] output_activation = linear"


class OutputRange(NamedTuple):
    """The range of output values, from `low` to `high`; `name` is the activation function that bounds them."""

    low: float = -VALUE_LIMIT
    high: float = VALUE_LIMIT
    name: str = "linear"

    def __str__(self) -> str:
        """Describe the range in a message."""
        if self.high < VALUE_LIMIT:
            return f"outputs with {self.name} lie from {self.low:g} to {self.high:g}"
        return f"outputs with {self.name} are not below {self.low:g}"


def output_range(config: Config) -> OutputRange:
    """Return the range of output values; it is unlimited if the initial genomes come from a file."""
    genome = with_activations(config, fine_grained=True).genome
    if config.population.start.endswith(".json"):
        return OutputRange()
    first = genome.activation if genome.output_activation == "same" else genome.output_activation
    names = (first, *(genome.activation_options if config.mutation.activation_rate else ()))
    functions = [activation(name) for name in dict.fromkeys(names)]
    return OutputRange(
        max(-VALUE_LIMIT, min(function.low for function in functions)),
        min(VALUE_LIMIT, max(function.high for function in functions)),
        " or ".join(function.name for function in functions),
    )


def check_targets(
    targets: NDArray[np.float64], names: Sequence[str], measure: Measure, solved: Solved, side: float
) -> None:
    """Check that targets (R, O) suit the measure, and that `solved` can be reached, but not by a constant answer.

    Raises:
        NeatError: targets do not name classes, or a single class, although the measure needs classes; or `solved` is
            out of reach, or a constant answer reaches it.
    """
    if measure in ("accuracy", "cross_entropy"):
        _check_classes(targets, names, measure, side)
    if solved == "sides":
        above = targets > side
        if (above == above[0]).all():
            which = f"target {describe(names[0])} is" if len(names) == 1 else "every target is"
            where = "above" if above.all() else "not above" if not above.any() else "always on the same side of"
            raise NeatError(
                f"solved = sides: {which} {where} side = {side:g}, so a constant answer would solve it "
                "(set side between the targets' values, or solved to a fitness)"
            )
    elif isinstance(solved, float) and _exceeds(solved, best := best_fitness(targets, measure, OutputRange())):
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
    outputs = output_range(config)
    if measure in ("mse", "paper"):
        _check_values(targets, names, outputs)
    if (solved == "sides" or (measure == "accuracy" and len(names) == 1)) and not outputs.low < side < outputs.high:
        raise NeatError(f"side = {side:g}: {outputs}, all on one side of it (set side between, or {_LINEAR})")
    if isinstance(solved, float) and _exceeds(solved, best := best_fitness(targets, measure, outputs)):
        raise NeatError(
            f"solved = {solved:g}: out of reach, since {outputs}: the fitness is at most {best:g} (set {_LINEAR})"
        )


def best_fitness(targets: NDArray[np.float64], measure: Measure, outputs: OutputRange) -> float:
    """Return an upper bound of the fitness for targets (R, O) if outputs are within a range."""
    nearest = np.clip(targets, outputs.low, outputs.high)
    if measure == "accuracy":
        return 1.0
    if measure == "mse":
        return 0.0 - float(((targets - nearest) ** 2).mean())  # no -0.0
    if measure == "paper":
        rest = targets.size - float(np.abs(targets - nearest).sum())
        return rest * abs(rest)
    if targets.shape[1] == 1:
        probability = np.clip(targets, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY).clip(outputs.low, outputs.high)
        return float((targets * np.log(probability) + (1 - targets) * np.log(1 - probability)).mean())
    # At best, the softmax equals the targets, and their entropy remains. If a class has probability 1, its output must
    # be far above the others, and the range of outputs limits how far.
    entropy = -(targets * np.log(np.where(targets > 0, targets, 1.0))).sum(axis=1)
    certain = np.log1p((targets.shape[1] - 1) * np.exp(outputs.low - outputs.high))
    return float(-np.where(targets.max(axis=1) == 1.0, certain, entropy).mean())


def _exceeds(required: float, best: float) -> bool:
    return required > best + _TOLERANCE * abs(best)


def _check_values(targets: NDArray[np.float64], names: Sequence[str], outputs: OutputRange) -> None:
    """Raise NeatError if the values of targets lie beyond the range of outputs."""
    beyond = [
        f"{describe(name)} {f'is {low:g}' if low == high else f'goes from {low:g} to {high:g}'}"
        for name, low, high in zip(names, targets.min(axis=0), targets.max(axis=0), strict=True)
        if low < outputs.low or high > outputs.high
    ]
    if beyond:
        listed = ", ".join(beyond[:_MOST_NAMED]) + (", ..." if len(beyond) > _MOST_NAMED else "")
        advice = f"set {_LINEAR}, or scale targets into that range"
        if len(names) == 1 and (targets == np.rint(targets)).all():
            advice += f"; numbers of classes need measure = cross_entropy, and {_ONE_HOT}"
        raise NeatError(f"{'targets' if len(beyond) > 1 else 'target'} {listed}, but {outputs} ({advice})")


def _check_classes(targets: NDArray[np.float64], names: Sequence[str], measure: Measure, side: float) -> None:
    """Raise NeatError if targets do not name classes, or name only one class."""
    if measure == "cross_entropy" and not ((targets >= 0.0) & (targets <= 1.0)).all():
        row, column = np.argwhere((targets < 0.0) | (targets > 1.0))[0]
        value = f"{describe(names[column])} is {targets[row, column]:g} in row {row}"
        raise NeatError(f"measure = cross_entropy takes targets as probabilities, from 0 to 1; {value} ({_ONE_HOT})")
    if len(names) > 1:
        _check_one_hot(targets, names, measure)
        return
    name, values = describe(names[0]), np.unique(targets)
    if len(values) == 1:
        raise NeatError(f"measure = {measure}: {name} is {values[0]:g} in every row, so a constant answer is right")
    if measure == "accuracy" and len(values) > 2:
        raise NeatError(
            f"measure = accuracy distinguishes two classes in one target; {name} has {len(values)} values ({_ONE_HOT})"
        )
    if measure == "accuracy" and (values > side).all() == (values > side).any():
        raise NeatError(
            f"measure = accuracy with side = {side:g}: {name} is {values[0]:g} or {values[1]:g}, both on the same "
            "side of it (set side between them)"
        )


def _check_one_hot(targets: NDArray[np.float64], names: Sequence[str], measure: Measure) -> None:
    """Raise NeatError if a row does not name a class, by one value that differs from the others or by probabilities."""
    off, on = targets.min(), targets.max()
    one_hot = ((targets == on).sum(axis=1) == 1) & ((targets == off) | (targets == on)).all(axis=1)
    probabilities = (targets >= 0.0).all(axis=1) & (np.abs(targets.sum(axis=1) - 1.0) <= _TOLERANCE)
    has_largest = (targets == targets.max(axis=1, keepdims=True)).sum(axis=1) == 1
    if measure == "cross_entropy":
        valid, allowed = probabilities, "probabilities that add up to 1"
    else:
        valid, allowed = one_hot if one_hot.all() else probabilities & has_largest, "a single class"
    if not valid.all():
        row = int(np.argmin(valid))
        values = format_value(", ".join(f"{value:g}" for value in targets[row]))
        raise NeatError(f"measure = {measure}: the targets of row {row} are {values}, not {allowed} ({_ONE_HOT})")
    classes = targets.argmax(axis=1)
    if (classes == classes[0]).all() and (measure == "accuracy" or (targets == targets[0]).all()):
        name = describe(names[classes[0]])
        raise NeatError(f"measure = {measure}: every row is of the class {name}, so a constant answer is right")
