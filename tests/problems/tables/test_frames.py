"""Tables from pandas: column names become the names of inputs and targets, and missing values are rejected."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas
import pytest

import neat
from neat.problems.tables.dataset import Dataset

FRAME = pandas.DataFrame({"a": [0.5, 1.0, 2.0], "b": [1, 2, 3], "c": [True, False, True], "y": [0, 1, 0]})


def test_columns_name_inputs_and_targets() -> None:
    for targets in (FRAME["y"], FRAME[["y"]]):
        problem = Dataset(FRAME[["a", "b"]], targets)
        assert problem.inputs == ("a", "b") and problem.outputs == ("y",)
        assert problem.rows.tolist() == [[0.5, 1.0], [1.0, 2.0], [2.0, 3.0]]
        assert problem.targets.tolist() == [[0.0], [1.0], [0.0]]
    assert Dataset(FRAME["a"], FRAME[["y", "b"]]).outputs == ("y", "b")
    assert Dataset(FRAME[["a", "c"]].astype(object), FRAME["y"]).rows.tolist() == [[0.5, 1], [1, 0], [2, 1]]
    assert Dataset(FRAME[["a"]].astype("Float64"), FRAME["y"].astype("Int64")).inputs == ("a",)


def test_names_that_are_missing_or_not_text() -> None:
    assert Dataset(pandas.DataFrame([[1.0, 2.0], [3.0, 4.0]]), [0, 1]).inputs == ("x1", "x2")
    assert Dataset(pandas.Series([1.0, 2.0]), pandas.Series([0, 1])).outputs == ("y1",)
    assert Dataset(FRAME[["a", "b"]], FRAME["y"], input_names=["p", "q"], target_names=["r"]).inputs == ("p", "q")


@pytest.mark.parametrize(
    "names",
    [FRAME.columns[:2], FRAME.columns[:2].to_numpy(), np.array(["a", "b"]), pandas.Series(["a", "b"]), ("a", "b")],
)
def test_names_may_be_given_in_many_forms(names: Any, tmp_path: Any) -> None:
    problem = Dataset(FRAME[["a", "b"]].to_numpy(), [0, 1, 0], input_names=names)
    assert problem.inputs == ("a", "b") and {type(name) for name in problem.inputs} == {str}
    FRAME.to_csv(tmp_path / "x.csv", index=False)
    assert Dataset.from_csv(tmp_path / "x.csv", names, FRAME.columns[3:]).inputs == ("a", "b")
    assert neat.initialize(neat.Config(population={"size": 2}), inputs=names, outputs=np.int64(2)).population
    assert neat.problem(inputs=names, outputs=1)(len).inputs == ("a", "b")


def test_a_classification_of_frames() -> None:
    kinds = pandas.get_dummies(pandas.Series(["red", "blue", "red"]))
    problem = Dataset(FRAME[["a", "b"]], kinds, measure="accuracy")
    assert problem.outputs == ("blue", "red") and problem.targets.tolist() == [[0, 1], [1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("inputs", "names", "message"),
    [
        (FRAME[["a", "a"]], None, "the name 'a' occurs twice"),
        (FRAME[["a", "b"]], ["p", "p"], "the name 'p' occurs twice"),
        (FRAME[["a", "b"]], "ab", "there are 1 names .ab. for 2 columns"),
        (FRAME[["a", "b"]], {"p", "q"}, "a count or a list of names"),
        (FRAME[["a", "b"]], {"p": 1, "q": 2}, "a count or a list of names"),
        (FRAME[["a", "b"]], FRAME, "there are 4 names"),
        (
            FRAME.assign(b=[1, None, 3])[["a", "b"]],
            None,
            "finite: nan in row 1 of 'b' is not .remove the row or fill in",
        ),
        (
            FRAME.astype({"b": "Int64"}).assign(b=lambda f: f["b"].mask(f["b"] == 2))[["b"]],
            None,
            "finite|<NA> in row 1",
        ),
        (FRAME.assign(b=["red", "blue", "red"])[["a", "b"]], None, "'red' in row 0 of 'b' is not one .replace a cat"),
        (FRAME.assign(b=FRAME["b"] * 1e18)[["a", "b"]], None, "3 values are not, first 1e.18 in row 0 of 'b'"),
        (pandas.DataFrame({"t": pandas.to_datetime(["2020-01-01"] * 3)}), None, "not datetime64"),
    ],
)
def test_invalid_frames(inputs: Any, names: Any, message: str) -> None:
    with pytest.raises(neat.NeatError, match=message):
        Dataset(inputs, [0, 1, 0], input_names=names)


def test_pandas_is_not_imported() -> None:
    code = "import sys, neat; neat.Dataset([[0], [1]], [0, 1]); assert 'pandas' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
