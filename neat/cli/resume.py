"""`neat resume` and `neat verify`: an existing run is continued, or computed again."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neat.cli.exit import needing_output
from neat.cli.interrupts import INTERRUPTED
from neat.cli.progress import RunProgress, display_for
from neat.cli.run import RunSession
from neat.cli.session import command_output
from neat.cli.terminal import say, say_json, warn
from neat.core.text import counted
from neat.runs.resume import Resumption, execution_settings, prepare
from neat.runs.verify import verify
from neat.store.folder import find_run
from neat.store.history import History


def resume_experiment(
    text: str,
    generations: int | None,
    start: int | None,
    out: Path | None,
    execution: Mapping[str, Any],
    *,
    trust: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Continue a run and print its result; exit with 130 if it is interrupted."""

    def prepare_again() -> Resumption:
        folder = find_run(text, unfinished=True)
        settings = execution_settings(**execution)
        return prepare(folder, generations=generations, start=start, out=out, execution=settings, trust=trust)

    with command_output(quiet=quiet, as_json=as_json) as output:
        RunSession(prepare_again, _heading, output).run()


def _heading(run: Resumption) -> str:
    if run.result is not None:
        why = " and ".join(run.result.reasons)
        more = "; for more, add --generations N" if run.result.reasons == ("generations",) else ""
        return f"{run.folder}: is finished ({why}){more}"
    where = f"resumes after generation {run.known}" if run.known else "starts over"
    return f"{run.folder}: seed {run.config.run.seed}, {where}"


def verify_experiment(text: str, execution: Mapping[str, Any], *, trust: bool, quiet: bool, as_json: bool) -> None:
    """Compute a run again, and print whether it is the same; exit with 1 if it is not."""
    folder = find_run(text)
    with History(folder) as history:
        total = history.last or 0
    with command_output(quiet=quiet, as_json=as_json) as output:
        display = display_for(output.progress, quiet=quiet)
        try:
            with needing_output():
                found = verify(folder, **execution, trust=trust, watch=RunProgress(total, display))
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
