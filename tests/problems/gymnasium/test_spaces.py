"""Every space of Gymnasium that has a fixed number of values: as observations, and as actions."""

from __future__ import annotations

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from genomes import networks_of
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

import neat
from neat.core.randomness import Purpose, Randomness
from neat.problems.gymnasium.actions import actions_of
from neat.problems.gymnasium.observations import observations_of
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context

LEAVES: dict[str, spaces.Space[Any]] = {
    "box": spaces.Box(-2.0, 3.0, (2, 2), np.float32),
    "image": spaces.Box(0, 255, (3, 2, 1), np.uint8),
    "open": spaces.Box(np.array([-np.inf, 0.0, -1.0]), np.array([np.inf, np.inf, 1.0]), dtype=np.float64),
    "one": spaces.Discrete(4, start=-1),
    "many": spaces.MultiDiscrete([2, 3], start=[5, 0]),
    "grid": spaces.MultiDiscrete([[2, 3], [1, 2]]),
    "bits": spaces.MultiBinary(3),
    "board": spaces.MultiBinary((2, 2)),
}


def space_strategy() -> st.SearchStrategy[spaces.Space[Any]]:
    leaf = st.sampled_from(list(LEAVES.values()))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(spaces.Tuple),
            st.dictionaries(st.sampled_from(["a", "b c", "Left", "3"]), inner, min_size=1, max_size=3).map(spaces.Dict),
        ),
        max_leaves=5,
    )


@given(space_strategy(), st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_observations_are_flattened_as_gymnasium_does(space: spaces.Space[Any], seed: int) -> None:
    found = observations_of(space, (), ())
    assert found.size == spaces.flatdim(space) == len(found.names) == len(set(found.names))
    space.seed(seed)
    observation = space.sample()
    expected = np.asarray(spaces.flatten(space, observation), np.float64)
    assert found.flat(observation).ravel().tolist() == expected.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flat = spaces.flatten_space(space)
    assert found.low.tolist() == np.asarray(flat.low, np.float64).tolist()
    assert found.high.tolist() == np.asarray(flat.high, np.float64).tolist()
    scaling = found.input_scaling("bounds", {})
    bounded = np.isfinite(found.low) & np.isfinite(found.high) & found.measured
    scaled = (expected - scaling.centers) * scaling.factors
    assert scaled[~bounded].tolist() == expected[~bounded].tolist()
    assert (np.abs(scaled[bounded]) <= 1.0 + 1e-9).all()


@given(space_strategy(), st.integers(0, 1000))
@settings(max_examples=150, deadline=None)
def test_actions_belong_to_their_space(space: spaces.Space[Any], seed: int) -> None:
    found = actions_of(space, ())
    assert len(found.names) == len(found.low) == spaces.flatdim(space)
    rng = np.random.default_rng(seed)
    values = np.clip(rng.normal(0.0, 3.0, len(found.names)), found.low, found.high)
    action = found.builder()(values)
    assert space.contains(action), action


def test_every_kind_of_action_is_read_from_the_outputs() -> None:
    space = spaces.Dict(
        {
            "go": spaces.Discrete(3, start=1),
            "how": spaces.Tuple([spaces.MultiBinary(2), spaces.Box(-1.0, 1.0, (1,)), spaces.Box(0, 9, (2,), np.int64)]),
            "x": spaces.MultiDiscrete([2, 3], start=[5, 0]),
        }
    )
    found = actions_of(space, ())
    assert found.names == (
        "go 1", "go 2", "go 3", "how[0][0]", "how[0][1]", "how[1][0]", "how[2][0]", "how[2][1]", "x[0] 5", "x[0] 6",
        "x[1] 0", "x[1] 1", "x[1] 2",
    )  # fmt: skip
    action = found.builder()(np.array([0.1, 0.9, 0.9, 0.0, 0.1, 0.25, 2.5, 9.7, -1.0, -0.5, 3.0, 4.0, 5.0]))
    assert action["go"] == 2  # the first of equal outputs
    bits, value, whole = action["how"]
    assert (bits.tolist(), value.tolist(), whole.tolist()) == ([0, 1], [0.25], [2, 9])
    assert action["x"].tolist() == [6, 2]
    assert found.chosen(action) == (1, 4, 9, 12)


def test_names_of_observations() -> None:
    for space, names in (
        (spaces.Box(0, 1, (2, 1)), ("observation[0][0]", "observation[1][0]")),
        (spaces.Discrete(2, start=3), ("state 3", "state 4")),
        (spaces.MultiDiscrete([2, 1]), ("observation[0] 0", "observation[0] 1", "observation[1] 0")),
        (spaces.MultiBinary(2), ("observation[0]", "observation[1]")),
        (spaces.Tuple([spaces.Discrete(1), spaces.Box(0, 1, ())]), ("observation[0] 0", "observation[1]")),
        (spaces.Dict(left=spaces.Dict(x=spaces.Box(0, 1, (1,)))), ("left x[0]",)),
        (spaces.Dict({"a b": spaces.Box(0, 1, ()), "a": spaces.Dict({"b": spaces.Box(0, 1, ())})}),
         ("observation[0]", "observation[1]")),  # `a b` would be named twice
    ):  # fmt: skip
        assert observations_of(space, (), ()).names == names
    assert Gymnasium("CartPole-v1").inputs == ("cart position", "cart velocity", "pole angle", "pole velocity")
    assert Gymnasium("Blackjack-v1").inputs[:2] == ("observation[0] 0", "observation[0] 1")
    for hidden in ("cart velocity", "cart_velocity", "1"):
        assert Gymnasium("CartPole-v1", hide=hidden).inputs == ("cart position", "pole angle", "pole velocity")


class Robot(gymnasium.Env[Any, Any]):
    """Everything at once; the reward says whether the actions are the wanted ones."""

    observation_space = spaces.Dict({"eye": LEAVES["image"], "legs": spaces.Tuple([LEAVES["bits"], LEAVES["one"]])})
    action_space = spaces.Tuple([LEAVES["many"], LEAVES["box"], spaces.Dict({"b": LEAVES["board"]})])

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.now = 0
        return self.seen(), {}

    def seen(self) -> Any:
        self.observation_space.seed(int(self.np_random.integers(1000)))
        return self.observation_space.sample()

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action), action
        self.now += 1
        many, box, rest = action
        return self.seen(), float(many[0] + box.sum() + rest["b"].sum()), self.now == 9, False, {}


def test_a_run_in_an_environment_with_mixed_spaces() -> None:
    gymnasium.register("Robot-v0", Robot)
    problem = Gymnasium("Robot-v0", episodes=2, threshold=None)
    assert len(problem.inputs) == 6 + 3 + 4 and len(problem.outputs) == 5 + 4 + 4
    neat.check_problem(problem)
    config = neat.Config(run={"seed": 1, "generations": 8}, population={"size": 40})
    generations = list(neat.evolve(config, problem))
    assert generations[-1].best_fitness > generations[0].mean_fitness + 20.0
    network = neat.compile(generations[-1].champion.genome)
    agent = problem.agent(network)
    observation, _ = problem.make().reset(seed=1)
    assert problem.actions.space.contains(agent(observation))
    with pytest.raises(neat.ProblemError, match=r"an observation is \{\}; it must belong to a Dict of Box, Tuple"):
        agent({})


def test_a_reward_may_be_an_array_of_one_element() -> None:
    class Boxed(Robot):
        def step(self, action: Any) -> Any:
            observation, reward, *rest = super().step(action)
            return observation, np.array([reward]), *rest

    gymnasium.register("Boxed-v0", Boxed)
    gymnasium.register("Robot-v1", Robot)
    results = []
    for environment in ("Boxed-v0", "Robot-v1"):
        problem = Gymnasium(environment, episodes=2)
        found = problem.evaluate(networks_of(problem, 3), Context(Randomness(7, 3, Purpose.EVALUATION)))
        results.append(found.fitness.tolist())
    assert results[0] == results[1]


def test_parts_that_outputs_and_inputs_cannot_be() -> None:
    empty = spaces.Tuple([LEAVES["box"], spaces.Tuple([])])
    with pytest.raises(neat.NeatError, match="its observations hold an empty Tuple, which Gymnasium cannot flatten"):
        observations_of(empty, (), ())
    with pytest.raises(neat.NeatError, match="its actions are whole numbers beyond 2.53"):
        actions_of(spaces.Box(2**60, 2**61, (1,), np.int64), ())
    with pytest.raises(neat.NeatError, match=r"its actions are 200000 numbers, and a network has 1 to 100000 of them$"):
        actions_of(spaces.MultiBinary(200_000), ())
    largest = actions_of(spaces.Box(-(2**63), 2**63 - 1, (1,), np.int64), ()).builder()
    assert largest(np.array([1e30])).tolist() == [2**53]


def test_rewards_of_32_bits_are_added_with_64() -> None:
    class Small(Robot):
        def step(self, action: Any) -> Any:
            observation, _, *rest = super().step(action)
            return observation, np.float32(0.1), *rest

    gymnasium.register("Small-v0", Small)
    problem = Gymnasium("Small-v0")
    expected = sum([float(np.float32(0.1))] * 9)
    assert problem.play(networks_of(problem, 2), [1]).rewards.tolist() == [[expected], [expected]]
    moments = list(problem.play_moments(networks_of(problem, 2)[0], 1, 0, {}))
    assert moments[-1].total == expected
