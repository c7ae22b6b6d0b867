"""`neat run`, and what `neat resume` shares with it: an experiment from its configuration to its champion."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neat.cli.endings import needing_output
from neat.cli.interrupts import INTERRUPTED, interruptible
from neat.cli.progress import Progress, counted, progress
from neat.cli.terminal import apart, command, say, say_json, say_now, stderr, stdout, warn
from neat.config import Config
from neat.core.compile_watch import on_compiling, watch, working_clock
from neat.evolution.loop import seeded
from neat.evolution.state import Generation
from neat.genetics.precompilation import warm_up
from neat.runs.experiment import ActiveRun
from neat.runs.experiment import Experiment as EngineExperiment
from neat.runs.result import Interrupted, Result
from neat.store.folder import CHAMPION, FAILED, RUNS, Place, claim_folder, new_folder
from neat.store.overview import how_measured
from neat.store.provenance import trust_option, with_absolute_paths
from neat.store.recorder import Recorder

_SECONDS_SHOWN = 0.05  # less would be shown as 0.0


@dataclass
class Begun:
    """A run that is ready to compute: `heading` is printed first; `result` is that of a finished run.

    `measured` says how the best fitness of a finished run was measured.
    """

    heading: str
    seed: str
    doubts: Sequence[str] = ()
    result: Result | None = None
    active: ActiveRun | None = None
    known: int = 0
    measured: str = ""

    @property
    def recorder(self) -> Recorder | None:
        """The record of the run, or None if it is finished."""
        return None if self.active is None else self.active.recorder


class Experiment:
    """A run and its output; `begin` makes the run once signals are handled."""

    def __init__(self, begin: Callable[[], Begun], *, quiet: bool, as_json: bool) -> None:
        self.begin, self.quiet, self.as_json = begin, quiet, as_json
        self.stdout = stdout()
        self.shown = stderr() if as_json else self.stdout  # stdout is reserved for the JSON object
        self.made: Begun | None = None
        self.view = Progress(0)
        self.begun, self.compiled_before = working_clock(), watch.seconds()

    def run(self) -> None:
        """Run, and print the result; exit if it is interrupted."""
        with silent(self.quiet), apart(self.as_json), interruptible(self.interrupted) as interruption:

            def show(generation: Generation) -> None:
                interruption.check()
                with needing_output():
                    self.view(generation)

            try:
                self.made = run = self.begin()
                for doubt in run.doubts:
                    warn(f"warning: {doubt}")
                if not self.quiet:
                    with needing_output():
                        say_now(run.heading, to=self.shown)
                if run.active is not None:
                    self.view = progress(run.active.recorder.config.run.generations, self.shown, quiet=self.quiet)
                    run.result = run.active.finish(show)
            except KeyboardInterrupt as interrupt:
                if not isinstance(interrupt, Interrupted):
                    self.saved()
                elif interrupt.why:
                    warn(interrupt.why)
                self.told()
                sys.exit(INTERRUPTED)
            finally:
                self.view.close()
        self.finished()

    def interrupted(self) -> None:
        """Save the run and print its result so far; called from another thread if the main thread does not respond."""
        self.saved()
        self.told()

    def saved(self) -> None:
        """Save what has been computed."""
        if self.made is not None and self.made.recorder is not None:
            self.made.recorder.finish("interrupted")

    def told(self) -> None:
        """Print the result of an interrupted run, and how to continue it."""
        self.view.close()
        run = self.made
        recorder = None if run is None else run.recorder
        result = None if recorder is None else Result.of(recorder)
        if result is not None:
            after = counted(result.generations, "generation")
            warn(f"interrupted after {after}; champion so far: {champion_file(result)}")
        elif run is not None and run.known:
            warn("interrupted; the run is unchanged")
        else:
            warn("interrupted before the first generation was finished")
        if recorder is not None and recorder.folder is not None:
            again = command(["neat", "resume", recorder.folder, *trust_option(recorder.config)])
            warn(f"continue it: {again}")
        shown = self.stdout.optional()  # failures are ignored: the run is saved, so exit as interrupted
        if result is not None and self.as_json:
            say_json(self.as_object(result, "interrupted"), to=shown)
        shown.flush()

    def finished(self) -> None:
        """Print the result of a finished run."""
        run = self.made
        assert run is not None and run.result is not None, "a run that was not interrupted has a result"
        result = run.result
        if self.as_json:
            say_json(self.as_object(result, "finished"))
            return
        how = "solved" if result.solved else "not solved" if self.has_goal() else "ended"
        generations = counted(result.generations, "generation")
        evaluations = counted(result.evaluations, "evaluation")
        say(
            f"{how} after {generations}: best fitness {result.best_fitness:.6g}{self.measured()}, "
            f"{evaluations} in {self.took()}, {run.seed}"
        )
        if result.failures:
            say(failures_in_words(result.failures, result.folder))
        say(f"champion: {result.champion!r}", champion_file(result))

    def has_goal(self) -> bool:
        """Return whether the problem or the configuration defines when the problem is solved."""
        recorder = None if self.made is None else self.made.recorder
        if recorder is None or recorder.latest is None:
            return True
        return recorder.latest.evaluation.solved is not None or isinstance(recorder.config.run.stop_fitness, float)

    def took(self) -> str:
        """Return the time that the run took, with the time for compiling kernels given separately."""
        compiling = watch.seconds() - self.compiled_before
        apart = f" (and {compiling:.1f} s of compiling kernels)" if compiling >= _SECONDS_SHOWN else ""
        return f"{working_clock() - self.begun:.1f} s{apart}"

    def measured(self) -> str:
        """Return how the best fitness was measured, if it depends on chance."""
        run = self.made
        assert run is not None, "a run that has a result was made"
        recorder = run.recorder
        if recorder is None or recorder.latest is None or recorder.folder is None:
            return run.measured
        latest = recorder.latest
        validated = latest.champion.validation is not None
        return how_measured(recorder.config, recorder.folder, noisy=latest.noisy, validated=validated)

    def as_object(self, result: Result, status: str) -> dict[str, Any]:
        """Return the result of a run as an object for JSON."""
        return {
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


def run_experiment(config: Config, name: str, out: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Run an experiment and print its result; exit with 130 if it is interrupted."""
    warm_up(config)
    seed = f"seed {{}}{' (drawn)' if config.run.seed is None else ''}"
    config = seeded(config)

    def begin() -> Begun:
        place = Place(RUNS if out is None else out)
        experiment = EngineExperiment(config)
        state = experiment.initialize()
        with_absolute_paths(config)  # rejects a path that no configuration can hold, before a folder is made
        folder = new_folder(name, place.path) if out is None else claim_folder(place.path)
        told = seed.format(config.run.seed)
        return Begun(f"{folder}: {told}", told, active=experiment.begin(state, folder))

    Experiment(begin, quiet=quiet, as_json=as_json).run()


def champion_file(result: Result) -> Path:
    """Return the path of the champion of a run with a folder."""
    assert result.folder is not None, "the command line keeps every run"
    return result.folder / CHAMPION


def failures_in_words(failures: int, folder: Path | None) -> str:
    """Return a sentence about the evaluations that failed."""
    kept = "" if folder is None else f" (the first of these genomes, with their errors: {folder / FAILED})"
    return f"{counted(failures, 'evaluation')} failed and got the lowest fitness of the generation{kept}"


def silent(quiet: bool) -> AbstractContextManager[None]:
    """Do not announce compilation in the body if `quiet`."""
    return on_compiling(lambda _: None) if quiet else nullcontext()
