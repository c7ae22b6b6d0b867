"""The equations and steps of pole balancing, against independent derivations and solvers."""

from __future__ import annotations

import math

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_poles import accelerations
from scipy.integrate import solve_ivp

from neat.problems.poles.pole_kernels import LANES, STATES, double_pole, move_double, move_single, push, single_pole

POLES = ((0.1, 0.5), (0.01, 0.05))  # kg, and half the length in m
angles = st.floats(-0.7, 0.7)
omegas = st.floats(-5.0, 5.0)
forces = st.floats(-10.0, 10.0)


def lagrange(force, *poles, friction=2e-6):
    """Solve the equations of motion for (x'', th'', ...) as a linear system, from Lagrange's equations.

    A uniform pole of mass m and half length l has its middle at (x + l sin th, l cos th) and the moment of inertia
    m l^2 / 3 about it. So the kinetic energy is M x'^2 / 2 + sum of m x'^2 / 2 + m l x' th' cos th + 2/3 m l^2 th'^2,
    and the potential energy the sum of m g l cos th; friction takes friction th' at each hinge.
    """
    size = 1 + len(poles)
    mass, right = np.zeros((size, size)), np.zeros(size)
    mass[0, 0], right[0] = 1.0, force
    for place, (angle, omega, (m, l)) in enumerate(poles, 1):  # noqa: E741
        mass[0, 0] += m
        mass[0, place] = mass[place, 0] = m * l * math.cos(angle)
        mass[place, place] = 4.0 / 3.0 * m * l * l
        right[0] += m * l * omega * omega * math.sin(angle)
        right[place] = m * 9.8 * l * math.sin(angle) - friction * omega
    return np.linalg.solve(mass, right)


def close(found, expected, within):
    np.testing.assert_allclose(found, expected, rtol=within, atol=within * max(np.abs(expected).max(), 1.0))


@given(forces, angles, omegas, angles, omegas)
def test_two_poles_against_lagrange(force, angle_1, omega_1, angle_2, omega_2):
    found = double_pole(force, angle_1, omega_1, angle_2, omega_2)
    expected = lagrange(force, (angle_1, omega_1, POLES[0]), (angle_2, omega_2, POLES[1]))
    close(found, expected, 1e-12)
    assert list(found) == accelerations([0.0, 0.0, angle_1, omega_1, angle_2, omega_2], force)


def test_two_poles_worked_out_by_hand():
    # Upright and at rest, each pole adds a quarter of its mass to the cart: 10 / (1 + 0.11 / 4).
    cart, long, short = double_pole(10.0, 0.0, 0.0, 0.0, 0.0)
    assert cart == pytest.approx(10.0 / 1.0275, rel=1e-15)
    assert (long, short) == pytest.approx((-1.5 * cart, -15.0 * cart), rel=1e-15)
    # Without a push, the long pole falls to the side it leans to, and pushes the cart to the other side.
    cart, long, short = double_pole(0.0, 0.07, 0.0, 0.0, 0.0)
    assert cart < 0.0 < long and short > 0.0


@given(forces, angles, omegas)
def test_one_pole_against_lagrange(force, angle, omega):
    found = single_pole(force, angle, omega)
    close(found, lagrange(force, (angle, omega, POLES[0]), friction=0.0), 1e-12)  # this cart's hinge has none


def test_one_pole_against_gymnasium():
    """A step of Barto's cart is a step of CartPole, apart from rounding."""
    environment = gymnasium.make("CartPole-v1").unwrapped
    rng = np.random.default_rng(1)
    for action in (0, 1):
        environment.reset(seed=action)
        states = rng.uniform(-1.0, 1.0, (LANES, 4)) * [2.0, 3.0, 0.2, 3.0]
        carts = np.zeros((STATES + 1, LANES))
        carts[:4], carts[STATES] = states.T, push(float(action), False)
        move_single(carts.ravel(), 0.02)
        for lane in range(LANES):
            environment.state, environment.steps_beyond_terminated = states[lane], None
            environment.step(action)
            close(carts[:4, lane], np.array(environment.state), 1e-12)


def path(states, pushes, step, count):
    """Return the states of carts after `count` steps, (LANES, STATES)."""
    carts = np.ascontiguousarray(np.vstack([states.T, pushes]))
    move_double(carts.ravel(), step, count)
    return carts[:STATES].T


def exactly(states, pushes, seconds):
    """Return the states of carts after some seconds, by scipy and Lagrange's equations."""

    def slope(_, state, force):
        cart, *poles = lagrange(force, (state[2], state[3], POLES[0]), (state[4], state[5], POLES[1]))
        return [state[1], cart, state[3], poles[0], state[5], poles[1]]

    solved = [
        solve_ivp(slope, (0.0, seconds), state, "DOP853", args=(force,), rtol=1e-13, atol=1e-14)
        for state, force in zip(states, pushes, strict=True)
    ]
    return np.array([each.y[:, -1] for each in solved])


def some_carts(seed):
    rng = np.random.default_rng(seed)
    states = rng.uniform(-1.0, 1.0, (LANES, STATES)) * [2.4, 2.0, 0.6, 2.0, 0.6, 2.0]
    return states, rng.uniform(-10.0, 10.0, LANES)


@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_an_action_in_small_steps_against_scipy(seed):
    states, pushes = some_carts(seed)
    np.testing.assert_allclose(path(states, pushes, 0.01 / 16, 32), exactly(states, pushes, 0.02), rtol=0, atol=1e-9)


def test_the_method_is_of_fourth_order():
    """Half the step gives a sixteenth of the error."""
    states, pushes = some_carts(3)
    truth = exactly(states, pushes, 0.02)
    errors = [np.abs(path(states, pushes, 0.02 / count, count) - truth).max() for count in (2, 4, 8)]
    for coarse, fine in zip(errors, errors[1:], strict=False):
        assert 13.0 < coarse / fine < 20.0


def test_pushes():
    assert [push(output, True) for output in (0.0, 0.25, 0.5, 1.0, -3.0, 7.0)] == [-10.0, -5.0, 0.0, 10.0, -10.0, 10.0]
    assert [push(output, False) for output in (0.0, 0.5, 0.5000001, 9.0)] == [-10.0, -10.0, 10.0, 10.0]
