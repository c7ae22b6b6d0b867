"""Built-in operators: kernels against their plain twins, and invariants in three regimes."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from breeding import (
    LIVELY,
    check_invariants,
    configs,
    crossover,
    history,
    initialize,
    layout_of,
    mutate,
    random_numbers,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference import Tracker, plain
from reference import crossover as plain_crossover
from reference import distance as plain_distance
from reference import mutate as plain_mutate
from reference import parents as plain_parents
from reference import shares as plain_shares
from reference import speciate as plain_speciate

from neat.config import Config
from neat.core.arrays import freeze
from neat.core.randomness import Purpose
from neat.genetics.population import Population
from neat.genetics.reproduction import Candidates, Offspring, offspring_counts, rank, select, shares
from neat.genetics.speciation import Representatives, adjusted_threshold, distances, most_species, speciate


def everyone(population):
    return np.ones(len(population), np.bool_)


def species_of(population, representatives, threshold: float, config: Config):
    """Return the species of each genome, and the first member of each new species."""
    rng = random_numbers(config, 1)
    heads = Representatives(representatives, np.arange(len(representatives)))
    index = speciate(population, heads, threshold, rng, config.speciation, config.genome, config.run.threads)
    new = range(len(representatives), index.max() + 1)
    return index.tolist(), [index.tolist().index(species) for species in new]


def offspring_of(
    population, score, species_index, may_breed, generation: int, config: Config, next_key=None
) -> Offspring:
    """Return what the built-in selection chooses; the best genome is the first with the highest score."""
    size = config.population.size
    candidates = Candidates(population, score, species_index, may_breed, int(np.argmax(score)), next_key or size, size)
    rng = random_numbers(config, generation)
    return select(candidates, rng, config.reproduction, config.crossover, config.run.threads)


# --- kernels against plain twins -----------------------------------------------------------------


@given(configs(), st.integers(0, 6), st.integers(0, 2**20))
def test_crossover_is_its_twin(config, generations, salt):
    parents, _ = history(config, generations)
    chance = np.random.default_rng(salt)
    first = chance.integers(len(parents), size=6)
    second = np.where(chance.random(6) < 0.8, chance.integers(len(parents), size=6), -1)
    key = 10_000 + np.arange(6)
    children = crossover(parents, first, second, key, 99, config)
    old = plain(parents)
    expected = [
        plain_crossover(old[a], None if b < 0 else old[b], int(k), parents.layout.given, 99, config)
        for a, b, k in zip(first, second, key, strict=True)
    ]
    assert plain(children) == expected
    check_invariants(children, config)
    assert children.parents.tolist() == [
        [int(parents.key[a]), -1 if b < 0 else int(parents.key[b])] for a, b in zip(first, second, strict=True)
    ]


@given(configs(), st.integers(0, 6), st.integers(0, 2**20))
def test_mutation_is_its_twin(config, generations, salt):
    population, innovations = history(config, generations)
    tracker = Tracker(innovations.first_node, **{n: c.tolist() for n, c in innovations.to_arrays().items()})
    mutable = np.random.default_rng(salt).random(len(population)) < 0.8
    expected = plain(population)
    plain_mutate(expected, mutable, population.layout, 99, tracker, config)
    mutated, after = mutate(population, mutable, 99, innovations, config)
    assert plain(mutated) == expected
    assert list(zip(*(after.to_arrays()[n].tolist() for n in ("source", "target")), strict=True)) == tracker.pairs
    assert list(zip(*(after.to_arrays()[n].tolist() for n in ("split", "turn")), strict=True)) == tracker.splits
    check_invariants(mutated, config)


@given(configs(), st.integers(0, 8), st.floats(0.1, 6.0), st.sampled_from([1, 2, "none"]))
def test_speciation_is_its_twin(config, generations, threshold, target):
    config = config.replace(speciation={"target_species": target})
    most = 1000 if target == "none" else 2 * target
    population, _ = history(config, generations)
    sources = population.layout.sources
    heads = population.take(np.arange(min(2, len(population))))
    genomes = plain(population)
    apart = distances(population, population, config.speciation, config.genome, config.run.threads)
    expected = [[plain_distance(a, b, sources, config) for b in genomes] for a in genomes]
    assert np.allclose(apart, expected, rtol=1e-14, atol=0.0)
    assert np.array_equal(apart, apart.T) and (np.diag(apart) == 0).all()
    if not np.isclose(apart, threshold).any():
        assert species_of(population, heads, threshold, config) == plain_speciate(
            genomes, plain(heads), threshold, most, sources, config
        )


# --- invariants in three regimes -----------------------------------------------------------------


@given(configs())
def test_one_parent_many_times(config):
    population, innovations = history(config, 3)
    clones = crossover(population, np.zeros(50, np.int64), np.full(50, -1), 10_000 + np.arange(50), 50, config)
    check_invariants(clones, config)
    mutated, _ = mutate(clones, everyone(clones), 50, innovations, config)
    check_invariants(mutated, config)


@settings(max_examples=15)
@given(configs())
def test_accumulated_over_generations(config):
    population, innovations = history(config, 40)
    check_invariants(population, config)
    columns = innovations.to_arrays()
    pairs = list(zip(columns["source"].tolist(), columns["target"].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert [pairs[n] for n in population.innovation.tolist()] == list(
        zip(population.source.tolist(), population.target.tolist(), strict=True)
    )


@given(configs())
def test_lineages_that_share_a_tracker(config):
    """Two lineages that number one after the other never give one number two meanings."""
    ours, innovations = history(config, 2)
    theirs = ours
    for generation in range(50, 60):
        ours, innovations = mutate(ours, everyone(ours), generation, innovations, config)
        theirs, innovations = mutate(theirs, everyone(theirs), generation + 50, innovations, config)
    both = ours.joined(theirs.replace(key=theirs.key + 1_000_000))
    check_invariants(both, config)


@given(configs())
def test_an_older_tracker_still_tells_the_old_story(config):
    population, innovations = history(config, 2)
    before = innovations.to_arrays()
    first, after = mutate(population, everyone(population), 50, innovations, config)
    mutate(first, everyone(first), 51, after, config)
    again, once_more = mutate(population, everyone(population), 50, innovations, config)
    assert again == first and once_more == after
    assert all(np.array_equal(column, before[name]) for name, column in innovations.to_arrays().items())


# --- single operators, by hand -------------------------------------------------------------------


def lone(config: Config, inputs=2, outputs=1) -> tuple[Population, object]:
    return initialize(layout_of(config, inputs, outputs), config)


def only(**rates):
    zero = dict.fromkeys(LIVELY, 0.0)
    return Config(run={"seed": 5}, population={"size": 40}, mutation={**zero, **rates})


def test_a_split_keeps_the_weight_and_disables_the_old_connection():
    config = only(add_node=1.0)
    population, innovations = lone(config)
    grown, after = mutate(population, everyone(population), 1, innovations, config)
    assert after.nodes == 2  # two inputs can be split, the bias's connection never
    for old, new in zip(population, grown, strict=True):
        (split,) = [g.innovation for g in new.connections if not g.enabled]
        assert split != 2
        into, out = [g for g in new.connections if g.innovation not in {0, 1, 2}]
        node = new.nodes[-1]
        assert (into.source, into.target, into.weight) == (old.connections[split].source, node.id, 1.0)
        assert (out.source, out.target, out.weight) == (node.id, 3, old.connections[split].weight)
        assert (node.bias, node.response, node.activation) == (0.0, 1.0, "steep_sigmoid")


def test_the_same_split_twice_in_a_genome_makes_another_node():
    config = only(add_node=1.0)
    population, innovations = lone(config)
    once, after = mutate(population, everyone(population), 1, innovations, config)
    again = once.replace(enabled=once.innovation < 2)  # only the two oldest may be split once more
    twice, last = mutate(again, everyone(again), 2, after, config)
    turns = last.to_arrays()
    pairs = list(zip(turns["split"].tolist(), turns["turn"].tolist(), strict=True))
    assert sorted(pairs) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    check_invariants(twice, config)


def test_toggle_flips_one_bit_and_nothing_else():
    config = only(toggle=1.0)
    population, innovations = lone(config)
    flipped, _ = mutate(population, everyone(population), 1, innovations, config)
    changed = (flipped.enabled != population.enabled).reshape(-1, 3)
    assert (changed.sum(axis=1) == 1).all() and changed.any(axis=0).all()
    assert flipped.replace(enabled=population.enabled) == population


def test_no_growth_and_immutable_genomes_stay_as_they_are():
    config = only(add_node=1.0, add_connection=1.0, toggle=1.0)
    population, innovations = lone(config)
    same, after = mutate(population, ~everyone(population), 1, innovations, config)
    assert same == population and after == innovations
    frozen = config.replace(mutation={"growth": False})
    same, after = mutate(population, everyone(population), 1, innovations, frozen)
    assert same == population and after == innovations


def test_weights_stay_within_their_limit_and_kinds_differ():
    seen = set()
    for kind in ("uniform", "gaussian", "scale"):
        config = only(weight_rate=1.0).replace(mutation={"kind": kind, "weight_power": 50.0, "perturb": 0.9})
        population, innovations = lone(config)
        changed, _ = mutate(population, everyone(population), 1, innovations, config)
        assert (np.abs(changed.weight) <= 8.0).all()
        if kind == "scale":  # by U(0, 2): no sign changes but by replacement
            assert (np.sign(changed.weight) == np.sign(population.weight)).mean() > 0.9
        else:
            assert (np.abs(changed.weight) == 8.0).mean() > 0.5
        seen.add(changed.weight.tobytes())
    assert len(seen) == 3


def test_gentle_children_draw_how_many_weights_change_and_how_far():
    config = only(weight_rate=1.0).replace(
        population={"size": 900, "start": "layers", "layers": [12]},
        genome={"weight_range": 0.1},
        mutation={"kind": "mixed", "perturb": 0.0, "replace": 0.0},  # so the others do not change
    )
    population, innovations = lone(config)
    changed, _ = mutate(population, everyone(population), 1, innovations, config)
    change = (changed.weight - population.weight).reshape(len(population), -1)
    counts = (change != 0.0).sum(axis=1)
    connections = change.shape[1]
    gentle = 1 - (16 / connections) ** 2
    none = np.exp(-1.5)  # of the children that change 1.5 weights on average
    for kind, share in (
        (counts == 0, 1 - gentle + gentle * none / 3),
        ((counts > 0) & (counts <= 5), gentle * (1 - none) / 3),
        ((counts > 5) & (counts < connections), gentle / 3),
        (counts == connections, gentle / 3),
    ):
        assert abs(kind.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(population))
    few, some, every = (counts > 0) & (counts <= 5), (counts > 5) & (counts < connections), counts == connections
    assert abs(counts[few].mean() - 1.5 / (1 - none)) < 0.3
    assert abs(counts[some].mean() - 0.3 * connections) < 0.05 * connections
    steps = np.log(change[every].std(axis=1))  # uniform from log 0.005 to log 0.5
    assert np.log(0.003) < steps.min() < np.log(0.0075) and np.log(0.33) < steps.max() < np.log(0.75)
    assert abs(steps.mean() - np.log(0.05)) < 4 * 1.33 / np.sqrt(every.sum())


@pytest.mark.parametrize(
    ("kind", "memory", "gentle"), [("auto", False, True), ("auto", True, False), ("mixed", True, True)]
)
def test_large_genomes_mutate_gently_unless_networks_have_memory(kind, memory, gentle):
    config = only(weight_rate=1.0).replace(
        population={"size": 200, "start": "layers", "layers": [20]},
        network={"memory": memory},
        mutation={"kind": kind, "perturb": 1.0, "replace": 0.0},
    )
    population, innovations = lone(config)
    changed, _ = mutate(population, everyone(population), 1, innovations, config)
    counts = (changed.weight != population.weight).reshape(len(population), -1).sum(axis=1)
    assert ((counts < population.connection_counts).mean() > 0.5) == gentle


def test_small_genomes_mutate_as_with_gaussian():
    config = only(weight_rate=1.0).replace(population={"size": 50, "start": "layers", "layers": [3]})
    population, innovations = lone(config)
    assert population.connection_counts.max() == 13
    gaussian, mixed = (
        mutate(population, everyone(population), 1, innovations, config.replace(mutation={"kind": kind}))[0].weight
        for kind in ("gaussian", "mixed")
    )
    assert (gaussian == mixed).all() and (gaussian != population.weight).any()


def test_a_disabled_gene_stays_disabled_three_times_in_four():
    config = Config(run={"seed": 3}, population={"size": 2})
    population, _ = lone(config)
    one_off = population.replace(enabled=[False, True, True, True, True, True])
    size = 4000
    children = crossover(one_off, np.zeros(size, int), np.ones(size, int), 10 + np.arange(size), 1, config)
    enabled = children.enabled.reshape(-1, 3)
    assert enabled[:, 1:].all()
    assert abs(1 - enabled[:, 0].mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / size)
    weights = children.weight.reshape(-1, 3)
    from_first = (weights == population.weight[:3]).mean(axis=0)
    assert (np.abs(from_first - 0.5) < 4 * np.sqrt(0.25 / size)).all()


# --- the initial population ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "more", "counts"),
    [
        ("full", {}, {6}),
        ("none", {}, {0}),
        ("partial", {"partial_share": 0.5}, {3}),
        ("one", {}, {2}),
        ("layers", {"layers": [4, 3]}, {3 * 4 + 5 * 3 + 4 * 2}),
    ],
)
def test_initial_genomes(start, more, counts):
    config = Config(run={"seed": 1}, population={"size": 30, "start": start, **more})
    population, innovations = initialize(layout_of(config), config)
    check_invariants(population, config)
    assert set(population.connection_counts.tolist()) == counts
    assert innovations.nodes == sum(more.get("layers", []))
    if population.weight.size:
        assert np.abs(population.weight).max() <= 2.5 and population.weight.std() > 1.0
    if start == "one":
        assert {tuple(set(g.column("source").tolist())) for g in population} == {(0,), (1,)}


def test_random_initial_genomes_differ_in_wiring_and_are_acyclic():
    config = Config(run={"seed": 1}, population={"size": 60, "start": "random", "start_hidden": 5})
    population, _ = initialize(layout_of(config), config)
    check_invariants(population, config.replace(genome={"acyclic": True}))
    assert set(population.hidden_counts.tolist()) >= {1, 2, 3, 4, 5}
    assert len({g.column("innovation").tobytes() for g in population}) > 50


# --- species and offspring -----------------------------------------------------------------------


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
    st.integers(0, 2**20),
    st.sampled_from(["fitness", "rank"]),
)
def test_shares_are_their_twin(score, salt, sharing):
    species = 3
    member = np.concatenate([np.arange(species), np.random.default_rng(salt).integers(species, size=len(score))])
    values = np.array([1.0, 0.0, 2.0, *score])
    mine = shares(values, member, species, Config(reproduction={"sharing": sharing}).reproduction)
    expected = np.array(plain_shares(values.tolist(), member.tolist(), species, sharing))
    assert np.allclose(mine * expected.sum(), expected * mine.sum(), rtol=1e-12, atol=1e-12)
    assert (mine >= 0).all()


@pytest.mark.parametrize("sharing", ["fitness", "rank"])
def test_shares_of_the_largest_numbers_there_are(sharing):
    most = np.finfo(np.float64).max
    score, member = np.array([most, -most, 0.0, -most]), np.array([0, 0, 1, 2])
    mine = shares(score, member, 3, Config(reproduction={"sharing": sharing}).reproduction)
    assert mine.tolist() == ([0.5, 0.5, 0.0] if sharing == "fitness" else [0.6875, 0.75, 0.375])
    assert offspring_counts(mine, 40).sum() == 40


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=30))
@example([-1.7e308, 1.7e308, 0.0])
def test_shares_of_any_finite_scores_give_everybody_a_place(score):
    species = 3
    member = np.arange(len(score)) % species
    share = shares(np.array(score), member, species, Config().reproduction)
    assert ((share >= 0.0) & (share <= 1.0 + 1e-12)).all()
    counts = offspring_counts(share, 100)
    assert counts.sum() == 100 and (counts >= 0).all()


def test_offspring_counts_by_hand():
    assert offspring_counts(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert offspring_counts(np.array([0.0, 0.0]), 5).tolist() == [3, 2]
    assert offspring_counts(np.array([-1.0, 2.0, 1.0]), 9).tolist() == [0, 6, 3]
    assert offspring_counts(np.array([-1.0, 0.0, 0.0]), 9).tolist() == [0, 5, 4]
    assert offspring_counts(np.array([0.05, 0.9, 0.05]), 10).tolist() == [1, 9, 0]


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20), st.integers(1, 1000))
def test_offspring_counts_are_exact(share, size):
    counts = offspring_counts(np.array(share), size)
    assert counts.sum() == size and (counts >= 0).all()
    total = sum(share)
    if total > 0:
        assert (np.abs(counts - np.array(share) / total * size) < 1 + 1e-6).all()


@settings(max_examples=40)
@given(st.integers(0, 2**20), st.integers(2, 60), st.integers(1, 6))
def test_a_plan_is_a_whole_generation(seed, size, species):
    config = Config(run={"seed": seed}, population={"size": size, "start": "full"})
    population, _ = lone(config)
    chance = np.random.default_rng(seed)
    member = chance.integers(species, size=size)
    member = np.unique(member, return_inverse=True)[1]
    count = int(member.max()) + 1
    score = chance.integers(0, 5, size=size).astype(float)
    best = int(np.argmax(score))
    may = chance.random(count) < 0.6
    may[member[best]] = True
    plan = offspring_of(population, score, member, may, 1, config)
    assert len(plan.first) == len(plan.key) == size and len(set(plan.key.tolist())) == size
    assert best in plan.first[plan.elite] and (plan.key[plan.elite] == population.key[plan.first[plan.elite]]).all()
    assert not plan.mutable[plan.elite].any() and (plan.second[plan.elite] == -1).all()
    homes = np.where(plan.second < 0, member[plan.first], member[plan.second])
    assert may[member[plan.first]].all() and may[homes].all()
    mated = plan.second >= 0
    assert (score[plan.first[mated]] >= score[plan.second[mated]]).all()
    sizes = np.bincount(member)
    for index in np.flatnonzero(sizes > 5):
        champion = score[member == index].max()
        elites = plan.first[plan.elite & (member[plan.first] == index)]
        if index in plan.breeding:
            assert len(elites) == 1 and (score[elites] == champion).all()
    # Parents come from the best fifth of their species.
    for index in plan.breeding:
        ranked = np.sort(score[member == index])[::-1]
        worst = ranked[max(int(np.ceil(0.2 * len(ranked))), 1) - 1]
        used = np.concatenate([plan.first, plan.second[mated]])
        assert (score[used[member[used] == index]] >= worst).all()


@given(st.integers(0, 2**20), st.sampled_from(["random", "smaller"]), st.booleans())
def test_parents_are_their_twins(seed, equal, mating):
    config = Config(
        run={"seed": seed, "threads": 2},
        population={"size": 40},
        crossover={"equal": equal, "mating": mating},
        reproduction={"unmated": 0.25, "interspecies": 0.3, "survival": 0.5, "champion_size": 100},
        mutation=LIVELY,
    )
    population, _ = history(config, 3)
    chance = np.random.default_rng(seed)
    member, score = np.arange(40) % 4, chance.integers(0, 4, size=40).astype(float)
    best = int(np.argmax(score))
    plan = offspring_of(population, score, member, np.ones(4, np.bool_), 7, config, next_key=500)
    assert plan.elite.sum() == 1 and plan.first[0] == best
    order = rank(score, member, 4, population.key, random_numbers(config, 7), 0.5, 2).order
    counts = offspring_counts(shares(score, member, 4, config.reproduction), 40)
    counts[member[best]] -= 1
    sizes = population.connection_counts
    expected = [
        plain_parents(500 + i, home, order, [0, 10, 20, 30], [5] * 4, plan.breeding, score, sizes, 7, config)
        for i, home in enumerate(np.repeat(np.arange(4), counts).tolist())
    ]
    found = zip(plan.first[1:].tolist(), plan.second[1:].tolist(), plan.mutable[1:].tolist(), strict=True)
    assert list(found) == [(int(a), int(b), bool(c)) for a, b, c in expected]


def test_no_mating_and_only_mating():
    config = Config(run={"seed": 2}, population={"size": 50})
    population, _ = lone(config)
    score, member = np.arange(50.0), np.arange(50) % 2
    may = np.ones(2, np.bool_)
    alone = offspring_of(population, score, member, may, 1, config.replace(crossover={"mating": False}))
    assert (alone.second == -1).all() and alone.mutable[~alone.elite].all()
    mixed = config.replace(reproduction={"unmated": 0.0, "interspecies": 1.0, "mutate_mated": 0.0})
    abroad = offspring_of(population, score, member, may, 1, mixed)
    children = ~abroad.elite
    assert (member[abroad.first[children]] != member[abroad.second[children]]).all()
    assert not abroad.mutable.any()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60), st.integers(1, 10))
def test_rank_is_by_species_then_score_with_random_ties(genomes, tenths):
    score, member = (
        np.array(genomes, float)[:, 0],
        np.unique([species for _, species in genomes], return_inverse=True)[1],
    )
    key, draws = np.arange(len(score)) * 7, random_numbers(Config(run={"seed": 1}), 1).of(Purpose.TIES)
    ranking = rank(score, member, int(member.max()) + 1, freeze(key, np.int64), draws, tenths / 10, 1)
    expected = np.lexsort((draws.bits(key, 0), -score, member))
    sizes = np.bincount(member)
    assert ranking.start.tolist() == [0, *np.cumsum(sizes).tolist()]
    assert ranking.survivors.tolist() == np.maximum(np.ceil(tenths / 10 * sizes), 1).tolist()
    for begin, end, count in zip(ranking.start, ranking.start[1:], ranking.survivors, strict=False):
        assert ranking.order[begin : begin + count].tolist() == expected[begin : begin + count].tolist()
        assert sorted(ranking.order[begin:end]) == sorted(expected[begin:end])


def test_the_threshold_moves_towards_the_target():
    speciation = Config(speciation={"target_species": 10}).speciation
    population, _ = lone(Config(run={"seed": 1}))
    assert adjusted_threshold(2.0, [(11, population)], speciation) == 2.0 * 1.05
    assert adjusted_threshold(2.0, [(9, population)], speciation) == 2.0 / 1.05
    assert adjusted_threshold(2.0, [(10, population)], speciation) == 2.0
    assert adjusted_threshold(0.01, [(9, population)], speciation) == 0.01
    islands = [(11, population), (9, population), (12, population)]  # the majority decides
    assert adjusted_threshold(2.0, islands, speciation) == 2.0 * 1.05
    assert adjusted_threshold(2.0, islands[:2], speciation) == 2.0
    assert adjusted_threshold(2.0, [(99, population)], Config(speciation={"target_species": "none"}).speciation) == 2.0
    sizes = (50, 150, 1000, 10_000, 1_000_000)
    assert [most_species(size, Config().speciation) for size in sizes] == [10, 10, 15, 20, 30]


def test_without_speciation_there_is_one_species():
    config = Config(run={"seed": 1}, speciation={"speciate": False})
    population, _ = lone(config)
    for representatives, founders in ((population.take([]), [0]), (population.take([0]), [])):
        member, first = species_of(population, representatives, 1e-9, config)
        assert set(member) == {0} and first == founders


def test_acyclic_growth_never_closes_a_cycle():
    config = Config(
        run={"seed": 9},
        population={"size": 20},
        genome={"acyclic": True},
        mutation={"add_connection": 1.0, "add_node": 0.5, "toggle": 0.5},
    )
    population, _ = history(config, 30)
    for genome in population:
        graph = nx.DiGraph(zip(genome.column("source").tolist(), genome.column("target").tolist(), strict=True))
        assert nx.is_directed_acyclic_graph(graph)
    assert population.connection_counts.max() > 20
