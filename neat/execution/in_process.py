"""Evaluation in this process, on several threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import INTERRUPTIONS, ProblemError, message_of
from neat.execution.executor import Evaluated, join_parts
from neat.genetics.population import Population
from neat.network import Network, Networks, compile_networks
from neat.problems.evaluation import Evaluation, Validation
from neat.problems.protocol import Context, EpisodicValidation, Problem, SupportsValidation

Result = TypeVar("Result")


class InProcess:
    """The executor that evaluates all genomes in this process."""

    def evaluate(
        self, problem: Problem, population: Population, indices: NDArray[np.int64], context: Context, *, tolerant: bool
    ) -> Evaluated:
        """Return the evaluation of the genomes at `indices`, one row for each: see `Executor`.

        If the problem fails, every genome is evaluated alone, to find out which genomes it fails for.
        """
        networks = compile_networks(population, which=indices, threads=context.threads)
        when = context.moment
        with exit_interrupts(when):
            try:
                return Evaluated(_evaluate(problem, networks, context), {})
            except INTERRUPTIONS:
                raise
            except BaseException as error:
                named = isinstance(error, ProblemError) and error.genome_key is not None
                if named and not tolerant:
                    raise
                if not problem.independent:
                    raise _problem_error(error, when) from _cause(error)
                parts = _one_by_one(problem, networks, context, error, tolerant=tolerant)
                alone = [(indices[place : place + 1], part) for place, part in enumerate(parts)]
                return join_parts(problem, population, alone, context)

    def validate(self, problem: SupportsValidation, population: Population, index: int, context: Context) -> Validation:
        """Return the problem's validation of one genome: see `Executor`."""
        network = compile_networks(population, which=np.array([index]), threads=1)[0]
        return validate_network(problem, network, context, context.moment)


def evaluate_network(problem: Problem, network: Network, context: Context, when: str) -> Evaluation:
    """Return the evaluation of one network; `when` names the moment in error messages.

    Raises:
        ProblemError: the problem raised an exception, or returned a wrong type or shape.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    key = int(network.networks.key[0])
    return _guarded(lambda: _evaluate(problem, network.networks, context), f"for genome {key} {when}", when, key)


def validate_network(problem: SupportsValidation, network: Network, context: Context, when: str) -> Validation:
    """Return the problem's validation of one network; `when` names the moment in error messages.

    Raises:
        ProblemError: the validation raised an exception, or returned a wrong type; the message names the genome.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    return validated(lambda: problem.validate(network, context), int(network.networks.key[0]), when)


def validated(validate: Callable[[], Validation], key: int, when: str) -> Validation:
    """Return what `validate` returns for a genome after checking it; raises as `validate_network`."""

    def checked() -> Validation:
        found = validate()
        if not isinstance(found, Validation):
            raise ProblemError(f"validate must return a neat.Validation; it returned {type(found).__name__}")
        found.check()
        return found

    found = _guarded(checked, f"when it validated genome {key} {when}", when, key)
    # Plain numbers without -0.0, exactly as a run file returns them.
    details = {name: float(value) for name, value in found.details.items()}
    return Validation(key, bool(found.passed), float(found.fitness) + 0.0, details)


def play_validation(
    problem: EpisodicValidation, network: Network, context: Context, episodes: range
) -> NDArray[np.float64]:
    """Return the results of some of the episodes in which a problem validates a network, float64.

    Raises:
        ProblemError: the problem raised an exception; the message names the genome.
        KeyboardInterrupt: the problem called `sys.exit()`.
    """
    key, when = int(network.networks.key[0]), context.moment
    where = f"when it validated genome {key} {when}"
    return _guarded(lambda: problem.play_validation(network, context, episodes), where, when, key)


def _guarded(call: Callable[[], Result], where: str, when: str, key: int) -> Result:
    """Return what `call` returns; its failure is that of a genome."""
    with exit_interrupts(when):
        try:
            return call()
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            raise _problem_error(error, where, key) from _cause(error)


class exit_interrupts:  # a class, since a context manager made of a generator takes three times as long
    """Context manager in which `sys.exit()` in a problem interrupts a run as Ctrl-C does, so that it can be resumed."""

    def __init__(self, when: str) -> None:
        self._when = when

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SystemExit):
            raise KeyboardInterrupt(f"the problem called sys.exit() {self._when}") from error


def _evaluate(problem: Problem, networks: Networks, context: Context) -> Evaluation:
    """Return a problem's evaluation of networks after checking its type and shapes."""
    evaluation = problem.evaluate(networks, context)
    if not isinstance(evaluation, Evaluation):
        raise ProblemError(
            f"the problem's evaluate must return a neat.Evaluation; it returned {type(evaluation).__name__}"
        )
    evaluation.check(len(networks))
    return evaluation


def _one_by_one(
    problem: Problem, networks: Networks, context: Context, error: BaseException, *, tolerant: bool
) -> list[Evaluated]:
    """Evaluate each network alone, to find out which ones fail; raise the first failure unless `tolerant`.

    `error` is the error of evaluating all of them together. If every evaluation has a wrong type or shape, no single
    genome is to blame.
    """
    when = context.moment
    parts: list[Evaluated] = []
    failures: dict[int, BaseException] = {}
    for place, key in enumerate(networks.key.tolist()):
        alone = slice(place, place + 1)
        try:
            parts.append(Evaluated(_evaluate(problem, networks[alone], context.part(alone)), {}))
        except INTERRUPTIONS:
            raise
        except BaseException as own:
            if isinstance(_cause(own), MemoryError):  # depends on the machine, so it must never decide a fitness
                raise _problem_error(own, f"for genome {key} {when}", key) from _cause(own)
            parts.append(Evaluated(Evaluation(np.full(1, np.nan)), {key: _reason(own)}))
            failures[key] = own
            if not tolerant and not _is_refusal(own):
                break
    if not failures:
        raise _problem_error(error, f"{when}, but for no genome that is evaluated alone") from _cause(error)
    key, first = next(iter(failures.items()))
    if not tolerant:
        if len(failures) == len(networks) and _is_refusal(first):
            raise _problem_error(error, when) from _cause(error)
        raise _problem_error(first, f"for genome {key} {when}", key) from _cause(first)
    return parts


def _is_refusal(error: BaseException) -> bool:
    """Return whether the engine rejected the problem's evaluation, rather than the problem's code raising."""
    return isinstance(error, ProblemError) and error.genome_key is None


def _problem_error(error: BaseException, where: str, key: int | None = None) -> ProblemError:
    """Return the error that says what a problem raised, where, and for which genome."""
    if isinstance(error, ProblemError):
        return error if error.genome_key is not None else ProblemError(f"{error}, {where}", key)
    return ProblemError(f"the problem raised {message_of(error)} {where}", key)


def _cause(error: BaseException) -> BaseException | None:
    """Return the exception of a user's code that caused an error, if any."""
    return error.__cause__ if isinstance(error, ProblemError) else error


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, ProblemError) else message_of(error)
