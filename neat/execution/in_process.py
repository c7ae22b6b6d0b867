"""Evaluation in this process: genomes become networks, networks get fitness, failures get a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.errors import INTERRUPTIONS, ProblemError, message_of
from neat.core.randomness import Purpose, Randomness
from neat.genetics.population import Population
from neat.network import Network, Networks, compile_networks
from neat.problems.protocol import Evaluation, Validation, joined


def compute(
    problem: Any,
    population: Population,
    indices: NDArray[np.int64],
    generation: int,
    carry: Mapping[str, NDArray[Any]],
    config: Config,
) -> Evaluation:
    """Return the evaluation of the genomes at `indices`, a row for each.

    Where the problem fails, every genome is evaluated alone, to find out which of them it fails at. With
    `on_error = worst` those have fitness nan and are named among the `failed`.

    Raises:
        ProblemError: the problem raised, or answered with a wrong type or shape.
        KeyboardInterrupt: the problem called `sys.exit()`, as a game does when its window is closed.
    """
    networks = compile_networks(population, which=indices, threads=config.run.threads)
    rng = Randomness(config.run.seed, generation, Purpose.EVALUATION)
    arguments = (rng, carry) if getattr(problem, "carries", False) else (rng,)
    lenient = config.run.on_error == "worst"
    with exit_interrupts(f"in generation {generation}"):
        try:
            return _answer(problem, networks, arguments)
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            named = isinstance(error, ProblemError) and error.genome_key is not None
            if named and not lenient:
                raise
            if not getattr(problem, "splittable", True):
                raise _told(error, f"in generation {generation}") from _cause(error)
            genomes = population.take(indices)
            return _one_by_one(problem, genomes, networks, arguments, error, lenient=lenient)


def validate(
    problem: Any,
    population: Population,
    index: int,
    generation: int,
    config: Config,
    carry: Mapping[str, NDArray[Any]] | None = None,
) -> Validation:
    """Return the result of the problem's validation of one genome; `carry` is what it was evaluated with.

    Raises:
        ProblemError: the test raised, or answered with a wrong type; the message names the genome.
    """
    network = compile_networks(population, which=np.array([index]), threads=1)[0]
    rng = Randomness(config.run.seed, generation, Purpose.VALIDATION)
    return validate_one(problem, network, rng, carry or {}, f"in generation {generation}")


def evaluate_one(
    problem: Any, network: Network, rng: Randomness, carry: Mapping[str, NDArray[Any]], where: str
) -> Evaluation:
    """Return the evaluation of one network; `where` names the moment in errors.

    Raises:
        ProblemError, KeyboardInterrupt: as `compute` says.
    """
    key = int(network.networks.key[0])
    arguments = (rng, carry) if getattr(problem, "carries", False) else (rng,)
    with exit_interrupts(where):
        try:
            return _answer(problem, network.networks, arguments)
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            raise _told(error, f"for genome {key} {where}", key) from _cause(error)


def validate_one(
    problem: Any, network: Network, rng: Randomness, carry: Mapping[str, NDArray[Any]], where: str
) -> Validation:
    """Return the result of the problem's validation of one network; `where` names the moment in errors.

    Raises:
        ProblemError: the validation raised an exception, or returned a wrong type; the message names the genome.
        KeyboardInterrupt: as `compute` says.
    """
    key = int(network.networks.key[0])
    arguments = (rng, carry) if getattr(problem, "carries", False) else (rng,)
    with exit_interrupts(where):
        try:
            found = problem.validate(network, *_own(arguments))
            if not isinstance(found, Validation):
                raise ProblemError(f"validate must return a neat.Validation; it returned {type(found).__name__}")
            found.check()
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            raise _told(error, f"when it validated genome {key} {where}", key) from _cause(error)
    # Plain numbers, and no -0.0: what a run's file gives back.
    details = {name: float(value) for name, value in found.details.items()}
    return Validation(key, bool(found.passed), float(found.fitness) + 0.0, details)


class exit_interrupts:  # called like a function; one that is made of a generator takes three times as long
    """Let `sys.exit()` in a problem interrupt a run as Ctrl-C does, so that it is saved and can be resumed."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SystemExit):
            raise KeyboardInterrupt(f"the problem called sys.exit() {self._where}") from error


def _answer(problem: Any, networks: Networks, arguments: tuple[Any, ...]) -> Evaluation:
    """Return what a problem answers, if it has the right type and shape."""
    evaluation = problem.evaluate(networks, *_own(arguments))
    if not isinstance(evaluation, Evaluation):
        raise ProblemError(
            f"the problem's evaluate must return a neat.Evaluation; it returned {type(evaluation).__name__}"
        )
    evaluation.check(len(networks))
    return evaluation


def _own(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a problem is called with: a dict of its own of what was carried, whose arrays are read-only."""
    return *arguments[:1], *(dict(carry) for carry in arguments[1:])


def _one_by_one(
    problem: Any,
    genomes: Population,
    networks: Networks,
    arguments: tuple[Any, ...],
    error: BaseException,
    *,
    lenient: bool,
) -> Evaluation:
    """Evaluate each network alone, to find out which ones fail; where `lenient`, these get no fitness (nan).

    `error` is the error of evaluating all of them together. An answer of a wrong type or shape for every single genome
    is not a failure of any one genome.
    """
    generation = arguments[0].generation
    answers: list[Evaluation | None] = []
    failures: dict[int, BaseException] = {}
    for place, key in enumerate(networks.key.tolist()):
        try:
            answers.append(_answer(problem, networks[place : place + 1], arguments))
        except INTERRUPTIONS:
            raise
        except BaseException as own:
            if isinstance(_cause(own), MemoryError):  # depends on the machine, so it must never decide a fitness
                raise _told(own, f"for genome {key} in generation {generation}", key) from _cause(own)
            answers.append(None)
            failures[key] = own
            if not lenient and not _is_refusal(own):
                break
    if not failures:
        raise _told(error, f"in generation {generation}, but for no genome that is evaluated alone") from _cause(error)
    key, first = next(iter(failures.items()))
    if not lenient:
        if len(failures) == len(networks) and _is_refusal(first):
            raise _told(error, f"in generation {generation}") from _cause(error)
        raise _told(first, f"for genome {key} in generation {generation}", key) from _cause(first)
    template = next((answer for answer in answers if answer is not None), Evaluation(np.zeros(1)))
    pieces = [
        _nothing_like(template, genomes, place) if answer is None else answer for place, answer in enumerate(answers)
    ]
    whole = joined(problem, pieces)
    if len(failures) == len(networks) and len(arguments) > 1:
        whole = replace(whole, carry=arguments[1])  # no genome adds to it
    return replace(whole, failed={key: _reason(own) for key, own in failures.items()})


def _nothing_like(answer: Evaluation, genomes: Population, place: int) -> Evaluation:
    """Return the evaluation of one genome that failed, with the columns that another one has: it learned nothing."""
    names = [name for name in ("weight", "bias", "response") if getattr(answer, name) is not None]
    learned: dict[str, Any] = {name: getattr(genomes.take([place]), name) for name in names}
    return replace(
        answer,
        fitness=np.full(1, np.nan),
        score=None if answer.score is None else np.full(1, np.nan),
        solved=None if answer.solved is None else np.zeros(1, np.bool_),
        columns={name: np.zeros_like(column) for name, column in answer.columns.items()},
        carry={},
        **learned,
    )


def _is_refusal(error: BaseException) -> bool:
    """Return whether this engine rejected the problem's answer, rather than the problem's code raising."""
    return isinstance(error, ProblemError) and error.genome_key is None


def _told(error: BaseException, where: str, key: int | None = None) -> ProblemError:
    """Return the error that says what a problem raised, where, and for which genome."""
    if isinstance(error, ProblemError):
        return error if error.genome_key is not None else ProblemError(f"{error}, {where}", key)
    return ProblemError(f"the problem raised {message_of(error)} {where}", key)


def _cause(error: BaseException) -> BaseException | None:
    """Return the exception of a user's code that caused an error, if any."""
    return error.__cause__ if isinstance(error, ProblemError) else error


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, ProblemError) else message_of(error)
