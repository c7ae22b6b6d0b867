"""`neat check`: what a configuration would run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neat.cli.terminal import say, warn
from neat.config import Config
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.evolution.islands import islands_keys, total_size
from neat.evolution.loop import initialize
from neat.learning.configured import problem_of
from neat.network import compile_networks
from neat.problems.gymnasium.problem import Gymnasium
from neat.problems.protocol import Problem, check_settings
from neat.store.provenance import with_absolute_paths

_TIMED_GENOMES = 50
_MOST_NAMES = 6  # inputs or outputs that are listed by name


def check_config(config: Config, path: Path) -> None:
    """Make the problem of a configuration, and print what would be run."""
    with_absolute_paths(config)  # rejects a path that no configuration can hold
    problem = problem_of(config)
    check_settings(problem, config)
    warnings = _environment_warnings(problem)
    stepping = _stepping(config, problem)
    settings, kind = config.run, "" if config.problem is None else config.problem.kind
    ends: dict[object, str] = {"solved": "or until it is solved", None: "all of them"}
    if isinstance(problem, Gymnasium) and problem.threshold is None:
        ends["solved"] = "all of them, since nothing says when it is solved"
    end = ends.get(settings.stop_fitness, f"or until fitness {settings.stop_fitness}")
    say(
        f"{path} is valid",
        f"problem      {kind}: {_named(problem.inputs, 'input')}; {_named(problem.outputs, 'output')}",
        f"population   {_population(config)}",
        f"generations  {settings.generations}, {end}",
        f"seed         {'drawn at the start' if settings.seed is None else settings.seed}",
        *stepping,
    )
    for warning in warnings:
        warn(f"warning: {warning}")


def _population(config: Config) -> str:
    size, islands = f"{config.population.size:,} genomes", islands_keys(config).count
    return size if islands == 1 else f"{size} on each of {islands} islands"


def _environment_warnings(problem: Problem) -> list[str]:
    """Try the environment of a Gymnasium problem; raise NeatError if runs would fail or not be reproducible."""
    if not isinstance(problem, Gymnasium):
        return []
    from neat.problems.gymnasium.environment_check import check_environment

    found = check_environment(problem)
    if found.faults:
        raise NeatError(*(f"{problem.spec.id}: {fault}" for fault in found.faults))
    return [f"{problem.spec.id}: {warning}" for warning in found.warnings]


def _stepping(config: Config, problem: Problem) -> list[str]:
    """Return lines that say how a Gymnasium environment is stepped, and what a generation costs."""
    if not isinstance(problem, Gymnasium):
        return []
    from neat.problems.gymnasium.step_cost import step_cost

    genomes = initialize(config, problem).population
    cost = step_cost(problem, compile_networks(genomes, which=range(min(_TIMED_GENOMES, len(genomes)))))
    episodes = problem.keys.episodes
    most = cost.seconds * total_size(config) * episodes * problem.limit
    lines = [
        f"stepped      {cost.how}, {_short_duration(cost.seconds)} a step here",
        f"generation   up to {_duration(most)} of one core: when every genome's {counted(episodes, 'episode')} "
        f"{'lasts' if episodes == 1 else 'last'} {problem.limit:,} steps",
    ]
    return lines + [f"faster       {'; or '.join(cost.faster)}"] * bool(cost.faster)


def _short_duration(seconds: float) -> str:
    return f"{seconds * 1e6:.2g} us" if seconds < 95e-6 else f"{seconds * 1e3:.2g} ms"


def _duration(seconds: float) -> str:
    if seconds < 90.0:
        return f"{seconds:.2g} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 5400.0 else f"{seconds / 3600.0:.1f} h"


def _named(names: Sequence[str], what: str) -> str:
    listed = ", ".join(map(str, list(names)[:_MOST_NAMES])) + (", ..." if len(names) > _MOST_NAMES else "")
    return f"{counted(len(names), what)} ({listed})"
