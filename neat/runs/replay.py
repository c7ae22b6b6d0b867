"""Computing generations of a saved run again, from a saved state on."""

from __future__ import annotations

from collections.abc import Iterator

from neat.core.errors import NeatError
from neat.evolution.loop import layout_of
from neat.evolution.state import Generation, State
from neat.runs.experiment import Experiment
from neat.store.history import History
from neat.store.provenance import how_to_resume
from neat.store.state_check import check_fit


def nearest_state(history: History, generation: int) -> State | None:
    """Return the saved state of a generation, or of the last one before it; None if there is none."""
    before = [number for number in history.states() if number <= generation]
    return history.state(before[-1]) if before else None


def state_before(history: History, experiment: Experiment, generation: int) -> State:
    """Return the state from which a generation can be computed again: a saved one, or the initial one.

    Raises:
        NeatError: the saved state is corrupt or does not fit the experiment; the message says how to continue from an
            earlier one, if there is one.
    """
    config, problem = experiment.config, experiment.problem
    try:
        state = nearest_state(history, generation)
    except NeatError as error:
        others = [number for number in history.states() if number < generation]
        again = how_to_resume(config, history.folder, others[-1]) if others else ""
        remedy = f" (to continue from an earlier one: {again})" if others else ""
        raise NeatError(f"{error}{remedy}") from None
    if state is None:
        return experiment.initialize()
    try:
        check_fit(state, config, layout_of(config, problem.inputs, problem.outputs))
    except NeatError as error:
        raise NeatError(f"{history.file}: {error}") from None
    return state


def replay(history: History, experiment: Experiment, first: int) -> Iterator[Generation]:
    """Yield the generations of a run from `first` on, computed again from the last state saved before it."""
    for generation in experiment.evolve(state_before(history, experiment, first)):
        if generation.number >= first:
            yield generation
