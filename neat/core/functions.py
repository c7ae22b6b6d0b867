"""The function table: what a node may compute, by name and by code.

Codes stand in files and in populations: they are never changed or used again. `FIRST_USER_CODE` to 255
are kept for functions of users. The kernels that compute the table are in `neat.core.activation_kernels`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from neat.core.errors import NeatError, did_you_mean

LINEAR = 0
SIGMOID = 1
STEEP_SIGMOID = 2
TANH = 3
RELU = 4
LEAKY_RELU = 5
ELU = 6
SELU = 7
GELU = 8
SOFTPLUS = 9
SIN = 10
GAUSS = 11
STEP = 12
ABS = 13
SQUARE = 14
CUBE = 15
CLAMPED = 16
HAT = 17
INV = 18
LOG = 19
EXP = 20

SUM = 0
PRODUCT = 1
MEAN = 2
MAX = 3
MIN = 4
MAXABS = 5
MEDIAN = 6

FIRST_USER_CODE = 128

STEEPNESS = 4.9  # of the sigmoid of Stanley & Miikkulainen (2002)
LEAK = 0.01
SELU_SCALE = 1.0507009873554805  # Klambauer et al. (2017)
SELU_ALPHA = 1.6732632423543772
LOG_FLOOR = 1e-7
VALUE_LIMIT = 2.0**40  # what every node value is clamped to

_SELU_SLOPE = SELU_SCALE * SELU_ALPHA  # at 0 from below
_LOWEST_LOG = -16.11809565095832  # ln(1e-7)


class Kink(NamedTuple):
    """A point where the formula or the derivative has no value of its own, and the values it is given."""

    z: float
    value: float
    slope: float


@dataclass(frozen=True)
class Function:
    """An activation function: f(z), and f'(z) everywhere but at the kinks; values lie in [low, high]."""

    name: str
    code: int
    formula: str
    low: float
    high: float
    derivative: str
    singular: tuple[Kink, ...] = ()


@dataclass(frozen=True)
class Aggregation:
    """What a node makes of the values x that reach it, each times its connection's weight."""

    name: str
    code: int
    formula: str


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
    Aggregation("sum", SUM, "x1 + x2 + ..."),
    Aggregation("product", PRODUCT, "x1 x2 ..."),
    Aggregation("mean", MEAN, "(x1 + x2 + ...) / n"),
    Aggregation("max", MAX, "the largest"),
    Aggregation("min", MIN, "the smallest"),
    Aggregation("maxabs", MAXABS, "the value farthest from 0, the first of them on a tie"),
    Aggregation("median", MEDIAN, "the middle value, the mean of the middle two where their number is even"),
)

_ACTIVATION_BY_NAME = {function.name: function for function in ACTIVATIONS}
_AGGREGATION_BY_NAME = {function.name: function for function in AGGREGATIONS}
_ACTIVATION_BY_CODE = {function.code: function for function in ACTIVATIONS}
_AGGREGATION_BY_CODE = {function.code: function for function in AGGREGATIONS}


def activation(name: str) -> Function:
    """Return the activation function of this name; raises NeatError where there is none."""
    if name not in _ACTIVATION_BY_NAME:
        raise NeatError(_no_such("activation function", name, _ACTIVATION_BY_NAME))
    return _ACTIVATION_BY_NAME[name]


def aggregation(name: str) -> Aggregation:
    """Return the aggregation of this name; raises NeatError where there is none."""
    if name not in _AGGREGATION_BY_NAME:
        raise NeatError(_no_such("aggregation", name, _AGGREGATION_BY_NAME))
    return _AGGREGATION_BY_NAME[name]


def activation_name(code: int) -> str:
    """Return the name of the activation function of this code; raises NeatError where there is none."""
    if int(code) not in _ACTIVATION_BY_CODE:
        raise NeatError(_no_such_code("activation function", code, len(ACTIVATIONS)))
    return _ACTIVATION_BY_CODE[int(code)].name


def aggregation_name(code: int) -> str:
    """Return the name of the aggregation of this code; raises NeatError where there is none."""
    if int(code) not in _AGGREGATION_BY_CODE:
        raise NeatError(_no_such_code("aggregation", code, len(AGGREGATIONS)))
    return _AGGREGATION_BY_CODE[int(code)].name


def _no_such(kind: str, name: object, allowed: Iterable[str]) -> str:
    names = list(allowed)
    return f"{name!r} is no {kind} (one of {', '.join(names)}{did_you_mean(str(name), names)})"


def _no_such_code(kind: str, code: int, number: int) -> str:
    return f"{int(code)} is not the code of an {kind} (0 to {number - 1})"
