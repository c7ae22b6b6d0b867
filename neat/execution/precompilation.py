"""Compiling kernels in parallel, in the very first run: this process those for evaluation, a second one all others.

Numba compiles one kernel at a time in a process, and caches the result on disk for all processes. The very first run
takes about two thirds of the time if a second processor is free.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from neat.config import Config, PopulationKeys
from neat.core.kernels import none_cached
from neat.core.parallel import available_threads
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.genetics.crossover import crossover
from neat.genetics.initialization import initialize
from neat.genetics.layout import Layout
from neat.genetics.mutation import mutate
from neat.genetics.population import Population
from neat.genetics.reproduction import Candidates, select
from neat.network import activate_each, activate_rows, compile_networks
from neat.problems.protocol import Problem

_SIZE = 8  # genomes
_SECTIONS = ("genome", "mutation", "crossover", "reproduction")  # settings that decide which kernels are needed


def start_compiling(config: Config) -> bool:
    """Start a process that compiles all kernels but those for evaluation, unless some kernels are already cached.

    The caller does not wait for it. Return whether it was started.
    """
    if available_threads() == 1 or not none_cached():
        return False
    sections = {name: values for name, values in config.to_dict().items() if name in _SECTIONS}
    child = subprocess.Popen(
        [sys.executable, "-c", "from neat.execution.precompilation import compile_from_stdin; compile_from_stdin()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # this process compiles whatever the second one cannot
        start_new_session=True,  # so that Ctrl-C does not reach it
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(sections).encode())
    child.stdin.close()
    return True


def compile_evaluation(problem: Problem, population: Population) -> None:
    """Compile the kernels with which a problem of this package evaluates networks.

    They take longest, and by the time they are compiled, the second process has compiled those that make networks.
    """
    problem.compile_kernels(compile_networks(population, which=[0], threads=1))


def compile_for_workers(problem: Problem, population: Population) -> None:
    """Compile the kernels that evaluate networks, so that workers find them in the cache.

    Nothing of the user's is called.
    """
    networks = compile_networks(population, which=[0], threads=1)
    problem.compile_kernels(networks)
    if type(problem).compile_kernels is Problem.compile_kernels:  # a problem that calls networks as it likes
        inputs = np.zeros((1, len(networks.layout.inputs)))
        networks[0](inputs[0])
        activate_rows(networks, inputs, threads=1)
        activate_each(networks, inputs, threads=1)


def compile_from_stdin() -> None:
    """Compile all kernels but those for evaluation, under the configuration on stdin."""
    breed(Config.from_dict(json.load(sys.stdin)))


def breed(config: Config) -> Population:
    """Return the second generation of a small run without evaluation."""
    genome, mutation = config.genome, config.mutation
    size, layout = PopulationKeys(size=_SIZE), Layout(("x",), ("y",), genome.bias == "node")
    rng = Randomness(0, FIRST_GENERATION, Purpose.OPERATOR_MUTATE)
    population, innovations = initialize(layout, None, rng, size, genome, mutation, 1)
    compile_networks(population, threads=1)
    species_index, may_breed = np.zeros(_SIZE, np.int64), np.ones(1, np.bool_)
    score = np.arange(float(_SIZE))
    candidates = Candidates(population, score, species_index, may_breed, _SIZE - 1, _SIZE, _SIZE)
    offspring = select(candidates, rng, config.reproduction, config.crossover, 1)
    children = crossover(population, offspring, rng, config.crossover, genome, 1)
    return mutate(children, offspring.mutable, innovations, rng, mutation, genome, 1)[0]
