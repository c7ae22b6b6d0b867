"""What runs there are in a folder, and how each of them is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import neat.problems.registry  # noqa: F401  (declares the kinds that a configuration may name)
from neat.config import Config
from neat.config.arguments import path
from neat.core.errors import NeatError
from neat.store.folder import BATCH, CONFIG, RUNS, TABLE, is_batch, is_run, run_folders
from neat.store.history import History
from neat.store.lock import is_locked
from neat.studies.table_rows import read_rows


@dataclass(frozen=True)
class Listed:
    """A run, or a batch of many, in a line.

    Attributes:
        folder: where it is.
        status: `running`; how it ended, `solved`, `stopped` (to its end, without being solved), `interrupted` (killed,
            too) or `failed`; `corrupt` if it cannot be read.
        generations: how many were finished; of a batch all together.
        best_fitness: of the champion, the best one of a batch; None before there is one.
        seed: of a run; None of a batch.
        started: when it began, UTC.
        runs, solved: of a batch how many are finished, and solved; None of a single run.
        error: why it failed, or cannot be read.
    """

    folder: Path
    status: str
    generations: int = 0
    best_fitness: float | None = None
    seed: int | None = None
    started: str = ""
    runs: int | None = None
    solved: int | None = None
    error: str | None = None


def list_runs(base: str | Path = RUNS) -> list[Listed]:
    """Return the runs in a folder, the oldest first; one that is corrupt hides no other.

    Raises:
        NeatError: it is not a folder, or cannot be read. A folder that does not exist simply holds no runs.
    """
    base = path("base", base)
    try:
        next(base.iterdir(), None)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise NeatError(f"{base}: cannot be read as a folder ({getattr(error, 'strerror', error)})") from None
    return [listed(folder) for folder in run_folders(base)]


def listed(folder: Path) -> Listed:
    """Return how the run or the batch in a folder is doing."""
    try:
        if is_run(folder):
            return _run(folder)
        return _batch(folder) if is_batch(folder) else _unfinished(folder)
    except NeatError as error:
        return Listed(folder, "corrupt", error=str(error))


def _run(folder: Path) -> Listed:
    with History(folder, checked=False) as history:
        about, status, last, solved = history.about, history.status, history.last, history.solved
        fitness, started = history.best_fitness, history.started
    if status == "finished":
        status = "solved" if solved else "stopped"
    return Listed(
        folder, status, generations=last or 0, best_fitness=fitness, seed=about.seed,
        started=started, error=about.error,
    )  # fmt: skip


def _unfinished(folder: Path) -> Listed:
    """Return the status of a run whose file is not complete: it is just starting, or was killed at that moment."""
    status = "running" if is_locked(folder) else "interrupted"
    return Listed(folder, status, seed=Config.read(folder / CONFIG).run.seed, started=_written(folder / CONFIG))


def _batch(folder: Path) -> Listed:
    rows = read_rows(folder / TABLE) if (folder / TABLE).is_file() else []
    fitness = [row.best_fitness for row in rows if row.best_fitness is not None]
    return Listed(
        folder,
        "running" if is_locked(folder) else "stopped",
        generations=sum(row.generations for row in rows),
        best_fitness=max(fitness, default=None),
        started=_written(folder / BATCH),
        runs=len(rows),
        solved=sum(row.solved for row in rows),
    )


def _written(file: Path) -> str:
    """Return when a file was written, UTC."""
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError as error:
        raise NeatError(f"{file}: cannot be read ({error.strerror})") from None
