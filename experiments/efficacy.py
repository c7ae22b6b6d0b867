"""A battery of nine tasks under the engine's defaults: how often and how soon they are solved.

A task sets its problem, its budget, and what the problem demands (memory where velocities are hidden); every law is
at its default, so that a change of the laws or of their defaults is judged by numbers. The runs go round by round, a
few seeds of every task, until the time is up or every seed is done. Each row says what the run of one seed came to; it
depends on the seed and the settings alone, whatever the time and the machine.

    python experiments/efficacy.py [TASK ...] [--minutes 10] [--set section.key=value ...] [--csv FILE] [--jobs N]

It prints a table, and beside it whether the runs differ from those of the baseline (`experiments/efficacy.csv`) by
the rank test of Mann and Whitney: solved runs before others, by evaluations, the others by their best fitness.
`--set` tries other settings; `--csv experiments/efficacy.csv` makes a new baseline. After Ctrl-C the rounds that
are finished are told and written. All seeds of all tasks take about six minutes on two cores.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from time import monotonic
from typing import Any

import neat
from neat.studies.statistics import effect_in_words, mann_whitney, superiority, wilson_interval
from neat.studies.table_comparison import LEVEL

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent / "configs"
BASELINE = HERE / "efficacy.csv"
COLUMNS = ("task", "seed", "solved", "evaluations", "generations", "hidden", "connections", "best_fitness", "seconds")


@dataclass(frozen=True)
class Task:
    """A task of the battery: its settings, how many seeds at most, and how many in a round."""

    settings: Mapping[str, Mapping[str, Any]]
    seeds: int
    a_round: int


@dataclass(frozen=True)
class Run:
    """What the run of one seed came to: the columns of the CSV file."""

    task: str
    seed: int
    solved: bool
    evaluations: int
    generations: int
    hidden: int
    connections: int
    best_fitness: float
    seconds: float


def _dataset(name: str, inputs: str) -> dict[str, Any]:
    data = {"data": str(CONFIGS / f"{name}.csv"), "inputs": tuple(inputs), "targets": ("y",)}
    return {"kind": "dataset", "measure": "paper", "solved": "sides", **data}


def _gymnasium(environment: str, **more: Any) -> dict[str, Any]:
    return {"kind": "gymnasium", "environment": environment, **more}


_MEMORY = {"memory": True}
_HIDDEN = ("cart_velocity", "pole_velocity")
TASKS = {
    "xor": Task({"problem": _dataset("xor", "ab"), "run": {"generations": 150}}, 100, 20),
    "parity3": Task({"problem": _dataset("parity3", "abc"), "run": {"generations": 300}}, 60, 12),
    "dpv": Task(
        {"problem": {"kind": "double_pole"}, "network": _MEMORY, "run": {"generations": 200}}, 60, 12
    ),
    "dpnv": Task(
        {"problem": {"kind": "double_pole", "velocities": False}, "network": _MEMORY, "run": {"generations": 200}},
        40, 8,
    ),
    "multiplexer11": Task(
        {"problem": {"kind": "multiplexer", "address_bits": 3}, "run": {"generations": 100}}, 10, 2
    ),
    "cartpole": Task({"problem": _gymnasium("CartPole-v1", threshold=490.0), "run": {"generations": 50}}, 40, 8),
    "cartpole_no_velocity": Task(
        {
            "problem": _gymnasium("CartPole-v1", hide=_HIDDEN, episodes=10, threshold=490.0),
            "network": _MEMORY,
            "run": {"generations": 60},
        },
        30, 6,
    ),
    "acrobot": Task(
        {"problem": _gymnasium("Acrobot-v1", episodes=1), "run": {"generations": 10}}, 10, 2
    ),
    "mountain_car_continuous": Task(
        {"problem": _gymnasium("MountainCarContinuous-v0", episodes=3), "run": {"generations": 20}}, 10, 2
    ),
}  # fmt: skip


def main() -> None:
    """Run the battery and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"among {', '.join(TASKS)}; by default all")
    parser.add_argument("--minutes", type=float, default=10.0, help="begin no round after this long")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every run to this file")
    parser.add_argument("--jobs", type=int, default=0, help="worker processes; 0: all cores")
    options = parser.parse_args()
    unknown = [name for name in options.tasks if name not in TASKS]
    if unknown:
        parser.error(f"{unknown[0]}: no such task (there are {', '.join(TASKS)})")
    baseline = read(BASELINE) if BASELINE.is_file() else []
    runs: list[Run] = []
    status, why = 0, ""
    try:
        if options.csv is not None:
            options.csv.open("a").close()  # told now, and not when all is done, if it cannot be written
        for run in battery(options.tasks or list(TASKS), options.set, options.minutes, options.jobs):
            runs.append(run)
    except (neat.NeatError, OSError) as error:
        status, why = 2, f"{error}\n"
    except KeyboardInterrupt:
        status, why = 130, "interrupted\n"
    if runs:
        runs.sort(key=lambda run: (list(TASKS).index(run.task), run.seed))
        if options.csv is not None:
            write(options.csv, runs)
        print_table(runs, baseline)
    parser.exit(status, why)


def battery(names: Sequence[str], changes: Sequence[str], minutes: float, jobs: int = 0) -> Iterator[Run]:
    """Yield the runs of the tasks named, as many rounds of seeds as begin within `minutes`, the first always."""
    configs = {
        name: neat.Config.from_ini(neat.Config(**TASKS[name].settings).to_ini(), overrides=changes) for name in names
    }
    begun, number, more = monotonic(), 0, True
    while more and (number == 0 or monotonic() - begun < 60 * minutes):
        more = False
        for name, config in configs.items():
            task = TASKS[name]
            seeds = range(number * task.a_round, min((number + 1) * task.a_round, task.seeds))
            if seeds and (number == 0 or monotonic() - begun < 60 * minutes):
                more = True
                for row in neat.run_seeds(config, seeds, jobs=jobs).rows:
                    yield _run(name, row)
        number += 1


def _run(task: str, row: Any) -> Run:
    if row.error is not None:
        raise neat.NeatError(f"{task}, seed {row.seed}: {row.error}")
    return Run(task, **{name: getattr(row, name) for name in COLUMNS[1:]})


def print_table(runs: Sequence[Run], baseline: Sequence[Run]) -> None:
    """Print a line for each task, and how it differs from the baseline where that has the task."""
    print(
        f"{'task':<24}{'solved':>9}{'95 %':>14}{'evaluations':>13}{'median':>10}{'hidden':>8}{'best':>10}{'seconds':>9}"
        "   against the baseline"
    )
    for name in dict.fromkeys(run.task for run in runs):
        here = [run for run in runs if run.task == name]
        solved = [run for run in here if run.solved]
        low, high = wilson_interval(len(solved), len(here))
        counted = [run.evaluations for run in solved or here]
        print(
            f"{name:<24}{f'{len(solved)}/{len(here)}':>9}{f'{100 * low:.0f} to {100 * high:.0f}':>14}"
            f"{fmean(counted):>13,.0f}{median(counted):>10,.0f}{fmean(run.hidden for run in here):>8.2f}"
            f"{fmean(run.best_fitness for run in here):>10.4g}{fmean(run.seconds for run in here):>9.2f}"
            f"   {verdict(here, [run for run in baseline if run.task == name])}",
            flush=True,
        )
    print("(evaluations: mean and median of the solved runs, or of all where none was solved; seconds of a run)")


def verdict(here: Sequence[Run], there: Sequence[Run]) -> str:
    """Return in words whether runs differ from those of the baseline."""
    if not there:
        return "not in it"
    places = {key: place for place, key in enumerate(sorted({_rank(run) for run in (*here, *there)}))}
    test = mann_whitney([places[_rank(run)] for run in here], [places[_rank(run)] for run in there])
    worse = superiority(test, len(here) * len(there))
    if {(run.seed, run.evaluations, run.best_fitness) for run in here} <= {
        (run.seed, run.evaluations, run.best_fitness) for run in there
    }:
        return "the very same runs"
    if test.p >= LEVEL:
        return f"no difference shown (p {test.p:.2g}, better with a chance of {1 - worse:.2f})"
    return f"{'WORSE' if worse > 0.5 else 'BETTER'} (p {test.p:.2g}, {effect_in_words(worse)} effect)"


def _rank(run: Run) -> tuple[bool, float]:
    """Return what runs are ranked by, the best first."""
    return not run.solved, run.evaluations if run.solved else -run.best_fitness


def write(file: Path, runs: Sequence[Run]) -> None:
    """Write runs as CSV."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([getattr(run, name) for name in COLUMNS] for run in runs)


def read(file: Path) -> list[Run]:
    """Return the runs in a CSV file that `write` wrote."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [
            Run(
                task=row["task"],
                solved=row["solved"] == "True",
                best_fitness=float(row["best_fitness"]),
                seconds=float(row["seconds"]),
                **{name: int(row[name]) for name in ("seed", "evaluations", "generations", "hidden", "connections")},
            )
            for row in csv.DictReader(stream)
        ]


if __name__ == "__main__":
    main()
