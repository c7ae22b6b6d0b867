"""A battery of 27 tasks in six families under the engine's default settings: how often and how soon they are solved.

    python experiments/efficacy.py [TASK or FAMILY ...] [--half choose] [--set section.key=value ...] [--csv FILE]

`battery.py` defines the tasks. A run depends on its seed and the settings alone, whatever the time and the machine.
With `--csv FILE`, every run is written when it has ended, and runs that the file has already are not computed again: so
the battery goes on after Ctrl-C, or after `--minutes`.

The table says how many runs were solved, with a 95 % interval; the mean number of evaluations of the solved runs; how
good champions are on a scale that everyone understands (the share of right rows, the coefficient of determination, or
the mean of 100 episodes that evolution never saw); and, where fitness is not noisy, the share of the champion's mutants
that are better than it. The last column compares with the baseline (`experiments/efficacy.csv`, or `--baseline FILE`),
run by run: runs with the same seed begin with the same genomes. A solved run is better than one that is not; of two
solved runs the one with fewer evaluations is better, and of two others the one with the higher quality. p is that of
the sign test, corrected for the number of tasks (Holm 1979). `--half choose` runs the tasks by which settings are
chosen, `--half confirm` the others.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from time import monotonic, perf_counter

import numpy as np
import scipy.stats
from battery import FAMILIES, TASKS, config_of

import neat
from neat.core.randomness import Purpose, Randomness
from neat.evolution.succession import settings_for
from neat.genetics.mutation import mutate_values
from neat.genetics.population import Population
from neat.problems.protocol import Context
from neat.studies.seeds import parse_seeds
from neat.studies.statistics import LEVEL, wilson_interval

BASELINE = Path(__file__).resolve().parent / "efficacy.csv"
_MUTANTS = 500
_UNCHANGED = "default settings"
_EVERY_SEED = "0..99"


@dataclass(frozen=True)
class Run:
    """What the run of one seed came to: the columns of the CSV file."""

    settings: str
    task: str
    seed: int
    solved: bool
    evaluations: int
    generations: int
    hidden: int
    connections: int
    best_fitness: float
    quality: float
    better_mutants: float
    seconds: float

    @property
    def rank(self) -> tuple[bool, float]:
        """What runs of a task are ranked by, the best first."""
        return not self.solved, self.evaluations if self.solved else -self.quality


_READERS: Mapping[object, Callable[[str], object]] = {
    "str": str, "int": int, "float": float, "bool": "True".__eq__
}  # fmt: skip
COLUMNS = tuple(column.name for column in fields(Run))


def main() -> None:
    """Run the battery and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"among {', '.join((*TASKS, *FAMILIES))}")
    parser.add_argument("--half", choices=("choose", "confirm"), help="only the tasks of this half")
    parser.add_argument("--seeds", default=_EVERY_SEED, metavar="A..B", help="of the seeds of each task, only these")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no run after this long")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every run to this file, and go on from there")
    parser.add_argument("--baseline", type=Path, default=BASELINE, metavar="FILE", help="compare with these runs")
    parser.add_argument("--jobs", type=int, default=0, help="worker processes; 0: all cores")
    options = parser.parse_args()
    unknown = [name for name in options.tasks if name not in TASKS and name not in FAMILIES]
    if unknown:
        parser.error(f"{unknown[0]}: no such task (there are {', '.join((*TASKS, *FAMILIES))})")
    if options.jobs < 0:
        parser.error(f"--jobs {options.jobs}: too few (0 or more)")
    names = chosen_tasks(options.tasks, options.half)
    runs: list[Run] = []
    status, why = 0, ""
    try:
        seeds = parse_seeds(options.seeds)
        baseline = read(options.baseline) if options.baseline.is_file() else []
        for run in battery(names, options.set, seeds, options.minutes, options.jobs, options.csv):
            runs.append(run)
    except (neat.NeatError, OSError) as error:
        status, why = 2, f"{error}\n"
    except KeyboardInterrupt:
        status, why = 130, "interrupted\n"
    if runs:
        print_table(runs, baseline)
    parser.exit(status, why)


def chosen_tasks(wanted: Sequence[str], half: str | None) -> list[str]:
    """Return the names of the tasks that names of tasks and families, and a half, stand for; no names: all."""
    return [
        name
        for name, task in TASKS.items()
        if (not wanted or name in wanted or task.family in wanted) and half in (None, _half_of(name))
    ]


def _half_of(name: str) -> str:
    return "choose" if TASKS[name].chooses else "confirm"


def battery(
    names: Sequence[str],
    changes: Sequence[str],
    seeds: Sequence[int] = parse_seeds(_EVERY_SEED),
    minutes: float = 1e9,
    jobs: int = 0,
    file: Path | None = None,
) -> Iterator[Run]:
    """Yield the runs of the tasks as they end, those in `file` first; new ones are added to it.

    The first seeds of all tasks come before the second ones. `jobs` never changes a run.

    Raises:
        NeatError: a setting is not allowed, the file belongs to other settings, or a run failed.
        OSError: the file cannot be written.
    """
    settings = ", ".join(changes) or _UNCHANGED
    for name in names:
        config_of(name, changes)
    done = read(file) if file is not None and file.is_file() and file.stat().st_size else []
    for run in done:
        if run.settings != settings:
            raise neat.NeatError(f"{file}: its runs have other settings ({run.settings}); write to another file")
    if file is not None:
        write(file, done)  # without a last line that was cut off
    known = {(run.task, run.seed) for run in done}
    yield from (run for run in done if run.task in names and run.seed in seeds)
    wanted = [
        (seed, name) for seed in seeds for name in names if seed < TASKS[name].seeds and (name, seed) not in known
    ]
    end = monotonic() + 60 * minutes
    for run in _computed(wanted, tuple(changes), jobs or os.cpu_count() or 1, end):
        if file is not None:
            with file.open("a", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerow(getattr(run, name) for name in COLUMNS)
        yield run


def _computed(wanted: Sequence[tuple[int, str]], changes: tuple[str, ...], jobs: int, end: float) -> Iterator[Run]:
    if jobs == 1 or len(wanted) < 2:
        for seed, name in wanted:
            if monotonic() > end:
                return
            yield run_one(name, seed, changes)
        return
    left = iter(wanted)
    with ProcessPoolExecutor(min(jobs, len(wanted)), get_context("spawn")) as workers:
        running = {workers.submit(run_one, name, seed, changes) for seed, name in islice(left, jobs)}
        while running:
            ended = next(as_completed(running))
            running.remove(ended)
            if monotonic() <= end and (following := next(left, None)) is not None:
                running.add(workers.submit(run_one, following[1], following[0], changes))
            yield ended.result()


def run_one(name: str, seed: int, changes: Iterable[str] = ()) -> Run:
    """Run a task with one seed."""
    task, changes = TASKS[name], list(changes)
    config, problem = config_of(name, changes).replace(run={"seed": seed}), task.make()
    begun = perf_counter()
    (last,) = deque(neat.evolve(config, problem), maxlen=1)
    seconds, champion = perf_counter() - begun, last.champion
    return Run(
        settings=", ".join(changes) or _UNCHANGED,
        task=name,
        seed=seed,
        solved=last.solved,
        evaluations=last.evaluations,
        generations=last.number,
        hidden=champion.genome.hidden,
        connections=int(champion.genome.column("enabled").sum()),
        best_fitness=champion.fitness,
        quality=champion.fitness if task.quality is None else task.quality(problem, champion),
        better_mutants=float("nan") if last.noisy else better_mutants(settings_for(last, config), problem, champion),
        seconds=round(seconds, 3),
    )


def better_mutants(config: neat.Config, problem: neat.Problem, champion: neat.Champion, count: int = _MUTANTS) -> float:
    """Return the share of a champion's children with mutated weights whose fitness is higher than its own."""
    population = (
        Population.from_genomes([champion.genome]).take(np.zeros(count, np.int64)).replace(key=np.arange(count))
    )
    rng = Randomness(config.run.seed, 1, Purpose.WEIGHTS)
    children = mutate_values(population, np.ones(count, np.bool_), rng, config.mutation, config.genome, 1)
    context = Context(rng.of(Purpose.EVALUATION), threads=1)
    parent = problem.evaluate(neat.compile(population.take([0])), context).fitness[0]
    return float((problem.evaluate(neat.compile(children), context).fitness > parent).mean())


def print_table(runs: Sequence[Run], baseline: Sequence[Run]) -> None:
    """Print a line for each task and each family, and how they differ from the baseline."""
    print(
        f"{'task':<22}{'solved':>8}{'95 %':>13}{'evaluations':>13}{'hidden':>8}{'connections':>13}{'quality':>10}"
        f"{'mutants':>9}{'seconds':>9}   against the baseline"
    )
    names = [name for name in TASKS if any(run.task == name for run in runs)]
    pairs = {name: compared(_of(name, runs), _of(name, baseline)) for name in names}
    corrected = holm({name: sign_test(*counts[:2]) for name, counts in pairs.items() if sum(counts)})
    for family in FAMILIES:
        here = [name for name in names if TASKS[name].family == family]
        for name in here:
            _print_line(name, _of(name, runs), _in_words(pairs[name], corrected.get(name)))
        if len(here) > 1:
            _print_sum(family, runs, here, pairs)
    if len(names) > 1:
        _print_sum("all tasks", runs, names, pairs)
    print(
        "(evaluations: mean of the solved runs; mutants: % of the champion's that are better than it; p: sign test, "
        "corrected for the number of tasks)"
    )


def _of(name: str, runs: Iterable[Run]) -> list[Run]:
    return sorted((run for run in runs if run.task == name), key=lambda run: run.seed)


def _print_line(name: str, here: Sequence[Run], verdict: str) -> None:
    solved = [run for run in here if run.solved]
    low, high = wilson_interval(len(solved), len(here))
    evaluations = f"{fmean(run.evaluations for run in solved):,.0f}" if solved else "-"
    mutants = fmean(run.better_mutants for run in here)
    print(
        f"{name:<22}{f'{len(solved)}/{len(here)}':>8}{f'{100 * low:.0f} to {100 * high:.0f}':>13}{evaluations:>13}"
        f"{fmean(run.hidden for run in here):>8.1f}{fmean(run.connections for run in here):>13.1f}"
        f"{fmean(run.quality for run in here):>10.4g}{'-' if mutants != mutants else f'{100 * mutants:.1f}':>9}"
        f"{fmean(run.seconds for run in here):>9.2f}   {verdict}",
        flush=True,
    )


def _print_sum(what: str, runs: Sequence[Run], names: Sequence[str], pairs: Mapping[str, tuple[int, int, int]]) -> None:
    """Print how many runs of several tasks were solved, and all pairs together; every task counts the same."""
    here = [_of(name, runs) for name in names]
    share = fmean(sum(run.solved for run in one) / len(one) for one in here)
    total = tuple(sum(counts) for counts in zip(*(pairs[name] for name in names), strict=True))
    better, worse, equal = total
    verdict = _in_words((better, worse, equal), sign_test(better, worse))
    print(f"  {what + ':':<22}{100 * share:.0f} % of runs solved   {verdict}\n", flush=True)


def compared(here: Sequence[Run], there: Sequence[Run]) -> tuple[int, int, int]:
    """Return in how many pairs of runs with the same seed the first is better, worse and equal."""
    other = {run.seed: run for run in there}
    pairs = [(run.rank, other[run.seed].rank) for run in here if run.seed in other]
    return sum(a < b for a, b in pairs), sum(a > b for a, b in pairs), sum(a == b for a, b in pairs)


def sign_test(better: int, worse: int) -> float:
    """Return the two-sided p of the sign test; pairs that are equal do not count."""
    return float(scipy.stats.binomtest(better, better + worse).pvalue) if better + worse else 1.0


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Return p values corrected for their number (Holm 1979, Scand. J. Stat. 6, 65-70)."""
    corrected, largest = {}, 0.0
    for place, name in enumerate(sorted(p, key=lambda name: p[name])):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        corrected[name] = largest
    return corrected


def _in_words(counts: tuple[int, int, int], p: float | None) -> str:
    better, worse, equal = counts
    if p is None:
        return "not in it"
    if not better and not worse:
        return "the very same results"
    word = "no difference shown" if p >= LEVEL else "BETTER" if better > worse else "WORSE"
    return f"{better} better, {worse} worse, {equal} equal: {word} (p {p:.2g})"


def write(file: Path, runs: Iterable[Run]) -> None:
    """Write runs as CSV."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([getattr(run, name) for name in COLUMNS] for run in runs)


def read(file: Path) -> list[Run]:
    """Return the runs in a CSV file that the battery wrote; a last line that is cut off is left out.

    Raises:
        NeatError: it is another file.
    """
    kinds = {column.name: _READERS[column.type] for column in fields(Run)}
    with file.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise neat.NeatError(f"{file}: not a table of the battery (its columns are {', '.join(COLUMNS)})")
        try:
            return [
                Run(**{name: kinds[name](value) for name, value in row.items()})
                for row in rows
                if None not in row.values()
            ]
        except (TypeError, ValueError) as error:
            raise neat.NeatError(f"{file}: line {rows.line_num} is corrupt ({error})") from None


if __name__ == "__main__":
    main()
