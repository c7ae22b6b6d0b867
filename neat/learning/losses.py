"""The losses: what training minimises, and which targets and outputs each of them accepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import describe_argument
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError, did_you_mean
from neat.core.functions import ACTIVATION_TABLE
from neat.learning.gradient_kernels import BINARY_CROSS_ENTROPY, HALF_SQUARED, MSE, SOFTMAX
from neat.network import Networks

_TOLERANCE = 1e-9  # of the sum of a row of probabilities


@dataclass(frozen=True)
class Loss:
    """A loss: the mean over all rows of a formula in the outputs y and targets t of a row.

    `probabilities` says that outputs and targets are probabilities, `distribution` that the targets of a row add up
    to 1.
    """

    name: str
    code: int
    formula: str
    probabilities: bool = False
    distribution: bool = False


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("half_squared", HALF_SQUARED, "sum of (y - t)^2 / 2"),
        Loss("mse", MSE, "mean of (y - t)^2"),
        Loss(
            "binary_cross_entropy",
            BINARY_CROSS_ENTROPY,
            "sum of -t ln y - (1 - t) ln(1 - y)",
            probabilities=True,
        ),
        Loss("softmax", SOFTMAX, "sum of -t ln p, p = e^y / sum of all e^y", distribution=True),
    )
}


def loss_named(name: str) -> Loss:
    """Return the loss with a name.

    Raises:
        NeatError: there is none.
    """
    if not isinstance(name, str) or name not in LOSSES:
        hint = did_you_mean(name, LOSSES) if isinstance(name, str) else ""
        raise NeatError(f"loss = {describe_argument(name)} is unknown (one of {', '.join(LOSSES)}{hint})")
    return LOSSES[name]


def check_targets(loss: Loss, targets: NDArray[np.float64]) -> None:
    """Check that targets (..., O) lie in the domain of a loss.

    Raises:
        NeatError: the message names the first target that does not.
    """
    if loss.probabilities or loss.distribution:
        outside = ~((targets >= 0.0) & (targets <= 1.0))
        if outside.any():
            where = np.argwhere(outside)[0]
            raise NeatError(
                f"the loss {loss.name} needs targets from 0 to 1; that of {_place(where)} is "
                f"{targets[tuple(where)]:g} (scale the targets, or use the loss mse)"
            )
    if loss.distribution:
        if targets.shape[-1] < 2:
            raise NeatError(
                "the loss softmax needs one output for each class, at least two "
                "(of a single probability, use binary_cross_entropy)"
            )
        sums = targets.sum(axis=-1)
        wrong = np.abs(sums - 1.0) > _TOLERANCE
        if wrong.any():
            where = np.argwhere(wrong)[0]
            raise NeatError(
                f"the loss softmax needs targets that add up to 1 in each row; in {_place(where, row=True)} they add "
                f"up to {sums[tuple(where)]:g} (give each class a target of its own, 1 in its rows and 0 in the others)"
            )


def check_outputs(loss: Loss, networks: Networks) -> None:
    """Check that the outputs of networks can be what a loss takes them for.

    Raises:
        NeatError: an output is not a probability; the message names it and its activation function.
    """
    if not loss.probabilities:
        return
    arrays = networks.arrays
    first = arrays.network["node_start"]
    for place, name in enumerate(networks.layout.outputs):
        slots = arrays.output_slot[:, place]
        used = slots >= 0
        codes = arrays.node["activation"][(first + slots)[used]]
        for code in np.unique(codes).tolist():
            function = ACTIVATION_TABLE.coded(code)
            if function.low < 0.0 or function.high > 1.0:
                high = "no limit" if function.high >= VALUE_LIMIT else f"{function.high:g}"
                low = "no limit" if function.low <= -VALUE_LIMIT else f"{function.low:g}"
                raise NeatError(
                    f"the loss {loss.name} needs outputs from 0 to 1, and output {name!r} has the activation "
                    f"{function.name} (from {low} to {high}); use sigmoid, or the loss mse"
                )


def _place(where: NDArray[np.intp], *, row: bool = False) -> str:
    """Describe the place of a target: (row, output) or (episode, row, output), counted from 1."""
    names = ["episode", "row", "output"][-(len(where) + row) :]
    return ", ".join(f"{name} {index + 1}" for name, index in zip(names, where.tolist(), strict=False))
