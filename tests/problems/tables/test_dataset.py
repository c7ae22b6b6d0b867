"""The dataset problem: measures computed by hand, valid and invalid arrays and targets."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neat
from neat.config import Config
from neat.core.randomness import Purpose
from neat.problems.registry import make_problem
from neat.problems.tables.dataset import Dataset
from neat.problems.tables.targets import OutputRange, best_fitness

CONTEXT = neat.Context(neat.Randomness(0, 1, Purpose.EVALUATION))


def linear(weights):
    """Return a network whose outputs are linear in two inputs; weights are (O, 2)."""
    outputs = len(weights)
    return neat.Genome(
        2,
        outputs,
        [(i, 2 + o, w) for o, row in enumerate(weights) for i, w in enumerate(row)],
        [(2 + o, 0.0, 1.0, "linear") for o in range(outputs)],
    )


def fitness(problem, genome):
    return float(problem.evaluate(neat.compile(neat.Population.from_genomes([genome])), CONTEXT).fitness[0])


ROWS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


def test_measures_by_hand():
    one = linear([[0.5, 2.0]])  # answers 0.5, 2, 2.5
    targets = [0.0, 1.0, 2.0]
    assert fitness(Dataset(ROWS, targets, measure="mse"), one) == pytest.approx(-(0.25 + 1 + 0.25) / 3)
    assert fitness(Dataset(ROWS, targets, measure="paper"), one) == pytest.approx((3 - (0.5 + 1 + 0.5)) ** 2)
    assert fitness(Dataset(ROWS, [9.0, 1.0, 2.0], measure="paper"), one) == pytest.approx(-((3 - (8.5 + 1 + 0.5)) ** 2))
    assert fitness(Dataset(ROWS, [0.0, 1.0, 0.0], measure="accuracy"), one) == pytest.approx(2 / 3)
    chance = linear([[0.5, 0.25]])  # answers 0.5, 0.25, 0.75
    expected = (math.log(0.5) + math.log(0.75) + math.log(0.75)) / 3
    assert fitness(Dataset(ROWS, [1, 0, 1], measure="cross_entropy"), chance) == pytest.approx(expected)
    sure = linear([[9.0, -9.0]])  # probabilities beyond 0 and 1 count as 1e-7 from them
    expected = (math.log(1e-7) + math.log(1e-7) + math.log(1e-7)) / 3
    assert fitness(Dataset(ROWS, [0, 1, 1], measure="cross_entropy"), sure) == pytest.approx(expected, rel=1e-6)


def test_measures_of_several_targets_by_hand():
    two = linear([[1.0, 0.0], [0.0, 2.0]])  # answers (1, 0), (0, 2), (1, 2)
    targets = [[1, 0], [1, 0], [0, 1]]
    assert fitness(Dataset(ROWS, targets, measure="accuracy"), two) == pytest.approx(2 / 3)
    assert fitness(Dataset(ROWS, targets, measure="mse"), two) == pytest.approx(-(0 + 1 + 4 + 1 + 1) / 6)
    soft = [math.log(math.exp(a) + math.exp(b)) for a, b in ((1, 0), (0, 2), (1, 2))]
    expected = -((soft[0] - 1) + (soft[1] - 0) + (soft[2] - 2)) / 3
    assert fitness(Dataset(ROWS, targets, measure="cross_entropy"), two) == pytest.approx(expected)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), st.sampled_from(["mse", "paper"]))
def test_measures_against_a_plain_twin(weights, measure):
    targets = np.array([0.5, -2.0, 3.0])
    error = np.abs(np.array(ROWS) @ weights - targets)
    left = 3 - error.sum()
    expected = -(error**2).mean() if measure == "mse" else left * abs(left)
    assert fitness(Dataset(ROWS, targets, measure=measure), linear([weights])) == pytest.approx(expected)


def test_solved():
    network = neat.compile(neat.Population.from_genomes([linear([[0.4, 0.9]])]))  # answers 0.4, 0.9, 1.3
    assert Dataset(ROWS, [0, 1, 1], solved="sides").evaluate(network, CONTEXT).solved.tolist() == [True]
    assert Dataset(ROWS, [0, 1, 0], solved="sides").evaluate(network, CONTEXT).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1], solved="sides", side=0.4).evaluate(network, CONTEXT).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1], solved=-0.1).evaluate(network, CONTEXT).solved.tolist() == [True]
    assert Dataset(ROWS, [0, 1, 1], solved=-0.01).evaluate(network, CONTEXT).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1]).evaluate(network, CONTEXT).solved is None


def test_a_csv_file(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text('\ufeffa, "b, c",y\r\n1,2,3\r\n\r\n-4.5, 1e3,0\r\n', encoding="utf-8")
    problem = Dataset.from_csv(path, ["b, c", "a"], ["y"])
    assert problem.rows.tolist() == [[2.0, 1.0], [1000.0, -4.5]] and problem.targets.tolist() == [
        [3.0],
        [0.0],
    ]
    assert problem.inputs == ("b, c", "a") and problem.outputs == ("y",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [1, 2]), "inputs have 1 rows and targets 2"),
        (([[1, "x"]], [1]), "inputs must be numbers of shape"),
        (([["1_0"]], [1]), r"inputs must be numbers of shape \(R, I\), not <U3"),
        (([[1, 2], [3]], [1, 2]), "inputs must be numbers in rows of equal length"),
        (([[1, None]], [1]), "inputs must be numbers; None in row 0 is not one"),
        ((np.array(["2020-01-01"], "datetime64[D]"), [1]), "inputs must be numbers of shape .*datetime64"),
        ((np.array([5], "timedelta64[s]"), [1]), "inputs must be numbers of shape .*timedelta64"),
        ((np.ma.array([1.0, 2.0], mask=[False, True]), [1, 0]), "inputs have masked values"),
        (([], []), "at least one row"),
        (([[1, np.inf]], [1]), "inputs must be finite: inf in row 0 of column 1 is not .remove the row or fill"),
        (([1.7e18, 1.8e18], [1, 0]), r"within \+-2\^40: 2 values are not, first 1.7e\+18 in row 0 .*scale the column"),
        (([1, 2], [-(2.0**41), 0]), "targets must lie within"),
        (([[7, 8], [7, 8]], [1, 0]), "inputs are the same in every row"),
    ],
)
def test_bad_arrays(arguments, message):
    with pytest.raises(neat.NeatError, match=message):
        Dataset(*arguments)
    with pytest.raises(neat.NeatError, match="did you mean 'accuracy'"):
        Dataset([[1]], [1], measure="acuracy")


def test_numbers_of_every_kind_are_read() -> None:
    given = [[True, Fraction(1, 2)], [np.int8(3), Decimal("0.25")]]
    assert Dataset(np.array(given, object), [1, 0]).rows.tolist() == [[1.0, 0.5], [3.0, 0.25]]
    assert Dataset(np.ma.array([[1, 2]]), np.float32([0.5])).rows.tolist() == [[1.0, 2.0]]


def test_from_a_config(tmp_path):
    (tmp_path / "d.csv").write_text("a,b,y\n0,1,1\n1,1,0\n")
    keys = {"kind": "dataset", "data": "d.csv", "inputs": "a b", "targets": "y", "solved": "sides"}
    problem = make_problem(Config(problem=keys, folder=tmp_path))
    assert isinstance(problem, Dataset) and problem.keys.solved == "sides" and problem.keys.measure == "mse"
    with pytest.raises(neat.NeatError, match="targets = a: a among the inputs too"):
        Config(problem={**keys, "targets": "a"})
    with pytest.raises(neat.NeatError, match="kind: missing"):
        make_problem(Config())


@pytest.mark.parametrize(
    ("targets", "settings", "message"),
    [
        ([0, 1, 2], {"measure": "accuracy"}, "'y1' has 3 values .*each class needs a target of its own"),
        ([1, 2, 2], {"measure": "accuracy"}, "'y1' is 1 or 2, both on the same side of it .set side between them"),
        ([0, 1, 2], {"measure": "cross_entropy"}, "'y1' is 2 in row 2 .each class needs"),
        ([[0, 1], [1, 0], [-1, 1]], {"measure": "cross_entropy"}, "'y1' is -1 in row 2"),
        ([7, 7, 7], {"measure": "accuracy"}, "'y1' is 7 in every row, so a constant answer is right"),
        ([1, 1, 1], {"measure": "cross_entropy"}, "'y1' is 1 in every row"),
        ([[1, 1], [1, 0], [0, 1]], {"measure": "accuracy"}, r"row 0 are 1, 1, not a single class .*np.eye"),
        ([[0, 0], [1, 0], [0, 1]], {"measure": "accuracy"}, "row 0 are 0, 0, not a single class"),
        ([[3, 180], [2, 170], [4, 190]], {"measure": "accuracy"}, "row 0 are 3, 180, not a single class"),
        ([[1, 0], [1, 1], [0, 1]], {"measure": "cross_entropy"}, "row 1 are 1, 1, not probabilities that add up to 1"),
        ([[1, 0], [1, 0], [1, 0]], {"measure": "accuracy"}, "every row is of the class 'y1'"),
        ([[1, 0], [1, 0], [1, 0]], {"measure": "cross_entropy"}, "every row is of the class 'y1'"),
        ([1, 2, 3], {"solved": "sides"}, "target 'y1' is above side = 0.5, so a constant answer would solve it"),
        ([[1, 0], [1, 0], [1, 0]], {"solved": "sides"}, "every target is always on the same side of side"),
        ([0, 1, 0], {"measure": "paper", "solved": 9.5}, "with these targets the fitness is at most 9"),
        ([0, 1, 0], {"measure": "cross_entropy", "solved": 0.0}, "the fitness is at most -1e-07"),
        ([0, 1, 0], {"solved": 0.05}, "solved = 0.05: out of reach .the fitness of mse is at most 0; .*-0.05"),
        ([0, 1, 0], {"measure": "accuracy", "solved": 97}, "the fitness of accuracy is at most 1"),
        ([0, 1, 0], {"measure": "cross_entropy", "solved": 0.1}, "did you mean -0.1"),
        ([0, 1, 0], {"solved": "side"}, "solved = side: not a number .*did you mean 'sides'"),
        ([0, 1, 0], {"solved": math.nan}, "solved = nan: not finite .none, sides or a finite number"),
        ([0, 1, 0], {"side": "half"}, "side = half: not a number .a finite number"),
    ],
)
def test_targets_and_levels_that_do_not_suit_the_measure(
    targets: object, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(neat.NeatError, match=message):
        Dataset(ROWS, targets, **settings)


@pytest.mark.parametrize(
    ("targets", "settings"),
    [
        ([1, 2, 2], {"measure": "accuracy", "side": 1.5, "solved": 1.0}),
        ([0.1, 0.5, 1.0], {"measure": "cross_entropy", "solved": -0.35}),
        ([2, 2, 2], {}),
        ([3, 1, 2], {"solved": 0.0}),
        ([3, 1, 2], {"measure": "paper", "solved": 9.0}),
    ],
)
def test_targets_and_levels_that_suit_the_measure(targets: object, settings: dict[str, Any]) -> None:
    assert Dataset(ROWS, targets, **settings).targets.shape == (3, 1)


@pytest.mark.parametrize(
    ("targets", "measure"),
    [
        ([[1, -1], [-1, 1], [-1, 1]], "accuracy"),
        ([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]], "accuracy"),
        ([[0.7, 0.3], [0.2, 0.8], [0.4, 0.6]], "accuracy"),
        ([[0.7, 0.3], [0.5, 0.5], [1, 0]], "cross_entropy"),
        ([[0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3], [0, 1, 0]], "cross_entropy"),
    ],
)
def test_other_encodings_of_classes(targets: object, measure: Any) -> None:
    assert len(Dataset(ROWS, targets, measure=measure).outputs) > 1


def test_a_level_out_of_reach_is_reported_with_its_line() -> None:
    text = "[problem]\nkind = dataset\ndata = d.csv\ninputs = a\ntargets = b\nsolved = 0.05\n"
    with pytest.raises(neat.ConfigError, match=r"x\.ini:6: \[problem\] solved = 0.05: out of reach"):
        neat.Config.from_ini(text, "x.ini")
    with pytest.raises(neat.ConfigError, match="out of reach"):
        neat.Config(problem={"kind": "multiplexer", "solved": 1})


def outputs(activation: str, **more: Any) -> neat.Config:
    return neat.Config(run={"seed": 1, **more}, genome={"output_activation": activation}, population={"size": 5})


@pytest.mark.parametrize(
    ("targets", "settings", "activation", "message"),
    [
        ([0, 1, 2], {}, "same", r"from 0 to 2, but outputs with sin lie from -1 to 1 \(set \[genome\]"),
        ([0, 70_000, 3], {"measure": "paper"}, "sigmoid", "'y1' goes from 0 to 70000, but outputs with sigmoid"),
        ([[0, 0], [1, -1], [1, 0]], {}, "sigmoid", "target 'y2' goes from -1 to 0"),
        ([[0, 2], [-1, 1], [5, 1]], {}, "tanh", "targets 'y1' goes from -1 to 5, 'y2' goes from 1 to 2, but outputs"),
        ([-2, 0, 1], {}, "tanh", "outputs with tanh lie from -1 to 1"),
        ([-2, 0, 1], {}, "relu", "outputs with relu are not below 0 "),
        ([5, 5, 5], {}, "sigmoid", "'y1' is 5, but outputs"),
        ([1, 2, 2], {"measure": "accuracy", "side": 1.5}, "sigmoid", "side = 1.5: .* all on one side of it"),
        ([0, -1, -1], {"measure": "accuracy", "side": -0.5}, "sigmoid", "side = -0.5: .* all on one side of it"),
        ([[1, 0], [0, 1], [0, 1]], {"measure": "cross_entropy", "solved": -0.1}, "sigmoid", "is at most -0.313262"),
    ],
)
def test_targets_out_of_reach(targets: object, settings: dict[str, Any], activation: str, message: str) -> None:
    problem = Dataset(ROWS, targets, **settings)
    with pytest.raises(neat.NeatError, match=message) as caught:
        neat.run(outputs(activation), problem)
    assert caught.value.exit_status == 2
    assert neat.run(outputs("linear", generations=1), problem).generations == 1


def test_outputs_that_mutation_may_change() -> None:
    problem = Dataset(ROWS, [0, 1, 2])
    options = {"output_activation": "sigmoid", "activation_options": ("tanh", "relu")}
    with pytest.raises(neat.NeatError, match="outputs with sigmoid lie"):
        neat.initialize(neat.Config(genome=options), problem)
    assert neat.initialize(neat.Config(genome=options, mutation={"activation_rate": 0.1}), problem).population


@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=3, max_size=3),
    st.lists(st.lists(st.floats(-3, 3), min_size=2, max_size=2), min_size=3, max_size=3),
    st.sampled_from(["mse", "paper", "cross_entropy"]),
    st.integers(1, 3),
)
def test_no_network_is_better_than_the_best_fitness(chances, weights, measure, width):
    targets = np.array(chances)[:, :width] if width < 3 else np.eye(3)[np.argmax(chances, axis=1)]
    if measure == "cross_entropy" and width == 2:
        targets = targets / targets.sum(axis=1, keepdims=True)
    for activation, bounds in (("linear", OutputRange()), ("sigmoid", OutputRange(0.0, 1.0))):
        genome = linear(weights[:width])
        nodes = [node._replace(activation=activation) for node in genome.nodes[2:]]
        network = neat.compile(neat.Population.from_genomes([neat.Genome(2, width, genome.connections, nodes)]))
        answers = network[0](np.array(ROWS))
        assert twin(measure, answers, targets) <= best_fitness(targets, measure, bounds) + 1e-9


def twin(measure, answers, targets):
    if measure == "mse":
        return -((answers - targets) ** 2).mean()
    if measure == "paper":
        left = targets.size - np.abs(answers - targets).sum()
        return left * abs(left)
    return -entropy(answers, targets).mean()


def entropy(answers, targets):
    if targets.shape[1] == 1:
        chance = np.clip(answers, 1e-7, 1 - 1e-7)
        return -(targets * np.log(chance) + (1 - targets) * np.log(1 - chance)).sum(axis=1)
    return -(targets * (answers - np.log(np.exp(answers).sum(axis=1, keepdims=True)))).sum(axis=1)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 1), (2, 2)])
def test_networks_with_other_inputs_or_outputs_are_refused(inputs: int, outputs: int) -> None:
    networks = neat.compile(neat.Population.from_genomes([neat.Genome(inputs, outputs, [(0, inputs, 1.0)])]))
    with pytest.raises(neat.NeatError, match=f"have {inputs} inputs and {outputs} outputs; this problem has 2 and 1"):
        Dataset([[0, 0], [1, 1]], [0, 1]).evaluate(networks, CONTEXT)
