"""The multiplexer: rows by hand, invalid arguments, and configuration from an INI file."""

from __future__ import annotations

import numpy as np
import pytest

import neat
from neat.config import Config
from neat.core.randomness import Purpose
from neat.problems.registry import make_problem


def test_three_bits_by_hand():
    problem = neat.Multiplexer(1)
    assert problem.inputs == ("a0", "d0", "d1") and problem.outputs == ("y",)
    assert problem.rows.tolist() == [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
        [1, 0, 1],
        [0, 1, 1],
        [1, 1, 1],
    ]
    assert problem.targets[:, 0].tolist() == [0, 0, 1, 0, 0, 1, 1, 1]


def test_eleven_bits_by_hand():
    problem = neat.Multiplexer()
    assert problem.inputs == ("a0", "a1", "a2", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7")
    assert problem.rows.shape == (2048, 11) and len(np.unique(problem.rows, axis=0)) == 2048
    answer = {tuple(row): target for row, target in zip(problem.rows.tolist(), problem.targets[:, 0], strict=True)}
    # Of a0, a1, a2 the first counts 1, the second 2, the third 4.
    assert answer[1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0] == 1  # address 3, d3 alone is on
    assert answer[1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1] == 0  # address 3, d3 alone is off
    assert answer[0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0] == 1  # address 4, d4 alone is on
    assert answer[0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1] == 0  # address 0, d0 alone is off
    assert problem.targets.mean() == 0.5


@pytest.mark.parametrize("address_bits", [1, 2, 3])
def test_the_target_is_the_addressed_bit(address_bits):
    problem = neat.Multiplexer(address_bits)
    for row, target in zip(problem.rows, problem.targets[:, 0], strict=True):
        address = sum(int(bit) << place for place, bit in enumerate(row[:address_bits]))
        assert target == row[address_bits + address]


def test_a_network_that_solves_it():
    """The output is d0 if a0 is 0, else d1; a0 opens or closes a hidden node for each."""
    connections = [(1, 4, 1.0), (0, 4, -1.0), (2, 5, 1.0), (0, 5, 1.0), (4, 3, 1.0), (5, 3, 1.0)]
    nodes = [(3, 0.0, 1.0, "relu"), (4, 0.0, 1.0, "relu"), (5, -1.0, 1.0, "relu")]
    solving = neat.Genome(3, 1, connections, nodes)
    context = neat.Context(neat.Randomness(0, 1, Purpose.EVALUATION))
    found = neat.Multiplexer(1).evaluate(neat.compile(neat.Population.from_genomes([solving])), context)
    assert found.fitness.tolist() == [0.0] and found.solved.tolist() == [True]


def test_from_a_config():
    problem = make_problem(Config(problem={"kind": "multiplexer"}))
    assert isinstance(problem, neat.Multiplexer)
    assert len(problem.inputs) == 11 and (problem.keys.measure, problem.keys.solved, problem.keys.side) == (
        "mse",
        "sides",
        0.5,
    )
    keys = {"kind": "multiplexer", "address_bits": 2, "measure": "accuracy", "solved": 0.9, "side": 0.4}
    problem = make_problem(Config(problem=keys))
    assert len(problem.inputs) == 6 and (problem.keys.measure, problem.keys.solved, problem.keys.side) == (
        "accuracy",
        0.9,
        0.4,
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"address_bits": 0}, r"address_bits = 0: too small \(a whole number from 1 to 4\)"),
        ({"address_bits": 5}, "address_bits = 5: too large"),
        ({"address_bits": "three"}, "address_bits = three: not a whole number"),
        ({"measure": "acuracy"}, "did you mean 'accuracy'"),
        ({"data": "rows.csv"}, "data = rows.csv: unknown key"),
    ],
)
def test_bad_keys(keys, message):
    with pytest.raises(neat.ConfigError, match=message):
        Config(problem={"kind": "multiplexer", **keys})


@pytest.mark.parametrize("address_bits", [0, 5, 2.0, "x", True, None])
def test_bad_arguments(address_bits):
    with pytest.raises(neat.NeatError, match="address_bits = .*a whole number from 1 to 4"):
        neat.Multiplexer(address_bits)
