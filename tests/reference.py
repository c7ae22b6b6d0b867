"""Plain twins of the kernels of genetics: the operators as one would write them down, slow and without arrays.

A genome is `Plain`: connections {innovation: [source, target, weight, enabled]} and nodes {id: [bias,
response, activation, aggregation]}. Chance comes from `Draws`, the plain form of a kernel's stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

import networkx as nx

from neat.config import Config
from neat.core.arithmetic_kernels import exp, log, normal_quantile
from neat.core.functions import activation, aggregation
from neat.core.randomness import Purpose, Randomness
from neat.genetics.population import Population

KINDS = ("add_node", "add_connection", "toggle", "delete_connection", "delete_node")


@dataclass
class Plain:
    key: int
    connections: dict[int, list]
    nodes: dict[int, list]

    @property
    def ends(self):
        return {(source, target) for source, target, _, _ in self.connections.values()}


class Draws:
    """The stream of one genome's key for one purpose."""

    def __init__(self, config: Config, generation: int, purpose: Purpose, key: int) -> None:
        self._randomness = Randomness(config.run.seed or 0, generation, purpose)
        self._key = key

    def uniform(self, index: int) -> float:
        return float(self._randomness.uniform(self._key, index))

    def below(self, index: int, bound: int) -> int:
        return int(self.uniform(index) * bound)

    def normal(self, index: int) -> float:
        return float(normal_quantile(self.uniform(index) * (1.0 - 2.0**-53) + 2.0**-54))


def plain(population: Population) -> list[Plain]:
    return [
        Plain(
            genome.key,
            {gene.innovation: [gene.source, gene.target, gene.weight, gene.enabled] for gene in genome.connections},
            {
                node.id: [
                    node.bias,
                    node.response,
                    activation(node.activation).code,
                    aggregation(node.aggregation).code,
                ]
                for node in genome.nodes
            },
        )
        for genome in population
    ]


def closes_cycle(ends, source, target) -> bool:
    graph = nx.DiGraph(ends)
    graph.add_nodes_from((source, target))
    return nx.has_path(graph, target, source)


def crossover(first: Plain, second: Plain | None, key: int, given: int, generation: int, config: Config) -> Plain:
    child = Plain(key, {}, {})
    if second is None:
        child.connections = {number: list(gene) for number, gene in first.connections.items()}
        child.nodes = {node: list(values) for node, values in first.nodes.items()}
        return child
    draws = Draws(config, generation, Purpose.CROSSOVER, key)
    rules = config.crossover
    draw = 0
    for number, (source, target, weight, enabled) in first.connections.items():
        if number in second.connections:
            _, _, other_weight, other_enabled = second.connections[number]
            if draws.uniform(draw + 1) < rules.blend_rate:
                weight = 0.5 * weight + 0.5 * other_weight
            elif draws.uniform(draw) < 0.5:
                weight = other_weight
            if not (enabled and other_enabled):
                enabled = draws.uniform(draw + 2) >= rules.disable_rate
            draw += 3
        child.connections[number] = [source, target, weight, enabled]
    entering = set()
    if rules.excess == "both":
        for number, gene in second.connections.items():
            if number in first.connections:
                continue
            if config.genome.acyclic and closes_cycle(child.ends, gene[0], gene[1]):
                continue
            child.connections[number] = list(gene)
            entering |= {gene[0], gene[1]}
    for node in sorted({*first.nodes, *entering}):
        if node in first.nodes and node in second.nodes:
            child.nodes[node] = list((second if draws.uniform(draw) < 0.5 else first).nodes[node])
            draw += 1
        else:
            child.nodes[node] = list((first if node in first.nodes else second).nodes[node])
    child.connections = dict(sorted(child.connections.items()))
    return child


def distance(one: Plain, other: Plain, sources: int, config: Config) -> float:
    rules = config.speciation
    matching = [number for number in one.connections if number in other.connections]
    single = set(one.connections) ^ set(other.connections)
    last = min(max(genome.connections, default=-1) for genome in (one, other))
    excess = sum(number > last for number in single)
    size = max(len(one.connections), len(other.connections))
    scale = float(size) if rules.normalise and size >= 20 else 1.0
    total = (rules.c1 * excess + rules.c2 * (len(single) - excess)) / scale
    if matching:
        apart = sum(abs(one.connections[n][2] - other.connections[n][2]) for n in matching)
        total += rules.c3 * (apart / len(matching))
    both = [node for node in one.nodes if node in other.nodes and node >= sources]
    if config.genome.bias == "attribute" and rules.c4 and both:
        total += rules.c4 * (sum(abs(one.nodes[n][0] - other.nodes[n][0]) for n in both) / len(both))
    return total


def speciate(genomes, representatives, threshold: float, most: int, sources: int, config: Config):
    """Return each genome's species and the founders, one genome after the other; at most `most` species."""
    species = [(index, representative) for index, representative in enumerate(representatives)]
    members, founders = [], []
    for place, genome in enumerate(genomes):
        old = species[: len(representatives)]
        fits = [(distance(genome, head, sources, config), index) for index, head in species]
        fits = [(apart, index) for apart, index in fits if apart < threshold]
        if config.speciation.join == "nearest" and any(index < len(old) for _, index in fits):
            members.append(min(pair for pair in fits if pair[1] < len(old))[1])
        elif fits:
            members.append(fits[0][1])
        elif len(species) < most:
            founders.append(place)
            members.append(len(species))
            species.append((len(species), genome))
        else:
            members.append(None)
    for place, genome in enumerate(genomes):
        if members[place] is None:
            members[place] = min((distance(genome, head, sources, config), index) for index, head in species)[1]
    return members, founders


class Tracker:
    """The innovation tracker, as two dicts."""

    def __init__(self, first_node: int, source, target, split, turn) -> None:
        self.first_node = first_node
        self.pairs = list(zip(source, target, strict=True))
        self.splits = list(zip(split, turn, strict=True))

    def connection(self, source: int, target: int) -> int:
        if (source, target) not in self.pairs:
            self.pairs.append((source, target))
        return self.pairs.index((source, target))

    def node(self, split: int, genome: Plain) -> int:
        turn = 0
        while True:
            if (split, turn) not in self.splits:
                self.splits.append((split, turn))
            node = self.first_node + self.splits.index((split, turn))
            if node not in genome.nodes:
                return node
            turn += 1


def maturity(genomes, layout):
    """Return how far genomes have grown, from 0 to 1."""
    hidden = sum(len(genome.nodes) - layout.given for genome in genomes) / len(genomes)
    return 0.0 if layout.memory else min(max((hidden - 0.5) / 1.5, 0.0), 1.0)


def auto(value, small, grown, amount):
    """Return a setting that may be `auto`."""
    return small + amount * (grown - small) if value == "auto" else value


def mixed(draws, changes, count, config, power, memory):
    """Return the step of a genome's values, and the shares that are perturbed and replaced."""
    rules = config.mutation
    kind = rules.kind if rules.kind != "auto" else "gaussian" if memory else "mixed"
    if kind != "mixed" or draws.uniform(2**40 + 3 * changes) < (16 / max(count, 1)) ** 2:
        return power, rules.perturb, rules.replace
    step = 0.005 * exp(draws.uniform(2**40 + 3 * changes + 1) * log(0.5 / 0.005))
    share = [1.5 / count, 0.3, 1.0][int(3 * draws.uniform(2**40 + 3 * changes + 2))]
    return step * power, min(share, 1.0 - 0.2 * rules.replace), 0.2 * rules.replace


def change(value, draws, draw, config, how, wide, limit, centre=0.0):
    power, perturb, replace = how
    rules = config.mutation
    choice = draws.uniform(draw)
    if choice < perturb:
        if rules.kind in ("auto", "gaussian", "mixed"):
            value += draws.normal(draw + 1) * power
        elif rules.kind == "scale":
            value *= 2.0 * draws.uniform(draw + 1)
        else:
            value += (2.0 * draws.uniform(draw + 1) - 1.0) * power
    elif choice < perturb + replace:
        value = centre + (2.0 * draws.uniform(draw + 1) - 1.0) * wide
    return max(-limit, min(limit, value))


def mutate(genomes, mutable, layout, generation: int, tracker: Tracker, config: Config):
    """Mutate plain genomes in place: structure is drawn, values change, then new structure enters."""
    proposals, grown = [], maturity(genomes, layout)
    for genome, may in zip(genomes, mutable, strict=True):
        draws = Draws(config, generation, Purpose.STRUCTURE, genome.key)
        kinds = _kinds(draws, config, grown) if may else []
        before = len(genome.connections)
        _delete(genome, kinds, draws, layout)
        proposals.append(_propose(genome, kinds, draws, layout, config))
        structural = any(part is not None for part in proposals[-1]) or len(genome.connections) != before
        if may and not (config.mutation.exclusive and structural):
            _change_values(genome, layout, generation, config)
    for genome, (toggled, _, _) in zip(genomes, proposals, strict=True):
        if toggled is not None:
            genome.connections[toggled][3] = not genome.connections[toggled][3]
    numbers = [None if new is None else tracker.connection(*new) for _, _, new in proposals]
    nodes = [
        None if split is None else tracker.node(split, genome)
        for genome, (_, split, _) in zip(genomes, proposals, strict=True)
    ]
    for genome, (_, split, new), number, node in zip(genomes, proposals, numbers, nodes, strict=True):
        draws = Draws(config, generation, Purpose.STRUCTURE, genome.key)
        if split is not None:
            source, target, weight, _ = genome.connections[split]
            genome.connections[split][3] = False
            halves = [tracker.connection(source, node), tracker.connection(node, target)]
            genome.connections[halves[0]] = [source, node, min(1.0, config.genome.weight_limit), True]
            genome.connections[halves[1]] = [node, target, weight, True]
            rules = config.genome
            genome.nodes[node] = [
                0.0,
                min(1.0, rules.response_limit),
                activation(rules.activation).code,
                aggregation(rules.aggregation).code,
            ]
        if new is not None:
            weight = (2.0 * draws.uniform(14) - 1.0) * config.genome.weight_range
            genome.connections[number] = [*new, weight, True]
        genome.connections = dict(sorted(genome.connections.items()))
        genome.nodes = dict(sorted(genome.nodes.items()))


def _kinds(draws, config, grown):
    rates = config.mutation
    if not rates.growth:
        return []
    chances = {kind: getattr(rates, kind) for kind in KINDS}
    chances["add_node"] = auto(rates.add_node, 0.03, 0.3, grown)
    chances["add_connection"] = auto(rates.add_connection, 0.3, 0.8, grown)
    kinds = [kind for place, kind in enumerate(KINDS) if chances[kind] and draws.uniform(place) < chances[kind]]
    while rates.max_structural is not None and len(kinds) > rates.max_structural:
        del kinds[draws.below(5 + len(kinds) - 1, len(kinds))]
    return kinds


def _delete(genome, kinds, draws, layout):
    if not {"delete_node", "delete_connection"} & set(kinds):
        return
    hidden = [node for node in genome.nodes if node >= layout.given]
    if "delete_node" in kinds and hidden:
        gone = hidden[draws.below(10, len(hidden))]
        genome.connections = {n: gene for n, gene in genome.connections.items() if gone not in gene[:2]}
    if "delete_connection" in kinds and genome.connections:
        del genome.connections[list(genome.connections)[draws.below(11, len(genome.connections))]]
    touched = {end for pair in genome.ends for end in pair}
    genome.nodes = {n: values for n, values in genome.nodes.items() if n < layout.given or n in touched}


def _propose(genome, kinds, draws, layout, config):
    numbers, nodes = list(genome.connections), list(genome.nodes)
    toggled = split = new = None
    if "toggle" in kinds and numbers:
        toggled = numbers[draws.below(12, len(numbers))]
    if "add_node" in kinds:
        bias = len(layout.inputs) if layout.bias_node else -1
        eligible = [
            number for number, gene in genome.connections.items() if gene[3] != (number == toggled) and gene[0] != bias
        ]
        if eligible:
            split = eligible[draws.below(13, len(eligible))]
    if "add_connection" in kinds:
        for attempt in range(20):
            source = nodes[draws.below(15 + 2 * attempt, len(nodes))]
            target = nodes[layout.sources + draws.below(16 + 2 * attempt, len(nodes) - layout.sources)]
            if (source, target) in genome.ends:
                continue
            if config.genome.acyclic and closes_cycle(genome.ends, source, target):
                continue
            new = (source, target)
            break
    return toggled, split, new


def _change_values(genome, layout, generation, config):
    rates, rules = config.mutation, config.genome
    draws = Draws(config, generation, Purpose.WEIGHTS, genome.key)
    if draws.uniform(0) < rates.weight_rate:
        how = mixed(draws, 0, len(genome.connections), config, rates.weight_power, layout.memory)
        for place, gene in enumerate(genome.connections.values()):
            gene[2] = change(
                gene[2],
                draws,
                1 + 2 * place,
                config,
                how,
                rules.weight_range,
                rules.weight_limit,
            )
    draws = Draws(config, generation, Purpose.NODES, genome.key)
    bias = rules.bias == "attribute" and draws.uniform(0) < rates.bias_rate
    response = draws.uniform(1) < rates.response_rate
    count = len(genome.nodes) - layout.sources
    bias_change = mixed(draws, 0, count, config, rates.bias_power, layout.memory)
    response_change = mixed(draws, 1, count, config, rates.response_power, layout.memory)
    for place, values in enumerate(genome.nodes.values()):
        if place < layout.sources:
            continue
        draw = 8 + 4 * place
        if bias:
            wide, limit = rules.bias_range, rules.bias_limit
            values[0] = change(values[0], draws, draw, config, bias_change, wide, limit)
        if response:
            power, limit = rates.response_power, rules.response_limit
            values[1] = change(values[1], draws, draw + 2, config, response_change, power, limit, 1.0)
    hidden = [node for node in genome.nodes if node >= layout.given]
    if hidden and draws.uniform(2) < rates.activation_rate:
        names = rules.activation_options or (rules.activation,)
        genome.nodes[hidden[draws.below(3, len(hidden))]][2] = activation(names[draws.below(4, len(names))]).code
    if hidden and draws.uniform(5) < rates.aggregation_rate:
        names = rules.aggregation_options or (rules.aggregation,)
        genome.nodes[hidden[draws.below(6, len(hidden))]][3] = aggregation(names[draws.below(7, len(names))]).code


def shares(score, members, species: int, sharing: str) -> list[float]:
    """Return fitness sharing as the paper's equation 2 has it, or by mean ranks."""
    if sharing == "rank":
        value = [sum(s < mine for s in score) + (sum(s == mine for s in score) + 1) / 2 for mine in score]
    else:
        value = [mine - min(0.0, *score) for mine in score]
    return [fmean([v for v, m in zip(value, members, strict=True) if m == s]) for s in range(species)]


def parents(key, home, order, starts, survivors, breeding, score, size, generation: int, config: Config):
    """Return (fitter parent, other or -1, whether the child is mutated) of one child of species `home`."""
    draws, rules = Draws(config, generation, Purpose.PARENTS, key), config.reproduction
    one = order[starts[home] + draws.below(0, survivors[home])]
    if not config.crossover.mating or draws.uniform(1) < rules.unmated:
        return one, -1, True
    away = home
    if len(breeding) > 1 and draws.uniform(2) < rules.interspecies:
        others = [species for species in breeding if species != home]
        away = others[draws.below(3, len(others))]
    other = order[starts[away] + draws.below(4, survivors[away])]
    if score[one] == score[other]:
        swap = draws.uniform(5) < 0.5
        if config.crossover.equal == "smaller" and size[one] != size[other]:
            swap = size[other] < size[one]
    else:
        swap = score[other] > score[one]
    first, second = (other, one) if swap else (one, other)
    return first, second, draws.uniform(6) < rules.mutate_mated
