"""A check of a user's problem: it reports everything that is wrong before a run does."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from neat.config import Config
from neat.config.arguments import switch
from neat.core.errors import NeatError, ProblemError, message_of
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.genetics.genome import names
from neat.genetics.initialization import initialize
from neat.genetics.mutation import mutate
from neat.genetics.population import Layout
from neat.network import Networks, compile_networks
from neat.problems.evaluation import Arrays, Evaluation, Validation
from neat.problems.gymnasium.environment_check import check_environment
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Context, Problem, checked_problem, join, name_of, supports_validation

_GENOMES = 9
_SEED = 1
_FAST_GROWTH = {"add_node": 0.5, "add_connection": 0.5}


def check_problem(problem: object, *, memory: bool = False) -> None:
    """Evaluate a few networks, and raise an error that lists everything that is wrong with a problem.

    The check covers the problem's attributes; what `evaluate` returns (shapes, types, finite numbers); that the same
    networks and random numbers give the same evaluation; that it does not depend on how a population is split; and
    `validate`, if the problem has one. For a `neat.Gymnasium`, its environment is checked first.

    Args:
        problem: the problem.
        memory: whether networks keep their values between inputs.

    Raises:
        ProblemError: with one line for each fault.
    """
    memory = switch("memory", memory)
    try:
        checked = checked_problem(problem, "\0")
    except NeatError as error:
        faults = [fault.removeprefix("\0: ") for fault in error.faults]
    else:
        faults = list(_attributes(checked))
        if not faults and isinstance(checked, Gymnasium):
            faults = list(check_environment(checked).faults)
        if not faults:
            networks = _networks(checked, memory)
            faults = [*_evaluations(checked, networks), *_validation(checked, networks)]
    if faults:
        what = name_of(problem)
        raise ProblemError("\n".join(f"{what}: {fault}" for fault in dict.fromkeys(faults)))


def _attributes(problem: Problem) -> Iterator[str]:
    """Yield what is wrong before anything is called."""
    for name, given in (("inputs", problem.inputs), ("outputs", problem.outputs)):
        if isinstance(given, int):
            some = [f"x{number + 1}" for number in range(min(given, 3))]
            yield f"{name} = {given}: names are needed, such as {some!r}"
            continue
        try:
            names(given, name[0])
        except NeatError as error:
            yield f"{name}: {error}"
    yield from _signature("evaluate", problem.evaluate, "(networks, context)")
    if supports_validation(problem):
        yield from _signature("validate", problem.validate, "(network, context)")


def _signature(name: str, method: Any, expected: str) -> Iterator[str]:
    if not callable(method):
        yield f"has no method {name}{expected}"
        return
    try:
        signature = inspect.signature(method)
    except ValueError:  # not written in Python
        return
    try:
        signature.bind(None, None)
    except TypeError:
        yield f"{name}{signature}: is called as {name}{expected}"


def _evaluations(problem: Problem, networks: Networks) -> Iterator[str]:
    """Yield what is wrong with the evaluations of networks."""
    before = _global_random_state()
    first, fault = _evaluate(problem, networks, 1)
    if first is None:
        yield fault
        return
    yield from _shapes(first, networks)
    if _global_random_state() != before:
        yield "evaluate draws from a global random generator; use context.rng.generator() or .uniform(key, index)"
    again, fault = _evaluate(problem, networks, 1)
    if again is None:
        yield f"at the second call, {fault}"
        return
    if not _same(first, again):
        yield (
            "the same networks and the same context gave two evaluations; draw all random numbers from context.rng, "
            "and keep nothing from an earlier call"
        )
        return
    if problem.deterministic:
        later, fault = _evaluate(problem, networks, 2)
        if later is None:
            yield f"in another generation, {fault}"
        elif not _same(first, later):
            yield (
                "is deterministic, but the same networks get another fitness in another generation; set "
                "deterministic = False"
            )
    if first.state:
        second, fault = _evaluate(problem, networks, 2, first.state)
        if second is None:
            yield f"with the state of the first generation, {fault}"
    if problem.independent:
        yield from _parts(problem, networks, first)


def _parts(problem: Problem, networks: Networks, whole: Evaluation) -> Iterator[str]:
    """Yield a fault if the parts of a population are evaluated differently from the whole."""
    parts = []
    for part in (networks[:1], networks[1:4], networks[4:]):
        evaluation, fault = _evaluate(problem, part, 1)
        if evaluation is None:
            yield f"for a part of the population, {fault}"
            return
        parts.append(evaluation)
    try:
        together = join(problem, parts)
    except ProblemError as error:
        yield str(error)
        return
    if not _same(whole, together):
        yield (
            "a genome's fitness depends on which others are evaluated with it; set independent = False if it must, "
            "otherwise draw from context.rng by the genome's key"
        )


def _validation(problem: Problem, networks: Networks) -> Iterator[str]:
    if not supports_validation(problem):
        return
    context = Context(Randomness(_SEED, 1, Purpose.VALIDATION))
    try:
        found, again = (problem.validate(networks[0], context) for _ in range(2))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        yield f"validate raised {message_of(error)}"
        return
    if not isinstance(found, Validation):
        yield f"validate must return a neat.Validation; it returned {type(found).__name__}"
        return
    try:
        found.check()
    except ProblemError as error:
        yield f"validate: {error}"
        return
    if (found.fitness, found.passed) != (again.fitness, again.passed):
        yield "validate gave the same network and context two results; draw all random numbers from context.rng"


def _evaluate(
    problem: Problem, networks: Networks, generation: int, state: Arrays | None = None
) -> tuple[Evaluation | None, str]:
    """Return an evaluation, or None and the reason why there is none."""
    context = Context(Randomness(_SEED, generation, Purpose.EVALUATION), state or {})
    try:
        found = problem.evaluate(networks, context)
    except ProblemError as error:
        return None, str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, f"evaluate raised {message_of(error)}"
    if not isinstance(found, Evaluation):
        hint = "; wrap it: neat.Evaluation(fitness)" if isinstance(found, list | tuple | np.ndarray) else ""
        return None, f"evaluate must return a neat.Evaluation; it returned {type(found).__name__}{hint}"
    return found, ""


def _shapes(found: Evaluation, networks: Networks) -> Iterator[str]:
    try:
        found.check(len(networks))
    except ProblemError as error:
        yield str(error)
        return
    if not found.finite.all():
        yield f"the fitness of network {int(np.argmin(found.finite))} is not finite"


def _same(one: Evaluation, other: Evaluation) -> bool:
    first, second = _values(one), _values(other)
    return first.keys() == second.keys() and all(
        np.array_equal(value, second[name], equal_nan=value.dtype.kind == "f") for name, value in first.items()
    )


def _values(found: Evaluation) -> dict[str, Any]:
    """Return the arrays of an evaluation that must be the same again."""
    arrays = {"fitness": found.fitness, "score": found.score, "solved": found.solved, **found.columns, **found.state}
    return {name: value for name, value in arrays.items() if value is not None}


def _networks(problem: Problem, memory: bool) -> Networks:
    """Return a few networks for a problem, with and without hidden nodes."""
    config = Config(run={"seed": _SEED}, population={"size": _GENOMES}, mutation=_FAST_GROWTH)
    layout = Layout(names(problem.inputs, "x"), names(problem.outputs, "y"), memory=memory)
    rng = Randomness(_SEED, FIRST_GENERATION, Purpose.OPERATOR_MUTATE)
    population, innovations = initialize(layout, None, rng, config.population, config.genome, config.mutation, 1)
    for generation in range(3):
        mutable, rng = np.arange(_GENOMES) % 3 > 0, Randomness(_SEED, generation, Purpose.OPERATOR_MUTATE)
        population, innovations = mutate(population, mutable, innovations, rng, config.mutation, config.genome, 1)
    return compile_networks(population)


def _global_random_state() -> tuple[str, object]:
    """Return the state of the global random generators, which no problem should use."""
    return repr(np.random.get_state(legacy=False)), random.getstate()
