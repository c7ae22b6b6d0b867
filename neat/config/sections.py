"""The sections of the configuration: each key with its type, default, range and a line of help.

Defaults follow Stanley & Miikkulainen, Evolutionary Computation 10(2), 2002, where the paper names a value, and the
released C++ where it does not; but for those that `experiments/efficacy.py` showed to be worse on four of its nine
tasks and better on none: how weights are perturbed, how many of them, how wide they begin, how often connections are
added.

Hidden nodes keep the paper's steep sigmoid, because nothing was better all over: with tanh XOR, 3-parity and CartPole
without velocities took 22 to 33 % fewer evaluations, and two poles without velocities were solved in 69 instead of
82 % of 140 runs; with sigmoid these poles were solved more often, XOR and 3-parity less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from neat.config.fields import (
    choice,
    either,
    file_path,
    key,
    number,
    probability,
    whole,
    wholes,
    yes_no,
)
from neat.config.function_names import FunctionName
from neat.config.kinds import Several
from neat.config.section import Section

MOST_STEPS = 1_000_000  # of one activation
MOST_THREADS = 1024

_STARTS = {word: word for word in ("full", "none", "partial", "one", "random", "layers")}


@dataclass(frozen=True, kw_only=True)
class RunKeys(Section):
    """The run as a whole: its seed, when it ends, how it is computed."""

    section_name: ClassVar[str] = "run"

    seed: int | None = key(
        either({"none": None}, whole(0)),
        None,
        "where all chance comes from: same seed, same run; none draws one",
    )
    generations: int = key(whole(1), 300, "stop after this many generations")
    stop_fitness: float | Literal["solved"] | None = key(
        either({"solved": "solved", "none": None}, number()),
        "solved",
        "stop at this fitness; solved: where the problem says that it is; none: after the last generation",
    )
    threads: int = key(
        either({"auto": 0}, whole(1, MOST_THREADS)),
        0,
        "threads of this process; auto: every core; results never depend on it",
    )
    on_error: Literal["stop", "worst"] = key(
        choice("stop", "worst"),
        "stop",
        "a genome whose evaluation fails stops the run, or gets the worst fitness",
    )
    checkpoint: int = key(
        whole(1), 200, "generations between two states that a run's folder keeps, beside the last one"
    )
    lineage: bool = key(yes_no(), True, "a run's folder keeps every genome's parents")


@dataclass(frozen=True, kw_only=True)
class PopulationKeys(Section):
    """How many genomes, and what the founders look like."""

    section_name: ClassVar[str] = "population"

    size: int = key(whole(2, 100_000_000), 150, "genomes in every generation")
    start: str = key(
        either(_STARTS, file_path(".json")),
        "full",
        "what founders have: all inputs joined to all outputs, nothing, a share, one connection each, "
        "random hidden nodes, hidden layers, or a genome from a file",
    )
    partial_share: float = key(
        probability(), 0.5, "share of the input-output connections each founder gets (start = partial)"
    )
    start_hidden: int = key(whole(1, 1000), 10, "most hidden nodes a founder gets (start = random)")
    layers: tuple[int, ...] = key(wholes(1, 10_000), (), "sizes of the hidden layers (start = layers)")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where layers are asked for and not given, or given and not asked for."""
        if self.start == "layers" and not self.layers:
            yield "start", "needs the sizes of the hidden layers (add for example: layers = 8, 8)"
        if self.start != "layers" and self.layers:
            yield "layers", f"not used with start = {self.start} (set start = layers, or leave layers out)"


@dataclass(frozen=True, kw_only=True)
class GenomeKeys(Section):
    """What a genome may hold."""

    section_name: ClassVar[str] = "genome"

    bias: Literal["attribute", "node", "none"] = key(
        choice("attribute", "node", "none"),
        "node",
        "a bias of every node, an input fixed at 1, or no bias; an output that no input or bias node reaches by "
        "enabled connections is 0, whatever its own bias",
    )
    acyclic: bool = key(yes_no(), False, "forbid cycles: feed-forward networks only")
    activation: str = key(FunctionName("activation"), "steep_sigmoid", "activation that a hidden node starts with")
    activation_options: tuple[str, ...] = key(
        Several(FunctionName("activation"), repeats=False),
        (),
        "activations that mutation may choose from; empty: only `activation`",
    )
    output_activation: str = key(
        either({"same": "same"}, FunctionName("activation")),
        "same",
        "activation of the outputs; same: as `activation`",
    )
    aggregation: str = key(FunctionName("aggregation"), "sum", "how a node combines what it receives, at its start")
    aggregation_options: tuple[str, ...] = key(
        Several(FunctionName("aggregation"), repeats=False),
        (),
        "aggregations that mutation may choose from; empty: only `aggregation`",
    )
    weight_range: float = key(number(0), 2.5, "new weights are drawn uniformly from plus or minus this")
    weight_limit: float = key(number(0, above=True), 8.0, "weights stay within plus or minus this")
    bias_range: float = key(number(0), 2.5, "new biases are drawn uniformly from plus or minus this")
    bias_limit: float = key(number(0, above=True), 8.0, "biases stay within plus or minus this")
    response_limit: float = key(number(0, above=True), 8.0, "responses stay within plus or minus this")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where new values could lie outside the limits."""
        if self.weight_range > self.weight_limit:
            yield (
                "weight_range",
                f"above weight_limit = {self.weight_limit!r} (lower this or raise the limit)",
            )
        if self.bias_range > self.bias_limit:
            yield "bias_range", f"above bias_limit = {self.bias_limit!r} (lower this or raise the limit)"


@dataclass(frozen=True, kw_only=True)
class NetworkKeys(Section):
    """How a network computes."""

    section_name: ClassVar[str] = "network"

    max_steps: int = key(
        either({"auto": 0}, whole(1, MOST_STEPS)),
        0,
        "most time steps of one activation; auto: the depth where there is no cycle, else 5, with memory 1",
    )
    memory: bool = key(yes_no(), False, "keep node values from one input to the next within an episode")


@dataclass(frozen=True, kw_only=True)
class MutationKeys(Section):
    """How often, and how, a child's genes change."""

    section_name: ClassVar[str] = "mutation"

    growth: bool = key(yes_no(), True, "allow structural mutations at all (no: for studies of fixed wiring)")
    max_structural: int | None = key(
        either({"none": None}, whole(0)), None, "most structural mutations of one child; none: no limit"
    )
    exclusive: bool = key(yes_no(), False, "a child with a structural mutation keeps its weights unmutated")
    add_node: float = key(probability(), 0.03, "chance per child of a new node in the middle of a connection")
    add_connection: float = key(probability(), 0.3, "chance per child of a connection between two unjoined nodes")
    toggle: float = key(probability(), 0.0, "chance per child of flipping the enable bit of one connection")
    delete_connection: float = key(probability(), 0.0, "chance per child of losing one connection")
    delete_node: float = key(probability(), 0.0, "chance per child of losing one hidden node and its connections")
    weight_rate: float = key(probability(), 0.8, "chance per child of having its weights mutated")
    perturb: float = key(probability(), 0.4, "share of a mutated child's weights that are perturbed")
    replace: float = key(probability(), 0.1, "share of a mutated child's weights that are drawn anew")
    kind: Literal["uniform", "gaussian", "scale"] = key(
        choice("uniform", "gaussian", "scale"),
        "gaussian",
        "perturbing adds a uniform or a normal number, or scales by a uniform number from 0 to 2",
    )
    weight_power: float = key(number(0), 1.0, "width of a weight's perturbation (half range, or standard deviation)")
    bias_rate: float = key(probability(), 0.7, "chance per child of having its biases mutated (bias = attribute)")
    bias_power: float = key(number(0), 1.0, "width of a bias's perturbation")
    response_rate: float = key(probability(), 0.0, "chance per child of having its responses mutated")
    response_power: float = key(number(0), 0.5, "width of a response's perturbation")
    activation_rate: float = key(probability(), 0.0, "chance per child that a node gets another activation")
    aggregation_rate: float = key(probability(), 0.0, "chance per child that a node gets another aggregation")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a fault where more than all weights would change."""
        if self.perturb + self.replace > 1.0:
            yield (
                "perturb",
                f"together with replace = {self.replace!r} above 1 (they are shares of one child's weights)",
            )


@dataclass(frozen=True, kw_only=True)
class CrossoverKeys(Section):
    """How two parents make a child."""

    section_name: ClassVar[str] = "crossover"

    mating: bool = key(yes_no(), True, "let two parents mate (no: every child is a mutated clone)")
    excess: Literal["fitter", "both"] = key(
        choice("fitter", "both"),
        "fitter",
        "disjoint and excess genes come from the fitter parent, or from both",
    )
    equal: Literal["random", "smaller"] = key(
        choice("random", "smaller"), "random", "which of two equally fit parents counts as the fitter"
    )
    blend_rate: float = key(probability(), 0.0, "chance per child that matching weights are averaged, not picked")
    disable_rate: float = key(
        probability(), 0.75, "chance that a gene disabled in either parent is disabled in the child"
    )


@dataclass(frozen=True, kw_only=True)
class SpeciationKeys(Section):
    """How genomes are told apart and gathered into species."""

    section_name: ClassVar[str] = "speciation"

    speciate: bool = key(yes_no(), True, "protect new wiring by species (no: one species, for studies)")
    threshold: float = key(number(0, above=True), 3.0, "distance below which genomes are of one species, at the start")
    target_species: int | Literal["auto"] | None = key(
        either({"auto": "auto", "none": None}, whole(1)),
        "auto",
        "adjust the threshold towards this many species; auto: 10 to 30 by population size; none: leave it",
    )
    c1: float = key(number(0), 1.0, "weight of excess genes in the distance")
    c2: float = key(number(0), 1.0, "weight of disjoint genes in the distance")
    c3: float = key(number(0), 0.4, "weight of the mean weight difference in the distance")
    c4: float = key(number(0), 0.4, "weight of the mean bias difference in the distance (bias = attribute)")
    normalise: bool = key(yes_no(), False, "divide gene counts by the larger genome's size, where that is 20 or more")
    join: Literal["first", "nearest"] = key(
        choice("first", "nearest"), "first", "join the first species that is near enough, or the nearest"
    )


@dataclass(frozen=True, kw_only=True)
class ReproductionKeys(Section):
    """Who has offspring, and how many."""

    section_name: ClassVar[str] = "reproduction"

    sharing: Literal["fitness", "rank"] = key(
        choice("fitness", "rank"), "fitness", "offspring are shared out by fitness or by rank"
    )
    survival: float = key(number(0, 1.0, above=True), 0.2, "best share of a species that may become parents")
    unmated: float = key(probability(), 0.25, "share of offspring that are mutated clones of one parent")
    mutate_mated: float = key(probability(), 0.8, "chance that a child of two parents is mutated too")
    interspecies: float = key(probability(), 0.001, "chance that the second parent is of another species")
    champion_size: int = key(whole(0), 5, "a species with more members than this keeps its champion unchanged")
    stagnation: int = key(whole(1), 15, "a species without progress for this many generations leaves no offspring")
    species_elitism: int = key(whole(0), 2, "this many of the best species never stagnate")
    population_stagnation: int = key(
        whole(0),
        20,
        "after this many generations without progress only the two best species breed once; 0: off",
    )
