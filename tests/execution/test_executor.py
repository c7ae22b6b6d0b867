"""Executors: a run's results do not depend on the executor, its parts or its threads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import neat
from neat.core.randomness import Purpose
from neat.execution.executor import Evaluated, join_parts
from neat.execution.in_process import InProcess


class InParts(InProcess):
    """Evaluates a population in parts of a few genomes, the last part first."""

    def __init__(self, size: int) -> None:
        self.size, self.calls = size, 0

    def evaluate(
        self, problem: neat.Problem, population: neat.Population, indices: Any, context: neat.Context, *, tolerant: bool
    ) -> Evaluated:
        if not problem.independent:
            return super().evaluate(problem, population, indices, context, tolerant=tolerant)
        parts: dict[int, tuple[Any, Evaluated]] = {}
        for start in reversed(range(0, max(len(indices), 1), self.size)):
            part = slice(start, start + self.size)
            self.calls += 1
            found = super().evaluate(problem, population, indices[part], context.part(part), tolerant=tolerant)
            parts[start] = (indices[part], found)
        return join_parts(problem, population, [parts[start] for start in sorted(parts)], context)


class Strange(neat.Problem):
    """Fails for some genomes, is noisy, has columns and a state, and depends on the species."""

    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        assert context.species_index is not None and len(context.species_index) == len(networks)
        if (networks.key % 7 == 3).any():
            raise ValueError("seven")
        fitness = context.rng.uniform(networks.key, 0) + context.species_index
        largest = max(float(context.state.get("largest", 0.0)), *networks.key.tolist())
        return neat.Evaluation(fitness, columns={"key": networks.key}, state={"largest": np.array(largest)})

    def merge(self, states: Any) -> Any:
        return {"largest": np.array(max(float(state["largest"]) for state in states))}


def records(problem: neat.Problem, executor: neat.Executor | None, **run: Any) -> Iterator[Any]:
    config = neat.Config(
        run={"seed": 3, "generations": 6, "on_error": "worst", "stop_fitness": "none", **run}, population={"size": 40}
    )
    for generation in neat.evolve(config, problem, executor=executor):
        state = {name: value.tolist() for name, value in generation.evaluation.state.items()}
        columns = {name: value.tolist() for name, value in generation.evaluation.columns.items()}
        yield generation.fitness.tobytes(), columns, state, dict(generation.failed), generation.champion.to_json()


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize(
    "problem", [Strange(), neat.Gymnasium("CartPole-v1", scaling="running", episodes=2), neat.Multiplexer(1)]
)
def test_results_do_not_depend_on_the_executor(problem: neat.Problem, size: int) -> None:
    executor = InParts(size)
    assert list(records(problem, executor)) == list(records(problem, None))
    assert executor.calls >= 6 * (40 // 2) // size


def test_a_run_takes_an_executor() -> None:
    executor = InParts(3)
    config = neat.Config(run={"seed": 1, "generations": 3}, population={"size": 12})
    first = neat.run(config, neat.Multiplexer(1), executor=executor)
    assert first == neat.run(config, neat.Multiplexer(1)) and executor.calls > 3


def test_the_context_of_a_part_is_that_of_its_genomes() -> None:
    rng = neat.Randomness(1, 1, Purpose.EVALUATION)
    whole = neat.Context(rng, {"a": np.zeros(2)}, np.array([0, 1, 1, 2]), threads=2)
    part = whole.part(slice(1, 3))
    assert part.species_index is not None and part.species_index.tolist() == [1, 1]
    assert (part.rng, part.threads, part.generation) == (rng, 2, 1) and part.state == whole.state
    with pytest.raises(TypeError):
        whole.state["b"] = np.zeros(1)  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        whole.state["a"][0] = 1.0


def test_episodes_can_be_rendered() -> None:
    """Frames of one episode: one after the reset and one after every step; the agent acts as in evaluations."""
    code = """
import neat
from neat.core.randomness import Purpose, Randomness

problem = neat.Gymnasium("CartPole-v1", max_episode_steps=20)
champion = neat.run(neat.Config(run={"seed": 1, "generations": 1}, population={"size": 9}), problem).champion
network = neat.compile(champion)
frames = list(problem.render(network, 5, {}))
steps = int(problem.play(network.networks, [5]).steps[0, 0])
assert len(frames) == steps + 1, (len(frames), steps)
assert {(frame.shape, str(frame.dtype)) for frame in frames} == {((400, 600, 3), "uint8")}
assert len({frame.tobytes() for frame in frames}) > len(frames) // 2
"""
    environment = {**os.environ, "SDL_VIDEODRIVER": "dummy"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
