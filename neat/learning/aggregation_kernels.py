"""Derivatives of aggregations with respect to the values they combine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import clamp
from neat.core.constants import FIRST_CUSTOM_CODE, MAX, MAXABS, MEDIAN, MIN, PRODUCT, VALUE_LIMIT
from neat.core.custom_kernels import custom_aggregate_slopes
from neat.core.function_kernels import combine
from neat.core.kernels import kernel

Values = NDArray[np.float64]


@kernel
def aggregation_slopes(code: int, parts: Values, count: int, slopes: Values, scratch: Values) -> None:
    """Write the derivatives of an aggregate with respect to `parts[:count]` (at least one) to `slopes`.

    Of equal parts, the derivative belongs to the one that `combine` takes. The sum and the mean are not computed here.
    `scratch` has room for `count` values.
    """
    if code >= FIRST_CUSTOM_CODE:
        for place in range(count):
            slopes[place] = parts[place]
        custom_aggregate_slopes(code, slopes, count)
        return
    for place in range(count):
        slopes[place] = 0.0
    if code == PRODUCT:
        scratch[0] = parts[0]
        for place in range(1, count):
            scratch[place] = clamp(clamp(scratch[place - 1]) * parts[place])
        slope = 1.0
        for place in range(count - 1, 0, -1):
            before = clamp(scratch[place - 1])
            if not abs(before * parts[place]) < VALUE_LIMIT:
                slope = 0.0
            slopes[place] = slope * before
            slope *= parts[place] if abs(scratch[place - 1]) < VALUE_LIMIT else 0.0
        slopes[0] = slope
    elif code == MEDIAN:
        for place in range(count):
            scratch[place] = parts[place]
        combine(scratch, count, code)  # sorts
        low, high = scratch[(count - 1) // 2], scratch[count // 2]
        first = 0
        while first < count - 1 and parts[first] != low:
            first += 1
        last = count - 1
        while last > 0 and parts[last] != high:
            last -= 1
        if count % 2 == 1:
            slopes[first] = 1.0
        else:
            slopes[first] = slopes[last] = 0.5
    else:
        best = 0
        for place in range(1, count):
            one, other = parts[place], parts[best]
            if (
                (code == MAX and one > other)
                or (code == MIN and one < other)
                or (code == MAXABS and abs(one) > abs(other))
            ):
                best = place
        slopes[best] = 1.0
