"""`neat evaluate`: a champion in episodes that its run never saw."""

from __future__ import annotations

import sys

from neat.cli.interrupts import INTERRUPTED
from neat.cli.terminal import reserved_stdout, say, say_json, warn
from neat.core.text import counted
from neat.runs.evaluate import examine_run
from neat.store.folder import find_run


def print_evaluation(text: str, episodes: int | None, seed: int | None, *, trust: bool, as_json: bool) -> None:
    """Print the fitness of a run's champion in episodes that the run never saw."""
    folder = find_run(text)
    try:
        with reserved_stdout(as_json):
            exam = examine_run(folder, episodes, seed, trust=trust)
    except KeyboardInterrupt as interrupt:
        warn(*interrupt.args, "interrupted")
        sys.exit(INTERRUPTED)
    if as_json:
        say_json({"run": str(folder), **exam.to_dict()})
        return
    if exam.same:
        say(f"{folder}: fitness {exam.mean:.6g} {exam.same}, the same as in its run")
    else:
        times = counted(len(exam.values), exam.what)
        say(f"{folder}: {times} that the run never saw (seed {exam.seed})")
        say(f"mean {exam.mean:.6g}, sd {exam.sd:.4g}, minimum {exam.minimum:.6g}")
    if exam.solved is None:
        say("the problem does not define when it is solved")
    else:
        level = "" if exam.threshold is None else f" (the threshold is {exam.threshold:g})"
        say(f"{'solved' if exam.solved else 'not solved'}{level}")
