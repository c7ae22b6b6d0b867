"""Agents for Gymnasium: how often and how soon each configuration of `configs/` solves its environment.

Runs each configuration once per seed and prints, per run and in all: solved or not (a mean over 100 episodes that
evolution never saw reached the threshold), generations, evaluations (genomes whose episodes were played), processor
seconds of the run, the mean of that validation, and the mean of 100 other fresh episodes, as `neat evaluate` plays
them. `--memory no` runs a configuration without the memory that it asks for. All of them, seeds 0 to 9, take
about half an hour.

    python experiments/agents.py [NAME ...] [--seeds 0..9] [--memory yes|no] [--set section.key=value ...]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import neat
from neat.runs.evaluate import evaluate_champion

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
NAMES = ("cartpole", "cartpole_no_velocity", "acrobot", "mountain_car", "mountain_car_continuous")


def main() -> None:
    """Run every configuration on every seed and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", default="0..9", help="first..last")
    parser.add_argument("--memory", choices=("yes", "no"), help="as --set network.memory=...")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    options = parser.parse_args()
    first, last = (int(part) for part in options.seeds.split(".."))
    extra = [*options.set, *([f"network.memory={options.memory}"] if options.memory else [])]
    for name in options.names:
        print(f"{name}{' with ' if extra else ''}{', '.join(extra)}")
        table([run(name, seed, extra) for seed in range(first, last + 1)])


def run(name: str, seed: int, extra: list[str]) -> dict[str, float]:
    """Run one configuration once, and put its champion to the test."""
    config = neat.load(CONFIGS / f"{name}.ini", overrides=[*extra, f"run.seed={seed}"])
    problem = neat.make_problem(config)
    began = time.process_time()
    *_, last = neat.evolve(config, problem)
    seconds = time.process_time() - began
    champion = last.champion
    exam = evaluate_champion(problem, champion.genome, seed=seed, preprocessing=champion.preprocessing)
    found = {
        "solved": last.solved,
        "generations": last.number,
        "evaluations": last.evaluations,
        "seconds": seconds,
        "validated": champion.validation.fitness if champion.validation else float("nan"),
        "fresh": exam.mean,
        "hidden": champion.genome.hidden,
    }
    print(
        f"  seed {seed}: {'solved' if last.solved else 'FAILED'} in {last.number:3} generations, "
        f"{last.evaluations:6} evaluations, {seconds:6.1f} s; validated {found['validated']:8.2f}, "
        f"fresh {exam.mean:8.2f} (sd {exam.sd:6.2f}, least {exam.minimum:8.2f}), {champion.genome.hidden} hidden",
        flush=True,
    )
    return found


def table(runs: list[dict[str, float]]) -> None:
    """Print the summary of a configuration's runs."""
    print(f"  {sum(int(found['solved']) for found in runs)} of {len(runs)} solved")
    for name in ("generations", "evaluations", "seconds", "validated", "fresh", "hidden"):
        values = [found[name] for found in runs]
        print(
            f"  {name:>12}: mean {statistics.fmean(values):9.2f}  median {statistics.median(values):9.2f}  "
            f"least {min(values):9.2f}  most {max(values):9.2f}"
        )


if __name__ == "__main__":
    main()
