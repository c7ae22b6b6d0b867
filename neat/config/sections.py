"""The sections of the configuration: each key with its type, default, range and a line of help.

Defaults follow Stanley & Miikkulainen, Evolutionary Computation 10(2), 2002, where the paper names a value, and the
released C++ code elsewhere. Some defaults differ because `experiments/efficacy.py` showed other values to be better:
how weights are perturbed, how many of them, how wide the initial weights are, how often connections are added, and what
changes when genomes have grown (`neat/genetics/maturity.py`).

Hidden nodes are sine waves instead of the paper's steep sigmoids, unless networks have memory, and outputs on tables
are plain sigmoids (`neat/config/activations.py`). On the tables of the battery, 287 of 324 runs were better with them:
XOR took 794 instead of 2,994 evaluations, and two spirals were told apart in 83 instead of 64 % of the points. Waves
may learn the noise of a table, too (docs/growing.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from neat.config.fields import key
from neat.config.function_names import FunctionName
from neat.config.section import Section
from neat.config.value_types import ANY_NUMBER, Choice, Either, FilePath, ListOf, Number, Text, Whole, YesNo

MAX_STEPS = 1_000_000  # of one activation
MAX_THREADS = 1024
MAX_WORKERS = 100_000
#: Defaults of the settings that say where a run is computed, and never change its results.
ANY_EXECUTION: Mapping[str, Any] = {"threads": 0, "executor": "auto", "workers": 0, "timeout": None, "address": None}
LARGEST_LAYER = 10_000

LayerWeights = Literal["range", "he", "xavier"]
LAYER_WEIGHTS: tuple[LayerWeights, ...] = get_args(LayerWeights)

_ACTIVATION = FunctionName("activation")
_AGGREGATION = FunctionName("aggregation")
_AUTO: Mapping[str, Literal["auto"]] = {"auto": "auto"}
_AUTO_OR_SHARE = Either(_AUTO, Number(0, 1))
_STARTS = {word: word for word in ("auto", "full", "none", "partial", "one", "random", "layers")}


@dataclass(frozen=True, kw_only=True)
class RunKeys(Section):
    """The run: its seed, when it ends, how it is computed and what is kept of it."""

    section_name: ClassVar[str] = "run"

    seed: int | None = key(
        Either({"none": None}, Whole(0)), None, "seed of all random numbers: same seed, same run; none: a random seed"
    )
    generations: int = key(Whole(1), 300, "stop after this many generations")
    stop_fitness: float | Literal["solved"] | None = key(
        Either({"solved": "solved", "none": None}, ANY_NUMBER),
        "solved",
        "stop at this fitness; solved: when the problem is solved; none: after the last generation",
    )
    threads: int = key(
        Either({"auto": 0}, Whole(1, MAX_THREADS)),
        0,
        "threads of this process; auto: every core; never changes results",
    )
    executor: Literal["auto", "threads", "processes", "ray"] = key(
        Choice("auto", "threads", "processes", "ray"),
        "auto",
        "where genomes are evaluated: in this process, in worker processes, or on a Ray cluster; auto: in this "
        "process, but environments that take longer than a second per generation in processes; never changes results",
    )
    workers: int = key(
        Either({"auto": 0}, Whole(1, MAX_WORKERS)),
        0,
        "worker processes, each with one thread; auto: one for every core; never changes results",
    )
    timeout: float | None = key(
        Either({"none": None}, Number(0, above=True)),
        None,
        "seconds after which the evaluation of a genome by a worker counts as hanging: it is tried again, once, then "
        "the run stops",
    )
    address: str | None = key(
        Either({"none": None}, Text(empty=False)),
        None,
        "the Ray cluster to join, such as 10.0.0.1:6379; none: that in RAY_ADDRESS, or a local one is started",
    )
    on_error: Literal["stop", "worst"] = key(
        Choice("stop", "worst"), "stop", "a genome whose evaluation fails stops the run or gets the worst fitness"
    )
    retest: float = key(
        Number(0, 1),
        0.1,
        "re-tests of the best genomes, as a share of the evaluations, which decide the champion if fitness is noisy; "
        "0: none, so that luck may decide",
    )
    checkpoint: int = key(
        Whole(1), 200, "generations between the states that the run folder keeps in addition to the last one"
    )
    lineage: bool = key(YesNo(), True, "the run folder keeps the parents of every genome")
    columns: Literal["summary", "all"] = key(
        Choice("summary", "all"),
        "summary",
        "what the run folder keeps of the columns of evaluations in every generation: their minimum, mean, maximum and "
        "the best genome's value, or also the values of all genomes",
    )

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict if workers are described that are not used."""
        if self.executor == "threads" and self.workers:
            yield "workers", "not used with executor = threads (set executor = processes, or leave it out)"
        if self.executor in ("auto", "threads") and self.timeout is not None:
            yield "timeout", "needs workers that can be stopped (set executor = processes, or executor = ray)"
        if self.executor != "ray" and self.address is not None:
            yield "address", f"not used with executor = {self.executor} (set executor = ray, or leave it out)"


@dataclass(frozen=True, kw_only=True)
class PopulationKeys(Section):
    """The number of genomes, and the initial population."""

    section_name: ClassVar[str] = "population"

    size: int = key(Whole(2, 100_000_000), 150, "genomes in every generation")
    start: str = key(
        Either(_STARTS, FilePath(".json")),
        "auto",
        "initial genomes: all inputs connected to all outputs, no connections, a share of them, one connection each, "
        "random hidden nodes, hidden layers, or a genome from a file; auto: full, or one if full were more than 10,000 "
        "connections",
    )
    partial_share: float = key(
        Number(0, 1), 0.5, "share of the input-output connections in each initial genome (start = partial)"
    )
    start_hidden: int = key(Whole(1, 1000), 10, "largest number of hidden nodes in an initial genome (start = random)")
    layers: tuple[int, ...] = key(ListOf(Whole(1, LARGEST_LAYER)), (), "sizes of the hidden layers (start = layers)")
    layer_weights: LayerWeights = key(
        Choice(*LAYER_WEIGHTS),
        "range",
        "initial weights between layers: uniform within weight_range, or with the variance of He (for relu and its "
        "relatives) or Xavier (for tanh and sigmoid), and biases of 0 (start = layers)",
    )

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict if layers are missing or not used."""
        if self.start != "layers" and self.layer_weights != "range":
            yield "layer_weights", f"not used with start = {self.start} (set start = layers, or leave it out)"
        if self.start == "layers" and not self.layers:
            yield "start", "needs the sizes of the hidden layers (add for example: layers = 8, 8)"
        if self.start != "layers" and self.layers:
            yield "layers", f"not used with start = {self.start} (set start = layers, or leave layers out)"


@dataclass(frozen=True, kw_only=True)
class GenomeKeys(Section):
    """The contents and limits of a genome."""

    section_name: ClassVar[str] = "genome"

    bias: Literal["attribute", "node", "none"] = key(
        Choice("attribute", "node", "none"),
        "node",
        "a bias of every node, an input fixed at 1, or no bias; an output that no input or bias node reaches through "
        "enabled connections is 0, whatever its own bias",
    )
    acyclic: bool = key(YesNo(), False, "forbid cycles: feed-forward networks only")
    activation: str = key(
        Either({"auto": "auto"}, _ACTIVATION),
        "auto",
        "activation of new hidden nodes; auto: sin, steep_sigmoid if networks have memory",
    )
    activation_options: tuple[str, ...] = key(
        ListOf(_ACTIVATION, repeats=False), (), "activations that mutation may choose from; empty: only `activation`"
    )
    output_activation: str = key(
        Either({"auto": "auto", "same": "same"}, _ACTIVATION),
        "auto",
        "activation of the outputs; same: as `activation`; auto: as `activation` if it is not auto, else "
        "steep_sigmoid, or sigmoid on tables without memory",
    )
    aggregation: str = key(_AGGREGATION, "sum", "how a new node combines its inputs")
    aggregation_options: tuple[str, ...] = key(
        ListOf(_AGGREGATION, repeats=False), (), "aggregations that mutation may choose from; empty: only `aggregation`"
    )
    weight_range: float = key(Number(0), 2.5, "new weights are drawn uniformly from plus or minus this")
    weight_limit: float = key(Number(0, above=True), 8.0, "weights stay within plus or minus this")
    bias_range: float = key(Number(0), 2.5, "new biases are drawn uniformly from plus or minus this")
    bias_limit: float = key(Number(0, above=True), 8.0, "biases stay within plus or minus this")
    response_limit: float = key(Number(0, above=True), 8.0, "responses stay within plus or minus this")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict if new values could be outside the limits."""
        if self.weight_range > self.weight_limit:
            yield "weight_range", f"above weight_limit = {self.weight_limit!r} (lower this or raise the limit)"
        if self.bias_range > self.bias_limit:
            yield "bias_range", f"above bias_limit = {self.bias_limit!r} (lower this or raise the limit)"


@dataclass(frozen=True, kw_only=True)
class NetworkKeys(Section):
    """How a network computes."""

    section_name: ClassVar[str] = "network"

    max_steps: int = key(
        Either({"auto": 0}, Whole(1, MAX_STEPS)),
        0,
        "most time steps of one activation; auto: the depth of an acyclic network, 5 with cycles, 1 with memory",
    )
    memory: bool = key(YesNo(), False, "keep node values from one step of an episode to the next")


@dataclass(frozen=True, kw_only=True)
class MutationKeys(Section):
    """How often and how the genes of a child change."""

    section_name: ClassVar[str] = "mutation"

    growth: bool = key(YesNo(), True, "allow structural mutations (no: for studies of fixed wiring)")
    max_structural: int | None = key(
        Either({"none": None}, Whole(0)), None, "most structural mutations of one child; none: no limit"
    )
    exclusive: bool = key(YesNo(), False, "do not mutate the weights of a child with a structural mutation")
    add_node: float | Literal["auto"] = key(
        _AUTO_OR_SHARE,
        "auto",
        "chance per child of a new node in the middle of a connection; auto: 0.03, 0.3 when a table's genomes have "
        "grown; 0.1 without a table and without memory",
    )
    add_connection: float | Literal["auto"] = key(
        _AUTO_OR_SHARE,
        "auto",
        "chance per child of a connection between two unconnected nodes; auto: 0.3, 0.8 when a table's genomes have "
        "grown",
    )
    toggle: float = key(Number(0, 1), 0.0, "chance per child of enabling or disabling one connection")
    delete_connection: float = key(Number(0, 1), 0.0, "chance per child of losing one connection")
    delete_node: float = key(Number(0, 1), 0.0, "chance per child of losing one hidden node and its connections")
    weight_rate: float = key(Number(0, 1), 0.8, "chance per child that its weights are mutated")
    kind: Literal["auto", "uniform", "gaussian", "scale", "mixed"] = key(
        Choice("auto", "uniform", "gaussian", "scale", "mixed"),
        "auto",
        "perturbing adds a uniform or a normal number, or scales by a uniform number from 0 to 2; mixed: as gaussian, "
        "but a child with n values, more than 16, changes gently with the chance 1 - (16/n)^2: 1.5 values on average, "
        "30 % or all, by a step drawn from 0.005 to 0.5 times the width, and a fifth as many are replaced; auto: "
        "mixed for tables, unless networks have memory; else gaussian",
    )
    perturb: float = key(Number(0, 1), 0.4, "share of the weights of a mutated child that are perturbed")
    replace: float = key(Number(0, 1), 0.1, "share of the weights of a mutated child that are replaced by new ones")
    weight_power: float = key(
        Number(0), 1.0, "width of the perturbation of a weight (half range or standard deviation)"
    )
    bias_rate: float = key(Number(0, 1), 0.7, "chance per child that its biases are mutated (bias = attribute)")
    bias_power: float = key(Number(0), 1.0, "width of the perturbation of a bias")
    response_rate: float = key(Number(0, 1), 0.0, "chance per child that its responses are mutated")
    response_power: float = key(Number(0), 0.5, "width of the perturbation of a response")
    activation_rate: float = key(Number(0, 1), 0.0, "chance per child that a node gets another activation")
    aggregation_rate: float = key(Number(0, 1), 0.0, "chance per child that a node gets another aggregation")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict if more than all weights would change."""
        if self.perturb + self.replace > 1.0:
            yield (
                "perturb",
                f"together with replace = {self.replace!r} above 1 (they are shares of one child's weights)",
            )


@dataclass(frozen=True, kw_only=True)
class CrossoverKeys(Section):
    """How two parents make a child."""

    section_name: ClassVar[str] = "crossover"

    mating: bool = key(YesNo(), True, "let two parents mate (no: every child is a mutated clone)")
    excess: Literal["fitter", "both"] = key(
        Choice("fitter", "both"), "fitter", "disjoint and excess genes come from the fitter parent or from both"
    )
    equal: Literal["random", "smaller"] = key(
        Choice("random", "smaller"), "random", "which of two equally fit parents counts as the fitter one"
    )
    blend_rate: float = key(Number(0, 1), 0.0, "chance per child that matching weights are averaged, not chosen")
    disable_rate: float = key(
        Number(0, 1), 0.75, "chance that a gene disabled in either parent is disabled in the child"
    )


@dataclass(frozen=True, kw_only=True)
class SpeciationKeys(Section):
    """How genomes are compared and grouped into species."""

    section_name: ClassVar[str] = "speciation"

    speciate: bool = key(YesNo(), True, "protect new wiring by species (no: one species, for studies)")
    threshold: float = key(
        Number(0, above=True), 3.0, "initial distance below which genomes belong to the same species"
    )
    target_species: int | Literal["auto", "falling"] | None = key(
        Either({"auto": "auto", "falling": "falling", "none": None}, Whole(1)),
        "falling",
        "adjust the threshold towards this many species; auto: 10 to 30 by population size; falling: as auto, and a "
        "fifth of it when a table's genomes have grown; none: keep it",
    )
    c1: float = key(Number(0), 1.0, "weight of excess genes in the distance")
    c2: float = key(Number(0), 1.0, "weight of disjoint genes in the distance")
    c3: float = key(Number(0), 0.4, "weight of the mean weight difference in the distance")
    c4: float = key(Number(0), 0.4, "weight of the mean bias difference in the distance (bias = attribute)")
    normalise: bool = key(YesNo(), False, "divide gene counts by the size of the larger genome if it is 20 or more")
    join: Literal["first", "nearest"] = key(
        Choice("first", "nearest"), "first", "join the first species that is near enough, or the nearest one"
    )


@dataclass(frozen=True, kw_only=True)
class ReproductionKeys(Section):
    """Which genomes have offspring, and how many."""

    section_name: ClassVar[str] = "reproduction"

    sharing: Literal["fitness", "rank"] = key(
        Choice("fitness", "rank"), "fitness", "distribute offspring by fitness or by rank"
    )
    survival: float | Literal["auto"] = key(
        Either(_AUTO, Number(0, 1.0, above=True)),
        "auto",
        "share of each species, the best genomes, that may become parents; auto: 0.2, 0.02 when a table's "
        "genomes have grown",
    )
    unmated: float | Literal["auto"] = key(
        _AUTO_OR_SHARE,
        "auto",
        "share of offspring that are mutated clones of one parent; auto: 0.25, 1 when a table's genomes have grown",
    )
    mutate_mated: float = key(Number(0, 1), 0.8, "chance that a child of two parents is also mutated")
    interspecies: float = key(Number(0, 1), 0.001, "chance that the second parent is of another species")
    champion_size: int = key(Whole(0), 5, "a species with more members than this keeps its champion unchanged")
    stagnation: int = key(Whole(1), 15, "a species without progress for this many generations leaves no offspring")
    species_elitism: int = key(Whole(0), 2, "this many of the best species never stagnate")
    population_stagnation: int = key(
        Whole(0),
        20,
        "after this many generations without progress, only the two best species have offspring, once; 0: never",
    )
