"""The runs and batches in a folder, and the status of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from neat.config import Config
from neat.config.arguments import path
from neat.core.errors import NeatError
from neat.store.folder import BATCH, CONFIG, RUNS, TABLE, is_batch, is_run, run_folders
from neat.store.history import History
from neat.store.lock import is_locked
from neat.studies.table_rows import read_rows


@dataclass(frozen=True)
class Listed:
    """The status of a run, or of a batch of runs.

    Attributes:
        folder: where it is saved.
        status: `running`, `solved`, `stopped` (finished without being solved), `interrupted` (a killed run counts as
            interrupted), `failed`, or `corrupt` if it cannot be read.
        generations: the number of finished generations; for a batch, of all its runs.
        best_fitness: of the champion, or the best champion of a batch; None if there is none yet.
        seed: of a run; None for a batch.
        started: when it began, UTC.
        runs, solved: for a batch, the numbers of finished and of solved runs; None for a single run.
        error: why it failed or cannot be read.
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
    """Return the runs in a folder, the oldest first, including corrupt ones. A missing folder holds no runs.

    Raises:
        NeatError: `base` is not a folder, or cannot be read.
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
    """Return the status of the run or batch in a folder."""
    try:
        if is_run(folder):
            return _run(folder)
        return _batch(folder) if is_batch(folder) else _unfinished(folder)
    except NeatError as error:
        return Listed(folder, "corrupt", error=str(error))


def _run(folder: Path) -> Listed:
    with History(folder, checked=False) as history:
        about, status = history.about, history.status
        if status == "finished":
            status = "solved" if history.solved else "stopped"
        return Listed(
            folder,
            status,
            generations=history.last or 0,
            best_fitness=history.best_fitness,
            seed=about.seed,
            started=history.started,
            error=about.error,
        )


def _unfinished(folder: Path) -> Listed:
    """Return the status of a run whose file is incomplete: it is just starting, or was killed at that moment."""
    status = "running" if is_locked(folder) else "interrupted"
    return Listed(folder, status, seed=Config.read(folder / CONFIG).run.seed, started=_written(folder / CONFIG))


def _batch(folder: Path) -> Listed:
    rows = read_rows(folder / TABLE) if (folder / TABLE).is_file() else []
    return Listed(
        folder,
        "running" if is_locked(folder) else "stopped",
        generations=sum(row.generations for row in rows),
        best_fitness=max((row.best_fitness for row in rows if row.best_fitness is not None), default=None),
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
