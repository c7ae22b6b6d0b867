"""Runs and checks report in one sentence how an environment breaks Gymnasium's API."""

from __future__ import annotations

import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

import neat
from neat.problems.gymnasium.environment_check import check_environment
from neat.problems.gymnasium.problem import Gymnasium

GOOD = np.zeros(2, np.float32)


class Panic(BaseException):
    """An exception that does not derive from Exception, like the panics of Rust libraries."""


class Fine(gymnasium.Env[Any, Any]):
    """An environment with observations of two zeros and episodes of three steps, each with the reward `reward`."""

    observation_space: Any = spaces.Box(-1.0, 1.0, (2,), np.float32)
    action_space: Any = spaces.Discrete(2)
    reward: Any = 1.0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.now = 0
        return GOOD, {}

    def step(self, action: Any) -> Any:
        self.now += 1
        return GOOD, self.reward, self.now == 3, False, {}


def raising(error: BaseException) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def register(**members: Any) -> str:
    """Register a variant of `Fine` with other members, and return its id."""
    name = f"Broken{sum(id.startswith('Broken') for id in gymnasium.registry)}-v0"
    gymnasium.register(name, type("Broken", (Fine,), members), max_episode_steps=6)
    return name


def config(**run: Any) -> neat.Config:
    return neat.Config(run={"seed": 1, "generations": 2, **run}, population={"size": 3})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"observation_space": property(raising(AttributeError("no observation_space")))}, "has no observation_space"),
        ({"action_space": None}, "its actions are None, which is not a space of Gymnasium"),
        ({"observation_space": spaces.Box}, "its observations are <class .*, which is not a space"),
        ({"action_space": property(raising(Panic("later")))}, r"its action_space cannot be read \(Panic: later\)"),
        ({"__init__": raising(SystemExit("no display"))}, "SystemExit: no display was raised when it was made"),
    ],
)
def test_unusable_spaces_are_reported_by_name(members: dict[str, Any], message: str) -> None:
    with pytest.raises(neat.NeatError, match=rf"Broken\d+-v0: {message}") as caught:
        Gymnasium(register(**members))
    assert caught.value.exit_status == 2 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("registration", "message"),
    [
        ({"reward_threshold": "high"}, "registered with reward_threshold = 'high', which is not a number"),
        ({"max_episode_steps": 2.5}, "registered with max_episode_steps = 2.5; it must be a whole number from 1"),
        ({"max_episode_steps": -1}, "registered with max_episode_steps = -1"),
    ],
)
def test_invalid_registrations_are_reported(registration: dict[str, Any], message: str) -> None:
    gymnasium.registry.pop("Odd-v0", None)
    gymnasium.register("Odd-v0", Fine, **registration)
    with pytest.raises(neat.NeatError, match=rf"Odd-v0: is {message}"):
        Gymnasium("Odd-v0")


RESETS = [
    (GOOD, r"reset returned an array of shape \(2,\); it must return \(observation, info\)"),
    ([0.0, 0.0], "reset returned a list of 2 values"),
    (None, "reset returned None"),
    ((GOOD, {}, 1), "reset returned a tuple of 3 values"),
    ((np.array(["a", "b"]), {}), "an observation is an array of <U1"),
    (({"x": 1}, {}), r"an observation is \{'x': 1\}; it must be numbers of shape \(2,\)"),
]
STEPS = [
    ((GOOD, 1.0, True, {}), r"step returned a tuple of 4 values; it must return \(observation, reward, terminated"),
    (np.zeros(5), r"step returned an array of shape \(5,\)"),
    (None, "step returned None"),
    ((GOOD, 1.0, np.array([True, False]), False, {}), r"terminated is array\(\[ True, False\]\)"),
    (([[1], [1, 2]], 1.0, False, False, {}), r"an observation is \[\[1\], \[1, 2\]\]; it must be numbers"),
]


@pytest.mark.parametrize(
    ("method", "result", "message"),
    [*(("reset", *case) for case in RESETS), *(("step", *case) for case in STEPS)],
)
def test_results_of_the_wrong_form_are_described(method: str, result: Any, message: str) -> None:
    name = register(**{method: lambda self, *_, **__: result})
    with pytest.raises(neat.ProblemError, match=message) as caught:
        neat.run(config(), Gymnasium(name))
    assert caught.value.genome_key == 0 and "of genome 0 in generation 1" in str(caught.value)
    with pytest.raises(neat.ProblemError, match=message):
        neat.check_problem(Gymnasium(name))


@pytest.mark.parametrize("method", ["reset", "step"])
def test_exceptions_are_failures_except_for_sys_exit(method: str) -> None:
    panicking, closing = register(**{method: raising(Panic("oops"))}), register(**{method: raising(SystemExit(0))})
    with pytest.raises(neat.ProblemError, match="raised Panic: oops, at "):
        neat.run(config(), Gymnasium(panicking))
    with pytest.raises(neat.Interrupted, match=r"the problem called sys.exit\(\) in generation 1"):
        neat.run(config(), Gymnasium(closing))
    assert "raised SystemExit: 0" in check_environment(Gymnasium(closing)).faults[0]


def test_sys_exit_when_an_environment_is_made_again_interrupts_the_run() -> None:
    made = []

    def start(self: Any) -> None:
        made.append(self)
        if len(made) > 1:
            sys.exit()

    name = register(__init__=start, step=raising(ValueError("once")))
    with pytest.raises(neat.Interrupted):
        neat.run(config(on_error="worst"), Gymnasium(name))
    assert len(made) == 2


@pytest.mark.parametrize(
    "reward", [np.array([2.0]), np.array([[2.0]], np.float32), np.array(2), np.float32(2.0), 2, np.array([2])]
)
def test_a_reward_may_be_an_array_of_one_element(reward: Any) -> None:
    problem = Gymnasium(register(reward=reward))
    assert check_environment(problem).faults == ()
    assert neat.run(config(), problem).best_fitness == 6.0


@pytest.mark.parametrize(
    "reward",
    [
        None, "x", np.zeros(2), np.zeros(0), 1j, np.timedelta64(5), [1.0], np.ma.masked,
        np.array([1.0], dtype=object), pytest.param(10**400, id="large"),
    ],
)  # fmt: skip
def test_a_reward_that_is_not_a_number_is_reported(reward: Any) -> None:
    name = register(reward=reward)
    with pytest.raises(neat.ProblemError, match=r"Broken\d+-v0: the reward is .* of genome 0 in generation 1"):
        neat.run(config(), Gymnasium(name))
    assert check_environment(Gymnasium(name)).faults[0].startswith("the reward is ")


def test_rewards_near_the_largest_float_do_not_overflow() -> None:
    class Large(Fine):
        """An environment whose rewards differ from one episode to another."""

        def step(self, action: Any) -> Any:
            self.now += 1
            return GOOD, 5e307 * self.np_random.uniform(0.1, 1.0), self.now == 3, False, {}

    gymnasium.registry.pop("Large-v0", None)
    gymnasium.register("Large-v0", Large, reward_threshold=1.0)
    champion = neat.run(config(), Gymnasium("Large-v0", validation_episodes=50)).champion
    played = Gymnasium("Large-v0").play(neat.compile(champion).networks, range(50))
    parts = Gymnasium("Large-v0").play(neat.compile(champion).networks, range(50)).rewards / 2.0**600
    assert played.means[0] == pytest.approx(parts.mean() * 2.0**600)
    assert played.deviations[0] == pytest.approx(parts.std(ddof=1) * 2.0**600)


def test_an_infinite_observation_is_reported() -> None:
    class Far(Fine):
        """An environment whose second observation is sometimes infinite."""

        def step(self, action: Any) -> Any:
            self.now += 1
            return np.array([0.0, -np.inf if action == 1 else 0.0], np.float32), 1.0, self.now == 3, False, {}

    gymnasium.registry.pop("Far-v0", None)
    gymnasium.register("Far-v0", Far)
    problem = Gymnasium("Far-v0", scaling="running")
    wanted = r"Far-v0: the observation observation\[1\] was -inf; with scaling = running it must be finite, in episode"
    with pytest.raises(neat.ProblemError, match=wanted) as caught:
        neat.run(config(), problem)
    assert caught.value.genome_key is not None
    first, second = neat.evolve(config(on_error="worst").replace(population={"size": 30}), problem)
    assert 0 < len(first.failed) < 30 and np.isfinite(first.evaluation.state["low"]).all()
    assert np.isfinite(second.champion.preprocessing.get("low", 0.0)).all()
    neat.run(config(), Gymnasium("Far-v0"))  # whose range is known without it


def test_an_environment_must_be_the_same_with_the_same_seed() -> None:
    def reset(self: Any, *, seed: int | None = None, options: Any = None) -> Any:
        self.now = 0
        return np.random.default_rng().random(2).astype(np.float32), {}

    def step(self: Any, action: Any) -> Any:
        self.now += 1
        return GOOD, float(np.random.default_rng().random()), self.now == 3, False, {}

    for members, when in (({"reset": reset}, "at the reset"), ({"step": step}, "at step 1")):
        (fault,) = check_environment(Gymnasium(register(**members))).faults
        assert f"the same seed and the same actions differ {when}" in fault and "self.np_random" in fault
    gymnasium.registry.pop("Lucky-v0", None)
    gymnasium.register("Lucky-v0", type("Lucky", (Fine,), {"reset": reset}), nondeterministic=True)
    assert check_environment(Gymnasium("Lucky-v0")).faults == ()


def test_all_faults_and_warnings_of_a_step_are_reported() -> None:
    result = (np.array([5.0, 0.0]), float("nan"), 0, None, None)
    found = check_environment(Gymnasium(register(step=lambda self, action: result)))
    assert found.faults == (
        "the reward is nan; it must be finite, at step 1", "terminated is 0; it must be True or False, at step 1",
        "truncated is None; it must be True or False, at step 1", "info is None; it must be a dict, at step 1",
    )  # fmt: skip
    assert found.warnings == (
        "an observation lies outside its observation_space ([5.0, 0.0], at step 1)",
        "its observations are of type float64, but its observation_space says float32",
    )


@pytest.mark.parametrize("environment", ["CartPole-v1", "Pendulum-v1", "Acrobot-v1", "CliffWalking-v1", "Taxi-v4"])
def test_environments_of_gymnasium_pass_the_check(environment: str) -> None:
    found = check_environment(Gymnasium(environment))
    assert (found.faults, found.warnings) == ((), ())
