"""How an environment will be stepped, what a step costs here, and what would be faster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec

from neat.core.errors import NeatError
from neat.core.parallel import available_threads
from neat.network import Networks
from neat.problems.gymnasium.backends import make_backend
from neat.problems.gymnasium.classic import why_not_compiled
from neat.problems.gymnasium.episodes import Order
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.gymnasium.together import why_not_together

_STEPS = 100  # of the episodes that are timed, at most
_SECONDS = 0.05  # that are timed, at least
_MOST_EPISODES = 1024  # that are timed at once
_HOW = {
    "compiled": "by compiled code, with the same results as its Python code",
    "plain": "by its own Python code",
    "vector": "in a vector environment of Gymnasium",
    "envpool": "by EnvPool, whose episodes differ from Gymnasium's",
}


@dataclass(frozen=True)
class StepCost:
    """How an environment is stepped.

    Attributes:
        how: in words.
        seconds: the time of a step of one genome, its network included, on one core.
        faster: in words, what would be faster; empty if nothing would.
    """

    how: str
    seconds: float
    faster: tuple[str, ...]


def step_cost(problem: Gymnasium, networks: Networks) -> StepCost:
    """Return how a problem's environment is stepped, and the time of a step, measured with some networks.

    Raises:
        ProblemError: the environment failed.
    """
    together = problem.backend.name in ("vector", "envpool")
    networks, episodes = (networks, problem.keys.episodes) if together else (networks[:1], 1)
    _time(problem, networks[:1], 1)  # compiles what is not compiled yet
    seconds, steps = 0.0, 0
    while seconds < _SECONDS:
        once = _time(problem, networks, episodes)
        seconds, steps = seconds + once[0], steps + once[1]
        episodes = episodes if together else min(2 * episodes, _MOST_EPISODES)
    return StepCost(_HOW[problem.backend.name], seconds / steps, tuple(_faster(problem)))


def _time(problem: Gymnasium, networks: Networks, episodes: int) -> tuple[float, int]:
    """Return the seconds and the steps of some episodes of every network."""
    scaling = problem.observations.input_scaling(problem.keys.scaling, problem.ranges({}))
    order = Order(networks, range(1, episodes + 1), scaling, min(problem.limit, _STEPS), where="when it was checked")
    begin = time.perf_counter()
    played = problem.backend.play(order)
    return time.perf_counter() - begin, int(played.steps.sum())


def _faster(problem: Gymnasium) -> list[str]:
    name = problem.backend.name
    if name == "compiled":
        return []
    if not why_not_compiled(problem.spec):
        return ["backend = compiled"]
    found = []
    if name in ("plain", "vector") and available_threads() > 1:
        found.append(
            f"worker processes ({available_threads()} here), which executor = auto uses if evaluation takes long"
        )
    if name != "envpool" and not why_not_together(problem.observations, problem.actions) and find_spec("envpool"):
        try:
            make_backend("envpool", problem.spec, problem.observations, problem.actions, None)
        except NeatError:
            return found
        found.append("backend = envpool, whose episodes differ from Gymnasium's")
    return found
