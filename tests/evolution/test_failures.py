"""Genomes at which a problem fails: named, or given the worst fitness and counted, and never the champion."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import numpy as np
import pytest
import toys  # noqa: F401  (registers environments)

import neat
from neat.evolution.state import Generation
from neat.problems.gymnasium.plain import Plain
from neat.problems.gymnasium.problem import Gymnasium

SIZE, CONNECTIONS = 30, 3  # of a founder: from two inputs and the bias to the output


class Unprintable(Exception):
    """Cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def raises(error: BaseException) -> Any:
    def fail(fitness: Any, place: int) -> Any:
        raise error

    return fail


class Panic(BaseException):
    """An exception that does not derive from Exception, like the panics of Rust libraries."""


def exits(fitness: Any, place: int) -> Any:
    sys.exit(3)


def calls_wrongly(fitness: Any, place: int) -> Any:
    return neat.compile(neat.Genome(2, 1))([1.0, 2.0, 3.0])


def becomes(value: Any) -> Any:
    def spoil(fitness: Any, place: int) -> Any:
        fitness[place] = value
        return fitness

    return spoil


def loses_it(fitness: Any, place: int) -> Any:
    return np.delete(fitness, place)


FAULTS = {
    "raises": (raises(ZeroDivisionError("by zero")), "ZeroDivisionError: by zero", ZeroDivisionError),
    "unprintable": (raises(Unprintable()), "Unprintable", Unprintable),
    "closes a generator": (raises(GeneratorExit()), "GeneratorExit", GeneratorExit),
    "panics": (raises(Panic("unreachable")), "Panic: unreachable", Panic),
    "wrong call": (calls_wrongly, "NeatError: ", neat.NeatError),
    "nan": (becomes(np.nan), "fitness", None),
    "inf": (becomes(np.inf), "fitness", None),
    "minus inf": (becomes(-np.inf), "fitness", None),
    "lost": (loses_it, "must have shape", None),
}


class Fragile(neat.Problem):
    """Fitness is what `value` makes of the key; it fails at genomes whose key `faulty` picks."""

    inputs, outputs, deterministic = ("a", "b"), ("y",), True

    def __init__(self, fault: Any = None, faulty: Any = lambda key: key % 7 == 3, value: Any = float) -> None:
        self.fault, self.faulty, self.value = fault, faulty, value
        self.asked: list[int] = []

    def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
        keys = networks.key.tolist()
        self.asked += keys
        fitness: Any = np.array([self.value(key) for key in keys])
        for place in reversed(range(len(keys))):
            if self.fault is not None and self.faulty(keys[place]):
                fitness = self.fault(fitness, place)
        return neat.Evaluation(fitness)


def config(on_error: str = "worst", **run: Any) -> neat.Config:
    settings = {"seed": 2, "generations": 6, "stop_fitness": "none", "on_error": on_error, **run}
    return neat.Config(run=settings, population={"size": SIZE}, reproduction={"champion_size": 1})


def story(generations: list[Generation]) -> list[bytes]:
    return [
        pickle.dumps((g.population, g.fitness, dict(g.failed), g.champion.to_json(), g.failures)) for g in generations
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_first_genome_that_fails_is_named(fault: str) -> None:
    fail, words, cause = FAULTS[fault]
    with pytest.raises(neat.ProblemError) as caught:
        list(neat.evolve(config("stop"), Fragile(fail)))
    error = caught.value
    assert error.genome_key == 3 and "genome 3 " in str(error) and "generation 1" in str(error)
    assert words in str(error) and "\n" not in str(error)
    assert type(error.__cause__) is (cause or type(None))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_worst_fitness_is_the_lowest_finite_one_and_it_is_counted(fault: str) -> None:
    fail, words, _ = FAULTS[fault]
    total = 0
    for generation in neat.evolve(config(), Fragile(fail, value=lambda key: 100.0 - key % 31)):
        keys = generation.population.key
        bad = keys % 7 == 3
        assert set(generation.failed) == set(keys[bad].tolist())
        assert all(words in why for why in generation.failed.values())
        assert (generation.fitness[~bad] == 100.0 - keys[~bad] % 31).all()
        assert (generation.fitness[bad] == generation.fitness[~bad].min()).all()
        total += int(bad.sum())
        assert generation.failures == total > 0
        assert generation.champion.genome.key % 7 != 3


def test_nothing_of_it_depends_on_threads_or_on_where_a_run_continues() -> None:
    problem = Fragile(raises(ValueError("no")))
    whole = list(neat.evolve(config(), problem))
    for threads in (1, 2):
        assert story(list(neat.evolve(config(threads=threads), problem))) == story(whole)
    for generation in whole[:-1]:
        state = neat.reproduce(pickle.loads(pickle.dumps(generation)), config())
        assert story(list(neat.evolve(config(), problem, state))) == story(whole)[generation.number :]


def test_a_genome_that_failed_is_never_the_best_though_its_fitness_is_as_high() -> None:
    for generation in neat.evolve(config(), Fragile(raises(ValueError()), lambda key: key % 7 != 6, lambda key: 1.0)):
        assert (generation.fitness == 1.0).all()
        assert generation.population.key[generation.best] % 7 == 6 == generation.champion.genome.key % 7


def test_a_copy_of_a_genome_that_failed_is_evaluated_again() -> None:
    problem = Fragile(becomes(np.nan), lambda key: key != 5, lambda key: 1.0)
    before: set[int] = set()
    copies: set[int] = set()
    for generation in neat.evolve(config().replace(speciation={"threshold": 0.5}), problem):
        keys = set(generation.population.key.tolist())
        assert generation.population.key[generation.state.known].tolist() == ([5] if before else [])
        assert set(problem.asked) == keys - (before & {5}) and len(generation.failed) == SIZE - 1
        copies |= keys & before
        before, problem.asked = keys, []
    assert len(copies) > 1


@pytest.mark.parametrize("fault", FAULTS)
def test_where_everybody_fails_the_run_stops_with_the_first(fault: str) -> None:
    fail, words, cause = FAULTS[fault]
    with pytest.raises(neat.ProblemError, match="every genome of generation 1|no genome has|must have shape") as caught:
        list(neat.evolve(config(), Fragile(fail, lambda key: True)))
    assert words in str(caught.value) and type(caught.value.__cause__) is (cause or type(None))
    if fault != "lost":  # an answer of a wrong shape for everybody is nobody's own fault
        assert caught.value.genome_key == 0


def test_if_all_new_genomes_fail_the_known_ones_give_the_lowest() -> None:
    class Answering(Fragile):
        """Answers with columns too."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            found = super().evaluate(networks, context)
            return neat.Evaluation(found.fitness, solved=found.fitness < 0, columns={"x": networks.key})

    problem = Answering(raises(ValueError("late")), lambda key: key >= SIZE)
    first, second, *_ = neat.evolve(config(generations=2), problem)
    known = second.state.known
    assert 0 < known.sum() < SIZE and len(second.failed) == SIZE - known.sum()
    assert (second.fitness[~known] == second.fitness[known].min()).all()
    assert (second.evaluation.columns["x"][known] == second.population.key[known]).all()
    assert first.champion is second.champion and not second.solved


def test_ask_and_tell_has_the_same_policy() -> None:
    state = neat.initialize(config(), inputs=2, outputs=1)
    fitness = np.arange(SIZE, dtype=float)
    fitness[[4, 9]] = np.nan, np.inf
    generation = neat.tell(state, fitness, config())
    assert dict(generation.failed) == {4: "its fitness is nan", 9: "its fitness is inf"}
    assert generation.fitness[[4, 9]].tolist() == [0.0, 0.0] and generation.best_fitness == SIZE - 1
    score = np.where(np.arange(SIZE) == 6, np.nan, 2.0)
    scored = neat.tell(state, neat.Evaluation(np.ones(SIZE), score=score), config())
    assert dict(scored.failed) == {6: "its score is nan"} and scored.evaluation.score is not None
    assert scored.evaluation.score[6] == 2.0
    with pytest.raises(neat.ProblemError, match="genome 4 .* is nan; it must be finite$"):
        neat.tell(state, fitness, config("stop"))
    with pytest.raises(neat.ProblemError, match="is nan; it must be finite, and no genome has a finite one"):
        neat.tell(state, np.full(SIZE, np.nan), config())


class Examined(Fragile):
    """Its harder test fails at some genomes, and answers wrongly for others."""

    def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
        found = super().evaluate(networks, context)
        return neat.Evaluation(found.fitness, solved=found.fitness >= 0)

    def validate(self, network: Any, context: neat.Context) -> Any:
        key = int(network.networks.key[0])
        if key % 3 == 0:
            raise KeyError("lost")
        if key % 3 == 1:
            return neat.Validation(key, True, float("nan"))
        return neat.Validation(key, key > 40, 1.0)


def test_a_harder_test_that_fails() -> None:
    said = "KeyError: 'lost' when it validated genome 27 in generation 1"
    with pytest.raises(neat.ProblemError, match=said) as caught:
        list(neat.evolve(config("stop"), Examined(value=lambda key: -abs(key - 27) + 0.0)))
    assert caught.value.genome_key == 27 and isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(neat.ProblemError, match="fitness is nan; it must be a finite number, .* genome 28"):
        list(neat.evolve(config("stop"), Examined(value=lambda key: -abs(key - 28) + 0.0)))
    generations = list(neat.evolve(config(generations=9, stop_fitness="solved"), Examined()))
    whys = [why for generation in generations for why in generation.failed.values()]
    assert any("'lost'" in why for why in whys) and any("fitness is nan" in why for why in whys)
    assert generations[-1].solved and generations[-1].champion.genome.key % 3 == 2
    for generation in generations:
        assert not any(generation.champion.genome.key == key for key in generation.failed)


def test_what_is_the_machines_fault_or_the_users_wish_never_becomes_a_fitness() -> None:
    with pytest.raises(neat.ProblemError, match="MemoryError for genome 3 in generation 1"):
        list(neat.evolve(config(), Fragile(raises(MemoryError()))))

    @neat.problem(inputs=1, outputs=1)
    def hungry(network):
        if network.networks.key[0] == 3:
            raise MemoryError
        return 1.0

    with pytest.raises(neat.ProblemError, match="MemoryError for genome 3 in generation 1"):
        list(neat.evolve(config(), hungry))
    with pytest.raises(KeyboardInterrupt):
        list(neat.evolve(config(), Fragile(raises(KeyboardInterrupt()))))


@pytest.mark.parametrize("on_error", ["stop", "worst"])
def test_a_problem_that_exits_interrupts_the_run_and_nothing_is_evaluated_again(on_error: str) -> None:
    problem = Fragile(exits)
    with pytest.raises(KeyboardInterrupt, match=r"the problem called sys.exit\(\) in generation 1"):
        list(neat.evolve(config(on_error), problem))
    assert problem.asked == list(range(SIZE))
    evaluated: list[int] = []

    @neat.problem(inputs=1, outputs=1)
    def closing(network: Any) -> float:
        evaluated.append(int(network.networks.key[0]))
        return exits(None, 0) if len(evaluated) == 4 else 1.0

    with pytest.raises(KeyboardInterrupt):
        list(neat.evolve(config(on_error), closing))
    assert evaluated == [0, 1, 2, 3]


def test_a_validation_that_exits_interrupts_the_run() -> None:
    class Closing(Examined):
        """A problem whose window is closed during validation."""

        def validate(self, network: Any, context: neat.Context) -> Any:
            sys.exit()

    with pytest.raises(KeyboardInterrupt, match="in generation 1"):
        list(neat.evolve(config(), Closing()))


def test_genomes_that_meet_each_other_cannot_be_told_apart() -> None:
    problem = Fragile(raises(ValueError("all of you")))
    problem.independent = False
    for on_error in ("stop", "worst"):
        with pytest.raises(neat.ProblemError, match="ValueError: all of you in generation 1") as caught:
            list(neat.evolve(config(on_error), problem))
        assert caught.value.genome_key is None and isinstance(caught.value.__cause__, ValueError)
    problem.fault = becomes(np.nan)
    assert next(neat.evolve(config(), problem)).failures == 4


def test_a_fault_that_comes_and_goes_belongs_to_no_genome() -> None:
    class Moody(Fragile):
        """Fails where there are many."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            if len(networks) > 1:
                raise ValueError("a crowd")
            return super().evaluate(networks, context)

    for on_error in ("stop", "worst"):
        with pytest.raises(neat.ProblemError, match="a crowd in generation 1, but for no genome that is .* alone"):
            list(neat.evolve(config(on_error), Moody()))


@pytest.mark.parametrize("answer", [
    {"fitness": ["1.0"] * SIZE}, {"fitness": [1j] * SIZE}, {"fitness": [None] * SIZE}, {"fitness": [[1.0], [1.0, 2.0]]},
    {"fitness": np.ones(SIZE), "solved": np.ones(SIZE)}, {"fitness": np.ones(SIZE), "solved": ["no"] * SIZE},
    {"fitness": np.ones(SIZE), "columns": 3}, {"fitness": np.ones(SIZE), "columns": {"x": "y"}},
    {"fitness": np.ones(SIZE), "columns": {3: np.ones(SIZE)}}, {"fitness": np.ones(SIZE), "columns": {"x": 1.0}},
    {"fitness": np.ones(SIZE), "preprocessing": 3}, {"fitness": np.ones(SIZE), "preprocessing": {"x": np.inf}},
    {"fitness": np.ones(SIZE), "state": [1]}, {"fitness": np.ones(SIZE), "state": {"x": object()}},
    {"fitness": np.ones(SIZE), "weight": np.ones(3)}, {"fitness": np.ones(SIZE), "bias": [np.nan]},
])  # fmt: skip
def test_an_answer_of_a_wrong_type_is_refused_whatever_it_is(answer: dict[str, Any]) -> None:
    class Wrong(Fragile):
        """Answers like this, however many are asked for."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            return neat.Evaluation(**answer)

    for on_error in ("stop", "worst"):
        with pytest.raises(neat.ProblemError, match="must (be|have)") as caught:
            list(neat.evolve(config(on_error), Wrong()))
        assert len(str(caught.value)) < 400


def test_genomes_that_fail_learn_nothing() -> None:
    class Learning(Fragile):
        """Doubles every weight."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            found = super().evaluate(networks, context)
            return neat.Evaluation(found.fitness, weight=np.full(CONNECTIONS * len(networks), 9.0))

    once = config(generations=1)
    generation = next(neat.evolve(once, Learning(raises(ValueError()))))
    learned = generation.evaluation.weight
    assert learned is not None
    own = np.repeat(generation.population.key % 7 == 3, CONNECTIONS)
    assert (learned[~own] == 9.0).all() and (learned[own] == generation.population.weight[own]).all()


def test_a_merge_that_fails_is_told() -> None:
    class Carrying(Fragile):
        """Carries on what it cannot merge."""

        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            return neat.Evaluation(super().evaluate(networks, context).fitness, state={"x": np.zeros(1)})

        def merge(self, carries: Any) -> Any:
            raise LookupError("which?")

    with pytest.raises(neat.ProblemError, match=r"merge raised LookupError: which\?") as caught:
        list(neat.evolve(config(), Carrying(raises(ValueError()))))
    assert isinstance(caught.value.__cause__, LookupError)


class PickyPlain(Plain):
    """Breaks down where the first action is the last one."""

    def _play_one(self, agent: Any, seed: int, limit: int, where: str) -> tuple[float, int]:
        if agent(np.array([0.5, 0.0])) == 4:
            raise Panic("broken")
        return super()._play_one(agent, seed, limit, where)


class Picky(Gymnasium):
    """An environment that breaks down for some genomes."""

    def _make_backend(self, made: Any) -> Plain:
        return PickyPlain(self.spec, self.observations, self.actions, made)


def test_environments_that_fail_give_the_same_bits_again() -> None:
    settings = neat.Config(run={"seed": 1, "generations": 3, "on_error": "worst"}, population={"size": 12})

    runs = [list(neat.evolve(settings, Picky("toys/Toy-v1", scaling="running"))) for _ in range(2)]
    assert story(runs[0]) == story(runs[1])
    assert 0 < runs[0][-1].failures < runs[0][-1].evaluations
