"""The columns of evaluations are stored with a run, survive interruptions, and are read back exactly."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run_here
from corruption import NASTY_VALUES, without_rules
from crashing import contents

import neat
from neat.store import writer
from neat.store.export_rows import csv_lines
from neat.store.schema import STORE

SIZE, GENERATIONS = 12, 8


class Several(neat.Problem):
    """A problem with columns of several dtypes and shapes, some of them with values that are not finite."""

    inputs, outputs, deterministic = ("a", "b"), ("y",), True

    def evaluate(self, networks: neat.Networks, rng: Any) -> neat.Evaluation:
        answers = np.array([float(network([0.3, 0.7])[0]) for network in networks])
        odd = answers.copy()
        odd[networks.key % 5 == 0], odd[networks.key % 7 == 0] = np.inf, -np.inf
        columns = {
            "steps": networks.key % 3,
            "position": np.stack([answers, -answers], axis=1),
            "grid": np.arange(6).reshape(2, 3) * answers[:, None, None].astype(np.float32),
            "odd": odd,
            "missing": np.where(networks.key % 4 == 0, np.nan, answers),
            "flag": answers > 0.5,
            "zeichen ü": np.full(len(networks), -0.0),
            "nothing": np.zeros((len(networks), 0)),
        }
        return neat.Evaluation(answers, columns=columns)


def config(columns: str = "summary", **run: object) -> neat.Config:
    return neat.Config(
        run={"seed": 3, "generations": GENERATIONS, "stop_fitness": "none", "columns": columns, **run},
        population={"size": SIZE},
        mutation={"add_node": 0.3},
    )


def interrupted(folder: Path, columns: str, number: int) -> None:
    """Make a run that is interrupted after a generation."""

    def watch(generation: neat.Generation) -> None:
        if generation.number == number:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(config(columns), Several(), out=folder, watch=watch)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[neat.Generation]]:
    """Return the folder of a run that saves all values of its columns, and its generations."""
    folder = tmp_path_factory.mktemp("columns") / "run"
    generations: list[neat.Generation] = []
    neat.run(config("all"), Several(), out=folder, watch=generations.append)
    return folder, generations


@pytest.fixture
def copy(made: tuple[Path, list[neat.Generation]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "copy"))


def changed(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def test_columns_are_summarised_over_the_population(made: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = made
    with neat.History(folder) as history:
        columns = history.columns()
    assert list(columns) == list(generations[0].evaluation.columns)
    for name, column in columns.items():
        wanted = [generation.evaluation.columns[name].astype(float) for generation in generations]
        assert column.generation.tolist() == list(range(1, GENERATIONS + 1))
        assert column.shape == wanted[0].shape[1:]
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(column.minimum, [values.min(axis=0) for values in wanted])
            np.testing.assert_array_equal(column.maximum, [values.max(axis=0) for values in wanted])
            np.testing.assert_array_equal(
                column.mean, [values.cumsum(axis=0)[-1] / SIZE for values in wanted]
            )  # in the order of the genomes
        best = [values[generation.best] for values, generation in zip(wanted, generations, strict=True)]
        np.testing.assert_array_equal(column.champion, best)
        for array in (column.minimum, column.mean, column.maximum, column.champion):
            assert array.dtype == np.float64 and array.shape == (GENERATIONS, *column.shape)
    assert columns["grid"].shape == (2, 3) and columns["nothing"].shape == (0,)
    assert np.isnan(columns["missing"].mean).any() and np.isinf(columns["odd"].minimum).any()
    assert np.isnan(columns["odd"].mean).any()  # of inf and -inf
    assert np.signbit(columns["zeichen ü"].mean).any() == np.False_  # SQLite does not keep the sign of zero


def test_all_values_are_read_back_as_they_were(made: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = made
    with neat.History(folder) as history:
        for generation in generations:
            found = history.column_rows(generation.number)
            assert list(found) == list(generation.evaluation.columns)
            for name, values in generation.evaluation.columns.items():
                assert (found[name].dtype, found[name].shape) == (values.dtype, values.shape)
                assert found[name].tobytes() == values.tobytes()
        for number in (0, GENERATIONS + 1):
            with pytest.raises(neat.NeatError, match=rf"run: has no generation {number} \(the last one is 8\)"):
                history.column_rows(number)


@pytest.mark.parametrize("columns", ["summary", "all"])
def test_a_resumed_run_has_the_same_columns_and_is_verified(columns: str, tmp_path: Path) -> None:
    neat.run(config(columns, threads=2), Several(), out=tmp_path / "whole")
    interrupted(tmp_path / "parts", columns, 5)
    neat.resume(tmp_path / "parts", Several(), threads=1)
    neat.resume(tmp_path / "whole", Several(), start=4, out=tmp_path / "branch")
    wanted = contents(tmp_path / "whole")
    assert len(wanted["evaluation"]) == GENERATIONS and len(wanted["column_summary"]) == GENERATIONS * 13
    for name in ("parts", "branch"):
        found = contents(tmp_path / name)
        for table in ("evaluation", "column_summary", "array", "generation"):
            assert found[table] == wanted[table]
        assert neat.verify(tmp_path / name, Several()).same


def test_values_that_fill_memory_are_committed_before_it_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int | None] = []

    def watch(generation: neat.Generation) -> None:
        with neat.History(tmp_path / "run", checked=False) as history:
            found.append(history.last)

    monkeypatch.setattr(writer, "monotonic", lambda: 0.0)  # the time of a commit never comes
    monkeypatch.setattr(writer, "_MOST_PENDING", 5_000)  # more than one state, less than the values of 8 generations
    neat.run(config("all"), Several(), out=tmp_path / "run", watch=watch)
    assert found[0] is None and found[-1] is not None


def test_only_a_summary_is_saved_by_default(tmp_path: Path) -> None:
    neat.run(config(), Several(), out=tmp_path / "run")
    assert not [row for row in contents(tmp_path / "run")["array"] if row[0] == "column"]
    with (
        neat.History(tmp_path / "run") as history,
        pytest.raises(neat.NeatError, match=r"run: saved only a summary of its columns.*\[run\] columns = all"),
    ):
        history.column_rows(1)


def test_a_problem_without_columns_has_none(tmp_path: Path) -> None:
    problem = neat.Dataset([[0.0], [1.0]], [[1.0], [0.0]])
    neat.run(config("all"), problem, out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        assert history.columns() == {} and history.column_rows(2) == {}
    found = contents(tmp_path / "run")
    assert found["evaluation"] == found["column_summary"] == []


def test_a_verified_run_with_other_columns_differs(copy: Path) -> None:
    changed(copy, "UPDATE column_summary SET mean = 0.25 WHERE name = 'position' AND generation = 3")
    found = neat.verify(copy, Several())
    assert (found.differs, found.tables) == (3, ("column_summary",))
    changed(copy, "UPDATE array SET data = zeroblob(length(data)) WHERE name = 'grid' AND generation = 2")
    found = neat.verify(copy, Several())
    assert (found.differs, found.tables) == (2, ("array",))


class Changing(neat.Problem):
    """A problem whose columns change during the run."""

    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks: neat.Networks, rng: Any) -> neat.Evaluation:
        number = rng.generation
        columns = {} if number == 2 else {"first" if number < 4 else "second": np.full(len(networks), float(number))}
        columns |= {"grows": np.zeros((len(networks), number))} if number > 6 else {}
        return neat.Evaluation(np.arange(len(networks), dtype=float), columns=columns)


def test_columns_may_change_during_a_run_but_not_their_shape(tmp_path: Path) -> None:
    neat.run(config("all", generations=7), Changing(), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        columns = history.columns()
        assert columns["first"].generation.tolist() == columns["first"].mean.tolist() == [1, 3]
        assert columns["second"].generation.tolist() == [4, 5, 6, 7] and columns["grows"].shape == (7,)
        assert history.column_rows(2) == {} and list(history.column_rows(7)) == ["second", "grows"]
    neat.resume(tmp_path / "run", Changing(), generations=8)
    with (
        neat.History(tmp_path / "run") as history,
        pytest.raises(
            neat.NeatError,
            match=r"run.sqlite: the value of the column grows has shape \(7,\) in generation 7 and \(8,\) in",
        ),
    ):
        history.columns()
    with neat.History(tmp_path / "run") as history:
        rows = list(csv.DictReader(io.StringIO("".join(csv_lines(history)))))
    assert [row["grows[7].mean"] for row in rows] == [""] * 7 + ["0.0"] and rows[6]["grows[6].mean"] == "0.0"
    assert run_here("stats", tmp_path / "run").status == 0


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM column_summary WHERE generation = 2",
        "DELETE FROM column_summary WHERE generation = 2 AND component = 1",
        "DELETE FROM evaluation",
        "DELETE FROM evaluation WHERE generation = 3",
        "UPDATE evaluation SET components = components + 1 WHERE generation = 2",
        "UPDATE evaluation SET generation = 99 WHERE generation = 8",
        "UPDATE column_summary SET generation = 99 WHERE generation = 8",
    ],
)
def test_rows_that_are_missing_are_found_when_a_file_is_opened(change: str, copy: Path) -> None:
    changed(copy, change)
    for use in (neat.History, neat.resume, neat.verify):
        with pytest.raises(
            neat.NeatError, match=r"run.sqlite: is corrupt.*its columns are not those of its generations"
        ):
            use(copy)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE column_summary SET name = 'other' WHERE name = 'odd'", "columns of generation 1 are corrupt"),
        ("UPDATE column_summary SET component = 9 WHERE component = 5", "columns of generation 1 are corrupt"),
        ("UPDATE evaluation SET columns = replace(columns, '[2, 3]', '[3, 3]')", "columns of generation 1 are corrupt"),
        ("UPDATE evaluation SET columns = replace(columns, 'odd', 'even') WHERE generation = 4", "of generation 4 are"),
        ("UPDATE evaluation SET columns = replace(columns, '[2, 3]', '[2147483647, 2147483647]')", "are corrupt"),
        (
            "UPDATE evaluation SET columns = '[1]' WHERE generation = 2",
            "shapes of the columns of generation 2 cannot be",
        ),
        ("UPDATE evaluation SET columns = '{' WHERE generation = 2", "shapes of the columns of generation 2 cannot be"),
        ("UPDATE evaluation SET columns = '{\"a\": [-1]}'", "shapes of the columns of generation 1 cannot be read"),
        ("UPDATE evaluation SET columns = '{\"a\": 3}'", "shapes of the columns of generation 1 cannot be read"),
    ],
)
def test_summaries_that_are_not_those_of_the_columns_are_refused(change: str, why: str, copy: Path) -> None:
    changed(copy, change)
    with neat.History(copy) as history, pytest.raises(neat.NeatError, match=rf"run.sqlite: the .*{why}"):
        history.columns()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM array WHERE name = 'odd' AND generation = 2", "arrays are missing, or have wrong names"),
        ("DELETE FROM array WHERE owner = 'column'", "arrays are missing, or have wrong names"),
        ("UPDATE array SET name = 'other' WHERE name = 'odd'", "arrays are missing, or have wrong names"),
        (
            "UPDATE array SET data = substr(data, 1, 88), shape = '[11]' WHERE name = 'odd'",
            r"column odd of generation 2 is corrupt \(it is an array of float64 with shape \(11,\), not .* \(12,\)",
        ),
        ("UPDATE array SET shape = '[12, 1]' WHERE name = 'odd'", r"with shape \(12, 1\)"),
        ("UPDATE array SET dtype = '|S8' WHERE name = 'odd'", "is an array of |S8"),
        ("UPDATE array SET data = substr(data, 2) WHERE name = 'odd'", "odd: 95 bytes do not fit dtype <f8"),
    ],
)
def test_values_that_are_not_those_of_the_columns_are_refused(change: str, why: str, copy: Path) -> None:
    changed(copy, change)
    with neat.History(copy) as history, pytest.raises(neat.NeatError, match=rf"run.sqlite: .*{why}"):
        history.column_rows(2)


@pytest.mark.parametrize("rules", [True, False])
def test_any_value_of_a_column_may_be_any_other(rules: bool, copy: Path) -> None:
    source = copy / STORE
    with contextlib.closing(sqlite3.connect(source)) as connection:
        names = [("array", name) for name in ("name", "dtype", "shape", "data")]
        for table in ("evaluation", "column_summary"):
            names += [(table, row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
        tables = connection.execute("SELECT sql, name FROM sqlite_master WHERE type = 'table'").fetchall()
    if not rules:
        without_rules(source)
    good, refused = source.read_bytes(), 0
    for table, name in names:
        for value in NASTY_VALUES:
            source.write_bytes(good)
            with contextlib.closing(sqlite3.connect(source)) as connection:
                try:
                    connection.execute(f"UPDATE {table} SET {name} = ? WHERE generation = 2", (value,))
                    if not rules:
                        connection.execute("PRAGMA writable_schema = ON")
                        connection.executemany("UPDATE sqlite_master SET sql = ? WHERE name = ?", tables)
                    connection.commit()
                except sqlite3.Error:
                    continue  # the tables' own rules refuse it
            try:
                with neat.History(copy) as history:
                    list(csv_lines(history))
                    history.column_rows(2)
            except neat.NeatError as error:
                assert str(copy) in str(error) and "\n" not in str(error)
                refused += 1
    assert refused > 40


def test_the_csv_file_has_a_column_for_every_statistic(made: tuple[Path, list[neat.Generation]]) -> None:
    folder, _ = made
    with neat.History(folder) as history:
        rows = list(csv.DictReader(io.StringIO("".join(csv_lines(history)))))
        columns = history.columns()
        plain = list(csv.DictReader(io.StringIO("".join(csv_lines(history, species=True)))))
    assert not any("steps" in name for name in plain[0])
    assert [name for name in rows[0] if name.startswith("grid[1,2]")] == [
        "grid[1,2].minimum", "grid[1,2].mean", "grid[1,2].maximum", "grid[1,2].champion",
    ]  # fmt: skip
    assert list(rows[0])[16:19] == ["seconds", "retests", "steps.minimum"]
    for name, place in (("odd", ()), ("missing", ()), ("position[1]", (1,)), ("grid[1,2]", (1, 2))):
        column = columns[name.partition("[")[0]]
        for statistic in ("minimum", "mean", "maximum", "champion"):
            wanted = getattr(column, statistic)[(slice(None), *place)]
            np.testing.assert_array_equal([float(row[f"{name}.{statistic}"]) for row in rows], wanted)


def test_a_generation_without_a_column_has_empty_cells(tmp_path: Path) -> None:
    neat.run(config(generations=5), Changing(), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        rows = list(csv.DictReader(io.StringIO("".join(csv_lines(history)))))
    assert [row["first.mean"] for row in rows] == ["1.0", "", "3.0", "", ""]
    shown = run_here("stats", tmp_path / "run")
    assert shown.status == 0 and "first: mean" in shown.out


def test_stats_shows_the_columns_of_the_generations(made: tuple[Path, list[neat.Generation]]) -> None:
    folder, generations = made
    shown = run_here("stats", folder)
    assert shown.status == 0
    table = shown.out[shown.out.index("steps: mean") :].splitlines()
    assert len(table) == GENERATIONS + 2 and "position[0]: best" in shown.out
    steps = generations[-1].evaluation.columns["steps"]
    assert f"{steps.mean():.6g}" in table[-2].split() and str(steps[generations[-1].best]) in table[-2].split()
    assert "all columns, with minimum and maximum" in shown.out


def test_columns_are_plotted_from_a_run(made: tuple[Path, list[neat.Generation]], tmp_path: Path) -> None:
    folder, _ = made
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    with neat.History(folder) as history:
        steps = history.columns()["steps"]
    figure, axes = pyplot.subplots()
    axes.fill_between(steps.generation, steps.minimum, steps.maximum, alpha=0.2, label="population")
    axes.plot(steps.generation, steps.mean, label="mean")
    axes.plot(steps.generation, steps.champion, label="best genome")
    axes.set(xlabel="generation", ylabel="steps")
    axes.legend()
    figure.savefig(tmp_path / "steps.png")
    pyplot.close(figure)
    assert (tmp_path / "steps.png").stat().st_size > 5_000
    mean, champion = axes.get_lines()
    np.testing.assert_array_equal(mean.get_ydata(), steps.mean)
    np.testing.assert_array_equal(champion.get_ydata(), steps.champion)
