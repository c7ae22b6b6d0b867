"""The histories of the runs of a batch: their file, invalid files, and values at given evaluations."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import CONFIGS
from hypothesis import given
from hypothesis import strategies as st
from tables import history, row, told

import neat
from neat.studies.history_file import append_history, format_history, histories_header, make_histories, read_blocks
from neat.studies.seed_history import Point, SeedHistory
from neat.studies.table_rows import format_row, header

SMALL = ["population.size=30", "run.generations=12"]
STEPS = history(3, (100, 1.5), (190, 1.5), (300, 4.0), solved=True)
LINES = """\
3,1,100,1.5,1.5,0.5,3,2.0,0.0,no
3,2,190,1.5,1.5,0.5,3,3.0,0.0,no
3,3,300,4.0,4.0,3.0,3,4.0,0.0,yes
"""
COUNTS, SIZES = st.integers(0, 2**63 - 1), st.floats(0, allow_nan=False, allow_infinity=False)
REALS = st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.builds(Point, COUNTS, REALS, REALS, REALS, st.integers(1, 2**63 - 1), SIZES, SIZES, st.booleans())


def saved(folder: Path, *texts: str, rows: str | None = None) -> Path:
    """Save a table with a run of seed 3, and a file of histories with these texts beside it; return that file."""
    run = row(3, generations=3, evaluations=300, best_fitness=4.0)
    (folder / "table.csv").write_text(header() + (format_row(run) if rows is None else rows))
    file = folder / "table-histories.csv"
    file.write_text("".join(texts))
    return file


def test_by_hand(tmp_path: Path) -> None:
    assert histories_header() == (
        "seed,generation,evaluations,best_fitness,generation_best,generation_mean,species,connections,hidden,solved\n"
    )
    assert format_history(STEPS) == LINES
    saved(tmp_path, histories_header(), LINES)
    found = neat.Table.read(tmp_path).histories[3]
    assert len(found) == 3 and list(found.points()) == list(STEPS.points())
    assert found.evaluations.tolist() == [100, 190, 300] and found.solved.tolist() == [False, False, True]


def test_the_best_fitness_is_a_step_function() -> None:
    assert math.isnan(STEPS.best_at(0)) and math.isnan(STEPS.best_at(99))
    assert [STEPS.best_at(at) for at in (100, 189, 190, 299, 300, 10_000)] == [1.5, 1.5, 1.5, 1.5, 4.0, 4.0]
    assert STEPS.at("connections", [[100, 200], [300, 400]]).tolist() == [[2.0, 3.0], [4.0, 4.0]]
    assert STEPS.solved_after == 300 and history(0, (5, 1.0)).solved_after == math.inf


def test_evaluations_that_do_not_grow() -> None:
    steps = history(0, (10, 1.0), (10, 2.0), (20, 3.0))
    assert [steps.best_at(at) for at in (10, 19, 20)] == [2.0, 2.0, 3.0]


@given(points=st.lists(POINTS, min_size=1, max_size=5), seed=COUNTS)
def test_every_bit_survives_a_round_trip(tmp_path_factory: pytest.TempPathFactory, points: list, seed: int) -> None:
    points = sorted(points, key=lambda point: point.evaluations)
    points = [point._replace(solved=False) for point in points[:-1]] + points[-1:]
    file = tmp_path_factory.mktemp("histories") / "table-histories.csv"
    make_histories(file)
    append_history(file, SeedHistory.of(seed, points))
    (block,) = read_blocks(file)
    assert repr(list(block.history.points())) == repr(points) and block.history.seed == seed
    assert (block.start, block.end) == (len(histories_header()), file.stat().st_size)


def test_a_history_is_that_of_the_run(tmp_path: Path) -> None:
    config = neat.load(CONFIGS / "xor.ini", SMALL)
    table = neat.run_seeds(config, "2,5", jobs=1)
    neat.run(config.replace(run={"seed": 5}), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as one:
        rows, champions = list(one.generations()), {each.generation: each.fitness for each in one.champions()}
    found = table.histories[5]
    best = [champions[max(since for since in champions if since <= each.generation)] for each in rows]
    assert found.best_fitness.tolist() == best
    for column, name in (
        ("evaluations", "evaluations"), ("generation_best", "best"), ("generation_mean", "mean"),
        ("species", "species"), ("connections", "connections"), ("solved", "solved"),
    ):  # fmt: skip
        assert getattr(found, column).tolist() == [getattr(each, name) for each in rows]
    assert np.allclose(found.hidden, [each.hidden for each in rows])
    last = table.rows[1]
    ended = (len(found), found.evaluations[-1], found.best_fitness[-1])
    assert ended == (last.generations, last.evaluations, last.best_fitness)
    kept = neat.run_seeds(config, "2,5", jobs=1, out=tmp_path / "out").histories
    assert list(kept) == [2, 5] and list(kept[5].points()) == list(found.points())


HEAD, LINE = histories_header(), LINES.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", ": does not hold the histories of a table of runs (its first line is not seed,generation,"),
        (HEAD[:-1], ": does not hold the histories of a table of runs (its first line is not seed,generation,"),
        (HEAD + "\n", ":2: is not a generation of the histories of a table of runs"),
        (HEAD + LINE[0] + "3,2\n", ":3: is not a generation of"),
        (HEAD + LINE[0].replace("100", "1_0"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("100", "１０"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("100", str(2**63)), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("100", "-1"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("1.5", "nan", 1), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("1.5", "1e+999", 1), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("1.5", "+1.5", 1), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("2.0", "-2.0"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace(",3,2.0", ",0,2.0"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("no", "maybe"), ":2: is not a generation of"),
        (HEAD + LINE[0].replace("no", "no,"), ":2: is not a generation of"),
        (HEAD + '"' + LINE[0], ":2: is not a generation of"),
        (HEAD + LINE[1], ":2: generation 2 of seed 3 is not the next one (1)"),
        (HEAD + LINE[0] + LINE[2], ":3: generation 3 of seed 3 is not the next one (2)"),
        (HEAD + LINE[0] + LINE[1].replace("190", "99"), ":3: its evaluations or `solved` contradict the line before"),
        (HEAD + LINE[0].replace("no", "yes") + LINE[1], ":3: its evaluations or `solved` contradict the line before"),
        (HEAD + LINES + "4" + LINE[0][1:] + LINES, ":6: seed 3 appears again, after other seeds"),
        (HEAD + LINE[0] + LINE[1], ": the history of seed 3 does not end as its row in the table does"),
        (HEAD + LINES.replace("4.0,4.0", "5.0,4.0"), ": the history of seed 3 does not end as its row in the table"),
    ],
)
def test_corrupt_histories_are_rejected_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    file = saved(tmp_path, text)
    table = neat.Table.read(tmp_path)  # the rows can be used
    with pytest.raises(neat.NeatError) as refused:
        len(table.histories)
    assert str(refused.value).startswith(f"{file}{message}") and "\n" not in str(refused.value)


def test_bytes_that_are_not_text_are_rejected(tmp_path: Path) -> None:
    file = saved(tmp_path)
    for content in (b"\x89PNG\r\n\x1a\n\xff", HEAD.encode() + b"\xff\xfe\n", b"9" * (1 << 20)):
        file.write_bytes(content)
        with pytest.raises(neat.NeatError, match=f"{file}: .* the histories of a table of runs"):
            len(neat.Table.read(tmp_path).histories)


def test_a_table_that_was_renamed_keeps_its_histories(tmp_path: Path) -> None:
    file = saved(tmp_path, HEAD, LINES)
    shutil.copy(file, tmp_path / "sparse-histories.csv")
    shutil.copy(tmp_path / "table.csv", tmp_path / "sparse.csv")
    file.unlink()
    assert neat.Table.read(tmp_path / "sparse.csv").histories[3].best_at(300) == 4.0
    assert dict(neat.Table.read(tmp_path).histories) == {}


def test_histories_without_a_row_are_left_out(tmp_path: Path) -> None:
    saved(tmp_path, HEAD, "1" + LINE[0][1:], LINES, "5" + LINE[0][1:], "6,1,10")
    assert list(neat.Table.read(tmp_path).histories) == [3]


def test_other_values_are_rejected() -> None:
    for wrong in (3, [STEPS], {3: 4}):
        with pytest.raises(neat.NeatError, match="histories is .* a dict with a history for each seed"):
            neat.Table.of([row(3)], histories=wrong)  # type: ignore[arg-type]
    assert neat.Table.of([row(3)]) == told(STEPS).of([row(3)], histories={3: STEPS})


@pytest.mark.parametrize("left", ["", "7,1,30,1.0,1.0,0.5,1,2.0,0.0,no\n", "7,1,30,1.0,1.0,0.5,1,2.0,0.0,no\n7,2,5"])
def test_what_a_killed_batch_left_is_made_again(tmp_path: Path, left: str) -> None:
    config = neat.load(CONFIGS / "xor.ini", SMALL)
    neat.run_seeds(config, "0..3", jobs=1, out=tmp_path / "whole")
    neat.run_seeds(config, "3,1", jobs=1, out=tmp_path / "out")
    file = tmp_path / "out/table-histories.csv"
    with file.open("a") as opened:
        opened.write(left)
    neat.run_seeds(config, "0..3", jobs=2, out=tmp_path / "out")
    assert file.read_bytes() == (tmp_path / "whole/table-histories.csv").read_bytes()


def test_corrupt_histories_are_not_continued(tmp_path: Path) -> None:
    config = neat.load(CONFIGS / "xor.ini", SMALL)
    neat.run_seeds(config, "0,1", jobs=1, out=tmp_path)
    file = tmp_path / "table-histories.csv"
    text = file.read_text()
    for wrong, message in (
        (text.replace("\n0,2,", "\n0,3,", 1), ":3: generation 3 of seed 0 is not the next one (2)"),
        (text[: text.index("0,12,")] + text[text.index("1,1,") :], ": the history of seed 0 does not end as its row"),
    ):
        file.write_text(wrong)
        with pytest.raises(neat.NeatError) as refused:
            neat.run_seeds(config, "0..2", jobs=1, out=tmp_path)
        assert str(refused.value).startswith(f"{file}{message}") and file.read_text() == wrong
    file.unlink()  # as the error says: the seeds that are finished have no history then
    assert list(neat.run_seeds(config, "0..2", jobs=1, out=tmp_path).histories) == [2]


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    config = neat.load(CONFIGS / "xor.ini", SMALL)
    neat.run_seeds(config, "0,1", jobs=1, out=tmp_path)
    file = tmp_path / "table-histories.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert list(neat.run_seeds(config, "0..2", jobs=1, out=tmp_path).histories) == [0, 1, 2]


def test_a_file_that_is_removed_meanwhile_is_not_begun_anew(tmp_path: Path) -> None:
    config, file = neat.load(CONFIGS / "xor.ini", SMALL), tmp_path / "table-histories.csv"
    with pytest.raises(neat.NeatError, match=r"table-histories\.csv: cannot be written"):
        neat.run_seeds(config, "0,1", jobs=1, out=tmp_path, watch=lambda _: file.unlink())
    assert not file.exists()
    assert list(neat.run_seeds(config, "0,1", jobs=1, out=tmp_path).histories) == [1]


def test_a_run_whose_problem_fails_keeps_its_generations(tmp_path: Path) -> None:
    @neat.problem(inputs=["a"], outputs=["y"])
    def fails(network: neat.Network, rng: np.random.Generator) -> float:
        if network.networks.key[0] > 60:
            raise ValueError("oh dear")
        return float(rng.random())

    config = neat.Config(run={"generations": 9}, population={"size": 20})
    table = neat.run_seeds(config, "0", fails, jobs=1, out=tmp_path)
    assert len(table.errors) == 1 and len(table.histories[0]) == table.rows[0].generations > 0
