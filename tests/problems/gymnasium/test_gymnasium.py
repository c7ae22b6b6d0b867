"""The gymnasium problem plays the episodes of the plain environment, alone or together with other agents."""

from __future__ import annotations

import pickle

import gymnasium
import numpy as np
import pytest
import toys  # noqa: F401  (registers environments)
from genomes import networks_of

import neat
from neat.core.randomness import Purpose, Randomness
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context, join

RNG = Randomness(7, 3, Purpose.EVALUATION)


@pytest.mark.parametrize("environment", ["CartPole-v1", "MountainCarContinuous-v0", "FrozenLake-v1"])
@pytest.mark.parametrize("scaling", ["bounds", "running"])
def test_results_do_not_depend_on_the_pieces(environment, scaling):
    problem = Gymnasium(environment, scaling=scaling, episodes=3, max_episode_steps=60)
    networks = networks_of(problem, 12)
    state = {}
    for generation in range(2):
        rng = Randomness(1, generation, Purpose.EVALUATION)
        whole = problem.evaluate(networks, Context(rng, state))
        pieces = [problem.evaluate(networks[a:b], Context(rng, state)) for a, b in ((0, 1), (1, 5), (5, 12))]
        together = join(problem, pieces)
        assert together.fitness.tobytes() == whole.fitness.tobytes()
        assert together.columns["steps"].tolist() == whole.columns["steps"].tolist()
        assert {name: value.tobytes() for name, value in together.state.items()} == {
            name: value.tobytes() for name, value in whole.state.items()
        }
        state = whole.state
    assert set(state) == ({"low", "high"} if scaling == "running" else set())


def test_episodes_of_evolution_and_of_tests_are_never_the_same():
    problem = Gymnasium("CartPole-v1")
    used = set(problem.seeds(RNG, 1000))
    tests = set(problem.seeds(Randomness(7, 3, Purpose.VALIDATION), 1000, validation=True))
    assert not used & tests and all(0 <= seed < 2**31 for seed in used | tests)
    assert all(seed % 2 == 0 for seed in used) and all(seed % 2 == 1 for seed in tests)
    assert problem.seeds(RNG, 5) == problem.seeds(RNG, 8)[:5]


def test_starts_fresh_and_fixed():
    for starts, same in (("fresh", False), ("fixed", True)):
        problem = Gymnasium("toys/Toy-v1", starts=starts)
        networks = networks_of(problem, 3)
        first, second = (
            problem.evaluate(networks, Context(Randomness(1, n, Purpose.EVALUATION))).fitness for n in (0, 1)
        )
        assert np.array_equal(first, second) == same
        assert first[0] == first[1] == first[2]  # all play the same episodes
        assert problem.deterministic == same
    assert not Gymnasium("toys/Toy-v1", starts="fixed", scaling="running").deterministic
    assert not Gymnasium("toys/Random-v1", starts="fixed").deterministic


def test_fitness_from_the_rewards_of_episodes():
    rewards = {}
    for fitness in ("mean", "minimum", "quantile"):
        problem = Gymnasium("toys/Toy-v1", episodes=5, fitness=fitness, quantile=0.3)
        networks = networks_of(problem, 1)
        rewards[fitness] = problem.evaluate(networks, Context(RNG)).fitness[0]
    played = problem.play(networks, problem.seeds(RNG, 5)).rewards[0]
    luck = []
    for seed in problem.seeds(RNG, 5):
        environment = problem.make()
        environment.reset(seed=seed)
        luck.append(environment.unwrapped.luck)
    assert played == pytest.approx([5 * (1 + one) for one in luck])
    assert rewards["minimum"] == played.min()
    assert rewards["mean"] == pytest.approx(played.mean())
    assert rewards["quantile"] == pytest.approx(np.quantile(played, 0.3))


def test_candidates_and_validation():
    always = Gymnasium("toys/Toy-v1", episodes=2, validation_episodes=50)
    networks = networks_of(always, 2)
    assert always.threshold == 4.0
    found = always.evaluate(networks, Context(RNG))
    assert found.columns["steps"].tolist() == [10, 10]
    assert found.solved.tolist() == [mean >= 4.0 for mean in found.fitness]
    rng = Randomness(7, 3, Purpose.VALIDATION)
    test = always.validate(networks[0], Context(rng))
    played = always.play(networks[:1], always.seeds(rng, 50, validation=True)).rewards[0]
    assert test.fitness == pytest.approx(played.mean()) and test.passed == (test.fitness >= 4.0)
    assert test.details == {"sd": pytest.approx(played.std(ddof=1)), "minimum": played.min()}
    never = Gymnasium("toys/Toy-v1", threshold=None)
    assert (
        never.evaluate(networks, Context(RNG)).solved is None and not never.validate(networks[0], Context(rng)).passed
    )
    assert Gymnasium("toys/Endless-v0").threshold is None
    assert Gymnasium("toys/Toy-v1", threshold=-1.5).threshold == -1.5


def test_step_limits():
    networks = networks_of(Gymnasium("toys/Endless-v0"), 1)
    assert Gymnasium("toys/Endless-v0").play(networks, [1]).steps.tolist() == [[1000]]
    assert Gymnasium("toys/Endless-v0", max_episode_steps=17).play(networks, [1, 2]).steps.tolist() == [[17, 17]]
    assert Gymnasium("toys/Short-v1").play(networks, [1]).steps.tolist() == [[2]]
    assert Gymnasium("toys/Short-v1", max_episode_steps=4).play(networks, [1]).steps.tolist() == [[4]]
    cartpole = Gymnasium("CartPole-v1", max_episode_steps=5)
    assert cartpole.play(networks_of(cartpole, 20), [2]).steps.max() == 5


def linear(problem, weights, activation="linear"):
    """Return a network whose outputs are a function of weighted inputs; weights are (O, I)."""
    inputs, outputs = len(problem.inputs), len(problem.outputs)
    return neat.compile(
        neat.Genome(
            list(problem.inputs),
            list(problem.outputs),
            [(i, inputs + o, w) for o, row in enumerate(weights) for i, w in enumerate(row) if w],
            [(inputs + o, 0.0, 1.0, activation) for o in range(outputs)],
        )
    )


def test_the_largest_output_wins_and_ties_go_to_the_first():
    problem = Gymnasium("toys/Toy-v1", scaling="bounds")
    assert (problem.inputs, problem.outputs) == (
        ("observation[0]", "observation[1]"),
        ("action 2", "action 3", "action 4"),
    )
    agent = problem.agent(linear(problem, [[0, 0], [1, 0], [1, 0]]))
    assert [agent(np.array([x, 0.0])) for x in (0.0, 1.0, -1.0)] == [2, 3, 2]
    agent = problem.agent(linear(problem, [[1, 0], [-1, 0], [0, 0]]))
    assert [agent([x, 0.0]) for x in (0.0, 1.0, -1.0)] == [2, 2, 3]
    problem.play(linear(problem, [[0, 0], [0, 1], [0, 2]]).networks, [1])
    assert problem.backend.environment.unwrapped.actions == [2, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("activation", "outputs"),
    [
        ("linear", [[-2.0, 10.0], [-3.0, 0.0]]),  # itself, cut off
        ("relu", [[0.0, 10.0], [0.0, 0.0]]),
        ("clamped", [[-2.0, 10.0], [-1.0, 0.0]]),  # -1 is the lowest end; without bounds, itself
        ("sigmoid", [[-2 + 4 * 0.0474259, 10 + 10 * 0.0474259], [0.0474259, 0.0474259]]),
    ],
)
def test_values_are_scaled_from_the_range_of_the_output_function(activation, outputs):
    problem = Gymnasium("toys/Valued-v0", scaling="bounds")
    agent = problem.agent(linear(problem, [[-3, 0]] * 4, activation))
    action = agent(np.array([1.0, 0.0]))
    assert action.dtype == np.float32 and action.shape == (2, 2)
    assert action == pytest.approx(np.array(outputs), rel=1e-6)
    assert problem.actions.names == ("action[0][0]", "action[0][1]", "action[1][0]", "action[1][1]")
    kept = action.copy()
    agent(np.array([-1.0, 0.0]))
    assert np.array_equal(action, kept)  # every action is an array of its own


def test_an_output_without_connections_is_zero():
    problem = Gymnasium("toys/Valued-v0", scaling="bounds")
    agent = problem.agent(linear(problem, [[0, 0]] * 4, "sigmoid"))
    assert agent(np.array([1.0, 0.0])).tolist() == [[0.0, 10.0], [0.0, 0.0]]


def test_observations_are_scaled():
    def inputs_of(observation, **keys):
        problem = Gymnasium("toys/Valued-v0", **keys)
        network = linear(problem, [[1, 0], [0, 1], [1, 0], [0, 0]][:4])
        state = {"low": np.array([-0.5, 2.0]), "high": np.array([0.5, 2.0])} if keys["scaling"] == "running" else {}
        agent = problem.agent(network, state)
        agent(observation)
        return agent._packed.inputs.tolist()

    seen = np.array([0.25, 6.0])
    assert inputs_of(seen, scaling="none") == [0.25, 6.0]
    assert inputs_of(seen, scaling="bounds") == [0.25, 6.0]  # bounds -1 to 1, and none
    assert inputs_of(seen, scaling="running") == [0.5, 4.0]  # less the only value seen
    car = Gymnasium("MountainCar-v0", scaling="bounds")
    agent = car.agent(linear(car, [[1, 0]] * 3))
    agent(np.array([0.6, -0.07], np.float32))
    assert agent._packed.inputs == pytest.approx([1.0, -1.0])


def test_hidden_observations():
    problem = Gymnasium("CartPole-v1", hide=["cart_velocity", 3], scaling="bounds")
    assert problem.inputs == ("cart position", "pole angle")
    agent = problem.agent(linear(problem, [[1, 0], [0, 1]]))
    agent(np.array([4.8, 9.0, -0.41887903, 9.0], np.float32))
    assert agent._packed.inputs == pytest.approx([1.0, -1.0])
    for wrong, message in ((["pole_velocty"], "did you mean 'pole velocity'"), (["4"], "or 0 to 3")):
        with pytest.raises(neat.NeatError, match=message):
            Gymnasium("CartPole-v1", hide=wrong)
    with pytest.raises(neat.NeatError, match="no observation is left"):
        Gymnasium("CartPole-v1", hide=[0, 1, 2, 3])


def test_discrete_observations_are_one_hot():
    problem = Gymnasium("toys/Numbered-v0")
    assert problem.inputs == tuple(f"state {number}" for number in range(-2, 3))
    agent = problem.agent(linear(problem, [[1] * 5] * 3))
    agent(-1)
    assert agent._packed.inputs.tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(neat.ProblemError, match="an observation is 3; it must be an integer from -2 to 2"):
        agent(3)


def test_a_problem_can_be_sent_to_another_process():
    problem = Gymnasium("CartPole-v1", hide=[1])
    networks = networks_of(problem, 20)
    before = problem.evaluate(networks, Context(RNG))
    again = pickle.loads(pickle.dumps(problem)).evaluate(pickle.loads(pickle.dumps(networks)), Context(RNG))
    assert again.fitness.tobytes() == before.fitness.tobytes()


def test_evaluating_no_genomes():
    problem = Gymnasium("CartPole-v1", scaling="running")
    networks = networks_of(problem, 3)
    state = problem.evaluate(networks, Context(RNG)).state
    nobody = problem.evaluate(networks[:0], Context(RNG, state))
    assert nobody.fitness.shape == (0,)
    assert all(np.array_equal(nobody.state[name], state[name]) for name in ("low", "high"))


def test_rewards_are_the_same_as_with_gymnasium_make():
    """Leaving out Gymnasium's checker and step limit does not change rewards."""
    problem = Gymnasium("MountainCar-v0", episodes=2)
    networks = networks_of(problem, 3)
    played = problem.play(networks, [4, 6])
    environment = gymnasium.make("MountainCar-v0")
    for place in range(3):
        agent = problem.agent(networks[place])
        for episode, seed in enumerate((4, 6)):
            agent.reset()
            observation, _ = environment.reset(seed=seed)
            total, steps, over = 0.0, 0, False
            while not over:
                observation, reward, terminated, truncated, _ = environment.step(agent(observation))
                total, steps, over = total + reward, steps + 1, terminated or truncated
            assert (total, steps) == (played.rewards[place, episode], played.steps[place, episode])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_run_solves_cartpole(threads):
    run = {"seed": 3, "threads": threads, "generations": 10}
    config = neat.Config(run=run, problem={"kind": "gymnasium", "environment": "CartPole-v1"})
    result = neat.run(config)
    assert result.solved and result.reasons == ("solved",)
    assert result.best_fitness >= 475.0
    problem = neat.make_problem(config)
    network = neat.compile(result.champion)
    assert problem.play(network.networks, problem.seeds(RNG, 100, validation=True)).means[0] >= 475.0


def test_the_champion_is_the_same_in_pieces():
    def run(problem):
        config = neat.Config(run={"seed": 1, "generations": 3, "stop_fitness": "none"}, population={"size": 30})
        *_, last = neat.evolve(config, problem)
        return last.champion.to_json(), last.fitness.tobytes()

    class Cut(Gymnasium):
        def evaluate(self, networks, context):
            evaluate = super().evaluate
            size = max(len(networks) // 3, 1)
            return join(
                self,
                [
                    evaluate(networks[at : at + size], context.part(slice(at, at + size)))
                    for at in range(0, max(len(networks), 1), size)
                ],
            )

    for keys in ({}, {"scaling": "running"}, {"hide": [1, 3]}):
        whole = run(Gymnasium("CartPole-v1", episodes=2, **keys))
        assert run(Cut("CartPole-v1", episodes=2, **keys)) == whole
        assert run(Gymnasium("CartPole-v1", episodes=2, backend="plain", **keys)) == whole


@pytest.mark.parametrize("environment", ["LunarLander-v3", "MountainCar-v0", "Hopper-v5"])
def test_inputs_are_scaled_by_what_random_actions_show(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problem = Gymnasium(environment)
    ranges = problem.ranges({})
    assert {name: values.tolist() for name, values in Gymnasium(environment).ranges({}).items()} == {
        name: values.tolist() for name, values in ranges.items()
    }
    plain, seen, rng = problem.make(), [], np.random.default_rng(1)
    for seed in range(2000, 2020):  # other episodes of other random actions
        observation, _ = plain.reset(seed=seed)
        for _ in range(100):
            seen.append(observation)
            action = (
                int(rng.integers(len(problem.outputs)))
                if problem.actions.discrete
                else rng.uniform(problem.actions.low, problem.actions.high).astype(np.float32)
            )
            observation, _, terminated, _, _ = plain.step(action)
            if terminated:
                break
    scaling = problem.observations.input_scaling("auto", ranges)
    scaled = (np.array(seen) - scaling.centers) * scaling.factors
    assert np.abs(scaled.mean(axis=0)).max() < 0.25
    assert (
        0.08 < scaled.std(axis=0).min() <= scaled.std(axis=0).max() < 0.5
    )  # a quarter, since the range is 8 deviations


def test_the_range_that_random_actions_show_is_kept_with_the_run_and_its_champion(tmp_path):
    problem = {"kind": "gymnasium", "environment": "Acrobot-v1", "episodes": 1, "max_episode_steps": 50}
    config = neat.Config(run={"seed": 1, "generations": 2}, population={"size": 10}, problem=problem)
    neat.run(config, out=tmp_path / "run")
    expected = neat.make_problem(config).ranges({})
    with neat.History(tmp_path / "run") as history:
        kept = history.champion().preprocessing
    assert {name: values.tolist() for name, values in kept.items()} == {
        name: values.tolist() for name, values in expected.items()
    }
    moved = {"low": expected["low"] - 1.0, "high": expected["high"]}
    assert neat.make_problem(config).ranges(moved)["low"].tolist() == moved["low"].tolist()


def test_inputs_without_a_spread_keep_their_bounds():
    problem = Gymnasium("toys/Numbered-v0")
    assert problem.ranges({}) == {}  # nothing to scale
    failing = Gymnasium("toys/Toy-v1", option={"fault": "raise", "fails_at": 1})
    ranges = failing.ranges({})  # from the first observations alone, since the first step fails
    assert ranges["low"][0] > -1e9 and ranges["low"][1] == -1e9 and ranges["high"][1] == 1e9
