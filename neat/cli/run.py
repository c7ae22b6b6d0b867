"""`neat run`, and what `neat resume` shares with it: a run from its configuration to its champion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neat.cli.exit import needing_output
from neat.cli.progress import RunProgress, display_for
from neat.cli.session import Output, Session, command_output
from neat.cli.terminal import Stream, say, say_json, shell_command, warn
from neat.config import Config
from neat.core.compile_watch import watch, working_clock
from neat.core.text import counted
from neat.evolution.loop import seeded
from neat.evolution.state import Generation
from neat.execution.precompilation import compile_evaluation, start_compiling
from neat.runs.experiment import Experiment
from neat.runs.result import Interrupted, Result
from neat.runs.resume import Resumption
from neat.store.folder import CHAMPION, FAILED, RUNS, Place, claim_folder, new_folder
from neat.store.history import History
from neat.store.overview import how_measured, how_measured_in
from neat.store.provenance import trust_option, with_absolute_paths

_SHORTEST = 0.05  # seconds; less would be printed as 0.0


class RunSession(Session):
    """One run; `prepare` makes it as soon as signals are handled, and `heading` says what will be computed.

    `compiling` says that a second process compiles kernels for this run.
    """

    def __init__(
        self,
        prepare: Callable[[], Resumption],
        heading: Callable[[Resumption], str],
        output: Output,
        *,
        drawn: bool = False,
        compiling: bool = False,
    ) -> None:
        super().__init__(output)
        self._prepare, self._heading, self._drawn, self._compiling = prepare, heading, drawn, compiling
        self._run: Resumption | None = None
        self._result: Result | None = None
        self._started, self._compiled_before = working_clock(), watch.seconds()

    def compute(self, check: Callable[[], None]) -> None:
        self._run = run = self._prepare()
        for doubt in run.doubts:
            warn(f"warning: {doubt}")
        if not self.output.quiet:
            with needing_output():
                say(self._heading(run), to=self.output.progress)
        if run.active is None:
            self._result = run.result
            return
        if self._compiling:
            compile_evaluation(run.active.experiment.problem, run.active.state.population)
        self.display = display_for(self.output.progress, quiet=self.output.quiet)
        progress = RunProgress(run.config.run.generations, self.display)

        def show(generation: Generation) -> None:
            check()
            with needing_output():
                progress(generation)

        self._result = run.active.finish(show)

    def save(self, interrupt: KeyboardInterrupt | None) -> None:
        if isinstance(interrupt, Interrupted):  # the run has been saved
            if interrupt.why:
                warn(interrupt.why)
        elif self._run is not None and self._run.active is not None:
            self._run.active.recorder.finish("interrupted")

    def report_interruption(self, stdout: Stream) -> None:
        run = self._run
        recorder = None if run is None or run.active is None else run.active.recorder
        result = None if recorder is None else Result.of(recorder)
        if result is not None:
            after = counted(result.generations, "generation")
            warn(f"interrupted after {after}; champion so far: {_folder(result) / CHAMPION}")
        elif run is not None and run.known:
            warn("interrupted; the run is unchanged")
        else:
            warn("interrupted before the first generation was finished")
        if recorder is not None and recorder.folder is not None:
            again = shell_command(["neat", "resume", recorder.folder, *trust_option(recorder.config)])
            warn(f"continue it: {again}")
        if result is not None and self.output.as_json:
            say_json(_as_object(result, "interrupted"), to=stdout)

    def report(self) -> None:
        run, result, stdout = self._run, self._result, self.output.stdout
        assert run is not None and result is not None, "a run that was not interrupted has a result"
        if self.output.as_json:
            say_json(_as_object(result, "finished"), to=stdout)
            return
        how = "solved" if result.solved else "not solved" if _has_goal(run) else "ended"
        generations = counted(result.generations, "generation")
        evaluations = counted(result.evaluations, "evaluation")
        if result.retests:
            evaluations += f" and {counted(result.retests, 're-test')}"
        measured = _measured(run, _folder(result))
        seed = f"seed {result.seed}{' (drawn)' if self._drawn else ''}"
        say(
            f"{how} after {generations}: {_fitness(result)}{measured}, {evaluations} in {self._time()}, {seed}",
            to=stdout,
        )
        if result.failures:
            failed, kept = counted(result.failures, "evaluation"), _folder(result) / FAILED
            say(
                f"{failed} failed and got the lowest fitness of the generation "
                f"(the first of these genomes, with their errors: {kept})",
                to=stdout,
            )
        say(f"champion: {result.champion!r}", _folder(result) / CHAMPION, to=stdout)

    def _time(self) -> str:
        """Return the time that the run took, with the time for compiling kernels given separately."""
        compiling = watch.seconds() - self._compiled_before
        extra = f" (and {compiling:.1f} s of compiling kernels)" if compiling >= _SHORTEST else ""
        return f"{working_clock() - self._started:.1f} s{extra}"


def run_experiment(config: Config, name: str, out: Path | None, *, quiet: bool, as_json: bool) -> None:
    """Run an experiment and print its result; exit with 130 if it is interrupted."""
    compiling = start_compiling(config)
    drawn = config.run.seed is None
    config = seeded(config)

    def prepare() -> Resumption:
        place = Place(RUNS if out is None else out)
        experiment = Experiment(config)
        state = experiment.initialize()
        with_absolute_paths(config)  # rejects a path that no configuration can hold, before a folder is made
        folder = new_folder(name, place.path) if out is None else claim_folder(place.path)
        return Resumption(folder, config, known=0, active=experiment.begin(state, folder))

    def heading(run: Resumption) -> str:
        return f"{run.folder}: seed {config.run.seed}{' (drawn)' if drawn else ''}"

    with command_output(quiet=quiet, as_json=as_json) as output:
        RunSession(prepare, heading, output, drawn=drawn, compiling=compiling).run()


def _has_goal(run: Resumption) -> bool:
    """Return whether the problem or the configuration defines when the problem is solved."""
    latest = None if run.active is None else run.active.recorder.latest
    if latest is None:
        return True
    return latest.evaluation.solved is not None or isinstance(run.config.run.stop_fitness, float)


def _fitness(result: Result) -> str:
    name = "best fitness" if result.standard_error is None else "champion's fitness"
    return f"{name} {result.best_fitness:.6g}"


def _measured(run: Resumption, folder: Path) -> str:
    """Return how the best fitness was measured, if it depends on chance."""
    latest = None if run.active is None else run.active.recorder.latest
    if latest is None or latest.champion.retests:  # the run was finished already, or its file knows more
        with History(folder, checked=False) as history:
            return how_measured_in(history)
    validated = latest.champion.validation is not None
    return how_measured(run.config, folder, noisy=latest.noisy, validated=validated)


def _folder(result: Result) -> Path:
    assert result.folder is not None, "the command line saves every run"
    return result.folder


def _as_object(result: Result, status: str) -> dict[str, Any]:
    """Return the result of a run as an object for JSON."""
    return {
        "status": status,
        "solved": result.solved,
        "generations": result.generations,
        "evaluations": result.evaluations,
        "retests": result.retests,
        "failures": result.failures,
        "best_fitness": result.best_fitness,
        "standard_error": result.standard_error,
        "seed": result.seed,
        "reasons": result.reasons,
        "run": str(result.folder),
        "champion": str(_folder(result) / CHAMPION),
    }
