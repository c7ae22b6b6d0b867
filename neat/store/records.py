"""What a run's file says about a run: its description, and rows of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from neat.genetics.population import Layout

Status = Literal["running", "finished", "interrupted", "failed"]


@dataclass(frozen=True)
class Passed:
    """What was passed to a run from Python, so that its file holds only the name.

    Attributes:
        problem: the `module:Name` of the problem, or None if the configuration names it.
        operators: the `module:name` of each replaced operator that the configuration does not name.
    """

    problem: str | None = None
    operators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """The description of a run.

    Attributes:
        config: its configuration as INI text, with the seed.
        folder: the folder from which the user's own modules are imported.
        seed: its seed.
        passed: what was passed from Python.
        layout: the inputs and outputs of its genomes.
        first_node: the first id for hidden nodes.
        status: `running`, `finished`, `interrupted` or `failed`, as last saved; see `History.status`.
        reasons: why it finished.
        error: why it failed, or None.
    """

    config: str
    folder: str
    seed: int
    passed: Passed
    layout: Layout
    first_node: int
    status: str
    reasons: tuple[str, ...]
    error: str | None


@dataclass(frozen=True)
class Session:
    """A process that computed a run, or a part of it, beginning with generation `first`."""

    id: int
    started: str
    seconds: float
    first: int
    command: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class FileRow:
    """A file that a run read when it started; its `role` is `data` or `code`."""

    path: str
    role: str
    sha256: str


@dataclass(frozen=True)
class GenerationRow:
    """A generation; `docs/run-file.md` describes its columns."""

    generation: int
    digest: int
    best: float
    best_key: int
    mean: float
    species: int
    threshold: float
    connections: float
    hidden: float
    evaluations: int
    failed: int
    record: float
    progress: int
    solved: bool
    next_key: int
    next_species: int
    seconds: float
    retests: int


@dataclass(frozen=True)
class SpeciesRow:
    """A species in one generation; `docs/run-file.md` describes its columns."""

    generation: int
    id: int
    size: int
    best: float
    mean: float
    age: int
    record: float
    progress: int
    representative: int


@dataclass(frozen=True)
class ChampionRow:
    """A champion, with the generation in which it became the champion; `genome` is its JSON text.

    If it was re-tested, its fitness is the mean of `retests` re-tests, with the sample standard deviation `deviation`.
    """

    generation: int
    key: int
    fitness: float
    solved: bool
    genome: str
    retests: int
    deviation: float


#: The columns of `run` that change only if a user asks for more generations; `sha256` is their checksum.
BEGINNING = "config, folder, seed, problem, layout, first_node"
