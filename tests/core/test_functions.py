"""The function table and its kernels: exact enough, the same bits everywhere, right at the edges.

mpmath is the twin of every function. Run as a script, this file prints a digest of what all kernels give.
"""

from __future__ import annotations

import hashlib
import math
import os
import platform
import subprocess
import sys
from pathlib import Path

import mpmath
import numba
import numpy as np
import pytest
from compiled import compiled
from processor import PLAIN_PROCESSOR

from neat.core import arithmetic_kernels as arithmetic
from neat.core.constants import FIRST_CUSTOM_CODE, VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.function_kernels import activate as inlined_activate
from neat.core.function_kernels import activate_value, slope
from neat.core.functions import (
    ACTIVATIONS,
    AGGREGATIONS,
    activation,
    activation_name,
    aggregation,
    aggregation_name,
)

activate, normal_quantile = compiled(inlined_activate), arithmetic.normal_quantile
clamp, cos, exp, expm1, log, sigmoid, sin, tanh = (
    compiled(getattr(arithmetic, name)) for name in ("clamp", "cos", "exp", "expm1", "log", "sigmoid", "sin", "tanh")
)
ROOT = Path(__file__).resolve().parents[2]
DIGEST = "133d3f0f95032a6ff046a0595251c31f53c147c582b475f5d814a445dc3d2700"
MOST_ULP = 2.5
SMALLEST = 1e-300  # errors below do not count
number = mpmath.mpf


def logistic(z):
    return 1 / (1 + mpmath.exp(-z))


def gelu(z):
    return z * logistic(2 * mpmath.sqrt(2 / mpmath.pi) * (z + number(0.044715) * z**3))


SCALE, ALPHA = number(1.0507009873554805), number(1.6732632423543772)
TWIN = {
    "linear": lambda z: z,
    "sigmoid": logistic,
    "steep_sigmoid": lambda z: logistic(number(4.9) * z),
    "tanh": mpmath.tanh,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else number(0.01) * z,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "selu": lambda z: SCALE * (z if z > 0 else ALPHA * mpmath.expm1(z)),
    "gelu": gelu,
    "softplus": lambda z: max(z, 0) + mpmath.log1p(mpmath.exp(-abs(z))),
    "sin": mpmath.sin,
    "gauss": lambda z: mpmath.exp(-z * z),
    "step": lambda z: number(z > 0),
    "abs": abs,
    "square": lambda z: z * z,
    "cube": lambda z: z**3,
    "clamped": lambda z: max(-1, min(1, z)),
    "hat": lambda z: max(0, 1 - abs(z)),
    "inv": lambda z: 1 / z if z else number(0),
    "log": lambda z: mpmath.log(max(z, number(1e-7))),
    "exp": lambda z: min(mpmath.exp(z), number(2) ** 40),
}
AT_INFINITY = {  # at minus infinity, at infinity
    "linear": (-math.inf, math.inf),
    "sigmoid": (0, 1),
    "steep_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "elu": (-1, math.inf),
    "selu": (-1.0507009873554805 * 1.6732632423543772, math.inf),
    "gelu": (0, math.inf),
    "softplus": (0, math.inf),
    "sin": (float(mpmath.sin(-(2**41))), float(mpmath.sin(2**41))),
    "gauss": (0, 0),
    "step": (0, 1),
    "abs": (math.inf, math.inf),
    "square": (math.inf, math.inf),
    "cube": (-math.inf, math.inf),
    "clamped": (-1, 1),
    "hat": (0, 0),
    "inv": (0, 0),
    "log": (math.log(1e-7), math.inf),
    "exp": (0, 2.0**40),
}
ODD = ("linear", "tanh", "sin", "cube", "clamped", "inv")
EVEN = ("gauss", "abs", "square", "hat")
EDGES = [0.0, 5e-324, 1e-310, 2.0**-1022, 1e-200, 1e-20, 1e-7, 0.5, 1.0, 26.7, 36.8, 707.9, 709.1, 709.5]
EDGES += [710.0, 745.2, 1e4, 2.0**31, 2.0**40, 2.0**41, 1e15, 1e100, 1.7e308, math.inf]
WORST = [math.pi * k for k in (*range(1, 200), 1000, 31416, 103993, 104348, 208341, 312689, 318309)]


@pytest.fixture(autouse=True)
def precise():
    with mpmath.workprec(220):
        yield


def code_of(name):
    return np.uint8(activation(name).code)


def spread(count=500):
    """Points of every size, denser where functions bend."""
    chance = np.random.default_rng(7)
    return np.concatenate(
        [
            chance.normal(size=count),
            chance.normal(size=count) * 5,
            chance.uniform(-25, 25, count),
            chance.uniform(-720, 720, count),
            np.exp2(chance.uniform(-70, 20, count)) * chance.choice([-1, 1], count),
        ]
    )


def most_ulp(got, true):
    """The largest error, in units in the last place of the true value."""
    worst = 0.0
    for value, exact in zip(got, true, strict=True):
        error = abs(number(float(value)) - exact)
        if error > SMALLEST:
            worst = max(worst, float(error / math.ulp(float(exact))))
    return worst


def integer_points(count=300):
    """Points that no rounding of a generator can change: small integers times powers of two."""
    state, points = 1, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        points.append(math.ldexp((state >> 32) - 2**31, state % 67 - 60))
    return np.array([*points, *EDGES, *(-edge for edge in EDGES), *WORST[:50], math.nan])


def digest():
    """SHA-256 of what every kernel gives at fixed points."""
    points = integer_points()
    summary = hashlib.sha256()

    def add(values):
        values = np.array(values, np.float64)
        values[np.isnan(values)] = math.nan  # the sign of a nan means nothing
        summary.update(values.astype("<f8").tobytes())

    for function in ACTIVATIONS:
        code = np.uint8(function.code)
        values = points.copy()
        activate(code, values, len(values))
        add(values)
        add([slope(code, z) for z in points])
    for kernel in (exp, expm1, log, sin, cos, tanh, sigmoid, clamp):
        add([kernel(z) for z in points])
    add([normal_quantile(u) for u in [*np.arange(0, 2**16 + 1, 97) / 2**16, *np.exp2(-np.arange(1, 1070.0))]])
    return summary.hexdigest()


@pytest.mark.parametrize("name", TWIN)
def test_values_are_within_a_few_ulp(name):
    points = spread()
    if name == "sin":
        points = np.concatenate([points[np.abs(points) <= 1e6], np.linspace(-1e6, 1e6, 500), WORST])
        points = np.concatenate([points, np.nextafter(WORST, 0), np.array(WORST) + math.pi / 2])
    got = points.copy()
    activate(code_of(name), got, len(got))
    assert most_ulp(got, [TWIN[name](number(float(z))) for z in points]) < MOST_ULP
    function = activation(name)
    assert got.min() >= function.low and got.max() <= function.high


@pytest.mark.parametrize(
    ("kernel", "twin", "low", "high"),
    [
        (exp, mpmath.exp, -690, 709.4),
        (expm1, mpmath.expm1, -800, 709.4),
        (log, mpmath.log, 5e-324, 1.7e308),
        (cos, mpmath.cos, -1e6, 1e6),
        (tanh, mpmath.tanh, -1e6, 1e6),
        (compiled(arithmetic.log1p_unit), mpmath.log1p, 0, 1),
    ],
)
def test_elementary_functions(kernel, twin, low, high):
    chance = np.random.default_rng(3)
    points = np.concatenate([spread(), np.exp2(chance.uniform(-1074, 1023, 500)), 1 + spread() * 1e-3])
    points = points[(points >= low) & (points <= high)]
    assert len(points) > 500
    assert most_ulp([kernel(z) for z in points], [twin(number(float(z))) for z in points]) < MOST_ULP


def test_sine_and_cosine_of_large_angles():
    points = [2.0**41, -(2.0**41), *np.random.default_rng(5).uniform(-(2.0**41), 2.0**41, 500)]
    for kernel, twin in ((sin, mpmath.sin), (cos, mpmath.cos)):
        errors = [abs(number(kernel(x)) - twin(number(float(x)))) for x in points]
        assert max(errors) < 2.0**-52
    assert sin(1e300) == sin(2.0**41) and cos(-math.inf) == cos(2.0**41)


@pytest.mark.parametrize("name", TWIN)
def test_edges(name):
    code, function = code_of(name), activation(name)
    ends = activate_value(code, -math.inf), activate_value(code, math.inf)
    assert ends == (pytest.approx(AT_INFINITY[name], rel=1e-15) if name == "sin" else AT_INFINITY[name])
    assert math.isnan(activate_value(code, math.nan)) and math.isnan(slope(code, math.nan))
    for edge in EDGES:
        for z in (edge, -edge):
            value = activate_value(code, z)
            assert function.low <= value <= function.high
            if name == "sin" and edge > 1e6:
                continue
            exact = TWIN[name](number(z)) if math.isfinite(z) else number(AT_INFINITY[name][z > 0])
            if abs(exact) > 1.79e308:
                assert value == math.copysign(math.inf, exact)
            else:
                assert most_ulp([value], [exact]) < MOST_ULP


@pytest.mark.parametrize("name", ODD + EVEN)
def test_symmetry_is_exact(name):
    points = np.concatenate([spread(), EDGES])
    mirrored = -points
    activate(code_of(name), points, len(points))
    activate(code_of(name), mirrored, len(mirrored))
    assert np.array_equal(mirrored, -points if name in ODD else points)


def test_special_values_of_elementary_functions():
    assert exp(0.0) == exp(-0.0) == 1 and exp(-math.inf) == 0 and exp(math.inf) == math.inf
    assert expm1(-math.inf) == -1 and expm1(math.inf) == math.inf and expm1(5e-324) == 5e-324
    assert log(1.0) == 0 and log(0.0) == log(-0.0) == -math.inf and log(math.inf) == math.inf
    assert math.isnan(log(-1.0)) and math.isnan(log(-math.inf))
    assert math.copysign(1, tanh(-0.0)) == -1 and tanh(5e-324) == 5e-324
    assert cos(0.0) == 1 and sin(0.0) == 0 and sin(math.pi / 2) == 1 == -cos(math.pi)
    assert all(math.isnan(kernel(math.nan)) for kernel in (exp, expm1, log, sin, cos, tanh, sigmoid, clamp))
    assert clamp(math.inf) == clamp(2.0**41) == VALUE_LIMIT == -clamp(-math.inf) and clamp(-3.0) == -3
    assert activate_value(code_of("exp"), 27.8) == activate_value(code_of("exp"), 1e9) == VALUE_LIMIT


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda function: function.name)
def test_slopes(function):
    points = spread(60)
    points = points[np.abs(points) < 1e5]
    away = [z for z in points if all(abs(z - kink.z) > 1e-9 for kink in function.singular)]
    for z in away:
        got = slope(np.uint8(function.code), z)
        exact = mpmath.diff(TWIN[function.name], number(float(z)), h=number(2) ** -100)
        assert abs(got - exact) <= 1e-14 * abs(exact) + 1e-16
    for kink in function.singular:
        assert activate_value(np.uint8(function.code), kink.z) == kink.value
        assert slope(np.uint8(function.code), kink.z) == kink.slope


@pytest.mark.parametrize("name", TWIN)
def test_a_loop_gives_the_bits_of_single_values(name):
    code = code_of(name)
    points = integer_points()
    single = np.array([activate_value(code, z) for z in points])
    for count in range(131):
        for start in (0, 1, 200):
            values = points.copy()
            activate(code, values[start:], count)
            expected = points.copy()
            expected[start : start + count] = single[start : start + count]
            assert np.array_equal(values, expected, equal_nan=True)


def test_an_unknown_code_is_linear():
    values = np.array([1.5, -2.0])
    activate(np.uint8(200), values, 2)
    assert values.tolist() == [1.5, -2.0]
    assert activate_value(np.uint8(200), -2.0) == -2 and slope(np.uint8(200), -2.0) == 1


def test_normal_quantile():
    chance = np.random.default_rng(9)
    points = np.concatenate(
        [
            chance.uniform(size=1000),
            np.exp2(-chance.uniform(1, 1074, 300)),
            0.5 + chance.uniform(-1, 1, 200) * np.exp2(-chance.uniform(1, 50, 200)),
            [0.125, 0.875, math.exp(-16), 5e-324, 1 - 2.0**-53],
        ]
    )
    for u in points[points != 0.5]:
        x = normal_quantile(u)
        lower = min(number(float(u)), 1 - number(float(u)))
        slip = mpmath.erfc(abs(number(x)) / mpmath.sqrt(2)) / 2 - lower
        step = slip / mpmath.npdf(number(x))  # of Newton's method: the error of x
        assert abs(step) <= 5e-15 * abs(x)
        assert (x < 0) == (u < 0.5)
    assert normal_quantile(0.5) == 0
    assert normal_quantile(0.0) == -math.inf and normal_quantile(1.0) == math.inf
    assert all(math.isnan(normal_quantile(u)) for u in (-0.1, 1.1, math.nan))


def test_normal_quantile_is_odd_and_rises():
    points = np.random.default_rng(2).integers(1, 2**53, 3000) / 2.0**53
    assert all(normal_quantile(1 - u) == -normal_quantile(u) for u in points)
    for centre in (0.125, math.exp(-16), 0.3, 1e-5, 0.5):
        near = centre + np.arange(-500, 500) * 1e-13 * centre
        values = [normal_quantile(u) for u in near]
        assert np.all(np.diff(values) > 0)


def in_another_process(**settings):
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    done = subprocess.run(
        [sys.executable, __file__], env={**os.environ, **path, **settings}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_bits_are_those_of_every_machine():
    assert digest() == DIGEST


def test_compiled_bits_are_those_of_the_python_code():
    assert in_another_process(NUMBA_DISABLE_JIT="1") == DIGEST


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names features of x86 processors")
def test_bits_do_not_depend_on_processor_features():
    plain = in_another_process(**PLAIN_PROCESSOR)
    assert plain == DIGEST


@pytest.mark.skipif(platform.machine() != "x86_64", reason="reads x86 assembly")
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "sin"])
def test_loops_are_vectorised(name):
    if numba.config.DISABLE_JIT:
        pytest.skip("nothing is compiled")

    kernel = getattr(arithmetic, name)

    @numba.njit(error_model="numpy")
    def loop(values, count):
        for i in range(count):
            values[i] = kernel(values[i])

    loop(np.zeros(8), 8)
    assembly = next(iter(loop.inspect_asm().values()))
    assert assembly.count("mulpd") > 10 and assembly.count("addpd") > 10


def test_the_table_is_what_files_rely_on():
    assert [(function.name, function.code) for function in ACTIVATIONS] == [
        ("linear", 0),
        ("sigmoid", 1),
        ("steep_sigmoid", 2),
        ("tanh", 3),
        ("relu", 4),
        ("leaky_relu", 5),
        ("elu", 6),
        ("selu", 7),
        ("gelu", 8),
        ("softplus", 9),
        ("sin", 10),
        ("gauss", 11),
        ("step", 12),
        ("abs", 13),
        ("square", 14),
        ("cube", 15),
        ("clamped", 16),
        ("hat", 17),
        ("inv", 18),
        ("log", 19),
        ("exp", 20),
    ]
    names = ["sum", "product", "mean", "max", "min", "maxabs", "median"]
    assert [(function.name, function.code) for function in AGGREGATIONS] == [
        (name, code) for code, name in enumerate(names)
    ]
    assert max(function.code for function in ACTIVATIONS) < FIRST_CUSTOM_CODE
    assert set(TWIN) == {function.name for function in ACTIVATIONS}


def test_look_ups():
    assert activation("gelu").code == 8 and activation_name(np.uint8(8)) == "gelu"
    assert aggregation("median").code == 6 and aggregation_name(6) == "median"
    with pytest.raises(NeatError, match=r"'sigmod' is not an activation function .*did you mean 'sigmoid'\?"):
        activation("sigmod")
    with pytest.raises(NeatError, match=r"'avg' is not an aggregation \(one of sum, product"):
        aggregation("avg")
    with pytest.raises(NeatError, match="77 is not the code of an activation function"):
        activation_name(77)
    with pytest.raises(NeatError, match="9 is not the code of an aggregation"):
        aggregation_name(9)


def test_the_table_needs_neither_numba_nor_numpy():
    program = "import sys, neat.core.functions; print({'numba', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


if __name__ == "__main__":
    print(digest())
