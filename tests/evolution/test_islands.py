"""Islands: populations of one run that exchange their best genomes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import neat
from neat.evolution.islands import islands_of, migrants_to, on_island, total_size
from neat.store.checkpoint import checkpoint_rows

ISLANDS = {"count": 4, "every": 3, "migrants": 2}


def config_of(islands: dict[str, Any] | None = None, **sections: Any) -> neat.Config:
    given = {"run": {"seed": 1, "generations": 12, "stop_fitness": "none"}, "population": {"size": 20}}
    for name, section in sections.items():
        given[name] = {**given.get(name, {}), **section}
    return neat.Config(**given, islands=ISLANDS if islands is None else islands)


def homes(state: neat.State) -> NDArray[np.int64]:
    return state.species.island[state.species_index]


def noisy(network: neat.Network, rng: np.random.Generator) -> float:
    return float(network([1.0])[0]) + 0.1 * rng.random()


def test_each_island_has_its_own_genomes_and_species() -> None:
    keys: set[int] = set()
    for generation in neat.evolve(config_of(), neat.Multiplexer(1)):
        state = generation.state
        assert np.bincount(homes(state)).tolist() == [20] * 4 and total_size(config_of()) == 80
        assert len(np.unique(state.population.key)) == 80 and (np.diff(state.species.id) > 0).all()
        new = state.population.key[~np.isin(state.population.key, list(keys))]
        assert (np.diff(new) == 1).all()  # consecutive, after the elites
        keys |= set(state.population.key.tolist())


def test_a_connection_has_the_same_number_on_all_islands() -> None:
    *_, last = neat.evolve(config_of(mutation={"add_connection": 0.9, "add_node": 0.5}), neat.Multiplexer(1))
    population, numbers = last.population, dict[tuple[int, int], set[int]]()
    rows = zip(population.source.tolist(), population.target.tolist(), population.innovation.tolist(), strict=True)
    for source, target, number in rows:
        numbers.setdefault((source, target), set()).add(number)
    assert len(numbers) > 30 and all(len(found) == 1 for found in numbers.values())


@pytest.mark.parametrize("topology", ["ring", "full"])
def test_the_best_genomes_of_the_neighbours_arrive(topology: str) -> None:
    config = config_of({"count": 3, "every": 4, "migrants": 1, "topology": topology})
    generations = list(neat.evolve(config, neat.Multiplexer(1)))
    for before, after in zip(generations, generations[1:], strict=False):
        old, new = homes(before.state), homes(after.state)
        place = {key: int(home) for key, home in zip(before.population.key.tolist(), old, strict=True)}
        parents = after.population.parents
        came = [
            (place[int(parents[row, 0])], int(new[row]), int(parents[row, 0]))
            for row in np.flatnonzero(parents[:, 0] >= 0)
            if int(parents[row, 0]) in place
            and place[int(parents[row, 0])] != new[row]
            and after.population.key[row] >= before.state.next_key
        ]
        if before.number % 4:
            assert came == []
            continue
        best = {}
        for island in range(3):
            rows = np.flatnonzero(old == island)
            best[island] = int(before.population.key[rows[np.argmax(before.fitness[rows])]])
        senders = {0: [2], 1: [0], 2: [1]} if topology == "ring" else {0: [1, 2], 1: [0, 2], 2: [0, 1]}
        assert sorted(came) == sorted((one, to, best[one]) for to, ones in senders.items() for one in ones)


def test_islands_have_different_genomes_and_seeds() -> None:
    config = config_of()
    first, second = list(neat.evolve(config.replace(run={"generations": 2}), neat.Multiplexer(1)))
    for generation in (first, second):
        weights = [island.generation.population.weight.tobytes() for island in islands_of(generation, config)]
        assert len(set(weights)) == 4
    seeds = {on_island(config, number).run.seed for number in range(100)}
    assert len(seeds) == 100 and on_island(config, 0) is config


def test_without_exchange_nothing_arrives() -> None:
    for islands in ({"count": 3, "migrants": 0}, {"count": 1}):
        config = config_of(islands)
        generation = next(neat.evolve(config, neat.Multiplexer(1)))
        assert all(len(migrants_to(number, generation, config)) == 0 for number in range(islands["count"]))


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"complexity": {"mode": "phased", "room": 3}},
        {"complexity": {"mode": "budget", "connections": 12}},
        {"tuning": {"method": "sep-cma-es", "wait": 2, "after": 1}},
        {"speciation": {"speciate": False}},
    ],
    ids=["plain", "phased", "budget", "tuning", "one species"],
)
def test_a_run_with_islands_is_resumed_verified_and_explained(tmp_path: Path, sections: dict[str, Any]) -> None:
    config = config_of(**sections, run={"checkpoint": 4})
    expected = neat.run(config, neat.Multiplexer(1), tmp_path / "whole")
    half = config.replace(run={"generations": 7})
    neat.run(half, neat.Multiplexer(1), tmp_path / "run")
    resumed = neat.resume(tmp_path / "run", neat.Multiplexer(1), generations=12)
    assert resumed.champion.to_json() == expected.champion.to_json()
    again = neat.resume(tmp_path / "whole", neat.Multiplexer(1), start=5, out=tmp_path / "again")
    assert again.champion.to_json() == expected.champion.to_json()
    assert neat.verify(tmp_path / "run", neat.Multiplexer(1)).same
    with neat.History(tmp_path / "run") as history:
        for number in (3, 6, 11):
            explanation = neat.explain_run(history, number, neat.Multiplexer(1))
            after = dict.fromkeys((fate.id for fate in explanation.fates), 0)
            after |= {fate.id: fate.after for fate in explanation.fates}
            rows = {row.id: row.size for row in history.species(number + 1, number + 1)}
            assert {id: size for id, size in after.items() if size} == rows
        assert len(neat.lineage(history)) > 3


def test_noisy_problems_race_over_all_islands() -> None:
    problem = neat.problem(inputs=1, outputs=1)(noisy)
    one, two = (
        list(neat.evolve(config_of(run={"executor": executor}), problem)) for executor in ("threads", "processes")
    )
    assert [each.champion.to_json() for each in one] == [each.champion.to_json() for each in two]
    assert one[-1].retests > 0


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_islands_do_not_depend_on_workers(workers: int) -> None:
    def champion(**run: Any) -> str:
        return neat.run(config_of(run=run), neat.Multiplexer(1)).champion.to_json()

    assert champion(executor="processes", workers=workers) == champion(threads=1)


def test_a_state_with_wrong_islands_is_not_resumed(tmp_path: Path) -> None:
    config = config_of()
    neat.run(config, neat.Multiplexer(1), tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        state = next(iter(history.state(number) for number in history.states()))
    rows = checkpoint_rows(state, config.genome)[1]
    assert any(row[0] == "species.island" for row in rows) or any("species.island" in row for row in rows)
    from neat.store.state_check import check_fit

    layout = state.population.layout
    check_fit(state, config, layout)
    for island in (np.zeros(len(state.species), np.int64), np.full(len(state.species), 9)):
        wrong = dataclasses.replace(state, species=dataclasses.replace(state.species, island=island))
        with pytest.raises(neat.NeatError, match="corrupt and cannot be resumed"):
            check_fit(wrong, config, layout)


@pytest.mark.parametrize(
    ("islands", "message"),
    [
        ({"count": 3, "migrants": 19}, r"\[islands\] migrants = 19: 19 of the 20 genomes of an island would come from"),
        ({"count": 12, "migrants": 2, "topology": "full"}, "22 of the 20 genomes"),
        ({"count": 0}, r"\[islands\] count = 0: too small"),
        ({"topology": "star"}, r"\[islands\] topology = star: unknown word"),
    ],
)
def test_mistakes(islands: dict[str, Any], message: str) -> None:
    with pytest.raises(neat.NeatError, match=message):
        neat.run(config_of(islands), neat.Multiplexer(1))


def test_a_table_counts_the_genomes_of_all_islands() -> None:
    (row,) = neat.run_seeds(config_of(run={"generations": 2}), "3", neat.Multiplexer(1)).rows
    assert row.population == 80 and row.evaluations > 100
