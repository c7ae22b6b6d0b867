"""The activation functions that `auto` stands for."""

from __future__ import annotations

from dataclasses import replace

from neat.config.config import Config

_HIDDEN, _HIDDEN_WITH_MEMORY = "sin", "steep_sigmoid"
_OUTPUT, _OUTPUT_OF_TABLES = "steep_sigmoid", "sigmoid"


def with_activations(config: Config, *, fine_grained: bool) -> Config:
    """Return a configuration that names the activation functions which are `auto`.

    Hidden nodes are sine waves, a few of which suffice for shapes that bend often; with memory, steep sigmoids, which
    keep a value. Outputs are steep sigmoids, which decide; where fitness is fine-grained, as on tables, gentler ones.
    """
    genome, memory = config.genome, config.network.memory
    hidden, output = genome.activation, genome.output_activation
    if hidden != "auto" and output != "auto":
        return config
    if output == "auto":
        output = "same" if hidden != "auto" else _OUTPUT_OF_TABLES if fine_grained and not memory else _OUTPUT
    if hidden == "auto":
        hidden = _HIDDEN_WITH_MEMORY if memory else _HIDDEN
    return replace(config, genome=replace(genome, activation=hidden, output_activation=output))
