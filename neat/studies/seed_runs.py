"""Runs of one configuration with different seeds, in this process or in worker processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

from neat.config import ANY_EXECUTION, Config
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError, message_of
from neat.evolution.islands import total_size
from neat.evolution.state import Generation
from neat.execution.choice import starter
from neat.execution.sending import pickled
from neat.execution.workers import Lost, Workers
from neat.problems.protocol import Problem
from neat.runs.experiment import Experiment
from neat.studies.seed_history import Point, SeedHistory, point_of
from neat.studies.table_rows import Row


@dataclass(frozen=True)
class SeedRun:
    """The row of a run that has ended, and the JSON form of its champion and its history, if it has a generation."""

    row: Row
    champion: str | None = None
    history: SeedHistory | None = None


def run_each(
    config: Config, problem: Problem | None, seeds: Sequence[int], jobs: int
) -> Generator[SeedRun, None, None]:
    """Yield the runs of seeds: with one job in their order in this process, else as they end in workers.

    These are processes, or the processors of a Ray cluster if the configuration names Ray. A run whose worker dies
    twice counts as failed.

    Raises:
        NeatError: the problem cannot be sent to workers, or they cannot start.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    run = partial(run_seed, config, problem)
    if jobs == 1 and config.run.executor != "ray":
        yield from map(run, seeds)
        return
    workers: Workers[int, SeedRun] = starter(config, jobs, whole_runs=True)(pickled(run, config.folder))
    waiting, lost, ended = deque(seeds), set[int](), False
    try:
        for seed, result in workers.run(waiting):
            if not isinstance(result, Lost):
                yield result
            elif seed in lost:
                yield SeedRun(_row(config, seed, None, 0.0, f"{result.reason}, twice"))
            else:
                lost.add(seed)
                waiting.appendleft(seed)
        ended = True
    finally:
        workers.close(at_once=not ended)


def run_seed(config: Config, problem: Problem | None, seed: int) -> SeedRun:
    """Run one seed in one thread; if the problem fails, the row holds the error."""
    config = config.replace(run={**ANY_EXECUTION, "seed": seed, "threads": 1, "executor": "threads"})
    start = working_clock()
    last: Generation | None = None
    error = None
    points: list[Point] = []
    try:
        for generation in Experiment(config, problem).evolve():
            last = generation
            points.append(point_of(generation))
    except NeatError as fault:
        error = message_of(fault)
    row = _row(config, seed, last, working_clock() - start, error)
    return SeedRun(row) if last is None else SeedRun(row, last.champion.to_json(), SeedHistory.of(seed, points))


def _row(config: Config, seed: int, last: Generation | None, seconds: float, error: str | None) -> Row:
    champion = None if last is None else last.champion
    validation = None if champion is None else champion.validation
    solved = last is not None and error is None and last.solved
    return Row(
        seed=seed,
        solved=solved,
        generations=0 if last is None else last.number,
        evaluations=0 if last is None else last.evaluations,
        hidden=None if champion is None else champion.genome.hidden,
        connections=None if champion is None else int(champion.genome.column("enabled").sum()),
        best_fitness=None if champion is None else champion.fitness,
        validation=None if validation is None else float(validation.fitness),
        seconds=round(seconds, 3),
        most_generations=config.run.generations,
        population=total_size(config),
        details=_details(last),
        error=error,
    )


def _details(last: Generation | None) -> dict[str, float]:
    """Return the details of the champion's validation, and the number of failed evaluations, if any."""
    if last is None:
        return {}
    validation = last.champion.validation
    details = {} if validation is None else {name: float(value) for name, value in validation.details.items()}
    return {**details, "failed": float(last.failures)} if last.failures else details
