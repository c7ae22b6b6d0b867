"""Kernels of the function table: what a node computes from the values that reach it.

Each formula is written once, as a scalar function. `activate_value` applies it to one value, and `activate` to a row of
values in a loop of its own, which vectorises. Vectorising changes no operation, so both give the same bits. Codes are
passed as uint8; another type would compile the kernels once more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import (
    clamp,
    cos,
    exact_difference,
    exp,
    exp_sum,
    exp_within,
    expm1,
    log,
    log1p_unit,
    sigmoid,
    sin,
    tanh,
    upper_half,
)
from neat.core.constants import (
    ABS,
    CLAMPED,
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
    STEEPNESS,
    STEP,
    SUM,
    TANH,
    VALUE_LIMIT,
)
from neat.core.custom_kernels import custom_aggregate, custom_slope, custom_value, custom_values
from neat.core.kernels import inlined, kernel, part

# Constants as double-doubles, the first of 26 bits, so that its product with an upper half is exact.
_STEEPNESS_HIGH, _STEEPNESS_LOW = 4.899999976158142, 2.3841858265427618e-08
_GELU_HIGH, _GELU_LOW = 1.5957691073417664, 1.426396435433791e-08  # 2 sqrt(2/pi)
_CUBIC_HIGH, _CUBIC_LOW = 0.071354815736413, 5.361872432578358e-10  # 0.044715 times that
_GELU_SLOPE, _CUBIC_SLOPE = 1.5957691216057308, 0.21406444881780073  # the first, and three times the second

# From these |z| on, the exponentials below are 0 or infinity. Except for GELU, their arguments then need no further
# limits: 4.9 z lies between -709.03 and 709.77, and -z^2 above -709.16.
_FLAT_STEEP_LOW, _FLAT_STEEP_HIGH = -144.7, 144.85
_FLAT_GELU = 22.0
_FLAT_GAUSS = 26.63


@inlined
def _steep_sigmoid(z: float) -> float:
    # 1 / (1 + e^(-4.9 z)).
    return 1.0 / (1.0 + _exp_steep(-z))


@inlined
def _exp_steep(z: float) -> float:
    # e^(4.9 z), the product in double-double: in a tail its rounding would cost hundreds of ulp.
    z = _FLAT_STEEP_LOW if z < _FLAT_STEEP_LOW else z
    z = _FLAT_STEEP_HIGH if z > _FLAT_STEEP_HIGH else z
    upper = upper_half(z)
    return exp_within(_STEEPNESS_HIGH * upper, _STEEPNESS_HIGH * (z - upper) + _STEEPNESS_LOW * z)


@inlined
def _gauss(z: float) -> float:
    # e^(-z^2), the square in double-double.
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
def _gelu(z: float) -> float:
    # z/2 (1 + tanh(u)), u = sqrt(2/pi) (z + 0.044715 z^3), as z / (1 + e^(-2u)).
    z = -_FLAT_GELU if z < -_FLAT_GELU else z
    return z / (1.0 + _exp_gelu(z))


@inlined
def _softplus(z: float) -> float:
    # ln(1 + e^z), as max(z, 0) + ln(1 + e^-|z|).
    return (0.0 if z < 0.0 else z) + log1p_unit(exp(-abs(z)))


@inlined
def _relu(z: float) -> float:
    return 0.0 if z <= 0.0 else z


@inlined
def _leaky_relu(z: float) -> float:
    # A plain choice would leave most values of a row unchanged, and LLVM would make slow masked stores of it.
    return LEAK * (z if z < 0.0 else -0.0) + (-0.0 if z < 0.0 else z)


@inlined
def _elu(z: float) -> float:
    return z if z > 0.0 else expm1(z)


@inlined
def _selu(z: float) -> float:
    return SELU_SCALE * (z if z > 0.0 else SELU_ALPHA * expm1(z))


@inlined
def _step(z: float) -> float:
    return 1.0 if z > 0.0 else (0.0 if z <= 0.0 else z)


@inlined
def _abs(z: float) -> float:
    return abs(z)


@inlined
def _square(z: float) -> float:
    return z * z


@inlined
def _cube(z: float) -> float:
    return z * z * z


@inlined
def _clamped(z: float) -> float:
    return -1.0 if z < -1.0 else (1.0 if z > 1.0 else z)


@inlined
def _hat(z: float) -> float:
    return 0.0 if abs(z) >= 1.0 else 1.0 - abs(z)


@inlined
def _inv(z: float) -> float:
    return 0.0 if z == 0.0 else 1.0 / z


@inlined
def _log(z: float) -> float:
    return log(LOG_FLOOR if z < LOG_FLOOR else z)


@inlined
def _exp(z: float) -> float:
    return clamp(exp(z))


@part
def _apply(function: Callable[[float], float], values: NDArray[np.float64], count: int) -> None:
    for i in range(count):
        values[i] = function(values[i])


@part
def activate(code: int, values: NDArray[np.float64], count: int) -> None:
    """Replace `values[:count]` (float64, C-contiguous) by the function of each value; an unknown code is linear."""
    if code >= FIRST_CUSTOM_CODE:
        custom_values(code, values, count)
    elif code == SIGMOID:
        for i in range(count):
            values[i] = sigmoid(values[i])
    elif code == TANH:
        for i in range(count):
            values[i] = tanh(values[i])
    elif code == STEEP_SIGMOID:
        for i in range(count):
            values[i] = _steep_sigmoid(values[i])
    elif code == RELU:
        for i in range(count):
            values[i] = _relu(values[i])
    elif code == LEAKY_RELU:
        for i in range(count):
            values[i] = _leaky_relu(values[i])
    elif code == ELU:
        for i in range(count):
            values[i] = _elu(values[i])
    elif code == SELU:
        for i in range(count):
            values[i] = _selu(values[i])
    elif code == GELU:
        for i in range(count):
            values[i] = _gelu(values[i])
    elif code == SOFTPLUS:
        for i in range(count):
            values[i] = _softplus(values[i])
    elif code == SIN:
        for i in range(count):
            values[i] = sin(values[i])
    elif code == GAUSS:
        for i in range(count):
            values[i] = _gauss(values[i])
    elif code == STEP:
        for i in range(count):
            values[i] = _step(values[i])
    elif code == ABS:
        for i in range(count):
            values[i] = _abs(values[i])
    elif code == SQUARE:
        for i in range(count):
            values[i] = _square(values[i])
    elif code == CUBE:
        for i in range(count):
            values[i] = _cube(values[i])
    elif code == CLAMPED:
        for i in range(count):
            values[i] = _clamped(values[i])
    elif code == HAT:
        for i in range(count):
            values[i] = _hat(values[i])
    elif code == INV:
        for i in range(count):
            values[i] = _inv(values[i])
    elif code == LOG:
        for i in range(count):
            values[i] = _log(values[i])
    elif code == EXP:
        for i in range(count):
            values[i] = _exp(values[i])


@kernel
def activate_value(code: int, z: float) -> float:
    """Return the function of one value, with the same bits as `activate`; an unknown code is linear."""
    z = np.float64(z)
    if code == SIGMOID:
        return sigmoid(z)
    if code == TANH:
        return tanh(z)
    if code == STEEP_SIGMOID:
        return _steep_sigmoid(z)
    if code == RELU:
        return _relu(z)
    if code == LEAKY_RELU:
        return _leaky_relu(z)
    if code == ELU:
        return _elu(z)
    if code == SELU:
        return _selu(z)
    if code == GELU:
        return _gelu(z)
    if code == SOFTPLUS:
        return _softplus(z)
    if code == SIN:
        return sin(z)
    if code == GAUSS:
        return _gauss(z)
    if code == STEP:
        return _step(z)
    if code == ABS:
        return _abs(z)
    if code == SQUARE:
        return _square(z)
    if code == CUBE:
        return _cube(z)
    if code == CLAMPED:
        return _clamped(z)
    if code == HAT:
        return _hat(z)
    if code == INV:
        return _inv(z)
    if code == LOG:
        return _log(z)
    if code == EXP:
        return _exp(z)
    if code >= FIRST_CUSTOM_CODE:
        return custom_value(code, z)
    return z


@inlined
def _bell(e: float) -> float:
    # s (1 - s) for s = 1 / (1 + e).
    return e / ((1.0 + e) * (1.0 + e))


@kernel
def slope(code: int, z: float) -> float:
    """Return the derivative f'(z), at a kink the table's value; nan stays nan; an unknown code is linear."""
    if z != z:
        return z
    if code >= FIRST_CUSTOM_CODE:
        return custom_slope(code, z)
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
        return -2.0 * min(max(z, -_FLAT_GAUSS), _FLAT_GAUSS) * _gauss(z)
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
        return value if value < VALUE_LIMIT else 0.0
    return 1.0


@part
def _sort(values: NDArray[np.float64], count: int) -> None:
    # Heapsort, in place.
    for unsorted in range(count + count // 2 - 1, 0, -1):
        if unsorted >= count:  # first make a heap, from its last parent to its root
            top, size = unsorted - count, count
        else:
            values[0], values[unsorted] = values[unsorted], values[0]
            top, size = 0, unsorted
        child = 2 * top + 1
        while child < size:
            if child + 1 < size and values[child + 1] > values[child]:
                child += 1
            if not values[child] > values[top]:
                break
            values[top], values[child] = values[child], values[top]
            top, child = child, 2 * child + 1


@part
def combine(values: NDArray[np.float64], count: int, code: int) -> float:
    """Return the aggregate, not yet clamped, of the first `count` values (at least one); may reorder them."""
    if code >= FIRST_CUSTOM_CODE:
        return custom_aggregate(code, values, count)
    if code == MEDIAN:
        _sort(values, count)
        # -0 and 0 sort as equals, so either may lie in the middle; adding 0 makes -0 into 0.
        middle: float = (values[(count - 1) // 2] + values[count // 2]) * 0.5 + 0.0
        return middle
    if code in (SUM, MEAN):
        result = 0.0
        for place in range(count):
            result += values[place]
        return result / count if code == MEAN else result
    result = values[0]
    for place in range(1, count):
        value = values[place]
        if code == PRODUCT:
            result = clamp(clamp(result) * value)
        elif code == MAX:
            result = value if value > result else result
        elif code == MIN:
            result = value if value < result else result
        elif code == MAXABS:
            result = value if abs(value) > abs(result) else result
    return result
