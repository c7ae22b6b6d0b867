"""`check_problem`: a word for everything that a newcomer's problem gets wrong, and none for a good one."""

from __future__ import annotations

import random

import numpy as np
import pytest
import toys  # noqa: F401  (registers environments)

import neat
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.tables.dataset import Dataset


class Good(neat.Problem):
    """Keeps the contract."""

    inputs, outputs = ["a", "b"], ["y"]
    deterministic = True

    def evaluate(self, networks, context):
        return neat.Evaluation([network([1.0, -1.0])[0] for network in networks])


@pytest.mark.parametrize(
    "problem",
    [
        Good(),
        Dataset([[0, 1], [1, 0]], [0, 1], solved="sides"),
        Gymnasium("CartPole-v1"),
        Gymnasium("CartPole-v1", scaling="running", hide=[1]),
        Gymnasium("toys/Valued-v0", starts="fixed"),
        neat.problem(inputs=1, outputs=2)(lambda network, rng: rng.random()),
        neat.problem(inputs=1, outputs=2)(lambda network: network([0.5])[1]),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_good_problems_pass(problem):
    neat.check_problem(problem)
    neat.check_problem(problem, memory=True)


def faulty(**members):
    return type("Mine", (Good,), members)()


def counting(self, networks, context):
    self.calls = getattr(self, "calls", 0) + 1
    return neat.Evaluation(np.full(len(networks), float(self.calls)))


def shared(networks, context):
    return neat.Evaluation(np.arange(len(networks), dtype=float))


def draws(generator):
    return lambda self, networks, context: neat.Evaluation([generator() for _ in networks])


def returning(value):
    return lambda self, networks, context: value(networks)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"inputs": []}, "inputs: inputs and outputs are a count or a list of names"),
        ({"inputs": ["a", "a"]}, "inputs: the name 'a' occurs twice"),
        ({"outputs": 1}, "outputs = 1: names are needed, such as .'x1'."),
        ({"deterministic": "yes"}, "deterministic = 'yes': must be True or False"),
        ({"evaluate": None}, r"has no method evaluate\(networks, context\)"),
        ({"evaluate": lambda self, networks: None}, r"is called as evaluate\(networks, context\)"),
        ({"evaluate": returning(lambda networks: None)}, "must return a neat.Evaluation; it returned NoneType"),
        (
            {"evaluate": returning(lambda networks: [1.0] * len(networks))},
            r"it returned list; wrap it: neat.Evaluation\(",
        ),
        ({"evaluate": returning(lambda networks: neat.Evaluation(np.zeros(3)))}, r"must have shape \(P,\) = \(9,\)"),
        ({"evaluate": returning(lambda networks: neat.Evaluation(["x"] * 9))}, "must be numbers"),
        (
            {"evaluate": returning(lambda networks: neat.Evaluation([np.nan] * len(networks)))},
            "network 0 is not finite",
        ),
        ({"evaluate": returning(lambda networks: 1 // 0)}, "evaluate raised ZeroDivisionError"),
        (
            {"evaluate": returning(lambda networks: neat.Evaluation(np.zeros(9), columns={"x": np.zeros(2)}))},
            "column 'x' must have P = 9 rows",
        ),
        ({"evaluate": counting}, "the same networks and the same context gave two evaluations"),
        ({"evaluate": draws(random.random)}, "draws from a global random generator"),
        ({"evaluate": draws(np.random.random)}, "draws from a global random generator"),
        (
            {"evaluate": draws(np.random.default_rng().random)},
            "the same networks and the same context gave two evaluations",
        ),
        (
            {"evaluate": lambda self, networks, context: neat.Evaluation(context.rng.uniform(networks.key, 0))},
            "is deterministic, but the same networks get another fitness",
        ),
        (
            {"evaluate": lambda self, networks, context: shared(networks, context)},
            "depends on which others are evaluated with it",
        ),
        (
            {
                "evaluate": lambda self, networks, context: neat.Evaluation(
                    np.zeros(len(networks)), state={"n": np.ones(1)}
                )
            },
            r"merge raised NotImplementedError: Mine returns a state and has no method merge\(states\)",
        ),
        ({"validate": lambda self, network, context: True}, "validate must return a neat.Validation; it returned bool"),
        ({"validate": lambda self, network: True}, r"validate.* is called as validate\(network, context\)"),
        ({"validate": lambda self, network, context: neat.Validation(0, True, np.nan)}, "validate: fitness is nan"),
        ({"validate": lambda self, network, context: neat.Validation(0, "no", 1.0)}, "validate: passed is 'no'"),
        ({"validate": lambda self, network, context: neat.Validation(0, True, random.random())}, "two results"),
        ({"validate": lambda self, network, context: 1 / 0}, "validate raised ZeroDivisionError"),
    ],
)
def test_faults_are_reported(members, message):
    with pytest.raises(neat.ProblemError, match=message) as caught:
        neat.check_problem(faulty(**members))
    assert str(caught.value).startswith("Mine: ")


def test_genomes_that_meet_each_other_need_no_pieces():
    neat.check_problem(faulty(evaluate=lambda self, networks, context: shared(networks, context), independent=False))


def test_every_fault_is_reported_at_once():
    wrong = faulty(inputs=["a", "a"], outputs=1, evaluate=lambda self: None)
    with pytest.raises(neat.ProblemError) as caught:
        neat.check_problem(wrong)
    assert [line.split(":")[1].split()[0] for line in str(caught.value).splitlines()] == [
        "inputs",
        "outputs",
        "evaluate()",
    ]


def test_a_class_without_the_base_class_is_not_a_problem():
    class Bare:
        """Has only inputs."""

        inputs = ("a",)

    with pytest.raises(
        neat.ProblemError, match="Bare: is not a Problem: it has no method `evaluate` .derive its class"
    ):
        neat.check_problem(Bare())


def test_a_class_is_not_a_problem():
    with pytest.raises(neat.ProblemError, match=r"Good: is a class; pass an instance: Good\(\)"):
        neat.check_problem(Good)


def test_the_state_must_not_be_changed():
    class Careless(Good):
        """Writes into the arrays of the context."""

        def evaluate(self, networks, context):
            if "seen" in context.state:
                context.state["seen"][0] += 1
            return neat.Evaluation(np.zeros(len(networks)), state={"seen": np.zeros(1)})

        def merge(self, states):
            return states[0]

    with pytest.raises(neat.ProblemError, match="with the state of the first generation, evaluate raised ValueError"):
        neat.check_problem(Careless())
