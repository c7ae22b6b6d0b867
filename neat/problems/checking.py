"""Does a problem of one's own keep the contract? Everything that it gets wrong, in words, before a run does."""

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
from neat.problems.gymnasium.environment_check import check_environment
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import SWITCHES, Carry, Evaluation, Validation, joined, member_of, name_of, validates

_GENOMES = 9
_SEED = 1
_LIVELY = {"add_node": 0.5, "add_connection": 0.5}


def check_problem(problem: Any, *, memory: bool = False) -> None:
    """Try a problem on a few networks, and raise an error that lists everything it gets wrong.

    Checked are its members, what `evaluate` returns (shapes, types, finite numbers), that the same networks and the
    same `rng` give the same answer, that nothing depends on how a population is split, and `validate`, if it
    exists; for a `neat.Gymnasium`, its environment is checked first. `memory` says whether networks keep values between
    inputs.

    Raises:
        ProblemError: with a line for every fault.
    """
    memory = switch("memory", memory)
    faults = list(_members(problem))
    if not faults and isinstance(problem, Gymnasium):
        faults = list(check_environment(problem).faults)
    if not faults:
        networks = _networks(problem, memory)
        faults = [*_evaluations(problem, networks), *_validation(problem, networks)]
    if faults:
        what = name_of(problem)
        raise ProblemError("\n".join(f"{what}: {fault}" for fault in dict.fromkeys(faults)))


def _members(problem: Any) -> Iterator[str]:
    """Yield what is wrong before anything is called."""
    if isinstance(problem, type):
        yield f"is a class; check an instance: {problem.__name__}()"
        return
    if inspect.isroutine(problem):
        yield "is a plain function; put @neat.problem(inputs=..., outputs=...) above it"
        return
    for name in ("inputs", "outputs", *SWITCHES, "evaluate", "validate"):
        try:
            member_of(problem, name, "")
        except ProblemError as error:
            yield str(error).removeprefix(": ")
            return
    for name in ("inputs", "outputs"):
        if not hasattr(problem, name):
            yield f"has no member {name}: how many, or their names"
            continue
        try:
            names(getattr(problem, name), name[0])
        except NeatError as error:
            yield f"{name}: {error}"
        if isinstance(getattr(problem, name), int):
            yield f"{name} = {getattr(problem, name)}: names are needed, such as {_some_names(getattr(problem, name))}"
    if not hasattr(problem, "deterministic"):
        yield "has no member deterministic: True where the same network always gets the same fitness, else False"
    for name in SWITCHES:
        if not isinstance(getattr(problem, name, False), bool | np.bool_):
            yield f"{name} = {getattr(problem, name)!r}: must be True or False"
    carries = getattr(problem, "carries", False) is True
    wanted = "(networks, rng, carry)" if carries else "(networks, rng)"
    yield from _callable_with(problem, "evaluate", wanted, 2 + carries)
    if hasattr(problem, "validate"):
        yield from _callable_with(problem, "validate", wanted.replace("networks", "network"), 2 + carries)
    if carries and not callable(getattr(problem, "merge", None)):
        yield "has no method merge(carries), which a problem with carries = True needs"


def _callable_with(problem: Any, name: str, wanted: str, arguments: int) -> Iterator[str]:
    method = getattr(problem, name, None)
    if not callable(method):
        yield f"has no method {name}{wanted}"
        return
    try:
        signature = inspect.signature(method)
        signature.bind(*[None] * arguments)
    except TypeError:
        yield f"{name}{signature}: is called as {name}{wanted}"
    except ValueError:
        return


def _evaluations(problem: Any, networks: Networks) -> Iterator[str]:
    """Yield what is wrong with what `evaluate` returns."""
    before = _global_chance()
    first, fault = _evaluated(problem, networks, 0, {})
    if first is None:
        yield fault
        return
    yield from _shapes(first, networks)
    if _global_chance() != before:
        yield "evaluate draws from a global random generator; use rng.generator() or rng.uniform(key, index)"
    again, fault = _evaluated(problem, networks, 0, {})
    if again is None:
        yield f"at the second call, {fault}"
        return
    if not _same(first, again):
        yield (
            "the same networks and the same rng gave two answers; all chance must come from rng, and nothing may be "
            "left over from an earlier call"
        )
        return
    if getattr(problem, "deterministic", False):
        later, fault = _evaluated(problem, networks, 1, {})
        if later is None:
            yield f"in another generation, {fault}"
        elif not _same(first, later):
            yield (
                "is deterministic, yet the same networks get another fitness in another generation; set "
                "deterministic = False"
            )
    if first.carry:
        yield from _carrying(problem, networks, first)
    if getattr(problem, "splittable", True):
        yield from _pieces(problem, networks, first)


def _carrying(problem: Any, networks: Networks, first: Evaluation) -> Iterator[str]:
    if not getattr(problem, "carries", False):
        yield "evaluate hands something on in `carry`; set carries = True to be given it"
        return
    arrays = {name: np.array(value) for name, value in first.carry.items()}
    for array in arrays.values():
        array.setflags(write=False)
    second, fault = _evaluated(problem, networks, 1, arrays)
    if second is None:
        yield f"with the carry of the first generation, {fault}"


def _pieces(problem: Any, networks: Networks, whole: Evaluation) -> Iterator[str]:
    """Yield a fault where the pieces of a population get other answers than the whole."""
    pieces = []
    for piece in (networks[:1], networks[1:4], networks[4:]):
        found, fault = _evaluated(problem, piece, 0, {})
        if found is None:
            yield f"for a piece of the population, {fault}"
            return
        pieces.append(found)
    try:
        together = joined(problem, pieces)
    except ProblemError as error:
        yield str(error)
        return
    if not _same(whole, together):
        yield (
            "a genome's fitness depends on which others are evaluated with it; set splittable = False if it must, "
            "else take chance from rng by the genome's key"
        )


def _validation(problem: Any, networks: Networks) -> Iterator[str]:
    if not validates(problem):
        return
    rng = Randomness(_SEED, 0, Purpose.VALIDATION)
    arguments: tuple[Any, ...] = (rng, {}) if getattr(problem, "carries", False) else (rng,)
    try:
        found, again = (problem.validate(networks[0], *arguments) for _ in range(2))
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
        yield "validate gave the same network and the same rng two answers; all chance must come from rng"


def _evaluated(problem: Any, networks: Networks, generation: int, carry: Carry) -> tuple[Evaluation | None, str]:
    """Return an evaluation, or None and why there is none."""
    rng = Randomness(_SEED, generation, Purpose.EVALUATION)
    arguments = (rng, carry) if getattr(problem, "carries", False) else (rng,)
    try:
        found = problem.evaluate(networks, *arguments)
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
    first, second = _answers(one), _answers(other)
    return first.keys() == second.keys() and all(
        np.array_equal(value, second[name], equal_nan=np.asarray(value).dtype.kind == "f")
        for name, value in first.items()
    )


def _answers(found: Evaluation) -> dict[str, Any]:
    """Return everything of an evaluation that must be the same again."""
    answers = {"fitness": found.fitness, "score": found.score, "solved": found.solved}
    return {name: value for name, value in {**answers, **found.columns, **found.carry}.items() if value is not None}


def _networks(problem: Any, memory: bool) -> Networks:
    """Return a few networks for a problem, with and without hidden nodes."""
    config = Config(run={"seed": _SEED}, population={"size": _GENOMES}, mutation=_LIVELY)
    layout = Layout(names(problem.inputs, "x"), names(problem.outputs, "y"), memory=memory)
    rng = Randomness(_SEED, FIRST_GENERATION, Purpose.OPERATOR_MUTATE)
    population, innovations = initialize(layout, None, rng, config.population, config.genome, config.mutation, 1)
    for generation in range(3):
        mutable, rng = np.arange(_GENOMES) % 3 > 0, Randomness(_SEED, generation, Purpose.OPERATOR_MUTATE)
        population, innovations = mutate(population, mutable, innovations, rng, config.mutation, config.genome, 1)
    return compile_networks(population)


def _global_chance() -> tuple[str, object]:
    """Return the state of the global random generators, which no problem should use."""
    return repr(np.random.get_state(legacy=False)), random.getstate()


def _some_names(count: int) -> str:
    return repr([f"x{number + 1}" for number in range(min(count, 3))])
