"""The initial genomes that `[population] start = auto` stands for."""

from __future__ import annotations

from dataclasses import replace

from neat.config.config import Config

#: Connections of an initial genome; with more of them, evolution would mostly wait.
MOST_CONNECTIONS = 10_000


def with_start(config: Config, connections: int) -> Config:
    """Return a configuration that names the initial genomes if they are `auto`.

    They have all `connections` between inputs and outputs; if these are more than `MOST_CONNECTIONS`, as where networks
    see pictures, they have one connection each.
    """
    if config.population.start != "auto":
        return config
    start = "full" if connections <= MOST_CONNECTIONS else "one"
    return replace(config, population=replace(config.population, start=start))
