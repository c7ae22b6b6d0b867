"""Errors of the gymnasium problem: unavailable environments, and environments that fail."""

from __future__ import annotations

import numpy as np
import pytest
import toys  # noqa: F401  (registers environments)
from genomes import networks_of

import neat
from neat.problems.gymnasium.plain import Plain
from neat.problems.gymnasium.problem import Gymnasium
from neat.store.history import History


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ("CartPol-v1", r"CartPol-v1: no such environment in Gymnasium .*did you mean 'CartPole-v1'"),
        ("cartpole-v1", "did you mean 'CartPole-v1'"),
        ("Lunar", "did you mean 'LunarLander"),
        ("qqq", r"no such environment in Gymnasium \(for example CartPole-v1, Acrobot-v1, LunarLander-v3\)"),
        ("CartPole", "CartPole: a version is missing .did you mean 'CartPole-v1'"),
        ("CartPole-v9", r"no such version \(CartPole-v0, CartPole-v1; did you mean 'CartPole-v1'"),
        ("LunarLander-v2", r"is no longer part of Gymnasium \(LunarLander-v3 is\)"),
        ("Taxi-v3", r"is no longer part of Gymnasium \(Taxi-v4 is\)"),
        ("GymV21Environment-v0", r"is no longer part of Gymnasium$"),
        ("Ant-v2", r"is no longer part of Gymnasium \(Ant-v5 is\)"),
        (
            "ALE/Pong-v5",
            r"nothing is registered under ALE/ \(install the package that contains it, .*MODULE:ALE/Pong-v5",
        ),
        ("no_such_module:Game-v0", "no module 'no_such_module' to import it from"),
        ("", "empty"),
        (
            "toys/Text-v0",
            r"its observations are a Text, and a text has no fixed number of values .networks take Box",
        ),
        ("toys/Graph-v0", "its observations are a Graph, and a graph has no fixed number of values"),
        ("toys/Sequence-v0", "its observations hold one that is a Sequence, and a sequence has no fixed number of val"),
        ("toys/OneOf-v0", "its actions are a OneOf of Discrete, Discrete, and the parts of a OneOf are different"),
        ("toys/Nothing-v0", "its observations are 0 numbers"),
        ("toys/Huge-v0", "its observations are 120000 numbers, and a network has 1 to 100000.*wrappers such as Resize"),
    ],
)
def test_unavailable_environments(environment, message):
    with pytest.raises(neat.NeatError, match=message) as caught:
        Gymnasium(environment)
    assert caught.value.exit_status == 2 and "\n" not in str(caught.value)


@pytest.mark.parametrize(("environment", "module", "extra"), [
    ("LunarLander-v3", "Box2D", "box2d"), ("Ant-v5", "mujoco", "mujoco"),
])  # fmt: skip
def test_the_message_names_a_missing_extra(environment, module, extra, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)  # as if it were not installed
    for name in [name for name in __import__("sys").modules if name.startswith(f"gymnasium.envs.{extra}")]:
        monkeypatch.delitem(__import__("sys").modules, name)
    with pytest.raises(
        neat.NeatError, match=rf"{environment}: needs a package .* \(pip install 'neat-engine\[{extra}\]'"
    ):
        Gymnasium(environment)


def test_the_message_names_a_missing_package():
    pytest.importorskip("gymnasium")
    try:
        import jax  # noqa: F401
    except ModuleNotFoundError:
        with pytest.raises(
            neat.NeatError, match=r"needs the package 'jax', which is not installed \(pip install jax\)"
        ):
            Gymnasium("phys2d/CartPole-v1")


def test_arguments():
    made = Gymnasium("toys/Toy-v1", arguments={"length": 9})
    assert made.make().unwrapped.length == 9
    with pytest.raises(neat.NeatError, match="cannot be made with the options lenght=9"):
        Gymnasium("toys/Toy-v1", arguments={"lenght": 9})
    keys = {"kind": "gymnasium", "environment": "toys/Toy-v1"}
    config = neat.Config(problem={**keys, "option.length": 7, "option": {"fault": None, "worth": 2.5}})
    inner = neat.make_problem(config).make().unwrapped
    assert (inner.length, inner.fault, inner.worth) == (7, None, 2.5)


def config(fault="", **run):
    return neat.Config(
        run={"seed": 1, "generations": 2, **run},
        population={"size": 12},
        problem={"kind": "gymnasium", "environment": "toys/Toy-v1", "episodes": 2, "option": {"fault": fault}},
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise", r"toys/Toy-v1 raised RuntimeError: the motor burnt out, at step 3 in episode 1 of 2 \(seed \d+\) of "
                  "genome 0 in generation 1"),
        ("nan", r"toys/Toy-v1: the rewards add up to nan, in episode 1 of 2 \(seed \d+\) of genome 0 in generation 1"),
        ("inf", "the rewards add up to inf"),
        ("nothing", "the reward is None; it must be a number, at step 3, in episode 1 of 2"),
        ("text", "the reward is 'much'; it must be a number, at step 3"),
        ("blind", r"an observation holds nan \(\[nan, 0.0\]\), in episode 1 of 2 .* of genome 0 in generation 1"),
        ("shape", r"an observation is float64 of shape \(3,\); it must be numbers of shape \(2,\), in episode 1"),
    ],
)  # fmt: skip
def test_an_environment_that_fails_is_reported_with_genome_and_episode(fault, message, tmp_path):
    with pytest.raises(neat.ProblemError, match=message) as caught:
        neat.run(config(fault), out=tmp_path / "run")
    assert caught.value.genome_key == 0 and caught.value.exit_status == 1
    with History(tmp_path / "run") as history:
        assert history.about.status == "failed"
    failed = neat.Genome.from_json((tmp_path / "run" / "failed" / "genome-0.json").read_text())
    assert failed.key == 0


def test_an_environment_that_fails_in_the_validation():
    problem = Gymnasium("toys/Toy-v1", arguments={"fault": "lucky"}, threshold=-100.0)
    network = neat.compile(neat.initialize(config(), problem).population)[0]
    from neat.core.randomness import Purpose, Randomness

    with pytest.raises(
        neat.ProblemError, match=r"too lucky, at step 3 in episode \d+ of 100 .*was validated in generation 5"
    ):
        problem.validate(network, neat.Context(Randomness(1, 5, Purpose.VALIDATION)))


def test_failing_genomes_can_be_given_the_worst_fitness():
    class PickyPlain(Plain):
        """Fails if the first action is 4."""

        def _play_one(self, agent, seed, limit, where):
            if agent(np.array([0.5, 0.0])) == 4:
                raise neat.ProblemError("refused", agent.key)
            return super()._play_one(agent, seed, limit, where)

    class Picky(Gymnasium):
        def _make_backend(self, made):
            return PickyPlain(self.spec, self.observations, self.actions, made)

    problem = Picky("toys/Toy-v1", episodes=2, scaling="running")
    with pytest.raises(neat.ProblemError, match="refused"):
        list(neat.evolve(config(), problem))
    generation = next(neat.evolve(config(on_error="worst"), problem))
    worst = len(generation.failed)
    assert 0 < worst < 12
    assert (generation.fitness == generation.fitness.min()).sum() >= worst
    assert set(generation.evaluation.state) == {"low", "high"}
    assert (generation.evaluation.columns["steps"] == 0).sum() == worst


def test_networks_of_another_problem_are_rejected():
    problem = Gymnasium("CartPole-v1")
    other = neat.compile(neat.Genome(2, 1))
    with pytest.raises(neat.NeatError, match="have 2 inputs and 1 outputs; this problem has 4 and 2"):
        problem.agent(other)


def test_keys_are_checked():
    with pytest.raises(neat.ConfigError, match=r"episodes = 0: too small"):
        Gymnasium("CartPole-v1", episodes=0)
    with pytest.raises(neat.ConfigError, match=r"\[problem\] starts = new: unknown word .one of fresh, fixed"):
        neat.Config(problem={"kind": "gymnasium", "environment": "CartPole-v1", "starts": "new"})


def test_a_module_beside_the_ini_file(tmp_path):
    (tmp_path / "toy_game.py").write_text(
        "import gymnasium, toys\ngymnasium.register('Mine-v0', toys.Toy, reward_threshold=1.0)\n"
    )
    (tmp_path / "x.ini").write_text("[problem]\nkind = gymnasium\nenvironment = toy_game:Mine-v0\n")
    problem = neat.make_problem(neat.load(tmp_path / "x.ini"))
    assert problem.threshold == 1.0


@pytest.mark.parametrize("environment", [object, object(), None])
def test_an_environment_object_must_be_registered(environment: object) -> None:
    with pytest.raises(neat.NeatError, match="must be an id.*gymnasium.register"):
        Gymnasium(environment)


def test_the_message_says_how_an_environment_becomes_a_problem() -> None:
    from gymnasium.envs.classic_control import CartPoleEnv

    with pytest.raises(
        neat.NeatError, match="looks like a Gymnasium environment.*gymnasium.register.*kind = gymnasium"
    ):
        neat.run(neat.Config(), CartPoleEnv())


def test_a_module_is_named_without_its_suffix() -> None:
    with pytest.raises(neat.NeatError, match=r"no installed module 'task.py' \(a module is named without .py\)"):
        neat.make_problem(neat.Config(problem={"kind": "task.py:Task"}))


def test_an_environment_is_the_same_flattened_by_a_wrapper() -> None:
    import gymnasium
    from gymnasium import spaces

    class Mixed(gymnasium.Env):
        """Its observations are a Dict; it ends at once."""

        observation_space = spaces.Dict({"place": spaces.Discrete(3), "speed": spaces.Box(-1.0, 1.0, (2,))})
        action_space = spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return {"place": 1, "speed": np.zeros(2, np.float32)}, {}

        def step(self, action):
            return {"place": 2, "speed": np.ones(2, np.float32)}, float(action), True, False, {}

    gymnasium.register("Mixed-v0", Mixed)
    gymnasium.register("Flat-v0", lambda: gymnasium.wrappers.FlattenObservation(Mixed()))
    whole, flat = Gymnasium("Mixed-v0"), Gymnasium("Flat-v0")
    assert whole.inputs == ("place 0", "place 1", "place 2", "speed[0]", "speed[1]") and len(flat.inputs) == 5
    neat.check_problem(whole)
    networks = networks_of(whole, 5)
    assert whole.play(networks, [1, 2]).rewards.tobytes() == flat.play(networks, [1, 2]).rewards.tobytes()
