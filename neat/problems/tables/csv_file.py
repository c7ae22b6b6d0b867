"""Read columns of numbers from a CSV file, or report every fault that prevents it."""

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
from neat.core.errors import NeatError, did_you_mean
from neat.core.files import open_plain, read_plain
from neat.problems.tables.number_table import BEYOND, CATEGORY, FILL_IN, LIMIT

_MOST_FAULTS = 10  # of one file; reading then stops
_MOST_NAMED = 20  # columns that a message names
_HEAD = 4096  # bytes, enough to recognise other kinds of files

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "?", "-", "--", "."}
_SWITCHES = {"true", "false", "yes", "no"}
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_IN_GROUPS = re.compile(r"[+-]?[0-9]{1,3}([ ,'’\u00a0\u202f][0-9]{3})+(\.[0-9]*)?")
_LIKE_A_NUMBER = re.compile(r"[\s0-9.,+-]+")

_WITH_COMMAS = "save the file with commas between cells and points in numbers"
_POINTS = "numbers have a decimal point and no thousands separators: 1.5 and 1234, not 1,5 and 1,234"


def read_csv(path: Path, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return columns of a CSV file by the names in its first row, as (R, columns) float64.

    Raises:
        NeatError: the file cannot be read, lacks columns or rows, has rows that are too long or too short, or cells
            that are not finite numbers; the message has a line for every fault, up to ten, naming the line of the file
            and the column.
    """
    try:
        _check_kind(path)
        with open(open_plain(path), encoding="utf-8-sig", newline="") as file:
            values = _read(path, csv.reader(file, skipinitialspace=True), columns)
    except UnicodeDecodeError:
        raise NeatError(
            f"{path}:{_line_not_utf8(path)}: is not UTF-8 text; it looks like Windows-1252 or another 8-bit encoding "
            "(save the file as UTF-8)"
        ) from None
    except UnicodeEncodeError:  # of the path: no file can be opened by this name while file names are not UTF-8
        raise
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise NeatError(f"{path}: cannot be read as a CSV file ({reason})") from None
    return values


def _read(path: Path, reader: Iterator[list[str]], columns: Sequence[str]) -> NDArray[np.float64]:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise NeatError(f"{path}: is empty; its first row must name the columns")
    places = _places(path, header, columns)
    values = array("d")
    faults: list[str] = []
    advised: set[str] = set()
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        try:
            numbers = [_number(row[place]) for place in places.values()]
        except (IndexError, ValueError):
            numbers = []
        if numbers and not any(cell.strip() for cell in row[len(header) :]):
            values.extend(numbers)
            continue
        line = reader.line_num  # type: ignore[attr-defined]  # of csv's reader
        for what, advice in _faults(row, header, places):
            faults.append(f"{path}:{line}: {what}" + (f" ({advice})" if advice not in {*advised, ""} else ""))
            advised.add(advice)
        if len(faults) >= _MOST_FAULTS:
            faults[_MOST_FAULTS:] = [f"{path}: there may be more faults (these are the first {_MOST_FAULTS})"]
            break
    if faults:
        raise NeatError(*faults)
    if not values:
        raise NeatError(f"{path}: has a header and no rows of data")
    return np.array(values).reshape(-1, len(columns))


def _number(text: str) -> float:
    """Return the number in a cell; raise ValueError if it is not a number, or not one that networks can take."""
    text = text.strip()
    value = float(text)
    if "_" in text or not text.isascii() or not -LIMIT <= value <= LIMIT:  # what Python allows and CSV does not
        raise ValueError
    return value


def _places(path: Path, header: list[str], columns: Sequence[str]) -> dict[str, int]:
    """Return the index of each column in a row, in the order of `columns`."""
    counts, place = Counter(header), {name: number for number, name in enumerate(header)}
    for name in columns:
        if counts[name] > 1:
            raise NeatError(f"{path}:1: two columns are named {describe(name)}; the name must be unique")
    missing = [name for name in columns if name not in place]
    if missing:
        if len(header) == 1 and (sign := _separator(header[0])):
            raise NeatError(f"{path}:1: its cells are separated by {sign} ({_WITH_COMMAS})")
        word = "column" if len(missing) == 1 else "columns"
        hints = [did_you_mean(name, header) for name in missing]
        hint = hints[0] if len(missing) == 1 else "".join(dict.fromkeys(hints))
        raise NeatError(
            f"{path}:1: has no {word} {_several(missing, describe)} (columns: {_several(header, format_value)}){hint}"
        )
    return {name: place[name] for name in columns}


def _several(names: list[str], show: Callable[[str], str]) -> str:
    return ", ".join([show(name) for name in names[:_MOST_NAMED]]) + (", ..." if len(names) > _MOST_NAMED else "")


def _faults(row: list[str], header: list[str], places: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row, and advice."""
    size = max(place for place, cell in enumerate(row, 1) if cell.strip())
    if size > len(header):
        numbers = all(_LIKE_A_NUMBER.fullmatch(cell) for cell in row if cell)
        advice = _POINTS if numbers else "a cell with a comma in it needs double quotes"
        yield f"the row has {size} cells, but the header names {len(header)} columns", advice
        return
    if len(row) == 1 < len(header) and (sign := _separator(row[0])):
        yield f"the cells of the row are separated by {sign}", _WITH_COMMAS
        return
    for name, place in places.items():
        if place >= len(row):
            yield f"the row has {len(row)} cells, and none for column {describe(name)}", ""
            return
        try:
            _number(row[place])
        except ValueError:
            what, advice = _not_a_number(row[place].strip())
            yield f"column {describe(name)} holds {describe(row[place])}, {what}", advice


def _not_a_number(cell: str) -> tuple[str, str]:
    """Return why a cell is not a usable number, and advice."""
    what = "which is not a number"
    if cell.lower() in _MISSING:
        return what, f"a missing value: {FILL_IN}"
    try:
        value = float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        value = None
    if value is not None:
        infinite = abs(value) == float("inf") and any(letter in "nN" for letter in cell)
        return ("which is not finite", FILL_IN) if infinite else (BEYOND[0], BEYOND[1])
    if cell.lower() in _SWITCHES:
        return what, "write 1 and 0"
    if _IN_GROUPS.fullmatch(cell) or _DECIMAL_COMMA.fullmatch(cell):
        return what, _POINTS
    if cell[0].isdecimal():
        return what, "write plain digits, with a decimal point and an exponent if needed: 1234.5 or 1.2345e3"
    if any(letter.isalpha() for letter in cell):
        return what, CATEGORY
    return what, ""


def _separator(text: str) -> str:
    return next((words for sign, words in _SEPARATORS.items() if sign in text), "")


def _check_kind(path: Path) -> None:
    """Check that the first bytes of a file look like text."""
    head = read_plain(path, _HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") * 3 > len(head):
        raise NeatError(f"{path}: is not UTF-8 text; it looks like UTF-16 (save the file as UTF-8)")
    if head.startswith(b"PK\x03\x04"):
        raise NeatError(f"{path}: is an archive, such as the file of a spreadsheet (save the table as CSV)")
    if b"\0" in head:
        raise NeatError(f"{path}: contains NUL bytes, so it is not text (save the table as CSV, in UTF-8)")


def _line_not_utf8(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1
