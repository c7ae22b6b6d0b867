"""Going on with a run: exactly, from anywhere; or not at all, with a reason."""

from __future__ import annotations

import json
import shutil
import sqlite3
import warnings
from pathlib import Path

import numpy as np
import pytest
from commands import CONFIGS
from crashing import contents

import neat
from neat.store.checkpoint import checkpoint_rows
from neat.store.provenance import versions

#: Problems that remember different things: nothing, tunings, ranges of observations, re-tests, a validation.
CASES = {
    "xor": (
        "xor.ini",
        ["population.size=40", "run.generations=14", "run.stop_fitness=none"],
    ),
    "tuning": (
        "xor.ini",
        [
            "population.size=40",
            "run.generations=14",
            "run.stop_fitness=none",
            "tuning.method=sep-cma-es",
            "tuning.wait=0",
            "tuning.after=2",
            "tuning.generations=5",
            "tuning.share=0.5",
            "genome.bias=attribute",
        ],
    ),
    "cartpole": (
        "cartpole.ini",
        ["population.size=16", "run.generations=6", "run.stop_fitness=none", "problem.scaling=running"],
    ),
    "retested": (
        "cartpole.ini",
        [
            "population.size=20",
            "run.generations=9",
            "run.stop_fitness=none",
            "run.retest=0.5",
            "problem.threshold=none",
            "problem.scaling=running",
            "problem.max_episode_steps=60",
        ],
    ),
    "double_pole": (
        "double_pole.ini",
        [
            "population.size=60",
            "run.generations=7",
            "run.stop_fitness=none",
            "problem.max_steps=1000",
            "problem.check_steps=2000",
        ],
    ),
}


def config_of(case: str, *more: str) -> neat.Config:
    file, settings = CASES[case]
    return neat.load(CONFIGS / file, ["run.seed=1", "run.checkpoint=4", "run.threads=1", *settings, *more])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a folder with a run that was never interrupted, for each case."""
    base = tmp_path_factory.mktemp("whole")
    for case in CASES:
        neat.run(config_of(case), out=base / case)
    return {case: base / case for case in CASES}


def interrupted(case: str, folder: Path, after: int, *more: str) -> None:
    """Make a run that is interrupted, as by Ctrl-C, after some generations."""

    def watch(generation: neat.Generation) -> None:
        if generation.number == after:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(config_of(case, *more), out=folder, watch=watch)


@pytest.mark.parametrize("case", CASES)
def test_a_run_continues_from_every_generation(case: str, whole: dict[str, Path], tmp_path: Path) -> None:
    wanted, champion = contents(whole[case]), (whole[case] / "champion.json").read_bytes()
    for start in range(1, len(wanted["generation"]) + 1):
        out = tmp_path / str(start)
        result = neat.resume(whole[case], start=start, out=out, threads=1 + start % 2)
        assert contents(out) == wanted
        assert (out / "champion.json").read_bytes() == champion
        assert result.champion.to_json() == neat.History(out).champion().genome.to_json()
    assert contents(whole[case]) == wanted


@pytest.mark.parametrize("case", CASES)
def test_a_run_that_was_interrupted_at_any_generation_ends_as_if_it_had_not_been(
    case: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    wanted = contents(whole[case])
    for after in range(1, len(wanted["generation"])):
        folder = tmp_path / str(after)
        interrupted(case, folder, after)
        with neat.History(folder) as history:
            assert history.status == "interrupted" and history.last == after
        neat.resume(folder, threads=2)
        assert contents(folder) == wanted


def test_a_case_with_a_harder_test_and_one_that_carries_are_what_they_are_here_for(whole: dict[str, Path]) -> None:
    with neat.History(whole["double_pole"]) as history:
        assert any(found.passed for _, found in history.validations())
        assert history.state(5).remembered is not None
    with neat.History(whole["cartpole"]) as history:
        assert set(history.state(5).problem_state) == {"low", "high"}
        assert history.champion().preprocessing.keys() <= {"low", "high"}


def test_a_user_s_own_problem_is_passed_again(tmp_path: Path) -> None:
    @neat.problem(inputs=1, outputs=1)
    def chance(network: neat.Network, rng: np.random.Generator) -> float:
        return float(rng.random())

    config = neat.Config(run={"seed": 1, "generations": 6, "lineage": False}, population={"size": 12})
    neat.run(config, chance, out=tmp_path / "whole")

    def watch(generation: neat.Generation) -> None:
        if generation.number == 2:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(config, chance, out=tmp_path / "part", watch=watch)
    with pytest.raises(neat.NeatError, match=r"its problem, .*test_resume:.*chance, was passed from Python"):
        neat.resume(tmp_path / "part")
    neat.resume(tmp_path / "part", chance)
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")
    assert contents(tmp_path / "part")["lineage"] == []


def resumed_from_everywhere(config: neat.Config, problem: object, folder: Path) -> neat.Result:
    """Make a run, and resume it from each of its generations; return its result."""
    result = neat.run(config, problem, out=folder / "whole")
    for start in range(1, result.generations + 1):
        neat.resume(folder / "whole", problem, start=start, out=folder / str(start))
        assert contents(folder / str(start)) == contents(folder / "whole")
        assert (folder / str(start) / "champion.json").read_bytes() == (folder / "whole/champion.json").read_bytes()
    assert neat.verify(folder / "whole", problem).same
    return result


def test_an_error_of_exactly_nothing(tmp_path: Path) -> None:
    problem = neat.Dataset([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1])  # the fitness is minus the error: -0.0
    config = neat.Config(
        run={"seed": 1, "generations": 4, "checkpoint": 1},
        population={"size": 30},
        genome={"output_activation": "step"},
    )
    result = resumed_from_everywhere(config, problem, tmp_path)
    assert str(result.best_fitness) == "0.0"
    with neat.History(tmp_path / "whole") as history:
        assert history.state(4).best == 0.0


def test_a_harder_test_that_answers_in_numbers_of_numpy(tmp_path: Path) -> None:
    class Tested(neat.Problem):
        inputs, outputs, deterministic = ("x",), ("y",), True

        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            return neat.Evaluation(networks.key % 7, solved=networks.key % 7 > 3)

        def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
            return neat.Validation(0, np.bool_(True), np.float64(-0.0), {"steps": np.int64(3), "of": np.float32(0.1)})

    config = neat.Config(
        run={"seed": 1, "generations": 4, "checkpoint": 1, "stop_fitness": "none"}, population={"size": 20}
    )
    assert resumed_from_everywhere(config, Tested(), tmp_path).solved
    with neat.History(tmp_path / "whole") as history:
        assert history.champion(generation=4).validation is not None


class Counting(neat.Problem):
    """Count the generations in one array of its own, which is also the state that it returns."""

    inputs, outputs, deterministic = ("x",), ("y",), False

    def __init__(self, *, writes: bool = False) -> None:
        self.total, self.writes = np.zeros(1), writes

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        self.total[:] = context.state.get("total", 0.0)
        self.total += 2.0
        if self.writes and "total" in context.state:
            context.state["total"] += 2.0
        return neat.Evaluation(networks.key % 5 * self.total[0], state={"total": self.total})


COUNTED = neat.Config(run={"seed": 1, "generations": 5, "checkpoint": 1}, population={"size": 12})


def test_what_was_carried_stays_what_it_was(tmp_path: Path) -> None:
    resumed_from_everywhere(COUNTED, Counting(), tmp_path)
    with neat.History(tmp_path / "whole") as history:
        carried = [history.state(number).problem_state for number in range(1, 6)]
    assert carried[0] == {}
    assert [carry["total"].tolist() for carry in carried[1:]] == [[2.0], [4.0], [6.0], [8.0]]


def test_a_problem_that_writes_into_what_it_was_handed_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(neat.ProblemError, match="ValueError: .*read-only .*in generation 2"):
        neat.run(COUNTED, Counting(writes=True), out=tmp_path / "new")
    neat.run(COUNTED, Counting(), out=tmp_path / "old")
    with pytest.raises(neat.ProblemError, match="ValueError: .*read-only"):
        neat.resume(tmp_path / "old", Counting(writes=True), start=2)
    assert neat.resume(tmp_path / "new", Counting()).generations == 5


def test_more_generations(whole: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    neat.run(config_of("xor", "run.generations=5"), out=folder)
    before = (folder / "run.sqlite").read_bytes()
    assert neat.resume(folder).generations == 5  # which is finished, and left as it is
    assert (folder / "run.sqlite").read_bytes() == before
    with pytest.raises(neat.NeatError, match=r"--generations 4: .* already has 5"):
        neat.resume(folder, generations=4)
    result = neat.resume(folder, generations=14)
    assert result.generations == 14 and result.reasons == ("generations",)
    assert contents(folder) == contents(whole["xor"])
    assert neat.load(folder / "config.ini") == neat.load(whole["xor"] / "config.ini")


def test_fewer_generations_from_an_earlier_one(whole: dict[str, Path], tmp_path: Path) -> None:
    result = neat.resume(whole["xor"], start=3, generations=6, out=tmp_path / "short")
    assert result.generations == 6 and len(contents(tmp_path / "short")["generation"]) == 6
    with pytest.raises(neat.NeatError, match=r"--generations 3: a run from generation 4 already has 4"):
        neat.resume(whole["xor"], start=4, generations=3)


def test_a_new_folder_is_beside_the_old_one_however_that_is_named(
    whole: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole["xor"], tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    assert neat.resume(".", start=12).folder == tmp_path / "run-from-12-1"
    (tmp_path / "run" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "run" / "sub")
    assert neat.resume("..", start=12).folder == tmp_path / "run-from-12-2"


def test_a_run_that_continues_meanwhile_is_read_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    interrupted("xor", folder, 7)

    def go_on(generation: neat.Generation) -> None:
        if generation.number == 2:
            assert neat.resume(folder, threads=1).generations == 14  # the state of generation 7 is no longer kept

    with neat.History(folder) as history:
        found = neat.verify(folder, watch=go_on)
        assert (found.same, found.total, history.last, history.status) == (True, 7, 7, "interrupted")
        assert history.state(7).generation == 7
    with neat.History(folder) as history:
        assert (history.last, history.status, history.states()) == (14, "finished", [1, 5, 9, 13, 14])


def test_a_solved_run_is_left_as_it_is(tmp_path: Path) -> None:
    first = neat.run(neat.load(CONFIGS / "xor.ini", ["run.seed=1"]), out=tmp_path / "run")
    before = contents(tmp_path / "run")
    again = neat.resume(tmp_path / "run", generations=100)
    assert (again.champion, again.solved, again.generations, again.evaluations, again.reasons) == (
        first.champion, True, first.generations, first.evaluations, ("solved",)
    )  # fmt: skip
    assert contents(tmp_path / "run") == before


def test_keeping_a_run_changes_no_bit_of_it(tmp_path: Path) -> None:
    for case in CASES:
        runs: list[list[tuple[str, bytes]]] = [[], []]
        for kept, out in zip(runs, (None, tmp_path / case), strict=True):
            neat.run(
                config_of(case, "run.checkpoint=1"), out=out,
                watch=lambda g, kept=kept: kept.append(
                    (checkpoint_rows(g.state, neat.Config().genome)[0][-1], g.fitness.tobytes())
                ),
            )  # fmt: skip
        assert runs[0] == runs[1] and runs[0]


@pytest.mark.parametrize("case", CASES)
def test_verify_finds_every_generation_again(case: str, whole: dict[str, Path]) -> None:
    seen: list[int] = []
    found = neat.verify(whole[case], threads=2, watch=lambda generation: seen.append(generation.number))
    assert found.same and found.generations == found.total == len(seen) and found.doubts == ()


@pytest.mark.parametrize(
    ("change", "generation", "table"),
    [
        ("UPDATE generation SET mean = mean + 1e-9 WHERE generation = 3", 3, "generation"),
        ("UPDATE generation SET digest = digest + 1 WHERE generation = 1", 1, "generation"),
        ("UPDATE species SET size = size + 1 WHERE generation = 5", 5, "species"),
        ("UPDATE lineage SET parents = zeroblob(length(parents)) WHERE generation = 2", 2, "lineage"),
        ("UPDATE champion SET genome = genome || ' ' WHERE generation = 1", 1, "champion"),
        ("DELETE FROM innovation WHERE generation = (SELECT max(generation) FROM innovation)", -1, "innovation"),
        ("UPDATE array SET data = zeroblob(length(data)) WHERE name = 'member' AND generation = 5", 5, "checkpoint"),
        ("INSERT INTO species SELECT 15, id, size, best, mean, age, record, progress, representative FROM species "
         "WHERE generation = 14; "
         "INSERT INTO generation SELECT 15, digest, best, best_key, mean, species, threshold, connections, hidden, "
         "evaluations, failed, record, progress, solved, next_key, next_species, seconds, retests FROM generation "
         "WHERE generation = 14", 15, "end"),
    ],
)  # fmt: skip
def test_verify_names_the_first_generation_that_differs(
    change: str, generation: int, table: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole["xor"], folder)
    connection = sqlite3.connect(folder / "run.sqlite")
    if generation < 0:
        (generation,) = connection.execute("SELECT max(generation) FROM innovation").fetchone()
    for statement in change.split("; "):
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()
    found = neat.verify(folder)
    assert (found.same, found.differs, found.tables) == (False, generation, (table,))


def test_a_history_that_differs_is_not_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    interrupted("xor", folder, 6)
    connection = sqlite3.connect(folder / "run.sqlite")
    connection.execute("UPDATE generation SET digest = digest + 1 WHERE generation = 6")
    connection.commit()
    connection.close()
    before = contents(folder)
    with pytest.raises(neat.NeatError, match=r"6, computed again, differs from the saved one .in: generation"):
        neat.resume(folder)
    assert contents(folder) == before
    neat.resume(folder, start=3, out=tmp_path / "other")  # what was before is good
    assert len(contents(tmp_path / "other")["generation"]) == 14


def test_a_corrupt_state_is_refused_and_an_earlier_one_is_named(whole: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    interrupted("xor", folder, 7)
    connection = sqlite3.connect(folder / "run.sqlite")
    (data,) = connection.execute(
        "SELECT data FROM array WHERE generation = 7 AND name = 'population.weight'"
    ).fetchone()
    spoilt = bytes([data[0] ^ 1]) + data[1:]
    connection.execute("UPDATE array SET data = ? WHERE generation = 7 AND name = 'population.weight'", (spoilt,))
    connection.commit()
    connection.close()
    told = r"the state of generation 7 is corrupt and cannot be resumed \(its checksum.*--from 5"
    with pytest.raises(neat.NeatError, match=told):
        neat.resume(folder)
    neat.resume(folder, start=5, out=tmp_path / "saved")
    assert contents(tmp_path / "saved") == contents(whole["xor"])


def test_changed_data_is_refused(tmp_path: Path) -> None:
    for name in ("xor.ini", "xor.csv"):
        shutil.copy(CONFIGS / name, tmp_path)
    config = neat.load(tmp_path / "xor.ini", ["run.seed=1", "run.generations=3"])
    neat.run(config, out=tmp_path / "run")
    data, before = tmp_path / "xor.csv", contents(tmp_path / "run")
    text = data.read_text()
    data.write_text(text.replace("1,1,0", "1,1,1"))
    with pytest.raises(neat.NeatError, match=r"xor\.csv: was changed since .*run was begun.*put the old file back"):
        neat.resume(tmp_path / "run", generations=9)
    found = neat.verify(tmp_path / "run")
    assert "generation" in found.tables
    assert found.doubts == (f"{data}: was changed since the run was begun: it may continue differently",)
    data.unlink()
    with pytest.raises(neat.NeatError, match=r"xor\.csv: is missing, and .*run reads it \(put it back\)"):
        neat.resume(tmp_path / "run", generations=9)
    assert contents(tmp_path / "run") == before
    data.write_text(text)
    assert neat.resume(tmp_path / "run", generations=9).generations == 9


def rewrite_versions(folder: Path, **changes: str) -> None:
    connection = sqlite3.connect(folder / "run.sqlite")
    then = {**versions(), **changes}
    connection.execute("UPDATE session SET versions = ?", (json.dumps(then),))
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("case", "changed", "warned"),
    [
        ("xor", {"numpy": "1.0", "numba": "0.1"}, ["numpy was '1.0'", "numba was '0.1'"]),
        ("xor", {"gymnasium": "0.1", "python": "3.0", "processor": "abacus"}, []),
        ("cartpole", {"gymnasium": "0.1", "processor": "abacus"}, ["gymnasium was '0.1'", "processor was 'abacus'"]),
    ],
)
def test_what_may_change_a_run_is_told(case: str, changed: dict[str, str], warned: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    interrupted(case, folder, 2)
    rewrite_versions(folder, **changed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert neat.resume(folder, generations=3).generations == 3
    assert [any(word in str(each.message) for each in caught) for word in warned] == [True] * len(warned)
    assert len([each for each in caught if each.category is UserWarning]) == len(warned)


def test_another_version_of_the_engine_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    interrupted("xor", folder, 2)
    rewrite_versions(folder, **{"neat-engine": "0.0.9"})
    before = contents(folder)
    with pytest.raises(neat.NeatError, match=r"was made with neat-engine 0\.0\.9.*pip install neat-engine==0\.0\.9"):
        neat.resume(folder)
    assert contents(folder) == before


def test_a_module_of_ones_own_takes_trust_and_is_told_when_it_changed(tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text(
        "import neat\n\n@neat.problem(inputs=1, outputs=1)\n"
        "def fitness(network):\n    return float(network([1.0])[0])\n"
    )
    (tmp_path / "mine.ini").write_text("[problem]\nkind = mine:fitness\n[run]\nseed = 1\n[population]\nsize = 9\n")
    config = neat.load(tmp_path / "mine.ini", ["run.generations=3"])
    neat.run(config, out=tmp_path / "run")
    with pytest.raises(neat.NeatError, match="trust"):
        neat.resume(tmp_path / "run", generations=5)
    module.write_text(module.read_text() + "# a remark\n")
    with pytest.warns(UserWarning, match=r"mine\.py: was changed since the run was begun"):
        assert neat.resume(tmp_path / "run", generations=5, trust=True).generations == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"start": 15}, r"--from 15: .* has no such generation \(1 to 14\)"),
        ({"start": 0}, "no such generation"),
        ({"out": "new"}, "continues in its own folder"),
        ({"start": 3, "out": "."}, "is not empty"),
        ({"generations": 1}, "already has 14"),
        ({"generations": 0}, "generations = 0: too small"),
    ],
)
def test_mistakes(arguments: dict[str, object], said: str, whole: dict[str, Path]) -> None:
    before = contents(whole["xor"])
    with pytest.raises(neat.NeatError, match=said):
        neat.resume(whole["xor"], **arguments)  # type: ignore[arg-type]
    assert contents(whole["xor"]) == before


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(neat.NeatError, match=r"there is no such file \(a run is a folder with a file run\.sqlite"):
            neat.resume(folder)
    assert list(tmp_path.iterdir()) == []
