"""The tasks of `efficacy.py`: 27 problems in six families, each with a budget.

Apart from the problem, every setting is at its default; a task only sets what its problem demands: memory where a
network has to remember, and outputs without limits where targets exceed 0 to 1. Half of the tasks of each family are
there to choose settings by, the others to confirm the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

import neat
from neat.problems.protocol import Context
from neat.problems.tables.dataset import TableProblem

Numbers = NDArray[np.float64]

FAMILIES = ("boolean", "regression", "classification", "memory", "control", "noisy control")
ENOUGH_R2 = 0.95  # coefficient of determination that solves a regression
_SWING_STEPS = 200
_PAUSE = 2  # steps until an answer is asked for: with memory, a signal passes one connection in each step
_DELAY = 4  # steps for which a bit has to be remembered
_TEST_EPISODES = 100


@dataclass(frozen=True)
class Task:
    """A task of the battery.

    Attributes:
        family: one of `FAMILIES`.
        chooses: whether settings are chosen by this task; otherwise it confirms the choice.
        make: makes the problem.
        generations: the budget, with 150 genomes.
        seeds: the number of runs.
        sections: settings that the problem demands.
        quality: how good a network really is, on a scale that everyone understands; None: its fitness.
    """

    family: str
    chooses: bool
    make: Callable[[], neat.Problem]
    generations: int = 200
    seeds: int = 20
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quality: Callable[[neat.Problem, neat.Champion], float] | None = None


# --- tables ------------------------------------------------------------------------------------


def bits_of(count: int) -> Numbers:
    """Return all rows of `count` bits: (2^count, count)."""
    return (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(np.float64)


def _boolean(inputs: Numbers, answers: Any, measure: str = "mse") -> neat.Dataset:
    return neat.Dataset(inputs, np.asarray(answers, np.float64), measure=measure, solved="sides")


def _parity(bits: int, measure: str = "mse") -> neat.Dataset:
    inputs = bits_of(bits)
    return _boolean(inputs, inputs.sum(axis=1) % 2, measure)


def _xor() -> neat.Dataset:
    return _parity(2, "paper")


def _parity3() -> neat.Dataset:
    return _parity(3, "paper")


def _parity4() -> neat.Dataset:
    return _parity(4)


def _symmetry4() -> neat.Dataset:
    inputs = bits_of(4)
    return _boolean(inputs, (inputs[:, :2] == inputs[:, :1:-1]).all(axis=1))


def _adder2() -> neat.Dataset:
    """The sum of two numbers of two bits each."""
    inputs = bits_of(4)
    total = (inputs @ [1, 2, 1, 2]).astype(np.int64)
    return _boolean(inputs, total[:, None] >> np.arange(3) & 1)


def _multiplexer6() -> neat.Problem:
    return neat.Multiplexer(2, measure="mse", solved="sides")


def _multiplexer11() -> neat.Problem:
    return neat.Multiplexer(3)


def _fit(inputs: Numbers, targets: Numbers) -> neat.Dataset:
    return neat.Dataset(inputs, targets, measure="mse", solved=-(1 - ENOUGH_R2) * float(targets.var()))


def _cubic() -> neat.Dataset:
    """x + x^2 + x^3 (Koza 1992), at 20 points."""
    x = np.linspace(-1.0, 1.0, 20)
    return _fit(x[:, None], x + x**2 + x**3)


def _friedman() -> neat.Dataset:
    """The first function of Friedman (1991), of five inputs, at 200 points, within about 0 to 1."""
    x = Generator(Philox(1)).random((200, 5))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return _fit(x, y / 30)


def _waves() -> neat.Dataset:
    """sin(pi a) cos(pi b) on a grid of 12 by 12 points."""
    line = np.linspace(-1.0, 1.0, 12)
    a, b = (side.ravel() for side in np.meshgrid(line, line))
    return _fit(np.stack([a, b], axis=1), np.sin(np.pi * a) * np.cos(np.pi * b))


def _bump() -> neat.Dataset:
    """The Gaussian exp(-(a^2 + b^2 + c^2)) of three inputs, at 150 points."""
    x = Generator(Philox(2)).uniform(-2.0, 2.0, (150, 3))
    return _fit(x, np.exp(-(x**2).sum(axis=1)))


def _classify(points: Numbers, classes: Any) -> neat.Dataset:
    return neat.Dataset(points, np.asarray(classes, np.float64), measure="mse", solved="sides")


def _ring() -> neat.Dataset:
    """A disc of radius 1 within a ring from 1.5 to 2: 120 points."""
    rng = Generator(Philox(3))
    inside = np.repeat([1.0, 0.0], 60)
    radius = np.where(inside == 1.0, np.sqrt(rng.random(120)), rng.uniform(1.5, 2.0, 120))
    angle = rng.uniform(0.0, 2 * np.pi, 120)
    return _classify(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), inside)


def _moons() -> neat.Dataset:
    """Two half moons, one within the other: 120 points."""
    rng = Generator(Philox(4))
    angle, upper = rng.uniform(0.0, np.pi, 120), np.repeat([True, False], 60)
    x, y = np.where(upper, np.cos(angle), 1 - np.cos(angle)), np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return _classify(np.stack([x, y], axis=1) + 0.05 * rng.standard_normal((120, 2)), upper)


def _three_clouds() -> neat.Dataset:
    """Three normal clouds in four dimensions, one output for each: 120 points."""
    rng, number = Generator(Philox(5)), np.repeat(np.arange(3), 40)
    centres = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    return _classify(centres[number] + 0.2 * rng.standard_normal((120, 4)), np.eye(3)[number])


def _spirals() -> neat.Dataset:
    """The two spirals of Lang & Witbrock (1988): 194 points."""
    number = np.arange(97)
    angle, radius = number * np.pi / 16, (104 - number) / 104
    spiral = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return _classify(np.concatenate([spiral, -spiral]), np.repeat([1.0, 0.0], 97))


def right_share(problem: neat.Problem, champion: neat.Champion) -> float:
    """Return the share of rows in which every output is on the right side of 0.5."""
    assert isinstance(problem, TableProblem)
    outputs = neat.activate_rows(neat.compile(champion.genome).networks, problem.rows)[0]
    return float(((outputs > 0.5) == (problem.targets > 0.5)).all(axis=1).mean())


def explained(problem: neat.Problem, champion: neat.Champion) -> float:
    """Return the coefficient of determination."""
    assert isinstance(problem, TableProblem)
    outputs = neat.activate_rows(neat.compile(champion.genome).networks, problem.rows)[0]
    return 1.0 - float(((outputs - problem.targets) ** 2).mean() / problem.targets.var())


# --- memory ------------------------------------------------------------------------------------


class Sequences(neat.Problem):
    """Bits arrive one after the other, and the outputs at the end of a sequence, or after every bit, are judged.

    Fitness is minus the mean squared error of the judged steps; it is solved when all of them are on the right side.

    Args:
        inputs: (E, T, I) sequences.
        targets: (E, T, O), nan where an output is not judged.
    """

    deterministic = True

    def __init__(self, inputs: Numbers, targets: Numbers) -> None:
        self.sequences, self.targets = inputs, targets
        self.inputs = [f"x{number + 1}" for number in range(inputs.shape[2])]
        self.outputs = [f"y{number + 1}" for number in range(targets.shape[2])]

    def evaluate(self, networks: neat.Networks, context: Context) -> neat.Evaluation:
        """Return the evaluation of P networks."""
        judged = ~np.isnan(self.targets)
        error, right = np.zeros(len(networks)), np.ones(len(networks), np.bool_)
        memory = networks.memory()
        for sequence, targets, counts in zip(self.sequences, self.targets, judged, strict=True):
            memory.reset()
            for row, target, count in zip(sequence, targets, counts, strict=True):
                given = np.broadcast_to(row, (len(networks), len(row)))
                outputs = neat.activate_each(networks, given, memory, threads=context.threads)[:, count]
                error += ((outputs - target[count]) ** 2).sum(axis=1)
                right &= ((outputs > 0.5) == (target[count] > 0.5)).all(axis=1)
        return neat.Evaluation(-error / judged.sum(), solved=right)


def _asked_later(bits: Numbers, answers: Any) -> neat.Problem:
    """Return the problem in which bits (E, T) arrive one after the other, and the answers (E,) are asked for later."""
    inputs = np.zeros((len(bits), bits.shape[1] + _PAUSE, 1))
    inputs[:, : bits.shape[1], 0] = bits
    targets = np.full(inputs.shape, np.nan)
    targets[:, -1, 0] = answers
    return Sequences(inputs, targets)


def _delayed_xor() -> neat.Problem:
    """XOR of two bits that arrive one after the other."""
    bits = bits_of(2)
    return _asked_later(bits, bits.sum(axis=1) % 2)


def _sequence_parity() -> neat.Problem:
    """Whether the number of ones among three bits is odd."""
    bits = bits_of(3)
    return _asked_later(bits, bits.sum(axis=1) % 2)


def _recall() -> neat.Problem:
    """The first bit, after steps with other bits; a second input says when it is asked for."""
    bits = bits_of(_DELAY)
    inputs = np.zeros((len(bits), _DELAY + 1, 2))
    inputs[:, :-1, 0], inputs[:, -1, 1] = bits, 1.0
    targets = np.full((len(bits), _DELAY + 1, 1), np.nan)
    targets[:, -1, 0] = bits[:, 0]
    return Sequences(inputs, targets)


def _count() -> neat.Problem:
    """Whether at least three of five bits are ones."""
    bits = bits_of(5)
    return _asked_later(bits, bits.sum(axis=1) >= 3)


# --- control -----------------------------------------------------------------------------------


class SwingUp(neat.Problem):
    """A pendulum that hangs at first must be swung up, with a torque too weak to lift it at once, and held there.

    The equations are those of Gymnasium's Pendulum-v1. Fitness is the mean height in the second half of an episode,
    from -1 to 1.
    """

    deterministic = True
    inputs = ("cos", "sin", "velocity")
    outputs = ("torque",)
    threshold = 0.9

    def evaluate(self, networks: neat.Networks, context: Context) -> neat.Evaluation:
        """Return the evaluation of P networks."""
        angle, velocity, height = np.full(len(networks), np.pi), np.zeros(len(networks)), np.zeros(len(networks))
        memory = networks.memory()
        for step in range(_SWING_STEPS):
            seen = np.stack([np.cos(angle), np.sin(angle), velocity / 8.0], axis=1)
            torque = 4.0 * neat.activate_each(networks, seen, memory, threads=context.threads)[:, 0] - 2.0
            velocity = np.clip(velocity + (15.0 * np.sin(angle) + 3.0 * np.clip(torque, -2.0, 2.0)) * 0.05, -8.0, 8.0)
            angle = angle + velocity * 0.05
            if step >= _SWING_STEPS // 2:
                height += np.cos(angle)
        fitness = height / (_SWING_STEPS - _SWING_STEPS // 2)
        return neat.Evaluation(fitness, solved=fitness >= self.threshold)


def _poles() -> neat.Problem:
    return neat.make_problem(neat.Config(problem={"kind": "double_pole"}))


def _poles_no_velocity() -> neat.Problem:
    return neat.make_problem(neat.Config(problem={"kind": "double_pole", "velocities": False}))


def _acrobot_fixed() -> neat.Problem:
    return neat.Gymnasium("Acrobot-v1", episodes=1, starts="fixed", threshold=-100.0)


def _cartpole() -> neat.Problem:
    return neat.Gymnasium("CartPole-v1", threshold=490.0)


def _cartpole_no_velocity() -> neat.Problem:
    return neat.Gymnasium("CartPole-v1", hide=["cart velocity", "pole velocity"], episodes=10, threshold=490.0)


def _acrobot() -> neat.Problem:
    return neat.Gymnasium("Acrobot-v1", episodes=1)


def _pendulum() -> neat.Problem:
    return neat.Gymnasium("Pendulum-v1", episodes=3)


def true_mean(problem: neat.Problem, champion: neat.Champion) -> float:
    """Return the mean of 100 episodes that evolution never saw."""
    assert isinstance(problem, neat.Gymnasium)
    network = neat.compile(champion.genome)
    return problem.test(network, _TEST_EPISODES, 0, champion.preprocessing).mean


_MEMORY: Mapping[str, Mapping[str, Any]] = {"network": {"memory": True}}
_NO_LIMITS: Mapping[str, Mapping[str, Any]] = {"genome": {"output_activation": "linear"}}

TASKS = {
    "xor": Task("boolean", False, _xor, 150, 60, quality=right_share),
    "parity3": Task("boolean", True, _parity3, quality=right_share),
    "parity4": Task("boolean", False, _parity4, quality=right_share),
    "symmetry4": Task("boolean", False, _symmetry4, quality=right_share),
    "adder2": Task("boolean", True, _adder2, quality=right_share),
    "multiplexer6": Task("boolean", True, _multiplexer6, quality=right_share),
    "multiplexer11": Task("boolean", True, _multiplexer11, 100, 4, quality=right_share),
    "cubic": Task("regression", False, _cubic, sections=_NO_LIMITS, quality=explained),
    "friedman": Task("regression", True, _friedman, sections=_NO_LIMITS, quality=explained),
    "waves": Task("regression", False, _waves, sections=_NO_LIMITS, quality=explained),
    "bump": Task("regression", True, _bump, sections=_NO_LIMITS, quality=explained),
    "ring": Task("classification", True, _ring, quality=right_share),
    "moons": Task("classification", True, _moons, quality=right_share),
    "three_clouds": Task("classification", False, _three_clouds, quality=right_share),
    "spirals": Task("classification", False, _spirals, 284, quality=right_share),
    "delayed_xor": Task("memory", True, _delayed_xor, sections=_MEMORY),
    "sequence_parity": Task("memory", False, _sequence_parity, sections=_MEMORY),
    "recall": Task("memory", True, _recall, sections=_MEMORY),
    "count": Task("memory", False, _count, sections=_MEMORY),
    "dpv": Task("control", True, _poles, 100, 40, _MEMORY),
    "dpnv": Task("control", False, _poles_no_velocity, 150, 40, _MEMORY),
    "swing_up": Task("control", True, SwingUp),
    "acrobot": Task("control", False, _acrobot_fixed, 10, 3),
    "cartpole": Task("noisy control", True, _cartpole, 50, 40, quality=true_mean),
    "cartpole_no_velocity": Task("noisy control", False, _cartpole_no_velocity, 60, 30, _MEMORY, true_mean),
    "acrobot_noisy": Task("noisy control", True, _acrobot, 10, 3, quality=true_mean),
    "pendulum": Task("noisy control", False, _pendulum, 100, 2, quality=true_mean),
}


def config_of(name: str, changes: Iterable[str] = ()) -> neat.Config:
    """Return the configuration of a task, with changes such as `mutation.kind=mixed`.

    Raises:
        NeatError: a change is not allowed.
    """
    task = TASKS[name]
    given = neat.Config(run={"generations": task.generations, "threads": 1, "stop_fitness": "solved"}, **task.sections)
    return neat.Config.from_ini(given.to_ini(), overrides=list(changes))
