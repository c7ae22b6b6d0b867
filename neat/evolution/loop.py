"""The loop: `initialize`, `tell` and `reproduce`, and `evolve`, which combines them with the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from neat.config import Config, checked_config
from neat.config.activations import with_activations
from neat.config.arguments import instance, switch
from neat.config.custom_functions import custom_activations, custom_aggregations, load_functions
from neat.config.starts import with_start
from neat.core.announcements import announce
from neat.core.errors import NeatError
from neat.core.function_codes import to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness, draw_seed
from neat.evolution.assessment import assess
from neat.evolution.breeding import first_species, next_state
from neat.evolution.evaluation import check_repeatable, evaluate
from neat.evolution.islands import check_islands, total_size
from neat.evolution.state import Assessment, Generation, State
from neat.evolution.succession import settings_for
from neat.evolution.tuning import most_samples
from neat.execution.choice import AnyExecutor, Execution, checked_executor
from neat.genetics.initialization import start_genome
from neat.genetics.layout import Layout, names
from neat.genetics.operator_checks import checked, operators_of
from neat.genetics.operators import Operators
from neat.learning.configured import problem_of
from neat.problems.evaluation import Evaluation
from neat.problems.protocol import Problem, check_settings


def seeded(config: Config) -> Config:
    """Return the configuration with a seed: its own, or one drawn from the operating system."""
    config = checked_config(config)
    return config if config.run.seed is not None else config.replace(run={"seed": draw_seed()})


def initialize(
    config: Config,
    problem: Problem | None = None,
    *,
    inputs: int | Sequence[str] | None = None,
    outputs: int | Sequence[str] | None = None,
    fine_grained: bool = False,
    operators: Operators | None = None,
) -> State:
    """Return the initial population, assigned to species but not yet evaluated.

    Inputs and outputs (names, or their number) are those of the problem, which is by default the one that the
    configuration names; so are the operators. Without a seed in the configuration, seed 0 is used: `seeded` draws one.
    Without a problem, `fine_grained` says whether fitness will be a mean over many cases (see `neat.Problem`).

    Raises:
        NeatError: neither a problem nor inputs and outputs are given, the file of the initial genome does not fit, an
            operator is wrong, or no network with these settings could solve the problem.
    """
    config = checked_config(config)
    load_functions(config)
    if inputs is None or outputs is None:
        problem = problem_of(config, problem)
        inputs = problem.inputs if inputs is None else inputs
        outputs = problem.outputs if outputs is None else outputs
    if problem is not None:
        check_settings(problem, config)
    grained = switch("fine_grained", fine_grained) if problem is None else problem.fine_grained
    config = with_activations(config, fine_grained=grained)
    layout = layout_of(config, inputs, outputs)
    config = _with_start(config, layout)
    operators = checked(operators_of(config) if operators is None else operators)
    check_islands(config, most_samples(config))  # raises if the population is too small
    path = config.population.start
    start = start_genome(config.path(path), layout) if path.endswith(".json") else None
    rng = Randomness(config.run.seed, FIRST_GENERATION, Purpose.OPERATOR_INITIALIZE)
    size = replace(config.population, size=total_size(config))
    population, innovations = operators.initialize(
        layout, start, rng, size, config.genome, config.mutation, config.run.threads
    )
    to_local(ACTIVATION_TABLE, population.activation, custom_activations(config.genome))  # raises if one is not named
    to_local(AGGREGATION_TABLE, population.aggregation, custom_aggregations(config.genome))
    none = np.zeros(len(population), np.bool_)
    species_index, species, next_species = first_species(population, config, operators)
    return State(
        generation=FIRST_GENERATION,
        population=population,
        innovations=innovations,
        threshold=config.speciation.threshold,
        next_key=len(population),
        known=none,
        validated=none,
        species_index=species_index,
        species=species,
        next_species=next_species,
    )


def _with_start(config: Config, layout: Layout) -> Config:
    """Return a configuration with a start that suits the layout; say so if it is not the usual one."""
    connections = layout.sources * len(layout.outputs)
    chosen = with_start(config, connections)
    if config.population.start == "auto" and chosen.population.start != "full":
        announce(
            f"the first genomes use a single input each, because {connections:,} connections between all inputs and "
            "outputs would be too many to start with ([population] start = full, or partial, begins with more)"
        )
    return chosen


def layout_of(config: Config, inputs: int | Sequence[str], outputs: int | Sequence[str]) -> Layout:
    """Return the layout of all genomes of a run."""
    return Layout(
        names(inputs, "x"), names(outputs, "y"), config.genome.bias == "node",
        config.network.max_steps, config.network.memory,
    )  # fmt: skip


def tell(
    state: State,
    evaluation: Evaluation | ArrayLike,
    config: Config,
    *,
    noisy: bool = False,
    fine_grained: bool = False,
) -> Generation:
    """Return the generation that a state and its evaluation make: champion, progress, reasons to stop.

    Args:
        state: the state that was evaluated.
        evaluation: the evaluation of `state.population`, or plain fitness values, (P,) numbers; higher is better.
        config: the configuration of the run.
        noisy: whether another evaluation of the same genome could give another fitness.
        fine_grained: whether fitness is a mean over many cases (see `neat.Problem`).

    Raises:
        ProblemError: the evaluation has a wrong shape, or holds values that are not finite.
    """
    instance("state", state, State, "a neat.State, as neat.initialize or neat.reproduce returns it")
    settings = checked_config(config).run
    if not isinstance(evaluation, Evaluation):
        evaluation = Evaluation(evaluation)  # type: ignore[arg-type]  # converted to an array
    assessment = Assessment(
        evaluation,
        len(state.population),
        noisy=switch("noisy", noisy),
        fine_grained=switch("fine_grained", fine_grained),
    )
    return assess(state, assessment, settings)


def reproduce(generation: Generation, config: Config, operators: Operators | None = None) -> State:
    """Return the next population, assigned to species but not yet evaluated.

    The operators are by default those that the configuration names. They must be those of the run: with others, the
    run cannot be resumed.

    Raises:
        NeatError: `generation` is something else, such as a state that has not been evaluated; or an operator is wrong,
            or returned something that it must not return.
        ProblemError: an operator raised an exception.
    """
    checked_config(config)
    instance("generation", generation, Generation, "a neat.Generation, as neat.tell(state, fitness, config) returns it")
    operators = checked(operators_of(config) if operators is None else operators, generation.state.innovations)
    return next_state(generation, settings_for(generation, config), operators)


def evolve(
    config: Config,
    problem: Problem | None = None,
    state: State | None = None,
    *,
    executor: AnyExecutor | None = None,
    operators: Operators | None = None,
) -> Iterator[Generation]:
    """Yield generation after generation until one has reasons to stop.

    All memory is in what is yielded: continuing from any generation's `reproduce` gives what an uninterrupted
    run would have given, bit for bit. Without `state`, the run starts with an initial population. The executor and the
    operators are by default those that the configuration names; an executor that is passed is not closed.

    Raises:
        NeatError: the configuration and the problem do not fit together, there is no problem, or workers cannot start.
        ProblemError: the problem failed; everything yielded before stays valid.
    """
    if state is not None and checked_config(config).run.seed is None:
        raise NeatError("[run] seed: continuing from a state needs the seed it was made with")
    config = seeded(config)
    problem = problem_of(config, problem)
    operators = operators_of(config) if operators is None else operators
    state = initialize(config, problem, operators=operators) if state is None else state
    instance("state", state, State, "a neat.State, as neat.initialize or neat.reproduce returns it")
    with Execution(config, checked_executor(executor)) as running:
        while True:
            assessment = evaluate(problem, state, running, config.run)
            if state.generation == FIRST_GENERATION:
                check_repeatable(problem, state, assessment, config.run)
            generation = assess(state, assessment, config.run)
            config = settings_for(generation, config)  # once, since it takes half a millisecond
            yield generation
            if generation.reasons:
                return
            state = reproduce(generation, config, operators)
