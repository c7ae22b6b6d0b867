"""The choice of a backend: how an environment is stepped. It depends on the environment, never on what is installed."""

from __future__ import annotations

from typing import Any

from neat.core.errors import NeatError
from neat.problems.gymnasium.actions import Actions
from neat.problems.gymnasium.classic import Compiled, why_not_compiled
from neat.problems.gymnasium.environment import EnvironmentSpec
from neat.problems.gymnasium.episodes import Backend
from neat.problems.gymnasium.observations import Observations
from neat.problems.gymnasium.plain import Plain
from neat.problems.gymnasium.together import why_not_together


def make_backend(name: str, spec: EnvironmentSpec, observations: Observations, actions: Actions, made: Any) -> Backend:
    """Return the backend with a name; `auto` is `compiled` where there is a compiled form, else `plain`.

    Args:
        name: of the backend, as in the configuration.
        spec: how the environment is made.
        observations, actions: of the environment.
        made: an environment that may be used, or None.

    Raises:
        NeatError: the environment cannot be stepped so.
    """
    plain = Plain(spec, observations, actions, made)
    if name in ("auto", "compiled"):
        reason = why_not_compiled(spec)
        if not reason:
            return Compiled(spec, actions, plain)
        if name == "compiled":
            raise NeatError(f"backend = compiled: {reason} (set backend = auto)")
    if name in ("vector", "envpool"):
        if reason := why_not_together(observations, actions):
            raise NeatError(f"backend = {name}: {reason} (set backend = auto)")
        if name == "envpool":
            from neat.problems.gymnasium.envpool import EnvPool

            return EnvPool(spec, observations, actions, plain)
        from neat.problems.gymnasium.vector import Vector

        return Vector(spec, observations, actions, plain)
    return plain
