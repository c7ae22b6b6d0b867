"""Pole balancing: how often and how soon each configuration of `configs/` solves its task.

Runs each configuration once per seed and prints, per run and in all: solved or not, generations, evaluations
(attempts from the task's start; copied elites do not try again, and the harder test is not counted), from how
many of the 625 other starts the champion balances (where that belongs to the task), its hidden nodes, and processor
seconds of the run. Others, from the task's start of 0.07 rad: with velocities NEAT 3,600 evaluations (Stanley &
Miikkulainen 2002), CoSyNE 954, CMA-ES 895 (Gomez, Schmidhuber & Miikkulainen 2008); without velocities NEAT
33,184 with a population of 1,000 and generalisation 286, NEAT 6,929 with one of 16, CMA-ES 6,061, CoSyNE 3,416.

    python experiments/poles.py [NAME ...] [--seeds 0..99] [--set section.key=value ...] [--quiet]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import neat

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
NAMES = ("double_pole", "paper/dpv", "paper/dpnv")


def main() -> None:
    """Run every configuration on every seed and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", default="0..99", help="first..last")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    parser.add_argument("--quiet", action="store_true", help="only the summaries")
    options = parser.parse_args()
    first, last = (int(part) for part in options.seeds.split(".."))
    for name in options.names:
        print(f"{name}{' with ' if options.set else ''}{', '.join(options.set)}")
        table([run(name, seed, options.set, options.quiet) for seed in range(first, last + 1)])


def run(name: str, seed: int, extra: list[str], quiet: bool) -> dict[str, float]:
    """Run one configuration once."""
    config = neat.load(CONFIGS / f"{name}.ini", overrides=[*extra, f"run.seed={seed}"])
    began = time.process_time()
    *_, last = neat.evolve(config)
    found = {
        "solved": last.solved,
        "generations": last.number + 1,
        "evaluations": last.evaluations,
        "hidden": last.champion.genome.hidden,
        "seconds": time.process_time() - began,
    }
    if last.champion.validation and "generalisation" in last.champion.validation.details:
        found["other starts"] = last.champion.validation.details["generalisation"]
    if not quiet:
        told = ", ".join(f"{value:.6g} {what}" for what, value in found.items() if what != "solved")
        print(f"  seed {seed}: {'solved' if last.solved else 'FAILED'}; {told}", flush=True)
    return found


def table(runs: list[dict[str, float]]) -> None:
    """Print the summary of a configuration's runs."""
    print(f"  {sum(int(found['solved']) for found in runs)} of {len(runs)} solved")
    for name in dict.fromkeys(name for found in runs for name in found if name != "solved"):
        values = [found[name] for found in runs if name in found]
        print(
            f"  {name:>12}: mean {statistics.fmean(values):9.2f}  median {statistics.median(values):9.2f}  "
            f"least {min(values):9.2f}  most {max(values):9.2f}"
        )


if __name__ == "__main__":
    main()
