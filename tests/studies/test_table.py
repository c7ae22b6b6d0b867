"""A table of runs: its file, invalid files, and its summary."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import broken, failed, row, table

from neat.core.errors import NeatError
from neat.studies.statistics import mean_interval, wilson_interval
from neat.studies.table import Table
from neat.studies.table_rows import COLUMNS, Row, format_row, header, read_rows

COUNTS = st.integers(0, 2**63 - 1)
REALS = st.floats(allow_nan=False, allow_infinity=False)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1)
CHAMPIONS = {"hidden": COUNTS, "connections": COUNTS, "best_fitness": REALS}
ROWS = st.builds(
    Row,
    seed=COUNTS,
    solved=st.booleans(),
    generations=COUNTS,
    evaluations=COUNTS,
    validation=st.none() | REALS,
    seconds=REALS,
    most_generations=COUNTS,
    population=COUNTS,
    details=st.dictionaries(st.text(), REALS),
    error=st.none(),
    **CHAMPIONS,
) | st.builds(broken, COUNTS, LINES)
SOME = st.lists(ROWS, min_size=1, max_size=8, unique_by=lambda each: each.seed)


def file_of(folder, rows):
    file = folder / "table.csv"
    file.write_bytes((header() + "".join(map(format_row, rows))).encode())
    return file


@given(rows=SOME)
def test_rows_survive_a_round_trip(tmp_path_factory, rows):
    file = file_of(tmp_path_factory.mktemp("table"), rows)
    assert read_rows(file) == rows
    assert file.read_bytes().count(b"\n") == len(rows) + 1


@given(rows=SOME, data=st.data())
def test_an_incomplete_last_row_is_ignored(tmp_path_factory, rows, data):
    file = file_of(tmp_path_factory.mktemp("table"), rows)
    last = len(format_row(rows[-1]).encode())
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - data.draw(st.integers(1, last))])
    assert read_rows(file) == rows[:-1]


def test_a_last_row_that_ends_within_a_character_is_ignored(tmp_path):
    whole = file_of(tmp_path, [row(1), broken(2, "ValueError: größer als 日本")])
    text = whole.read_bytes()
    for cut in range(1, 8):
        whole.write_bytes(text[:-cut])
        assert [each.seed for each in read_rows(whole)] == [1]


def test_by_hand():
    assert header() == ",".join(COLUMNS) + "\n"
    assert format_row(row(3)) == "3,yes,10,1000,2,7,15.5,,0.25,200,100,{},\n"
    tested = failed(4, validation=0.1, details={"steps": 1.5})
    assert format_row(tested) == '4,no,200,20000,2,7,9.0,0.1,0.25,200,100,"{""steps"": 1.5}",\n'
    assert format_row(broken(5, 'a, "b"')) == '5,no,0,0,,,,,0.25,200,100,{},"a, ""b"""\n'


def test_a_table_is_in_the_order_of_its_seeds(tmp_path):
    rows = [row(7), failed(2), broken(5)]
    file = file_of(tmp_path, rows)
    found = Table.read(file)
    assert [each.seed for each in found.rows] == [2, 5, 7]
    assert found == Table.read(tmp_path) == Table.of(rows) and found.folder == tmp_path
    assert found.budget == (200, 100)
    assert [each.seed for each in found.solved] == [7] and [each.seed for each in found.errors] == [5]


LINE = format_row(row(3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a table of runs (its first line is not seed,solved,"),
        ("a,b\n1,2\n", "is not a table of runs (its first line is not seed,solved,"),
        (header()[:-1], "is not a table of runs (its first line is not seed,solved,"),
        (header(), "holds no finished run yet"),
        (header() + LINE[:-1], "holds no finished run yet"),
        (header() + "\n" + LINE, ":2: is not a row of a table of runs"),
        (header() + LINE + "1,2\n", ":3: is not a row of a table of runs"),
        (header() + LINE[:-1] + ",\n", ":2: is not a row of a table of runs"),
        (header() + LINE.replace("yes", "maybe"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", "many"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", "1_000"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", "１０"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", "1_5.5"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", "nan"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"{""a"": ""1""}"'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"{""a"": true}"'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"[[""a"", 1]]"'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", ""), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", "15,5"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", ""), ":2: is not a row of a table of runs"),
        (header() + LINE.replace(",2,7,", ",,7,"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", ""), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", "[1]"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", "{"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"{""a"": null}"'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"{""a"": 1%s}"' % ("0" * 400)), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", "[" * 100_000), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("{}", '"{}'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", '"15".5'), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", "nan"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("15.5", "1e999"), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", str(2**63)), ":2: is not a row of a table of runs"),
        (header() + LINE.replace("1000", "-1"), ":2: is not a row of a table of runs"),
        (header() + LINE + LINE, ":3: seed 3 appears twice"),
        (header() + LINE + format_row(row(4, population=7)), "the budgets of seeds 3 and 4 differ"),
    ],
)
def test_foreign_and_corrupt_files_are_refused(tmp_path, text, message):
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(NeatError) as refused:
        Table.read(tmp_path)
    assert str(refused.value).startswith(str(file)) and message in str(refused.value) and "\n" not in str(refused.value)


def test_a_binary_file_is_refused(tmp_path):
    file = tmp_path / "table.csv"
    for content in (b"\x89PNG\r\n\x1a\n\xff", header().encode() + b"\xff\xfe\n"):
        file.write_bytes(content)
        with pytest.raises(NeatError, match=f"{file}: (cannot be read as a|is no) table of runs"):
            Table.read(file)
    with pytest.raises(NeatError, match="there is no table of runs .neat run CONFIG --seeds 0..99 makes one."):
        Table.read(tmp_path / "nothing")


def test_summary_by_hand():
    rows = [
        row(0, evaluations=1000, generations=10, hidden=1, connections=5, best_fitness=15.0),
        row(1, evaluations=1500, generations=15, hidden=2, connections=7, best_fitness=14.0),
        row(2, evaluations=3500, generations=35, hidden=3, connections=6, best_fitness=13.0),
        failed(3),
        broken(4),
    ]
    summary = Table.of(rows).summary()
    assert (summary.runs, summary.solved, summary.errors, summary.over) == (5, 3, 1, "solved")
    assert summary.success == wilson_interval(3, 5)
    assert (summary.generations, summary.population) == (200, 100)
    cost = summary.costs["evaluations"]
    assert (cost.runs, cost.mean, cost.median, cost.worst) == (3, 2000.0, 1500.0, 3500.0)
    assert cost.sd == math.sqrt((1000**2 + 500**2 + 1500**2) / 2)
    assert cost.interval == mean_interval([1000, 1500, 3500])
    assert [summary.costs[name].worst for name in ("generations", "hidden", "connections")] == [35.0, 3.0, 7.0]
    best = summary.best_fitness  # of every run that came to an end
    assert best is not None and (best.runs, best.median, best.worst) == (4, 13.5, 9.0)
    assert best.mean == statistics.fmean([15.0, 14.0, 13.0, 9.0])


def test_summary_if_no_run_is_solved():
    summary = Table.of([failed(0), failed(1, hidden=4), broken(2)]).summary()
    assert summary.over == "all" and summary.solved == 0 and summary.success.low == 0.0
    assert summary.costs["hidden"].mean == 3.0 and summary.costs["evaluations"].runs == 2


def test_summary_of_one_run_and_of_failed_runs():
    alone = table([1000]).summary()
    assert alone.costs["evaluations"].interval is None and alone.costs["evaluations"].sd is None
    nothing = Table.of([broken(0), broken(1)]).summary()
    assert nothing.costs == {} and nothing.best_fitness is None and nothing.errors == 2
    for summary in (alone, nothing, table([1000, None, 1200]).summary()):
        found = summary.to_dict()
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        assert found["success"].keys() == {"low", "high"}
    assert alone.to_dict()["costs"]["evaluations"]["interval"] is None


def test_the_order_of_the_rows_has_no_effect():
    rows = [row(seed, evaluations=1000 + 7**seed, best_fitness=15 + 0.1**seed) for seed in range(6)]
    assert Table.of(rows) == Table.of(reversed(rows))
    assert Table.of(rows).summary() == Table.of([replace(each) for each in rows[::-1]]).summary()
