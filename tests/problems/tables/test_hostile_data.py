"""Damaged CSV files are read, or reported with line and column."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from corruption import corrupted, scratch, watched

import neat
from neat.problems.tables.csv_file import read_csv

TEXT = b'a, "b,c" ,y\n0,1.5,-2e3\n"1",0,0.25\n\n-0.5,"7",1\n'


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


def test_ten_thousand_corruptions_are_read_or_reported(folder: Path) -> None:
    file = folder / "x.csv"
    file.write_bytes(TEXT)
    assert read_csv(file, ["y", "b,c"]).tolist() == [[-2000.0, 1.5], [0.25, 0.0], [1.0, 7.0]]
    good = 0
    for broken in corrupted(TEXT, 10_000):
        file.write_bytes(broken)
        message = None
        with watched() as forbidden:
            try:
                table = read_csv(file, ["y", "b,c"])
            except neat.NeatError as error:
                message = str(error)
        assert not forbidden
        if message is None:
            good += 1
            assert np.isfinite(table).all() and table.shape[1] == 2 and len(table)
        else:
            assert all(line.startswith(f"{file}:") for line in message.split("\n")) and len(message) < 4_000
    assert 1_000 < good < 9_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a," * 50_000 + "\n1\n", "two columns are named 'a'"),
        (",".join(f"c{n}" for n in range(50_000)) + "\n1\n", r"has no columns 'a', 'b' \(columns: c0, .*, c19, \.\.\."),
        ("a,b\n" + "9" * 200_000 + ",1\n", r"cannot be read as a CSV file \(field larger than"),
        ("a,b\n" + "x" * 100_000 + ",1\n", r":2: column 'a' holds 'x+\.\.\. \(100000 char.*\)', which is not a number"),
        ("a,b\n1e999,1\n", "holds '1e999', which is beyond 2"),
        ('a,b\n"1,1\n', "which is not a number|cells"),
    ],
)
def test_messages_about_large_files_are_short(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text)
    with pytest.raises(neat.NeatError, match=message) as caught:
        read_csv(file, ["a", "b"])
    assert len(str(caught.value)) < 1_000


def test_special_files_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    for file in (tmp_path / "x.csv", tmp_path, Path("/dev/zero")):
        with pytest.raises(neat.NeatError, match="not a plain file"):
            read_csv(file, ["a"])
