"""Activation functions as kernels: dispatch on the code of the function table, one loop per function.

Whatever is computed in a loop has the same bits as one value alone: the expressions are the same, and
vectorising changes no operation. Codes come as uint8; another type would compile once more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import (
    LIMIT,
    clamp,
    cos,
    exact_difference,
    exp,
    exp_sum,
    exp_within,
    expm1,
    log,
    log1p_unit,
    normal_quantile,
    sigmoid,
    sin,
    tanh,
    upper_half,
)
from neat.core.functions import (
    ABS,
    CLAMPED,
    CUBE,
    ELU,
    EXP,
    GAUSS,
    GELU,
    HAT,
    INV,
    LEAK,
    LEAKY_RELU,
    LOG,
    LOG_FLOOR,
    RELU,
    SELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIGMOID,
    SIN,
    SOFTPLUS,
    SQUARE,
    STEEP_SIGMOID,
    STEEPNESS,
    STEP,
    TANH,
)
from neat.core.kernels import inlined, kernel, part

__all__ = [
    "LIMIT",
    "activate",
    "activate_value",
    "clamp",
    "cos",
    "exp",
    "expm1",
    "log",
    "normal_quantile",
    "sigmoid",
    "sin",
    "slope",
    "tanh",
]

# Constants as double-doubles, the first of 26 bits, so that its product with an upper half is exact.
_STEEPNESS_HIGH, _STEEPNESS_LOW = 4.899999976158142, 2.3841858265427618e-08
_GELU_HIGH, _GELU_LOW = 1.5957691073417664, 1.426396435433791e-08  # 2 sqrt(2/pi)
_CUBIC_HIGH, _CUBIC_LOW = 0.071354815736413, 5.361872432578358e-10  # 0.044715 times that
_GELU_SLOPE, _CUBIC_SLOPE = 1.5957691216057308, 0.21406444881780073  # the first, and three times the second

# From these |z| on, the exponentials below are 0 or infinity. But for GELU, what they are taken of then needs
# no limits of its own: 4.9 z reaches from -709.03 to 709.77, -z^2 to -709.16.
_FLAT_STEEP_LOW, _FLAT_STEEP_HIGH = -144.7, 144.85
_FLAT_GELU = 22.0
_FLAT_GAUSS = 26.63


@inlined
def steep_sigmoid(z: float) -> float:
    """Return 1 / (1 + e^(-4.9 z))."""
    return 1.0 / (1.0 + _exp_steep(-z))


@inlined
def _exp_steep(z: float) -> float:
    # e^(4.9 z), the product in double-double: in a tail its rounding would cost hundreds of ulp.
    z = _FLAT_STEEP_LOW if z < _FLAT_STEEP_LOW else z
    z = _FLAT_STEEP_HIGH if z > _FLAT_STEEP_HIGH else z
    upper = upper_half(z)
    return exp_within(_STEEPNESS_HIGH * upper, _STEEPNESS_HIGH * (z - upper) + _STEEPNESS_LOW * z)


@inlined
def gauss(z: float) -> float:
    """Return e^(-z^2), the square in double-double."""
    z = abs(z)
    z = _FLAT_GAUSS if z > _FLAT_GAUSS else z
    upper = upper_half(z)
    return exp_within(-upper * upper, -(z - upper) * (z + upper))


@inlined
def _exp_gelu(z: float) -> float:
    # e^(-2u), u = sqrt(2/pi) (z + 0.044715 z^3) in double-double.
    z = -_FLAT_GELU if z < -_FLAT_GELU else z
    z = _FLAT_GELU if z > _FLAT_GELU else z
    upper = upper_half(z)
    square = upper * upper
    square_upper = upper_half(square)
    square_lower = (square - square_upper) + (z - upper) * (z + upper)
    factor, rest = exact_difference(_GELU_HIGH, -_CUBIC_HIGH * square_upper)
    rest = rest + (_GELU_LOW + (_CUBIC_HIGH * square_lower + _CUBIC_LOW * (z * z)))
    factor_upper = upper_half(factor)
    rest = (factor - factor_upper) + rest
    return exp_sum(-factor_upper * upper, -(factor_upper * (z - upper) + rest * z))


@inlined
def gelu(z: float) -> float:
    """Return z/2 (1 + tanh(u)), u = sqrt(2/pi) (z + 0.044715 z^3), as z / (1 + e^(-2u))."""
    z = -_FLAT_GELU if z < -_FLAT_GELU else z
    return z / (1.0 + _exp_gelu(z))


@inlined
def softplus(z: float) -> float:
    """Return ln(1 + e^z), as max(z, 0) + ln(1 + e^-|z|)."""
    return (0.0 if z < 0.0 else z) + log1p_unit(exp(-abs(z)))


@part
def activate(code: int, values: NDArray[np.float64], count: int) -> None:
    """Overwrite `values[:count]` (float64, C-contiguous) by f of them; an unknown code: linear.

    The expressions are those of `activate_value`; each stands in a loop of its own, which vectorises.
    """
    if code == SIGMOID:
        for i in range(count):
            z = values[i]
            values[i] = sigmoid(z)
    elif code == TANH:
        for i in range(count):
            z = values[i]
            values[i] = tanh(z)
    elif code == STEEP_SIGMOID:
        for i in range(count):
            z = values[i]
            values[i] = steep_sigmoid(z)
    elif code == RELU:
        for i in range(count):
            z = values[i]
            values[i] = 0.0 if z <= 0.0 else z
    elif code == LEAKY_RELU:
        for i in range(count):
            z = values[i]  # a plain choice would leave most values unchanged: LLVM makes slow masked stores of it
            values[i] = LEAK * (z if z < 0.0 else -0.0) + (-0.0 if z < 0.0 else z)
    elif code == ELU:
        for i in range(count):
            z = values[i]
            values[i] = z if z > 0.0 else expm1(z)
    elif code == SELU:
        for i in range(count):
            z = values[i]
            values[i] = SELU_SCALE * (z if z > 0.0 else SELU_ALPHA * expm1(z))
    elif code == GELU:
        for i in range(count):
            z = values[i]
            values[i] = gelu(z)
    elif code == SOFTPLUS:
        for i in range(count):
            z = values[i]
            values[i] = softplus(z)
    elif code == SIN:
        for i in range(count):
            z = values[i]
            values[i] = sin(z)
    elif code == GAUSS:
        for i in range(count):
            z = values[i]
            values[i] = gauss(z)
    elif code == STEP:
        for i in range(count):
            z = values[i]
            values[i] = 1.0 if z > 0.0 else (0.0 if z <= 0.0 else z)
    elif code == ABS:
        for i in range(count):
            z = values[i]
            values[i] = abs(z)
    elif code == SQUARE:
        for i in range(count):
            z = values[i]
            values[i] = z * z
    elif code == CUBE:
        for i in range(count):
            z = values[i]
            values[i] = z * z * z
    elif code == CLAMPED:
        for i in range(count):
            z = values[i]
            values[i] = -1.0 if z < -1.0 else (1.0 if z > 1.0 else z)
    elif code == HAT:
        for i in range(count):
            z = values[i]
            values[i] = 0.0 if abs(z) >= 1.0 else 1.0 - abs(z)
    elif code == INV:
        for i in range(count):
            z = values[i]
            values[i] = 0.0 if z == 0.0 else 1.0 / z
    elif code == LOG:
        for i in range(count):
            z = values[i]
            values[i] = log(LOG_FLOOR if z < LOG_FLOOR else z)
    elif code == EXP:
        for i in range(count):
            z = values[i]
            values[i] = clamp(exp(z))


@kernel
def activate_value(code: int, z: float) -> float:
    """Return f(z), with the very bits of `activate`; an unknown code: linear."""
    z = np.float64(z)
    if code == SIGMOID:
        return sigmoid(z)
    if code == TANH:
        return tanh(z)
    if code == STEEP_SIGMOID:
        return steep_sigmoid(z)
    if code == RELU:
        return 0.0 if z <= 0.0 else z
    if code == LEAKY_RELU:
        return LEAK * z if z < 0.0 else z
    if code == ELU:
        return z if z > 0.0 else expm1(z)
    if code == SELU:
        return SELU_SCALE * (z if z > 0.0 else SELU_ALPHA * expm1(z))
    if code == GELU:
        return gelu(z)
    if code == SOFTPLUS:
        return softplus(z)
    if code == SIN:
        return sin(z)
    if code == GAUSS:
        return gauss(z)
    if code == STEP:
        return 1.0 if z > 0.0 else (0.0 if z <= 0.0 else z)
    if code == ABS:
        return abs(z)
    if code == SQUARE:
        return z * z
    if code == CUBE:
        return z * z * z
    if code == CLAMPED:
        return -1.0 if z < -1.0 else (1.0 if z > 1.0 else z)
    if code == HAT:
        return 0.0 if abs(z) >= 1.0 else 1.0 - abs(z)
    if code == INV:
        return 0.0 if z == 0.0 else 1.0 / z
    if code == LOG:
        return log(LOG_FLOOR if z < LOG_FLOOR else z)
    if code == EXP:
        return clamp(exp(z))
    return z


@inlined
def _bell(e: float) -> float:
    # s (1 - s) for s = 1 / (1 + e).
    return e / ((1.0 + e) * (1.0 + e))


@kernel
def slope(code: int, z: float) -> float:
    """Return the derivative f'(z), the table's value at a kink; nan stays nan; an unknown code: linear."""
    if z != z:
        return z
    if code == SIGMOID:
        return _bell(exp(-abs(z)))
    if code == STEEP_SIGMOID:
        return STEEPNESS * _bell(_exp_steep(-abs(z)))
    if code == TANH:
        return 4.0 * _bell(exp(-2.0 * abs(z)))
    if code == RELU:
        return 1.0 if z > 0.0 else 0.0
    if code == LEAKY_RELU:
        return 1.0 if z > 0.0 else LEAK
    if code == ELU:
        return 1.0 if z > 0.0 else exp(z)
    if code == SELU:
        return SELU_SCALE * (1.0 if z > 0.0 else SELU_ALPHA * exp(z))
    if code == GELU:
        limited = min(max(z, -_FLAT_GELU), _FLAT_GELU)
        falling = _bell(_exp_gelu(abs(limited)))
        return 1.0 / (1.0 + _exp_gelu(z)) + limited * falling * (_GELU_SLOPE + _CUBIC_SLOPE * limited * limited)
    if code == SOFTPLUS:
        return sigmoid(z)
    if code == SIN:
        return cos(z)
    if code == GAUSS:
        return -2.0 * min(max(z, -_FLAT_GAUSS), _FLAT_GAUSS) * gauss(z)
    if code == STEP:
        return 0.0
    if code == ABS:
        return 1.0 if z > 0.0 else (-1.0 if z < 0.0 else 0.0)
    if code == SQUARE:
        return 2.0 * z
    if code == CUBE:
        return 3.0 * z * z
    if code == CLAMPED:
        return 1.0 if abs(z) < 1.0 else 0.0
    if code == HAT:
        return 0.0 if z == 0.0 or abs(z) >= 1.0 else (1.0 if z < 0.0 else -1.0)
    if code == INV:
        return 0.0 if z == 0.0 else -1.0 / (np.float64(z) * z)
    if code == LOG:
        return 1.0 / z if z > LOG_FLOOR else 0.0
    if code == EXP:
        value = exp(z)
        return value if value < LIMIT else 0.0
    return 1.0
