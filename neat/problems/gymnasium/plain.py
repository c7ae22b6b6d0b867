"""The plain backend: one genome and one episode after another, in the environment's own Python code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neat.config.formatting import describe
from neat.core.errors import INTERRUPTIONS, ProblemError, message_of
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.api_checks import check_reset, is_step_tuple, step_faults
from neat.problems.gymnasium.environment import EnvironmentSpec
from neat.problems.gymnasium.episodes import Backend, Episodes, Order
from neat.problems.gymnasium.observations import Observations
from neat.problems.scalars import single_number, widened


class Plain(Backend):
    """An environment that is stepped by its own Python code."""

    name = "plain"
    in_python = True

    def __init__(self, spec: EnvironmentSpec, observations: Observations, actions: Actions, made: Any) -> None:
        self._spec, self._observations, self._actions = spec, observations, actions
        self._made = made  # an environment, or None until it is needed

    @property
    def environment(self) -> Any:
        """The environment, which is kept from one call to the next."""
        if self._made is None:
            self._made = self._spec.make()
        return self._made

    def forget(self) -> None:
        self._made = None

    def play(self, order: Order) -> Episodes:
        networks = order.networks
        rewards = np.empty((len(networks), len(order.seeds)))
        steps = np.empty((len(networks), len(order.seeds)), np.int64)
        for place in range(len(networks)):
            agent = Agent(networks[place : place + 1], self._observations, self._actions, order.scaling)
            for episode, seed in enumerate(order.seeds):
                which = f"in episode {order.first + episode + 1} of {order.total} (seed {seed})"
                when = f"{which} of genome {agent.key} {order.where}".rstrip()
                rewards[place, episode], steps[place, episode] = self._play_one(agent, seed, order.limit, when)
                if order.observed is not None:
                    self._check_range(agent, when)
            order.widen(agent.low, agent.high)
        return Episodes(rewards, steps)

    def _play_one(self, agent: Agent, seed: int, limit: int, where: str) -> tuple[float, int]:
        """Return rewards and steps of one episode."""
        environment, decide, step, total = self.environment, agent.decide, 0, 0.0
        answer: Any = None
        agent.reset()
        try:
            observation = check_reset(environment.reset(seed=seed))
            advance = environment.step
            for step in range(1, limit + 1):
                answer = advance(decide(observation))
                try:
                    observation, reward, terminated, truncated, _ = answer
                    total += reward if type(reward) is float else widened(reward)
                    if terminated or truncated:
                        break
                except (TypeError, ValueError, ArithmeticError):
                    raise ProblemError(f"{[*step_faults(answer), 'step failed'][0]}, at step {step}") from None
            number = single_number(total)
            if number is None:  # for example, the rewards are arrays of several numbers
                raise ProblemError([*step_faults(answer), f"the rewards add up to {describe(total)}"][0])
        except INTERRUPTIONS:
            self.forget()
            raise
        except BaseException as error:
            self.forget()
            name = self._spec.id
            if isinstance(error, ProblemError) and answer is not None and not is_step_tuple(answer):
                error = ProblemError(step_faults(answer)[0])  # such as an array of five numbers, which can be unpacked
            if isinstance(error, ProblemError):
                raise ProblemError(f"{name}: {error}, {where}", agent.key) from None
            when = f"at step {step}" if step else "at its reset"
            raise ProblemError(f"{name} raised {message_of(error)}, {when} {where}", agent.key) from error
        if not math.isfinite(number):
            raise ProblemError(f"{self._spec.id}: the rewards add up to {number}, {where}", agent.key)
        return number, step

    def _check_range(self, agent: Agent, where: str) -> None:
        """Raise ProblemError for an infinite observation, which `scaling = running` cannot use."""
        for values in (agent.low, agent.high):
            if not np.isfinite(values).all():
                place = int(np.argmin(np.isfinite(values)))
                raise ProblemError(
                    f"{self._spec.id}: the observation {self._observations.names[place]} was {values[place]}; with "
                    f"scaling = running it must be finite, {where}",
                    agent.key,
                )
