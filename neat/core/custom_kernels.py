"""How kernels call custom functions: through a table of addresses that they find by a symbol.

Each custom function is compiled to native entry points when it is registered. The table holds their addresses by the
function's code. Compiled kernels, cached ones included, contain only the symbol of the table, so registering a function
neither compiles a kernel again nor makes a cached one invalid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from llvmlite.binding import add_symbol  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from neat.core.constants import CODES
from neat.core.kernels import part

#: Rows of the table: an activation function of one value, of a row of values in place, its derivative, an aggregation,
#: its derivatives in place.
ONE_VALUE, ROW_OF_VALUES, SLOPE, AGGREGATE, AGGREGATE_SLOPES = range(5)

COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
_intrinsic: Any = intrinsic  # its type requires a call with the typing context
_SYMBOL = "neat_custom_functions"
_ADDRESSES = np.zeros((5, CODES), np.int64)
_PYTHON_FORMS: dict[tuple[int, int], Callable[..., Any]] = {}  # used with NUMBA_DISABLE_JIT=1, instead of addresses


def set_entry_point(row: int, code: int, entry_point: Any) -> None:
    """Enter the native address of a function into the table; with NUMBA_DISABLE_JIT=1, the function itself."""
    if COMPILED:
        _ADDRESSES[row, code] = entry_point
    else:
        _PYTHON_FORMS[row, code] = entry_point


if COMPILED:
    add_symbol(_SYMBOL, _ADDRESSES.ctypes.data)  # before any kernel is loaded

    @_intrinsic  # type: ignore[untyped-decorator]
    def _entry_point(typing_context: Any, row: Any, code: Any) -> Any:
        """Return the address at a place of the table, 0 if there is none."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            table = builder.module.globals.get(_SYMBOL)
            if table is None:
                table = ir.GlobalVariable(builder.module, ir.ArrayType(ir.IntType(64), _ADDRESSES.size), _SYMBOL)
            place = builder.add(builder.mul(arguments[0], ir.IntType(64)(CODES)), arguments[1])
            return builder.load(builder.gep(table, [ir.IntType(64)(0), place]))

        return types.int64(types.int64, types.int64), generate

    @_intrinsic  # type: ignore[untyped-decorator]
    def _call(typing_context: Any, address: Any, z: Any) -> Any:
        """Call the function `double(double)` at an address."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(ir.DoubleType(), [ir.DoubleType()])
            return builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [arguments[1]])

        return types.float64(types.int64, types.float64), generate

    @_intrinsic  # type: ignore[untyped-decorator]
    def _call_with_values(typing_context: Any, address: Any, values: Any, count: Any) -> Any:
        """Call the function `double(double *, int64)` at an address with the data of a C-contiguous array."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = cgutils.create_struct_proxy(values)(context, builder, value=arguments[1])
            kind = ir.FunctionType(ir.DoubleType(), [array.data.type, ir.IntType(64)])
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            return builder.call(pointer, [array.data, arguments[2]])

        return types.float64(types.int64, values, types.int64), generate

else:

    def _entry_point(row: int, code: int) -> Any:
        return _PYTHON_FORMS.get((int(row), int(code)), 0)

    def _call(function: Any, z: float) -> Any:
        return function(z)

    def _call_with_values(function: Any, values: Any, count: int) -> Any:
        return function(values, count)


@part
def custom_value(code: int, z: float) -> float:
    """Return the custom activation function of one value; an unknown code is linear."""
    entry_point: Any = _entry_point(ONE_VALUE, code)
    result: float = z if entry_point == 0 else _call(entry_point, z)
    return result


@part
def custom_values(code: int, values: NDArray[np.float64], count: int) -> None:
    """Replace `values[:count]` by the custom activation function of each value; an unknown code is linear."""
    entry_point: Any = _entry_point(ROW_OF_VALUES, code)
    if entry_point != 0:
        _call_with_values(entry_point, values, count)


@part
def custom_slope(code: int, z: float) -> float:
    """Return the derivative of a custom activation function, nan if it has none; an unknown code is linear."""
    entry_point: Any = _entry_point(SLOPE, code)
    if entry_point == 0:
        return 1.0 if _entry_point(ONE_VALUE, code) == 0 else np.nan
    slope: float = _call(entry_point, z)
    return slope


@part
def custom_aggregate(code: int, values: NDArray[np.float64], count: int) -> float:
    """Return the custom aggregation of the first `count` values; an unknown code gives the first value."""
    entry_point: Any = _entry_point(AGGREGATE, code)
    result: float = values[0] if entry_point == 0 else _call_with_values(entry_point, values, count)
    return result


@part
def custom_aggregate_slopes(code: int, values: NDArray[np.float64], count: int) -> None:
    """Replace the first `count` values by the derivatives of their custom aggregate, nan if it has none."""
    entry_point: Any = _entry_point(AGGREGATE_SLOPES, code)
    if entry_point != 0:
        _call_with_values(entry_point, values, count)
    else:
        for place in range(count):
            values[place] = np.nan
