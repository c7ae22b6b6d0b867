"""The loop: initialize, tell, reproduce; and evolve, which is nothing but these three and an evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neat.config import Config, checked_config
from neat.config.arguments import instance
from neat.config.custom_functions import custom_activations, custom_aggregations, load_functions
from neat.core.errors import NeatError
from neat.core.function_codes import to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.randomness import FIRST_GENERATION, draw_seed
from neat.evolution.assessment import judge
from neat.evolution.evaluation import check_repeatable, evaluate
from neat.evolution.failures import who_did_not_fail
from neat.evolution.state import Generation, State
from neat.evolution.succession import planned, remember, settle, still_validated, with_learned
from neat.genetics.crossover import crossover
from neat.genetics.genome import names
from neat.genetics.initialization import found
from neat.genetics.mutation import mutate
from neat.genetics.population import Layout
from neat.genetics.speciation import adjusted_threshold
from neat.problems.protocol import Evaluation, check_members, check_settings
from neat.problems.registry import make_problem


def seeded(config: Config) -> Config:
    """Return the configuration with a seed: its own, or one drawn from the operating system."""
    config = checked_config(config)
    return config if config.run.seed is not None else config.replace(run={"seed": draw_seed()})


def initialize(
    config: Config,
    problem: Any = None,
    *,
    inputs: int | Sequence[str] | None = None,
    outputs: int | Sequence[str] | None = None,
) -> State:
    """Return the founders, speciated, not yet evaluated.

    Inputs and outputs (names, or how many) are the problem's; by default the problem that the configuration
    names. Without a seed in the configuration, seed 0 is used: `seeded` draws one.

    Raises:
        NeatError: neither a problem nor inputs and outputs are given; the file of the initial genomes does not fit; or
            no network with these settings could solve the problem.
    """
    config = checked_config(config)
    load_functions(config)
    if inputs is None or outputs is None:
        problem = make_problem(config) if problem is None else problem
        check_members(problem)
        inputs = problem.inputs if inputs is None else inputs
        outputs = problem.outputs if outputs is None else outputs
    check_settings(problem, config)
    layout = layout_of(config, inputs, outputs)
    population, innovations = found(layout, config)
    to_local(ACTIVATION_TABLE, population.activation, custom_activations(config.genome))  # raises if one is not named
    to_local(AGGREGATION_TABLE, population.aggregation, custom_aggregations(config.genome))
    nobody = np.zeros(len(population), np.bool_)
    state = State(
        generation=FIRST_GENERATION,
        population=population,
        innovations=innovations,
        threshold=config.speciation.threshold,
        next_key=len(population),
        known=nobody,
        validated=nobody,
    )
    return settle(state, None, np.empty(0, np.int64), config)


def layout_of(config: Config, inputs: int | Sequence[str], outputs: int | Sequence[str]) -> Layout:
    """Return the layout that all genomes of a run share."""
    return Layout(
        names(inputs, "x"), names(outputs, "y"), config.genome.bias == "node",
        config.network.max_steps, config.network.memory,
    )  # fmt: skip


def tell(state: State, evaluation: Evaluation | ArrayLike, config: Config) -> Generation:
    """Return the generation with its fitness judged: champion, progress, reasons to stop.

    `evaluation` may be plain fitness values, one per genome of `state.population`; higher is better.

    Raises:
        ProblemError: the evaluation has a wrong shape, or holds values that are not finite.
    """
    instance("state", state, State, "a neat.State, as neat.initialize or neat.reproduce returns it")
    if not isinstance(evaluation, Evaluation):
        evaluation = Evaluation(evaluation, evaluated=len(state.population))  # type: ignore[arg-type]  # made an array
    return judge(state, evaluation, checked_config(config))


def reproduce(generation: Generation, config: Config) -> State:
    """Return the next population, assigned to species but not yet evaluated.

    Raises:
        NeatError: `generation` is something else, such as a state that has not been evaluated.
    """
    checked_config(config)
    instance("generation", generation, Generation, "a neat.Generation, as neat.tell(state, fitness, config) returns it")
    state, evaluation = generation.state, generation.evaluation
    number = generation.number + 1
    plan, progress = planned(generation, config)
    parents = with_learned(state.population, evaluation)
    children = crossover(parents, plan.first, plan.second, plan.key, number, config)
    children, innovations = mutate(children, plan.mutable, number, state.innovations, config)
    unchanged = evaluation.score is None and not evaluation.noisy and parents is state.population
    known = plan.elite & unchanged
    if (valid := who_did_not_fail(evaluation, state.population.key)) is not None:
        known &= valid[plan.first]  # what those who failed were given holds for that generation alone
    state = State(
        generation=number,
        population=children,
        innovations=innovations,
        threshold=adjusted_threshold(state.threshold, len(generation.species), len(children), config),
        next_key=state.next_key + int((~plan.elite).sum()),
        next_species=state.next_species,
        known=known,
        validated=still_validated(generation, children, plan),
        remembered=remember(evaluation, plan.first[known]) if known.any() else None,
        progress=progress,
        best=generation.record,
        champion=generation.champion,
        solved=generation.solved,
        evaluations=generation.evaluations,
        failures=generation.failures,
        carry=evaluation.carry,
    )
    return settle(state, generation, plan.breeding, config)


def evolve(config: Config, problem: Any = None, state: State | None = None) -> Iterator[Generation]:
    """Yield generation after generation until one has reasons to stop.

    All memory is in what is yielded: continuing from any generation's `reproduce` gives what an uninterrupted
    run would have given, bit for bit. Without `state` the run begins with founders.

    Raises:
        NeatError: the configuration and the problem do not fit together, or the problem is none.
        ProblemError: the problem failed; everything yielded before stays valid.
    """
    if state is not None and checked_config(config).run.seed is None:
        raise NeatError("[run] seed: continuing from a state needs the seed it was made with")
    config = seeded(config)
    problem = make_problem(config) if problem is None else problem
    check_members(problem)
    state = initialize(config, problem) if state is None else state
    instance("state", state, State, "a neat.State, as neat.initialize or neat.reproduce returns it")
    while True:
        evaluation = evaluate(problem, state, config)
        if state.generation == FIRST_GENERATION:
            check_repeatable(problem, state, evaluation, config)
        generation = tell(state, evaluation, config)
        yield generation
        if generation.reasons:
            return
        state = reproduce(generation, config)
