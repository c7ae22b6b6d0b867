"""Wrappers of Gymnasium by name with arguments, and options of environments."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from genomes import networks_of
from hypothesis import given, settings
from hypothesis import strategies as st

import neat
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.gymnasium.wrappers import _ALLOWED, _REFUSED, WRAPPERS


def test_every_wrapper_of_gymnasium_is_allowed_or_refused_with_a_reason():
    known = {name for name in gymnasium.wrappers.__all__ if name != "vector"}
    assert known == set(_ALLOWED) | set(_REFUSED)
    for name in _REFUSED:
        with pytest.raises(neat.ConfigError, match=rf"\[problem\] wrappers = {name}: {name} \w+"):
            Gymnasium("CartPole-v1", wrappers=name)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("FlattenObservation", ("FlattenObservation",)),
        ("GrayscaleObservation, ResizeObservation( shape = (16,16) ),",
         ("GrayscaleObservation", "ResizeObservation(shape=(16, 16))")),
        ("StickyAction(repeat_action_probability=0.25), DelayObservation(delay=2)",
         ("StickyAction(repeat_action_probability=0.25)", "DelayObservation(delay=2)")),
        ("", ()),
    ],
)  # fmt: skip
def test_texts_of_wrappers(text, calls):
    assert WRAPPERS.accept(text) == calls
    assert WRAPPERS.accept(WRAPPERS.write(calls)) == calls == WRAPPERS.accept(list(calls))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FlattenObservations", r"no wrapper 'FlattenObservations' \(.*did you mean 'FlattenObservation'"),
        ("ResizeObservation((16, 16))", r"arguments are given by name, such as ResizeObservation\(shape=\(16, 16\)\)"),
        ("ClipReward(max_reward=open('x'))", "max_reward is not a plain value"),
        ("os.system('x')", "is not a name with arguments in parentheses"),
        ("ClipReward(", "not names with arguments in parentheses, with commas between them"),
        ("x), y(", "not names with arguments in parentheses, with commas between them"),
        (")", "not names with arguments"),
        ("ClipReward(**{})", "each argument is given once, by name"),
        ("1", "is not a name with arguments"),
    ],
)
def test_faulty_wrappers(text, message):
    with pytest.raises(neat.ConfigError, match=message):
        Gymnasium("CartPole-v1", wrappers=text)


def test_arguments_that_a_wrapper_does_not_take():
    for wrappers, message in (
        (
            "DelayObservation(delays=2)",
            r"CartPole-v1: wrappers = DelayObservation\(delays=2\): cannot be applied",
        ),
        ("DiscretizeAction(bins=3)", r"CartPole-v1: wrappers = DiscretizeAction\(bins=3\): cannot be applied"),
    ):
        with pytest.raises(neat.NeatError, match=message):
            Gymnasium("CartPole-v1", wrappers=wrappers)


def test_wrappers_are_applied_from_the_inside():
    text = """
        [problem]
        kind = gymnasium
        environment = CartPole-v1
        wrappers = FrameStackObservation(stack_size=3), FlattenObservation, TimeAwareObservation(normalize_time=True)
        episodes = 2
        """
    config = neat.Config.from_ini("\n".join(line.strip() for line in text.splitlines()))
    assert neat.Config.from_ini(config.to_ini()) == config
    problem = neat.make_problem(config)
    assert len(problem.inputs) == 13 and problem.backend.name == "plain"
    environment = problem.make()
    first, _ = environment.reset(seed=1)
    second = environment.step(0)[0]
    assert first[:4].tolist() == first[4:8].tolist() == first[8:12].tolist() and first[12] == 0.0
    assert second[4:8].tolist() == first[8:12].tolist() and second[12] == pytest.approx(1 / 500)
    again = [problem.play(networks_of(problem, 4), [1, 2]).rewards.tolist() for _ in range(2)]
    assert again[0] == again[1]


def test_rewards_that_are_clipped():
    problem = Gymnasium("CartPole-v1", wrappers="ClipReward(max_reward=0.5)")
    plain = Gymnasium("CartPole-v1")
    networks = networks_of(plain, 5)
    assert (problem.play(networks, [1]).rewards * 2.0).tolist() == plain.play(networks, [1]).rewards.tolist()


def test_networks_that_see_pictures():
    wrappers = "AddRenderObservation, GrayscaleObservation, ResizeObservation(shape=(8, 12))"
    problem = Gymnasium("CartPole-v1", wrappers=wrappers, max_episode_steps=5)
    assert len(problem.inputs) == 96 and problem.inputs[-1] == "observation[7][11]"
    assert problem.observations.low.max() == 0.0 and problem.observations.high.min() == 255.0
    played = problem.play(networks_of(problem, 3), [1])
    assert played.steps.max() == 5
    bounded = Gymnasium("CartPole-v1", wrappers=wrappers, scaling="bounds")
    agent = bounded.agent(networks_of(problem, 3)[0])
    agent(np.full((8, 12), 255, np.uint8))
    assert agent._packed.inputs.tolist() == [1.0] * 96


def test_options_keep_their_case_and_type():
    text = """[problem]
kind = gymnasium
Environment = toys/Toy-v1
option.Length = 7
OPTION.healthy_z_range = (0.2, 1.0)
option.name = "yes"
option.map_name = 8x8
option.none = none
option.rate = 0.5
option.slippery = no
"""
    keys = neat.Config.from_ini(text).problem
    assert dict(keys.option) == {
        "Length": 7, "healthy_z_range": (0.2, 1.0), "name": "yes", "map_name": "8x8", "none": None, "rate": 0.5,
        "slippery": False,
    }  # fmt: skip
    config = neat.Config.from_ini(text, overrides=["problem.option.Length=8", "problem.option.Extra=1"])
    assert dict(config.problem.option)["Length"] == 8 and dict(config.problem.option)["Extra"] == 1
    for again in (neat.Config.from_ini(config.to_ini(full=True)), neat.Config.from_dict(config.to_dict())):
        assert again == config
    assert config.replace(problem={"option": {"a": 1}}).problem.option == (("a", 1),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("option. = 1", "has a name that Python does not allow"),
        ("option.a b = 1", "has a name that Python does not allow"),
        ("option.x = (1, y)", "brackets that do not hold Python values"),
        ("option = 1", "not a dict of options"),
        ("options.x = 1", "unknown key"),
    ],
)
def test_faulty_options(line, message):
    with pytest.raises(neat.ConfigError, match=message):
        neat.Config.from_ini(f"[problem]\nkind = gymnasium\nenvironment = CartPole-v1\n{line}\n")


PLAIN_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])),
    lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6,
)  # fmt: skip


@given(PLAIN_VALUES)
@settings(max_examples=300, deadline=None)
def test_every_option_is_read_from_the_text_that_is_written(value):
    keys = neat.Config(problem={"kind": "gymnasium", "environment": "CartPole-v1", "option": {"x": value}})
    again = neat.Config.from_ini(keys.to_ini(full=True))
    assert again == keys and type(dict(again.problem.option)["x"]) is type(value)


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), (1, (float("-inf"),)), 10**30, {"a": 1}, object(), "a\nb"]
)
def test_options_that_a_configuration_cannot_hold(value):
    with pytest.raises(neat.ConfigError, match=r"\[problem\] option"):
        neat.Config(problem={"kind": "gymnasium", "environment": "CartPole-v1", "option": {"x": value}})


def test_comment_signs_in_arguments_of_wrappers():
    text = "FilterObservation(filter_keys=('a #b', 'c ;d'))"
    config = neat.Config(problem={"kind": "gymnasium", "environment": "CartPole-v1", "wrappers": text})
    assert neat.Config.from_ini(config.to_ini()) == config
    for wrong, message in (
        ("*FlattenObservation", "is not a name with arguments"),
        ("ClipReward(max_reward=1, max_reward=2)", "each argument is given once, by name"),
        ("ClipReward(max_reward=1e999)", "max_reward is not a plain value"),
        ("ClipReward(max_reward=[{[]: 1}])", "max_reward is not a plain value"),
    ):
        with pytest.raises(neat.ConfigError, match=message):
            Gymnasium("CartPole-v1", wrappers=wrong)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("render_mode", "neat play chooses it"),
        ("max_episode_steps", "set max_episode_steps instead"),
        ("id", "named by"),
    ],
)
def test_options_that_are_not_the_environments(name, advice):
    with pytest.raises(neat.NeatError, match=f"the option {name} is not passed on: .*{advice}"):
        Gymnasium("CartPole-v1", option={name: 1})


def test_the_time_that_networks_are_told_ends_with_the_episode():
    problem = Gymnasium("MountainCar-v0", wrappers="TimeAwareObservation(normalize_time=True)", max_episode_steps=300)
    played = problem.play(networks_of(problem, 2), [1])
    assert played.steps.tolist() == [[300], [300]]
    environment = problem.make()
    environment.reset(seed=1)
    assert environment.step(0)[0][-1] == pytest.approx(1 / 300)


def test_wrapped_values_do_not_keep_names_that_are_wrong():
    both = Gymnasium("LunarLander-v3", option={"continuous": True}, wrappers="DiscretizeAction(bins=2)")
    assert both.outputs == ("action 0", "action 1", "action 2", "action 3") and "angle" in both.inputs
    gymnasium.register("mine/CartPole-v0", lambda **more: gymnasium.make("CartPole-v1").unwrapped)
    assert Gymnasium("mine/CartPole-v0").inputs[0] == "observation[0]"
