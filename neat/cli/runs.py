"""`neat list` and `neat remove`: the runs on disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from neat.cli.tables import number, print_table, print_wrapped
from neat.cli.terminal import ask, say, say_json
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.store.folder import find_run
from neat.studies.listing import Listed, list_runs, listed


def print_runs(base: Path, as_json: bool) -> None:
    """Print a line for every run in a folder."""
    runs = list_runs(base)
    if as_json:
        say_json([{**asdict(run), "folder": str(run.folder)} for run in runs])
        return
    if not runs:
        say(f"there is no run under {base} yet (make one: neat run CONFIG)")
        return
    header = ["run", "status", "generations", "best fitness", "seed", "started"]
    print_table([header, *map(_cells, runs)], left=2)
    for run in runs:
        if run.error is not None and run.status != "solved":
            print_wrapped(f"{run.folder.name}: {run.error}", "  ")


def _cells(run: Listed) -> list[str]:
    status = run.status
    if run.runs is not None:
        status = f"{counted(run.runs, 'run')}, {run.solved} solved" + (", running" if status == "running" else "")
    return [
        run.folder.name,
        status,
        f"{run.generations:,}" if run.generations else "",
        number(run.best_fitness),
        "" if run.seed is None else str(run.seed),
        run.started.replace("T", " ")[:16],
    ]


def remove_after_asking(text: str, yes: bool) -> None:
    """Remove a run, after asking."""
    from neat.store.removal import planned_removal, remove_run

    folder = find_run(text, batches=True, unfinished=True)
    plan, run = planned_removal(folder), listed(folder)
    if not yes:
        what = run.status if run.runs is None else counted(run.runs, "run")
        size = f"{counted(len(plan.files), 'file')}, {plan.size / 1e6:.1f} MB"
        if not _confirmed(f"remove {folder} ({what}; {size}) for good? [y/N] "):
            say(f"{folder}: kept")
            return
    removed = remove_run(folder)
    say(f"{folder}: removed")
    if removed.others:
        say(f"files that do not belong to the run were kept: {', '.join(map(str, removed.others))}")


def _confirmed(question: str) -> bool:
    try:
        return ask(question).lower() in ("y", "yes")
    except EOFError:
        raise NeatError("cannot ask whether to remove the run, since stdin is closed (add --yes)") from None
