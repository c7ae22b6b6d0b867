"""`neat resume` and `neat verify`: an existing run is continued, or computed again."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from neat.cli.endings import needing_output
from neat.cli.interrupts import INTERRUPTED
from neat.cli.progress import counted, progress
from neat.cli.running import Begun, Experiment, silent
from neat.cli.terminal import apart, say, say_json, stderr, stdout, warn
from neat.runs.resume import prepare
from neat.runs.verify import verify
from neat.store.folder import find_run
from neat.store.history import History
from neat.store.overview import how_measured_in


def resume_experiment(
    text: str,
    generations: int | None,
    start: int | None,
    out: Path | None,
    threads: int | None,
    *,
    trust: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Continue a run and print its result; exit with 130 if it is interrupted."""

    def begin() -> Begun:
        ready = prepare(
            find_run(text, unfinished=True), generations=generations, start=start, out=out, threads=threads,
            trust=trust,
        )  # fmt: skip
        seed = f"seed {ready.config.run.seed}"
        if ready.result is not None:
            why = " and ".join(ready.result.reasons)
            more = "; for more, add --generations N" if ready.result.reasons == ("generations",) else ""
            with History(ready.folder, checked=False) as history:
                measured = how_measured_in(history)
            return Begun(f"{ready.folder}: is finished ({why}){more}", seed, result=ready.result, measured=measured)
        there = "starts over" if ready.known == 0 else f"resumes after generation {ready.known}"
        return Begun(
            f"{ready.folder}: {seed}, {there}", seed, ready.doubts, None, ready.active, ready.known,
        )  # fmt: skip

    Experiment(begin, quiet=quiet, as_json=as_json).run()


def verify_experiment(text: str, threads: int | None, *, trust: bool, quiet: bool, as_json: bool) -> None:
    """Compute a run again, and print whether it is the same; exit with 1 if it is not."""
    folder = find_run(text)
    with History(folder) as history:
        total = history.last or 0
    view = progress(total, stderr() if as_json else stdout(), quiet=quiet)
    try:
        with silent(quiet), needing_output(), apart(as_json):
            found = verify(folder, threads=threads, trust=trust, watch=view)
    except KeyboardInterrupt:
        view.close()
        warn("interrupted; the run is unchanged")
        sys.exit(INTERRUPTED)
    finally:
        view.close()
    for doubt in found.doubts:
        warn(f"warning: {doubt}")
    if as_json:
        say_json({"run": str(folder), "same": found.same, **asdict(found)})
    elif found.same:
        say(f"{folder}: {counted(found.total, 'generation')} computed again, every one the same")
    else:
        say(
            f"{folder}: generation {found.differs} is the first that differs, of {found.total} "
            f"(in: {', '.join(found.tables)})"
        )
    sys.exit(0 if found.same else 1)
