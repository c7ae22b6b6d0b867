"""Kernels of Gymnasium's classic control environments: whole populations play episodes in them.

They compute what the Python code of the environments computes, to the last bit: the same operations in the same order,
the sine, cosine and power of the C library, which numpy's scalars use too, and float32 where the environments round to
it. The environments are Gymnasium's (https://gymnasium.farama.org/environments/classic_control/): CartPole by Barto,
Sutton & Anderson (1983), Acrobot by Sutton (1996), MountainCar by Moore (1990), and Pendulum.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import inlined, kernel, part
from neat.network.activation_kernels import NetworkArrays, Values, activate_one, most
from neat.problems.gymnasium.agent_kernels import InputScaling, largest_index

CART_POLE, MOUNTAIN_CAR, MOUNTAIN_CAR_CONTINUOUS, ACROBOT, PENDULUM = range(5)
STATES = 4  # numbers in a state, the most that an environment has
_FIRST: Any = np.int64(0)  # the literal 0 has its own type, for which numba would compile callees once more

_HALF_PI, _PI, _TWO_PI = np.pi / 2.0, np.pi, 2.0 * np.pi

_POLE_MASS, _POLE_HALF, _CART_STEP, _CART_FORCE = 0.1, 0.5, 0.02, 10.0
_TOTAL_MASS, _POLE_MOMENT = _POLE_MASS + 1.0, _POLE_MASS * _POLE_HALF
_CART_LIMIT, _POLE_LIMIT = 2.4, 12 * 2 * math.pi / 360

_CAR_LEFT, _CAR_RIGHT, _CAR_FASTEST = -1.2, 0.6, 0.07
_CAR_FORCE, _CAR_GRAVITY, _CAR_GOAL = 0.001, 0.0025, 0.5
_SINGLE = np.float32
_POWER, _SLOPE, _THREE, _NEAR_GOAL = _SINGLE(0.0015), 0.0025, _SINGLE(3.0), 0.45
_LEFT_32, _RIGHT_32, _FASTEST_32, _NEAR_GOAL_32 = _SINGLE(-1.2), _SINGLE(0.6), _SINGLE(0.07), _SINGLE(_NEAR_GOAL)

_LINK_STEP, _LINK_GRAVITY = 0.2, 9.8
_HALF_LINK_STEP, _SIXTH_LINK_STEP = _LINK_STEP / 2.0, _LINK_STEP / 6.0
_FASTEST_1, _FASTEST_2 = 4 * np.pi, 9 * np.pi
_GRAVITY_1, _GRAVITY_2 = (1.0 * 0.5 + 1.0 * 1.0) * _LINK_GRAVITY, 1.0 * 0.5 * _LINK_GRAVITY

_PENDULUM_STEP, _PENDULUM_FASTEST, _TORQUE_COST = 0.05, 8.0, _SINGLE(0.001)


class Task(NamedTuple):
    """An environment, its options, and how its episodes are played.

    `two` is the number 2, which the environments raise values to; as a constant, the compiler would multiply instead,
    and the last bit may differ from that of the C library.
    """

    environment: int
    option: (
        float  # CartPole: 1 for the rewards of Sutton & Barto; the cars: the velocity at the goal; Pendulum: gravity
    )
    two: float
    max_steps: int  # of an episode
    discrete: bool
    memory: bool


@inlined
def _step_cart_pole(
    action: int, x: float, speed: float, angle: float, omega: float
) -> tuple[float, float, float, float, bool]:
    force = _CART_FORCE if action == 1 else -_CART_FORCE
    cosine, sine = math.cos(angle), math.sin(angle)
    push = (force + _POLE_MOMENT * (omega * omega) * sine) / _TOTAL_MASS
    turn = (9.8 * sine - cosine * push) / (_POLE_HALF * (4.0 / 3.0 - _POLE_MASS * (cosine * cosine) / _TOTAL_MASS))
    pull = push - _POLE_MOMENT * turn * cosine / _TOTAL_MASS
    x = x + _CART_STEP * speed
    speed = speed + _CART_STEP * pull
    angle = angle + _CART_STEP * omega
    omega = omega + _CART_STEP * turn
    fallen = x < -_CART_LIMIT or x > _CART_LIMIT or angle < -_POLE_LIMIT or angle > _POLE_LIMIT
    return x, speed, angle, omega, fallen


@inlined
def _step_mountain_car(action: int, position: float, velocity: float, goal: float) -> tuple[float, float, bool]:
    velocity += (action - 1) * _CAR_FORCE + math.cos(3.0 * position) * -_CAR_GRAVITY
    velocity = -_CAR_FASTEST if velocity < -_CAR_FASTEST else velocity
    velocity = _CAR_FASTEST if velocity > _CAR_FASTEST else velocity
    position += velocity
    position = _CAR_LEFT if position < _CAR_LEFT else position
    position = _CAR_RIGHT if position > _CAR_RIGHT else position
    if position == _CAR_LEFT and velocity < 0.0:
        velocity = 0.0
    return position, velocity, position >= _CAR_GOAL and velocity >= goal


@inlined
def _step_mountain_car_continuous(force: float, state: Any, goal: float, first: bool) -> tuple[float, float, bool]:
    # The state has 64 bits before the first step, and 32 bits from then on.
    push = _SINGLE(force) * _POWER
    if first:
        velocity = state[1] + np.float64(_SINGLE(push - _SINGLE(_SLOPE * math.cos(3.0 * state[0]))))
        velocity = _CAR_FASTEST if velocity > _CAR_FASTEST else velocity
        velocity = -_CAR_FASTEST if velocity < -_CAR_FASTEST else velocity
        position = state[0] + velocity
        position = _CAR_RIGHT if position > _CAR_RIGHT else position
        position = _CAR_LEFT if position < _CAR_LEFT else position
        if position == _CAR_LEFT and velocity < 0.0:
            velocity = 0.0
        ended = position >= _NEAR_GOAL and velocity >= goal
        return np.float64(_SINGLE(position)), np.float64(_SINGLE(velocity)), ended
    place, speed = _SINGLE(state[0]), _SINGLE(state[1])
    speed = speed + _SINGLE(push - _SINGLE(_SLOPE * math.cos(np.float64(_THREE * place))))
    speed = _FASTEST_32 if speed > _FASTEST_32 else speed
    speed = -_FASTEST_32 if speed < -_FASTEST_32 else speed
    place = place + speed
    place = _RIGHT_32 if place > _RIGHT_32 else place
    place = _LEFT_32 if place < _LEFT_32 else place
    if place == _LEFT_32 and speed < _SINGLE(0.0):
        speed = _SINGLE(0.0)
    return np.float64(place), np.float64(speed), bool(place >= _NEAR_GOAL_32 and speed >= _SINGLE(goal))


@inlined
def _links(
    torque: float, angle_1: float, angle_2: float, omega_1: float, omega_2: float, two: float
) -> tuple[float, float]:
    """Return the accelerations of both links of Acrobot."""
    cosine, sine = math.cos(angle_2), math.sin(angle_2)
    d1 = 0.25 + (1.25 + cosine) + 1.0 + 1.0
    d2 = (0.25 + 0.5 * cosine) + 1.0
    phi2 = _GRAVITY_2 * math.cos(angle_1 + angle_2 - _HALF_PI)
    phi1 = (
        -0.5 * math.pow(omega_2, two) * sine
        - omega_2 * omega_1 * sine
        + _GRAVITY_1 * math.cos(angle_1 - _HALF_PI)
        + phi2
    )
    second = (torque + d2 / d1 * phi1 - 0.5 * math.pow(omega_1, two) * sine - phi2) / (1.25 - math.pow(d2, two) / d1)
    return -(d2 * second + phi1) / d1, second


@inlined
def _wrap(angle: float) -> float:
    while angle > _PI:
        angle = angle - _TWO_PI
    while angle < -_PI:
        angle = angle + _TWO_PI
    return angle


@inlined
def _step_acrobot(
    torque: float, angle_1: float, angle_2: float, omega_1: float, omega_2: float, two: float
) -> tuple[float, float, float, float, bool]:
    h = _HALF_LINK_STEP
    a, b = _links(torque, angle_1, angle_2, omega_1, omega_2, two)
    u_2, v_2 = omega_1 + h * a, omega_2 + h * b
    a_2, b_2 = _links(torque, angle_1 + h * omega_1, angle_2 + h * omega_2, u_2, v_2, two)
    u_3, v_3 = omega_1 + h * a_2, omega_2 + h * b_2
    a_3, b_3 = _links(torque, angle_1 + h * u_2, angle_2 + h * v_2, u_3, v_3, two)
    h = _LINK_STEP
    u_4, v_4 = omega_1 + h * a_3, omega_2 + h * b_3
    a_4, b_4 = _links(torque, angle_1 + h * u_3, angle_2 + h * v_3, u_4, v_4, two)
    h = _SIXTH_LINK_STEP
    angle_1 = _wrap(angle_1 + h * (omega_1 + 2.0 * u_2 + 2.0 * u_3 + u_4))
    angle_2 = _wrap(angle_2 + h * (omega_2 + 2.0 * v_2 + 2.0 * v_3 + v_4))
    omega_1 = omega_1 + h * (a + 2.0 * a_2 + 2.0 * a_3 + a_4)
    omega_2 = omega_2 + h * (b + 2.0 * b_2 + 2.0 * b_3 + b_4)
    omega_1 = min(max(omega_1, -_FASTEST_1), _FASTEST_1)
    omega_2 = min(max(omega_2, -_FASTEST_2), _FASTEST_2)
    up = -math.cos(angle_1) - math.cos(angle_2 + angle_1) > 1.0
    return angle_1, angle_2, omega_1, omega_2, up


@inlined
def _step_pendulum(torque: float, angle: float, omega: float, gravity: float, two: float) -> tuple[float, float, float]:
    u = _SINGLE(torque)
    turned = (angle + _PI) % _TWO_PI - _PI
    effort = _TORQUE_COST * _SINGLE(math.pow(u, _SINGLE(two)))
    costs = math.pow(turned, two) + 0.1 * math.pow(omega, two) + np.float64(effort)
    pull = 3.0 * gravity / 2.0 * math.sin(angle)
    omega = omega + (pull + np.float64(_SINGLE(3.0) * u)) * _PENDULUM_STEP
    omega = -_PENDULUM_FASTEST if omega < -_PENDULUM_FASTEST else omega
    omega = _PENDULUM_FASTEST if omega > _PENDULUM_FASTEST else omega
    return angle + omega * _PENDULUM_STEP, omega, -costs


@part
def advance(task: Task, choice: int, value: float, state: Values, seen: Values, first: bool) -> tuple[float, bool]:
    """Do one step: change `state` (STATES,), write the observation to `seen`, and return the reward and the end.

    The action is `choice`, or `value` in environments whose actions are numbers; `first` marks an episode's first step.
    """
    if task.environment == CART_POLE:
        x, speed, angle, omega, fallen = _step_cart_pole(choice, state[0], state[1], state[2], state[3])
        state[0], state[1], state[2], state[3] = x, speed, angle, omega
        for index in range(STATES):
            seen[index] = np.float64(_SINGLE(state[index]))
        if task.option == 0.0:
            return 1.0, fallen
        return (-1.0 if fallen else 0.0), fallen
    if task.environment == MOUNTAIN_CAR:
        position, velocity, ended = _step_mountain_car(choice, state[0], state[1], task.option)
        state[0], state[1] = position, velocity
        seen[0], seen[1] = np.float64(_SINGLE(position)), np.float64(_SINGLE(velocity))
        return -1.0, ended
    if task.environment == MOUNTAIN_CAR_CONTINUOUS:
        position, velocity, ended = _step_mountain_car_continuous(value, state, task.option, first)
        state[0], state[1] = position, velocity
        seen[0], seen[1] = position, velocity
        return (100.0 if ended else 0.0) - value * value * 0.1, ended
    if task.environment == ACROBOT:
        angle_1, angle_2, omega_1, omega_2, ended = _step_acrobot(
            np.float64(choice - 1), state[0], state[1], state[2], state[3], task.two
        )
        state[0], state[1], state[2], state[3] = angle_1, angle_2, omega_1, omega_2
        seen[0], seen[1] = np.float64(_SINGLE(math.cos(angle_1))), np.float64(_SINGLE(math.sin(angle_1)))
        seen[2], seen[3] = np.float64(_SINGLE(math.cos(angle_2))), np.float64(_SINGLE(math.sin(angle_2)))
        seen[4], seen[5] = np.float64(_SINGLE(omega_1)), np.float64(_SINGLE(omega_2))
        return (0.0 if ended else -1.0), ended
    angle, omega, reward = _step_pendulum(value, state[0], state[1], task.option, task.two)
    state[0], state[1] = angle, omega
    seen[0], seen[1] = np.float64(_SINGLE(math.cos(angle))), np.float64(_SINGLE(math.sin(angle)))
    seen[2] = np.float64(_SINGLE(omega))
    return reward, False


@kernel
def play_range(
    begin: int, end: int, nets: NetworkArrays, task: Task, scaling: InputScaling, output_scaling: Values,
    starts: Values, first_seen: Values, rewards: Values, steps: NDArray[np.int64], observed: Values,
) -> None:  # fmt: skip
    """Play episodes `begin` to `end`: episode n is that of network n // E from start n % E.

    `starts` (E, STATES) holds the states in which episodes begin and `first_seen` (E, D) what is observed there.
    `output_scaling` (P, 4, O) holds gain, shift, lowest and highest action of each network, and is empty if actions are
    discrete. Writes `rewards` and `steps` of each episode, and to `observed` (P * E, 2, I), unless it is empty, the
    lowest and highest inputs before scaling.
    """
    columns, centers, factors = scaling
    episodes = len(starts)
    slots, connections = most(nets, begin // episodes, (end - 1) // episodes + 1)
    values, copy, parts = np.empty(slots), np.empty(slots), np.empty(connections)
    inputs, outputs = np.empty((1, columns.size)), np.empty((1, nets.output_slot.shape[1]))
    state, seen = np.empty(STATES), np.empty(first_seen.shape[1])
    for number in range(begin, end):
        g, episode = number // episodes, number % episodes
        for index in range(STATES):
            state[index] = starts[episode, index]
        for index in range(seen.size):
            seen[index] = first_seen[episode, index]
        time_steps, count, total, ended = _FIRST, 0, 0.0, False
        while count < task.max_steps and not ended:
            for index in range(columns.size):
                value = seen[columns[index]]
                inputs[0, index] = (value - centers[index]) * factors[index]
                if len(observed) > 0:
                    observed[number, 0, index] = min(observed[number, 0, index], value)
                    observed[number, 1, index] = max(observed[number, 1, index], value)
            since = time_steps if task.memory else _FIRST
            time_steps = activate_one(nets, g, inputs, _FIRST, values, _FIRST, since, copy, parts, outputs)
            choice, action = 0, 0.0
            if task.discrete:
                choice = largest_index(outputs[0])
            else:
                action = output_scaling[g, 1, 0] + output_scaling[g, 0, 0] * outputs[0, 0]
                action = output_scaling[g, 2, 0] if action < output_scaling[g, 2, 0] else action
                action = output_scaling[g, 3, 0] if action > output_scaling[g, 3, 0] else action
                action = np.float64(_SINGLE(action))
            reward, ended = advance(task, choice, action, state, seen, count == 0)
            total += reward
            count += 1
        rewards[number], steps[number] = total, count
