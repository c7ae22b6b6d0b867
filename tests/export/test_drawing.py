"""Drawings: every genome can be drawn, and nodes stand where they should."""

from __future__ import annotations

import matplotlib
import pytest
from breeding import configs, history
from hypothesis import given, settings
from hypothesis import strategies as st

import neat
from neat.export.drawing import draw_genome, layers, positions

matplotlib.use("Agg")


@settings(max_examples=15)
@given(configs(), st.integers(0, 12))
def test_every_genome_can_be_drawn(config, generations):
    import matplotlib.pyplot as plt

    population, _ = history(config, generations)
    for genome in list(population)[:3]:
        axes = draw_genome(genome, disabled=True)
        shown = {text.get_text() for text in axes.texts}
        assert {*genome.inputs, *genome.outputs} <= shown
        assert len(axes.patches) == len(genome.connections)
        axes.figure.canvas.draw()
        plt.close(axes.figure)


@given(configs(), st.integers(0, 12))
def test_columns_and_places(config, generations):
    population, _ = history(config, generations)
    for genome in population:
        layer, place = layers(genome), positions(genome, layers(genome))
        sources, given_nodes = genome.layout.sources, genome.layout.given
        assert all(layer[node] == 0 for node in range(sources))
        last = max(layer.values())
        assert all((layer[node] == last) == (sources <= node < given_nodes) for node in layer if node >= sources)
        assert len(set(place.values())) == len(place)


def test_a_chain_is_drawn_in_its_order_and_a_cycle_in_one_column():
    nodes = [(2,), (3,), (4,), (5,)]
    chain = [(0, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0), (4, 1, 1.0), (1, 5, 1.0), (5, 5, -1.0)]
    assert layers(neat.Genome(1, 1, chain, nodes)) == {0: 0, 2: 1, 3: 2, 4: 3, 5: 1, 1: 4}
    cycle = [*chain, (4, 2, 1.0)]
    assert layers(neat.Genome(1, 1, cycle, nodes)) == {0: 0, 2: 1, 3: 1, 4: 1, 5: 1, 1: 2}


@pytest.mark.parametrize("genome", [neat.Genome(1, 1), neat.Genome(3, 2, [(0, 3, 0.0, False)])])
def test_genomes_with_nothing_to_show(genome):
    assert draw_genome(genome).texts
