"""The compiled backend: Gymnasium's classic control environments as kernels for whole populations.

Results have the same bits as in the Python code, which a few episodes check before the kernels are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.announcements import announce
from neat.core.errors import INTERRUPTIONS
from neat.core.parallel import parallel_for
from neat.network.activation_kernels import CONNECTION, NETWORK, NODE, NetworkArrays
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.agent_kernels import InputScaling
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.classic_kernels import (
    ACROBOT,
    CART_POLE,
    MOUNTAIN_CAR,
    MOUNTAIN_CAR_CONTINUOUS,
    PENDULUM,
    STATES,
    Task,
    play_range,
)
from neat.problems.gymnasium.environment import EnvironmentSpec
from neat.problems.gymnasium.episodes import Backend, Episodes, Order
from neat.problems.gymnasium.plain import Plain

_TESTED = "1.4."  # versions of Gymnasium with which `tests/problems/gymnasium/test_classic.py` passed
_SECONDS_PER_STEP = 0.2e-6
_TRIAL_SEEDS, _TRIAL_STEPS = (1, 2, 3, 4), 60
_PACKAGE = "gymnasium.envs.classic_control"


@dataclass(frozen=True)
class _Classic:
    """An environment that has a kernel: its number there, and the option that its Python object has."""

    number: int
    option: Callable[[Any], float] = lambda environment: 0.0


_CLASSICS = {
    f"{_PACKAGE}.cartpole:CartPoleEnv": _Classic(CART_POLE, lambda made: float(made._sutton_barto_reward)),
    f"{_PACKAGE}.mountain_car:MountainCarEnv": _Classic(MOUNTAIN_CAR, lambda made: float(made.goal_velocity)),
    f"{_PACKAGE}.continuous_mountain_car:Continuous_MountainCarEnv": _Classic(
        MOUNTAIN_CAR_CONTINUOUS, lambda made: float(made.goal_velocity)
    ),
    f"{_PACKAGE}.acrobot:AcrobotEnv": _Classic(ACROBOT),
    f"{_PACKAGE}.pendulum:PendulumEnv": _Classic(PENDULUM, lambda made: float(made.g)),
}


class Compiled(Backend):
    """A classic control environment that is stepped by a kernel, on several threads."""

    in_python = False

    def __init__(self, spec: EnvironmentSpec, actions: Actions, plain: Plain) -> None:
        self._id, self._actions, self._plain = spec.id, actions, plain
        self._classic = _CLASSICS[str(spec.registration.entry_point)]
        self._agrees: bool | None = None  # unknown before the first episodes

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the backend, which is that of the plain one if the results differ, as with another C library."""
        return "compiled" if self.agrees else "plain"

    @property
    def agrees(self) -> bool:
        """Whether results have the same bits as those of the Python code here."""
        if self._agrees is None:
            self._agrees = self._is_same()
            if not self._agrees:
                announce(
                    f"{self._id} does not compute the same bits as its compiled form here, so its own code is used"
                )
        return self._agrees

    def compile(self, agent: Agent) -> None:
        if not self.agrees:
            agent.compile()

    def play(self, order: Order) -> Episodes:
        return self._play(order) if self.agrees else self._plain.play(order)

    @property
    def environment(self) -> Any:
        return self._plain.environment

    def forget(self) -> None:
        self._plain.forget()

    def _play(self, order: Order) -> Episodes:
        networks, episodes = order.networks, len(order.seeds)
        count = len(networks) * episodes
        starts, seen = starts_of(self._plain.environment, order.seeds)
        rewards, steps = np.zeros(count), np.zeros(count, np.int64)
        watched = count if order.observed is not None else 0
        observed = np.empty((watched, 2, len(order.scaling.columns)))
        observed[:, 0], observed[:, 1] = np.inf, -np.inf
        discrete = self._actions.discrete
        scaling = np.empty((0, 4, 1)) if discrete else self._actions.output_scaling(networks)
        task = self._task(order.limit, networks.layout.memory)
        parallel_for(
            order.threads, count * min(order.limit, 100) * _SECONDS_PER_STEP, count, play_range,
            networks.arrays, task, order.scaling, scaling, starts, seen, rewards, steps, observed,
        )  # fmt: skip
        if watched:
            order.widen(observed[:, 0].min(axis=0), observed[:, 1].max(axis=0))
        return Episodes(rewards.reshape(-1, episodes), steps.reshape(-1, episodes))

    def _task(self, limit: int, memory: bool) -> Task:
        option = self._classic.option(self._plain.environment.unwrapped)
        return Task(self._classic.number, option, 2.0, limit, self._actions.discrete, memory)

    def _is_same(self) -> bool:
        """Return whether a few episodes of a constant action have the same bits as in the Python code."""
        try:
            return self._trial() == self._plain_trial()
        except INTERRUPTIONS:
            raise
        except BaseException:  # another class of that name; its own episodes will report a failure
            self.forget()
            return False

    def _trial(self) -> list[bytes]:
        size = len(self._plain.environment.observation_space.low)
        scaling = InputScaling(np.arange(size), np.zeros(size), np.ones(size))
        starts, seen = starts_of(self._plain.environment, _TRIAL_SEEDS)
        count = len(_TRIAL_SEEDS)
        rewards, steps = np.zeros(count), np.zeros(count, np.int64)
        observed = np.empty((count, 2, size))
        observed[:, 0], observed[:, 1] = np.inf, -np.inf
        scales = np.empty((0, 4, 1)) if self._actions.discrete else np.ones((1, 4, 1))  # always the action 1
        task = self._task(_TRIAL_STEPS, memory=False)
        play_range(0, count, _silent(size, len(self._actions.names)), task, scaling, scales, starts, seen, rewards,
                   steps, observed)  # fmt: skip
        return [rewards.tobytes(), steps.tobytes(), observed.tobytes()]

    def _plain_trial(self) -> list[bytes]:
        environment = self._plain.environment
        action: Any = 0 if self._actions.discrete else np.ones(1, self._actions.dtype)
        rewards, steps, observed = [], [], []
        for seed in _TRIAL_SEEDS:
            observation, total, step = environment.reset(seed=seed)[0], 0.0, 0
            ended, seen = False, []
            while step < _TRIAL_STEPS and not ended:
                seen.append(observation)
                observation, reward, terminated, truncated, _ = environment.step(action)
                total, step, ended = total + reward, step + 1, terminated or truncated
            rewards.append(total)
            steps.append(step)
            observed.append([np.min(seen, axis=0), np.max(seen, axis=0)])
        return [np.array(rewards, np.float64).tobytes(), np.array(steps, np.int64).tobytes(),
                np.array(observed, np.float64).tobytes()]  # fmt: skip


def starts_of(environment: Any, seeds: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the states in which episodes begin, (E, STATES), and what is observed there, (E, D)."""
    starts, seen = np.zeros((len(seeds), STATES)), []
    for episode, seed in enumerate(seeds):
        seen.append(environment.reset(seed=seed)[0])
        state = environment.unwrapped.state
        starts[episode, : len(state)] = state
    return starts, np.array(seen, np.float64)


def why_not_compiled(spec: EnvironmentSpec) -> str:
    """Return why an environment has no compiled form here, or an empty text if it has one."""
    import gymnasium

    registration = spec.registration
    if str(registration.entry_point) not in _CLASSICS:
        return "only Gymnasium's CartPole, MountainCars, Acrobot and Pendulum have a compiled form"
    if registration.additional_wrappers or spec.wrappers:
        return "an environment within wrappers has no compiled form"
    if not gymnasium.__version__.startswith(_TESTED):
        return f"the compiled form is that of Gymnasium {_TESTED}x, and this is {gymnasium.__version__}"
    return ""


def _silent(inputs: int, outputs: int) -> NetworkArrays:
    """Return one network without connections, all of whose outputs are 0."""
    network = np.zeros(1, NETWORK)
    network["steps"], network["acyclic"], network["feedforward"] = 1, True, True
    network["nodes"], network["slots"] = inputs + outputs, inputs
    arrays = NetworkArrays(
        inputs, network, np.zeros(inputs + outputs, NODE), np.zeros(1, CONNECTION), np.full((1, outputs), -1, np.int32)
    )
    for array in arrays[1:]:
        array.setflags(write=False)  # as those of all networks are, for which the kernel is compiled
    return arrays
