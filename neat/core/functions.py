"""The function table: what a node may compute, by name and by code.

The kernels of built-in functions are in `neat.core.function_kernels`; `neat.core.custom_functions` registers others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from neat.core.constants import (
    ABS,
    CLAMPED,
    CODES,
    CUBE,
    ELU,
    EXP,
    FIRST_CUSTOM_CODE,
    GAUSS,
    GELU,
    HAT,
    INV,
    LEAK,
    LEAKY_RELU,
    LINEAR,
    LOG,
    LOG_FLOOR,
    MAX,
    MAXABS,
    MEAN,
    MEDIAN,
    MIN,
    PRODUCT,
    RELU,
    SELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIGMOID,
    SIN,
    SOFTPLUS,
    SQUARE,
    STEEP_SIGMOID,
    STEP,
    SUM,
    TANH,
    VALUE_LIMIT,
)
from neat.core.errors import NeatError, did_you_mean

LONGEST_NAME = 100  # characters, of a custom function
_MODULE_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_SELU_SLOPE = SELU_SCALE * SELU_ALPHA  # at 0 from below
_LOWEST_LOG = -16.11809565095832  # ln(1e-7)


def names_module(name: str) -> bool:
    """Return whether a name has the form `module:function`."""
    return len(name) <= LONGEST_NAME and _MODULE_FUNCTION.fullmatch(name) is not None


class Kink(NamedTuple):
    """A point at which the formula or the derivative is undefined, and the values used there."""

    z: float
    value: float
    slope: float


@dataclass(frozen=True)
class Function:
    """An activation function: f(z), and f'(z) everywhere except at the kinks; values lie in [low, high].

    A custom function may lack a derivative (an empty text).
    """

    name: str
    code: int
    formula: str
    low: float = -math.inf
    high: float = math.inf
    derivative: str = ""
    singular: tuple[Kink, ...] = ()


@dataclass(frozen=True)
class Aggregation:
    """How a node combines the values x that reach it, each times its connection's weight.

    Only a custom aggregation may lack derivatives (an empty text).
    """

    name: str
    code: int
    formula: str
    derivative: str = ""


Entry = TypeVar("Entry", Function, Aggregation)


class FunctionTable(Generic[Entry]):
    """The functions of one kind by name and by code: built-in ones and custom ones.

    A name `module:function` in a file becomes known when it is read, so that files can be shown and exported without
    importing modules. Networks with such a function can be made once it is registered.
    """

    def __init__(self, kind: str, register: str, built_in: tuple[Entry, ...]) -> None:
        self.kind = kind
        self.unregistered: set[int] = set()  # codes of functions that are known by name only
        self._register = register  # the function that registers a custom one
        self.section_key = register.removeprefix("register_")
        self._make: type[Entry] = type(built_in[0])
        self._by_code: dict[int, Entry] = {entry.code: entry for entry in built_in}
        self._by_name: dict[str, Entry] = {entry.name: entry for entry in built_in}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all functions that networks can have."""
        return tuple(name for name, entry in self._by_name.items() if entry.code not in self.unregistered)

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes of all functions."""
        return tuple(self._by_code)

    def free_code(self) -> int:
        """Return the code for another custom function.

        Raises:
            NeatError: all are taken.
        """
        code = max(FIRST_CUSTOM_CODE, max(self._by_code) + 1)
        if code == CODES:
            raise NeatError(
                f"there are {CODES - FIRST_CUSTOM_CODE} custom functions, and no code is left for {self.kind}"
            )
        return code

    def add(self, entry: Entry) -> None:
        """Add a registered function; its name then stands for its code."""
        self._by_code[entry.code] = self._by_name[entry.name] = entry
        self.unregistered.discard(entry.code)

    def named(self, name: str) -> Entry:
        """Return the function with a name.

        Raises:
            NeatError: there is none; the message says how to register it.
        """
        if name not in self._by_name and names_module(name):
            code = self.free_code()
            self.add(self._make(name, code, name))
            self.unregistered.add(code)
        if name not in self._by_name:
            raise NeatError(
                f"{name!r} is not {self.kind} (one of {', '.join(self.names)}{did_you_mean(name, self.names)}; a "
                f"custom function must be registered first: neat.{self._register}(name, function))"
            )
        return self._by_name[name]

    def coded(self, code: int) -> Entry:
        """Return the function with a code.

        Raises:
            NeatError: there is none.
        """
        if int(code) not in self._by_code:
            raise NeatError(f"{int(code)} is not the code of {self.kind} ({', '.join(map(str, self._by_code))})")
        return self._by_code[int(code)]

    def name_of(self, code: int) -> str:
        """Return the name of the function with a code; raise NeatError if there is none."""
        return self.coded(code).name

    def check_registered(self, codes: Iterable[int]) -> None:
        """Check that networks with these codes can be run.

        Raises:
            NeatError: a function is known by name only; the message says how to register it.
        """
        for code in sorted(self.unregistered.intersection(codes)):
            name = self._by_code[code].name
            module, _, function = name.partition(":")
            raise NeatError(
                f"{self.kind} {name!r} is not registered (import {module}; "
                f"neat.{self._register}({name!r}, {module}.{function}))"
            )


_ANY = math.inf

ACTIVATIONS: tuple[Function, ...] = (
    Function("linear", LINEAR, "z", -_ANY, _ANY, "1"),
    Function("sigmoid", SIGMOID, "1 / (1 + e^-z)", 0.0, 1.0, "f(z) (1 - f(z))"),
    Function("steep_sigmoid", STEEP_SIGMOID, "1 / (1 + e^(-4.9 z))", 0.0, 1.0, "4.9 f(z) (1 - f(z))"),
    Function("tanh", TANH, "tanh(z)", -1.0, 1.0, "1 - f(z)^2"),
    Function("relu", RELU, "max(z, 0)", 0.0, _ANY, "1 where z > 0, else 0", (Kink(0.0, 0.0, 0.0),)),
    Function(
        "leaky_relu", LEAKY_RELU, "z where z > 0, else 0.01 z", -_ANY, _ANY,
        "1 where z > 0, else 0.01", (Kink(0.0, 0.0, LEAK),),
    ),
    Function("elu", ELU, "z where z > 0, else e^z - 1", -1.0, _ANY, "1 where z > 0, else e^z"),
    Function(
        "selu", SELU, "s z where z > 0, else s a (e^z - 1), s = 1.0507009873554805, a = 1.6732632423543772",
        -_SELU_SLOPE, _ANY, "s where z > 0, else s a e^z", (Kink(0.0, 0.0, _SELU_SLOPE),),
    ),
    Function(
        "gelu", GELU, "z/2 (1 + tanh(u)), u = sqrt(2/pi) (z + 0.044715 z^3)", -0.1700407506, _ANY,
        "(1 + tanh(u))/2 + z/2 (1 - tanh(u)^2) u', u' = sqrt(2/pi) (1 + 0.134145 z^2)",
    ),
    Function("softplus", SOFTPLUS, "ln(1 + e^z)", 0.0, _ANY, "1 / (1 + e^-z)"),
    Function("sin", SIN, "sin(z)", -1.0, 1.0, "cos(z)"),
    Function("gauss", GAUSS, "e^(-z^2)", 0.0, 1.0, "-2 z e^(-z^2)"),
    Function("step", STEP, "1 where z > 0, else 0", 0.0, 1.0, "0", (Kink(0.0, 0.0, 0.0),)),
    Function("abs", ABS, "|z|", 0.0, _ANY, "1 where z > 0, -1 where z < 0", (Kink(0.0, 0.0, 0.0),)),
    Function("square", SQUARE, "z^2", 0.0, _ANY, "2 z"),
    Function("cube", CUBE, "z^3", -_ANY, _ANY, "3 z^2"),
    Function(
        "clamped", CLAMPED, "max(-1, min(1, z))", -1.0, 1.0, "1 where |z| < 1, else 0",
        (Kink(-1.0, -1.0, 0.0), Kink(1.0, 1.0, 0.0)),
    ),
    Function(
        "hat", HAT, "max(0, 1 - |z|)", 0.0, 1.0, "1 where -1 < z < 0, -1 where 0 < z < 1, else 0",
        (Kink(-1.0, 0.0, 0.0), Kink(0.0, 1.0, 0.0), Kink(1.0, 0.0, 0.0)),
    ),
    Function("inv", INV, "1/z, 0 at 0", -_ANY, _ANY, "-1/z^2, 0 at 0", (Kink(0.0, 0.0, 0.0),)),
    Function(
        "log", LOG, "ln(max(z, 1e-7))", _LOWEST_LOG, _ANY, "1/z where z > 1e-7, else 0",
        (Kink(LOG_FLOOR, _LOWEST_LOG, 0.0),),
    ),
    Function("exp", EXP, "min(e^z, 2^40)", 0.0, VALUE_LIMIT, "e^z where e^z < 2^40, else 0"),
)  # fmt: skip

AGGREGATIONS: tuple[Aggregation, ...] = (
    Aggregation("sum", SUM, "x1 + x2 + ...", "1"),
    Aggregation("product", PRODUCT, "x1 x2 ...", "the product of the others"),
    Aggregation("mean", MEAN, "(x1 + x2 + ...) / n", "1 / n"),
    Aggregation("max", MAX, "the largest", "1 for the first of the largest, else 0"),
    Aggregation("min", MIN, "the smallest", "1 for the first of the smallest, else 0"),
    Aggregation("maxabs", MAXABS, "the value farthest from 0, the first of them on a tie", "1 for this value, else 0"),
    Aggregation(
        "median", MEDIAN, "the middle value, the mean of the middle two where their number is even",
        "1 for the middle value, 1/2 for each of the middle two, else 0",
    ),
)  # fmt: skip

ACTIVATION_TABLE = FunctionTable("an activation function", "register_activation", ACTIVATIONS)
AGGREGATION_TABLE = FunctionTable("an aggregation", "register_aggregation", AGGREGATIONS)

activation, activation_name = ACTIVATION_TABLE.named, ACTIVATION_TABLE.name_of
aggregation, aggregation_name = AGGREGATION_TABLE.named, AGGREGATION_TABLE.name_of
