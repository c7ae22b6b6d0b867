"""The settings with which a generation reproduces."""

import numpy as np
import pytest

import neat

ROWS, TARGETS = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
#: The values of the settings that are `auto` for small genomes.
SMALL = {
    "mutation": {"kind": "gaussian", "add_node": 0.1, "add_connection": 0.3},
    "speciation": {"target_species": "auto"},
    "reproduction": {"survival": 0.2, "unmated": 0.25},
}


class Xor(neat.Problem):
    """XOR, with noise that differs from generation to generation unless the problem is deterministic."""

    inputs, outputs = 2, 1

    def __init__(self, deterministic: bool, fine_grained: bool) -> None:
        self.deterministic, self.fine_grained = deterministic, fine_grained

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        """Return minus the mean squared error, with noise."""
        outputs = neat.activate_rows(networks, np.array(ROWS, np.float64))
        noise = 0.0 if self.deterministic else context.rng.uniform(networks.key, 0)
        return neat.Evaluation(-((outputs - TARGETS) ** 2).mean(axis=(1, 2)) + 0.1 * noise)


def evolved(problem: neat.Problem, **sections: object) -> list[bytes]:
    """Return the weights of 20 generations that begin with hidden nodes."""
    start = {"size": 60, "start": "layers", "layers": [4]}
    config = neat.Config(run={"seed": 1, "generations": 20, "stop_fitness": "none"}, population=start, **sections)
    return [generation.population.weight.tobytes() for generation in neat.evolve(config, problem)]


@pytest.mark.parametrize(
    ("deterministic", "fine_grained", "memory", "same"),
    [
        (True, True, False, False),
        (False, True, False, True),
        (True, False, False, True),
        (True, True, True, True),
    ],
)
def test_settings_change_only_where_fitness_shows_small_improvements(
    deterministic: bool, fine_grained: bool, memory: bool, same: bool
) -> None:
    problem, network = Xor(deterministic, fine_grained), {"network": {"memory": memory}}
    small = {**SMALL, "mutation": {**SMALL["mutation"], "add_node": 0.03 if memory else 0.1}}
    assert (evolved(problem, **network) == evolved(problem, **network, **small)) == same


def test_tables_are_fine_grained() -> None:
    table = neat.Dataset(ROWS, TARGETS, measure="mse")
    assert evolved(table) == evolved(Xor(True, True)) != evolved(table, **SMALL)
    assert table.fine_grained and not neat.Gymnasium("CartPole-v1").fine_grained


@pytest.mark.parametrize("fine_grained", [False, True])
def test_ask_and_tell_says_whether_fitness_is_fine_grained(fine_grained: bool) -> None:
    start = {"size": 60, "start": "layers", "layers": [4]}
    config = neat.Config(run={"seed": 1, "generations": 20, "stop_fitness": "none"}, population=start)
    problem = Xor(True, fine_grained)
    state = neat.initialize(config, problem)
    for expected in neat.evolve(config, problem):
        assert state.population == expected.population
        generation = neat.tell(state, expected.evaluation, config, fine_grained=fine_grained)
        state = neat.reproduce(generation, config)
