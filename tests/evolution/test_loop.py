"""The loop: what a generation remembers, when it stops, and that going on gives what never stopping gives."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from breeding import check_invariants

import neat
from neat.core.randomness import Purpose
from neat.evolution.loop import seeded
from neat.problems.evaluation import Evaluation, Validation
from neat.problems.protocol import Problem
from neat.problems.tables.dataset import Dataset

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def xor(solved="sides"):
    return Dataset(ROWS, TARGETS, measure="paper", solved=solved)


def config(**sections):
    run = {"seed": 4, "generations": 30, **sections.pop("run", {})}
    return neat.Config(run=run, population={"size": 60}, **sections)


def same(one, other) -> bool:
    """Whether two generations hold the same bits."""
    return (
        one.population == other.population
        and one.fitness.tobytes() == other.fitness.tobytes()
        and one.state.innovations == other.state.innovations
        and one.champion.to_json() == other.champion.to_json()
        and one.species.representative.tolist() == other.species.representative.tolist()
        and all(
            np.array_equal(getattr(one.species, name), getattr(other.species, name))
            for name in ("id", "born", "progress", "best")
        )
        and (one.evaluations, one.reasons, one.progress) == (other.evaluations, other.reasons, other.progress)
    )


def test_going_on_from_any_generation_is_never_having_stopped():
    settings = config(run={"stop_fitness": "none", "generations": 12})
    whole = list(neat.evolve(settings, xor()))
    assert [g.number for g in whole] == list(range(1, 13)) and whole[-1].reasons == ("generations",)
    for generation in whole[:-1]:
        state = neat.reproduce(pickle.loads(pickle.dumps(generation)), settings)
        rest = list(neat.evolve(settings, xor(), state))
        assert len(rest) == 12 - generation.number
        assert same(rest[-1], whole[-1]) and same(rest[0], whole[generation.number])


def test_ask_and_tell_is_evolve():
    settings = config(run={"generations": 8, "stop_fitness": "none"})
    problem = xor()
    state = neat.initialize(settings, inputs=["x1", "x2"], outputs=["y1"], fine_grained=True)
    for expected in neat.evolve(settings, problem):
        outputs = np.stack([neat.compile(genome)(problem.rows) for genome in state.population])
        fitness = (4.0 - np.abs(outputs[:, :, 0] - TARGETS).sum(axis=1)) ** 2
        generation = neat.tell(state, fitness, settings, fine_grained=True)
        assert np.allclose(generation.fitness, expected.fitness, rtol=1e-12)
        generation = neat.tell(state, expected.evaluation, settings, fine_grained=True)
        assert generation.population == expected.population
        state = neat.reproduce(generation, settings)


def test_every_generation_keeps_the_invariants():
    settings = config(run={"stop_fitness": "none"})
    keys: set[int] = set()
    champion = -np.inf
    for generation in neat.evolve(settings, xor()):
        check_invariants(generation.population, settings)
        state = generation.state
        assert len(generation.population) == 60 and state.species_index.max() + 1 == len(state.species)
        assert (np.diff(state.species.id) > 0).all() and (generation.species_sizes > 0).all()
        fresh = set(generation.population.key[~state.known].tolist())
        assert not fresh & keys
        keys |= fresh
        assert generation.champion.fitness >= max(champion, generation.best_fitness)
        champion = generation.champion.fitness
        assert generation.evaluations == len(keys)
    assert generation.evaluations < 30 * 60  # copied elites were not evaluated again


def test_elites_keep_their_fitness_and_noisy_ones_are_judged_again():
    class Noisy(Problem):
        inputs, outputs = ("a",), ("b",)

        def evaluate(self, networks, context):
            return Evaluation(context.rng.uniform(networks.key, 0))

    generations = list(neat.evolve(config(run={"generations": 5}), Noisy()))
    assert generations[-1].evaluations == 5 * 60
    assert not any(generation.state.known.any() for generation in generations)
    settings = config(run={"generations": 6, "stop_fitness": "none"})
    for generation in list(neat.evolve(settings, xor()))[1:]:
        known = generation.state.known
        assert known.any()
        again = xor().evaluate(
            neat.compile(generation.population), neat.Context(neat.Randomness(0, 1, Purpose.EVALUATION))
        )
        assert again.fitness.tobytes() == generation.fitness.tobytes()


def test_a_problem_may_check_the_settings_of_a_run(tmp_path):
    class Checking(Dataset):
        def check_settings(self, config):
            if config.population.size == 7:
                raise neat.NeatError("seven genomes are too few")
            if config.population.size == 8:
                raise ValueError("eight")

    problem, folder = Checking(ROWS, TARGETS), tmp_path / "run"
    with pytest.raises(neat.NeatError, match="^seven genomes are too few$") as caught:
        neat.run(neat.Config(population={"size": 7}), problem, out=folder)
    assert caught.value.exit_status == 2
    with pytest.raises(neat.ProblemError, match="^check_settings raised ValueError: eight$"):
        neat.run(neat.Config(population={"size": 8}), problem, out=folder)
    assert not folder.exists()
    assert neat.run(neat.Config(population={"size": 9}, run={"generations": 1}), problem).generations == 1


def test_reasons_to_stop():
    first = next(iter(neat.evolve(config(run={"stop_fitness": 1.0}), xor())))
    assert first.reasons == ("stop_fitness",) and first.solved
    last = list(neat.evolve(config(run={"generations": 3, "stop_fitness": 100.0}), xor()))[-1]
    assert last.reasons == ("generations",) and not last.solved
    solved = list(neat.evolve(config(run={"generations": 300}), xor()))[-1]
    assert solved.reasons == ("solved",) and solved.champion.solved
    outputs = neat.compile(solved.champion.genome)(ROWS)[:, 0]
    assert ((outputs > 0.5) == np.array(TARGETS, bool)).all()


def test_the_champion_is_a_copy_and_the_first_seen_on_ties():
    settings = config(run={"generations": 4})
    flat = list(neat.evolve(settings, xor(solved=None)))
    assert len(flat) == 4

    class Flat(Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def evaluate(self, networks, context):
            return Evaluation(np.zeros(len(networks)))

    generations = list(neat.evolve(settings, Flat()))
    assert all(g.champion is generations[0].champion for g in generations)
    assert generations[0].champion.genome.key == 0
    assert generations[0].champion.genome.same_genes(generations[0].population[0])


def test_only_a_validated_genome_solves_and_none_is_checked_twice():
    class Hard(Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def __init__(self):
            self.checked = []

        def evaluate(self, networks, context):
            return Evaluation(networks.key.astype(float), solved=networks.key > 70)

        def validate(self, network, context):
            key = int(network.networks.key[0])
            self.checked.append(key)
            return Validation(key, passed=key > 150, fitness=key / 2, details={"worst": 1.0})

    problem = Hard()
    generations = list(neat.evolve(config(), problem))
    assert len(set(problem.checked)) == len(problem.checked) > 1
    assert [g.solved for g in generations[:-1]] == [False] * (len(generations) - 1)
    last = generations[-1]
    assert last.reasons == ("solved",) and last.champion.genome.key == problem.checked[-1] > 150
    assert last.champion.validation is not None and last.champion.validation.details == {"worst": 1.0}


def test_a_copy_of_a_checked_genome_is_not_checked_again():
    class Examined(Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def __init__(self):
            self.answers = []

        def evaluate(self, networks, context):
            answers = np.array([float(network([1.0])[0]) for network in networks])
            return Evaluation(answers, solved=answers > -1.0)

        def validate(self, network, context):
            self.answers.append(float(network([1.0])[0]))
            return Validation(int(network.networks.key[0]), passed=False, fitness=0.0)

    copies = config(  # the champions of all species but the best one's are replaced by copies with other keys
        mutation={"growth": False, "weight_rate": 0.0},
        crossover={"mating": False},
        speciation={"threshold": 0.1},
        reproduction={"champion_size": 60},
    )
    problem = Examined()
    keys = [generation.population.key for generation in neat.evolve(copies, problem)]
    assert len(np.unique(np.concatenate(keys))) > len(keys[0]) == 60  # children are born all the time
    assert len(set(problem.answers)) == len(problem.answers) > 5


def test_the_champion_of_a_noisy_problem_is_the_best_validated_genome():
    class Casino(Problem):
        inputs, outputs = ("a",), ("b",)

        def evaluate(self, networks, context):
            luck = context.rng.uniform(networks.key, 0)
            return Evaluation(luck, solved=luck > 0.5)

        def validate(self, network, context):
            worth = float((network.networks.key[0] * 7919 % 101) / 101)
            return Validation(0, passed=False, fitness=worth)

    best = -1.0
    for generation in neat.evolve(config(), Casino()):
        best = max(best, generation.validation.fitness)
        assert generation.champion.fitness == best


def test_carry_is_handed_on():
    class Counting(Problem):
        inputs, outputs, carries = ("a",), ("b",), True

        def evaluate(self, networks, context):
            count = context.state.get("count", np.zeros(1)) + 1
            return Evaluation(np.full(len(networks), count[0]), state={"count": count})

    fitness = [g.best_fitness for g in neat.evolve(config(run={"generations": 4}), Counting())]
    assert fitness == [1.0, 2.0, 3.0, 4.0]


def test_score_decides_selection_and_fitness_the_champion():
    class Inverted(Problem):
        inputs, outputs = ("a",), ("b",)

        def evaluate(self, networks, context):
            weight = np.array([network(np.ones(1))[0] for network in networks])
            return Evaluation(weight, score=1.0 - weight)

    generations = list(neat.evolve(config(run={"generations": 12}), Inverted()))
    assert generations[-1].mean_fitness < generations[0].mean_fitness
    assert generations[-1].champion.fitness >= generations[0].best_fitness


def test_learned_values_are_inherited():
    class Learning(Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def evaluate(self, networks, context):
            genes = int(networks.gene_counts.sum())
            return Evaluation(np.zeros(len(networks)), weight=np.full(genes, 0.125))

    settings = config(mutation={"weight_rate": 0.0, "add_node": 0.0, "add_connection": 0.0})
    state = neat.initialize(settings, Learning())
    generation = next(iter(neat.evolve(settings, Learning(), state)))
    assert (neat.reproduce(generation, settings).population.weight == 0.125).all()


def test_learned_values_of_inputs_count_for_nothing_and_come_back_from_a_file():
    class Learning(Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def evaluate(self, networks, context):
            nodes = int(networks.arrays.network["nodes"].sum())
            return Evaluation(networks.key * 1.0, bias=np.full(nodes, 0.25), response=np.full(nodes, 0.5))

    settings = config(run={"generations": 3}, mutation={"add_node": 0.5, "weight_rate": 0.0})
    generation = list(neat.evolve(settings, Learning()))[-1]
    for genome in generation.population:
        assert genome.column("bias")[:2].tolist() == [0.0, 0.0]
        assert genome.column("response")[:3].tolist() == [1.0, 1.0, 0.5]
    champion = generation.champion.genome
    assert neat.Genome.from_json(champion.to_json()) == champion


@pytest.mark.parametrize("value", [1e300, -(2.0**41), np.inf])
def test_learned_values_that_no_genome_may_hold_are_refused(value):
    state = neat.initialize(config(), inputs=1, outputs=1)
    weight = np.full(len(state.population.weight), 2.0**40)
    neat.tell(state, Evaluation(np.zeros(60), weight=weight), config())
    weight[3] = value
    with pytest.raises(neat.ProblemError, match=r"the learned weight must lie within \+-2\^40; it holds"):
        neat.tell(state, Evaluation(np.zeros(60), weight=weight), config())


def test_learned_values_that_are_nan_leave_genes_as_they_are():
    state = neat.initialize(config(), inputs=1, outputs=1)
    own = state.population.weight
    weight = np.where(np.arange(len(own)) % 2, np.nan, 0.125)
    generation = neat.tell(state, Evaluation(np.arange(60.0), weight=weight), config())
    assert np.array_equal(generation.population.weight, np.where(np.isnan(weight), own, weight))
    champion = generation.population[59].column("weight")
    assert np.array_equal(generation.champion.genome.column("weight"), champion)


def test_what_no_file_could_hold_is_refused_at_once():
    many = np.zeros(2, np.longdouble)
    for name, given, message in (
        ("columns", {"half \ud800": np.zeros(2)}, "has half a letter in its name"),
        ("preprocessing", {"range": [0.0, np.inf]}, r"preprocessing\['range'\] must be finite; it holds inf"),
        *([("state", {"sum": many}, "must be numbers of 64 bits at most")] if many.itemsize > 8 else []),
    ):
        with pytest.raises(neat.ProblemError, match=message):
            Evaluation(np.zeros(2), **{name: given})
    assert Evaluation(np.zeros(2), state={"low": np.inf}).state["low"] == np.inf


def test_a_stagnant_species_dies_and_a_stagnant_population_narrows():
    settings = config(
        run={"stop_fitness": "none", "generations": 60},
        genome={"activation": "steep_sigmoid"},
        speciation={"target_species": "none", "threshold": 0.6},
        reproduction={
            "survival": 0.2,
            "unmated": 0.25,
            "stagnation": 5,
            "species_elitism": 1,
            "population_stagnation": 12,
        },
    )
    generations = list(neat.evolve(settings, xor(solved=None)))
    narrowed = False
    for before, after in zip(generations, generations[1:], strict=False):
        ages = before.number - before.species.progress
        gone = ~np.isin(before.species.id, after.species.id)
        stagnant = ages >= 5
        kept = stagnant & ~gone
        assert kept.sum() <= 2  # the best one, and the one with the best genome
        narrowed |= bool(before.number - before.progress >= 12 and (~gone).sum() <= 3)
    assert any((g.number - g.species.progress >= 5).any() for g in generations) and narrowed


def test_bad_evaluations_are_named():
    settings = config()
    state = neat.initialize(settings, xor())
    with pytest.raises(neat.ProblemError, match=r"shape \(P,\) = \(60,\).*shape \(59,\)"):
        neat.tell(state, np.zeros(59), settings)
    fitness = np.zeros(60)
    fitness[17] = np.nan
    with pytest.raises(neat.ProblemError, match="fitness of genome 17 .* is nan; it must be finite") as caught:
        neat.tell(state, fitness, settings)
    assert caught.value.genome_key == 17
    with pytest.raises(neat.ProblemError, match="must be numbers"):
        neat.tell(state, ["high"] * 60, settings)


class Fragile(Problem):
    inputs, outputs, deterministic = ("a",), ("b",), True

    def __init__(self, fault):
        self.fault = fault

    def evaluate(self, networks, context):
        fitness = networks.key.astype(float)
        if 33 in networks.key:
            if isinstance(self.fault, Exception):
                raise self.fault
            fitness[networks.key == 33] = self.fault
        return Evaluation(fitness)


@pytest.mark.parametrize("fault", [ZeroDivisionError("by zero"), np.nan, np.inf])
def test_a_failing_genome_stops_the_run_or_is_the_worst(fault):
    with pytest.raises(neat.ProblemError, match="genome 33 ") as caught:
        list(neat.evolve(config(), Fragile(fault)))
    assert caught.value.genome_key == 33
    lenient = config(run={"on_error": "worst", "generations": 2})
    first = next(iter(neat.evolve(lenient, Fragile(fault))))
    assert first.fitness[33] == 0.0 and len(first.failed) == 1


def test_seeds():
    assert seeded(config()).run.seed == 4
    unseeded = neat.Config(population={"size": 10})
    assert seeded(unseeded).run.seed is not None
    state = neat.initialize(config(), xor())
    with pytest.raises(neat.NeatError, match="seed"):
        next(iter(neat.evolve(unseeded, xor(), state)))
    other = next(iter(neat.evolve(config(run={"seed": 5}), xor())))
    assert other.population != state.population


def test_ties_in_state_do_not_alias():
    state = neat.initialize(config(), xor())
    with pytest.raises(ValueError, match="read-only"):
        state.population.weight[0] = 1.0
    assert replace(state).population is state.population
