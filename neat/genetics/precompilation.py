"""Compiling kernels in parallel: a second process compiles those for reproduction, the first those for evaluation.

Numba compiles one kernel at a time per process, and caches the result on disk for all processes. So the very first run
takes about two thirds of the time if a second processor is free.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from neat.config import Config
from neat.core.kernels import none_cached
from neat.core.parallel import available_threads
from neat.genetics.crossover import crossover
from neat.genetics.initialization import found
from neat.genetics.mutation import mutate
from neat.genetics.population import Layout, Population
from neat.genetics.reproduction import plan_offspring

_SIZE = 8  # genomes in the generation that is bred
_SECTIONS = ("genome", "mutation", "crossover", "reproduction")  # the settings that decide which kernels are needed


def warm_up(config: Config) -> None:
    """Start a process that compiles the kernels for reproduction, unless some kernels are already cached.

    The caller does not wait for it.
    """
    if available_threads() == 1 or not none_cached():
        return
    sections = {name: values for name, values in config.to_dict().items() if name in _SECTIONS}
    child = subprocess.Popen(
        [sys.executable, "-c", "from neat.genetics.precompilation import breed; breed()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # the first process compiles whatever this one cannot
        start_new_session=True,  # so that Ctrl-C does not reach it
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(sections).encode())
    child.stdin.close()


def breed() -> None:
    """Breed a small generation under the configuration on stdin."""
    bred(Config.from_dict(json.load(sys.stdin)))


def bred(config: Config) -> Population:
    """Return a small generation bred under a configuration, which calls every kernel for reproduction."""
    config = config.replace(population={"size": _SIZE}, run={"threads": 1})
    population, innovations = found(Layout(("x",), ("y",), config.genome.bias == "node"), config)
    species_index, may_breed = np.zeros(_SIZE, np.int64), np.ones(1, np.bool_)
    plan = plan_offspring(population, np.arange(float(_SIZE)), species_index, may_breed, _SIZE - 1, _SIZE, 1, config)
    children = crossover(population, plan.first, plan.second, plan.key, 1, config)
    return mutate(children, plan.mutable, 1, innovations, config)[0]
