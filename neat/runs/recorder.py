"""The record of a run: its folder tells the whole story, up to about a second ago while it lasts."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Literal

import numba
import numpy as np

from neat.config import Config
from neat.config.fields import keys_of
from neat.config.kinds import Either, FilePath
from neat.evolution.state import Champion, Generation
from neat.genetics.population import Population
from neat.ground.version import VERSION as NEAT
from neat.runs import folder as files

_SECONDS_BETWEEN = 1.0  # so that saving never slows a run
_COLUMNS = (
    "generation", "best", "mean", "species", "threshold", "evaluations",
    "champion_fitness", "champion_connections", "champion_hidden",
)  # fmt: skip

Status = Literal["running", "finished", "interrupted", "failed"]


class Recorder:
    """The record of one run with a seed; in `folder`, if there is one, it is kept on disk.

    Raises:
        NeatError: a file cannot be written.
    """

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        self.config = config
        self.folder = folder
        self.latest: Generation | None = None
        self._rows = [",".join(_COLUMNS) + "\n"]
        self._written: Champion | None = None
        self._begun = self._saved = monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        if folder is not None:
            head = f"# neat-engine {NEAT}: {_command()}\n\n"
            files.write_whole(folder / files.CONFIG, head + with_whole_paths(config).to_ini(full=True))
            self._save("running")

    @property
    def champion(self) -> Champion | None:
        """The champion so far."""
        return None if self.latest is None else self.latest.champion

    def record(self, generation: Generation) -> None:
        """Take note of a generation; about once a second, what is new is written down."""
        self.latest = generation
        if self.folder is None:
            return
        self._rows.append(_row(generation))
        if monotonic() - self._saved >= _SECONDS_BETWEEN:
            self._save("running")

    def finish(self, status: Status, error: str | None = None) -> None:
        """Write everything down, with how the run ended."""
        if self.folder is not None:
            self._save(status, error)

    def keep_failed(self, population: Population, key: int, generation: int) -> Path | None:
        """Save the genome with this key for inspection; return the file, or None where nothing is saved."""
        places = np.flatnonzero(population.key == key)
        if self.folder is None or not len(places):
            return None
        file = self.folder / files.FAILED / f"genome-{key}.json"
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise files.cannot_write(file, error) from None
        files.write_whole(file, population[int(places[0])].to_json(generation=generation))
        return file

    def _save(self, status: Status, error: str | None = None) -> None:
        assert self.folder is not None, "only a run with a folder is saved"
        rows, self._rows = self._rows, []
        try:
            with (self.folder / files.GENERATIONS).open("a", encoding="utf-8", newline="") as file:
                file.write("".join(rows))
        except OSError as fault:
            raise files.cannot_write(self.folder / files.GENERATIONS, fault) from None
        if self.champion is not None and self.champion is not self._written:
            files.write_whole(self.folder / files.CHAMPION, self.champion.to_json())
            self._written = self.champion
        files.write_whole(self.folder / files.STATUS, json.dumps(self._story(status, error), indent=1) + "\n")
        self._saved = monotonic()

    def _story(self, status: Status, error: str | None) -> dict[str, object]:
        latest = self.latest
        return {
            "format": files.FORMAT,
            "version": files.VERSION,
            "status": status,
            "reasons": [] if latest is None else latest.reasons,
            "error": error,
            "solved": latest is not None and latest.solved,
            "generations": 0 if latest is None else latest.number + 1,
            "evaluations": 0 if latest is None else latest.evaluations,
            "best_fitness": None if latest is None else latest.champion.fitness,
            "seed": self.config.run.seed,
            "started": self._started,
            "seconds": round(monotonic() - self._begun, 3),
            "command": _command(),
            "folder": str(self.config.folder),
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """Return the versions of what a run was made with."""
    return {
        "neat-engine": NEAT,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
    }


def with_whole_paths(config: Config) -> Config:
    """Return the configuration with every path in it absolute, so that it may be read from another folder."""
    changes: dict[str, dict[str, str]] = {}
    for name, section in config.sections.items():
        for key in keys_of(type(section)).values():
            value, kind = getattr(section, key.name), key.kind
            if isinstance(kind, Either) and value not in kind.words.values():
                kind = kind.other
            if isinstance(kind, FilePath):
                changes.setdefault(name, {})[key.name] = os.path.abspath(config.path(value))
    return config.replace(**changes)


def _row(generation: Generation) -> str:
    genome = generation.champion.genome
    cells = (
        generation.number, generation.best_fitness, generation.mean_fitness, len(generation.species),
        generation.state.threshold, generation.evaluations,
        generation.champion.fitness, len(genome.column("weight")), genome.hidden,
    )  # fmt: skip
    return ",".join(map(str, cells)) + "\n"


def _command() -> str:
    """Return the command line that this process was started with, in printable characters."""
    text = shlex.join([Path(sys.argv[0] or "python").name, *sys.argv[1:]])
    return re.sub(r"[^ -~]", lambda found: ascii(found[0])[1:-1], text)
