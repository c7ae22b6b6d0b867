"""`neat evaluate`: a champion in episodes that its run never saw."""

from __future__ import annotations

import sys

from neat.cli.interrupts import INTERRUPTED
from neat.cli.terminal import reserved_stdout, say, say_json, warn
from neat.core.text import counted
from neat.problems.evaluation import TestResult
from neat.runs.evaluate import evaluate_run
from neat.store.folder import find_run


def print_evaluation(text: str, episodes: int | None, seed: int | None, *, trust: bool, as_json: bool) -> None:
    """Print the fitness of a run's champion in episodes that the run never saw."""
    folder = find_run(text)
    try:
        with reserved_stdout(as_json):
            result = evaluate_run(folder, episodes, seed, trust=trust)
    except KeyboardInterrupt as interrupt:
        warn(*interrupt.args, "interrupted")
        sys.exit(INTERRUPTED)
    if as_json:
        say_json({"run": str(folder), **_as_object(result, seed or 0)})
        return
    if result.same:
        say(f"{folder}: fitness {result.mean:.6g} {result.same}, the same as in its run")
    else:
        times = counted(len(result.values), result.unit)
        say(f"{folder}: {times} that the run never saw (seed {seed or 0})")
        say(f"mean {result.mean:.6g}, sd {result.sd:.4g}, minimum {result.minimum:.6g}")
    if result.solved is None:
        say("the problem does not define when it is solved")
    else:
        level = "" if result.threshold is None else f" (the threshold is {result.threshold:g})"
        say(f"{'solved' if result.solved else 'not solved'}{level}")


def _as_object(result: TestResult, seed: int) -> dict[str, object]:
    """Return the result of a test as an object for JSON."""
    return {
        "episodes": len(result.values),
        "mean": result.mean,
        "sd": result.sd,
        "minimum": result.minimum,
        "threshold": result.threshold,
        "solved": result.solved,
        "seed": seed,
    }
