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


def counting(self, networks, rng):
    self.calls = getattr(self, "calls", 0) + 1
    return neat.Evaluation(np.full(len(networks), float(self.calls)))


def shared(networks, rng):
    return neat.Evaluation(np.arange(len(networks), dtype=float))


def draws(generator):
    return lambda self, networks, rng: neat.Evaluation([generator() for _ in networks])


def returning(value):
    return lambda self, networks, rng: value(networks)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"inputs": []}, "inputs: inputs and outputs are a count or a list of names"),
        ({"inputs": ["a", "a"]}, "inputs: the name 'a' occurs twice"),
        ({"outputs": 1}, "outputs = 1: names are needed, such as .'x1'."),
        ({"deterministic": "yes"}, "deterministic = 'yes': must be True or False"),
        ({"evaluate": None}, r"has no method evaluate\(networks, rng\)"),
        ({"evaluate": lambda self, networks: None}, r"is called as evaluate\(networks, rng\)"),
        (
            {"carries": True, "evaluate": lambda self, networks, rng: 1},
            r"is called as evaluate\(networks, rng, carry\)",
        ),
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
        ({"evaluate": counting}, "the same networks and the same rng gave two answers"),
        ({"evaluate": draws(random.random)}, "draws from a global random generator"),
        ({"evaluate": draws(np.random.random)}, "draws from a global random generator"),
        ({"evaluate": draws(np.random.default_rng().random)}, "the same networks and the same rng gave two answers"),
        (
            {"evaluate": lambda self, networks, rng: neat.Evaluation(rng.uniform(networks.key, 0))},
            "is deterministic, yet the same networks get another fitness",
        ),
        (
            {"evaluate": lambda self, networks, rng: shared(networks, rng)},
            "depends on which others are evaluated with it",
        ),
        (
            {"evaluate": lambda self, networks, rng: neat.Evaluation(np.zeros(len(networks)), state={"n": np.ones(1)})},
            "set carries = True to be given it",
        ),
        ({"validate": lambda self, network, rng: True}, "validate must return a neat.Validation; it returned bool"),
        ({"validate": lambda self, network: True}, r"validate.* is called as validate\(network, rng\)"),
        ({"validate": lambda self, network, rng: neat.Validation(0, True, np.nan)}, "validate: fitness is nan"),
        ({"validate": lambda self, network, rng: neat.Validation(0, "no", 1.0)}, "validate: passed is 'no'"),
        ({"validate": lambda self, network, rng: neat.Validation(0, True, random.random())}, "two answers"),
        ({"validate": lambda self, network, rng: 1 / 0}, "validate raised ZeroDivisionError"),
    ],
)
def test_faults_are_reported(members, message):
    with pytest.raises(neat.ProblemError, match=message) as caught:
        neat.check_problem(faulty(**members))
    assert str(caught.value).startswith("Mine: ")


def test_genomes_that_meet_each_other_need_no_pieces():
    neat.check_problem(faulty(evaluate=lambda self, networks, rng: shared(networks, rng), independent=False))


def test_every_fault_is_reported_at_once():
    class Bare:
        """Has next to nothing."""

        inputs = ("a",)

    with pytest.raises(neat.ProblemError) as caught:
        neat.check_problem(Bare())
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1].split()[:4] for line in lines] == [
        ["has", "no", "member", "outputs"],
        ["has", "no", "member", "deterministic"],
        ["has", "no", "method", "evaluate(networks,"],
    ]


def test_a_class_is_no_problem():
    with pytest.raises(neat.ProblemError, match=r"Good: is a class; check an instance: Good\(\)"):
        neat.check_problem(Good)


def test_a_carry_must_not_be_changed():
    class Careless(Good):
        """Writes into what it is handed."""

        def evaluate(self, networks, context):
            if "seen" in context.state:
                context.state["seen"][0] += 1
            return neat.Evaluation(np.zeros(len(networks)), state={"seen": np.zeros(1)})

        def merge(self, carries):
            return carries[0]

    with pytest.raises(neat.ProblemError, match="with the carry of the first generation, evaluate raised ValueError"):
        neat.check_problem(Careless())
