"""The loop: `initialize`, `tell` and `reproduce`, and `evolve`, which combines them with the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from neat.config import Config, checked_config
from neat.config.arguments import instance, switch
from neat.config.custom_functions import custom_activations, custom_aggregations, load_functions
from neat.core.errors import NeatError
from neat.core.function_codes import to_local
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness, draw_seed
from neat.evolution.assessment import assess
from neat.evolution.complexity import mutation_in, next_phase, with_limits
from neat.evolution.evaluation import check_repeatable, evaluate
from neat.evolution.failures import valid_genomes
from neat.evolution.state import Assessment, Generation, State
from neat.evolution.strategy import Tuning
from neat.evolution.succession import assign_species, remember, selected, settings_for, still_validated
from neat.evolution.tuning import most_samples, next_steps, with_samples
from neat.execution.choice import AnyExecutor, Execution, checked_executor
from neat.genetics.initialization import start_genome
from neat.genetics.layout import Layout, names
from neat.genetics.operator_checks import checked, operators_of
from neat.genetics.operators import Operators
from neat.genetics.speciation import adjusted_threshold
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
    operators: Operators | None = None,
) -> State:
    """Return the initial population, assigned to species but not yet evaluated.

    Inputs and outputs (names, or their number) are those of the problem, which is by default the one that the
    configuration names; so are the operators. Without a seed in the configuration, seed 0 is used: `seeded` draws one.

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
    layout = layout_of(config, inputs, outputs)
    operators = checked(operators_of(config) if operators is None else operators)
    most_samples(config)  # raises if the population is too small
    path = config.population.start
    start = start_genome(config.path(path), layout) if path.endswith(".json") else None
    rng = Randomness(config.run.seed, FIRST_GENERATION, Purpose.OPERATOR_INITIALIZE)
    population, innovations = operators.initialize(
        layout, start, rng, config.population, config.genome, config.mutation, config.run.threads
    )
    to_local(ACTIVATION_TABLE, population.activation, custom_activations(config.genome))  # raises if one is not named
    to_local(AGGREGATION_TABLE, population.aggregation, custom_aggregations(config.genome))
    threshold, none = config.speciation.threshold, np.zeros(len(population), np.bool_)
    species_index, species, next_species = assign_species(
        population, None, np.empty(0, np.int64), threshold, rng, config, operators
    )
    return State(
        generation=FIRST_GENERATION,
        population=population,
        innovations=innovations,
        threshold=threshold,
        next_key=len(population),
        known=none,
        validated=none,
        species_index=species_index,
        species=species,
        next_species=next_species,
    )


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
    config = settings_for(generation, config)
    state, evaluation = generation.state, generation.evaluation
    operators = checked(operators_of(config) if operators is None else operators, state.innovations)
    steps = next_steps(generation, config)
    samples = sum(step.tuning.count for step in steps)
    offspring, progress = selected(generation, config, operators, config.population.size - samples)
    parents, threads = generation.population, config.run.threads
    rng = Randomness(config.run.seed, generation.number + 1, Purpose.OPERATOR_MUTATE)
    children = operators.crossover(
        parents, offspring, rng.of(Purpose.OPERATOR_CROSSOVER), config.crossover, config.genome, threads
    )
    phase = next_phase(state.phase, parents, generation.number, config)
    mutation = mutation_in(phase, config)
    children, innovations = operators.mutate(
        children, offspring.mutable, state.innovations, rng, mutation, config.genome, threads
    )
    children = with_limits(parents, children, offspring, phase, rng, config)
    next_key = state.next_key + int((~offspring.elite).sum())
    validated = still_validated(generation, children, offspring)
    tunings: tuple[Tuning, ...] = ()
    first, elite, breeding = offspring.first, offspring.elite, offspring.breeding
    unchanged = evaluation.score is None and not generation.noisy and not evaluation.learned
    known = offspring.elite & unchanged
    if (valid := valid_genomes(generation, state.population.key)) is not None:
        known &= valid[offspring.first]  # what failed genomes got instead of a fitness holds for one generation only
    remembered = remember(evaluation, offspring.first[known]) if known.any() else None
    if steps:
        children, tunings = with_samples(children, steps, generation, config, next_key)
        breeding = np.union1d(breeding, state.species_index[[step.row for step in steps]])
        fresh = np.zeros(samples, np.bool_)
        known, validated = np.concatenate([known, fresh]), np.concatenate([validated, fresh])
        first, elite = np.concatenate([first, np.zeros(samples, np.int64)]), np.concatenate([elite, fresh])
    threshold = adjusted_threshold(state.threshold, len(generation.species), parents, config.speciation)
    species_index, species, next_species = assign_species(
        children, generation, breeding, threshold, rng, config, operators
    )
    return State(
        generation=rng.generation,
        population=children,
        innovations=innovations,
        threshold=threshold,
        next_key=next_key + samples,
        known=known,
        validated=validated,
        species_index=species_index,
        species=species,
        next_species=next_species,
        remembered=remembered,
        progress=progress,
        best=generation.record,
        champion=generation.champion,
        solved=generation.solved,
        evaluations=generation.evaluations,
        failures=generation.failures,
        problem_state=evaluation.state,
        phase=phase,
        tunings=tunings,
        race=None if generation.race is None else generation.race.for_offspring(
            first, elite, generation.species.id, species.id
        ),
    )  # fmt: skip


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
        NeatError: the configuration and the problem do not fit together, the problem is none, or workers cannot start.
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
                check_repeatable(problem, state, assessment, running, config.run)
            generation = assess(state, assessment, config.run)
            config = settings_for(generation, config)  # once, since it takes half a millisecond
            yield generation
            if generation.reasons:
                return
            state = reproduce(generation, config, operators)
