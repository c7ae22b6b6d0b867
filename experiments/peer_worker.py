"""One measurement of neat-python, in a process and an environment of its own: what `speed.py --peer` runs.

The argument is a JSON object, the name of a function below and what it is called with; the answer is a JSON object on
the last line. Here `neat` is neat-python: its settings follow `configs/xor.ini` as closely as both programs allow; in
what they still differ, `speed.py` says.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import time
from itertools import pairwise, product
from typing import Any

import gymnasium
from neat.reporting import BaseReporter

import neat  # neat-python

ROWS = [(float(a), float(b), float(a != b)) for a, b in product((0, 1), repeat=2)]
SETTINGS = """
[NEAT]
fitness_criterion      = max
fitness_threshold      = 0
no_fitness_termination = True
reset_on_extinction    = False
pop_size               = {size}
seed                   = {seed}

[DefaultGenome]
num_inputs              = {inputs}
num_outputs             = {outputs}
num_hidden              = 0
feed_forward            = True
initial_connection      = full_direct
activation_default      = sigmoid
activation_options      = sigmoid
activation_mutate_rate  = 0
aggregation_default     = sum
aggregation_options     = sum
aggregation_mutate_rate = 0
bias_init_type          = uniform
bias_init_mean          = 0
bias_init_stdev         = 0.5
bias_min_value          = -8
bias_max_value          = 8
bias_mutate_power       = 2.5
bias_mutate_rate        = 0.72
bias_replace_rate       = 0.08
weight_init_type        = uniform
weight_init_mean        = 0
weight_init_stdev       = 0.5
weight_min_value        = -8
weight_max_value        = 8
weight_mutate_power     = 2.5
weight_mutate_rate      = 0.72
weight_replace_rate     = 0.08
response_init_type      = gaussian
response_init_mean      = 1
response_init_stdev     = 0
response_min_value      = -8
response_max_value      = 8
response_mutate_power   = 0
response_mutate_rate    = 0
response_replace_rate   = 0
enabled_default         = True
enabled_mutate_rate     = 0
compatibility_disjoint_coefficient = 1.0
compatibility_weight_coefficient   = 0.4
conn_add_prob           = 0.2
conn_delete_prob        = 0
node_add_prob           = 0.03
node_delete_prob        = 0
single_structural_mutation = False
structural_mutation_surer  = False

[TargetedSpecies]
compatibility_threshold = 3.0

[DefaultStagnation]
species_fitness_func = max
max_stagnation       = 15
species_elitism      = 2

[DefaultReproduction]
elitism            = 1
survival_threshold = 0.2
min_species_size   = 1
"""


class TargetedSpecies(neat.DefaultSpeciesSet):
    """Species whose threshold moves by 1.05 towards a target number of them, as this engine's does."""

    target = 10

    def speciate(self, config: Any, population: Any, generation: int) -> None:
        """Move the threshold by the species of the last generation, then speciate."""
        rules, found = self.species_set_config, len(self.species)
        if generation and found != self.target:
            rules.compatibility_threshold *= 1.05 if found > self.target else 1 / 1.05
        super().speciate(config, population, generation)


class Clock(BaseReporter):
    """Notes how long generations take, and how large their genomes are; counting genes is not part of the time."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.begins: list[float] = []
        self.shapes: list[dict[str, float]] = []
        self.counting = 0.0

    def start_generation(self, generation: int) -> None:
        """Note the time, without that of counting."""
        self.begins.append(time.perf_counter() - self.counting)

    def post_evaluate(self, config: Any, population: Any, species: Any, best: Any) -> None:
        """Count the genes of a generation that is measured."""
        began, genomes = time.perf_counter(), population.values()
        if len(self.begins) > self.first:
            self.shapes.append(
                {
                    "connections": statistics.fmean(len(genome.connections) for genome in genomes),
                    "hidden": statistics.fmean(len(genome.nodes) for genome in genomes) - 1,
                    "species": len(species.species),
                }
            )
        self.counting += time.perf_counter() - began


def generations(size: int, first: int, last: int, seeds: list[int], target: int) -> dict[str, Any]:
    """Time whole generations of XOR, from `first` to `last`, of a run for every seed."""
    TargetedSpecies.target = target
    seconds, shapes = [], []
    for seed in seeds:
        population, clock = neat.Population(_config(size, seed, inputs=2, outputs=1)), Clock(first)
        population.add_reporter(clock)
        population.run(_judge_xor, last + 1)
        clock.start_generation(last + 1)
        seconds += [end - begin for begin, end in pairwise(clock.begins[first:])]
        shapes += clock.shapes
    return {
        "milliseconds": statistics.median(seconds) * 1e3,
        "measured_generations": len(seconds),
        **{name: statistics.fmean(shape[name] for shape in shapes) for name in shapes[0]},
    }


def cartpole(agents: str, repeats: int) -> dict[str, Any]:
    """Time episodes of the agents in a file that this engine wrote: networks are made, then play one by one."""
    with open(agents, encoding="utf-8") as file:
        given = json.load(file)
    config = _config(len(given["genomes"]), 1, inputs=4, outputs=2)
    config.genome_config.add_activation("steep_sigmoid", _steep_sigmoid)
    genomes = [_genome(key, genome) for key, genome in enumerate(given["genomes"])]
    environment = gymnasium.make("CartPole-v1")
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        steps = sum(_play(genome, config, environment, given["seeds"]) for genome in genomes)
        seconds.append(time.perf_counter() - began)
    return {
        "microseconds_per_step": statistics.median(seconds) / steps * 1e6,
        "milliseconds": statistics.median(seconds) * 1e3,
        "episode_length": steps / len(genomes) / len(given["seeds"]),
    }


def _config(size: int, seed: int, inputs: int, outputs: int) -> Any:
    text = SETTINGS.format(size=size, seed=seed, inputs=inputs, outputs=outputs)
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(text)
        file.flush()
        parts = neat.DefaultGenome, neat.DefaultReproduction, TargetedSpecies, neat.DefaultStagnation
        return neat.Config(*parts, file.name)


def _judge_xor(genomes: list[Any], config: Any) -> None:
    for _, genome in genomes:
        network = neat.nn.FeedForwardNetwork.create(genome, config)
        error = sum(abs(network.activate((a, b))[0] - y) for a, b, y in ROWS)
        genome.fitness = (4.0 - error) ** 2


def _steep_sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, 4.9 * z))))


def _genome(key: int, given: dict[str, Any]) -> Any:
    """Return a genome of CartPole as neat-python has it: inputs are -1 to -4, the outputs 0 and 1."""
    genome = neat.DefaultGenome(key)
    names = {place: -place - 1 for place in range(4)} | {4: 0, 5: 1}
    for number, bias, response, activation, aggregation, *_ in given["nodes"]:
        name = names.get(number, number)
        if name >= 0:
            node = genome.nodes[name] = neat.genes.DefaultNodeGene(name)
            node.bias, node.response, node.activation, node.aggregation = bias, response, activation, aggregation
    for source, target, weight, enabled, innovation in given["connections"]:
        ends = names.get(source, source), names.get(target, target)
        connection = genome.connections[ends] = neat.genes.DefaultConnectionGene(ends, innovation=innovation)
        connection.weight, connection.enabled = weight, enabled
    return genome


def _play(genome: Any, config: Any, environment: Any, seeds: list[int]) -> int:
    """Let a genome play an episode for every seed; return the steps taken."""
    network, total, steps = neat.nn.FeedForwardNetwork.create(genome, config), 0.0, 0
    for seed in seeds:
        observation, _ = environment.reset(seed=seed)
        over = False
        while not over:
            left, right = network.activate(observation)
            observation, reward, terminated, truncated, _ = environment.step(int(right > left))
            total += reward
            steps += 1
            over = terminated or truncated
    genome.fitness = total / len(seeds)
    return steps


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(globals()[asked.pop("measure")](**asked)))
