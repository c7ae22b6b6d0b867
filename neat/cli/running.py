"""`neat run`: an experiment from its configuration to its champion."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import monotonic
from typing import TextIO

import numba

from neat.cli.endings import INTERRUPTED
from neat.cli.interrupts import interruptible
from neat.cli.progress import Progress, counted, progress
from neat.config import Config
from neat.evolution.loop import evolve, initialize, seeded
from neat.evolution.state import Generation
from neat.genetics.warming import warm_up
from neat.ground.compiled import cache_folder
from neat.runs.folder import CHAMPION, FAILED, claim_folder, new_folder
from neat.runs.recorder import Recorder
from neat.runs.run import Interrupted, Result, problem_of, record, result_of

_SECONDS_OF_COMPILING = 15  # about, on two cores


class _Experiment:
    """A run with what is shown of it: `name` is what its folder is called after, where `out` is not given."""

    def __init__(self, config: Config, name: str, out: Path | None, *, quiet: bool, as_json: bool) -> None:
        self.drawn = config.run.seed is None
        self.config = seeded(config)
        self.name, self.out, self.quiet, self.as_json = name, out, quiet, as_json
        self.shown: TextIO = sys.stderr if as_json else sys.stdout  # stdout is for the object alone
        self.recorder: Recorder | None = None
        self.view = Progress(0)
        self.begun = monotonic()

    @property
    def seed(self) -> str:
        """The seed in words."""
        return f"seed {self.config.run.seed}{' (drawn)' if self.drawn else ''}"

    def run(self) -> None:
        """Run, and tell what it came to; exit if it is interrupted."""
        with interruptible(self.interrupted) as interruption:

            def watch(generation: Generation) -> None:
                interruption.check()
                try:
                    self.view(generation)
                except BrokenPipeError:
                    raise KeyboardInterrupt from None  # nobody is there to see the end of it

            try:
                problem = problem_of(self.config)
                state = initialize(self.config, problem)
                folder = new_folder(self.name) if self.out is None else claim_folder(self.out)
                self.recorder = Recorder.begin(self.config, folder, state, problem)
                if not self.quiet:
                    print(f"{folder}: {self.seed}", file=self.shown, flush=True)
                self.view = progress(self.config.run.generations, self.shown, quiet=self.quiet)
                result = record(self.recorder, evolve(self.config, problem, state), problem, watch)
            except KeyboardInterrupt as interrupt:
                if not isinstance(interrupt, Interrupted) and self.recorder is not None:
                    self.recorder.finish("interrupted")
                self.told()
                sys.exit(INTERRUPTED)
            finally:
                self.view.close()
        self.finished(result)

    def interrupted(self) -> None:
        """Save and tell what there is, from a thread of its own, where the main thread does not answer."""
        if self.recorder is not None:
            self.recorder.finish("interrupted")
        self.told()

    def told(self) -> None:
        """Tell what an interrupted run came to."""
        self.view.close()
        result = None if self.recorder is None else result_of(self.recorder)
        if result is None:
            print("interrupted before the first generation was finished", file=sys.stderr)
        else:
            after = counted(result.generations, "generation")
            print(f"interrupted after {after}; champion so far: {champion_file(result)}", file=sys.stderr)
            if self.as_json:
                print(self.as_object(result, "interrupted"))
        for stream in (sys.stdout, sys.stderr):
            stream.flush()

    def finished(self, result: Result) -> None:
        """Tell what a finished run came to."""
        if self.as_json:
            print(self.as_object(result, "finished"))
            return
        how = "solved" if result.solved else "not solved"
        generations = counted(result.generations, "generation")
        evaluations = counted(result.evaluations, "evaluation")
        print(
            f"{how} after {generations}: best fitness {result.best_fitness:.6g}, "
            f"{evaluations} in {monotonic() - self.begun:.1f} s, {self.seed}"
        )
        if result.failures:
            print(failures_in_words(result.failures, result.folder))
        print(f"champion: {result.champion!r}\n{champion_file(result)}")

    def as_object(self, result: Result, status: str) -> str:
        """Return what a run came to as JSON."""
        return json.dumps(
            {
                "status": status,
                "solved": result.solved,
                "generations": result.generations,
                "evaluations": result.evaluations,
                "failures": result.failures,
                "best_fitness": result.best_fitness,
                "seed": result.seed,
                "reasons": result.reasons,
                "run": str(result.folder),
                "champion": str(champion_file(result)),
            }
        )


def run_experiment(config: Config, name: str, out: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Run an experiment and tell what it came to; exit with 130 if it is interrupted."""
    if announce_compiling(quiet=quiet):
        warm_up(config)
    _Experiment(config, name, out, quiet=quiet, as_json=as_json).run()


def champion_file(result: Result) -> Path:
    """Return where the champion of a run with a folder is."""
    assert result.folder is not None, "the command line keeps every run"
    return result.folder / CHAMPION


def failures_in_words(failures: int, folder: Path | None) -> str:
    """Return what became of the evaluations that failed."""
    kept = "" if folder is None else f" (the first genomes of them, and why: {folder / FAILED})"
    return f"{counted(failures, 'evaluation')} failed and got the lowest fitness of the generation{kept}"


def announce_compiling(*, quiet: bool) -> bool:
    """Say on stderr that kernels are going to be compiled, if they are; return whether they are then kept."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return False
    folder, cost, told = cache_folder(), f"about {_SECONDS_OF_COMPILING} s", ""
    if folder is None:
        told = (
            f"compiling kernels, {cost} at every start: no folder to keep them in can be written "
            "(set NUMBA_CACHE_DIR to one that can)"
        )
    elif next(folder.rglob("*.nbi"), None) is None:
        told = f"compiling kernels once, {cost} ..."
    if told and not quiet:
        print(told, file=sys.stderr, flush=True)
    return bool(told) and folder is not None
