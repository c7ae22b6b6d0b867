"""Checks of operators that users replace: of their signature, and of what they return, before the engine uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import describe_argument
from neat.config.modules import import_beside
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean, message_of
from neat.genetics.consistency import Rule, rules_of_genomes, rules_of_innovations, within
from neat.genetics.genome import Genome
from neat.genetics.innovation import Innovations
from neat.genetics.layout import Layout
from neat.genetics.operator_keys import OperatorKeys
from neat.genetics.operators import Crossover, Initialize, Mutate, Operators, Select, Speciate, check_signature
from neat.genetics.population import Population
from neat.genetics.reproduction import Candidates, Offspring
from neat.genetics.speciation import Representatives

_BUILT_IN = Operators()


def operators_of(config: Config) -> Operators:
    """Return the operators of a configuration: those that its section [operators] names, and the built-in ones.

    Raises:
        NeatError: a module or a function does not exist, or is not an operator.
        ProblemError: a module raised an exception.
    """
    section = config.declared.get(OperatorKeys.section_name)
    if not isinstance(section, OperatorKeys):
        return _BUILT_IN
    found: dict[str, Any] = {}
    for operator, reference in section.to_dict().items():
        where = f"[operators] {operator} = {reference}"
        module_name, _, name = (part.strip() for part in reference.partition(":"))
        module = import_beside(module_name, config.folder, where)
        if not hasattr(module, name):
            hint = did_you_mean(name, [word for word in vars(module) if not word.startswith("_")])
            raise NeatError(f"{where}: {module_name} has no function {name!r}{hint}")
        found[operator] = getattr(module, name)
        check_signature(operator, found[operator], f"{where}: {name}")
    return Operators(**found)


def checked(operators: object, innovations: Innovations | None = None) -> Operators:
    """Return operators whose results are checked, except those of built-in ones.

    `innovations` is the tracker of the population that is going to reproduce.

    Raises:
        NeatError: `operators` is something else.
    """
    if operators is _BUILT_IN:
        return _BUILT_IN
    if not isinstance(operators, Operators):
        raise NeatError(f"operators is {describe_argument(operators)}; it must be a neat.Operators")
    wrapped: dict[str, Any] = {}
    for field in fields(Operators):
        operator = getattr(operators, field.name)
        if operator is not field.default:
            wrapped[field.name] = _CHECKED[field.name](operator, _title(field.name, operator), innovations)
    return replace(operators, **wrapped)


def _title(name: str, operator: object) -> str:
    module, qualified = getattr(operator, "__module__", None), getattr(operator, "__qualname__", None)
    known = f"{module}:{qualified}" if module and qualified else f"an object of type {type(operator).__name__}"
    return f"the operator {name} ({known})"


def _call(operator: Callable[..., Any], title: str, *arguments: Any) -> Any:
    """Return what an operator returns.

    Raises:
        ProblemError: it raised an exception.
    """
    try:
        return operator(*arguments)
    except (*INTERRUPTIONS, NeatError):
        raise
    except BaseException as error:
        raise ProblemError(f"{title} raised {message_of(error)}") from error


def _raise_if_broken(title: str, rules: Iterable[Rule]) -> None:
    for rule, holds in rules:
        if not holds:
            raise NeatError(f"{title} returned wrong values: {rule}")


def _initialize(operator: Initialize, title: str, _: Innovations | None) -> Initialize:
    def initialize(layout: Layout, start: Genome | None, *rest: Any) -> tuple[Population, Innovations]:
        found, innovations = _population_and_tracker(_call(operator, title, layout, start, *rest), title)
        size = rest[1].size  # of [population]
        _check_population(found, layout, size, innovations, title)
        if not np.array_equal(found.key, np.arange(size)) or not (found.parents == -1).all():
            raise NeatError(f"{title} must return genomes with the keys 0 to {size - 1} and no parents")
        return found, innovations

    return initialize


def _mutate(operator: Mutate, title: str, _: Innovations | None) -> Mutate:
    def mutate(
        population: Population, mutable: NDArray[np.bool_], innovations: Innovations, *rest: Any
    ) -> tuple[Population, Innovations]:
        made = _call(operator, title, population, mutable, innovations, *rest)
        found, after = _population_and_tracker(made, title)
        if not _continues(innovations, after):
            raise NeatError(f"{title} must return a tracker that continues the one it was given")
        _check_population(found, population.layout, len(population), after, title)
        _check_same_genomes(found, population.key, population.parents, title)
        unchanged = np.flatnonzero(~mutable)
        _check_unchanged(found, unchanged, population, unchanged, title)
        return found, after

    return mutate


def _crossover(operator: Crossover, title: str, innovations: Innovations | None) -> Crossover:
    def crossover(parents: Population, offspring: Offspring, *rest: Any) -> Population:
        assert innovations is not None, "a generation that reproduces has a tracker"
        found = _call(operator, title, parents, offspring, *rest)
        if not isinstance(found, Population):
            raise NeatError(f"{title} returned {describe_argument(found)}; it must return a neat.Population")
        elites, first, second = np.flatnonzero(offspring.elite), offspring.first, offspring.second
        keys = np.column_stack([parents.key[first], np.where(second >= 0, parents.key[second], -1)])
        keys[elites] = parents.parents[first[elites]]
        _check_population(found, parents.layout, len(first), innovations, title)
        _check_same_genomes(found, offspring.key, keys, title)
        _check_unchanged(found, elites, parents, first[elites], title)
        return found

    return crossover


def _speciate(operator: Speciate, title: str, _: Innovations | None) -> Speciate:
    def speciate(population: Population, representatives: Representatives, *rest: Any) -> NDArray[np.int64]:
        found = _call(operator, title, population, representatives, *rest)
        index, old = _column(found, "species", len(population), np.int64, title), len(representatives)
        if not within(index, 0, old + len(np.unique(index[index >= old]))):
            raise NeatError(
                f"{title} must return species from 0, those of the {old} representatives first and then new ones "
                f"without gaps; it returned {index.min()} to {index.max()}"
            )
        return index

    return speciate


def _select(operator: Select, title: str, _: Innovations | None) -> Select:
    def select(candidates: Candidates, *rest: Any) -> Offspring:
        made = _call(operator, title, candidates, *rest)
        if not isinstance(made, Offspring):
            raise NeatError(
                f"{title} returned {describe_argument(made)}; it must return an Offspring, as "
                "candidates.offspring(first, second) makes it"
            )
        dtypes = dict.fromkeys(("elite", "mutable"), np.bool_)
        columns = {
            name: _column(getattr(made, name), name, candidates.size, dtypes.get(name, np.int64), title)
            for name in (field.name for field in fields(Offspring))
        }
        found = Offspring(**columns)
        _raise_if_broken(title, _rules_of_offspring(found, candidates))
        return found

    return select


def _rules_of_offspring(offspring: Offspring, candidates: Candidates) -> Iterable[Rule]:
    first, second, elite = offspring.first, offspring.second, offspring.elite
    count, elites = len(candidates.population), int(elite.sum())
    children = len(elite) - elites
    yield f"`first` must be from 0 to {count - 1}", within(first, 0, count)
    yield f"`second` must be from -1 to {count - 1}", within(second, -1, count)
    yield "elites must come first", bool(elite[:elites].all())
    yield "an elite must have no second parent", bool((second[:elites] == -1).all())
    yield "an elite must not be mutable", not offspring.mutable[:elites].any()
    yield "no genome may be an elite twice", len(np.unique(first[:elites])) == elites
    kept, start = candidates.population.key[first[:elites]], candidates.next_key
    yield "an elite must keep the key of its first parent", np.array_equal(offspring.key[:elites], kept)
    yield (
        f"children must have the keys {start}, {start + 1}, ...",
        np.array_equal(offspring.key[elites:], np.arange(start, start + children)),
    )
    species = len(candidates.may_breed)
    yield f"`species_index` must be from 0 to {species - 1}", within(offspring.species_index, 0, species)


_CHECKED: dict[str, Callable[..., Any]] = {
    "initialize": _initialize,
    "mutate": _mutate,
    "crossover": _crossover,
    "speciate": _speciate,
    "select": _select,
}


def _population_and_tracker(made: object, title: str) -> tuple[Population, Innovations]:
    if isinstance(made, tuple) and len(made) == 2:
        population, innovations = made
        if isinstance(population, Population) and isinstance(innovations, Innovations):
            return population, innovations
    raise NeatError(
        f"{title} returned {describe_argument(made)}; it must return two values, a neat.Population and the tracker of "
        "innovations"
    )


def _column(values: object, what: str, size: int, dtype: Any, title: str) -> NDArray[Any]:
    """Return a column that an operator returned, of the right dtype and shape."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0, np.object_)
    kinds, kind = ("b", "True and False") if dtype is np.bool_ else ("iu", "whole numbers")
    if array.shape != (size,) or array.dtype.kind not in kinds:
        raise NeatError(
            f"{title} returned {what} of shape {array.shape} and dtype {array.dtype}; they must be {kind} of shape "
            f"({size},)"
        )
    return np.ascontiguousarray(array, dtype)


def _check_population(population: Population, layout: Layout, size: int, innovations: Innovations, title: str) -> None:
    if population.layout != layout or len(population) != size:
        raise NeatError(
            f"{title} returned {len(population)} genomes; it must return {size} with the layout it was given"
        )
    _raise_if_broken(title, rules_of_innovations(innovations, layout))
    _raise_if_broken(title, rules_of_genomes(population, innovations))
    numbered = innovations.to_arrays()
    for end in ("source", "target"):
        same = np.array_equal(getattr(population, end), numbered[end][population.innovation])
        _raise_if_broken(title, [(f"the {end} of a connection is not that of its innovation number", same)])


def _check_same_genomes(population: Population, key: NDArray[np.int64], parents: NDArray[np.int64], title: str) -> None:
    if not np.array_equal(population.key, key) or not np.array_equal(population.parents, parents):
        raise NeatError(
            f"{title} must return the genomes in their order, with their keys and the keys of their parents"
        )


def _check_unchanged(
    population: Population, indices: NDArray[np.int64], before: Population, old: NDArray[np.int64], title: str
) -> None:
    """Check that genomes that may not change are what they were before."""
    now, then = population.take(indices).genes, before.take(old).genes
    if any(now[place].tobytes() != then[place].tobytes() for place in range(len(now))):
        pairs = zip(indices.tolist(), old.tolist(), strict=True)
        changed = next(i for i, was in pairs if not population[i].same_genes(before[was]))
        raise NeatError(
            f"{title} changed genome {population.key[changed]}, which must stay unchanged (it is an elite, or not "
            "marked in `mutable`)"
        )


def _continues(before: Innovations, after: Innovations) -> bool:
    if before.first_node != after.first_node or before.connections > after.connections or before.nodes > after.nodes:
        return False
    old, new = before.to_arrays(), after.to_arrays()
    return all(np.array_equal(column, new[name][: len(column)]) for name, column in old.items())
