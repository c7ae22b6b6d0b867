"""One measurement of this engine, in a process of its own: what `speed.py` runs.

The argument is a JSON object, the name of a function below and what it is called with; the answer is a JSON object on
the last line. A process of its own makes the peak of its memory honest, and lets another program be measured in turn.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import neat
from neat.core.functions import activation
from neat.core.randomness import Purpose, Randomness
from neat.evolution import breeding
from neat.evolution.assessment import assess
from neat.evolution.evaluation import evaluate
from neat.execution.in_process import InProcess
from neat.genetics.population import Layout
from neat.network.decoding import networks_from_arrays

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
PHASES = ("evaluate", "tell", "breed", "speciate")
ENDLESS = ("run.stop_fitness=none", "run.generations=1000000")
_SPECIATION = "assign_species"  # of breeding: the part of `reproduce` that puts the children into their species
_ROW_INPUTS = 11
_WARM_UP = 3  # generations of a small population, which load or compile every kernel


def generations(size: int, first: int, last: int, seeds: list[int], settings: list[str]) -> dict[str, Any]:
    """Time whole generations of XOR, from `first` to `last`, of a run for every seed.

    A generation is evaluation (compiling genomes to networks included), judging, breeding and speciation.
    """
    _warm_up(settings)
    idle, times, shapes = _resident("VmRSS"), [], []
    for seed in seeds:
        config = _xor(size, [*settings, f"run.seed={seed}"])
        problem = neat.make_problem(config)
        state = neat.initialize(config, problem)
        for number, (generation, spent) in enumerate(_steps(config, problem, state)):
            if number >= first:
                times.append(spent)
                shapes.append(_shape(generation))
            if number == last:
                break
    population = generation.population
    arrays = [getattr(population, field.name) for field in fields(population)]
    size_in_memory = sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))
    return {
        **_summary(times, shapes),
        "population_bytes_per_genome": size_in_memory / size,
        "idle_bytes": idle,
        "peak_bytes": _resident("VmHWM"),
    }


def cartpole(
    size: int, episodes: int, length: float, settings: list[str], repeats: int, agents: str | None = None
) -> dict[str, Any]:
    """Time the evaluation of the first generation whose episodes last `length` steps on average, networks included.

    Its genomes, and the seeds of the episodes, are written to the file `agents`, for another program to play.
    """
    overrides = ["problem.threshold=none", f"problem.episodes={episodes}", "run.seed=1", "run.generations=60"]
    config = neat.load(CONFIGS / "cartpole.ini", [*overrides, f"population.size={size}", *settings])
    problem = neat.make_problem(config)
    for generation in neat.evolve(config, problem):
        steps = int(generation.evaluation.columns["steps"].sum())
        if steps >= length * size * episodes:
            break
    rng = Randomness(config.run.seed, generation.number, Purpose.EVALUATION)
    if agents is not None:
        genomes = [{"nodes": genome.nodes, "connections": genome.connections} for genome in generation.population]
        Path(agents).write_text(json.dumps({"seeds": problem.seeds(rng, episodes), "genomes": genomes}))

    def play() -> neat.Evaluation:
        networks = neat.compile(generation.population, threads=config.run.threads)
        return problem.evaluate(networks, neat.Context(rng, threads=config.run.threads))

    steps, seconds = int(play().columns["steps"].sum()), _median(play, repeats)
    return {
        "microseconds_per_step": seconds / steps * 1e6,
        "milliseconds": seconds * 1e3,
        "episode_length": steps / size / episodes,
        "generation": generation.number,
        "connections": float(generation.population.connection_counts.mean()),
        "hidden": float(generation.population.hidden_counts.mean()),
    }


def rows(shapes: list[list[int]], functions: list[str], count: int, networks: int, repeats: int) -> dict[str, Any]:
    """Time random networks without cycles on the same `count` rows on one thread, alone and with their error taken.

    A shape is the number of connections and of nodes, the output among them, all of them in use.
    """
    found = []
    chance = np.random.default_rng(1)
    table, targets = chance.uniform(size=(count, _ROW_INPUTS)), chance.uniform(size=count)
    problem = neat.Dataset(table, targets)
    context = neat.Context(Randomness(1, 0, Purpose.EVALUATION), threads=1)
    for connections, nodes in shapes:
        edges = np.concatenate([_wiring(_ROW_INPUTS, connections, nodes, chance) for _ in range(networks)])
        for function in functions:
            made = _networks(edges, networks, nodes, function, chance)
            calls = {
                "nanoseconds": partial(neat.activate_rows, made, table, threads=1),
                "judged_nanoseconds": partial(problem.evaluate, made, context),
            }
            times = {name: _median(call, repeats) / count / networks * 1e9 for name, call in calls.items()}
            found.append({"connections": connections, "nodes": nodes, "function": function, **times})
    return {"networks": found}


def growth(size: int, connections: list[int], window: int, seed: int) -> dict[str, Any]:
    """Time generations of XOR at several sizes of the genomes, with a target number of species and without.

    Until they have so many connections on average, genomes are selected by their size, and all children get a new
    connection, some a new node; then come `window` generations of plain XOR, with a target and, from the same genomes
    and the configuration's first threshold, without.
    """
    _warm_up([])
    growing = _xor(size, ["mutation.add_connection=1", "mutation.add_node=0.3", f"run.seed={seed}"])
    rules = {
        "target": _xor(size, [f"run.seed={seed}"]),
        "no_target": _xor(size, [f"run.seed={seed}", "speciation.target_species=none"]),
    }
    problem = neat.make_problem(growing)
    state, found = neat.initialize(growing, problem), []
    for wanted in connections:
        state = _grown(state, wanted, growing)
        measured = {}
        for name, config in rules.items():
            begun = state if name == "target" else replace(state, threshold=config.speciation.threshold)
            steps = list(islice(_steps(config, problem, begun), 1, window + 1))
            measured[name] = _summary([spent for _, spent in steps], [_shape(generation) for generation, _ in steps])
        found.append({"wanted_connections": wanted, **measured})
    return {"sizes": found}


def _grown(state: neat.State, wanted: float, config: neat.Config) -> neat.State:
    """Return a state whose genomes have `wanted` connections on average: those with the most were the parents."""
    while (counts := state.population.connection_counts).mean() < wanted:
        evaluation = neat.Evaluation(np.zeros(len(counts)), score=counts.astype(np.float64))
        state = neat.reproduce(neat.tell(state, evaluation, config), config)
    return state


def _xor(size: int, settings: list[str]) -> neat.Config:
    return neat.load(CONFIGS / "xor.ini", [*ENDLESS, f"population.size={size}", *settings])


def _warm_up(settings: list[str]) -> None:
    config = _xor(150, [*settings, "run.seed=9", "mutation.add_node=0.5", f"run.generations={_WARM_UP}"])
    for _ in neat.evolve(config):
        pass


def _steps(config: neat.Config, problem: Any, state: neat.State) -> Iterator[tuple[neat.Generation, dict[str, float]]]:
    """Yield every generation with the seconds of its phases: the loop of `neat.evolve`, with a clock."""
    speciation = getattr(breeding, _SPECIATION)
    executor, spent = InProcess(), dict[str, float]()

    def clocked(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        result = speciation(*arguments, **named)
        spent["speciate"] = time.perf_counter() - began
        return result

    setattr(breeding, _SPECIATION, clocked)
    try:
        while True:
            began = time.perf_counter()
            assessment = evaluate(problem, state, executor, config.run)
            evaluated = time.perf_counter()
            generation = assess(state, assessment, config.run)
            told = time.perf_counter()
            state = neat.reproduce(generation, config)
            ended = time.perf_counter()
            spent |= {"evaluate": evaluated - began, "tell": told - evaluated, "whole": ended - began}
            spent["breed"] = ended - told - spent["speciate"]
            yield generation, dict(spent)
    finally:
        setattr(breeding, _SPECIATION, speciation)


def _shape(generation: neat.Generation) -> dict[str, float]:
    """Return how large the genomes are, and how many species there are."""
    population = generation.population
    return {
        "connections": float(population.connection_counts.mean()),
        "hidden": float(population.hidden_counts.mean()),
        "species": len(generation.species),
    }


def _summary(times: list[dict[str, float]], shapes: list[dict[str, float]]) -> dict[str, Any]:
    """Return the median time of a generation, the share of each phase in all of them, and the mean shape."""
    whole = sum(spent["whole"] for spent in times)
    return {
        "milliseconds": statistics.median(spent["whole"] for spent in times) * 1e3,
        "shares": {phase: sum(spent[phase] for spent in times) / whole for phase in PHASES},
        "measured_generations": len(times),
        **{name: statistics.fmean(shape[name] for shape in shapes) for name in shapes[0]},
    }


def _networks(edges: np.ndarray, count: int, nodes: int, function: str, chance: np.random.Generator) -> neat.Networks:
    """Return networks with random values, of `nodes` nodes, the output among them; all connections are in use."""
    connections, total = len(edges) // count, _ROW_INPUTS + nodes
    made = networks_from_arrays(
        Layout(tuple(f"x{place}" for place in range(_ROW_INPUTS)), ("y",), bias_node=False),
        connection_start=np.arange(count + 1) * connections,
        source=edges[:, 0].astype(np.int32),
        target=edges[:, 1].astype(np.int32),
        weight=chance.uniform(-1.0, 1.0, len(edges)),
        node_start=np.arange(count + 1) * total,
        bias=chance.uniform(-1.0, 1.0, total * count),
        activation=np.full(total * count, activation(function).code, np.uint8),
    )
    assert (made.connection_counts == connections).all() and (made.node_counts == nodes).all()
    return made


def _wiring(inputs: int, connections: int, nodes: int, chance: np.random.Generator) -> np.ndarray:
    """Return the ends of random connections, (connections, 2): node `inputs` is the output and the last in order."""
    order = [*range(inputs), *range(inputs + 1, inputs + nodes), inputs]
    last = len(order) - 1
    while True:
        edges = {(int(chance.integers(place)), place) for place in range(inputs, last + 1)}
        idle = set(range(inputs, last)) - {source for source, _ in edges}
        edges |= {(place, int(chance.integers(place + 1, last + 1))) for place in idle}
        while len(edges) < connections:
            target = int(chance.integers(inputs, last + 1))
            edges.add((int(chance.integers(target)), target))
        if len(edges) == connections:
            return np.array([(order[source], order[target]) for source, target in sorted(edges)])


def _median(call: Callable[[], object], repeats: int) -> float:
    """Return the median seconds of a call, made once before."""
    call()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _resident(which: str) -> int:
    """Return resident memory in bytes: `VmRSS`, now, or `VmHWM`, the most so far.

    Where there is no /proc, both are the most so far; there, what a parent had may count too.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{which}:"))


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(globals()[asked.pop("measure")](**asked)))
