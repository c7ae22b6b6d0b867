"""Kernels of pole balancing: carts that networks push so that the poles on them stay upright.

A cart's state: position x (m), velocity x' (m/s), then angle (rad from the vertical) and angular velocity (rad/s)
of the long pole and of the short one; with one pole the last two stay 0. Carts are moved `LANES` at a time, so that
the compiler does the same arithmetic for several of them at once: `carts` holds all positions, then all velocities,
and so on, in one array, for it must see that nothing overlaps. No lane ever reads another, so that a cart's path does
not depend on who rides beside it.

Two poles: the equations of Wieland (1991, Evolving neural network controllers for unstable systems), as in
Gomez & Miikkulainen (1999, Solving non-Markovian control tasks with neuroevolution), by Runge and Kutta's method of
fourth order. One pole: the cart of Barto, Sutton & Anderson (1983) without friction, by Euler's method.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import cos, sin
from neat.core.kernels import inlined, kernel
from neat.network.activation_kernels import NetworkArrays, Values, activate_one, most

LANES = 8
STATES = 6
#: Where each state's lanes begin; position is at 0, and after the states comes the push (N).
SPEED, LONG, LONG_TURNING, SHORT, SHORT_TURNING, PUSH = (row * LANES for row in range(1, STATES + 1))

GRAVITY = 9.8  # m/s^2
CART_MASS = 1.0  # kg
LONG_MASS, SHORT_MASS = 0.1, 0.01  # kg
LONG_HALF, SHORT_HALF = 0.5, 0.05  # m: half the length of a pole
FRICTION = 2e-6  # of a pole's hinge
FORCE = 10.0  # N: the largest push
TRACK = 2.4  # m: the cart must stay within plus or minus this
ACTION = 0.02  # s: how long a push lasts
STEPS_PER_ACTION: Any = np.int64(2)  # of Runge and Kutta's method; a plain 2 is a type of its own for numba

_LONG_BRAKE = FRICTION / (LONG_MASS * LONG_HALF)
_SHORT_BRAKE = FRICTION / (SHORT_MASS * SHORT_HALF)
_BOTH_MASS = CART_MASS + LONG_MASS
_MOMENT = LONG_MASS * LONG_HALF
_NOBODY = -1  # the attempt of a free lane


class Task(NamedTuple):
    """What is balanced, for how long, and what networks see: `state[column] * factor`, perhaps a constant."""

    double: bool  # two poles, or one
    widest: float  # rad: the poles must stay within plus or minus this
    limit: int  # steps of an attempt
    window: int  # last steps whose states are summed up
    column: NDArray[np.int64]  # (seen states,)
    factor: Values  # (seen states,)
    inputs: int  # of a network: one more than there are columns, where the last is the constant
    constant: float


@inlined
def pull(
    sine: float, cosine: float, turning: float, brake: float, mass: float, half: float
) -> tuple[float, float, float]:
    """Return a pole's force on the cart, the mass that it adds to it, and what makes it turn on a cart at rest."""
    falling = brake * turning - GRAVITY * sine
    force = mass * half * turning * turning * sine + 0.75 * mass * cosine * falling
    return force, mass * (1.0 - 0.75 * cosine * cosine), falling


@inlined
def double_pole(
    force: float, angle_1: float, turning_1: float, angle_2: float, turning_2: float
) -> tuple[float, float, float]:
    """Return the accelerations (x'', th1'', th2'') of a cart with two poles that is pushed by `force` (N)."""
    cosine_1, cosine_2 = cos(angle_1), cos(angle_2)
    force_1, mass_1, falling_1 = pull(sin(angle_1), cosine_1, turning_1, _LONG_BRAKE, LONG_MASS, LONG_HALF)
    force_2, mass_2, falling_2 = pull(sin(angle_2), cosine_2, turning_2, _SHORT_BRAKE, SHORT_MASS, SHORT_HALF)
    cart = (force + force_1 + force_2) / (CART_MASS + mass_1 + mass_2)
    long = -0.75 / LONG_HALF * (cart * cosine_1 + falling_1)
    return cart, long, -0.75 / SHORT_HALF * (cart * cosine_2 + falling_2)


@inlined
def single_pole(force: float, angle: float, turning: float) -> tuple[float, float]:
    """Return the accelerations (x'', th'') of a cart with the long pole alone that is pushed by `force` (N)."""
    sine, cosine = sin(angle), cos(angle)
    pushed = (force + _MOMENT * turning * turning * sine) / _BOTH_MASS
    pole = (GRAVITY * sine - cosine * pushed) / (LONG_HALF * (4.0 / 3.0 - LONG_MASS * cosine * cosine / _BOTH_MASS))
    return pushed - _MOMENT * pole * cosine / _BOTH_MASS, pole


@inlined
def step_double(
    force: float, x: float, speed: float,
    angle_1: float, turning_1: float, angle_2: float, turning_2: float, step: float,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """Return the state of a cart with two poles after one step of Runge and Kutta's method of fourth order."""
    half, sixth = 0.5 * step, step / 6.0
    a, b, c = double_pole(force, angle_1, turning_1, angle_2, turning_2)
    u, v, w = speed + half * a, turning_1 + half * b, turning_2 + half * c
    a_2, b_2, c_2 = double_pole(force, angle_1 + half * turning_1, v, angle_2 + half * turning_2, w)
    u_2, v_2, w_2 = speed + half * a_2, turning_1 + half * b_2, turning_2 + half * c_2
    a_3, b_3, c_3 = double_pole(force, angle_1 + half * v, v_2, angle_2 + half * w, w_2)
    u_3, v_3, w_3 = speed + step * a_3, turning_1 + step * b_3, turning_2 + step * c_3
    a_4, b_4, c_4 = double_pole(force, angle_1 + step * v_2, v_3, angle_2 + step * w_2, w_3)
    return (
        x + sixth * (speed + 2.0 * (u + u_2) + u_3),
        speed + sixth * (a + 2.0 * (a_2 + a_3) + a_4),
        angle_1 + sixth * (turning_1 + 2.0 * (v + v_2) + v_3),
        turning_1 + sixth * (b + 2.0 * (b_2 + b_3) + b_4),
        angle_2 + sixth * (turning_2 + 2.0 * (w + w_2) + w_3),
        turning_2 + sixth * (c + 2.0 * (c_2 + c_3) + c_4),
    )


@kernel
def move_double(carts: Values, step: float, count: int) -> None:
    """Move carts with two poles by `count` steps of `step` seconds."""
    for _ in range(count):
        for lane in range(LANES):
            x, speed, angle_1, turning_1, angle_2, turning_2 = step_double(
                carts[PUSH + lane], carts[lane], carts[SPEED + lane],
                carts[LONG + lane], carts[LONG_TURNING + lane],
                carts[SHORT + lane], carts[SHORT_TURNING + lane], step,
            )  # fmt: skip
            carts[lane], carts[SPEED + lane] = x, speed
            carts[LONG + lane], carts[LONG_TURNING + lane] = angle_1, turning_1
            carts[SHORT + lane], carts[SHORT_TURNING + lane] = angle_2, turning_2


@kernel
def move_single(carts: Values, step: float) -> None:
    """Move carts with one pole by a step of `step` seconds of Euler's method."""
    for lane in range(LANES):
        speed, turning = carts[SPEED + lane], carts[LONG_TURNING + lane]
        cart, pole = single_pole(carts[PUSH + lane], carts[LONG + lane], turning)
        carts[lane] += step * speed
        carts[SPEED + lane] = speed + step * cart
        carts[LONG + lane] += step * turning
        carts[LONG_TURNING + lane] = turning + step * pole


@inlined
def push(output: float, double: bool) -> float:
    """Return the force (N) for an output: 20 (output - 1/2) within plus or minus 10; with one pole all or nothing."""
    if not double:
        return FORCE if output > 0.5 else -FORCE
    output = 0.0 if output < 0.0 else output
    output = 1.0 if output > 1.0 else output
    return (output - 0.5) * (2.0 * FORCE)


@inlined
def rest(carts: Values, lane: int) -> None:
    """Put a cart without an attempt to rest, so that its numbers stay finite."""
    for row in range(STATES + 1):
        carts[row * LANES + lane] = 0.0


@inlined
def stands(carts: Values, lane: int, widest: float) -> bool:
    """Say whether a cart is on its track and its poles are up."""
    up: bool = abs(carts[LONG + lane]) <= widest and abs(carts[SHORT + lane]) <= widest
    return up and bool(abs(carts[lane]) <= TRACK)


@inlined
def restless(carts: Values, lane: int) -> float:
    """Return |x| + |x'| + |th1| + |th1'| of a cart."""
    cart: float = abs(carts[lane]) + abs(carts[SPEED + lane])
    pole: float = abs(carts[LONG + lane]) + abs(carts[LONG_TURNING + lane])
    return cart + pole


@kernel
def summed(ring: Values, lane: int, count: int) -> float:
    """Return the sum of what a lane's ring (LANES, size) holds of `count` values, from the oldest on."""
    size = ring.shape[1]
    total = 0.0
    for number in range(max(count - size, 0), count):
        total += ring[lane, number % size]
    return total


@kernel
def balance_range(
    begin: int, end: int, nets: NetworkArrays, memory: bool, task: Task, starts: Values,
    taken: NDArray[np.int64], unrest: Values,
) -> None:  # fmt: skip
    """Make attempts `begin` to `end`: attempt n is network n // S from start n % S of `starts` (S, STATES).

    Writes to `taken` how many steps each lasted, at most `task.limit`, and to `unrest` the sum of
    |x| + |x'| + |th1| + |th1'| after each of the last `task.window` of them (of all, where there are fewer).
    """
    slots, connections = most(nets, begin // len(starts), (end - 1) // len(starts) + 1)
    # Only `np.empty`, since numba compiles every other way to make an array for a tenth of a second.
    values, copy, parts = np.empty(LANES * slots), np.empty(slots), np.empty(connections)
    inputs, outputs, ring = np.empty((LANES, task.inputs)), np.empty((LANES, 1)), np.empty((LANES, task.window))
    carts = np.empty((STATES + 1) * LANES)
    attempt, since, lasted = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    for lane in range(LANES):
        attempt[lane] = _NOBODY
        rest(carts, lane)
        for place in range(task.inputs):
            inputs[lane, place] = task.constant
    coming, left = begin, end - begin
    while left > 0:
        for lane in range(LANES):
            if attempt[lane] == _NOBODY and coming < end:
                attempt[lane], since[lane], lasted[lane] = coming, 0, 0
                for row in range(STATES):
                    carts[row * LANES + lane] = starts[coming % len(starts), row]
                coming += 1
            if attempt[lane] != _NOBODY:
                for place in range(task.column.size):
                    inputs[lane, place] = carts[task.column[place] * LANES + lane] * task.factor[place]
                g, begun = attempt[lane] // len(starts), since[lane] if memory else 0
                since[lane] = activate_one(nets, g, inputs, lane, values, lane * slots, begun, copy, parts, outputs)
                carts[PUSH + lane] = push(outputs[lane, 0], task.double)
        if task.double:
            move_double(carts, ACTION / STEPS_PER_ACTION, STEPS_PER_ACTION)
        else:
            move_single(carts, ACTION)
        for lane in range(LANES):
            if attempt[lane] == _NOBODY:
                continue
            up = stands(carts, lane, task.widest)
            if up:
                ring[lane, lasted[lane] % task.window] = restless(carts, lane)
                lasted[lane] += 1
            if not up or lasted[lane] == task.limit:
                taken[attempt[lane]] = lasted[lane]
                unrest[attempt[lane]] = summed(ring, lane, lasted[lane])
                attempt[lane] = _NOBODY
                left -= 1
                rest(carts, lane)
