"""How more workers shorten a run: measured on this machine, and simulated for clusters of up to 10,000 workers.

Prints seconds per generation against the number of worker processes, for Acrobot and for a problem that sleeps (which
needs no processor, so that more workers than cores help); what it costs to send a chunk and a genome; and how memory
changes over many generations. Then it simulates generations on clusters from these costs: where sending chunks becomes
the limit, and which chunks and how many islands put it off. Takes about three minutes; nothing else should be running.

    python experiments/scaling.py [--workers 1,2,4] [--generations 4] [--flat 1000] [--ray]
"""

from __future__ import annotations

import argparse
import heapq
import multiprocessing
import resource
import statistics
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import neat
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.execution.choice import starter
from neat.execution.chunks import Computing, Evaluations, chunk_sizes
from neat.execution.sending import pickled

_NAP = 0.02  # seconds of one genome of the problem that sleeps
_CLUSTERS = (10, 100, 1_000, 10_000)  # workers
_CHUNKS = (1, 10, 100, 1_000)  # genomes
_ISLAND = 150  # genomes
_MOST_ISLANDS = 2**19
_EFFICIENT = 0.8  # share of the workers' time that is work


class Sleep(neat.Problem):
    """Sleeps for each genome, as an environment that waits for something does."""

    inputs, outputs, deterministic = ("x",), ("y",), False

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        """Return random fitness after a while."""
        if self.seconds:
            time.sleep(self.seconds * len(networks))
        return neat.Evaluation(context.rng.uniform(networks.key, 0))


def main() -> None:
    """Measure and simulate, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workers", default="1,2,4", metavar="N,N", help="numbers of worker processes")
    parser.add_argument("--generations", type=int, default=4, help="of each run; the first one is not timed")
    parser.add_argument("--population", type=int, default=100, help="genomes")
    parser.add_argument("--flat", type=int, default=1000, help="generations over which memory is watched")
    parser.add_argument("--ray", action="store_true", help="also what a chunk costs on a local Ray cluster")
    options = parser.parse_args()
    workers = [int(word) for word in options.workers.split(",")]
    acrobot = neat.Gymnasium("Acrobot-v1", episodes=2, threshold=None)
    for name, problem in (("Acrobot", acrobot), (f"sleeping {1000 * _NAP:g} ms per genome", Sleep(_NAP))):
        against_workers(name, problem, workers, options.population, options.generations)
    costs = overhead("processes")
    if options.ray:
        overhead("ray")
    memory(options.flat)
    seconds = genome_seconds(acrobot, options.population)
    simulations(seconds, *costs)


def against_workers(name: str, problem: neat.Problem, workers: Sequence[int], size: int, generations: int) -> None:
    """Print the seconds of a generation in this process, and with each number of worker processes."""
    print(f"{name}, {size} genomes: seconds per generation (median)")
    champions, one = set[str](), 0.0
    for count in (0, *workers):
        run = {"executor": "processes", "workers": count} if count else {"executor": "threads"}
        seconds, champion = timed(problem, size, generations, run)
        champions.add(champion)
        one = seconds if count == 1 else one
        times = f"   {one / seconds:5.2f} times as fast as with one" if count and one else ""
        print(f"  {f'{count} workers' if count else 'this process':<14}{seconds:8.3f} s{times}")
    print(f"  champions: {'all the same' if len(champions) == 1 else 'DIFFERENT'}\n")


def timed(problem: neat.Problem, size: int, generations: int, run: dict[str, object]) -> tuple[float, str]:
    """Return the median seconds of a generation after the first, in which workers start, and the champion."""
    config = neat.Config(
        run={"seed": 1, "generations": generations, "stop_fitness": "none", "retest": 0.0, **run},
        population={"size": size},
    )
    ends, champion = [], ""
    for generation in neat.evolve(config, problem):
        ends.append(time.perf_counter())
        champion = generation.champion.to_json()
    return statistics.median(np.diff(ends)), champion


def overhead(executor: str) -> tuple[float, float]:
    """Print and return what sending costs: the seconds for a chunk, and in addition for each genome in it."""
    config = neat.Config(run={"seed": 1, "executor": executor, "workers": 2}, population={"size": 2000})
    problem = Sleep(0.0)
    population = neat.initialize(config, problem).population
    context = neat.Context(Randomness(1, FIRST_GENERATION, Purpose.EVALUATION), threads=1)
    workers = starter(config)(pickled(Computing(problem, population.take([0]))))
    spent = {}
    for size in (1, 10, 100):
        for _ in range(2):  # the first time, workers start
            began = time.perf_counter()
            chunks = deque[Evaluations]()
            for start in range(0, len(population), size):
                part = population.take(np.arange(start, min(start + size, len(population))))
                chunks.append(Evaluations(start=start, context=context, population=part, tolerant=False))
            count = len(chunks)
            for _ in workers.run(chunks):
                pass
            spent[size] = (time.perf_counter() - began) / count
    workers.close()
    genome = (spent[100] - spent[10]) / 90
    chunk = max(spent[1] - genome, 0.0)
    print(f"{executor}: a chunk costs {1e3 * chunk:.2f} ms, and {1e6 * genome:.0f} us for each genome in it")
    generation = sum(chunk + size * genome for size in chunk_sizes(_ISLAND, 2, 0.01))
    print(f"  a generation of {_ISLAND} genomes that take 10 ms each: {1e3 * generation:.1f} ms of sending\n")
    return chunk, genome


def memory(generations: int) -> None:
    """Print the memory of this process and of its workers, early in a run and at its end."""
    config = neat.Config(
        run={"seed": 1, "generations": generations, "stop_fitness": "none", "executor": "processes", "workers": 2,
             "retest": 0.0},
        population={"size": 50}, mutation={"growth": False},
    )  # fmt: skip
    early = max(2, generations // 10)
    print(f"memory over {generations} generations of 50 genomes (MB)")
    for generation in neat.evolve(config, Sleep(0.0)):
        if generation.number in (early, generations):
            used = [
                resident(process) for process in ("self", *(each.pid for each in multiprocessing.active_children()))
            ]
            words = ", ".join(f"{each:.1f}" for each in used)
            print(f"  generation {generation.number:>5}: this process and its workers {words}")
    print()


def resident(process: int | str | None) -> float:
    """Return the resident memory of a process in MB."""
    file = Path(f"/proc/{process}/statm")
    if not file.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(file.read_text().split()[1]) * resource.getpagesize() / 1e6


def genome_seconds(problem: neat.Gymnasium, size: int) -> NDArray[np.float64]:
    """Return how long each genome of the third generation takes."""
    config = neat.Config(
        run={"seed": 1, "generations": 3, "stop_fitness": "none", "retest": 0.0}, population={"size": size}
    )
    *_, last = neat.evolve(config, problem)
    networks, seconds = neat.compile(last.population), []
    context = neat.Context(Randomness(1, 4, Purpose.EVALUATION), threads=1)
    for place in range(len(networks)):
        began = time.perf_counter()
        problem.evaluate(networks[place : place + 1], context)
        seconds.append(time.perf_counter() - began)
    return np.array(seconds)


def simulations(seconds: NDArray[np.float64], chunk: float, genome: float) -> None:
    """Print how generations on clusters would scale, from the seconds of genomes and of sending them."""
    mean = float(seconds.mean())
    print(
        f"simulated from these costs; a genome takes {1e3 * mean:.1f} ms on average, {1e3 * seconds.max():.1f} at most"
    )
    print(" workers     genomes  islands   chunk  seconds  speed-up  efficiency  limit")
    for workers in _CLUSTERS:
        for size in (10 * workers, 100 * workers):
            show(workers, size, None, seconds, chunk, genome)
        print()
    workers = _CLUSTERS[-1]
    print(f"{workers:,} workers, 1,000,000 genomes, by the size of chunks")
    for wanted in _CHUNKS:
        show(workers, 1_000_000, wanted, seconds, chunk, genome)
    print(f"\nislands of {_ISLAND} genomes that keep {_EFFICIENT:.0%} of the workers' time busy")
    for workers in _CLUSTERS:
        islands, enough = 1, False
        while not enough and islands <= _MOST_ISLANDS:
            spent = simulate(
                workers, list(sizes_of(islands * _ISLAND, workers, None, mean)), mean, seconds, chunk, genome
            )
            enough = islands * _ISLAND * mean / spent / workers >= _EFFICIENT
            islands *= 1 if enough else 2
        found = f"{islands:,} islands, {islands * _ISLAND:,} genomes" if enough else "no number of islands"
        print(f"{workers:>8,} workers: {found}")


def sizes_of(count: int, workers: int, wanted: int | None, mean: float) -> Iterator[int]:
    """Yield the sizes of chunks: all as `wanted`, or as the engine chooses them."""
    if wanted is None:
        yield from chunk_sizes(count, workers, mean)
        return
    yield from (min(wanted, count - start) for start in range(0, count, wanted))


def show(
    workers: int, count: int, wanted: int | None, seconds: NDArray[np.float64], chunk: float, genome: float
) -> None:
    """Print one simulated generation."""
    mean = float(seconds.mean())
    sizes = list(sizes_of(count, workers, wanted, mean))
    spent = simulate(workers, sizes, mean, seconds, chunk, genome)
    sending, work = len(sizes) * chunk + count * genome, count * mean / workers
    limit = "sending" if sending > max(work, spent / 2) else "work" if work > spent / 2 else "the last chunks"
    speed_up = count * mean / spent
    largest = f"{sizes[0]:,}" if wanted is None else f"{wanted:,}"
    print(
        f"{workers:>8,}{count:>12,}{-(-count // _ISLAND):>9,}{largest:>8}{spent:>9.2f}{speed_up:>10,.0f}"
        f"{speed_up / workers:>11.0%}   {limit}"
    )


def simulate(
    workers: int, sizes: Sequence[int], mean: float, seconds: NDArray[np.float64], chunk: float, genome: float
) -> float:
    """Return the seconds of a generation: one process sends chunks, one after another, to the first free worker.

    The seconds of a chunk are drawn from those of genomes; for large chunks, from the normal distribution of their sum.
    """
    draws = np.random.Generator(np.random.Philox(key=1))
    deviation = float(seconds.std())
    free = [0.0] * min(workers, len(sizes))
    clock = end = 0.0
    for size in sizes:
        clock = max(clock, heapq.heappop(free)) + chunk + size * genome
        work = draws.choice(seconds, size).sum() if size < 30 else draws.normal(size * mean, deviation * size**0.5)
        finish = clock + max(float(work), 0.0)
        end = max(end, finish)
        heapq.heappush(free, finish)
    return end


if __name__ == "__main__":
    main()
