"""The words about species are true: they agree with what the next generation of the run turned out to be."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import neat
from neat.runs.explanation import Explanation, explain, explain_run
from neat.store.history import History

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
SETTINGS = {
    "defaults": {},
    "stagnant": {"reproduction": {"stagnation": 4, "species_elitism": 1, "population_stagnation": 9}},
    "no elites": {"reproduction": {"stagnation": 3, "species_elitism": 0, "champion_size": 50}},
    "ranks": {"reproduction": {"sharing": "rank", "interspecies": 0.2}},
    "nearest": {"speciation": {"join": "nearest", "target_species": 4, "threshold": 1.0}},
    "free": {"speciation": {"target_species": "none", "threshold": 0.6}},
    "tuned": {"tuning": {"method": "es", "wait": 0, "after": 2, "share": 0.4, "generations": 3}},
    "one": {"speciation": {"speciate": False}},
}


def problem() -> neat.Dataset:
    return neat.Dataset(ROWS, TARGETS, measure="paper", solved="sides")


def config(**sections: object) -> neat.Config:
    run = {"seed": 6, "generations": 30, "stop_fitness": "none", "checkpoint": 7}
    return neat.Config(run=run, population={"size": 60}, mutation={"add_connection": 0.3}, **sections)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_said_of_species_is_what_became_of_them(name: str) -> None:
    settings = config(**SETTINGS[name])
    generations = list(neat.evolve(settings, problem()))
    verdicts: Counter[str] = Counter()
    for generation, after in zip(generations, generations[1:], strict=False):
        found = explain(generation, settings)
        sizes = dict(zip(after.species.id.tolist(), after.species_sizes.tolist(), strict=True))
        before = dict(zip(generation.species.id.tolist(), generation.species_sizes.tolist(), strict=True))
        assert {fate.id: fate.after for fate in found.fates if fate.after} == sizes
        assert {fate.id: fate.size for fate in found.fates if fate.size} == before
        assert sum(fate.offspring for fate in found.fates) == len(after.population)
        assert sum(fate.share for fate in found.fates) == pytest.approx(1.0)
        arrived = Counter()
        for fate in found.fates:
            assert sum(fate.went.values()) == fate.offspring and fate.stayed + fate.joined == fate.after
            arrived.update(fate.went)
        assert arrived == Counter(sizes)
        check_words(found, generation, after, settings)
        verdicts.update(fate.verdict for fate in found.fates)
    assert name == "one" or {"grew", "shrank", "died", "new"} <= verdicts.keys()


def check_words(found: Explanation, generation: neat.Generation, after: neat.Generation, settings: neat.Config) -> None:
    """Take the words apart, and compare what they claim with the two generations."""
    number, species = generation.number, generation.species
    home = {
        int(key): int(species.id[place])
        for key, place in zip(generation.population.key, generation.state.species_index, strict=True)
    }
    best = home[int(generation.population.key[generation.best])]
    narrowed = any("only the two best species" in words for words in found.words)
    limit = settings.reproduction.population_stagnation
    assert narrowed == bool(limit and number - generation.progress >= limit)
    assert f"{len(species)} species." in found.words[0]
    if match := re.search(r"goes from (\S+) to (\S+)\.", " ".join(found.words)):
        assert [float(text) for text in match.groups()] == [
            pytest.approx(generation.state.threshold, rel=1e-3), pytest.approx(after.state.threshold, rel=1e-3)
        ]  # fmt: skip
    elif settings.speciation.speciate:
        assert after.state.threshold == generation.state.threshold
    elites = {int(key) for key in after.population.key if int(key) in home}
    copied = {home[key] for key in elites}
    bred = 60 - sum(tuning.count for tuning in after.state.tunings)
    tuned = re.findall(r"(\d+) genomes are samples around genome (\d+), which is tuned by es\.", str(found.fates))
    assert Counter((int(count), int(parent)) for count, parent in tuned) == Counter(
        (tuning.count, tuning.parent) for tuning in after.state.tunings
    )
    for fate in found.fates:
        if fate.verdict == "new":
            match = re.match(
                r"Genome (\d+), (the champion|an offspring|a sample of the tuned genome) of species (\d+), was too far",
                fate.words,
            )
            assert match is not None
            key, mother = int(match[1]), int(match[3])
            members = after.population.key[after.state.species_index == after.species.id.tolist().index(fate.id)]
            assert members[0] == key and after.species.representative[after.species.id.tolist().index(fate.id)] == key
            assert mother in species.id and home.get(key) == (mother if match[2] == "the champion" else None)
            continue
        place = species.id.tolist().index(fate.id)
        idle = number - int(species.progress[place])
        if "made no progress" in fate.words:
            assert f"no progress for {idle} generations" in fate.words and idle >= settings.reproduction.stagnation
        offspring = fate.offspring - sum(map(int, re.findall(r"(\d+) genomes are samples", fate.words)))
        assert ("may not breed" in fate.words) <= (offspring == 0 and fate.id != best)
        assert ("contains the best genome, so" in fate.words) <= (fate.id == best)
        assert ("unchanged copy of its champion" in fate.words) == (fate.id in copied)
        if match := re.search(r"share is ([\d.]+) %: ([\d.]+) of (\d+)", fate.words):
            assert float(match[1]) == pytest.approx(100 * fate.share, abs=0.06) and int(match[3]) == bred
            kept = 1 if fate.id == best else 0  # the best genome is copied, whatever the share of its species
            assert abs(float(match[2]) - offspring) < 1.06 + kept
        else:
            assert offspring == 0
        for other, count in re.findall(r"species (\d+) \((\d+)\)", fate.words):
            assert fate.went[int(other)] == int(count)


def test_any_generation_of_a_run_on_disk_is_explained_from_a_saved_state(tmp_path: Path) -> None:
    data = tmp_path / "xor.csv"
    data.write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for (a, b), y in zip(ROWS, TARGETS, strict=True)))
    keys = {"kind": "dataset", "data": str(data), "inputs": "a, b", "targets": "y", "measure": "paper"}
    settings = config(problem=keys)
    generations: list[neat.Generation] = []
    neat.run(settings, out=tmp_path / "run", watch=generations.append)
    with History(tmp_path / "run") as history:
        assert history.states() == [1, 8, 15, 22, 29, 30]
        for number in (1, 7, 8, 9, 30):
            assert explain_run(history, number) == explain(generations[number - 1], settings)
        for number in (0, 31):
            with pytest.raises(neat.NeatError, match=rf"has no generation {number} \(it has 1 to 30\)"):
                explain_run(history, number)
        data.write_text(data.read_text() + "1,1,1\n")
        with pytest.raises(neat.NeatError, match="generation 9, computed again, differs from that of the run"):
            explain_run(history, 9)
