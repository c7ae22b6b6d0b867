"""The tables of Stanley & Miikkulainen (2002), made again: what NEAT is known by, beside what was published.

First the tasks: XOR (100 seeds), two poles with velocities (120) and without (20), each with the paper's settings
(`configs/paper/`) and with settings of our own; then the paper's ablation on two poles with velocities: what happens
without mating, with random topologies at the start, without speciation, without growth.

How it is counted: an evaluation is a network whose fitness was computed; an elite that is copied is not computed
again, and the harder test of a solution (100,000 steps, then 625 other starts) is not counted. An attempt starts at
0.07 rad (4 degrees). Means are those of the solved runs; runs that were not solved within the budget stand beside
them, and the ablation counts them, too, with all that they evaluated within it. Settings that the paper's text does not
name (survival, the range and limit of weights, the size of perturbations) are those of its released code.

    python experiments/paper_tables.py [xor] [dpv] [dpnv] [ablation] [--seeds N] [--jobs N]

All of it takes about a quarter of an hour on two cores. `--seeds` makes fewer (or more) runs of everything.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import neat
from neat.studies.statistics import mean_interval

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


@dataclass(frozen=True)
class Row:
    """One row of a table: a configuration, what is changed of it, and what others published."""

    name: str
    config: str
    seeds: int
    changes: tuple[str, ...] = ()
    published: str = ""


TASKS = {
    "xor": (
        "XOR, population 150",
        [
            Row("the paper's settings", "paper/xor", 100, (), "NEAT 4,755, 32 generations, 2.35 hidden, none failed"),
            Row("configs/xor.ini", "xor", 100, published="goNEAT 7,753"),
        ],
    ),
    "dpv": (
        "Two poles, velocities given",
        [
            Row("the paper's settings", "paper/dpv", 120, published="NEAT 3,600, 24 generations, 0 failed"),
            Row("configs/double_pole.ini", "double_pole", 120, published="CMA-ES 895, CoSyNE 954, ESP 3,800"),
        ],
    ),
    "dpnv": (
        "Two poles without their velocities",
        [
            Row("the paper's settings, population 1,000", "paper/dpnv", 20, published="NEAT 33,184, 286 other starts"),
            Row(
                "configs/double_pole_no_velocity.ini, population 1,000, 250 other starts asked for instead of 200",
                "double_pole_no_velocity",
                20,
                ("population.size=1000", "problem.generalisation=250"),
                "the same",
            ),
            Row(
                "configs/double_pole_no_velocity.ini",
                "double_pole_no_velocity",
                100,
                published="CoSyNE 3,416, CMA-ES 6,061, NEAT (population 16) 6,929, ESP 26,342",
            ),
        ],
    ),
}

_RANDOM = ("population.start=random", "population.start_hidden=10")
ABLATION = [
    Row("full", "paper/dpv", 120, published="3,600, 0 % failed"),
    Row("no mating", "paper/dpv", 120, ("crossover.mating=no",), "5,557, 0 %"),
    Row("random topologies at the start", "paper/dpv", 120, _RANDOM, "23,033, 5 %"),
    # Without species all founders of one topology would stay alike for long, so these start at random, too.
    Row(
        "no speciation, random topologies at the start",
        "paper/dpv",
        120,
        ("speciation.speciate=no", *_RANDOM),
        "25,600, 25 %",
    ),
    # None is solved: steps of up to 2.5 in 90 % of 80 weights leave little of a parent. (With two hidden nodes 12 of 12
    # are; with ten and mutation.perturb=0.2, replace=0.02, weight_power=0.5, too, in 4,049 evaluations.)
    Row(
        "no growth: ten hidden nodes from the start",
        "paper/dpv",
        120,
        ("mutation.growth=no", "population.start=layers", "population.layers=10"),
        "30,239, 80 %",
    ),
]
_BUDGET = "run.generations=1000"  # of the ablation; a run that needs more has failed


def main() -> None:
    """Make the tables that are asked for, all of them by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = (*TASKS, "ablation")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"among {', '.join(names)}; by default all")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs of everything, instead of the published numbers")
    parser.add_argument("--jobs", type=int, default=0, help="worker processes; 0: all cores")
    options = parser.parse_args()
    unknown = [name for name in options.tables if name not in names]
    if unknown:
        parser.error(f"{unknown[0]}: no such table (there are {', '.join(names)})")
    if options.seeds is not None and options.seeds < 1:
        parser.error(f"--seeds {options.seeds}: too few (1 or more)")
    try:
        for name in options.tables or names:
            if name == "ablation":
                ablation(options.seeds, options.jobs)
            else:
                title, rows = TASKS[name]
                print(f"{title}")
                for row in rows:
                    task(row, run(row, options.seeds, options.jobs))
            print(flush=True)
    except neat.NeatError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def run(row: Row, seeds: int | None, jobs: int, *extra: str) -> neat.Table:
    """Return the table of a row's runs."""
    config = neat.load(CONFIGS / f"{row.config}.ini", [*extra, *row.changes])
    return neat.run_seeds(config, range(seeds or row.seeds), jobs=jobs)


def task(row: Row, table: neat.Table) -> None:
    """Print what the runs of a task came to."""
    costs = table.summary().costs
    mean = costs["evaluations"]
    within = "" if mean.interval is None else f" (95 %: {mean.interval.low:,.0f} to {mean.interval.high:,.0f})"
    starts = [row.details["generalisation"] for row in table.solved if "generalisation" in row.details]
    told = [
        f"{len(table.solved)} of {len(table.rows)} solved",
        f"{mean.mean:,.0f} evaluations{within}, median {mean.median:,.0f}, worst {mean.worst:,.0f}",
        f"{costs['generations'].mean:.1f} generations",
        f"{costs['hidden'].mean:.2f} hidden nodes",
        *([f"{fmean(starts):.0f} of 625 other starts"] if starts else []),
    ]
    print(f"  {row.name}\n    {'; '.join(told)}\n    published: {row.published}", flush=True)


def ablation(seeds: int | None, jobs: int) -> None:
    """Print the ablation: each row beside the full algorithm, and the interval of the difference."""
    full = run(ABLATION[0], seeds, jobs, _BUDGET)
    generations, population = full.budget
    print(
        f"Ablation on two poles with velocities, the paper's settings; budget {generations} generations of {population}"
        "\n(failures: the row's share less that of the full algorithm, with the 95 % interval of the difference;"
        "\nevaluations of all runs, those of failed ones too; p of the rank test against the full algorithm)"
    )
    for row in ABLATION:
        table = full if row is ABLATION[0] else run(row, seeds, jobs, _BUDGET)
        costs = [found.evaluations for found in table.rows]
        failed, within = len(table.rows) - len(table.solved), mean_interval(costs)
        told = f"  {row.name}\n    {failed} of {len(table.rows)} failed, {fmean(costs):,.0f} evaluations"
        told += "" if within is None else f" (95 %: {within.low:,.0f} to {within.high:,.0f})"
        if table is not full:
            found = neat.compare_tables(full, table)
            low, high = (100 * end for end in found.within)
            told += (
                f"; {100 * found.difference:+.0f} points of failure ({low:+.0f} to {high:+.0f}), "
                f"p = {found.evaluations_p:.2g}, effect {found.effect}"
            )
        print(f"{told}\n    published: {row.published}", flush=True)


if __name__ == "__main__":
    main()
