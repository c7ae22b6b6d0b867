"""`neat resume` and `neat verify`: an existing run is continued, or computed again."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from neat.cli.exit import needing_output
from neat.cli.interrupts import INTERRUPTED
from neat.cli.progress import RunProgress, display_for
from neat.cli.run import Prepared, RunSession
from neat.cli.session import command_output
from neat.cli.terminal import say, say_json, warn
from neat.core.text import counted
from neat.runs.resume import prepare as prepare_run
from neat.runs.verify import verify
from neat.store.folder import find_run
from neat.store.history import History
from neat.store.story import how_measured_in


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

    def prepare() -> Prepared:
        folder = find_run(text, unfinished=True)
        run = prepare_run(folder, generations=generations, start=start, out=out, threads=threads, trust=trust)
        seed = f"seed {run.config.run.seed}"
        if run.result is not None:
            why = " and ".join(run.result.reasons)
            more = "; for more, add --generations N" if run.result.reasons == ("generations",) else ""
            with History(run.folder, checked=False) as history:
                measured = how_measured_in(history)
            return Prepared(f"{run.folder}: is finished ({why}){more}", seed, result=run.result, measured=measured)
        there = "starts over" if run.known == 0 else f"resumes after generation {run.known}"
        return Prepared(
            f"{run.folder}: {seed}, {there}",
            seed,
            run.doubts,
            recorder=run.recorder,
            generations=run.generations,
            problem=run.problem,
            known=run.known,
        )

    with command_output(quiet=quiet, as_json=as_json) as output:
        RunSession(prepare, output).run()


def verify_experiment(text: str, threads: int | None, *, trust: bool, quiet: bool, as_json: bool) -> None:
    """Compute a run again, and print whether it is the same; exit with 1 if it is not."""
    folder = find_run(text)
    with History(folder) as history:
        total = history.last or 0
    with command_output(quiet=quiet, as_json=as_json) as output:
        display = display_for(output.progress, quiet=quiet)
        try:
            with needing_output():
                found = verify(folder, threads=threads, trust=trust, watch=RunProgress(total, display))
        except KeyboardInterrupt:
            display.close()
            warn("interrupted; the run is unchanged")
            sys.exit(INTERRUPTED)
        finally:
            display.close()
    for doubt in found.doubts:
        warn(f"warning: {doubt}")
    if as_json:
        say_json({"run": str(folder), "same": found.same, **asdict(found)})
    elif found.same:
        say(f"{folder}: {counted(found.total, 'generation')} computed again, every one the same")
    else:
        tables = ", ".join(found.tables)
        say(f"{folder}: generation {found.differs} is the first that differs, of {found.total} (in: {tables})")
    sys.exit(0 if found.same else 1)
