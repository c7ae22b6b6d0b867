"""The plain twin of the pole kernels: one cart, one network, one number after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from reference_network import PlainNetwork

from neat.core.arithmetic_kernels import cos, sin

POLES = ((0.1, 0.5), (0.01, 0.05))  # mass and half the length


def accelerations(state: Sequence[float], force: float) -> list[float]:
    """Return x'', th1'' and th2'' of a cart with two poles by Wieland's equations."""
    pulls, masses, falls = [], [], []
    for (mass, half), angle, turning in zip(POLES, state[2::2], state[3::2], strict=True):
        falls.append(2e-6 / (mass * half) * turning - 9.8 * sin(angle))
        pulls.append(mass * half * turning * turning * sin(angle) + 0.75 * mass * cos(angle) * falls[-1])
        masses.append(mass * (1.0 - 0.75 * cos(angle) * cos(angle)))
    cart = (force + pulls[0] + pulls[1]) / (1.0 + masses[0] + masses[1])
    return [
        cart,
        *(
            -0.75 / half * (cart * cos(angle) + fall)
            for (_, half), angle, fall in zip(POLES, state[2::2], falls, strict=True)
        ),
    ]


def slope(state: Sequence[float], force: float) -> list[float]:
    cart, long, short = accelerations(state, force)
    return [state[1], cart, state[3], long, state[5], short]


def runge_kutta(state: Sequence[float], force: float, step: float) -> list[float]:
    """Return the state after one step of the method of fourth order."""

    def ahead(share: float, slopes: Sequence[float]) -> list[float]:
        return [value + share * change for value, change in zip(state, slopes, strict=True)]

    first = slope(state, force)
    second = slope(ahead(0.5 * step, first), force)
    third = slope(ahead(0.5 * step, second), force)
    fourth = slope(ahead(step, third), force)
    return [
        value + step / 6.0 * (a + 2.0 * (b + c) + d)
        for value, a, b, c, d in zip(state, first, second, third, fourth, strict=True)
    ]


def double_action(state: Sequence[float], output: float) -> list[float]:
    """Return the state of a cart with two poles 0.02 s after a network's output."""
    force = (min(max(output, 0.0), 1.0) - 0.5) * 20.0
    return runge_kutta(runge_kutta(state, force, 0.01), force, 0.01)


def single_action(state: Sequence[float], output: float) -> list[float]:
    """Return the state of a cart with one pole 0.02 s after a network's output, as Barto's cart has it."""
    x, speed, angle, turning, *rest = state
    force = 10.0 if output > 0.5 else -10.0
    pushed = (force + 0.1 * 0.5 * turning * turning * sin(angle)) / 1.1
    pole = (9.8 * sin(angle) - cos(angle) * pushed) / (0.5 * (4.0 / 3.0 - 0.1 * cos(angle) * cos(angle) / 1.1))
    cart = pushed - 0.1 * 0.5 * pole * cos(angle) / 1.1
    return [x + 0.02 * speed, speed + 0.02 * cart, angle + 0.02 * turning, turning + 0.02 * pole, *rest]


def balance(
    network: PlainNetwork,
    action: Callable[[Sequence[float], float], list[float]],
    columns: Sequence[int],
    factors: Sequence[float],
    widest: float,
    start: Sequence[float],
    limit: int,
    constant: float = 0.0,
) -> list[list[float]]:
    """Return the states after every step that was survived."""
    network.reset()
    state, path = list(map(float, start)), []
    while len(path) < limit:
        inputs = [state[column] * factor for column, factor in zip(columns, factors, strict=True)]
        (output,) = network(np.array(inputs + [constant] * (constant != 0.0)))
        state = action(state, output)
        if abs(state[0]) > 2.4 or abs(state[2]) > widest or abs(state[4]) > widest:
            break
        path.append(state)
    return path


def unrest(path: Sequence[Sequence[float]], window: int) -> float:
    """Return the sum of |x| + |x'| + |th1| + |th1'| over the last `window` states."""
    total = 0.0
    for x, speed, angle, turning, *_ in path[-window:]:
        total += (abs(x) + abs(speed)) + (abs(angle) + abs(turning))
    return total
