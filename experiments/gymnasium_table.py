"""The table of Gymnasium: how often and how soon each configuration of `configs/` solves its environment.

Runs every configuration once per seed, and then lets its champion play 100 fresh episodes, which neither evolution nor
validation used. Prints a Markdown table: the threshold, how many runs solved it (a mean of 100 validation episodes
reached it) with a 95 % interval (Wilson), the medians of evaluations and of wall time, and the mean of the champions'
fresh episodes, with a 95 % interval over the seeds (Student).

Each run has a folder of its own. After Ctrl-C or a crash, the same command continues where it stopped.

    python experiments/gymnasium_table.py [NAME ...] [--seeds 0..9] [--out FOLDER] [--set section.key=value ...]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

import neat
from neat.studies.statistics import mean_interval, wilson_interval

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
NAMES = tuple(
    sorted(path.stem for path in CONFIGS.glob("*.ini") if "kind = gymnasium" in path.read_text(encoding="utf-8"))
)
EPISODES = 100


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", default="0..9", help="first..last")
    parser.add_argument("--out", type=Path, default=Path("runs/gymnasium"), help="the folder of the runs")
    parser.add_argument("--set", action="append", default=[], metavar="section.key=value")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"no configuration {unknown[0]!r} (one of {', '.join(NAMES)})")
    if options.set and options.out == Path("runs/gymnasium"):
        parser.error("--set needs an --out of its own, since other settings are other runs")
    first, last = (int(part) for part in options.seeds.split(".."))
    lines = []
    for name in options.names:
        runs = [run(name, seed, options.set, options.out / name) for seed in range(first, last + 1)]
        lines.append(line(name, runs))
    print("| environment | solved at | solved | evaluations | wall time | fresh episodes |")
    print("|---|---|---|---|---|---|")
    print("\n".join(lines))


def run(name: str, seed: int, settings: list[str], folder: Path) -> dict[str, Any]:
    """Return the result of one configuration and seed, from its file or from a run that is begun or continued."""
    done, place = folder / f"seed-{seed}.json", folder / f"seed-{seed}"
    if done.exists():
        found: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return found
    config = neat.load(CONFIGS / f"{name}.ini", overrides=[*settings, f"run.seed={seed}"])
    if (place / "run.sqlite").exists():
        with neat.History(place) as history:
            finished = history.about.status == "finished"
        if not finished:
            neat.resume(place)
    else:
        shutil.rmtree(place, ignore_errors=True)  # left by a crash before the first generation
        neat.run(config, out=place)
    with neat.History(place) as history:
        last, champion = history.about, history.champion()
        problem = neat.make_problem(history.config)
        generations = history.last
        assert generations is not None
        (row,) = history.generations(generations, generations)
        seconds = sum(session.seconds for session in history.sessions())
    fresh = neat.evaluate_champion(problem, champion.genome, EPISODES, seed, preprocessing=champion.preprocessing)
    found = {
        "environment": problem.spec.id,
        "threshold": problem.threshold,
        "solved": "solved" in last.reasons,
        "generations": generations,
        "evaluations": row.evaluations,
        "seconds": round(seconds, 1),
        "fitness": champion.fitness,
        "fresh": fresh.mean,
        "hidden": champion.genome.hidden,
    }
    done.write_text(json.dumps(found) + "\n", encoding="utf-8")
    print(f"{name}, seed {seed}: {found}", file=sys.stderr, flush=True)
    return found


def line(name: str, runs: list[dict[str, Any]]) -> str:
    """Return the row of the table for a configuration."""
    solved, count = sum(found["solved"] for found in runs), len(runs)
    share, fresh = wilson_interval(solved, count), [found["fresh"] for found in runs]
    spread = mean_interval(fresh) if count > 1 else None
    evaluations = statistics.median(found["evaluations"] for found in runs)
    seconds = statistics.median(found["seconds"] for found in runs)
    interval = "" if spread is None else f" ({spread.low:.4g} to {spread.high:.4g})"
    threshold = runs[0]["threshold"]
    return (
        f"| {runs[0]['environment']} (`{name}.ini`) | {'-' if threshold is None else f'{threshold:g}'} "
        f"| {solved} of {count} ({share.low:.0%} to {share.high:.0%}) | {evaluations:,.0f} | {wall(seconds)} "
        f"| {statistics.fmean(fresh):.4g}{interval} |"
    )


def wall(seconds: float) -> str:
    """Return a time in words."""
    return f"{seconds:.2g} s" if seconds < 100 else f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    main()
