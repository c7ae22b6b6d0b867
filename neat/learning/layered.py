"""Layered genomes: the classic feed-forward network, as a genome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from neat.config import GenomeKeys, MutationKeys, PopulationKeys
from neat.config.arguments import argument_error, whole
from neat.config.sections import LARGEST_LAYER, LAYER_WEIGHTS
from neat.config.value_types import list_items
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.genetics.genome import Genome
from neat.genetics.initialization import initialize
from neat.genetics.layout import Layout, names


def layered_genome(
    inputs: int | Sequence[str],
    outputs: int | Sequence[str],
    hidden: Sequence[int],
    *,
    activation: str = "relu",
    output_activation: str = "linear",
    weights: Literal["range", "he", "xavier"] = "he",
    bias: Literal["attribute", "node", "none"] = "attribute",
    seed: int = 0,
) -> Genome:
    """Return a genome with full connections from each layer to the next.

    Args:
        inputs, outputs: names, or their number.
        hidden: the sizes of the hidden layers; empty for none.
        activation, output_activation: of the hidden nodes and of the outputs.
        weights: how initial weights are drawn: `he` suits relu and its relatives, `xavier` tanh and sigmoid, and
            `range` is uniform within plus or minus 2.5. Biases begin at 0, except with `range`.
        bias: a bias of every node, a bias node, or none.
        seed: of the weights.

    Raises:
        NeatError: an argument is not allowed.
    """
    whole("seed", seed)
    sizes = list_items(hidden)
    if sizes is None:
        raise argument_error("hidden", hidden, "a list of the sizes of the hidden layers, which may be empty")
    layers = tuple(whole("hidden", size, 1, LARGEST_LAYER) for size in sizes)
    if not isinstance(weights, str) or weights not in LAYER_WEIGHTS:
        raise argument_error("weights", weights, f"one of {', '.join(LAYER_WEIGHTS)}")
    population = PopulationKeys(
        size=2,
        start="layers" if layers else "full",
        layers=layers,
        layer_weights=weights if layers else "range",
    )
    genome = GenomeKeys(bias=bias, activation=activation, output_activation=output_activation, acyclic=True)
    layout = Layout(names(inputs, "x"), names(outputs, "y"), bias == "node")
    rng = Randomness(seed, FIRST_GENERATION, Purpose.OPERATOR_INITIALIZE)
    made, _ = initialize(layout, None, rng, population, genome, MutationKeys(), 1)
    return made[0]
