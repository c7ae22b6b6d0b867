"""The interface of problems as a type checker sees it: right subclasses pass, wrong signatures are errors."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from neat.execution.executor import Executor
from neat.problems import protocol

ROOT = Path(__file__).parents[2]

RIGHT = """
import numpy as np
import neat
from neat.problems.evaluation import TestResult
from neat.problems.protocol import SupportsTest


class Parity(neat.ValidatingProblem):
    inputs, outputs = ("a", "b"), ("y",)
    deterministic = True

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        fitness = np.array([float(network([0.0, 1.0])[0]) for network in networks])
        return neat.Evaluation(fitness, columns={"generation": np.full(len(networks), context.generation)})

    def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
        return neat.Validation(0, True, float(context.rng.generator().random()))


result: neat.Result = neat.run(neat.Config(), Parity())
"""
WRONG = {
    "another return type": (
        "    def evaluate(self, networks: neat.Networks, context: neat.Context) -> float:\n        return 1.0",
        'Return type "float" of "evaluate" incompatible with return type "Evaluation"',
    ),
    "another argument": (
        "    def evaluate(self, networks: neat.Networks, rng: neat.Randomness) -> neat.Evaluation:\n"
        "        return neat.Evaluation(np.zeros(len(networks)))",
        'Argument 2 of "evaluate" is incompatible with supertype',
    ),
    "an argument is missing": (
        "    def evaluate(self, networks: neat.Networks) -> neat.Evaluation:\n"
        "        return neat.Evaluation(np.zeros(len(networks)))",
        'Signature of "evaluate" incompatible with supertype',
    ),
    "nothing to evaluate": (
        "    pass",
        'Cannot instantiate abstract class "Wrong3" with abstract attribute "evaluate"',
    ),
}


def mypy(file: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent", str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout


def test_a_typed_problem_passes(tmp_path: Path) -> None:
    file = tmp_path / "right.py"
    file.write_text(RIGHT)
    assert mypy(file) == ""


def test_wrong_signatures_are_type_errors(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    classes = [f"class Wrong{number}(neat.Problem):\n{body}\n\n" for number, (body, _) in enumerate(WRONG.values())]
    runs = [f"neat.run(neat.Config(), Wrong{number}())\n" for number in range(len(WRONG))]
    file.write_text("".join(["import numpy as np\nimport neat\n", *classes, *runs, "neat.run(neat.Config(), 3)\n"]))
    found = mypy(file)
    for name, (_, message) in WRONG.items():
        assert message in found, name
    assert 'incompatible type "int"; expected "Problem | None"' in found


@pytest.mark.parametrize(
    "interface",
    [
        protocol.Context,
        protocol.Problem,
        protocol.ValidatingProblem,
        protocol.SupportsValidation,
        protocol.SupportsTest,
        protocol.SupportsRender,
        Executor,
    ],
)
def test_interfaces_are_typed_without_any(interface: type) -> None:
    assert "Any" not in inspect.getsource(interface)
