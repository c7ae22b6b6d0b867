"""Reading columns of numbers from a CSV file, with a message for every fault."""

from __future__ import annotations

import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import describe, format_value
from neat.config.value_types import LARGEST_NUMBER
from neat.core.errors import NeatError, did_you_mean
from neat.core.files import open_plain, read_plain
from neat.problems.tables.number_table import BEYOND_LIMIT, ENCODE_CATEGORY, FILL_IN, SCALE_COLUMN

_MOST_FAULTS = 10  # of one file; reading then stops
_MOST_NAMED = 20  # columns in one message
_HEAD = 4096  # bytes, enough to recognise other kinds of files

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "?", "-", "--", "."}
_BOOLEANS = {"true", "false", "yes", "no"}
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([ ,'’\u00a0\u202f][0-9]{3})+(\.[0-9]*)?")
_LIKE_A_NUMBER = re.compile(r"[\s0-9.,+-]+")

_USE_COMMAS = "save the file with commas between cells and points in numbers"
_USE_POINTS = "numbers have a decimal point and no thousands separators: 1.5 and 1234, not 1,5 and 1,234"


def read_csv(path: Path, columns: Sequence[str], advice: str = "") -> NDArray[np.float64]:
    """Return columns of a CSV file, by the names in its first row, as (R, columns) float64.

    If a column is missing, `advice` ends the message.

    Raises:
        NeatError: the file cannot be read, lacks columns or rows, has rows that are too long or too short, or cells
            that are not finite numbers. The message has a line for each of the first ten faults, with the line of the
            file and the column.
    """
    try:
        _check_format(path)
        with open(open_plain(path), encoding="utf-8-sig", newline="") as file:
            return _read_rows(path, csv.reader(file, skipinitialspace=True), columns, advice)
    except UnicodeDecodeError:
        raise NeatError(
            f"{path}:{_first_line_not_utf8(path)}: is not UTF-8 text; it looks like Windows-1252 or another 8-bit "
            "encoding (save the file as UTF-8)"
        ) from None
    except UnicodeEncodeError:  # the path has no encoding as a file name, which is no fault of the file
        raise
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise NeatError(f"{path}: cannot be read as a CSV file ({reason})") from None


def _read_rows(path: Path, reader: Iterator[list[str]], columns: Sequence[str], advice: str) -> NDArray[np.float64]:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise NeatError(f"{path}: is empty; its first row must name the columns")
    indices = _column_indices(path, header, columns, advice)
    values = array("d")
    faults: list[str] = []
    given_advice = {""}
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        try:
            numbers = [_parse_number(row[index]) for index in indices]
        except (IndexError, ValueError):
            numbers = []
        if numbers and not any(cell.strip() for cell in row[len(header) :]):
            values.extend(numbers)
            continue
        line = reader.line_num  # type: ignore[attr-defined]  # csv's reader has this attribute
        for fault, advice in _row_faults(row, header, indices):
            faults.append(f"{path}:{line}: {fault}" + (f" ({advice})" if advice not in given_advice else ""))
            given_advice.add(advice)
        if len(faults) >= _MOST_FAULTS:
            faults[_MOST_FAULTS:] = [f"{path}: there may be more faults (these are the first {_MOST_FAULTS})"]
            break
    if faults:
        raise NeatError(*faults)
    if not values:
        raise NeatError(f"{path}: has a header and no rows of data")
    return np.array(values).reshape(-1, len(columns))


def _parse_number(text: str) -> float:
    """Return the number in a cell.

    Raises:
        ValueError: the cell does not hold a finite number within +-2^40.
    """
    text = text.strip()
    value = float(text)
    if "_" in text or not text.isascii() or not abs(value) <= LARGEST_NUMBER:  # Python accepts 1_000 and other digits
        raise ValueError
    return value


def _column_indices(path: Path, header: list[str], columns: Sequence[str], advice: str) -> list[int]:
    """Return the index of each column in a row."""
    counts = Counter(header)
    for name in columns:
        if counts[name] > 1:
            raise NeatError(f"{path}:1: two columns are named {describe(name)}; the name must be unique")
    indices = {name: index for index, name in enumerate(header)}
    missing = [name for name in columns if name not in indices]
    if not missing:
        return [indices[name] for name in columns]
    if len(header) == 1 and (separator := _other_separator(header[0])):
        raise NeatError(f"{path}:1: its cells are separated by {separator} ({_USE_COMMAS})")
    word = "column" if len(missing) == 1 else "columns"
    hint = "".join(dict.fromkeys(did_you_mean(name, header) for name in missing))
    raise NeatError(
        f"{path}:1: has no {word} {_join(missing, describe)} (columns: {_join(header, format_value)}){hint}"
        + (f"; {advice}" if advice else "")
    )


def _join(names: list[str], show: Callable[[str], str]) -> str:
    return ", ".join(show(name) for name in names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")


def _row_faults(row: list[str], header: list[str], indices: list[int]) -> Iterator[tuple[str, str]]:
    """Yield everything that is wrong with a row, each fault with advice."""
    size = max(number for number, cell in enumerate(row, 1) if cell.strip())
    if size > len(header):
        numbers = all(_LIKE_A_NUMBER.fullmatch(cell) for cell in row if cell)
        advice = _USE_POINTS if numbers else "a cell with a comma in it needs double quotes"
        yield f"the row has {size} cells, but the header names {len(header)} columns", advice
        return
    if len(row) == 1 < len(header) and (separator := _other_separator(row[0])):
        yield f"the cells of the row are separated by {separator}", _USE_COMMAS
        return
    for index in indices:
        name = describe(header[index])
        if index >= len(row):
            yield f"the row has {len(row)} cells, and none for column {name}", ""
            return
        try:
            _parse_number(row[index])
        except ValueError:
            fault, advice = _cell_fault(row[index].strip())
            yield f"column {name} holds {describe(row[index])}, {fault}", advice


def _cell_fault(cell: str) -> tuple[str, str]:
    """Return why a cell is not a usable number, and advice."""
    fault = "which is not a number"
    if cell.lower() in _MISSING:
        return fault, f"a missing value: {FILL_IN}"
    if cell.isascii() and "_" not in cell:
        try:
            float(cell)
        except ValueError:
            pass
        else:  # inf or nan, or a number such as 1e999
            return ("which is not finite", FILL_IN) if "n" in cell.lower() else (BEYOND_LIMIT, SCALE_COLUMN)
    if cell.lower() in _BOOLEANS:
        return fault, "write 1 and 0"
    if _THOUSANDS.fullmatch(cell) or _DECIMAL_COMMA.fullmatch(cell):
        return fault, _USE_POINTS
    if cell[0].isdecimal():
        return fault, "write plain digits, with a decimal point and an exponent if needed: 1234.5 or 1.2345e3"
    return fault, ENCODE_CATEGORY if any(letter.isalpha() for letter in cell) else ""


def _other_separator(text: str) -> str:
    """Return the name of a separator other than the comma in a text, or an empty string."""
    return next((name for sign, name in _SEPARATORS.items() if sign in text), "")


def _check_format(path: Path) -> None:
    """Raise NeatError if the first bytes of a file are not UTF-8 or ASCII text."""
    head = read_plain(path, _HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") * 3 > len(head):
        raise NeatError(f"{path}: is not UTF-8 text; it looks like UTF-16 (save the file as UTF-8)")
    if head.startswith(b"PK\x03\x04"):
        raise NeatError(f"{path}: is an archive, such as the file of a spreadsheet (save the table as CSV)")
    if b"\0" in head:
        raise NeatError(f"{path}: contains NUL bytes, so it is not text (save the table as CSV, in UTF-8)")


def _first_line_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
