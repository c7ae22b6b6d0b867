"""Genomes of a table problem learn before they are evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.core.constants import VALUE_LIMIT
from neat.core.randomness import Purpose, Randomness
from neat.learning.problem import LearningProblem
from neat.problems.tables.dataset import TableProblem

ROWS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])


def table(**keys: Any) -> neat.Dataset:
    return neat.Dataset(ROWS, XOR, **keys)


def config(inherit: str = "lamarckian", **sections: Any) -> neat.Config:
    run = {"seed": 3, "generations": 4, "stop_fitness": None} | sections.pop("run", {})
    learning = {"inherit": inherit, "steps": 5} | sections.pop("learning", {})
    genome = {"bias": "attribute", "activation": "sigmoid"} | sections.pop("genome", {})
    size = {"size": 30} | sections.pop("population", {})
    return neat.Config(run=run, learning=learning, genome=genome, population=size, **sections)


def digest(generation: neat.Generation) -> bytes:
    population = generation.population
    return b"".join(getattr(population, name).tobytes() for name in ("weight", "bias", "response", "key", "innovation"))


def test_lamarckian_genomes_hold_what_they_learned() -> None:
    settings = config()
    state = neat.initialize(settings, table())
    generation = next(neat.evolve(settings, table(), state))
    assert (generation.population.weight != state.population.weight).any()
    again = table().evaluate(neat.compile(generation.population), neat.Context(Randomness(0, 1, Purpose.EVALUATION)))
    assert np.array_equal(again.fitness, generation.fitness)
    innate = table().evaluate(neat.compile(state.population), neat.Context(Randomness(0, 1, Purpose.EVALUATION)))
    assert (generation.fitness > innate.fitness).mean() > 0.9
    champion = generation.champion.genome
    assert champion.same_genes(generation.population[generation.best])


def test_baldwinian_genomes_keep_their_own_weights() -> None:
    lamarckian, baldwinian = (next(neat.evolve(config(name), table())) for name in ("lamarckian", "baldwinian"))
    state = neat.initialize(config("baldwinian"), table())
    assert np.array_equal(baldwinian.population.weight, state.population.weight)
    assert np.array_equal(baldwinian.fitness, lamarckian.fitness)
    # a child of the best genome inherits no learned weight
    assert np.isin(neat.reproduce(baldwinian, config("baldwinian")).population.weight, state.population.weight).any()


def test_learning_takes_the_steps_of_training() -> None:
    settings = config(learning={"steps": 3, "optimiser": "sgd", "rate": 0.5}, population={"size": 4})
    state = neat.initialize(settings, table())
    generation = next(neat.evolve(settings, table(), state))
    for g in range(4):
        trained = neat.learning.train(
            state.population[g], ROWS, XOR[:, None], epochs=3, optimiser="sgd", rate=0.5, batch=0
        ).genome
        assert trained.same_genes(generation.population[g])


@pytest.mark.parametrize("inherit", ["lamarckian", "baldwinian"])
@pytest.mark.parametrize("batch", [0, 3])
def test_results_do_not_depend_on_threads_or_on_resuming(tmp_path: Path, inherit: str, batch: int) -> None:
    settings = config(inherit, learning={"batch": batch}, run={"generations": 5})
    runs = [
        [digest(generation) for generation in neat.evolve(settings.replace(run={"threads": threads}), table())]
        for threads in (1, 3)
    ]
    assert runs[0] == runs[1]
    neat.run(settings.replace(run={"generations": 3}), table(), out=tmp_path / "run")
    resumed = neat.resume(tmp_path / "run", generations=5, problem=table())
    assert resumed.generations == 5
    whole = neat.run(settings, table(), out=tmp_path / "whole")
    assert resumed.champion.same_genes(whole.champion) and resumed.evaluations == whole.evaluations
    assert neat.verify(tmp_path / "run", problem=table()).same


def test_two_evaluations_are_counted_for_every_pass() -> None:
    once = config(run={"generations": 1})
    assert next(neat.evolve(once, table())).evaluations == 30 * (1 + 2 * 5)
    # 5 steps of 3 rows and, every second one, of the last row: 3 + 1 + 3 + 1 + 3 rows, 5.5 evaluations
    batches = config(run={"generations": 1}, learning={"batch": 3})
    assert next(neat.evolve(batches, table())).evaluations == 30 * (1 + 6)
    assert next(neat.evolve(config("none", run={"generations": 1}), table())).evaluations == 30


def test_the_cost_of_learning_is_a_whole_number() -> None:
    assert neat.Evaluation(np.zeros(2), learning_evaluations=np.int64(5)).learning_evaluations == 5  # type: ignore[arg-type]
    for wrong in (-1, 1.5, True, 2**41, None):
        with pytest.raises(neat.ProblemError, match="learning_evaluations is .* a whole number from 0"):
            neat.Evaluation(np.zeros(2), learning_evaluations=wrong)  # type: ignore[arg-type]


def test_learned_values_stay_within_the_limits_of_the_genome() -> None:
    settings = config(
        learning={"steps": 50, "rate": 5.0},
        genome={"weight_limit": 3.0, "bias_limit": 1.5, "bias_range": 1.0},
    )
    population = next(neat.evolve(settings, table())).population
    assert np.abs(population.weight).max() == 3.0 and np.abs(population.bias).max() == 1.5


def test_a_genome_whose_learning_diverges_keeps_its_weights() -> None:
    settings = config(
        learning={"steps": 200, "rate": 1e6, "optimiser": "sgd"},
        genome={"activation": "linear", "weight_limit": VALUE_LIMIT, "bias_limit": VALUE_LIMIT},
    )
    state = neat.initialize(settings, table())
    generation = next(neat.evolve(settings, table(), state))
    assert np.array_equal(generation.population.weight, state.population.weight)


@pytest.mark.parametrize(
    ("measure", "targets", "loss"),
    [
        ("mse", 1, "mse"),
        ("accuracy", 2, "mse"),
        ("cross_entropy", 1, "binary_cross_entropy"),
        ("cross_entropy", 2, "softmax"),
    ],
)
def test_the_loss_suits_the_measure(measure: Any, targets: int, loss: str) -> None:
    wanted = XOR if targets == 1 else np.eye(2)[XOR.astype(int)]
    problem = LearningProblem(neat.Dataset(ROWS, wanted, measure=measure), config())
    assert problem._loss.name == loss


def test_what_cannot_learn_is_told() -> None:
    with pytest.raises(
        neat.NeatError, match=r"\[learning\] inherit = lamarckian: networks can only learn from the rows"
    ):
        next(neat.evolve(config(problem={"kind": "single_pole"})))
    with pytest.raises(neat.NeatError, match=r"\[genome\] activation_options = step: has no useful derivative"):
        neat.initialize(config(genome={"activation_options": ["sigmoid", "step"]}), table())


@pytest.mark.parametrize(
    ("targets", "sections", "message"),
    [
        (XOR, {"genome": {"activation": "tanh"}, "learning": {"loss": "binary_cross_entropy"}},
         r"\[learning\] loss = binary_cross_entropy: the loss binary_cross_entropy needs outputs from 0 to 1, and "
         "those with tanh may be smaller or larger"),
        (XOR, {"genome": {"output_activation": "linear"}, "learning": {"loss": "binary_cross_entropy"}}, "with linear"),
        (XOR, {"learning": {"loss": "softmax"}}, r"\[learning\] loss = softmax: the loss softmax needs one output for"),
        (3.0 * XOR, {"learning": {"loss": "binary_cross_entropy"}, "genome": {"output_activation": "relu"}},
         r"needs targets from 0 to 1; that of row 2, output 1 is 3"),
    ],
)  # fmt: skip
def test_a_loss_that_does_not_fit_is_refused_before_the_run(
    targets: np.ndarray, sections: dict[str, Any], message: str
) -> None:
    with pytest.raises(neat.NeatError, match=message):
        neat.initialize(config(**sections), neat.Dataset(ROWS, targets))


def test_a_champion_is_tested_after_it_has_learned(tmp_path: Path) -> None:
    for inherit in ("lamarckian", "baldwinian"):
        result = neat.run(config(inherit), table(), out=tmp_path / inherit)
        assert neat.evaluate_run(tmp_path / inherit, problem=table()).mean == result.best_fitness


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([neat.Node(2), neat.Node(3, activation="step")], "has the activation 'step', whose derivative is 0"),
        ([neat.Node(2, activation="tanh"), neat.Node(3)], "output 'y1' has the activation tanh"),
    ],
)
def test_a_genome_that_cannot_learn_is_refused_as_a_start(tmp_path: Path, nodes: list[neat.Node], message: str) -> None:
    file = tmp_path / "start.json"
    file.write_text(neat.Genome(2, 1, [(0, 3, 0.5), (3, 2, 1.0)], nodes).to_json())
    settings = config(population={"start": str(file)}, learning={"loss": "binary_cross_entropy"})
    with pytest.raises(neat.NeatError, match=rf"\[population\] start = .*start.json: .*{message}"):
        neat.initialize(settings, table())


def test_a_champion_that_learns_from_batches_is_tested_several_times(tmp_path: Path) -> None:
    neat.run(config("baldwinian", learning={"batch": 3}), table(), out=tmp_path / "run")
    results = [neat.evaluate_run(tmp_path / "run", 20, seed, problem=table()) for seed in (0, 0, 1)]
    assert results[0].values.shape == (20,) and results[0].sd > 0.0 and results[0].same == ""
    assert np.array_equal(results[0].values, results[1].values)
    assert not np.array_equal(results[0].values, results[2].values)


def test_a_configuration_file_makes_a_table_learn(tmp_path: Path) -> None:
    (tmp_path / "xor.csv").write_text("a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    file = tmp_path / "xor.ini"
    file.write_text(
        "[problem]\nkind = dataset\ndata = xor.csv\ninputs = a, b\ntargets = y\nsolved = sides\n"
        "[learning]\ninherit = lamarckian\nsteps = 20\n[genome]\nactivation = tanh\noutput_activation = sigmoid\n"
        "bias = attribute\n[population]\nsize = 50\n[run]\nseed = 2\n"
    )
    result = neat.run(neat.load(file))
    assert result.solved and issubclass(neat.Dataset, TableProblem)
