"""A configuration to begin with: what `neat init` writes for an environment."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from neat.config.modules import beside, import_beside
from neat.problems.gymnasium.problem import Gymnasium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_LISTED = 16


def environment_config(environment: str, folder: Path) -> str:
    """Return a commented INI text, for a file in `folder`, that evolves an agent for an environment.

    Raises:
        NeatError: there is no such environment, or it is none for networks; as `Gymnasium` says.
    """
    module, _, _ = environment.rpartition(":")
    if module:
        import_beside(module, folder, environment)
    with beside(folder):
        problem = Gymnasium(environment)
    return "\n".join([*_head(problem), ""])


def _head(problem: Gymnasium) -> Iterator[str]:
    keys, recipe = problem.keys, problem.recipe
    threshold = recipe.threshold
    name = keys.environment
    yield f"# An agent for {name} of Gymnasium."
    yield "# Every key that is left out has a default: `neat reference` lists them all."
    yield "#"
    if problem.observations.discrete:
        yield f"# It sees which of {len(problem.inputs)} states it is in: so many numbers, one of them 1, the others 0."
    else:
        yield f"# It sees {_counted(len(problem.inputs), 'number')}:"
        yield from _listed(problem.inputs, problem.observations.low, problem.observations.high)
    if problem.actions.discrete:
        yield f"# It does one of {len(problem.outputs)} things, the one with the largest output:"
        yield from _listed(problem.outputs)
    else:
        yield f"# It answers with {_counted(len(problem.outputs), 'number')}:"
        yield from _listed(problem.outputs, problem.actions.low, problem.actions.high)
    yield ""
    yield "[run]"
    if threshold is None:
        yield "generations = 100       # all of them: the environment does not say when it is solved"
    else:
        yield "generations = 100       # at most; a run stops as soon as the problem is solved"
    yield "# seed = 42             # same seed, same run; without one, a seed is drawn and shown"
    yield ""
    yield "[problem]"
    yield "kind = gymnasium"
    yield f"environment = {name}"
    yield "episodes = 5            # that every genome plays in a generation; its fitness is the mean of their rewards"
    yield "scaling = bounds        # inputs from -1 to 1 where the environment says how large they get (none, running)"
    if recipe.most_steps is None:
        yield f"max_episode_steps = {problem.limit:<4} # the environment has no limit of its own"
    if threshold is None:
        yield "# threshold = 0         # a mean that would solve it, over 100 episodes that evolution never saw"
    else:
        yield f"# threshold = {threshold:<10g}# the mean that solves it, over 100 episodes that evolution never saw"
    yield ""
    yield "[population]"
    yield "size = 150"
    yield ""
    yield "[network]"
    yield "memory = no             # yes: values stay from step to step, for what cannot be seen at once"


def _listed(names: Sequence[str], low: object = None, high: object = None) -> Iterator[str]:
    for place, name in enumerate(names[:_MOST_LISTED]):
        yield f"#   {name}{'' if low is None else _range(low[place], high[place])}"  # type: ignore[index]
    if len(names) > _MOST_LISTED:
        yield f"#   ... and {len(names) - _MOST_LISTED} more"


def _range(low: float, high: float) -> str:
    return f" from {low + 0.0:g} to {high + 0.0:g}" if math.isfinite(low) and math.isfinite(high) else ", of any size"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
