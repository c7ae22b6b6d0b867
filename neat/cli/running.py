"""`neat run`, `resume`, `verify`: an experiment from its configuration to its champion, and once more."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from neat.cli.endings import INTERRUPTED, apart
from neat.cli.interrupts import interruptible
from neat.cli.progress import Progress, counted, progress
from neat.config import Config
from neat.evolution.loop import evolve, initialize, seeded
from neat.evolution.state import Generation
from neat.genetics.warming import warm_up
from neat.ground.compiling import on_compiling, seconds_compiling, working_clock
from neat.runs.folder import CHAMPION, FAILED, claim_folder, new_folder
from neat.runs.origin import own_code
from neat.runs.recorder import Recorder
from neat.runs.run import Interrupted, Result, problem_of, record, result_of

_SECONDS_SHOWN = 0.05  # less would read 0.0


@dataclass
class Begun:
    """A run that may go on now: `heading` is told first; `result` is what a finished one came to."""

    heading: str
    seed: str
    doubts: Sequence[str] = ()
    result: Result | None = None
    recorder: Recorder | None = None
    generations: Iterator[Generation] | None = None
    problem: Any = None
    known: int = 0


class Experiment:
    """A run with what is shown of it; `begin` makes it, when signals are minded."""

    def __init__(self, begin: Callable[[], Begun], *, quiet: bool, as_json: bool) -> None:
        self.begin, self.quiet, self.as_json = begin, quiet, as_json
        self.stdout = sys.stdout
        self.shown: TextIO = sys.stderr if as_json else sys.stdout  # stdout is for the object alone
        self.made: Begun | None = None
        self.view = Progress(0)
        self.begun, self.compiled_before = working_clock(), seconds_compiling()

    def run(self) -> None:
        """Run, and tell what it came to; exit if it is interrupted."""
        with silent(self.quiet), apart(self.as_json), interruptible(self.interrupted) as interruption:

            def watch(generation: Generation) -> None:
                interruption.check()
                try:
                    self.view(generation)
                except BrokenPipeError:
                    raise KeyboardInterrupt from None  # nobody is there to see the end of it

            try:
                self.made = run = self.begin()
                for doubt in run.doubts:
                    print(f"warning: {doubt}", file=sys.stderr)
                if not self.quiet:
                    print(run.heading, file=self.shown, flush=True)
                if run.recorder is not None and run.generations is not None:
                    self.view = progress(run.recorder.config.run.generations, self.shown, quiet=self.quiet)
                    run.result = record(run.recorder, run.generations, run.problem, watch)
            except KeyboardInterrupt as interrupt:
                if not isinstance(interrupt, Interrupted):
                    self.saved()
                self.told()
                sys.exit(INTERRUPTED)
            finally:
                self.view.close()
        self.finished()

    def interrupted(self) -> None:
        """Save and tell what there is, from a thread of its own, where the main thread does not answer."""
        self.saved()
        self.told()

    def saved(self) -> None:
        """Save what there is."""
        if self.made is not None and self.made.recorder is not None:
            self.made.recorder.finish("interrupted")

    def told(self) -> None:
        """Tell what an interrupted run came to, and how to go on with it."""
        self.view.close()
        run = self.made
        recorder = None if run is None else run.recorder
        result = None if recorder is None else result_of(recorder)
        if result is not None:
            after = counted(result.generations, "generation")
            print(f"interrupted after {after}; champion so far: {champion_file(result)}", file=sys.stderr)
        elif run is not None and run.known:
            print("interrupted; the run is as it was", file=sys.stderr)
        else:
            print("interrupted before the first generation was finished", file=sys.stderr)
        if recorder is not None and recorder.folder is not None:
            trust = "" if own_code(recorder.config) is None else " --trust"
            folder = shlex.quote(str(recorder.folder))
            if recorder.config.problem is not None:
                print(f"go on with it: neat resume {folder}{trust}", file=sys.stderr)
        if result is not None and self.as_json:
            print(self.as_object(result, "interrupted"), file=self.stdout)
        for stream in (self.stdout, sys.stderr):
            stream.flush()

    def finished(self) -> None:
        """Tell what a finished run came to."""
        run = self.made
        assert run is not None and run.result is not None, "a run that was not interrupted has a result"
        result = run.result
        if self.as_json:
            print(self.as_object(result, "finished"))
            return
        how = "solved" if result.solved else "not solved"
        generations = counted(result.generations, "generation")
        evaluations = counted(result.evaluations, "evaluation")
        print(
            f"{how} after {generations}: best fitness {result.best_fitness:.6g}, "
            f"{evaluations} in {self.took()}, {run.seed}"
        )
        if result.failures:
            print(failures_in_words(result.failures, result.folder))
        print(f"champion: {result.champion!r}\n{champion_file(result)}")

    def took(self) -> str:
        """Return the seconds that the run took, apart from those of compiling kernels."""
        compiling = seconds_compiling() - self.compiled_before
        apart = f" (and {compiling:.1f} s of compiling kernels)" if compiling >= _SECONDS_SHOWN else ""
        return f"{working_clock() - self.begun:.1f} s{apart}"

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
    warm_up(config)
    seed = f"seed {{}}{' (drawn)' if config.run.seed is None else ''}"
    config = seeded(config)

    def begin() -> Begun:
        problem = problem_of(config)
        state = initialize(config, problem)
        folder = new_folder(name) if out is None else claim_folder(out)
        told = seed.format(config.run.seed)
        recorder = Recorder.begin(config, folder, state, problem)
        return Begun(
            f"{folder}: {told}", told, recorder=recorder, generations=evolve(config, problem, state), problem=problem
        )

    Experiment(begin, quiet=quiet, as_json=as_json).run()


def champion_file(result: Result) -> Path:
    """Return where the champion of a run with a folder is."""
    assert result.folder is not None, "the command line keeps every run"
    return result.folder / CHAMPION


def failures_in_words(failures: int, folder: Path | None) -> str:
    """Return what became of the evaluations that failed."""
    kept = "" if folder is None else f" (the first genomes of them, and why: {folder / FAILED})"
    return f"{counted(failures, 'evaluation')} failed and got the lowest fitness of the generation{kept}"


def silent(quiet: bool) -> AbstractContextManager[None]:
    """Announce no compilation in the body where `quiet`."""
    return on_compiling(lambda _: None) if quiet else nullcontext()
