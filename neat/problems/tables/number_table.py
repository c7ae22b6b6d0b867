"""Tables of numbers from lists, arrays and DataFrames."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.formatting import describe
from neat.config.value_types import LARGEST_NUMBER, list_items
from neat.core.errors import NeatError

BEYOND_LIMIT = "which is beyond 2^40 (about 1.1e12): networks clamp values there, so that larger ones become equal"
SCALE_COLUMN = "scale the column, for example by subtracting its mean and dividing by its standard deviation"
ENCODE_CATEGORY = "replace a category by one column of 0 and 1 for each of its words"
FILL_IN = "remove the row or fill in a number"

_NUMBERS = "biuf"  # kinds of numpy arrays; numpy would convert some texts and dates to numbers


def column_names(values: object) -> list[str] | None:
    """Return the column names of a DataFrame, or the name of a Series; None unless all names are text."""
    columns = getattr(values, "columns", None)
    names: list[Any] | None = [getattr(values, "name", None)] if columns is None else list_items(columns)
    return names if names and all(isinstance(name, str) for name in names) else None


def number_table(values: ArrayLike, what: str, columns: str | int, rows: str = "R") -> NDArray[np.float64]:
    """Return numbers as a new array: (rows, columns) float64, finite, within +-2^40.

    `what` names the values in messages. `columns` is the required number of columns, or a letter for any number; in
    that case, one dimension counts as one column.

    Raises:
        NeatError: the shape is wrong, or some values are not such numbers.
    """
    array = _to_array(values, what)
    if array.dtype.kind not in _NUMBERS:
        advice = f" ({ENCODE_CATEGORY})" if array.dtype.kind in "UT" else ""
        raise NeatError(f"{what} must be numbers of shape ({rows}, {columns}), not {array.dtype}{advice}")
    with np.errstate(over="ignore"):  # longer floats may become infinite, which is reported below
        table = np.array(array, np.float64)
    if table.ndim == 1 and isinstance(columns, str):
        table = table[:, None]
    if not table.size:
        raise NeatError(f"{what} are empty; they must have at least one row and one column")
    if table.ndim != 2 or (isinstance(columns, int) and table.shape[1] != columns):
        raise NeatError(f"{what} must have shape ({rows}, {columns}); they have shape {table.shape}")
    if not (finite := np.isfinite(table)).all():
        raise NeatError(f"{what} must be finite: {_describe_invalid(table, ~finite, values)} ({FILL_IN})")
    if (beyond := (table > LARGEST_NUMBER) | (table < -LARGEST_NUMBER)).any():
        invalid = _describe_invalid(table, beyond, values)
        raise NeatError(f"{what} must lie within +-2^40: {invalid}, {BEYOND_LIMIT} ({SCALE_COLUMN})")
    return table


def _to_array(values: ArrayLike, what: str) -> NDArray[Any]:
    """Return values as an array; numbers in an array of objects are converted one by one."""
    if np.ma.is_masked(values):
        raise NeatError(f"{what} have masked values ({FILL_IN}, for example with the method `filled`)")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):  # such as rows of different lengths
        raise NeatError(f"{what} must be numbers in rows of equal length") from None
    if array.dtype.kind != "O":
        return array
    numbers, names = np.empty(array.shape), column_names(values) or []
    for index, value in np.ndenumerate(array):
        if not isinstance(value, Real | Decimal):
            row = f" in row {index[0]}" if index else ""
            column = f" of {describe(names[index[-1]])}" if len(index) == 2 and len(names) == array.shape[1] else ""
            advice = f" ({ENCODE_CATEGORY if isinstance(value, str) else FILL_IN})" if index else ""
            raise NeatError(f"{what} must be numbers; {describe(value)}{row}{column} is not one{advice}")
        try:
            numbers[index] = float(value)
        except OverflowError:
            numbers[index] = np.inf
    return numbers


def _describe_invalid(table: NDArray[np.float64], invalid: NDArray[np.bool_], values: object) -> str:
    """Return a phrase with the number of invalid values and the first of them."""
    row, column = np.argwhere(invalid)[0].tolist()
    names, count = column_names(values), int(invalid.sum())
    name = describe(names[column]) if names and len(names) == invalid.shape[1] else f"column {column}"
    first = f"{table[row, column]:g} in row {row} of {name}"
    return f"{first} is not" if count == 1 else f"{count} values are not, first {first}"
