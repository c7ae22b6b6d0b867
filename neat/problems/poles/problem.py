"""Pole balancing: one pole on a cart, or two of different length, the benchmark of neuroevolution.

A whole population rides at once, in one kernel; chance plays no part, so the same network always gets the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import neat.problems.registry  # noqa: F401  (declares the keys)
from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.fields import whole
from neat.config.kinds import Refused
from neat.config.written import format_value
from neat.core.errors import NeatError
from neat.core.parallel import parallel_for
from neat.core.randomness import Randomness
from neat.genetics.population import freeze
from neat.network import Network, Networks
from neat.problems.keys import DoublePoleKeys, PoleKeys, SinglePoleKeys
from neat.problems.poles.pole_kernels import STATES, Task, balance_range
from neat.problems.protocol import Evaluation, Problem, ValidatingProblem, Validation, check_networks
from neat.problems.tables.number_table import number_table

_SINGLE_NAMES = ("cart_position", "cart_velocity", "pole_angle", "pole_velocity")
_SINGLE_SCALE = (2.4, 1.5, 0.21, 2.0)
_SINGLE_WIDEST = 0.2094384  # rad: 12 degrees
_DOUBLE_NAMES = (
    "cart_position", "cart_velocity",
    "long_pole_angle", "long_pole_velocity",
    "short_pole_angle", "short_pole_velocity",
)  # fmt: skip
_DOUBLE_SCALE = (4.8, 2.0, 0.52, 2.0, 0.52, 2.0)  # what each state is divided by to make an input
_DOUBLE_WIDEST = 0.628329  # rad: 36 degrees
_STILLEST = 1e-9  # less unrest counts as this, so that fitness stays finite
_SECONDS_PER_ATTEMPT = 10e-6  # at least: few fall at once

#: The generalisation test (Gruau et al. 1996): every combination of these shares of the ranges of the cart's
#: position and velocity and the long pole's angle and angular velocity; the short pole stands still.
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
_RANGES = ((4.32, -2.16), (2.70, -1.35), (0.12566304, -0.06283152), (0.30019504, -0.15009752))
_GENERALISATION_STEPS = 1_000


@dataclass(frozen=True, eq=False)
class Attempts:
    """How P networks fared from S starts each.

    `steps` (P, S) int64 says how many each survived, `unrest` (P, S) float64 the sum of |x| + |x'| + |th| + |th'|
    (m, m/s, rad, rad/s; of the cart and the long pole) over the last of them.
    """

    steps: NDArray[np.int64]
    unrest: NDArray[np.float64]


class _PoleBalancing(Problem):
    """What the problems have in common: a cart, its start, and what networks are given."""

    outputs = ("push",)
    deterministic = True

    def __init__(
        self, keys: PoleKeys, names: tuple[str, ...], scale: tuple[float, ...], widest: float,
        seen: tuple[int, ...], limit: int, window: int, threads: int,
    ) -> None:  # fmt: skip
        biased = keys.bias_input != 0.0
        self.inputs = (*(names[place] for place in seen), *(("bias_input",) if biased else ()))
        self.threads = thread_count(threads)
        self._task = Task(
            double=len(names) == STATES,
            widest=widest,
            limit=limit,
            window=window,
            column=np.array(seen, np.int64),
            factor=1.0 / np.array(scale)[list(seen)],
            inputs=len(self.inputs),
            constant=keys.bias_input,
        )
        self.start = freeze([0.0, 0.0, keys.start_angle, 0.0, 0.0, 0.0], np.float64)

    def balance(self, networks: Networks, starts: NDArray[np.float64] | None = None, steps: int = 0) -> Attempts:
        """Let P networks balance from each of S starts, their memory fresh at each.

        Args:
            networks: with the problem's inputs and its output.
            starts: (S, 6) float64: the cart's position (m) and velocity (m/s), angle (rad) and angular velocity
                (rad/s) of the long and of the short pole; by default the problem's own, alone.
            steps: how many of 0.02 s an attempt lasts at most; by default the problem's own number.

        Raises:
            NeatError: the networks have other inputs or outputs, the starts another shape or values that are not
                finite, or the steps are negative.
        """
        check_networks(networks, self.inputs, self.outputs)
        starts = self.start[None] if starts is None else freeze(number_table(starts, "starts", STATES, "S"), np.float64)
        try:
            steps = whole(0).accept(steps)
        except Refused as refused:
            raise NeatError(
                f"steps = {format_value(steps)}: {refused} (1 or more, or 0: the problem's own number)"
            ) from None
        shape = len(networks), len(starts)
        taken, unrest = np.zeros(shape, np.int64), np.zeros(shape)
        parallel_for(
            self.threads, taken.size * _SECONDS_PER_ATTEMPT, taken.size, balance_range,
            networks.arrays, networks.layout.memory, self._task._replace(limit=steps or self._task.limit), starts,
            taken.ravel(), unrest.ravel(),
        )  # fmt: skip
        return Attempts(taken, unrest)


class SinglePole(_PoleBalancing):
    """One pole on a cart that is pushed with 10 N, to the right where the output is above 1/2, else to the left.

    The cart of Barto, Sutton & Anderson (1983, Neuronlike adaptive elements that can solve difficult learning control
    problems) without friction, by Euler steps of 0.02 s. An attempt fails when the cart is more than 2.4 m from the
    middle or the pole more than 12 degrees from the vertical. Fitness: steps survived; solved by surviving
    `max_steps`. Inputs: x / 2.4 m, x' / 1.5 m/s, th / 0.21, th' / 2 per second.

    Args:
        max_steps: of an attempt.
        start_angle: of the pole, in radians; all else starts at 0.
        bias_input: the value of one more input; 0: there is none.
        threads: of this process; results never depend on it.
    """

    def __init__(
        self, *, max_steps: int = 100_000, start_angle: float = 0.07, bias_input: float = 0.0, threads: int = 0
    ) -> None:
        self.keys = SinglePoleKeys(max_steps=max_steps, start_angle=start_angle, bias_input=bias_input)
        super().__init__(
            self.keys, _SINGLE_NAMES, _SINGLE_SCALE, _SINGLE_WIDEST, (0, 1, 2, 3), self.keys.max_steps, 1, threads
        )

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Return how many steps P networks survive; chance plays no part."""
        steps = self.balance(networks).steps[:, 0]
        return Evaluation(steps.astype(np.float64), solved=steps >= self.keys.max_steps, columns={"steps": steps})


class DoublePole(_PoleBalancing, ValidatingProblem):
    """Two poles of 1 m and 0.1 m on one cart that is pushed with 20 (output - 1/2) N, at most 10 N.

    Wieland's equations by Runge and Kutta's method with steps of 0.01 s, two for every push, as in Stanley &
    Miikkulainen (2002, section 4.2). An attempt fails when the cart is more than 2.4 m from the middle or a pole more
    than 36 degrees from the vertical. Inputs: x / 4.8 m, x' / 2 m/s, th / 0.52, th' / 2 per second.

    A genome that survives `max_steps` is a candidate. The harder test: it must survive `check_steps` from the same
    start, and then 1,000 steps from `generalisation` of 625 others (Gruau, Whitley & Pyeatt 1996, A comparison between
    cellular encoding and direct encoding for genetic neural networks). `details` of the validation holds `steps`
    and, where the 625 were tried, `generalisation`.

    Args:
        velocities: whether networks are given x', th1' and th2'; without, they need memory.
        fitness: `steps` survived; `gruau`, 0.1 steps / max_steps + 0.9 * 0.75 / unrest, the latter part only where
            more than `damping_window` steps were survived; `auto`, gruau without velocities.
        max_steps: of an attempt; by default 100,000, without velocities 1,000.
        start_angle: of the long pole, in radians; all else starts at 0.
        damping_window: last steps whose |x| + |x'| + |th1| + |th1'| make up the unrest.
        check_steps, generalisation: of the harder test; by default 200 of the 625 without velocities, else none.
        bias_input: the value of one more input; 0: there is none.
        threads: of this process; results never depend on it.
    """

    def __init__(
        self,
        *,
        velocities: bool = True,
        fitness: Literal["auto", "steps", "gruau"] = "auto",
        max_steps: int | None = None,
        start_angle: float = 0.07,
        damping_window: int = 100,
        check_steps: int = 100_000,
        generalisation: int | Literal["auto"] = "auto",
        bias_input: float = 0.0,
        threads: int = 0,
    ) -> None:
        self.keys = DoublePoleKeys(
            velocities=velocities, fitness=fitness, max_steps=max_steps, start_angle=start_angle,
            damping_window=damping_window, check_steps=check_steps, generalisation=generalisation,
            bias_input=bias_input,
        )  # fmt: skip
        seen = (0, 1, 2, 3, 4, 5) if self.keys.velocities else (0, 2, 4)
        super().__init__(
            self.keys, _DOUBLE_NAMES, _DOUBLE_SCALE, _DOUBLE_WIDEST, seen, self.keys.steps, self.keys.damping_window,
            threads,
        )  # fmt: skip

    def evaluate(self, networks: Networks, rng: Randomness) -> Evaluation:
        """Return the fitness of P networks, and how many steps they survived; chance plays no part."""
        attempts, limit = self.balance(networks), self.keys.steps
        steps, unrest = attempts.steps[:, 0], attempts.unrest[:, 0]
        fitness = steps.astype(np.float64)
        if self.keys.judged_by_gruau:
            damped = steps > self.keys.damping_window
            fitness = 0.1 * fitness / limit + np.where(damped, 0.9 * 0.75 / np.maximum(unrest, _STILLEST), 0.0)
        return Evaluation(fitness, solved=steps >= limit, columns={"steps": steps})

    def validate(self, network: Network, rng: Randomness) -> Validation:
        """Put one network to the harder test; who fails its first part is spared the second."""
        keys, networks = self.keys, network.networks
        steps = int(self.balance(networks, steps=keys.check_steps).steps[0, 0])
        passed, details = steps >= keys.check_steps, {"steps": float(steps)}
        if passed and keys.wanted:
            survived = self.balance(networks, generalisation_starts(), _GENERALISATION_STEPS).steps[0]
            count = int((survived >= _GENERALISATION_STEPS).sum())
            passed, details["generalisation"] = count >= keys.wanted, float(count)
        return Validation(int(networks.key[0]), passed, float(steps), details)


def generalisation_starts() -> NDArray[np.float64]:
    """Return the 625 starts of the generalisation test: (625, 6) float64, the angular velocity fastest."""
    ranges = np.array([[share * width + low for share in _SHARES] for width, low in _RANGES])
    starts = np.zeros((len(_SHARES) ** len(_RANGES), STATES))
    starts[:, : len(_RANGES)] = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(_RANGES))
    return starts


def make_single(config: Config, keys: SinglePoleKeys) -> SinglePole:
    """Return the problem that `[problem] kind = single_pole` describes."""
    return SinglePole(
        max_steps=keys.max_steps,
        start_angle=keys.start_angle,
        bias_input=keys.bias_input,
        threads=config.run.threads,
    )


def make_double(config: Config, keys: DoublePoleKeys) -> DoublePole:
    """Return the problem that `[problem] kind = double_pole` describes."""
    return DoublePole(
        velocities=keys.velocities,
        fitness=keys.fitness,
        max_steps=keys.max_steps,
        start_angle=keys.start_angle,
        damping_window=keys.damping_window,
        check_steps=keys.check_steps,
        generalisation=keys.generalisation,
        bias_input=keys.bias_input,
        threads=config.run.threads,
    )
