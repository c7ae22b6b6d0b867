"""Corrupt tables, records of batches and preprocessing of champions are read, or refused with one message."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import pytest
from corruption import corrupted, scratch, watched
from tables import history, told

import neat
from neat.cli.batch import print_rows, print_summary
from neat.runs.evaluate import evaluate_run
from neat.studies.batch import Batch
from neat.studies.history_file import format_history, histories_header
from neat.studies.listing import listed
from neat.studies.table_rows import Row, format_row, header


def problem() -> neat.Dataset:
    return neat.Dataset([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], measure="paper", solved="sides")


def config() -> neat.Config:
    return neat.Config(run={"generations": 4}, population={"size": 6})


ROWS = [
    Row(0, True, 4, 24, 1, 3, 14.5, 13.25, 0.25, 4, 6, {"sd": 0.5}),
    Row(1, False, 4, 24, 0, 3, -9.0, None, 0.5, 4, 6),
    Row(2, False, 0, 0, None, None, None, None, 0.0, 4, 6, {}, "ValueError: no, not \"this\""),
]  # fmt: skip
TABLE = (header() + "".join(map(format_row, ROWS))).encode()


def test_ten_thousand_corruptions_of_a_table_are_read_or_refused() -> None:
    good = 0
    with scratch() as folder:
        file = folder / "table.csv"
        file.write_bytes(TABLE)
        whole = neat.Table.read(file)
        assert whole.rows == tuple(ROWS)
        neat.compare_tables(whole, whole)  # imports scipy, which executes code
        for broken in corrupted(TABLE, 10_000):
            file.write_bytes(broken)
            refusal = None
            with watched() as forbidden, contextlib.redirect_stdout(io.StringIO()):
                try:
                    table = neat.Table.read(file)
                    neat.compare_tables(table, whole).to_dict()
                    json.dumps(table.summary().to_dict(), allow_nan=False)
                    print_rows(table.rows)
                    print_summary(table)
                except neat.NeatError as error:
                    refusal = str(error)
            assert not forbidden
            assert refusal is None or (refusal.startswith(f"{file}:") and "\n" not in refusal and len(refusal) < 1_000)
            good += refusal is None
    assert 500 < good < 9_000


def test_two_thousand_corruptions_of_histories_are_read_or_refused() -> None:
    table = told(history(0, (6, 1.5), (12, 2.5), (24, 14.5), solved=True), history(1, (6, -9.5), (24, -9.0)))
    text, good = (histories_header() + "".join(map(format_history, table.histories.values()))).encode(), 0
    with scratch() as folder:
        (folder / "table.csv").write_text(header() + "".join(map(format_row, table.rows)))
        for broken in corrupted(text, 2_000):
            (folder / "table-histories.csv").write_bytes(broken)
            refusal = None
            with watched() as forbidden:
                try:
                    for found in neat.Table.read(folder).histories.values():
                        found.best_at(12)
                except neat.NeatError as error:
                    refusal = str(error)
            assert not forbidden
            assert refusal is None or (refusal.startswith(f"{folder}/table-") and "\n" not in refusal)
            good += refusal is None
    assert 100 < good < 1_800


def test_corrupt_records_of_a_batch_are_read_or_refused(tmp_path: Path) -> None:
    neat.run_seeds(config(), "0,1", problem(), jobs=1, out=tmp_path / "out")
    text = (tmp_path / "out" / "batch.json").read_bytes()
    ends = set()
    with scratch() as folder:
        shutil.copytree(tmp_path / "out", folder / "out")
        for broken in corrupted(text, 500):
            (folder / "out" / "batch.json").write_bytes(broken)
            try:
                with Batch(config(), problem()) as batch:
                    batch.keep_in(folder / "out")
                ends.add("read")
            except neat.NeatError as error:
                assert "\n" not in str(error) and len(str(error)) < 20_000
                ends.add("refused")
            assert listed(folder / "out").runs == 2
    assert ends == {"read", "refused"}


@pytest.mark.parametrize(
    "needs",
    [3, "low", [1], {"low": "x"}, {"low": [[1.0], [1.0, 2.0]]}, {"low": [1.0]}, {"low": None}, {"low": [1e999, None]},
     {"low": [0.0, "nan"], "high": [1.0, 1.0]}, {"low": {"a": 1}}, {"high": [[0.0, 1.0]]}, {"x": "[" * 500}],
)  # fmt: skip
def test_the_preprocessing_of_a_champion_must_be_numbers(tmp_path: Path, needs: object) -> None:
    keys = {"kind": "gymnasium", "environment": "MountainCar-v0", "scaling": "running", "max_episode_steps": 5}
    settings = neat.Config(run={"seed": 1, "generations": 2}, population={"size": 3}, problem=keys)
    neat.run(settings, out=tmp_path / "run")
    file = tmp_path / "run" / "champion.json"
    form = json.loads(file.read_text())
    file.write_text(json.dumps({**form, "generation": 1, "needs": {"low": [-1.0, -0.1], "high": [0.5, 0.1]}}))
    assert evaluate_run(tmp_path / "run", 2).mean <= 0.0
    file.write_text(json.dumps({**form, "generation": 1, "needs": needs}))
    with pytest.raises(neat.NeatError, match=r"champion.json: (its member `needs`|`needs`|this is not a genome)"):
        evaluate_run(tmp_path / "run", 2)
