"""Genomes after they have learned."""

from __future__ import annotations

import numpy as np

from neat.genetics.population import Population
from neat.problems.evaluation import Evaluation


def with_learned(population: Population, evaluation: Evaluation) -> Population:
    """Return the population with the weights, biases and responses that an evaluation learned, if any.

    Inputs and bias nodes, which only send, keep their own: no file of a genome contains them.
    """
    learned = evaluation.learned
    if not learned:
        return population
    start = population.node_start
    place = np.arange(start[-1]) - np.repeat(start[:-1], np.diff(start))
    for name, values in learned.items():
        kept = np.isnan(values) if name == "weight" else np.isnan(values) | (place < population.layout.sources)
        learned[name] = np.where(kept, getattr(population, name), values)
    return population.replace(**learned)
