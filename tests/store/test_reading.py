"""What is read from a run: listing, overview, ancestry, CSV, comparison, and what removal removes."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest

import neat
from neat.store.export_rows import csv_lines, write_csv
from neat.store.folder import find_run, is_batch, run_folders
from neat.store.history import History
from neat.store.lineage import descent, founders, lineage
from neat.store.lock import Lock
from neat.store.overview import overview_of
from neat.store.removal import planned_removal, remove_run
from neat.studies.listing import list_runs, listed
from neat.studies.run_comparison import compare_runs

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def problem() -> neat.Dataset:
    return neat.Dataset(ROWS, TARGETS, measure="paper", solved="sides")


def config(**run: object) -> neat.Config:
    return neat.Config(run={"seed": 4, "generations": 25, "stop_fitness": "none", **run}, population={"size": 40})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[neat.Generation]]:
    """Return the folder of a run, and its generations."""
    folder = tmp_path_factory.mktemp("runs") / "xor"
    generations: list[neat.Generation] = []
    neat.run(config(), problem(), out=folder, watch=generations.append)
    return folder, generations


Made = tuple[Path, list[neat.Generation]]


def test_the_ancestry_of_the_champion_is_that_of_its_run(made: Made) -> None:
    folder, generations = made
    parents, born = {}, {}
    for generation in generations:
        for key, own in zip(generation.population.key.tolist(), generation.population.parents.tolist(), strict=True):
            parents.setdefault(key, [parent for parent in own if parent >= 0])
            born.setdefault(key, generation.number)
    with History(folder) as history:
        graph = lineage(history)
        for key in (0, 50, generations[-1].champion.genome.key):
            other = lineage(history, key)
            wanted, waiting = {key}, [key]
            while waiting:
                for parent in parents[waiting.pop()]:
                    if parent not in wanted:
                        wanted.add(parent)
                        waiting.append(parent)
            assert set(other) == wanted and networkx.is_directed_acyclic_graph(other)
            assert {node: other.nodes[node]["born"] for node in other} == {node: born[node] for node in wanted}
            assert {(a, b) for a, b in other.edges} == {(p, child) for child in wanted for p in parents[child]}
        with pytest.raises(neat.NeatError, match="does not record the parents of a genome 123456"):
            lineage(history, 123456)
    assert graph.graph["genome"] == generations[-1].champion.genome.key
    line = descent(graph)
    assert line[0].key == graph.graph["genome"] and line[-1].parents == () and line[-1].born == 1
    for one, before in zip(line, line[1:], strict=False):
        assert tuple(dict.fromkeys(parents[one.key])) == one.parents
        assert before.key == one.parents[0] and before.born < one.born
    assert founders(graph) == sorted(key for key in graph if born[key] == 1)


def test_a_run_without_lineage_says_so(tmp_path: Path) -> None:
    neat.run(config(lineage=False, generations=3), problem(), out=tmp_path / "run")
    with History(tmp_path / "run") as history, pytest.raises(neat.NeatError, match=r"\[run\] lineage = no"):
        lineage(history)


def test_the_csv_file_says_what_the_generations_were(made: Made, tmp_path: Path) -> None:
    folder, generations = made
    with History(folder) as history:
        write_csv(history, tmp_path / "a.csv")
        write_csv(history, tmp_path / "b.csv", species=True)
        with open("/dev/null", "a") as null:  # is written to, and stays what it is
            write_csv(history, Path(null.name))
        assert not Path("/dev/null").is_file()
        with pytest.raises(neat.NeatError, match=r"none/x.csv: cannot be written"):
            write_csv(history, tmp_path / "none" / "x.csv")
        assert "".join(csv_lines(history)) == (tmp_path / "a.csv").read_text()
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert [float(row["best"]) for row in rows] == [generation.best_fitness for generation in generations]
    assert [float(row["mean"]) for row in rows] == [generation.mean_fitness for generation in generations]
    assert [int(row["evaluations"]) for row in rows] == [generation.evaluations for generation in generations]
    species = list(csv.DictReader((tmp_path / "b.csv").open()))
    sizes = [size for generation in generations for size in generation.species_sizes.tolist()]
    assert [int(row["size"]) for row in species] == sizes


def test_the_overview_is_that_of_the_run(made: Made) -> None:
    folder, generations = made
    with History(folder) as history:
        overview = overview_of(history)
    champions = {generation.champion.generation: generation.champion for generation in generations}
    assert overview.champions == len(champions)
    for stone in overview.milestones:
        champion = champions[stone.generation]
        assert (stone.fitness, stone.hidden) == (champion.fitness, champion.genome.hidden)
        assert stone.evaluations == generations[stone.generation - 1].evaluations
    assert overview.milestones[0].generation == 1 and overview.milestones[-1].generation == max(champions)
    assert list(overview.curve) == sorted(overview.curve)
    assert overview.curve[-1] == max(g.best_fitness for g in generations)
    counts = [len(generation.species) for generation in generations]
    assert overview.species == (min(counts), max(counts), counts[-1])
    assert (overview.failures, overview.tests, overview.processes) == (0, (0, 0), 1) and overview.seconds > 0


def test_runs_are_listed_whatever_became_of_them(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    assert list_runs(base) == []
    neat.run(
        config(stop_fitness="solved", generations=100).replace(population={"size": 150}),
        problem(),
        out=base / "a-solved",
    )
    neat.run(config(generations=3), problem(), out=base / "b-stopped")

    def interrupt(generation: neat.Generation) -> None:
        if generation.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(config(), problem(), out=base / "c-interrupted", watch=interrupt)

    @neat.problem(inputs=1, outputs=1)
    def failing(network: neat.Network) -> float:
        raise ValueError("never")

    with pytest.raises(neat.ProblemError):
        neat.run(config(), failing, out=base / "d-failed")
    neat.run_seeds(config(generations=3), "0,1", problem(), jobs=1, out=base / "e-batch")
    neat.run(config(generations=3), problem(), out=base / "f-corrupt")
    (base / "f-corrupt" / "run.sqlite").write_bytes(b"SQLite format 3\0 or so")
    (base / "nothing").mkdir()
    (base / "file").touch()
    for number, folder in enumerate(sorted(base.glob("?-*"))):
        for file in folder.glob("*.ini"):
            os.utime(file, (number, number))
    found = {run.folder.name[2:]: run for run in list_runs(base)}
    assert [run.folder.name[0] for run in list_runs(base)] == list("abcdef")
    assert {name: run.status for name, run in found.items() if name != "batch"} == {
        name: name for name in ("solved", "stopped", "interrupted", "failed", "corrupt")
    }
    assert found["interrupted"].generations == 3 and found["stopped"].generations == 3
    assert found["solved"].seed == 4 and found["solved"].best_fitness and found["solved"].started.startswith("2")
    assert (found["batch"].runs, found["batch"].solved, found["batch"].seed) == (2, 0, None)
    assert "ValueError: never" in (found["failed"].error or "")
    assert "run.sqlite" in (found["corrupt"].error or "")
    assert find_run("latest", base).name == "f-corrupt"
    assert find_run("e-batch", base, batches=True).name == "e-batch" and is_batch(base / "e-batch")
    with pytest.raises(neat.NeatError, match="holds many runs, but this command needs a single one"):
        find_run("e-batch", base)
    assert len(run_folders(base)) == 6


RUN = """
import sys, time
import neat
config = neat.Config(run={"seed": 1, "generations": 10**6, "stop_fitness": "none"}, population={"size": 20})
neat.run(config, neat.Dataset([[0.0], [1.0]], [0.0, 1.0]), out=sys.argv[1], watch=lambda generation: time.sleep(0.01))
"""


def test_a_run_whose_process_is_dead_was_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", RUN, folder], env=environment)
    try:
        while not (folder / "champion.json").exists():
            assert process.poll() is None
            time.sleep(0.05)
        assert listed(folder).status == "running"
        with pytest.raises(neat.NeatError, match="is running, and is not removed"):
            remove_run(folder)
        assert (folder / "run.sqlite").exists()
    finally:
        process.kill()
        process.wait()
    assert listed(folder).status == "interrupted" and listed(folder).generations > 0
    remove_run(folder)
    assert not folder.exists()


def test_removing_takes_what_is_the_runs_and_nothing_else(tmp_path: Path) -> None:
    @neat.problem(inputs=1, outputs=1)
    def half(network: neat.Network) -> float:
        if network.networks.key[0] % 2:
            raise ValueError
        return 1.0

    folder = tmp_path / "run"
    neat.run(config(on_error="worst", generations=3), half, out=folder)
    assert len(list((folder / "failed").iterdir())) == 10
    (folder / "notes.txt").write_text("mine")
    (folder / "failed" / "notes.txt").write_text("mine")
    (folder / "champion.json.bak").write_text("mine")
    (folder / "precious").mkdir()
    plan = planned_removal(folder)
    assert {file.name for file in plan.others} == {"notes.txt", "champion.json.bak", "precious"}
    lock = Lock(folder, "is busy")
    with pytest.raises(neat.NeatError, match="is running, and is not removed"):
        remove_run(folder)
    lock.release()
    done = remove_run(folder)
    left = {str(file.relative_to(folder)) for file in folder.rglob("*")}
    assert left == {"notes.txt", "failed", "failed/notes.txt", "champion.json.bak", "precious"}
    assert done.size > 10_000 and len(done.others) == 4
    for other in (folder, tmp_path, tmp_path / "none", Path("/")):
        with pytest.raises(neat.NeatError, match="is not a run, and was not removed"):
            remove_run(other)
    neat.run_seeds(config(generations=2), "0,1", problem(), jobs=1, out=tmp_path / "batch")
    (tmp_path / "link").symlink_to(tmp_path / "batch")
    with pytest.raises(neat.NeatError, match="is a link"):
        remove_run(tmp_path / "link")
    remove_run(tmp_path / "batch")
    assert not (tmp_path / "batch").exists()


@pytest.mark.parametrize("names", [["genome-1.json", "precious.json"], []])
def test_what_a_link_in_a_run_leads_to_is_not_removed(tmp_path: Path, names: list[str]) -> None:
    folder, other = tmp_path / "run", tmp_path / "other"
    neat.run(config(generations=1), problem(), out=folder)
    other.mkdir()
    for name in names:  # one is called like what a run keeps
        (other / name).write_text("mine")
    (tmp_path / "champion.json").write_text("mine")
    (folder / "champion.json").unlink()
    (folder / "champion.json").symlink_to(tmp_path / "champion.json")
    (folder / "failed").symlink_to(other)
    assert [file.name for file in remove_run(folder).others] == ["failed"]
    assert sorted(file.name for file in other.iterdir()) == names and (tmp_path / "champion.json").exists()
    assert (folder / "failed").is_symlink() and list(folder.iterdir()) == [folder / "failed"]


def test_two_runs_compared(tmp_path: Path) -> None:
    for name, more in (("a", {}), ("b", {}), ("c", {"generations": 12}), ("d", {"seed": 5})):
        neat.run(config(**more), problem(), out=tmp_path / name)
    changed = config().replace(reproduction={"stagnation": 6})
    neat.run(changed, problem(), out=tmp_path / "e")
    runs = {name: History(tmp_path / name) for name in "abcde"}
    same = compare_runs(runs["a"], runs["b"])
    assert same.identical and same.same == 25 and same.differences == () and same.evaluations is not None
    assert same.evaluations[0] == same.evaluations[1]
    shorter = compare_runs(runs["a"], runs["c"])
    assert not shorter.identical and shorter.same == 12
    told = [(found.name, found.first, found.second) for found in shorter.differences]
    assert told == [("run.generations", "25", "12")]
    other = compare_runs(runs["a"], runs["d"])
    assert other.same == 0 and [found.name for found in other.differences] == ["run.seed"]
    later = compare_runs(runs["a"], runs["e"])
    first = next(
        one.generation
        for one, two in zip(runs["a"].generations(), runs["e"].generations(), strict=True)
        if one.digest != two.digest
    )
    assert later.same == first - 1 > 5 and [found.name for found in later.differences] == ["reproduction.stagnation"]
    level = later.level
    assert level == min(runs["a"].best_fitness or 0, runs["e"].best_fitness or 0)
    for history in runs.values():
        history.close()


#: What a caller may give by mistake instead of a number or a path.
ODD = (
    None, True, 10**30, -(10**30), 1.5, float("nan"), "x", "\0", "a" * 5_000, b"x", [], {}, object(), int,
    np.float64(1), np.array([1, 2]), Path("\0"),
)  # fmt: skip


@pytest.mark.parametrize(
    "use",
    [
        lambda history, odd: neat.History(odd),
        lambda history, odd: history.champion(odd),
        lambda history, odd: history.state(odd),
        lambda history, odd: history.state_rows(odd),
        lambda history, odd: history.rows(odd),
        lambda history, odd: history.parents(odd),
        lambda history, odd: list(history.generations(odd)),
        lambda history, odd: list(history.species(0, odd)),
        lambda history, odd: neat.lineage(odd),
        lambda history, odd: neat.lineage(history, odd),
        lambda history, odd: neat.explain_run(odd, 1),
        lambda history, odd: neat.explain_run(history, odd),
        lambda history, odd: neat.compare_runs(history, odd),
        lambda history, odd: neat.compare_runs(odd, history),
        lambda history, odd: neat.list_runs(odd),
        lambda history, odd: neat.verify(odd),
        lambda history, odd: neat.resume(odd),
        lambda history, odd: neat.resume(history.folder, problem(), start="x" if odd is None else odd),
    ],
)
def test_what_is_no_run_and_no_number_is_refused_in_a_sentence(made: Made, use: Callable[[Any, Any], object]) -> None:
    with History(made[0]) as history:
        for odd in ODD:
            try:
                use(history, odd)
            except neat.NeatError as error:
                assert "corrupt" not in str(error)


def test_numbers_may_lie_beyond_a_run_and_come_from_numpy(made: Made) -> None:
    folder, generations = made
    with History(folder) as history:
        assert history.champion(2**63 - 1).genome == history.champion().genome
        assert len(list(history.generations(0, 2**63 - 1))) == len(generations)
        assert history.parents(np.int64(50)) == history.parents(50)
        for beyond in (0, 10**30):
            with pytest.raises(neat.NeatError, match="it must be a whole number of 64 bits, 1 or more"):
                history.champion(beyond)
        with pytest.raises(neat.NeatError, match="generation is 'x'; it must be a whole number"):
            history.champion("x")  # type: ignore[arg-type]
    with pytest.raises(neat.NeatError, match="this History is closed; open it again with neat.History"):
        history.champion()


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_rows_that_are_left_unread_outlive_their_history(made: Made) -> None:
    history = History(made[0])
    rows = history.generations()
    assert next(rows).generation == 1
    history.close()
    del rows  # an error here could not be caught, only printed
