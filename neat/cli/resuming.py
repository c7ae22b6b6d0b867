"""`neat resume` and `neat verify`: a run that is there already goes on, or is computed again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from neat.cli.endings import INTERRUPTED, apart
from neat.cli.progress import counted, progress
from neat.cli.running import Begun, Experiment, silent
from neat.runs.folder import find_run
from neat.runs.history import History
from neat.runs.resume import prepare
from neat.runs.verify import verify


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
    """Go on with a run and tell what it came to; exit with 130 if it is interrupted."""

    def begin() -> Begun:
        ready = prepare(find_run(text), generations=generations, start=start, out=out, threads=threads, trust=trust)
        seed = f"seed {ready.config.run.seed}"
        if ready.result is not None:
            why = " and ".join(ready.result.reasons)
            more = "; --generations N asks for more" if ready.result.reasons == ("generations",) else ""
            return Begun(f"{ready.folder}: is finished ({why}){more}", seed, result=ready.result)
        there = "begins again" if ready.known == 0 else f"goes on after generation {ready.known - 1}"
        return Begun(
            f"{ready.folder}: {seed}, {there}", seed, ready.doubts, None, ready.recorder,
            ready.generations, ready.problem, ready.known,
        )  # fmt: skip

    Experiment(begin, quiet=quiet, as_json=as_json).run()


def verify_experiment(text: str, threads: int | None, *, trust: bool, quiet: bool, as_json: bool) -> None:
    """Compute a run again, and tell whether it is the same; exit with 1 if it is not."""
    folder = find_run(text)
    with History(folder) as history:
        total = (history.last or 0) + 1
    view = progress(total, sys.stderr if as_json else sys.stdout, quiet=quiet)
    try:
        with silent(quiet), apart(as_json):
            found = verify(folder, threads=threads, trust=trust, watch=view)
    except KeyboardInterrupt:
        view.close()
        print("interrupted; the run is as it was", file=sys.stderr)
        sys.exit(INTERRUPTED)
    finally:
        view.close()
    for doubt in found.doubts:
        print(f"warning: {doubt}", file=sys.stderr)
    if as_json:
        print(json.dumps({"run": str(folder), "same": found.same, **asdict(found)}))
    elif found.same:
        print(f"{folder}: {counted(found.total, 'generation')} computed again, every one the same")
    else:
        print(
            f"{folder}: generation {found.differs} is the first that differs, of {found.total} "
            f"(in: {', '.join(found.tables)})"
        )
    sys.exit(0 if found.same else 1)
