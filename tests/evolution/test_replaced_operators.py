"""Operators that users replace: from Python and from an INI file, used, repeatable, and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.core.randomness import Purpose, Randomness
from neat.genetics.innovation import Innovations
from neat.genetics.operator_checks import operators_of
from neat.genetics.operators import Operators

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def config(**sections: Any) -> neat.Config:
    run = {"seed": 4, "generations": 6, "stop_fitness": "none", "threads": 1, **sections.pop("run", {})}
    return neat.Config(run=run, population={"size": 40}, **sections)


def xor() -> neat.Dataset:
    return neat.Dataset(ROWS, TARGETS, measure="paper")


def populations(settings: neat.Config, operators: Operators | None = None) -> list[neat.Population]:
    return [generation.population for generation in neat.evolve(settings, xor(), operators=operators)]


def quantised(population, mutable, innovations, rng, mutation, genome, threads):
    """Mutate as usual, then round the weights of mutated genomes to eighths, with some noise of its own."""
    population, innovations = Operators.mutate(population, mutable, innovations, rng, mutation, genome, threads)
    touched = np.repeat(mutable, population.connection_counts)
    noise = rng.generator().integers(-1, 2, len(touched)) / 8
    weight = np.where(touched, np.clip(np.round(population.weight * 8) / 8 + noise, -8.0, 8.0), population.weight)
    return population.replace(weight=weight), innovations


def grown(population, mutable, innovations, rng, mutation, genome, threads):
    """Give each mutable genome a new hidden node between a random input and the output."""
    made = []
    output = population.layout.sources
    for old, grows in zip(population, mutable, strict=True):
        if grows:
            (node,), innovations = innovations.fresh_nodes(1)
            source = rng.integers(output, old.key, 0)
            numbers, innovations = innovations.number_connections([source, node], [node, output])
            new = [
                (int(source), int(node), 0.5, True, int(numbers[0])),
                (int(node), output, 0.5, True, int(numbers[1])),
            ]
            old = neat.Genome(
                old.inputs, old.outputs, [*old.connections, *new], [*old.nodes, (int(node), 0.0, 1.0, "tanh")],
                bias_node=old.layout.bias_node, key=old.key, parents=old.parents,
            )  # fmt: skip
        made.append(old)
    return neat.Population.from_genomes(made), innovations


def tournament(candidates, rng, reproduction, crossover, threads):
    """Choose each parent as the best of three random genomes, and keep the best genome."""
    size, count = candidates.size, len(candidates.population)
    drawn = rng.integers(count, np.arange(size)[:, None], np.arange(6)).reshape(size, 2, 3)
    best = np.take_along_axis(drawn, candidates.score[drawn].argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
    best = np.take_along_axis(best, np.argsort(-candidates.score[best], axis=1, kind="stable"), axis=1)
    elite = np.arange(size) == size - 1
    first, second = np.where(elite, candidates.best, best[:, 0]), np.where(elite, -1, best[:, 1])
    return candidates.offspring(first, second, elite=elite)


# --- replaced operators ---------------------------------------------------------------------------


def is_quantised(population: neat.Population, elders: neat.Population) -> bool:
    new = ~np.isin(population.key, elders.key)
    rows = np.repeat(new, population.connection_counts)
    share = (population.weight[rows] * 8 % 1 == 0).mean()
    return bool(share > 0.7)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_replaced_mutation_shows_and_gives_the_same_run_again(threads: int) -> None:
    own = populations(config(run={"threads": threads}), Operators(mutate=quantised))
    assert own == populations(config(), Operators(mutate=quantised))
    usual = populations(config())
    assert own[0] == usual[0] and own[1] != usual[1]
    for before, after in zip(own, own[1:], strict=False):
        assert is_quantised(after, before)
    assert not is_quantised(usual[1], usual[0])


MODULE = """
import numpy as np
import neat

def quantised(population, mutable, innovations, rng, mutation, genome, threads):
    population, innovations = neat.Operators.mutate(population, mutable, innovations, rng, mutation, genome, threads)
    touched = np.repeat(mutable, population.connection_counts)
    noise = rng.generator().integers(-1, 2, len(touched)) / 8
    weight = np.where(touched, np.clip(np.round(population.weight * 8) / 8 + noise, -8.0, 8.0), population.weight)
    return population.replace(weight=weight), innovations
"""
INI = """[run]
seed = 4
generations = 6
stop_fitness = none
threads = 1

[problem]
kind = multiplexer
address_bits = 1

[population]
size = 40

[operators]
mutate = my_operators:quantised
"""


def test_a_replaced_mutation_may_add_structure() -> None:
    found = list(neat.evolve(config(), xor(), operators=Operators(mutate=grown)))
    assert populations(config(run={"threads": 2}), Operators(mutate=grown)) == [g.population for g in found]
    hidden = [generation.population.hidden_counts.max() for generation in found]
    assert hidden[0] == 0 and hidden[-1] >= 4
    for before, after in zip(found, found[1:], strict=False):
        new = ~np.isin(after.population.key, before.population.key)
        added = after.state.innovations.nodes - before.state.innovations.nodes
        assert new.sum() / 2 < added <= new.sum()  # some children of two parents do not mutate
    grown_genome = found[-1].population[int(np.argmax(found[-1].population.hidden_counts))]
    assert grown_genome.nodes[-1].activation == "tanh" and grown_genome.nodes[-1].split is None


def test_an_ini_file_names_a_mutation_beside_it(tmp_path: Path) -> None:
    (tmp_path / "my_operators.py").write_text(MODULE)
    (tmp_path / "x.ini").write_text(INI)
    settings = neat.load(tmp_path / "x.ini")
    assert neat.Config.from_ini(settings.to_ini(full=True), folder=tmp_path) == settings
    own = list(neat.evolve(settings))
    python = list(neat.evolve(settings.replace(operators=None), operators=Operators(mutate=quantised)))
    usual = list(neat.evolve(settings.replace(operators=None)))
    assert own[-1].population == python[-1].population != usual[-1].population
    result = neat.run(settings, out=tmp_path / "run")
    assert result.champion == own[-1].champion.genome
    again = neat.run(settings.replace(run={"threads": 2}), out=tmp_path / "again")
    assert again.champion == result.champion and again.best_fitness == result.best_fitness


def test_a_run_file_does_not_import_operators_unless_it_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "my_operators.py").write_text(MODULE)
    (tmp_path / "x.ini").write_text(INI)
    settings, folder = neat.load(tmp_path / "x.ini"), tmp_path / "run"
    whole = neat.run(settings.replace(run={"generations": 9}))
    neat.run(settings, out=folder)
    for problem in (None, neat.make_problem(settings)):
        with pytest.raises(neat.NeatError, match="it names code, my_operators:quantised in .*--trust"):
            neat.resume(folder, problem=problem, generations=9)
    assert neat.resume(folder, generations=9, trust=True).champion == whole.champion
    assert neat.verify(folder, trust=True)


def test_a_replaced_selection_is_a_tournament() -> None:
    found = list(neat.evolve(config(run={"generations": 12}), xor(), operators=Operators(select=tournament)))
    again = list(
        neat.evolve(config(run={"generations": 12, "threads": 2}), xor(), operators=Operators(select=tournament))
    )
    assert [g.population for g in found] == [g.population for g in again]
    for before, after in zip(found, found[1:], strict=False):
        assert after.population.key[0] == before.population.key[before.best]
        assert after.state.known.tolist() == [True] + [False] * 39
        assert (after.population.parents[1:] >= 0).all()
        rank = {key: place for place, key in enumerate(before.population.key[np.argsort(-before.fitness)].tolist())}
        assert np.mean([rank[key] for key in after.population.parents[1:, 0].tolist()]) < 12
    assert found[-1].mean_fitness > found[0].mean_fitness


def test_every_operator_may_be_replaced() -> None:
    called: list[str] = []

    def passed_on(name: str) -> Callable[..., Any]:
        def operator(*arguments: Any) -> Any:
            called.append(name)
            return getattr(Operators, name)(*arguments)

        return operator

    names = [field.name for field in dataclasses.fields(Operators)]
    own = Operators(**{name: passed_on(name) for name in names})
    assert populations(config(), own) == populations(config())
    assert set(called) == set(names)


def test_continuing_from_a_state_gives_the_same_run() -> None:
    operators = Operators(mutate=quantised, select=tournament)
    whole = list(neat.evolve(config(), xor(), operators=operators))
    state = neat.reproduce(whole[2], config(), operators)
    rest = list(neat.evolve(config(), xor(), state, operators=operators))
    assert [g.population for g in rest] == [g.population for g in whole[3:]]


def test_operators_have_random_numbers_of_their_own() -> None:
    own = [purpose for purpose in Purpose if purpose.name.startswith("OPERATOR_")]
    assert len(own) == len(dataclasses.fields(Operators))
    drawn: list[Randomness] = []

    def recorded(name: str) -> Callable[..., Any]:
        def operator(*arguments: Any) -> Any:
            drawn.extend(value for value in arguments if isinstance(value, Randomness))
            return getattr(Operators, name)(*arguments)

        return operator

    names = [field.name for field in dataclasses.fields(Operators)]
    populations(config(run={"generations": 3}), Operators(**{name: recorded(name) for name in names}))
    numbers = {float(rng.uniform(7, 0)) for rng in drawn}
    assert {rng.purpose for rng in drawn} == set(own)
    assert len(numbers) == len({(rng.generation, rng.purpose) for rng in drawn}) == 2 * 4 + 2
    assert all(rng.of(Purpose.TIES) == Randomness(4, rng.generation, Purpose.TIES) for rng in drawn)


# --- wrong operators ------------------------------------------------------------------------------


def refused(message: str, error: type[neat.NeatError] = neat.NeatError, **operators: Any) -> None:
    with pytest.raises(error, match=message) as caught:
        populations(config(), Operators(**operators))
    assert "\n" not in str(caught.value)


def test_what_is_no_operator_is_refused() -> None:
    with pytest.raises(neat.NeatError, match="mutate is 3; it must be a function with 7 arguments: population"):
        Operators(mutate=3)  # type: ignore[arg-type]
    with pytest.raises(neat.NeatError, match=r"select takes the arguments \(candidates, rng\); it must be a"):
        Operators(select=lambda candidates, rng: None)  # type: ignore[arg-type,misc]
    with pytest.raises(neat.NeatError, match="operators is an object of type dict; it must be a neat.Operators"):
        populations(config(), {"mutate": quantised})  # type: ignore[arg-type]


def mutated(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return a mutation that passes what the built-in one returns, and what it was given, to `change`."""

    def mutate(population, mutable, innovations, *rest):
        return change(*Operators.mutate(population, mutable, innovations, *rest), population, mutable)

    return mutate


MUTATE = r"^the operator mutate \([\w.]*test_replaced_operators:mutated\.<locals>\.mutate\) "


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found, after, *_: found, "returned an object of type Population; it must return two values"),
        (lambda found, after, *_: (found, None), "must return two values"),
        (lambda found, after, *_: (found.take([0, 1]), after), "returned 2 genomes; it must return 40"),
        (lambda found, after, *_: (found.replace(key=found.key + 1), after), "in their order, with their keys"),
        (lambda found, after, *_: (found.replace(parents=found.parents * 0), after), "and the keys of their parents"),
        (lambda found, after, *_: (found.replace(weight=found.weight * np.nan), after), "wrong values: weight"),
        (lambda found, after, *_: (found.replace(activation=found.activation + 99), after), "code of an activation"),
        (lambda found, after, *_: (found.replace(innovation=found.innovation[::-1]), after), "innovation numbers"),
        (lambda found, after, *_: (found.replace(source=found.source * 0), after), "source of a connection is not"),
        (lambda found, after, *_: (found.replace(target=found.target + 50), after), "a node that its genome lacks"),
        (
            lambda found, after, *_: (found.replace(weight=np.zeros(len(found.weight))), after),
            r"changed genome \d+, which must stay unchanged \(it is an elite, or not marked in `mutable`\)",
        ),
        (
            lambda found, after, given, *_: (given, Innovations.empty(given.layout.given)),
            "must return a tracker that continues the one it was given",
        ),
    ],
)  # fmt: skip
def test_wrong_results_of_a_mutation_are_named(change: Callable[..., Any], message: str) -> None:
    refused(MUTATE + f".*{message}", mutate=mutated(change))


def test_wrong_results_of_other_operators_are_named() -> None:
    def select(**changes: Any) -> Callable[..., Any]:
        def changed(*arguments: Any) -> Any:
            return dataclasses.replace(Operators.select(*arguments), **changes)

        return changed

    many = np.arange(40)
    for changes, message in (
        ({"first": many + 1}, "`first` must be from 0 to 39"),
        ({"second": many - 2}, "`second` must be from -1 to 39"),
        (
            {"first": many[:9]},
            r"returned first of shape \(9,\) and dtype int64; they must be whole numbers of shape \(40,\)",
        ),
        ({"elite": many}, "returned elite .* must be True and False"),
        ({"elite": many > 38}, "elites must come first"),
        ({"key": many}, "wrong values: "),
        ({"mutable": many >= 0}, "an elite must not be mutable"),
        ({"species_index": many}, "`species_index` must be from 0 to"),
    ):
        refused(f"^the operator select .*{message}", select=select(**changes))
    refused("must return an Offspring", select=lambda *arguments: None)
    refused("^the operator speciate .* returned species of shape", speciate=lambda *arguments: [0, 1])
    refused("without gaps; it returned 0 to 78", speciate=lambda population, *arguments: 2 * np.arange(len(population)))
    refused("from 0, .*; it returned -1", speciate=lambda population, *arguments: np.full(len(population), -1))
    refused("^the operator crossover .* returned None", crossover=lambda *arguments: None)
    refused("crossover .* with their keys", crossover=lambda parents, *arguments: parents)
    refused(
        "initialize .* keys 0 to 39",
        initialize=lambda *arguments: (lambda found, after: (found.replace(key=found.key + 1), after))(
            *Operators.initialize(*arguments)
        ),
    )


def test_a_crossover_that_changes_an_elite_is_refused() -> None:
    def crossover(*arguments: Any) -> neat.Population:
        children = Operators.crossover(*arguments)
        return children.replace(weight=children.weight * 0.5)

    refused("crossover .* changed genome .*it is an elite", crossover=crossover)


def test_an_operator_that_raises_is_a_failure_of_the_users_code() -> None:
    def mutate(*arguments: Any) -> Any:
        raise ZeroDivisionError("by zero")

    with pytest.raises(neat.ProblemError, match="^the operator mutate .* raised ZeroDivisionError: by zero$") as caught:
        populations(config(), Operators(mutate=mutate))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "nowhere_to_be_found:f",
            r"\[operators\] mutate = nowhere_to_be_found:f: there is no .*found.py",
        ),
        ("own_ops:quantized", r"own_ops has no function 'quantized'; did you mean 'quantised'"),
        ("own_ops:VALUE", r"VALUE is 3; it must be a function with 7 arguments"),
        ("own_ops:short", r"short takes the arguments \(population\); it must be a function with 7 arguments"),
        ("quantised", r"\[operators\] mutate = quantised: not a module, a colon and the name of a function"),
    ],
)
def test_wrong_names_in_an_ini_file_are_named(tmp_path: Path, reference: str, message: str) -> None:
    (tmp_path / "own_ops.py").write_text(f"{MODULE}\nVALUE = 3\ndef short(population): ...\n")
    (tmp_path / "x.ini").write_text(INI.replace("my_operators:quantised", reference))
    with pytest.raises(neat.NeatError, match=message) as caught:
        operators_of(neat.load(tmp_path / "x.ini"))
    assert caught.value.exit_status == 2 and "\n" not in str(caught.value)


def test_a_configuration_without_operators_says_nothing_of_them() -> None:
    settings = config()
    assert operators_of(settings) is operators_of(config())
    assert "operators" not in settings.to_ini(full=True) and "operators" not in settings.to_dict()
    named = settings.replace(operators={"mutate": "a:b"})
    assert named.to_dict()["operators"] == {"mutate": "a:b"}
    assert "[operators]\nmutate = a:b\n" in named.to_ini(full=True)
    assert named.replace(operators=None) == settings
