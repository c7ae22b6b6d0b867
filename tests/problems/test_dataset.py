"""The dataset problem: measures by hand, CSV files good and bad."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neat
from neat.config import Config
from neat.problems.dataset import Dataset
from neat.problems.registry import make_problem


def linear(weights):
    """A network whose outputs are linear in two inputs: weights (O, 2)."""
    outputs = len(weights)
    return neat.Genome(
        2,
        outputs,
        [(i, 2 + o, w) for o, row in enumerate(weights) for i, w in enumerate(row)],
        [(2 + o, 0.0, 1.0, "linear") for o in range(outputs)],
    )


def fitness(problem, genome):
    return float(problem.evaluate(neat.compile(genome.population), None).fitness[0])


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
def test_measures_are_their_twin(weights, measure):
    targets = np.array([0.5, -2.0, 3.0])
    error = np.abs(np.array(ROWS) @ weights - targets)
    left = 3 - error.sum()
    expected = -(error**2).mean() if measure == "mse" else left * abs(left)
    assert fitness(Dataset(ROWS, targets, measure=measure), linear([weights])) == pytest.approx(expected)


def test_solved():
    network = neat.compile(linear([[0.4, 0.9]]).population)  # answers 0.4, 0.9, 1.3
    assert Dataset(ROWS, [0, 1, 1], solved="sides").evaluate(network, None).solved.tolist() == [True]
    assert Dataset(ROWS, [0, 1, 0], solved="sides").evaluate(network, None).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1], solved="sides", side=0.4).evaluate(network, None).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1], solved=-0.1).evaluate(network, None).solved.tolist() == [True]
    assert Dataset(ROWS, [0, 1, 1], solved=-0.01).evaluate(network, None).solved.tolist() == [False]
    assert Dataset(ROWS, [0, 1, 1]).evaluate(network, None).solved is None


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
    ("text", "message"),
    [
        ("", "is empty; its first row must name the columns"),
        ("a,b,y\n", "has a header and no rows"),
        ("a,b1,y\n1,2,3\n", "data.csv:1: has no column 'b' .columns: a, b1, y.; did you mean 'b1'"),
        ("a,b,b,y\n1,2,3,4\n", "two columns are named 'b'"),
        ("a,b,y\n1,2,3\n4,five,6\n", "data.csv:3: column 'b' holds 'five', which is not a number .a word becomes"),
        ("a,b,y\n1,2,3\n4\n", "data.csv:3: the row has 1 cells, none for column 'b'"),
        ("a,b,y\n1,nan,3\n", "data.csv:2: column 'b' holds 'nan'; it must be finite"),
        ("a,b,y\n1,,3\n", "data.csv:2: column 'b' holds '', which is not a number"),
    ],
)
def test_bad_csv_files(tmp_path, text, message):
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(neat.NeatError, match=message):
        Dataset.from_csv(path, ["a", "b"], ["y"])


def test_unreadable_csv_files(tmp_path):
    with pytest.raises(neat.NeatError, match="cannot be read as a CSV file .No such file"):
        Dataset.from_csv(tmp_path / "none.csv", ["a"], ["y"])
    (tmp_path / "rubbish.csv").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(neat.NeatError, match=r"rubbish.csv: cannot be read as a CSV file"):
        Dataset.from_csv(tmp_path / "rubbish.csv", ["a"], ["y"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2]], [1, 2]), "inputs have 1 rows and targets 2"),
        (([[1, "x"]], [1]), "inputs must be numbers of shape"),
        (([], []), "at least one row"),
        (([[1, np.inf]], [1]), "inputs must be finite; row 0 is not"),
    ],
)
def test_bad_arrays(arguments, message):
    with pytest.raises(neat.NeatError, match=message):
        Dataset(*arguments)
    with pytest.raises(neat.NeatError, match="did you mean 'accuracy'"):
        Dataset([[1]], [1], measure="acuracy")


def test_from_a_config(tmp_path):
    (tmp_path / "d.csv").write_text("a,b,y\n0,1,1\n")
    keys = {"kind": "dataset", "data": "d.csv", "inputs": "a b", "targets": "y", "solved": "sides"}
    problem = make_problem(Config(problem=keys, folder=tmp_path))
    assert isinstance(problem, Dataset) and problem.solved == "sides" and problem.measure == "mse"
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
        ([0, 1, 0], {"solved": 0.05}, "solved = 0.05: out of reach .the fitness of mse is 0 at most; .*-0.05"),
        ([0, 1, 0], {"measure": "accuracy", "solved": 97}, "the fitness of accuracy is 1 at most"),
        ([0, 1, 0], {"measure": "cross_entropy", "solved": 0.1}, "did you mean -0.1"),
        ([0, 1, 0], {"solved": "side"}, "solved is 'side'; it must be None, 'sides' or a finite number"),
        ([0, 1, 0], {"solved": math.nan}, "solved is nan; it must be None, 'sides' or a finite number"),
        ([0, 1, 0], {"side": "half"}, "side is 'half'; it must be a finite number"),
    ],
)
def test_targets_and_levels_that_mean_something_else(targets: object, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(neat.NeatError, match=message):
        Dataset(ROWS, targets, **settings)


@pytest.mark.parametrize(
    ("targets", "settings"),
    [
        ([1, 2, 2], {"measure": "accuracy", "side": 1.5, "solved": 1.0}),
        ([7, 7, 7], {"measure": "accuracy"}),
        ([0.1, 0.5, 1.0], {"measure": "cross_entropy", "solved": 0.0}),
        ([3, 1, 2], {"solved": 0.0}),
        ([3, 1, 2], {"measure": "paper", "solved": 9.0}),
    ],
)
def test_targets_and_levels_that_are_right(targets: object, settings: dict[str, Any]) -> None:
    assert Dataset(ROWS, targets, **settings).targets.shape == (3, 1)


def test_a_level_out_of_reach_is_told_with_its_line() -> None:
    text = "[problem]\nkind = dataset\ndata = d.csv\ninputs = a\ntargets = b\nsolved = 0.05\n"
    with pytest.raises(neat.ConfigError, match=r"x\.ini:6: \[problem\] solved = 0.05: out of reach"):
        neat.Config.from_ini(text, "x.ini")
    with pytest.raises(neat.ConfigError, match="out of reach"):
        neat.Config(problem={"kind": "multiplexer", "solved": 1})


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 1), (2, 2)])
def test_networks_with_other_inputs_or_outputs_are_refused(inputs: int, outputs: int) -> None:
    networks = neat.compile(neat.Genome(inputs, outputs, [(0, inputs, 1.0)]).population)
    with pytest.raises(neat.NeatError, match=f"have {inputs} inputs and {outputs} outputs; this problem has 2 and 1"):
        Dataset([[0, 0], [1, 1]], [0, 1]).evaluate(networks, None)
