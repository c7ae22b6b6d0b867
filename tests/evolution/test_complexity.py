"""Genomes grow without limit, in phases, or within a budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.evolution.complexity import Phase, next_phase
from neat.genetics.population import Population

ROWS = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(float)
PARITY = ROWS.sum(axis=1) % 2
GROWING: dict[str, dict[str, Any]] = {"mutation": {"add_node": 0.2, "add_connection": 0.6}}


def table() -> neat.Dataset:
    return neat.Dataset(ROWS, PARITY)


def config(complexity: dict[str, Any], **sections: Any) -> neat.Config:
    run = {"seed": 4, "generations": 60, "stop_fitness": None} | sections.pop("run", {})
    return neat.Config(run=run, population={"size": 40}, complexity=complexity, **GROWING, **sections)


def sized(connections: int) -> Population:
    """Return a population of one genome with a number of connections."""
    settings = neat.Config(population={"size": 2})
    return neat.initialize(settings, inputs=connections - 1, outputs=1).population.take([0])


def test_phases_take_turns() -> None:
    settings = config({"mode": "phased", "room": 5.0, "patience": 3})
    phase = next_phase(None, sized(10), 1, settings)
    assert phase == Phase(False, 15.0, 10.0, 1)
    assert next_phase(phase, sized(15), 7, settings) == phase  # not above the ceiling
    phase = next_phase(phase, sized(16), 8, settings)
    assert phase == Phase(True, 15.0, 16.0, 8)
    phase = next_phase(phase, sized(14), 9, settings)
    assert phase == Phase(True, 15.0, 14.0, 9)
    for generation in (10, 11):  # no smaller, but not for long enough
        assert next_phase(phase, sized(14), generation, settings) == phase
    assert next_phase(phase, sized(14), 12, settings) == Phase(False, 19.0, 14.0, 12)
    assert next_phase(phase, sized(14), 12, config({})) is None


def test_genomes_shrink_while_simplifying_and_grow_otherwise() -> None:
    settings = config({"mode": "phased", "room": 6.0, "patience": 3}, run={"generations": 150})
    generations = list(neat.evolve(settings, table()))
    phases = [generation.state.phase for generation in generations[1:]]
    assert all(phase is not None for phase in phases)
    switches = sum(one.simplifying != two.simplifying for one, two in zip(phases, phases[1:], strict=False))
    assert switches >= 2
    for before, generation in zip(generations, generations[1:], strict=False):
        if generation.state.phase.simplifying:
            # every child has one parent and at most its connections
            assert (generation.population.parents[generation.population.key >= before.state.next_key, 1] == -1).all()
            size = dict(zip(before.population.key.tolist(), before.population.connection_counts.tolist(), strict=True))
            parents = generation.population.parents[:, 0].tolist()
            sizes = generation.population.connection_counts.tolist()
            keys = generation.population.key.tolist()
            assert all(n <= size[k if k in size else p] for n, p, k in zip(sizes, parents, keys, strict=True))


def test_no_child_exceeds_the_budget() -> None:
    settings = config({"mode": "budget", "connections": 9})
    sizes = [generation.population.connection_counts for generation in neat.evolve(settings, table())]
    assert max(size.max() for size in sizes) == 9 and sizes[-1].mean() > 8


def test_a_population_above_the_budget_becomes_smaller_step_by_step() -> None:
    settings = neat.Config(
        run={"seed": 4, "generations": 40, "stop_fitness": None},
        population={"size": 40, "start": "layers", "layers": [4]},
        complexity={"mode": "budget", "connections": 6},
        reproduction={"champion_size": 1000},
    )
    largest = [generation.population.connection_counts.min() for generation in neat.evolve(settings, table())]
    assert largest[0] == 4 * 4 + 5 and largest[1] == largest[0] - 1 and largest[-1] == 6


@pytest.mark.parametrize(
    "complexity", [{"mode": "phased", "room": 4.0, "patience": 2}, {"mode": "budget", "connections": 8}]
)
def test_results_do_not_depend_on_threads_or_on_resuming(tmp_path: Path, complexity: dict[str, Any]) -> None:
    settings = config(complexity)
    one, three = (list(neat.evolve(settings.replace(run={"threads": threads}), table())) for threads in (1, 3))
    assert all(a.population == b.population and a.state.phase == b.state.phase for a, b in zip(one, three, strict=True))
    for stop in (1, 20, 37):
        folder = tmp_path / str(stop)
        neat.run(settings.replace(run={"generations": stop}), table(), out=folder)
        resumed = neat.resume(folder, generations=60, problem=table())
        assert resumed.champion.same_genes(one[-1].champion.genome)
        assert neat.verify(folder, problem=table()).same


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"mode": "grow", "room": 3.0},
            "[complexity] room = 3.0: not used with mode = grow (set mode = phased, or leave",
        ),
        ({"mode": "phased", "connections": 9}, "[complexity] connections = 9: not used with mode = phased"),
        ({"mode": "budget", "connections": 0}, "[complexity] connections = 0: "),
        ({"mode": "pruned"}, "[complexity] mode = pruned: unknown word (one of grow, phased, budget)"),
    ],
)
def test_wrong_settings_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(neat.NeatError) as raised:
        config(keys)
    assert said in str(raised.value)
