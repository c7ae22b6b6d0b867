"""The settings with which a generation reproduces."""

import numpy as np
import pytest

import neat

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
#: The values of the settings that are `auto` for small genomes.
SMALL = {
    "mutation": {"kind": "gaussian", "add_node": 0.03, "add_connection": 0.3},
    "speciation": {"target_species": "auto"},
    "reproduction": {"survival": 0.2, "unmated": 0.25},
}


class Noisy(neat.Problem):
    """XOR, with noise that differs from generation to generation."""

    inputs, outputs, deterministic = 2, 1, False

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        """Return minus the mean squared error, with noise."""
        outputs = neat.activate_rows(networks, np.array(ROWS, np.float64))
        noise = context.rng.uniform(networks.key, 0)
        return neat.Evaluation(-((outputs - TARGETS) ** 2).mean(axis=(1, 2)) + 0.1 * noise)


def evolved(problem: neat.Problem, **sections: object) -> list[bytes]:
    """Return the weights of 20 generations that begin with hidden nodes."""
    start = {"size": 60, "start": "layers", "layers": [4]}
    config = neat.Config(run={"seed": 1, "generations": 20, "stop_fitness": "none"}, population=start, **sections)
    return [generation.population.weight.tobytes() for generation in neat.evolve(config, problem)]


@pytest.mark.parametrize(("noisy", "memory", "same"), [(True, False, True), (False, True, True), (False, False, False)])
def test_with_noise_or_memory_settings_stay_those_for_small_genomes(noisy: bool, memory: bool, same: bool) -> None:
    problem = Noisy() if noisy else neat.Dataset(ROWS, TARGETS, measure="mse")
    network = {"network": {"memory": memory}}
    assert (evolved(problem, **network) == evolved(problem, **network, **SMALL)) == same
