"""The configuration that `neat init` writes for an environment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from neat.config.modules import folder_on_path, import_beside
from neat.problems.gymnasium.problem import Gymnasium

_MOST_LISTED = 16  # inputs or outputs

_TEMPLATE = """\
# An agent for {environment} of Gymnasium.
# Every key that is left out has a default: `neat reference` lists them all.
#
{inputs}
{outputs}

[run]
generations = 100       # {generations}
# seed = 42             # the same seed gives the same run; without one, a seed is drawn and shown

[problem]
kind = gymnasium
environment = {environment}
episodes = 5            # that every genome plays in a generation; its fitness is the mean of their rewards
scaling = auto          # inputs of about -1 to 1, by what random actions show (bounds, running, none)
{limit}{threshold}

[population]
size = 150

[network]
memory = no             # yes: values are kept from step to step, for tasks that need the past
"""


def environment_config(environment: str, folder: Path) -> str:
    """Return a commented INI text, for a file in `folder`, that evolves an agent for an environment.

    Raises:
        NeatError: there is no such environment, or it does not suit networks; see `Gymnasium`.
    """
    module, _, _ = environment.rpartition(":")
    if module:
        import_beside(module, folder, environment)
    with folder_on_path(folder):
        problem = Gymnasium(environment)
    observations, actions = problem.observations, problem.actions
    inputs, outputs = len(problem.inputs), len(problem.outputs)
    if observations.start is not None:
        inputs_text = f"# It sees which of {inputs} states it is in: one input for each state, 1 for this one, else 0."
    else:
        bounds = map(_describe_range, observations.low, observations.high)
        inputs_text = _listing(f"It sees {_count(inputs)}:", problem.inputs, bounds)
    if actions.discrete:
        title = f"It chooses one of {outputs} actions, the one with the largest output:"
        outputs_text = _listing(title, problem.outputs, [""] * outputs)
    else:
        bounds = map(_describe_range, actions.low, actions.high)
        outputs_text = _listing(f"It answers with {_count(outputs)}:", problem.outputs, bounds)
    generations = "at most; a run stops as soon as the problem is solved"
    threshold = problem.spec.threshold
    if threshold is None:
        generations = "all of them: the environment does not say when it is solved"
        threshold_text = "# threshold = 0         # a mean that would solve it"
    else:
        threshold_text = f"# threshold = {threshold:<10g}# the mean that solves it"
    limit = f"max_episode_steps = {problem.limit:<4} # the environment has no limit\n"
    return _TEMPLATE.format(
        environment=environment,
        inputs=inputs_text,
        outputs=outputs_text,
        generations=generations,
        limit=limit if problem.spec.max_episode_steps is None else "",
        threshold=f"{threshold_text}, over 100 episodes that are not used in evolution",
    )


def _listing(title: str, names: Sequence[str], descriptions: Iterable[str]) -> str:
    """Return commented lines: a title, and each name with its description."""
    lines = [f"#   {name}{description}" for name, description in zip(names, descriptions, strict=True)]
    if len(lines) > _MOST_LISTED:
        lines[_MOST_LISTED:] = [f"#   ... and {len(lines) - _MOST_LISTED} more"]
    return "\n".join([f"# {title}", *lines])


def _describe_range(low: float, high: float) -> str:
    return f" from {low + 0.0:g} to {high + 0.0:g}" if math.isfinite(low) and math.isfinite(high) else ", of any size"


def _count(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
