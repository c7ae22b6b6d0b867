"""Evaluation in this process: genomes become networks, networks get fitness, failures get a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics.population import Population
from neat.ground.errors import NeatError, ProblemError
from neat.ground.randomness import Purpose, Randomness
from neat.network import Networks, compile_networks
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

    Raises:
        ProblemError: the problem raised, or answered with a wrong shape. With `on_error = worst` a genome that
            fails or has no finite fitness gets the lowest finite fitness instead.
    """
    networks = compile_networks(population, which=indices, threads=config.run.threads)
    rng = Randomness(config.run.seed, generation, Purpose.EVALUATION)
    arguments = (rng, carry) if getattr(problem, "carries", False) else (rng,)
    lenient = config.run.on_error == "worst"
    try:
        evaluation = problem.evaluate(networks, *arguments)
    except NeatError as error:
        if not lenient or _genome_of(error) is None or not getattr(problem, "splittable", True):
            raise
        evaluation = _one_by_one(problem, networks, population.key[indices], arguments, lenient, error)
    except Exception as error:  # a user's code may raise anything: it becomes an error that names the genome
        if not getattr(problem, "splittable", True):
            raise ProblemError(f"the problem raised {said(error)} in generation {generation}") from error
        evaluation = _one_by_one(problem, networks, population.key[indices], arguments, lenient, error)
    evaluation = _expected(evaluation)
    evaluation.check(len(indices))
    return _worst_for_failed(evaluation) if lenient else evaluation


def validate(
    problem: Any,
    population: Population,
    index: int,
    generation: int,
    config: Config,
    carry: Mapping[str, NDArray[Any]] | None = None,
) -> Validation:
    """Return the result of the problem's harder test of one genome; `carry` is what it was judged with.

    Raises:
        ProblemError: the test raised; the message names the genome.
    """
    network = compile_networks(population, which=np.array([index]), threads=1)[0]
    key = int(population.key[index])
    rng = Randomness(config.run.seed, generation, Purpose.VALIDATION)
    arguments = (rng, carry or {}) if getattr(problem, "carries", False) else (rng,)
    try:
        found: Validation = problem.validate(network, *arguments)
    except NeatError:
        raise
    except Exception as error:  # as above
        raise ProblemError(f"the problem raised {said(error)} when it validated genome {key}", key) from error
    return replace(found, key=key)


def _one_by_one(
    problem: Any,
    networks: Networks,
    keys: NDArray[np.int64],
    arguments: tuple[Any, ...],
    lenient: bool,
    error: Exception,
) -> Evaluation:
    """Evaluate each network alone, to find out which one fails; where `lenient`, it gets no fitness (nan)."""
    generation = arguments[0].generation
    found: list[Evaluation | None] = []
    for place, key in enumerate(keys.tolist()):
        try:
            alone = problem.evaluate(networks[place : place + 1], *arguments)
        except Exception as own:
            if isinstance(own, NeatError) and not (lenient and _genome_of(own) == key):
                raise
            if not lenient:
                raise ProblemError(
                    f"the problem raised {said(own)} for genome {key} in generation {generation}", key
                ) from own
            found.append(None)
        else:
            found.append(_expected(alone))
    good = [evaluation for evaluation in found if evaluation is not None]
    if len(good) == len(found):
        raise ProblemError(
            f"the problem raised {said(error)} in generation {generation}, for no single genome"
        ) from error
    if not good:
        raise ProblemError(
            f"every genome failed in generation {generation}, the first with {said(error)}", int(keys[0])
        ) from error
    failed = replace(
        good[0],
        fitness=np.full(1, np.nan),
        score=None if good[0].score is None else np.full(1, np.nan),
        solved=None if good[0].solved is None else np.zeros(1, np.bool_),
        columns={name: np.zeros_like(column) for name, column in good[0].columns.items()},
        carry={},
    )
    return joined(problem, [failed if evaluation is None else evaluation for evaluation in found])


def _expected(evaluation: Any) -> Evaluation:
    if not isinstance(evaluation, Evaluation):
        raise ProblemError(
            f"the problem's evaluate must return a neat.Evaluation; it returned {type(evaluation).__name__}"
        )
    return evaluation


def _genome_of(error: NeatError) -> int | None:
    """Return the key of the genome that is to blame, where an error names one."""
    return error.genome_key if isinstance(error, ProblemError) else None


def _worst_for_failed(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with the lowest finite values in place of those that are not finite."""
    good = evaluation.finite
    if good.all():
        return evaluation
    if not good.any():
        raise ProblemError("no genome of the generation has a finite fitness")
    fitness = np.where(good, evaluation.fitness, evaluation.fitness[good].min())
    score = evaluation.score
    if score is not None:
        score = np.where(good, score, score[good].min())
    solved = None if evaluation.solved is None else evaluation.solved & good
    return replace(evaluation, fitness=fitness, score=score, solved=solved, failed=int((~good).sum()))


def said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
