"""Names and settings of neat-python, another package that is imported as `neat`, with their counterparts here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ITS_HOME = "neat-python needs a virtual environment of its own, with `pip install neat-python`"

_NETWORK = "neat.compile(genome) returns a network, and network(inputs) its outputs"
_WATCH = "neat.run(config, watch=print), or a function of your own that is called with each generation"
_HISTORY = "neat.run(config, out=FOLDER) keeps every generation, and neat.History(FOLDER) reads them"
_SAVED = "neat.run(config, out=FOLDER) saves the run as it goes, and neat.resume(FOLDER) continues it"
_PARALLEL = "neat.run uses every core ([run] threads), and neat.run_seeds(config, seeds, jobs=N) worker processes"
_GENOME = "the sections [genome], [mutation] and [crossover] of the configuration"
_SPECIES = "the section [speciation] of the configuration"
_REPRODUCTION = "the section [reproduction] of the configuration"
_FUNCTIONS = "[genome] activation_options and aggregation_options (`neat reference` lists the functions)"
_CONFIG = 'neat.load("FILE.ini") reads a configuration, and neat.Config(run={...}, problem={...}) makes one'
_RUN = "neat.run(config, problem), with a problem made by @neat.problem(inputs=2, outputs=1)"

#: Public names and modules of neat-python, with their counterparts here; None where there is none.
NAMES: Mapping[str, str | None] = {
    **dict.fromkeys(("nn", "FeedForwardNetwork", "RecurrentNetwork", "feed_forward", "recurrent"), _NETWORK),
    **dict.fromkeys(("ctrnn", "CTRNN", "iznn", "IZNN", "IZGenome"), None),
    **dict.fromkeys(("config", "ConfigParameter", "DefaultClassConfig", "UnknownConfigItemError"), _CONFIG),
    **dict.fromkeys(("StdOutReporter", "BaseReporter", "ReporterSet", "reporting"), _WATCH),
    **dict.fromkeys(("StatisticsReporter", "statistics"), _HISTORY),
    **dict.fromkeys(("Checkpointer", "checkpoint"), _SAVED),
    **dict.fromkeys(
        ("ParallelEvaluator", "ThreadedEvaluator", "DistributedEvaluator", "parallel", "threaded", "distributed"),
        _PARALLEL,
    ),
    **dict.fromkeys(("DefaultGenome", "DefaultGenomeConfig", "genome"), _GENOME),
    **dict.fromkeys(("DefaultNodeGene", "DefaultConnectionGene", "genes", "attributes"), _GENOME),
    **dict.fromkeys(("DefaultSpeciesSet", "GenomeDistanceCache", "species"), _SPECIES),
    **dict.fromkeys(("DefaultReproduction", "DefaultStagnation", "reproduction", "stagnation"), _REPRODUCTION),
    **dict.fromkeys(("activations", "aggregations"), _FUNCTIONS),
    **dict.fromkeys(("population", "CompleteExtinctionException"), _RUN),
    "visualize": "neat.export.draw(genome) and neat.report.plot_fitness(history)",
    **dict.fromkeys(("graphs", "math_util", "six_util", "innovation"), None),
}

_SECTIONS = frozenset({"neat", "defaultgenome", "defaultspeciesset", "defaultstagnation", "defaultreproduction"})
_KIND = "the problem's (@neat.problem(inputs=..., outputs=...), or [problem] kind = module:function)"

#: Keys of neat-python's configuration, with the key here that means the same or nearly the same.
_KEYS = {
    "pop_size": "population.size",
    "fitness_threshold": "run.stop_fitness",
    "no_fitness_termination": "run.stop_fitness = none",
    "seed": "run.seed",
    "num_inputs": _KIND,
    "num_outputs": _KIND,
    "num_hidden": "population.start",
    "initial_connection": "population.start",
    "feed_forward": "genome.acyclic",
    "activation_default": "genome.activation",
    "activation_options": "genome.activation_options",
    "activation_mutate_rate": "mutation.activation_rate",
    "aggregation_default": "genome.aggregation",
    "aggregation_options": "genome.aggregation_options",
    "aggregation_mutate_rate": "mutation.aggregation_rate",
    "conn_add_prob": "mutation.add_connection",
    "conn_delete_prob": "mutation.delete_connection",
    "node_add_prob": "mutation.add_node",
    "node_delete_prob": "mutation.delete_node",
    "enabled_mutate_rate": "mutation.toggle",
    "weight_init_stdev": "genome.weight_range",
    "weight_max_value": "genome.weight_limit",
    "weight_mutate_rate": "mutation.perturb",
    "weight_mutate_power": "mutation.weight_power",
    "weight_replace_rate": "mutation.replace",
    "bias_init_stdev": "genome.bias_range",
    "bias_max_value": "genome.bias_limit",
    "bias_mutate_rate": "mutation.bias_rate",
    "bias_mutate_power": "mutation.bias_power",
    "response_max_value": "genome.response_limit",
    "response_mutate_rate": "mutation.response_rate",
    "response_mutate_power": "mutation.response_power",
    "compatibility_threshold": "speciation.threshold",
    "compatibility_disjoint_coefficient": "speciation.c1 and c2",
    "compatibility_weight_coefficient": "speciation.c3",
    "max_stagnation": "reproduction.stagnation",
    "species_elitism": "reproduction.species_elitism",
    "survival_threshold": "reproduction.survival",
}


def counterpart(name: str) -> str:
    """Return a sentence about a name of neat-python: that this is another package, and what to use here."""
    here = NAMES[name]
    instead = "nothing here corresponds to it" if here is None else f"its counterpart here: {here}"
    return f"this is neat-engine, not neat-python; {instead} ({ITS_HOME})"


def foreign_configuration(sections: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the lines of the message for a configuration of neat-python, given its sections with their keys."""
    if not _SECTIONS & sections.keys():
        return []
    found = {key: _KEYS[key] for name in sections if name in _SECTIONS for key in sections[name] if key in _KEYS}
    lines = [f"is a configuration of neat-python; this is neat-engine, whose settings have other names ({ITS_HOME})"]
    if found:
        lines.append("Settings in it that have a counterpart here (`neat reference` says exactly what each does):")
        lines += [f"  {key} -> {here}" for key, here in found.items()]
    return lines
