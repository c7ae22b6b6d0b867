"""Kernels of pole balancing: networks push carts so that the poles on them stay upright.

The state of a cart: position x (m), velocity x' (m/s), then angle (rad from the vertical) and angular velocity omega
(rad/s) of the long pole and of the short pole. With one pole, the last two stay 0.

`LANES` carts are moved at a time, so that the compiler computes them with vector instructions. The array `carts` holds
the positions of all lanes, then all velocities, and so on; it is a single array because the compiler must know that
the parts do not overlap. Lanes do not affect each other, so the path of a cart does not depend on the other carts.

Two poles: the equations of Wieland (1991, Evolving neural network controllers for unstable systems), as in Gomez &
Miikkulainen (1999, Solving non-Markovian control tasks with neuroevolution), solved by the fourth-order Runge-Kutta
method. One pole: the cart of Barto, Sutton & Anderson (1983) without friction, solved by Euler's method.
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
#: The offset of each state in `carts`. The position has offset 0; the push (N) follows the states.
SPEED, LONG, LONG_OMEGA, SHORT, SHORT_OMEGA, PUSH = (row * LANES for row in range(1, STATES + 1))

GRAVITY = 9.8  # m/s^2
CART_MASS = 1.0  # kg
LONG_MASS, SHORT_MASS = 0.1, 0.01  # kg
LONG_HALF, SHORT_HALF = 0.5, 0.05  # m: half the length of each pole
FRICTION = 2e-6  # of the hinges of the poles
FORCE = 10.0  # N: the strongest push
TRACK = 2.4  # m: the cart must stay within plus or minus this
ACTION = 0.02  # s: how long a push lasts
STEPS_PER_ACTION: Any = np.int64(2)  # of the Runge-Kutta method; numba treats a plain 2 as another type

_LONG_FRICTION = FRICTION / (LONG_MASS * LONG_HALF)
_SHORT_FRICTION = FRICTION / (SHORT_MASS * SHORT_HALF)
_TOTAL_MASS = CART_MASS + LONG_MASS
_MOMENT = LONG_MASS * LONG_HALF
_FREE = -1  # the attempt of a lane without one


class Task(NamedTuple):
    """The poles, the limits of an attempt, and the inputs: `state[column] * factor`, perhaps followed by a constant."""

    double: bool  # two poles, or one
    max_angle: float  # rad: the poles must stay within plus or minus this
    max_steps: int  # of an attempt
    window: int  # last steps over which the unrest is summed
    column: NDArray[np.int64]  # (observed states,)
    factor: Values  # (observed states,)
    inputs: int  # of a network: the number of columns, plus one if there is a constant
    constant: float


@inlined
def pole_reaction(
    sine: float, cosine: float, omega: float, friction: float, mass: float, half: float
) -> tuple[float, float, float]:
    """Return a pole's force on the cart, its effective mass, and its angular drive on a cart at rest."""
    drive = friction * omega - GRAVITY * sine
    force = mass * half * omega * omega * sine + 0.75 * mass * cosine * drive
    return force, mass * (1.0 - 0.75 * cosine * cosine), drive


@inlined
def double_pole(
    force: float, angle_1: float, omega_1: float, angle_2: float, omega_2: float
) -> tuple[float, float, float]:
    """Return the accelerations (x'', th1'', th2'') of a cart with two poles under the push `force` (N)."""
    cosine_1, cosine_2 = cos(angle_1), cos(angle_2)
    force_1, mass_1, drive_1 = pole_reaction(sin(angle_1), cosine_1, omega_1, _LONG_FRICTION, LONG_MASS, LONG_HALF)
    force_2, mass_2, drive_2 = pole_reaction(sin(angle_2), cosine_2, omega_2, _SHORT_FRICTION, SHORT_MASS, SHORT_HALF)
    cart = (force + force_1 + force_2) / (CART_MASS + mass_1 + mass_2)
    long = -0.75 / LONG_HALF * (cart * cosine_1 + drive_1)
    return cart, long, -0.75 / SHORT_HALF * (cart * cosine_2 + drive_2)


@inlined
def single_pole(force: float, angle: float, omega: float) -> tuple[float, float]:
    """Return the accelerations (x'', th'') of a cart with only the long pole under the push `force` (N)."""
    sine, cosine = sin(angle), cos(angle)
    pushed = (force + _MOMENT * omega * omega * sine) / _TOTAL_MASS
    pole = (GRAVITY * sine - cosine * pushed) / (LONG_HALF * (4.0 / 3.0 - LONG_MASS * cosine * cosine / _TOTAL_MASS))
    return pushed - _MOMENT * pole * cosine / _TOTAL_MASS, pole


@inlined
def step_double(
    force: float, x: float, speed: float,
    angle_1: float, omega_1: float, angle_2: float, omega_2: float, step: float,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """Return the state of a cart with two poles after one step of the fourth-order Runge-Kutta method."""
    # a, b, c are the accelerations and u, v, w the velocities of x and the two angles at each of the four points.
    half, sixth = 0.5 * step, step / 6.0
    a, b, c = double_pole(force, angle_1, omega_1, angle_2, omega_2)
    u, v, w = speed + half * a, omega_1 + half * b, omega_2 + half * c
    a_2, b_2, c_2 = double_pole(force, angle_1 + half * omega_1, v, angle_2 + half * omega_2, w)
    u_2, v_2, w_2 = speed + half * a_2, omega_1 + half * b_2, omega_2 + half * c_2
    a_3, b_3, c_3 = double_pole(force, angle_1 + half * v, v_2, angle_2 + half * w, w_2)
    u_3, v_3, w_3 = speed + step * a_3, omega_1 + step * b_3, omega_2 + step * c_3
    a_4, b_4, c_4 = double_pole(force, angle_1 + step * v_2, v_3, angle_2 + step * w_2, w_3)
    return (
        x + sixth * (speed + 2.0 * (u + u_2) + u_3),
        speed + sixth * (a + 2.0 * (a_2 + a_3) + a_4),
        angle_1 + sixth * (omega_1 + 2.0 * (v + v_2) + v_3),
        omega_1 + sixth * (b + 2.0 * (b_2 + b_3) + b_4),
        angle_2 + sixth * (omega_2 + 2.0 * (w + w_2) + w_3),
        omega_2 + sixth * (c + 2.0 * (c_2 + c_3) + c_4),
    )


@kernel
def move_double(carts: Values, step: float, count: int) -> None:
    """Move carts with two poles by `count` steps of `step` seconds."""
    for _ in range(count):
        for lane in range(LANES):
            x, speed, angle_1, omega_1, angle_2, omega_2 = step_double(
                carts[PUSH + lane], carts[lane], carts[SPEED + lane],
                carts[LONG + lane], carts[LONG_OMEGA + lane],
                carts[SHORT + lane], carts[SHORT_OMEGA + lane], step,
            )  # fmt: skip
            carts[lane], carts[SPEED + lane] = x, speed
            carts[LONG + lane], carts[LONG_OMEGA + lane] = angle_1, omega_1
            carts[SHORT + lane], carts[SHORT_OMEGA + lane] = angle_2, omega_2


@kernel
def move_single(carts: Values, step: float) -> None:
    """Move carts with one pole by one Euler step of `step` seconds."""
    for lane in range(LANES):
        speed, omega = carts[SPEED + lane], carts[LONG_OMEGA + lane]
        cart, pole = single_pole(carts[PUSH + lane], carts[LONG + lane], omega)
        carts[lane] += step * speed
        carts[SPEED + lane] = speed + step * cart
        carts[LONG + lane] += step * omega
        carts[LONG_OMEGA + lane] = omega + step * pole


@inlined
def push(output: float, double: bool) -> float:
    """Return the force (N) for an output: 20 (output - 1/2) within +-10 for two poles, 10 or -10 for one pole."""
    if not double:
        return FORCE if output > 0.5 else -FORCE
    output = 0.0 if output < 0.0 else output
    output = 1.0 if output > 1.0 else output
    return (output - 0.5) * (2.0 * FORCE)


@inlined
def clear_lane(carts: Values, lane: int) -> None:
    """Set the state of a free lane to 0, so that its numbers stay finite."""
    for state in range(STATES + 1):
        carts[state * LANES + lane] = 0.0


@inlined
def is_balanced(carts: Values, lane: int, max_angle: float) -> bool:
    """Return whether a cart is on the track and its poles are within the maximum angle."""
    upright: bool = abs(carts[LONG + lane]) <= max_angle and abs(carts[SHORT + lane]) <= max_angle
    return upright and bool(abs(carts[lane]) <= TRACK)


@inlined
def unrest_of(carts: Values, lane: int) -> float:
    """Return |x| + |x'| + |th1| + |th1'| of a cart."""
    cart: float = abs(carts[lane]) + abs(carts[SPEED + lane])
    pole: float = abs(carts[LONG + lane]) + abs(carts[LONG_OMEGA + lane])
    return cart + pole


@kernel
def sum_ring(ring: Values, lane: int, count: int) -> float:
    """Return the sum of the last of `count` values in the ring buffer of a lane (LANES, size), oldest first."""
    size = ring.shape[1]
    total = 0.0
    for step in range(max(count - size, 0), count):
        total += ring[lane, step % size]
    return total


@kernel
def balance_range(
    begin: int, end: int, nets: NetworkArrays, memory: bool, task: Task, starts: Values,
    taken: NDArray[np.int64], unrest: Values,
) -> None:  # fmt: skip
    """Run attempts `begin` to `end`: attempt n is network n // S from start n % S of `starts` (S, STATES).

    Writes to `taken` the steps that each attempt lasts, at most `task.max_steps`, and to `unrest` the sum of
    |x| + |x'| + |th1| + |th1'| after each of the last `task.window` steps, or after all of them if there are fewer.
    """
    slots, connections = most(nets, begin // len(starts), (end - 1) // len(starts) + 1)
    # Only `np.empty`, since numba takes a tenth of a second to compile any other function that creates an array.
    values, copy, parts = np.empty(LANES * slots), np.empty(slots), np.empty(connections)
    inputs, outputs, ring = np.empty((LANES, task.inputs)), np.empty((LANES, 1)), np.empty((LANES, task.window))
    carts = np.empty((STATES + 1) * LANES)
    attempt, time_steps, steps = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    for lane in range(LANES):
        attempt[lane] = _FREE
        clear_lane(carts, lane)
        for index in range(task.inputs):
            inputs[lane, index] = task.constant
    next_attempt, remaining = begin, end - begin
    while remaining > 0:
        for lane in range(LANES):
            if attempt[lane] == _FREE and next_attempt < end:
                attempt[lane], time_steps[lane], steps[lane] = next_attempt, 0, 0
                for state in range(STATES):
                    carts[state * LANES + lane] = starts[next_attempt % len(starts), state]
                next_attempt += 1
            if attempt[lane] != _FREE:
                for index in range(task.column.size):
                    inputs[lane, index] = carts[task.column[index] * LANES + lane] * task.factor[index]
                g, since = attempt[lane] // len(starts), time_steps[lane] if memory else 0
                time_steps[lane] = activate_one(
                    nets, g, inputs, lane, values, lane * slots, since, copy, parts, outputs
                )  # fmt: skip
                carts[PUSH + lane] = push(outputs[lane, 0], task.double)
        if task.double:
            move_double(carts, ACTION / STEPS_PER_ACTION, STEPS_PER_ACTION)
        else:
            move_single(carts, ACTION)
        for lane in range(LANES):
            if attempt[lane] == _FREE:
                continue
            balanced = is_balanced(carts, lane, task.max_angle)
            if balanced:
                ring[lane, steps[lane] % task.window] = unrest_of(carts, lane)
                steps[lane] += 1
            if not balanced or steps[lane] == task.max_steps:
                taken[attempt[lane]] = steps[lane]
                unrest[attempt[lane]] = sum_ring(ring, lane, steps[lane])
                attempt[lane] = _FREE
                remaining -= 1
                clear_lane(carts, lane)
