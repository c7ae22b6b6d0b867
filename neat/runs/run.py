"""`neat.run`: an experiment from its configuration to its result."""

from __future__ import annotations

import os
from collections.abc import Callable

from neat.config import Config
from neat.config.arguments import folder, function
from neat.evolution.state import Generation
from neat.execution.choice import AnyExecutor
from neat.genetics.operators import Operators
from neat.problems.protocol import Problem
from neat.runs.experiment import Experiment
from neat.runs.result import Result
from neat.store.folder import Place, claim_folder


def run(
    config: Config,
    problem: Problem | None = None,
    out: str | os.PathLike[str] | None = None,
    watch: Callable[[Generation], object] | None = None,
    *,
    executor: AnyExecutor | None = None,
    operators: Operators | None = None,
) -> Result:
    """Run an experiment and return its result.

    Args:
        config: the configuration; without a seed, one is drawn.
        problem: the problem; by default, the one that the configuration names.
        out: the folder in which the run is saved, new or empty; by default, it is not saved.
        watch: called with every generation.
        executor: computes fitness: a `neat.Executor` or a `concurrent.futures.Executor`, which is not closed; by
            default, as the configuration says. Results never depend on it.
        operators: the operators; by default, those that the configuration names, and the built-in ones.

    Raises:
        NeatError: the problem cannot be made as the configuration says, or the folder cannot be used.
        ProblemError: the problem failed; everything up to then is saved, and the genome in the folder `failed`.
        Interrupted: by Ctrl-C, or by `sys.exit()` in the problem, as in a game whose window is closed; a
            KeyboardInterrupt that holds the result so far.
    """
    place = None if out is None else Place(folder("out", out))  # the problem may change the current folder
    function("watch", watch, "every generation")
    experiment = Experiment(config, problem, executor, operators)
    state = experiment.initialize()  # reports settings that do not fit the problem before a folder is made
    return experiment.begin(state, None if place is None else claim_folder(place.path)).finish(watch)
