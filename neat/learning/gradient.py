"""Gradients of a loss with respect to the weights, biases and responses of networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import instance, thread_count
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.parallel import parallel_for
from neat.genetics.layout import Layout
from neat.learning.differentiability import check_differentiable
from neat.learning.losses import Loss, check_outputs, check_targets, loss_named
from neat.learning.training_kernels import gradient_range
from neat.network import Network, Networks
from neat.network.activation_kernels import NetworkArrays

_SECONDS_PER_CONNECTION = 1.5e-9  # on one row
_SECONDS_PER_NETWORK = 1e-6
_NUMBERS = "biuf"


class Gradients(NamedTuple):
    """The mean loss of P networks over all rows, and its gradient in the order of their genomes.

    Attributes:
        loss: (P,) float64.
        weight: (C,) float64, one value for each connection of the genomes.
        bias, response: (N,) float64, one value for each node; 0 for inputs and bias nodes.
    """

    loss: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    response: NDArray[np.float64]


class Examples(NamedTuple):
    """Rows to learn from, in episodes: (E, length, I) and (E, length, O) float64. Only memory makes episodes longer."""

    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.inputs.shape[0] * self.inputs.shape[1])


def gradients(
    networks: Networks | Network, inputs: ArrayLike, targets: ArrayLike, *, loss: str = "mse", threads: int = 0
) -> Gradients:
    """Return the loss of networks and its gradient, by reverse-mode differentiation through all time steps.

    At a kink, the derivative is that of the function table; of equal values in a maximum, the first counts. A value at
    its limit of +-2^40 has the derivative 0.

    Args:
        networks: P networks, or one.
        inputs, targets: (R, I) and (R, O), each row in an episode of its own; or (E, T, I) and (E, T, O), episodes of T
            rows, in which networks with memory keep their values from row to row. A single column may be (R,).
        loss: `half_squared`, `mse`, `binary_cross_entropy` or `softmax`.
        threads: the largest number of threads; 0: all processors. It never changes a result.

    Raises:
        NeatError: shapes do not fit, values are not finite or beyond +-2^40, a target is outside the domain of the
            loss, or a function has no derivative; the message names its node.
    """
    networks = networks.networks if isinstance(networks, Network) else networks
    instance("networks", networks, Networks, "what neat.compile returns")
    chosen = loss_named(loss)
    examples = checked_examples(networks.layout, inputs, targets, chosen)
    check_learnable(networks, chosen)
    return losses_of(networks, examples, chosen, thread_count(threads), backward=True)


def losses_of(networks: Networks, examples: Examples, loss: Loss, threads: int, *, backward: bool) -> Gradients:
    """Return the losses of networks on checked examples; without `backward`, the gradients are 0."""
    arrays, size = networks.arrays, len(networks)
    found = Gradients(
        np.zeros(size), np.zeros(len(arrays.connection)), np.zeros(len(arrays.node)), np.zeros(len(arrays.node))
    )
    parallel_for(
        threads, seconds_of(networks, examples.rows), size, gradient_range,
        writable(arrays), *examples, loss.code, backward, *found,
    )  # fmt: skip
    return found


def seconds_of(networks: Networks, rows: int) -> float:
    """Return an estimate of the time that the gradients of all networks on a number of rows take."""
    steps = int(np.maximum(networks.arrays.network["steps"], 1).max(initial=1))
    connections = len(networks.arrays.connection)
    return len(networks) * _SECONDS_PER_NETWORK + connections * rows * steps * _SECONDS_PER_CONNECTION


def writable(arrays: NetworkArrays) -> NetworkArrays:
    """Return a copy of networks whose weights, biases and responses can be changed."""
    return arrays._replace(node=arrays.node.copy(), connection=arrays.connection.copy())


def check_learnable(networks: Networks, loss: Loss) -> None:
    """Check that networks can learn with a loss.

    Raises:
        NeatError: a function has no derivative, or an output is not what the loss takes it for.
    """
    check_differentiable(networks)
    check_outputs(loss, networks)


def checked_examples(layout: Layout, inputs: ArrayLike, targets: ArrayLike, loss: Loss) -> Examples:
    """Return rows to learn from after checking their shapes and values.

    Raises:
        NeatError: the message names the argument, its shape or its first wrong value.
    """
    given = _numbers("inputs", inputs, len(layout.inputs), "I")
    wanted = _numbers("targets", targets, len(layout.outputs), "O")
    if given.shape[:-1] != wanted.shape[:-1]:
        raise NeatError(f"inputs {given.shape} and targets {wanted.shape} have different numbers of rows")
    if given.size == 0:
        raise NeatError("there are no rows to learn from")
    check_targets(loss, wanted)
    if not (layout.memory and given.ndim == 3):
        given, wanted = given.reshape(-1, 1, given.shape[-1]), wanted.reshape(-1, 1, wanted.shape[-1])
    return Examples(np.require(given, np.float64, ["C", "A", "W"]), np.require(wanted, np.float64, ["C", "A", "W"]))


def _numbers(name: str, values: ArrayLike, width: int, letter: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise NeatError(f"{name} must be numbers in rows of equal length") from None
    if array.dtype.kind not in _NUMBERS:
        raise NeatError(f"{name} must be real numbers, not {array.dtype}")
    if array.ndim == width == 1:
        array = array[:, None]
    if array.ndim not in (2, 3) or array.shape[-1] != width:
        raise NeatError(
            f"{name} must have shape (R, {letter}) = (R, {width}), or (E, T, {width}) in episodes, not {array.shape}"
        )
    numbers = array.astype(np.float64)
    if not np.isfinite(numbers).all():
        where = np.argwhere(~np.isfinite(numbers))[0]
        raise NeatError(
            f"{name} must be finite; row {where[-2] + 1}, column {where[-1] + 1} holds {numbers[tuple(where)]}"
        )
    if (beyond := np.abs(numbers) > VALUE_LIMIT).any():
        where = np.argwhere(beyond)[0]
        raise NeatError(
            f"{name} must lie within +-2^40, where networks clamp values; row {where[-2] + 1}, column {where[-1] + 1} "
            f"holds {numbers[tuple(where)]:g} (scale the column)"
        )
    return numbers
