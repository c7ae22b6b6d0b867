"""Every way to step an environment gives the results of its own code, except EnvPool, whose starts are others."""

from __future__ import annotations

import math
import sys

import gymnasium
import numpy as np
import pytest
import toys
from genomes import networks_of

import neat
from neat.core.randomness import Purpose, Randomness
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context

RNG = Randomness(7, 3, Purpose.EVALUATION)


@pytest.mark.parametrize(
    "environment",
    [
        "CartPole-v1", "MountainCarContinuous-v0", "FrozenLake-v1", "LunarLander-v3", "toys/Toy-v1", "toys/Numbered-v0",
        "toys/Valued-v0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("memory", [False, True])
def test_vector_environments_play_the_episodes_of_the_plain_one(environment, memory, monkeypatch):
    monkeypatch.setattr("neat.problems.gymnasium.vector._WIDEST", 7)  # others wait until some have ended
    monkeypatch.setattr("neat.problems.gymnasium.vector._WIDEST_CART_POLE", 20)
    results = []
    for backend in ("vector", "plain"):
        problem = Gymnasium(environment, backend=backend, max_episode_steps=40, scaling="running", episodes=3)
        networks = networks_of(problem, 8, memory=memory)
        found = problem.evaluate(networks, Context(RNG))
        results.append(
            (found.fitness.tobytes(), found.columns["steps"].tolist(), found.state["low"].tolist(),
             found.state["high"].tolist())
        )  # fmt: skip
    assert results[0] == results[1]


def test_a_failure_in_a_vector_environment_names_the_genome_and_the_episode():
    problem = Gymnasium("toys/Toy-v1", backend="vector", option={"fault": "raise"}, episodes=2)
    with pytest.raises(
        neat.ProblemError, match="raised RuntimeError: the motor burnt out, at step 3 in episode 1 of 2"
    ) as caught:
        problem.evaluate(networks_of(problem, 3), Context(RNG))
    assert caught.value.genome_key is not None


def test_spaces_that_are_not_stepped_together():
    for backend in ("vector", "envpool"):
        with pytest.raises(
            neat.NeatError, match=f"backend = {backend}: only observations that are a Box or a Discrete"
        ):
            Gymnasium("Blackjack-v1", backend=backend)


def start_of(environment, seed):
    """Return the state in which EnvPool begins: its generator is that of C++, with the distribution of libstdc++."""
    bits = np.random.RandomState(seed & 0xFFFFFFFF)

    def uniform(low, high):
        first, second = (int(bits.randint(0, 2**32, dtype=np.uint32)) for _ in range(2))
        return (first + second * 2.0**32) / 2.0**64 * (high - low) + low

    ranges = {"CartPole-v1": [(-0.05, 0.05)] * 4, "Acrobot-v1": [(-0.1, 0.1)] * 4}
    state = [uniform(low, high) for low, high in ranges.get(environment, [(-0.6, -0.4)])]
    return np.array(state if environment in ranges else [*state, 0.0])


@pytest.mark.filterwarnings("ignore:.*precision lowered")
@pytest.mark.parametrize("environment", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0"])
def test_envpool_and_gymnasium_agree_over_episodes_from_the_same_starts(environment):
    import envpool

    seeds = list(range(20))
    pool = envpool.make(environment, env_type="gymnasium", num_envs=len(seeds), seed=seeds, num_threads=1)
    theirs, _ = pool.reset()
    plain = [gymnasium.make(environment, disable_env_checker=True) for _ in seeds]
    ours = []
    for seed, made in zip(seeds, plain, strict=True):
        made.reset(seed=0)
        made.unwrapped.state = start_of(environment, seed)
        state = made.unwrapped.state
        cosines = [f(angle) for angle in state[:2] for f in (math.cos, math.sin)]
        ours.append([*cosines, *state[2:]] if environment == "Acrobot-v1" else state)
    assert np.abs(theirs - np.array(ours)).max() < 1e-6
    rng, difference = np.random.default_rng(1), np.zeros(len(seeds))
    playing, compared = np.arange(len(seeds), dtype=np.int32), 0
    while len(playing):
        if environment.startswith("MountainCar"):  # up the hill, by going where it goes
            speed = theirs[:, 1]
            actions = np.sign(speed)[:, None].astype(np.float32) if "Continuous" in environment else (speed > 0) * 2
        else:  # balanced for long, these enlarge the smallest difference
            actions = rng.integers(plain[0].action_space.n, size=len(playing))
        theirs, rewards, terminated, truncated, _ = pool.step(actions, playing)
        for row, place in enumerate(playing):
            observation, reward, ended, over, _ = plain[place].step(actions[row])
            difference[place] = max(difference[place], np.abs(observation - theirs[row]).max())
            assert abs(reward - rewards[row]) <= 1e-5
            assert (ended or over) == (terminated[row] or truncated[row])
            compared += 1
        kept = ~(terminated | truncated)
        playing, theirs = playing[kept], theirs[kept]
    chaotic = environment == "Acrobot-v1"  # in one episode of fifty, it enlarges the last bit to something visible
    assert (difference <= 1e-5).mean() >= (0.9 if chaotic else 1.0)
    assert compared > (400 if environment.startswith("CartPole") else 1_000)


def test_envpool_gives_every_genome_the_same_episodes_in_any_pieces():
    problem = Gymnasium("CartPole-v1", backend="envpool", episodes=3, max_episode_steps=60, scaling="running")
    networks = networks_of(problem, 30)
    whole = problem.evaluate(networks, Context(RNG, threads=2))
    parts = [problem.evaluate(networks[a:b], Context(RNG, threads=1)) for a, b in ((0, 1), (1, 17), (17, 30))]
    assert np.concatenate([part.fitness for part in parts]).tobytes() == whole.fitness.tobytes()
    assert not problem.in_python and whole.columns["steps"].max() <= 180
    assert problem.evaluate(networks[:0], Context(RNG, whole.state)).fitness.shape == (0,)
    same = problem.play(networks_of(problem, 1, hidden=0), [5, 5])
    assert same.rewards[0, 0] == same.rewards[0, 1]


def test_envpool_solves_cartpole():
    problem = {"kind": "gymnasium", "environment": "CartPole-v1", "backend": "envpool"}
    result = neat.run(neat.Config(run={"seed": 3, "generations": 10}, problem=problem))
    assert result.solved


@pytest.mark.parametrize(
    ("environment", "keys", "message"),
    [
        ("Pendulum-v1", {}, "EnvPool's Pendulum differs from Gymnasium's"),
        ("Taxi-v4", {}, "EnvPool's Taxi differs from Gymnasium's"),
        ("FrozenLake-v1", {"option": {"is_slippery": False}}, "EnvPool does not support Gymnasium's options"),
        ("CartPole-v1", {"wrappers": "ClipReward(max_reward=1.0)"}, "EnvPool does not support Gymnasium's wrappers"),
        ("toys/Toy-v1", {}, "EnvPool replaces environments of Gymnasium, and toys/Toy-v1 is not one of them"),
        ("HalfCheetah-v5", {}, ""),
    ],
)
def test_environments_that_envpool_does_not_have(environment, keys, message):
    if not message:
        assert Gymnasium(environment, backend="envpool", **keys).backend.name == "envpool"
        return
    with pytest.raises(neat.NeatError, match=message):
        Gymnasium(environment, backend="envpool", **keys)


def test_a_missing_envpool_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "envpool", None)
    with pytest.raises(neat.NeatError, match=r"'envpool' is not installed \(pip install 'neat-engine\[envpool\]'\)"):
        Gymnasium("CartPole-v1", backend="envpool")
    assert Gymnasium("CartPole-v1").backend.name == "compiled"  # `auto` never depends on what is installed


def test_an_infinite_observation_is_reported_the_same_in_a_vector_environment():
    class Far(toys.Toy):
        def seen(self):
            return np.array([0.0, np.inf if self.now == 2 else 0.0])

    gymnasium.register("toys/Far-v0", Far)
    messages = []
    for backend in ("plain", "vector"):
        problem = Gymnasium("toys/Far-v0", backend=backend, scaling="running")
        with pytest.raises(neat.ProblemError) as caught:
            problem.evaluate(networks_of(problem, 3), Context(RNG))
        messages.append(str(caught.value))
    assert messages[0] == messages[1] and "was inf; with scaling = running it must be finite" in messages[0]


def test_environments_are_kept_and_closed():
    made, closed = [], []

    class Counted(toys.Toy):
        def __init__(self, **options):
            super().__init__(**options)
            made.append(self)

        def close(self):
            closed.append(self)

    gymnasium.register("toys/Counted-v0", Counted)
    problem = Gymnasium("toys/Counted-v0", backend="vector")
    networks = networks_of(problem, 20)
    for seed in range(4):
        problem.play(networks, [seed, seed + 1])
    assert len(made) == 40 + 2 and len(closed) == 1  # in the vector, the plain one, and one for random actions
    problem.backend.forget()
    assert len(closed) == 41


def test_vector_environments_keep_wrappers_and_the_starts_of_the_plain_ones(monkeypatch):
    class OtherStarts(gymnasium.vector.VectorEnv):
        def __init__(self, **options):
            raise AssertionError("a vector form of one's own draws its own starts")

    gymnasium.register("toys/Formed-v0", toys.Toy, vector_entry_point=OtherStarts)
    for environment, wrappers in (("CartPole-v1", "ClipReward(max_reward=0.5)"), ("toys/Formed-v0", "")):
        vector, plain = (Gymnasium(environment, backend=name, wrappers=wrappers) for name in ("vector", "plain"))
        networks = networks_of(plain, 6)
        expected = plain.play(networks, [1, 2]).rewards
        monkeypatch.setattr(vector.backend._plain, "play", None)  # so that nothing falls back on it
        assert vector.play(networks, [1, 2], plain.ranges({})).rewards.tobytes() == expected.tobytes()
