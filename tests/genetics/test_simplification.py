"""Genomes lose connections, those that do nothing first."""

from __future__ import annotations

import numpy as np
from breeding import check_invariants, configs, history, random_numbers
from hypothesis import given
from hypothesis import strategies as st

from neat.config import Config
from neat.core.randomness import Purpose
from neat.genetics.population import Population
from neat.genetics.simplification import simplify
from neat.network import activate_rows, compile_networks


def useful_nodes(genome) -> set[int]:
    """Return the nodes from which enabled connections lead to an output."""
    layout = genome.layout
    found = set(range(layout.sources, layout.given))
    while True:
        more = {gene.source for gene in genome.connections if gene.enabled and gene.target in found}
        if more <= found:
            return found
        found |= more


def idle(genome) -> set[int]:
    """Return the innovation numbers of the connections that do nothing."""
    found = useful_nodes(genome)
    return {gene.innovation for gene in genome.connections if not (gene.enabled and gene.target in found)}


@given(configs(), st.integers(0, 6), st.integers(0, 2**20))
def test_idle_connections_go_first(config: Config, generations: int, salt: int) -> None:
    population, _ = history(config, generations)
    losses = np.random.default_rng(salt).integers(0, 4, len(population))
    smaller = simplify(population, losses, random_numbers(config, 1), config.run.threads)
    check_invariants(smaller, config)
    assert np.array_equal(smaller.key, population.key)
    for before, after, lost in zip(population, smaller, losses.tolist(), strict=True):
        kept = {gene.innovation: gene for gene in after.connections}
        old = {gene.innovation: gene for gene in before.connections}
        assert len(kept) == max(len(old) - lost, 0)
        assert all(gene == old[number] for number, gene in kept.items())
        gone, nothing = old.keys() - kept.keys(), idle(before)
        assert gone <= nothing or nothing <= gone


@given(configs(), st.integers(0, 6))
def test_networks_without_idle_connections_compute_the_same(config: Config, generations: int) -> None:
    population, _ = history(config, generations)
    losses = np.array([len(idle(genome)) for genome in population])
    smaller = simplify(population, losses, random_numbers(config, 1), config.run.threads)
    assert not any(idle(genome) for genome in smaller)
    rows = np.random.default_rng(1).normal(size=(5, 2))
    before, after = (activate_rows(compile_networks(each), rows) for each in (population, smaller))
    assert np.array_equal(before, after)


def test_which_idle_connection_goes_is_drawn() -> None:
    population, _ = history(Config(run={"seed": 3}, population={"size": 2}), 0, inputs=3, outputs=1)
    many = population.take(np.zeros(400, np.int64)).replace(key=np.arange(400))
    off = many.replace(enabled=np.tile([False, True, False, True], 400))
    smaller = simplify(off, np.ones(400, np.int64), random_numbers(Config(run={"seed": 3}), 1), 1)
    left = smaller.enabled.reshape(400, 3)
    first_went = left[:, 0]
    assert np.array_equal(left.sum(axis=1), np.full(400, 2)) and abs(first_went.mean() - 0.5) < 0.1


def test_nothing_is_lost_without_losses() -> None:
    config = Config(run={"seed": 3}, population={"size": 4})
    population, _ = history(config, 3)
    rng = random_numbers(config, 1)
    assert simplify(population, np.zeros(4, np.int64), rng, 1) is population
    empty = simplify(population, np.full(4, 1000), rng.of(Purpose.OPERATOR_MUTATE), 1)
    assert isinstance(empty, Population) and len(empty.weight) == 0 and len(empty.node) == 4 * empty.layout.given
