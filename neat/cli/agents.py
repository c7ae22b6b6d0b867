"""`neat evaluate` and `neat init`: a champion put to the test once more, and a configuration to begin with."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from neat.cli.interrupts import INTERRUPTED
from neat.cli.progress import counted
from neat.cli.terminal import apart, command, say, say_json, warn
from neat.core.errors import NeatError
from neat.problems.evaluation import TestResult
from neat.store.folder import find_run


def evaluate_run(text: str, episodes: int | None, seed: int | None, *, trust: bool, as_json: bool) -> None:
    """Print what the champion of a run gets in episodes that the run never saw."""
    from neat.runs.evaluate import evaluate_run as evaluate

    folder = find_run(text)
    try:
        with apart(as_json):
            exam = evaluate(folder, episodes, seed, trust=trust)
    except KeyboardInterrupt as interrupt:
        warn(*interrupt.args, "interrupted")
        sys.exit(INTERRUPTED)
    if as_json:
        say_json({"run": str(folder), **_as_object(exam, seed or 0)})
        return
    if exam.same:
        say(f"{folder}: fitness {exam.mean:.6g} {exam.same}, the same as in its run")
    else:
        times = counted(len(exam.values), exam.unit)
        say(f"{folder}: {times} that the run never saw (seed {seed or 0})")
        say(f"mean {exam.mean:.6g}, sd {exam.sd:.4g}, minimum {exam.minimum:.6g}")
    if exam.solved is None:
        say("the problem does not define when it is solved")
    else:
        level = "" if exam.threshold is None else f" (it takes {exam.threshold:g})"
        say(f"{'solved' if exam.solved else 'not solved'}{level}")


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


def write_config(environment: str, out: Path | None) -> None:
    """Write a configuration for an environment, where there is no file yet."""
    from neat.problems.gymnasium.template import environment_config

    name = re.sub(r"-v\d+$", "", environment.rpartition(":")[2].rpartition("/")[2])
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    file = Path(f"{stem}.ini") if out is None else out
    text = environment_config(environment, file.parent)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise NeatError(f"{file}: already exists and is not overwritten (choose another name with --out)") from None
    except OSError as error:
        raise NeatError(f"{file}: cannot be written ({error.strerror})") from None
    say(file, f"run it: {command(['neat', 'run', file])}")
