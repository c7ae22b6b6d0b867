"""An experiment: the configuration, problem and executor of a run, resolved once, and the run that it starts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neat.config import Config
from neat.config.arguments import instance, switch
from neat.config.custom_functions import load_functions
from neat.core.errors import NeatError, ProblemError
from neat.evolution.loop import evolve, initialize, reproduce, seeded
from neat.evolution.state import Generation, State
from neat.execution.choice import AnyExecutor, checked_executor
from neat.genetics.operator_checks import operators_of
from neat.genetics.operator_keys import OperatorKeys
from neat.genetics.operators import Operators
from neat.learning.configured import problem_of
from neat.problems.protocol import Problem
from neat.runs.result import Interrupted, Result
from neat.store.history import History
from neat.store.lock import Lock
from neat.store.provenance import files_of, how_to_resume, user_code, versions
from neat.store.recorder import Recorder
from neat.store.records import Passed

_IN_PYTHON = (
    "neat.resume(folder, problem=p), neat.verify(folder, problem=p), neat.explain_run(history, number, problem=p), "
    "neat.evaluate_run(folder, problem=p)"
)


class Experiment:
    """What decides a run: a configuration with a seed, a problem, an executor and operators.

    Args:
        config: the configuration; without a seed, one is drawn.
        problem: the problem; by default, the one that the configuration names.
        executor: computes fitness; by default, as the configuration says. Results never depend on it.
        operators: the operators; by default, those that the configuration names, and the built-in ones.
        execution: settings of [run] that say where the run is computed (threads, executor, workers, timeout, address),
            instead of those in the configuration. Results never depend on them.

    Raises:
        NeatError: the problem cannot be made as the configuration says, or an operator is wrong.
        ProblemError: the user's own module or class raised an exception.
    """

    def __init__(
        self,
        config: Config,
        problem: Problem | None = None,
        executor: AnyExecutor | None = None,
        operators: Operators | None = None,
        *,
        execution: Mapping[str, Any] | None = None,
    ) -> None:
        self.config = seeded(config)
        if operators is not None:
            instance("operators", operators, Operators, "a neat.Operators")
        load_functions(self.config)
        self.problem = problem_of(self.config, problem)
        self.executor = checked_executor(executor)
        self.operators = operators_of(self.config) if operators is None else operators
        self._passed = Passed(
            problem=self.problem.qualified_name if self.config.problem is None else None,
            operators={} if operators is None else operators.replaced,
        )
        passed = {} if executor is None else {"executor": "auto", "timeout": None, "address": None}
        self._computed_with = self.config.replace(run={**(execution or {}), **passed})

    @classmethod
    def of_run(
        cls,
        history: History,
        problem: Problem | None = None,
        operators: Operators | None = None,
        *,
        config: Config | None = None,
        executor: AnyExecutor | None = None,
        execution: Mapping[str, Any] | None = None,
        trust: bool = False,
    ) -> Experiment:
        """Return the experiment of a saved run.

        Args:
            history: the run.
            problem: the problem, if the run was begun with one passed from Python.
            operators: the operators, if the run was begun with some passed from Python.
            config: the configuration, if its number of generations differs from the run's.
            executor, execution: as for `Experiment`.
            trust: whether modules that the run names may be imported.

        Raises:
            NeatError: the run's problem or operators are code that is not trusted, were passed from Python and are
                missing here, or can no longer be made.
            ProblemError: the user's own module or class raised an exception.
        """
        switch("trust", trust)
        config, passed = history.config if config is None else config, history.about.passed
        if operators is None and passed.operators:
            names = ", ".join(f"{name} = {function}" for name, function in passed.operators.items())
            raise NeatError(
                f"{history.folder}: its operators ({names}) were passed from Python and are not in the run's file; "
                "pass them again (neat.resume(folder, operators=neat.Operators(...)))"
            )
        if problem is None and config.problem is None:
            raise NeatError(
                f"{history.folder}: its problem, {passed.problem}, was passed from Python and is not in the "
                f"run's file; pass it again in Python ({_IN_PYTHON})"
            )
        check_trust(config, history.folder, trust, problem, operators)
        return cls(config, problem, executor, operators, execution=execution)

    def initialize(self) -> State:
        """Return the initial population, assigned to species but not yet evaluated."""
        return initialize(self.config, self.problem, operators=self.operators)

    def reproduce(self, generation: Generation) -> State:
        """Return the population after a generation, assigned to species but not yet evaluated."""
        return reproduce(generation, self.config, self.operators)

    def evolve(self, state: State | None = None) -> Iterator[Generation]:
        """Yield the generations from a state on, by default from the initial population, until one stops the run."""
        return evolve(self._computed_with, self.problem, state, executor=self.executor, operators=self.operators)

    def begin(self, state: State, folder: Path | None, lock: Lock | None = None) -> ActiveRun:
        """Return a new run that begins with `state`, recorded in a folder if one is given.

        The folder must be empty, unless the caller holds its `lock` and the configuration is already there.

        Raises:
            NeatError: a file cannot be written or read, or the folder is in use.
        """
        if folder is None:
            return ActiveRun(self, Recorder(self.config), state)
        read = files_of(self.config, self.problem)
        software = versions(self.problem)
        return ActiveRun(self, Recorder.begin(self.config, folder, state, self._passed, read, software, lock), state)


@dataclass(frozen=True)
class ActiveRun:
    """A run that is ready to compute its generations from `state` on."""

    experiment: Experiment
    recorder: Recorder
    state: State

    def finish(self, watch: Callable[[Generation], object] | None = None) -> Result:
        """Compute and record all generations, call `watch` with each, and return the result.

        Raises:
            ProblemError: the problem failed; everything up to then is saved, and the genome in the folder `failed`.
            Interrupted: by Ctrl-C, or by `sys.exit()` in the problem.
        """
        recorder = self.recorder
        try:
            for generation in self.experiment.evolve(self.state):
                recorder.record(generation)
                if watch is not None:
                    watch(generation)
            recorder.finish("finished")
        except (KeyboardInterrupt, SystemExit) as interruption:
            recorder.finish("interrupted")
            why = str(interruption) if isinstance(interruption, KeyboardInterrupt) else ""
            raise Interrupted(Result.of(recorder), recorder.folder, why) from None
        except BaseException as error:
            with contextlib.suppress(NeatError):  # the disk may be what failed: the first error is the one to report
                message = f"{type(error).__name__}: {error}"
                recorder.finish("failed", message.encode("utf-8", "backslashreplace").decode())
                if isinstance(error, ProblemError):
                    self._keep_failed_genome(error)
            raise
        result = Result.of(recorder)
        assert result is not None, "a run has at least one generation"
        return result

    def _keep_failed_genome(self, error: ProblemError) -> None:
        """Save the genome for which the problem failed, and add to the error what was saved where."""
        recorder = self.recorder
        if recorder.folder is None:
            return
        again = how_to_resume(recorder.config, recorder.folder)
        error.add_note(f"everything so far is saved in {recorder.folder} (once it is fixed: {again})")
        if error.genome_key is None:
            return
        # Both functions are pure, so they return the very population that the problem was evaluating.
        latest = recorder.latest
        state = self.experiment.initialize() if latest is None else self.experiment.reproduce(latest)
        file = recorder.keep_failed(state, error.genome_key, str(error))
        if file is not None:
            error.add_note(f"genome {error.genome_key} is in {file}")


def check_trust(
    config: Config, where: object, trust: bool, problem: Problem | None = None, operators: Operators | None = None
) -> None:
    """Check that the code that a configuration names may be imported; a problem or operators passed here replace it.

    Raises:
        NeatError: it names a user's own module, and `trust` is False; the message begins with `where`.
    """
    replaced = {} if problem is None else {"problem": None}
    replaced |= {} if operators is None else {OperatorKeys.section_name: None}
    names = user_code(config.replace(**replaced))
    if names and not trust:
        raise NeatError(
            f"{where}: it names code, {', '.join(names)} in {config.folder}, which is run only if you trust it (add "
            "--trust; in Python trust=True)"
        )
