"""Registering custom activation functions and aggregations.

A registered function can be used by its name: in a configuration, in a `neat.Node`, in saved genomes. Files hold the
name and never the code, because codes follow the order in which a process registers its functions.
"""

from __future__ import annotations

import dis
import inspect
import math
import re
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import is_jitted
from numpy.typing import NDArray

from neat.core import custom_kernels as kernels
from neat.core.errors import NeatError, message_of
from neat.core.functions import (
    ACTIVATION_TABLE,
    AGGREGATION_TABLE,
    LONGEST_NAME,
    Aggregation,
    Entry,
    Function,
    FunctionTable,
    names_module,
)

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = ("auto", "same")  # words that stand for something else in a configuration
_numba: Any = numba
_VALUE = types.float64
_POINTER: Any = types.CPointer(types.float64)
_VALUES: Any = types.Array(types.float64, 1, "C")
_SIMPLE = (types.Float, types.Integer, types.Boolean)  # types of results that become a float64

# The view of an array of a given length at a pointer; with NUMBA_DISABLE_JIT=1, the pointer is the array itself.
_array_at: Any = _numba.carray if kernels.COMPILED else lambda array, count: array[:count]

_entry_points: list[Any] = []
_registered: dict[tuple[str, int], tuple[Callable[..., Any], ...]] = {}


def register_activation(
    name: str, function: Callable[[float], float], derivative: Callable[[float], float] | None = None
) -> None:
    """Register a function of one number as an activation function.

    Its result is clamped to +-2^40 like that of a built-in function, and nan stays nan. A loop over many rows
    vectorises if the function is made of arithmetic, comparisons and the functions of `neat.core.arithmetic_kernels`
    (`exp`, `log`, `sin`, `cos`, `tanh`, `sigmoid`, ...), which also give the same bits on every machine; functions of
    `math` and numpy work, too. Registering the same function again under the same name does nothing.

    Args:
        name: lower-case letters, digits and underscores, or `module:function`.
        function: takes a float64 and returns a number; numba must be able to compile it.
        derivative: its derivative, for methods that need gradients.

    Raises:
        NeatError: the name is malformed or taken, 128 functions are registered already, or a function is not callable,
            takes other arguments, may raise an exception, cannot be compiled, or returns something other than a number.
    """
    functions = (function,) if derivative is None else (function, derivative)
    code = _code_for(ACTIVATION_TABLE, name, functions)
    if code is None:
        return
    what = f"the activation function {name!r}"
    compiled = _compiled(function, _VALUE, f"{what} (a function of one number)")
    entry_points = {kernels.ONE_VALUE: _of_value(compiled), kernels.ROW_OF_VALUES: _of_row(compiled)}
    formula, derived = _described(function), ""
    if derivative is not None:
        slope = _compiled(derivative, _VALUE, f"the derivative of {what} (a function of one number)")
        entry_points[kernels.SLOPE], derived = _of_value(slope), _described(derivative)
    for row, entry_point in entry_points.items():
        kernels.set_entry_point(row, code, entry_point)
    _add(ACTIVATION_TABLE, Function(name, code, formula, derivative=derived), functions)


def register_aggregation(
    name: str,
    function: Callable[[NDArray[np.float64]], float],
    derivatives: Callable[[NDArray[np.float64]], None] | None = None,
) -> None:
    """Register a function of an array as an aggregation.

    Its result is clamped to +-2^40, and nan stays nan.

    Args:
        name: lower-case letters, digits and underscores, or `module:function`.
        function: takes a float64 array of shape (n,), n >= 1, and returns a number; numba must be able to compile it.
            The array holds the values that reach a node, each times its connection's weight, in the order of the
            genome's nodes. The function may change the array.
        derivatives: replaces every value of such an array, in place, by the derivative of the result with respect to
            it, for methods that need gradients.

    Raises:
        NeatError: as `register_activation`.
    """
    functions: tuple[Callable[..., Any], ...] = (function,) if derivatives is None else (function, derivatives)
    code = _code_for(AGGREGATION_TABLE, name, functions)
    if code is None:
        return
    what = f"the aggregation {name!r}"
    compiled = _compiled(function, _VALUES, f"{what} (a function of one array)")
    entry_points, derived = {kernels.AGGREGATE: _of_values(compiled)}, ""
    if derivatives is not None:
        slopes = _compiled(derivatives, _VALUES, f"the derivatives of {what} (a function of one array)", in_place=True)
        entry_points[kernels.AGGREGATE_SLOPES], derived = _of_values_in_place(slopes), _described(derivatives)
    for row, entry_point in entry_points.items():
        kernels.set_entry_point(row, code, entry_point)
    _add(AGGREGATION_TABLE, Aggregation(name, code, _described(function), derived), functions)


def registered() -> list[tuple[str, str, tuple[Callable[..., Any], ...]]]:
    """Return all registered functions: the kind, the name, and the function with its derivative, if it has one."""
    tables = {table.kind: table for table in (ACTIVATION_TABLE, AGGREGATION_TABLE)}
    return [(kind, tables[kind].name_of(code), functions) for (kind, code), functions in _registered.items()]


def register_all(functions: Iterable[tuple[str, str, tuple[Callable[..., Any], ...]]]) -> None:
    """Register what `registered` returned in another process."""
    for kind, name, given in functions:
        register = register_activation if kind == ACTIVATION_TABLE.kind else register_aggregation
        register(name, *given)


def _code_for(table: FunctionTable[Any], name: str, functions: tuple[Any, ...]) -> int | None:
    """Return the code of a new function; None if the same function already has this name.

    A name `module:function` may be given to another function, of a module with the same name in another folder: it gets
    a code of its own, and existing genomes keep their function.
    """
    if not isinstance(name, str):
        raise NeatError(f"the name of {table.kind} must be text, not {type(name).__name__}")
    is_plain = _PLAIN_NAME.fullmatch(name) and len(name) <= LONGEST_NAME and name not in _RESERVED
    if not (is_plain or names_module(name)):
        raise NeatError(
            f"{name[:LONGEST_NAME]!r} cannot be the name of {table.kind} (lower-case letters, digits and "
            f"underscores, or module:function, at most {LONGEST_NAME} characters; not `auto` or `same`)"
        )
    if name in table:
        code: int = table.named(name).code
        if code in table.unregistered:
            return code
        known = _registered.get((table.kind, code))
        if known is not None and all(map(_are_same, known, functions)) and len(known) == len(functions):
            return None
        if known is None or not names_module(name):
            raise NeatError(f"the name {name!r} is taken by another function (choose another name)")
    return table.free_code()


def _add(table: FunctionTable[Entry], entry: Entry, functions: tuple[Callable[..., Any], ...]) -> None:
    _registered[table.kind, entry.code] = functions
    table.add(entry)


def _are_same(one: Any, other: Any) -> bool:
    """Return whether two functions are the same, or made by running the same code again, as in a notebook."""
    if one is other:
        return True
    if not (inspect.isfunction(one) and inspect.isfunction(other)) or one.__code__ != other.__code__:
        return False
    mine, theirs = inspect.getclosurevars(one), inspect.getclosurevars(other)
    return all(
        a.keys() == b.keys()
        and all(a[name] is b[name] or (isinstance(a[name], (Real, str)) and a[name] == b[name]) for name in a)
        for a, b in ((mine.globals, theirs.globals), (mine.nonlocals, theirs.nonlocals))
    )


def _described(function: Any) -> str:
    """Return the `module:name` of a function."""
    return f"{function.__module__}:{function.__qualname__}"


def _compiled(function: Any, argument: Any, what: str, *, in_place: bool = False) -> Any:
    """Return a checked function, compiled unless `NUMBA_DISABLE_JIT=1`; one that works in place returns nothing.

    Raises:
        NeatError: it cannot be used.
    """
    if is_jitted(function):
        function = function.py_func
    if not inspect.isfunction(function):
        raise NeatError(f"{what} must be a function made by `def` or `lambda`, not {type(function).__name__}")
    try:
        inspect.signature(function).bind(0.0)
    except TypeError as error:
        raise NeatError(f"{what} must take one argument ({error})") from None
    if any(step.opname == "RAISE_VARARGS" for step in dis.get_instructions(function)):
        raise NeatError(f"{what} must not raise exceptions or use `assert` (let it return nan instead)")
    if not kernels.COMPILED:
        if in_place:
            return function
        computed = _ieee(function, what)
        computed(np.ones(3) if argument is _VALUES else np.float64(0.5))  # raises if the result is not a number
        return computed
    compiled = _numba.njit(error_model="numpy", nogil=True, forceinline=True)(function)
    try:
        compiled.compile((argument,))
    except Exception as error:  # numba raises exceptions of many types for code that it cannot compile
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if not line.startswith("Failed in ")), message_of(error))
        raise NeatError(f"{what} cannot be compiled by numba ({reason})") from None
    result = compiled.nopython_signatures[0].return_type
    if in_place and not isinstance(result, types.NoneType):
        raise NeatError(f"{what} must change its array and return nothing, not {result}")
    if not in_place and not isinstance(result, _SIMPLE):
        raise NeatError(f"{what} must return a number, not {result}")
    return compiled


def _ieee(function: Callable[..., Any], what: str) -> Callable[..., float]:
    """Return a function that gives nan where Python raises an exception for an operation."""

    def computed(given: Any) -> float:
        try:
            with np.errstate(all="ignore"):
                result = function(given)
        except (ArithmeticError, ValueError):
            return math.nan
        if not isinstance(result, (Real, np.bool_)):
            raise NeatError(f"{what} must return a number, not {type(result).__name__}")
        return float(result)

    return computed


def _of_value(function: Any) -> Any:
    """Return the entry point `double(double)` of a function of one value."""
    if not kernels.COMPILED:
        return function
    return _entry_point(_VALUE(_VALUE), lambda z: function(z))


def _of_row(function: Any) -> Any:
    """Return the entry point `double(double *, int64)` that applies a function to each value in place."""

    def apply(pointer: Any, count: int) -> float:
        values = _array_at(pointer, count)
        for place in range(count):
            values[place] = function(values[place])
        return 0.0

    return _entry_point(_VALUE(_POINTER, types.int64), apply) if kernels.COMPILED else apply


def _of_values(function: Any) -> Any:
    """Return the entry point `double(double *, int64)` of a function of an array."""

    def combine(pointer: Any, count: int) -> float:
        result: float = function(_array_at(pointer, count))
        return result

    return _entry_point(_VALUE(_POINTER, types.int64), combine) if kernels.COMPILED else combine


def _of_values_in_place(function: Any) -> Any:
    """Return the entry point `double(double *, int64)` of a function that changes an array."""

    def apply(pointer: Any, count: int) -> float:
        function(_array_at(pointer, count))
        return 0.0

    return _entry_point(_VALUE(_POINTER, types.int64), apply) if kernels.COMPILED else apply


def _entry_point(signature: Any, function: Callable[..., Any]) -> int:
    """Return the address of a native function, which stays in memory as long as the process."""
    compiled = _numba.cfunc(signature)(function)
    _entry_points.append(compiled)
    address: int = compiled.address
    return address
