"""CSV files from spreadsheets, other countries and other programs are read correctly, or rejected with advice."""

from __future__ import annotations

from pathlib import Path

import pytest

import neat
from neat.problems.tables.csv_file import read_csv
from neat.problems.tables.dataset import Dataset


def faults(folder: Path, content: str | bytes, columns: tuple[str, ...] = ("a", "b", "y")) -> list[str]:
    """Return the error message about a file, one line per fault, without its path."""
    path = folder / "data.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(neat.NeatError) as caught:
        read_csv(path, columns)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('\ufeffa, "b, c",y\r\n1,2,3\r\n\r\n-4.5, 1e3 ,0\r\n+.5,5.,-1E-3,,\r\n', encoding="utf-8")
    problem = Dataset.from_csv(path, ["b, c", "a"], ["y"])
    assert problem.rows.tolist() == [[2.0, 1.0], [1000.0, -4.5], [5.0, 0.5]]
    assert problem.targets.tolist() == [[3.0], [0.0], [-0.001]]
    assert problem.inputs == ("b, c", "a") and problem.outputs == ("y",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " is empty; its first row must name the columns"),
        ("a,b,y\n", " has a header and no rows of data"),
        ("a,b1,y\n1,2,3\n", "1: has no column 'b' (columns: a, b1, y); did you mean 'b1'?"),
        ("a,b1,c\n1,2,3\n", "1: has no columns 'b', 'y' (columns: a, b1, c); did you mean 'b1'?"),
        ("a,b,b,y\n1,2,3,4\n", "1: two columns are named 'b'; the name must be unique"),
        ("a,b,y\n1,2,3\n4\n", "3: the row has 1 cells, and none for column 'b'"),
    ],
)  # fmt: skip
def test_columns_and_rows_that_are_missing(tmp_path: Path, text: str, message: str) -> None:
    assert faults(tmp_path, text) == [message]


def test_rows_that_are_too_long(tmp_path: Path) -> None:
    first, second = faults(tmp_path, "a,b,y\n1,234,5,1\n2,345,6,0\n")
    assert first == (
        "2: the row has 4 cells, but the header names 3 columns (numbers have a decimal point and no thousands "
        "separators: 1.5 and 1234, not 1,5 and 1,234)"
    )
    assert second == "3: the row has 4 cells, but the header names 3 columns"
    (only,) = faults(tmp_path, "a,b,y\n1,5,0,1\n")
    assert "1.5 and 1234, not 1,5" in only
    (words,) = faults(tmp_path, "name,a,b,y\nSmith, John,1,2,3\n")
    assert words.endswith(
        "the row has 5 cells, but the header names 4 columns (a cell with a comma in it needs double quotes)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a;b;y\n1,5;0;1\n", "1: its cells are separated by semicolons (save the file with commas"),
        ("a\tb\ty\n1\t0\t1\n", "1: its cells are separated by tabs (save the file with commas"),
        ("a,b,y\n1;5;0\n", "2: the cells of the row are separated by semicolons (save the file with commas"),
    ],
)
def test_other_separators(tmp_path: Path, text: str, message: str) -> None:
    assert faults(tmp_path, text)[0].startswith(message)


@pytest.mark.parametrize("cell", ["1_0", "0x10", "１０", "1e", "1e5.5", "--1", "1 2", "٣", "1_000.5", "1d3", "12px"])
def test_cells_that_are_not_plain_numbers(tmp_path: Path, cell: str) -> None:
    (message,) = faults(tmp_path, f"a,b,y\n1,{cell},3\n")
    assert message.startswith(f"2: column 'b' holds '{cell}', which is not a number")


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        *[
            (cell, "(a missing value: remove the row or fill in a number)")
            for cell in ("", " ", "NA", "n/a", "?", "NaN")
        ],
        ("inf", "which is not finite (remove the row or fill in a number)"),
        ("-NaN", "which is not finite (remove the row or fill in a number)"),
        ('"1,5"', "(numbers have a decimal point"),
        ('"1,234.5"', "(numbers have a decimal point"),
        ("1 234", "(numbers have a decimal point"),
        ("red", "(replace a category by one column of 0 and 1 for each of its words)"),
        ("True", "(write 1 and 0)"),
        ("1_0", "(write plain digits"),
        ("1.7e18", "which is beyond 2^40 (about 1.1e12): networks clamp values there"),
        ("-1099511627777", "(scale the column, for example by subtracting its mean"),
    ],
)
def test_every_fault_has_suitable_advice(tmp_path: Path, cell: str, advice: str) -> None:
    (message,) = faults(tmp_path, f"a,b,y\n1,2,3\n1,{cell},3\n")
    assert message.startswith("3: column 'b' holds") and advice in message


def test_faults_are_listed_together(tmp_path: Path) -> None:
    assert faults(tmp_path, "a,b,y\nNA,red,3\n1,2,3\n1,?,blue\n") == [
        "2: column 'a' holds 'NA', which is not a number (a missing value: remove the row or fill in a number)",
        "2: column 'b' holds 'red', which is not a number (replace a category by one column of 0 and 1 for each "
        "of its words)",
        "4: column 'b' holds '?', which is not a number",
        "4: column 'y' holds 'blue', which is not a number",
    ]
    many = faults(tmp_path, "a,b,y\n" + "1,x,3\n" * 1000)
    assert len(many) == 11 and many[9].startswith("11: column 'b'")
    assert many[10] == " there may be more faults (these are the first 10)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b,y\n1,2,3\n".encode("utf-16"), " is not UTF-8 text; it looks like UTF-16 (save the file as UTF-8)"),
        ("a,b,y\n1,2,3\n".encode("utf-16-le"), " is not UTF-8 text; it looks like UTF-16 (save the file as UTF-8)"),
        ("a,b,größe\n1,2,3\n".encode("cp1252"), "1: is not UTF-8 text; it looks like Windows-1252 or another 8-bit"),
        ("a,b,y\n1,2,3\n1,2,€\n".encode("cp1252"), "3: is not UTF-8 text; it looks like Windows-1252 or another"),
        (b"PK\x03\x04\x14\0\6\0", " is an archive, such as the file of a spreadsheet (save the table as CSV)"),
        (bytes(range(256)) * 8, " contains NUL bytes, so it is not text"),
    ],
)
def test_other_encodings(tmp_path: Path, content: bytes, message: str) -> None:
    assert faults(tmp_path, content)[0].startswith(message)


def test_the_faults_of_targets_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b,y\n1,2,0\n2,1,1\n0,0,2\n")
    with pytest.raises(neat.NeatError, match=r"data\.csv: measure = accuracy distinguishes .*'y' has 3 values"):
        Dataset.from_csv(path, ["a", "b"], ["y"], measure="accuracy")


def test_invalid_paths(tmp_path: Path) -> None:
    with pytest.raises(neat.NeatError, match="cannot be read as a CSV file .No such file"):
        Dataset.from_csv(tmp_path / "none.csv", ["a"], ["y"])
    for path in ("a\0.csv", 7, None, "data.xlsx", b"data.csv"):
        with pytest.raises(neat.ConfigError, match=r"\[problem\] data = "):
            Dataset.from_csv(path, ["a"], ["y"])  # type: ignore[arg-type]
