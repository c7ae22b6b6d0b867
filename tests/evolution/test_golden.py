"""Golden runs: the same seed gives the same bits, whatever computes them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from processor import PLAIN_PROCESSOR

PROGRAM = """
import dataclasses, hashlib, sys
import neat
from neat.problems.tables.dataset import Dataset
rows = [[0, 0], [0, 1], [1, 0], [1, 1]]
problem = Dataset(rows, [0, 1, 1, 0], measure="paper", solved="sides")
digest = hashlib.sha256()
for seed in (1, 2):
    for extra in ({}, {
        "genome": {
            "bias": "attribute", "activation": "tanh", "output_activation": "sigmoid",
            "activation_options": "gelu sin exp softplus gauss selu",
            "aggregation_options": "sum mean median product",
        },
        "mutation": {
            "kind": "uniform", "activation_rate": 0.3, "aggregation_rate": 0.3, "response_rate": 0.3,
            "delete_node": 0.1, "delete_connection": 0.1, "toggle": 0.1, "add_node": 0.3, "add_connection": 0.3,
        },
        "crossover": {"excess": "both", "blend_rate": 0.2},
        "reproduction": {"sharing": "rank"},
        "speciation": {"join": "nearest"},
    }):
        config = neat.Config(
            run={"seed": seed, "generations": GENERATIONS, "stop_fitness": "none", "threads": THREADS},
            population={"size": SIZE}, **extra,
        )
        for generation in neat.evolve(config, problem):
            digest.update(generation.fitness.tobytes())
        champion = generation.champion  # the digests date from when generations were numbered from 0
        digest.update(dataclasses.replace(champion, generation=champion.generation - 1).to_json().encode())
        digest.update(generation.population.weight.tobytes())
        digest.update(generation.population.innovation.tobytes())
print(digest.hexdigest())
"""

#: Changes only where a law of the engine had to change; the commit that changes it says which.
GOLDEN = "f29f9125c8e36310dfc7361d33ca9ddc1eaf7d88124954e3a88de7db3d93d504"
GOLDEN_SMALL = "d056e3c287838077efcfef2e49f41beb9d530190855c5a64d186ae3d365e0fc5"


def digest(size: int, generations: int, threads: int, **environment: str) -> str:
    """Return the digest that a fresh process finds."""
    program = PROGRAM.replace("SIZE", str(size)).replace("GENERATIONS", str(generations))
    done = subprocess.run(
        [sys.executable, "-c", program.replace("THREADS", str(threads))],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_golden_at_any_number_of_threads(threads):
    assert digest(700, 12, threads) == GOLDEN


def test_golden_without_processor_features():
    assert digest(700, 12, 2, **PLAIN_PROCESSOR) == GOLDEN


def test_golden_uncompiled():
    assert digest(20, 5, 1, NUMBA_DISABLE_JIT="1") == digest(20, 5, 1) == GOLDEN_SMALL
