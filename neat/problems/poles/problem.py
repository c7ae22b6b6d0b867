"""Pole balancing: one pole on a cart, or two of different length, the classic benchmark of neuroevolution.

One kernel simulates the carts of a whole population. The problems are deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.formatting import format_value
from neat.config.value_types import InvalidValue, Whole
from neat.core.errors import NeatError
from neat.core.parallel import parallel_for
from neat.genetics.population import freeze
from neat.network import Network, Networks
from neat.problems.evaluation import Evaluation, Validation
from neat.problems.poles.keys import DoublePoleKeys, PoleKeys, SinglePoleKeys
from neat.problems.poles.pole_kernels import STATES, Task, balance_range
from neat.problems.protocol import (
    ConfiguredProblem,
    Context,
    Problem,
    ValidatingProblem,
    check_networks,
    keys_from,
)
from neat.problems.tables.number_table import number_table

_SINGLE_NAMES = ("cart_position", "cart_velocity", "pole_angle", "pole_velocity")
_SINGLE_SCALE = (2.4, 1.5, 0.21, 2.0)
_SINGLE_LARGEST_ANGLE = 0.2094384  # rad: 12 degrees
_DOUBLE_NAMES = (
    "cart_position", "cart_velocity",
    "long_pole_angle", "long_pole_velocity",
    "short_pole_angle", "short_pole_velocity",
)  # fmt: skip
_DOUBLE_SCALE = (4.8, 2.0, 0.52, 2.0, 0.52, 2.0)  # what each state is divided by to make an input
_DOUBLE_LARGEST_ANGLE = 0.628329  # rad: 36 degrees
_ALL_SINGLE, _ALL_DOUBLE, _WITHOUT_VELOCITIES = (0, 1, 2, 3), (0, 1, 2, 3, 4, 5), (0, 2, 4)  # states observed
_LEAST_UNREST = 1e-9  # a smaller sum counts as this, so that fitness stays finite
_SECONDS_PER_ATTEMPT = 10e-6  # at least: few attempts fail at once

#: The generalisation test (Gruau et al. 1996): all combinations of these shares of the ranges of the cart's position
#: and velocity and the long pole's angle and angular velocity; the short pole starts upright and at rest.
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_RANGES = ((4.32, -2.16), (2.70, -1.35), (0.12566304, -0.06283152), (0.30019504, -0.15009752))
_GENERALISATION_STEPS = 1_000


@dataclass(frozen=True, eq=False)
class Attempts:
    """The attempts of P networks from S starts each.

    Attributes:
        steps: (P, S) int64, the number of steps survived.
        unrest: (P, S) float64, the sum of |x| + |x'| + |th| + |th'| (m, m/s, rad, rad/s; of the cart and the long pole)
            over the last steps.
    """

    steps: NDArray[np.int64]
    unrest: NDArray[np.float64]


class PoleProblem(Problem):
    """Base class of pole balancing: a cart, its start, and the simulation of attempts."""

    outputs = ("push",)
    deterministic = True

    def __init__(self, keys: PoleKeys, names: tuple[str, ...], observed: tuple[int, ...], task: Task) -> None:
        biased = keys.bias_input != 0.0
        self.inputs = (*(names[state] for state in observed), *(("bias_input",) if biased else ()))
        self._task = task._replace(inputs=len(self.inputs), constant=keys.bias_input)
        self.start = freeze([0.0, 0.0, keys.start_angle, 0.0, 0.0, 0.0], np.float64)

    def compile_kernels(self, networks: Networks) -> None:
        """Compile the kernels that balance poles, in no attempt at all."""
        self.balance(networks[:0], threads=1)

    def balance(
        self, networks: Networks, starts: NDArray[np.float64] | None = None, steps: int = 0, threads: int = 0
    ) -> Attempts:
        """Return the attempts of P networks from each of S starts, each with a fresh memory.

        Args:
            networks: networks with the problem's inputs and output.
            starts: (S, 6) float64: the cart's position (m) and velocity (m/s), angle (rad) and angular velocity
                (rad/s) of the long and of the short pole; by default the problem's own start.
            steps: the largest number of steps of 0.02 s; by default the problem's own.
            threads: how many threads may be used; 0: all processors.

        Raises:
            NeatError: the networks have other inputs or outputs, the starts another shape or values that are not
                finite, or the steps are negative.
        """
        check_networks(networks, self.inputs, self.outputs)
        starts = self.start[None] if starts is None else freeze(number_table(starts, "starts", STATES, "S"), np.float64)
        try:
            steps = Whole(0).accept(steps)
        except InvalidValue as refused:
            raise NeatError(
                f"steps = {format_value(steps)}: {refused} (1 or more, or 0 for the problem's own number)"
            ) from None
        threads, shape = thread_count(threads), (len(networks), len(starts))
        task = self._task._replace(max_steps=steps or self._task.max_steps)
        taken, unrest = np.zeros(shape, np.int64), np.zeros(shape)
        parallel_for(
            threads, taken.size * _SECONDS_PER_ATTEMPT, taken.size, balance_range,
            networks.arrays, networks.layout.memory, task, starts,
            taken.ravel(), unrest.ravel(),
        )  # fmt: skip
        return Attempts(taken, unrest)


class SinglePole(PoleProblem, ConfiguredProblem[SinglePoleKeys]):
    """One pole on a cart that is pushed with 10 N: to the right if the output is above 1/2, else to the left.

    The cart of Barto, Sutton & Anderson (1983, Neuronlike adaptive elements that can solve difficult learning control
    problems) without friction, by Euler steps of 0.02 s. An attempt fails when the cart is more than 2.4 m from the
    middle or the pole more than 12 degrees from the vertical. Fitness: steps survived; solved by surviving
    `max_steps`. Inputs: x / 2.4 m, x' / 1.5 m/s, th / 0.21, th' / 2 per second.

    Args:
        keys: all settings as one object; or, as keyword arguments, `max_steps` of an attempt [100,000], `start_angle`
            of the pole in radians [0.07; all else starts at 0], and `bias_input`, the value of one more input [0: there
            is none].
    """

    def __init__(self, keys: SinglePoleKeys | None = None, **options: Any) -> None:
        self.keys = keys = keys_from(SinglePoleKeys, keys, options)
        task = Task(
            double=False, max_angle=_SINGLE_LARGEST_ANGLE, max_steps=keys.max_steps, window=1,
            column=np.array(_ALL_SINGLE),            factor=1.0 / np.array(_SINGLE_SCALE), inputs=0, constant=0.0,
        )  # fmt: skip
        super().__init__(keys, _SINGLE_NAMES, _ALL_SINGLE, task)

    @classmethod
    def from_keys(cls, keys: SinglePoleKeys, config: Config) -> SinglePole:
        """Return the problem that `[problem] kind = single_pole` describes."""
        return cls(keys)

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the number of steps that P networks survive."""
        steps = self.balance(networks, threads=context.threads).steps[:, 0]
        return Evaluation(steps.astype(np.float64), solved=steps >= self.keys.max_steps, columns={"steps": steps})


class DoublePole(PoleProblem, ValidatingProblem, ConfiguredProblem[DoublePoleKeys]):
    """Two poles of 1 m and 0.1 m on one cart that is pushed with 20 (output - 1/2) N, at most 10 N.

    Wieland's equations by Runge and Kutta's method with steps of 0.01 s, two for every push, as in Stanley &
    Miikkulainen (2002, section 4.2). An attempt fails when the cart is more than 2.4 m from the middle or a pole more
    than 36 degrees from the vertical. Inputs: x / 4.8 m, x' / 2 m/s, th / 0.52, th' / 2 per second.

    A genome that survives `max_steps` is a candidate. In its validation it must survive `check_steps` from the same
    start, and then 1,000 steps from `generalisation` of 625 others (Gruau, Whitley & Pyeatt 1996, A comparison between
    cellular encoding and direct encoding for genetic neural networks). The `details` of the validation are `steps`
    and, if the 625 starts were tried, `generalisation`.

    Args:
        keys: all settings as one object; or, as keyword arguments: `velocities`, whether networks receive x', th1' and
            th2' (without them they need memory); `fitness`, which is `steps` survived or `gruau`, 0.1 steps /
            max_steps + 0.9 * 0.75 / unrest, the latter term only if more than `damping_window` steps were survived
            (`auto`: gruau without velocities); `max_steps` of an attempt (by default 100,000, without velocities
            1,000); `start_angle` of the long pole in radians; `damping_window`, the number of last steps whose |x| +
            |x'| + |th1| + |th1'| add up to the unrest; `check_steps` and `generalisation` of the validation (by default
            200 of the 625 starts without velocities, else none); `bias_input`, the value of one more input (0: there is
            none).
    """

    def __init__(self, keys: DoublePoleKeys | None = None, **options: Any) -> None:
        self.keys = keys = keys_from(DoublePoleKeys, keys, options)
        observed = _ALL_DOUBLE if keys.velocities else _WITHOUT_VELOCITIES
        task = Task(
            double=True, max_angle=_DOUBLE_LARGEST_ANGLE, max_steps=keys.steps, window=keys.damping_window,
            column=np.array(observed),
            factor=1.0 / np.array(_DOUBLE_SCALE)[list(observed)], inputs=0, constant=0.0,
        )  # fmt: skip
        super().__init__(keys, _DOUBLE_NAMES, observed, task)

    @classmethod
    def from_keys(cls, keys: DoublePoleKeys, config: Config) -> DoublePole:
        """Return the problem that `[problem] kind = double_pole` describes."""
        return cls(keys)

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the fitness of P networks, and the number of steps that they survived."""
        attempts, limit = self.balance(networks, threads=context.threads), self.keys.steps
        steps, unrest = attempts.steps[:, 0], attempts.unrest[:, 0]
        fitness = steps.astype(np.float64)
        if self.keys.uses_gruau:
            damped = steps > self.keys.damping_window
            fitness = 0.1 * fitness / limit + np.where(damped, 0.9 * 0.75 / np.maximum(unrest, _LEAST_UNREST), 0.0)
        return Evaluation(fitness, solved=steps >= limit, columns={"steps": steps})

    def validate(self, network: Network, context: Context) -> Validation:
        """Return the validation of one network; if its first part fails, the second is skipped."""
        keys, networks = self.keys, network.networks
        steps = int(self.balance(networks, steps=keys.check_steps).steps[0, 0])
        passed, details = steps >= keys.check_steps, {"steps": float(steps)}
        if passed and keys.wanted:
            starts = generalisation_starts()
            survived = self.balance(networks, starts, _GENERALISATION_STEPS, context.threads).steps[0]
            count = int((survived >= _GENERALISATION_STEPS).sum())
            passed, details["generalisation"] = count >= keys.wanted, float(count)
        return Validation(int(networks.key[0]), passed, float(steps), details)


def generalisation_starts() -> NDArray[np.float64]:
    """Return the 625 starts of the generalisation test: (625, 6) float64, the angular velocity fastest."""
    ranges = np.array([[share * width + low for share in _SHARES] for width, low in _RANGES])
    starts = np.zeros((len(_SHARES) ** len(_RANGES), STATES))
    starts[:, : len(_RANGES)] = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(_RANGES))
    return starts
