"""The compiled classics are Gymnasium's own: the same starts, observations, rewards and ends, to the last bit."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from genomes import networks_of
from gymnasium.envs.classic_control import CartPoleEnv

import neat
from neat.core.kernels import kernel
from neat.core.randomness import Purpose, Randomness
from neat.problems.gymnasium import classic
from neat.problems.gymnasium.classic_kernels import STATES, advance
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context

CLASSICS = ("CartPole-v1", "CartPole-v0", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1")
STEPS, EPISODES = 400, 60
RNG = Randomness(7, 3, Purpose.EVALUATION)


@kernel
def follow(task, choices, values, state, seen, records):
    """Write the reward, the end, the observation and the state after each step; return the number of steps."""
    for step in range(len(choices)):
        reward, ended = advance(task, choices[step], values[step], state, seen, step == 0)
        records[step, 0], records[step, 1] = reward, ended
        for index in range(seen.size):
            records[step, 2 + index] = seen[index]
        for index in range(state.size):
            records[step, 2 + seen.size + index] = state[index]
        if ended:
            return step + 1
    return len(choices)


def actions_for(space, rng, calm):
    """Return choices and values; calm ones stay the same for a while, so that the state goes far."""
    count = STEPS // 20 if calm else STEPS
    if isinstance(space, gymnasium.spaces.Discrete):
        choices, values = rng.integers(space.n, size=count), np.zeros(count)
    else:
        choices, values = np.zeros(count, np.int64), rng.uniform(space.low, space.high, count).astype(space.dtype)
    times = STEPS // count
    return np.repeat(choices, times), np.repeat(values.astype(np.float64), times)


@pytest.mark.parametrize("environment", CLASSICS)
def test_every_step_is_that_of_the_environment(environment):
    problem = Gymnasium(environment)
    backend = problem.backend
    assert isinstance(backend, classic.Compiled)
    plain = problem.make()
    rng = np.random.default_rng(1)
    task = backend._task(STEPS, memory=False)
    starts, seen = classic.starts_of(problem.make(), range(EPISODES))
    compared = 0
    for episode in range(EPISODES):
        choices, values = actions_for(plain.action_space, rng, calm=episode % 2 == 0)
        observation, _ = plain.reset(seed=episode)
        assert np.asarray(observation, np.float64).tobytes() == seen[episode].tobytes()
        records = np.zeros((STEPS, 2 + len(observation) + STATES))
        count = follow(task, choices, values, starts[episode].copy(), seen[episode].copy(), records)
        for step in range(count):
            action = int(choices[step]) if problem.actions.discrete else np.array([values[step]], np.float32)
            observation, reward, terminated, truncated, _ = plain.step(action)
            state = np.zeros(STATES)
            state[: len(plain.unwrapped.state)] = plain.unwrapped.state
            expected = np.concatenate([[reward, terminated], observation, state])
            assert expected.tobytes() == (records[step] + 0.0).tobytes() or np.array_equal(expected, records[step])
            assert not truncated
            compared += 1
    assert compared > (600 if environment.startswith("CartPole") else 20_000)


@pytest.mark.parametrize("environment", CLASSICS)
@pytest.mark.parametrize("memory", [False, True])
def test_whole_populations_get_the_results_of_the_plain_environment(environment, memory):
    compiled, plain = Gymnasium(environment), Gymnasium(environment, backend="plain")
    networks = networks_of(compiled, 12, memory=memory)
    seeds = compiled.seeds(RNG, 3)
    seen = [np.stack([np.full(len(compiled.inputs), limit) for limit in (np.inf, -np.inf)]) for _ in range(2)]
    one = compiled.play(networks, seeds, observed=seen[0], threads=2)
    other = plain.play(networks, seeds, observed=seen[1])
    assert compiled.backend._agrees and not compiled.in_python and plain.in_python
    assert one.rewards.tobytes() == other.rewards.tobytes()
    assert one.steps.tolist() == other.steps.tolist()
    assert seen[0].tobytes() == seen[1].tobytes()


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ("CartPole-v1", {"sutton_barto_reward": True}),
        ("MountainCar-v0", {"goal_velocity": 0.03}),
        ("MountainCarContinuous-v0", {"goal_velocity": 0.03}),
        ("Pendulum-v1", {"g": 9.81}),
    ],
)
def test_options_of_the_environments(environment, options):
    results = []
    for backend in ("compiled", "plain"):
        problem = Gymnasium(environment, backend=backend, option=options, hide=[0], scaling="running", episodes=2)
        networks = networks_of(problem, 10)
        found = problem.evaluate(networks, Context(RNG))
        results.append((found.fitness.tobytes(), found.state["low"].tobytes(), found.state["high"].tobytes()))
    assert results[0] == results[1]
    default = Gymnasium(environment, hide=[0], scaling="running", episodes=2)
    changed = default.evaluate(networks_of(default, 10), Context(RNG)).fitness.tobytes() != results[0][0]
    assert changed or "goal_velocity" in options  # no random network reaches the goal


def test_runs_are_the_same_compiled_and_plain():
    def story(backend, threads):
        problem = {"kind": "gymnasium", "environment": "Acrobot-v1", "episodes": 1, "backend": backend}
        run = {"seed": 1, "generations": 3, "threads": threads}
        return neat.run(neat.Config(run=run, problem=problem, population={"size": 20})).champion.to_json()

    assert story("auto", 1) == story("auto", 2) == story("plain", 1)


class Heavier(CartPoleEnv):
    def __init__(self, **options):
        super().__init__(**options)
        self.masscart = 2.0


def test_other_environments_are_plain():
    gymnasium.register("Heavier-v0", Heavier, max_episode_steps=50)
    assert Gymnasium("Heavier-v0").backend.name == "plain"
    assert Gymnasium("CartPole-v1", wrappers="FlattenObservation").backend.name == "plain"
    for arguments, message in (
        ({"environment": "FrozenLake-v1"}, "only Gymnasium's CartPole"),
        ({"environment": "CartPole-v1", "wrappers": ["ClipReward(max_reward=0.5)"]}, "an environment within wrappers"),
    ):
        with pytest.raises(neat.NeatError, match=f"backend = compiled: {message}.*set backend = auto"):
            Gymnasium(**arguments, backend="compiled")


def test_an_untested_version_is_plain(monkeypatch):
    monkeypatch.setattr("gymnasium.__version__", "1.5.0")
    assert Gymnasium("CartPole-v1").backend.name == "plain"
    with pytest.raises(neat.NeatError, match=r"that of Gymnasium 1\.4\.x, and this is 1\.5\.0"):
        Gymnasium("CartPole-v1", backend="compiled")


@pytest.mark.parametrize(
    ("environment", "attribute"),
    [("CartPole-v1", "force_mag"), ("MountainCar-v0", "gravity"), ("Acrobot-v1", "LINK_MASS_2"), ("Pendulum-v1", "m")],
)
def test_an_environment_that_computes_otherwise_is_played_by_its_own_code(monkeypatch, environment, attribute):
    """Such as one that a user has changed in memory, or on a machine with another C library."""
    changed = Gymnasium(environment, max_episode_steps=50)
    inner = changed.backend._plain.environment.unwrapped
    setattr(inner, attribute, getattr(inner, attribute) * 1.5)
    networks = networks_of(changed, 5)
    rewards = changed.play(networks, [1, 2]).rewards
    assert changed.backend._agrees is False
    plain = Gymnasium(environment, max_episode_steps=50, backend="plain")
    inner = plain.backend.environment.unwrapped
    setattr(inner, attribute, getattr(inner, attribute) * 1.5)
    assert rewards.tobytes() == plain.play(networks, [1, 2]).rewards.tobytes()
