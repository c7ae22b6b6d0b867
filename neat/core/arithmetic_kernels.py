"""Elementary functions made of IEEE arithmetic only, which give the same bits on every machine.

They use no libm, no fused multiply-add, and no branches that would prevent LLVM from vectorising a loop over them. A
double-double is an unevaluated sum (high, low). The polynomials interpolate the functions named beside them at
Chebyshev nodes; their coefficients were computed with 60 digits and then rounded. They are evaluated by Estrin's
scheme, which has a shorter chain of dependent operations than Horner's.
"""

from __future__ import annotations

import numpy as np

from neat.core.constants import VALUE_LIMIT
from neat.core.kernels import inlined, kernel

# Adding 1.5 * 2^52 rounds to an integer, which is then in the lowest bits of the sum; subtracting gives it back.
_ROUNDER = 1.5 * 2.0**52
_SCALER = _ROUNDER + 1023.0  # the lowest bits are then the biased exponent of a power of two
_COARSE_ROUNDER = 1.5 * 2.0**72  # rounds to a multiple of 2^20

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471805592082  # 40 bits: its products with exponents are exact
_LN2_LOW = 7.371002565167799e-13
_EXP_LOWEST, _EXP_HIGHEST = -709.0, 710.0  # where the power of two has become 0 and infinity

_TWO_BY_PI = 0.6366197723675814
# pi/2 in parts of 32, 32, 32 and 53 bits: products with integers of 21 bits are exact.
_HALF_PI_1, _HALF_PI_2 = 1.5707963267341256, 6.077100506303966e-11
_HALF_PI_3, _HALF_PI_4 = 2.0222662487111665e-21, 8.4784276603689e-32
_SIN_LIMIT = 2.0**41

_EXPONENT = 52  # the lowest bit of the exponent
_SECOND_BIT_TO_SIGN = 62
_ONE = np.int64(1)
_EXPONENT_UNSIGNED = np.uint64(_EXPONENT)
_SIGN = np.int64(-(2**63))
_SMALLEST_NORMAL = 2.0**-1022
_TO_NORMAL = 2.0**54
_UPPER_BITS = np.int64(-(2**27))  # of a mantissa; products of two such halves are exact
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_FROM_SQRT_HALF = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)  # the bits of 1 less those
_MANTISSA_BITS = np.uint64(0x000FFFFFFFFFFFFF)
# The bits of 2^52, with an integer below 2^52 in the mantissa, are those of 2^52 plus the integer.
_INTEGER_BITS = np.uint64(0x4330000000000000)
_INTEGER_BIAS = 2.0**52 + 1023.0


@inlined
def clamp(x: float) -> float:
    """Return x, limited to [-VALUE_LIMIT, VALUE_LIMIT]; nan stays nan."""
    x = -VALUE_LIMIT if x < -VALUE_LIMIT else x
    return VALUE_LIMIT if x > VALUE_LIMIT else x


@inlined
def upper_half(x: float) -> float:
    """Return x with the lower 27 bits of its mantissa cleared; x minus the result is exact."""
    return np.int64(np.float64(x).view(np.int64) & _UPPER_BITS).view(np.float64)


@inlined
def exact_difference(a: float, b: float) -> tuple[float, float]:
    """Return a - b as a double-double (Knuth's two-sum)."""
    high = a - b
    back = a - high
    return high, (back - b) + (a - (high + back))


@inlined
def _exp_parts(x: float, low: float) -> tuple[float, float]:
    # m and a power of two with e^(x + low) = (1 + m) power, |low| < 1e-4, -709.4 < x < 710.1.
    scaled = x * _LOG2_E + _SCALER
    k = scaled - _SCALER
    power = np.int64(np.float64(scaled).view(np.int64) << _EXPONENT).view(np.float64)  # 2^k
    r = (x - k * _LN2_HIGH) - (k * _LN2_LOW - low)
    r2 = r * r
    r4 = r2 * r2
    first = (0.5000000000000001 + 0.16666666666666669 * r) + (0.04166666666662413 + 0.008333333333330062 * r) * r2
    second = (0.0013888888917213717 + 0.00019841269863053618 * r) + (
        2.4801521295954376e-05 + 2.7557268459997064e-06 * r
    ) * r2
    third = 2.7620088445409746e-07 + 2.510038549551032e-08 * r
    return r + r2 * ((first + second * r4) + third * (r4 * r4)), power  # by (e^r - 1 - r) / r^2


@inlined
def _representable(x: float) -> float:
    # x, limited to the range of `_exp_parts`, at whose ends the exponential is already 0 and infinity.
    x = _EXP_LOWEST if x < _EXP_LOWEST else x
    return _EXP_HIGHEST if x > _EXP_HIGHEST else x


@inlined
def exp_within(x: float, low: float) -> float:
    """Return e^(x + low), where -709.4 < x < 710.1 and |low| < 1e-4; 0 below -708.7, infinity above 709.4."""
    m, power = _exp_parts(x, low)
    return (1.0 + m) * power


@inlined
def exp_sum(x: float, low: float) -> float:
    """Return e^(x + low), where |low| is below 1e-4; 0 where x < -708.7, infinity where x > 709.4."""
    return exp_within(_representable(x), low)


@inlined
def exp(x: float) -> float:
    """Return e^x; 0 where x < -708.7, infinity where x > 709.4."""
    return exp_sum(x, 0.0)


@inlined
def expm1(x: float) -> float:
    """Return e^x - 1 without cancellation; infinity where x > 709.4."""
    m, power = _exp_parts(_representable(x), 0.0)
    return power * m + (power - 1.0)


@inlined
def _log_defect(f: float) -> float:
    # f - ln(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2), by s = f / (2 + f) and ln(1 + f) = 2 atanh(s).
    s = f / (2.0 + f)
    s2 = s * s
    s4 = s2 * s2
    low = (0.666666666666667 + 0.3999999999989938 * s2) + (0.28571428626031065 + 0.2222221112572281 * s2) * s4
    high = (0.18182889786191042 + 0.15331699633543858 * s2) + 0.14616721179861816 * s4
    return s * (f - s2 * (low + high * (s4 * s4)))


@inlined
def log(x: float) -> float:
    """Return the natural logarithm of x: -infinity at 0, nan below."""
    x = np.float64(x)
    small = x < _SMALLEST_NORMAL
    normal = x * _TO_NORMAL if small else x
    bits = np.float64(normal).view(np.uint64) + _FROM_SQRT_HALF
    k = np.uint64((bits >> _EXPONENT_UNSIGNED) | _INTEGER_BITS).view(np.float64)
    k = k - (_INTEGER_BIAS + 54.0 if small else _INTEGER_BIAS)
    f = np.uint64((bits & _MANTISSA_BITS) + _SQRT_HALF_BITS).view(np.float64) - 1.0
    y = k * _LN2_HIGH + (f - (_log_defect(f) - k * _LN2_LOW))
    y = y if x < np.inf else x
    return y if x > 0.0 else (-np.inf if x == 0.0 else np.nan)


@inlined
def log1p_unit(x: float) -> float:
    """Return ln(1 + x) for x in [0, 1]."""
    halve = x > 0.4142135623730951
    f = (x - 1.0) * 0.5 if halve else x
    high, low = (_LN2_HIGH, _LN2_LOW) if halve else (0.0, 0.0)
    return high + (f - (_log_defect(f) - low))


@inlined
def sigmoid(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + exp_sum(-x, 0.0))


@inlined
def tanh(x: float) -> float:
    """Return the hyperbolic tangent of x, by (e^2|x| - 1) / (e^2|x| + 1) without cancellation."""
    double = 2.0 * abs(x)
    double = 60.0 if double > 60.0 else double
    m, power = _exp_parts(double, 0.0)
    t = power * m + (power - 1.0)
    sign = np.float64(x).view(np.int64) & _SIGN
    return np.int64(np.float64(t / (t + 2.0)).view(np.int64) | sign).view(np.float64)


@inlined
def _sine_after(x: float, quarters: float) -> float:
    # sin(x + quarters pi/2), quarters 0 or 1: x is k pi/2 + r + low with |r| <= pi/4.
    x = -_SIN_LIMIT if x < -_SIN_LIMIT else x
    x = _SIN_LIMIT if x > _SIN_LIMIT else x
    rounded = x * _TWO_BY_PI + _ROUNDER
    k = rounded - _ROUNDER
    coarse = (k + _COARSE_ROUNDER) - _COARSE_ROUNDER
    fine = k - coarse
    # Every product and difference is exact but the last; below |x| = 2^20 `k * _HALF_PI_3` is exact too.
    r = ((x - coarse * _HALF_PI_1) - fine * _HALF_PI_1) - coarse * _HALF_PI_2
    r, rest_2 = exact_difference(r, fine * _HALF_PI_2)
    r, rest_3 = exact_difference(r, k * _HALF_PI_3)
    low = (rest_2 + rest_3) - k * _HALF_PI_4
    w = r * r
    w2 = w * w
    series = (
        (-0.16666666666666666 + 0.008333333333330948 * w) + (-0.00019841269836758538 + 2.755731610253375e-06 * w) * w2
    ) + (-2.5051131841108444e-08 + 1.5918129014234338e-10 * w) * (w2 * w2)
    half = 0.5 * w
    rough = 1.0 - half
    sine = r + (r * w * series + low * rough)  # by (sin(r) / r - 1) / r^2
    series = (
        (0.041666666666666664 - 0.0013888888888887398 * w) + (2.4801587298765665e-05 - 2.75573172717181e-07 * w) * w2
    ) + (2.0876146265966424e-09 - 1.1382632249960623e-11 * w) * (w2 * w2)
    cosine = rough + (((1.0 - rough) - half) + (w2 * series - r * low))  # by (cos(r) - 1 + r^2 / 2) / r^4
    quadrant = np.float64(rounded + quarters).view(np.int64)
    value = np.float64(cosine if quadrant & _ONE != 0 else sine)
    return np.int64(value.view(np.int64) ^ ((quadrant << _SECOND_BIT_TO_SIGN) & _SIGN)).view(np.float64)


@inlined
def sin(x: float) -> float:
    """Return the sine of x, limited to +-2^41: beyond, doubles are too far apart for a meaningful sine."""
    return _sine_after(x, 0.0)


@inlined
def cos(x: float) -> float:
    """Return the cosine of x, limited to +-2^41 like `sin`.

    Computed together with the sine of the same x it costs little, because the compiler shares their common parts.
    """
    return _sine_after(x, 1.0)


CENTRAL = 0.375  # beyond, the normal quantile needs a logarithm

# Numerators and denominators, highest power first, of rational functions for the normal quantile:
# quantile(1/2 + v) / v in w = 0.375^2 - v^2; -quantile(e^-(t + 1.44)^2) for t <= 2.56;
# -quantile(e^-(t + 4)^2) for t <= 23.3. No coefficient is negative, so nothing cancels.
_QUANTILE = np.array([
    [[214.53625462624836, 3676.0441926096696, 9872.530390746528, 9291.470182781453,
      3933.0263048812376, 816.373996366558, 81.01657503768952, 3.0675983476693554],
     [493.29759639136824, 3495.962331328549, 6397.562172379687, 4763.567245921763,
      1714.1125162983853, 315.32531211707936, 28.48541696444951, 1.0]],
    [[0.0010585326971232858, 0.03243955000661746, 0.33635544949405155, 1.6537297937484168,
      4.332868822670295, 6.146164587908457, 4.350082138854605, 1.1467991050386075],
     [0.0, 0.0007484329509025383, 0.021867961571757116, 0.20838329351756774,
      0.9105480510744199, 2.0331802101018974, 2.2655917763239715, 1.0]],
    [[2.5794589147558727e-07, 3.859394907895622e-05, 0.0017862882970065281, 0.0361494852438148,
      0.36627469798092743, 1.9343765435683642, 5.067857337570941, 5.177341220537707],
     [0.0, 1.8239478694583212e-07, 2.6560802362593555e-05, 0.0011575002857154612,
      0.02100310605359055, 0.17739592527814727, 0.690474498448496, 1.0]],
])  # fmt: skip


@inlined
def central_quantile(v: float) -> float:
    """Return the normal quantile of 1/2 + v for |v| <= CENTRAL, without branches, so that it vectorises."""
    t = CENTRAL * CENTRAL - v * v
    above = below = 0.0
    for power in range(8):
        above = above * t + _QUANTILE[0, 0, power]
        below = below * t + _QUANTILE[0, 1, power]
    return v * (above / below)


@kernel
def normal_quantile(u: float) -> float:
    """Return the standard normal quantile of u in [0, 1], infinite at 0 and 1; outside of it, nan.

    The relative error is below 5e-15, and the quantile of 1 - u is minus that of u.
    """
    v = np.float64(u) - 0.5
    if abs(v) <= CENTRAL:
        return central_quantile(v)
    p = np.float64(u) if v < 0.0 else 1.0 - np.float64(u)
    scale = -1.0 if v < 0.0 else 1.0
    if not p > 0.0:
        return scale * np.inf if p == 0.0 else np.nan
    r = np.sqrt(-log(p))
    part, t = (1, r - 1.44) if r < 4.0 else (2, r - 4.0)
    above = below = 0.0
    for power in range(8):
        above = above * t + _QUANTILE[part, 0, power]
        below = below * t + _QUANTILE[part, 1, power]
    return scale * (above / below)
