"""The result of a run, and the exception that an interrupted run raises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neat.core.hooks import call_hook
from neat.genetics.genome import Genome
from neat.store.recorder import Recorder


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        champion: the best genome of the run.
        best_fitness: the fitness of the champion; the mean of its re-tests if it was re-tested.
        solved: whether the problem was solved.
        generations, evaluations: how many generations there were, and how many networks were evaluated.
        failures: the number of evaluations that failed and got the lowest fitness (`on_error = worst`).
        seed: the seed; with the same configuration it gives the same run.
        folder: the folder in which the run is saved, or None.
        reasons: why the run stopped, among `solved`, `stop_fitness`, `generations`; empty if it was interrupted.
        standard_error: that of `best_fitness`, if the champion was re-tested, otherwise None.
        retests: how many re-tests of the best genomes there were, in addition to the evaluations.
    """

    champion: Genome
    best_fitness: float
    solved: bool
    generations: int
    evaluations: int
    failures: int
    seed: int
    folder: Path | None
    reasons: tuple[str, ...]
    standard_error: float | None = None
    retests: int = 0

    def _repr_html_(self) -> str:
        """Return the result with a drawing of its champion, for a notebook."""
        return str(call_hook("draw_result", self))

    @classmethod
    def of(cls, recorder: Recorder) -> Result | None:
        """Return the result of a recorded run so far, or None before its first generation."""
        latest, seed = recorder.latest, recorder.config.run.seed
        assert seed is not None, "a recorded run has a seed"
        if latest is None:
            return None
        return cls(
            champion=latest.champion.genome,
            best_fitness=latest.champion.fitness,
            solved=latest.solved,
            generations=latest.number,
            evaluations=latest.evaluations,
            failures=latest.failures,
            seed=seed,
            folder=recorder.folder,
            reasons=latest.reasons,
            standard_error=latest.champion.standard_error,
            retests=latest.retests,
        )


class Interrupted(KeyboardInterrupt):
    """A run was interrupted by Ctrl-C, or by `sys.exit()` in its problem.

    Attributes:
        result: the result so far, or None if no generation was finished.
        folder: the folder in which the run is saved, or None.
        why: the reason if it was not Ctrl-C, else empty.
    """

    def __init__(self, result: Result | None, folder: Path | None, why: str = "") -> None:
        self.result = result
        self.folder = folder
        self.why = why
        because = f" ({why})" if why else ""
        where = "" if folder is None else f"; everything up to then is in {folder}"
        when = "before generation 1 was finished" if result is None else f"after generation {result.generations}"
        super().__init__(f"interrupted {when}{because}{where}")
