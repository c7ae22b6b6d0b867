"""Genomes as people see them: made by hand, as JSON, adopted by a run."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from breeding import check_invariants, configs, history, initialize, layout_of
from hypothesis import given, settings
from hypothesis import strategies as st

import neat
from neat.config import Config
from neat.genetics.genome import Genome, Node
from neat.genetics.initialization import adopt, start_genome
from neat.genetics.innovation import Innovations
from neat.genetics.population import Population


def hand_made() -> Genome:
    return Genome(
        ["a", "b"],
        ["y"],
        [(0, 3, 0.5), (1, 3, -1.25, False), (3, 4, 1.0), (4, 3, 0.1)],
        [(4, 0.25, 2.0, "tanh", "mean", (1, 0)), Node(3, activation="sigmoid")],
        bias_node=True,
    )


def test_a_genome_by_hand():
    genome = hand_made()
    assert genome.inputs == ("a", "b") and genome.outputs == ("y",) and genome.hidden == 1
    assert [node.id for node in genome.nodes] == [0, 1, 2, 3, 4]
    assert genome.nodes[4] == Node(4, 0.25, 2.0, "tanh", "mean", (1, 0))
    assert genome.nodes[3].activation == "sigmoid" and genome.nodes[0].activation == "linear"
    assert [gene.innovation for gene in genome.connections] == [0, 1, 2, 3]
    assert repr(genome) == "Genome 0: 2 inputs, 1 output, 1 hidden, 3 of 4 connections enabled"
    assert genome == hand_made() and hash(genome) == hash(hand_made())
    check_invariants(Population.from_genomes([genome]))
    with pytest.raises(ValueError, match="read-only"):
        genome.column("weight")[0] = 3.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 1, [(0, 2)]), r"connection 0 is \(0, 2\); write \(source, target, weight"),
        ((2, 1, [(0, 2, 1.0), (0, 2, 2.0)]), "two connections from node 0 to node 2"),
        ((2, 1, [(0, 1, 1.0)]), "connection 0 ends in 'x2'; inputs and the bias only send"),
        ((2, 1, [(0, 7, 1.0)]), "touches node 7, which is not in the list of nodes"),
        ((2, 1, [(0, 2, float("nan"))]), "weight of connection 0 is nan; it must lie within"),
        ((2, 1, [(0, 2, 1e300)]), "within"),
        ((2, 1, [(0, 2, "1")]), "must be a number"),
        ((2, 1, [(0, 2, 1.0, 1)]), "`enabled` of connection 0 is 1"),
        ((2, 1, [(0, 2, 1.0, True, 5), (1, 2, 1.0, True, 5)]), "two connections have innovation number 5"),
        ((2, 1, [(-1, 2, 1.0)]), "must be a whole number from 0"),
        ((2, 1, [], [(9,), (9,)]), "node 9 is listed twice"),
        ((2, 1, [], [(9, 0.0, 1.0, "tahn")]), "tahn.*did you mean 'tanh'"),
        ((2, 1, [], [(9, 0.0, 1.0, "tanh", "sum", 3)]), "must be a pair"),
        ((2, 0), "1 to 100000 inputs and outputs"),
        ((["a", "a"], 1), "the name 'a' occurs twice"),
        ((2, 3.5), "a count or a list of names"),
    ],
)
def test_bad_genomes(arguments, message):
    with pytest.raises(neat.NeatError, match=message):
        Genome(*arguments)


@given(configs(), st.integers(0, 12))
def test_json_is_exact(config, generations):
    population, innovations = history(config, generations)
    for index in range(len(population)):
        hidden = population[index].column("node")[population.layout.given :]
        genome = population.genome(index, innovations.splits_of(hidden))
        again = Genome.from_json(genome.to_json(fitness=1.5))
        assert again == genome and again.parents == genome.parents
        assert again.to_json(fitness=1.5) == genome.to_json(fitness=1.5)
        assert json.loads(genome.to_json(fitness=1.5))["fitness"] == 1.5


@settings(max_examples=300)
@given(st.data())
def test_corrupted_json_is_refused_or_is_a_genome(data):
    text = hand_made().to_json()
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(start + 20, len(text))))
    junk = data.draw(st.sampled_from(["", "{", "NaN", "1e999", "-7", '"x"', "null", "[[[[", "9" * 30, "\x00", "true"]))
    try:
        genome = Genome.from_json(text[:start] + junk + text[end:])
    except neat.NeatError as error:
        assert len(str(error)) > 20
    else:
        neat.compile(genome)([0.0] * len(genome.inputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, 'no member "format": "neat-genome"'),
        ({"version": 99}, "format version 99; this neat reads versions up to 1"),
        ({"inputs": "ab"}, 'no member "inputs" that is a list'),
        ({"nodes": [7]}, "a node of this genome is 7"),
        ({"connections": [{"from": 1}]}, "members from; allowed: source, target, weight"),
        ({"parents": [-1]}, "the key of a parent is -1"),
        ({"max_steps": -1}, "max_steps"),
    ],
)
def test_json_faults_are_named(change, message):
    form = json.loads(hand_made().to_json())
    with pytest.raises(neat.NeatError, match=message):
        Genome.from_json(json.dumps({**form, **change}))
    for text in ("", "[1, 2", "[" * 100_000, "nonsense"):
        with pytest.raises(neat.NeatError, match="not valid JSON|no member"):
            Genome.from_json(text)


@given(configs(), st.integers(0, 10))
def test_pickles_are_equal_and_frozen(config, generations):
    population, innovations = history(config, generations)
    again = pickle.loads(pickle.dumps((population, innovations, population[0])))
    assert again == (population, innovations, population[0])
    check_invariants(again[0])


@given(configs(), st.integers(0, 10))
def test_adoption_in_the_same_tracker_changes_nothing(config, generations):
    """A genome that comes home finds every one of its numbers again."""
    population, innovations = history(config, generations)
    for index in range(len(population)):
        hidden = population[index].column("node")[population.layout.given :]
        genome = population.genome(index, innovations.splits_of(hidden))
        adopted, after = adopt(genome, population.layout, innovations)
        ours = {(g.source, g.target): g for g in genome.connections}
        theirs = {(g.source, g.target): g for g in adopted.connections}
        resolvable = all(
            node.split and node.split[0] in genome.column("innovation")
            for node in genome.nodes[population.layout.given :]
        )
        if resolvable:
            assert ours == theirs and after == innovations
        assert len(ours) == len(theirs) and adopted.hidden == genome.hidden


@given(configs(), st.integers(0, 10))
def test_adoption_in_a_fresh_tracker_keeps_the_network(config, generations):
    population, innovations = history(config, generations)
    rows = np.random.default_rng(1).normal(size=(5, 2))
    for index in range(len(population)):
        hidden = population[index].column("node")[population.layout.given :]
        genome = population.genome(index, innovations.splits_of(hidden))
        adopted, _ = adopt(genome, population.layout, Innovations.empty(population.layout.given))
        check_invariants(Population.from_genomes([adopted]))
        assert np.allclose(neat.compile(adopted)(rows), neat.compile(genome)(rows), rtol=1e-9, atol=1e-12)


def test_a_run_starts_from_a_file(tmp_path):
    (tmp_path / "seed.json").write_text(hand_made().to_json())
    config = Config(
        run={"seed": 1},
        population={"size": 20, "start": "seed.json"},
        genome={"bias": "node"},
        folder=tmp_path,
    )
    layout = hand_made().layout
    population, innovations = initialize(layout, config, start_genome(tmp_path / "seed.json", layout))
    check_invariants(population)
    ours, theirs = (
        {(g.source, g.target): g.weight for g in genome.connections} for genome in (population[0], hand_made())
    )
    assert ours == theirs  # the split connection is numbered first, so the order may differ
    assert len({genome.column("weight").tobytes() for genome in population}) > 10
    assert population.key.tolist() == list(range(20)) and (population.parents == -1).all()
    assert innovations.connections == 4 and innovations.nodes == 1
    with pytest.raises(neat.NeatError, match=r"seed.json: the genome has inputs a, b .* the problem has inputs x0"):
        start_genome(tmp_path / "seed.json", layout_of(config))
    with pytest.raises(neat.NeatError, match="none.json: cannot be read"):
        start_genome(tmp_path / "none.json", layout)
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(neat.NeatError, match="bad.json: this is not a genome"):
        start_genome(tmp_path / "bad.json", layout)
    with pytest.raises(neat.NeatError, match="has a bias node, the run has no bias node"):
        neat.initialize(config.replace(genome={"bias": "none"}), inputs=["a", "b"], outputs=["y"])


def test_hostile_splits_do_not_hang():
    nodes = [(node, 0.0, 1.0, "tanh", "sum", (node + 1, 0)) for node in range(3, 60)]
    ring = [(node, node + 1 if node < 59 else 3, 1.0) for node in range(3, 60)]
    genome = Genome(2, 1, ring, nodes)
    adopted, _ = adopt(genome, genome.layout, Innovations.empty(3))
    assert adopted.hidden == 57 and len(adopted.connections) == 57


def test_populations():
    population, _ = history(Config(run={"seed": 1}, population={"size": 5}), 3)
    assert isinstance(population, Population) and len(list(population)) == 5
    assert population[-1] == population[4]
    with pytest.raises(IndexError):
        population[5]
    taken = population.take([3, 1])
    assert [genome.key for genome in taken] == [population[3].key, population[1].key]
    assert taken[0].connections == population[3].connections
    assert "5 genomes" in repr(population)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("connection_start", lambda start: [0, 2**63 - 1, -2, *start[3:]], "connection_start must begin with 0 and"),
        ("node_start", lambda start: start[:-1], "node_start must begin with 0 and never decrease, with 4 numbers"),
        ("weight", lambda weight: weight[1:], "the column weight must have shape"),
        ("key", lambda key: key[:, None], r"the column key must have shape \(3,\)"),
        ("parents", lambda parents: parents[:, :1], r"the column parents must have shape \(3, 2\)"),
    ],
)
def test_columns_that_do_not_go_together_are_refused(name, change, said):
    population, _ = history(Config(run={"seed": 1}, population={"size": 3}), 1)
    with pytest.raises(neat.NeatError, match=said):
        population.replace(**{name: change(getattr(population, name))})
