"""Every public function and class, called with wrong arguments: a `NeatError` that names the parameter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pytest

import neat
from neat.core.randomness import Purpose
from neat.studies.table_rows import Row

CONFIG = neat.Config(run={"seed": 1, "generations": 2}, population={"size": 6})
PROBLEM = neat.Dataset([[0.0, 0.0], [1.0, 1.0]], [0.0, 1.0])
DRAWS = neat.Randomness(1, 0, Purpose.EVALUATION)
ROWS: dict[str, Any] = {"inputs": [[0.0, 0.0], [1.0, 1.0]], "targets": [0.0, 1.0]}
ROW = Row(1, False, 1, 6, 0, 2, 0.5, None, 0.1, 1, 6)

#: Some of these are right for some parameters, none for all; `object` is right for none.
VALUES: dict[str, Any] = {
    "object": object(),
    "None": None,
    "1": 1,
    "-1": -1,
    "3.5": 3.5,
    "nan": float("nan"),
    "True": True,
    "text": "x",
    "no": "no",
    "NUL": "\0",
    "surrogate": "\ud800",
    "bytes": b"x",
    "list": [],
    "ragged": [[1], [1, 2]],
    "dict": {},
    "numbers as keys": {1: 2},
    "huge": 10**30,
    "huger": 10**5000,
    "long text": "9" * 5000,
    "class": str,
    "function": repr,
    "array": np.array([[0.5, np.nan]]),
    "complex array": np.array([1j]),
    "array of objects": np.array([None, {}]),
    "graph": nx.Graph(),
    "config": CONFIG,
    "problem": PROBLEM,
    "path of a configuration": "configs/xor.ini",
}


class Call(NamedTuple):
    """A callable, valid arguments, and what to try: parameters, each with the word that names it in an error."""

    function: Callable[..., Any]
    right: dict[str, Any]
    tried: dict[str, str]


def tried(names: str, **words: str) -> dict[str, str]:
    return {**{name: name for name in names.split()}, **words}


class World(NamedTuple):
    """The objects with which the calls are made."""

    base: Path
    state: neat.State
    generation: neat.Generation
    networks: neat.Networks
    genome: neat.Genome
    history: neat.History
    table: neat.Table
    training: neat.learning.Training

    @property
    def population(self) -> neat.Population:
        return self.state.population

    @property
    def columns(self) -> dict[str, Any]:
        return {name: getattr(self.population, name) for name in self.population.__dataclass_fields__}


def made(base: Path) -> World:
    result = neat.run(CONFIG, PROBLEM, base / "run")
    state = neat.initialize(CONFIG, PROBLEM)
    (base / "x.ini").write_text("[run]\nseed = 1\n")
    neat.export.write(result.champion, base / "genome.json")
    world = World(
        base,
        state,
        neat.tell(state, [0.0] * 6, CONFIG),
        neat.compile(state.population),
        result.champion,
        neat.History(base / "run"),
        neat.run_seeds(CONFIG, [1], PROBLEM, jobs=1),
        neat.learning.train(result.champion, **ROWS, epochs=1),
    )
    VALUES.update({name: getattr(world, name) for name in ("state", "generation", "networks", "genome", "history")})
    VALUES["result"] = result
    return world


CONFIGURATION = {"config": "configuration"}
A_PROBLEM = {"problem": "object"}
SECTIONS = "run problem population genome network mutation crossover"
DRAWING = tried("genome disabled pruned")
CALLS: dict[str, Callable[[World], Call]] = {
    "load": lambda world: Call(neat.load, {"path": world.base / "x.ini"}, tried("path overrides")),
    "Config": lambda world: Call(neat.Config, {}, tried(f"{SECTIONS} folder")),
    "Config.from_dict": lambda world: Call(
        neat.Config.from_dict, {"data": {}}, tried("folder", data="dict of sections")
    ),
    "Config.from_ini": lambda world: Call(neat.Config.from_ini, {"text": ""}, tried("text folder overrides")),
    "Config.read": lambda world: Call(neat.Config.read, {"path": world.base / "x.ini"}, tried("path overrides")),
    "Config.replace": lambda world: Call(CONFIG.replace, {}, tried(SECTIONS)),
    "Config.path": lambda world: Call(CONFIG.path, {}, tried("value")),
    "Config.section": lambda world: Call(CONFIG.section, {}, tried("keys")),
    "Config.to_ini": lambda world: Call(CONFIG.to_ini, {}, tried("full")),
    "seeded": lambda world: Call(neat.seeded, {}, CONFIGURATION),
    "make_problem": lambda world: Call(neat.make_problem, {}, CONFIGURATION),
    "initialize": lambda world: Call(
        neat.initialize,
        {"config": CONFIG, "problem": PROBLEM},
        {**CONFIGURATION, **A_PROBLEM, **tried("inputs outputs operators")},
    ),
    "tell": lambda world: Call(
        neat.tell,
        {"state": world.state, "evaluation": [0.0] * 6, "config": CONFIG},
        {**CONFIGURATION, **tried("state noisy", evaluation="fitness")},
    ),
    "reproduce": lambda world: Call(
        neat.reproduce,
        {"generation": world.generation, "config": CONFIG},
        {**CONFIGURATION, **tried("generation operators")},
    ),
    "evolve": lambda world: Call(
        lambda **given: next(neat.evolve(**given)),
        {"config": CONFIG, "problem": PROBLEM},
        {**CONFIGURATION, **A_PROBLEM, **tried("state")},
    ),
    "run": lambda world: Call(
        neat.run, {"config": CONFIG, "problem": PROBLEM}, {**CONFIGURATION, **A_PROBLEM, **tried("out watch operators")}
    ),
    "register_activation": lambda world: Call(
        neat.register_activation, {"name": "tried:f", "function": lambda z: z}, tried("name function derivative")
    ),
    "register_aggregation": lambda world: Call(
        neat.register_aggregation, {"name": "tried:g", "function": lambda values: values[0]}, tried("name function")
    ),
    "run_seeds": lambda world: Call(
        neat.run_seeds,
        {"config": CONFIG, "seeds": [1], "problem": PROBLEM, "jobs": 1},
        {**CONFIGURATION, **A_PROBLEM, **tried("seeds jobs out watch")},
    ),
    "resume": lambda world: Call(
        neat.resume,
        {"run": world.base / "run", "problem": PROBLEM, "generations": 4},
        {**A_PROBLEM, **tried("threads watch trust")},
    ),
    "verify": lambda world: Call(
        neat.verify, {"run": world.base / "run", "problem": PROBLEM}, {**A_PROBLEM, **tried("threads watch trust")}
    ),
    "evaluate_run": lambda world: Call(
        neat.evaluate_run,
        {"folder": world.base / "run", "problem": PROBLEM},
        {**A_PROBLEM, **tried("folder episodes seed trust")},
    ),
    "evaluate_champion": lambda world: Call(
        neat.evaluate_champion,
        {"problem": PROBLEM, "champion": world.genome},
        {**A_PROBLEM, **tried("champion episodes seed", preprocessing="preprocessing")},
    ),
    "Experiment": lambda world: Call(
        neat.Experiment, {"config": CONFIG, "problem": PROBLEM}, {**CONFIGURATION, **A_PROBLEM, **tried("operators")}
    ),
    "Context": lambda world: Call(neat.Context, {"rng": DRAWS}, tried("rng state threads")),
    "explain": lambda world: Call(
        neat.explain,
        {"generation": world.generation, "config": CONFIG},
        {**CONFIGURATION, **tried("generation")},
    ),
    "explain_run": lambda world: Call(
        neat.explain_run, {"history": world.history, "number": 1, "problem": PROBLEM}, {**A_PROBLEM, **tried("trust")}
    ),
    "compare_tables": lambda world: Call(
        neat.compare_tables, {"first": world.table, "second": world.table}, tried("first second")
    ),
    "Table": lambda world: Call(neat.Table, {}, {"rows": "row"}),
    "Table.of": lambda world: Call(neat.Table.of, {}, {"rows": "row"}),
    "Table.read": lambda world: Call(neat.Table.read, {}, tried("path")),
    "check_problem": lambda world: Call(neat.check_problem, {"problem": PROBLEM}, {**A_PROBLEM, **tried("memory")}),
    "Genome": lambda world: Call(
        neat.Genome,
        {"inputs": 1, "outputs": 1},
        tried("inputs outputs connections nodes bias_node max_steps memory key parents"),
    ),
    "Genome.from_json": lambda world: Call(neat.Genome.from_json, {}, tried("text")),
    "Genome.to_json": lambda world: Call(world.genome.to_json, {}, {"extra": "extra"}),
    "Genome.column": lambda world: Call(world.genome.column, {}, {"name": "column"}),
    "Genome.same_genes": lambda world: Call(world.genome.same_genes, {}, tried("other")),
    "Genome(connections)": lambda world: Call(
        lambda **gene: neat.Genome(1, 1, [{"source": 0, "target": 1, "weight": 1.0, **gene}]),
        {},
        {
            "source": "connection",
            "target": "connection",
            "weight": "weight",
            "enabled": "enabled",
            "innovation": "innovation",
        },
    ),
    "Genome(nodes)": lambda world: Call(
        lambda **node: neat.Genome(1, 1, [], [{"id": 2, **node}]),
        {},
        {"id": "node", **tried("bias response activation aggregation split")},
    ),
    "Operators": lambda world: Call(neat.Operators, {}, tried("initialize mutate crossover speciate select")),
    "Population": lambda world: Call(neat.Population, world.columns, tried(" ".join(world.columns))),
    "Population.replace": lambda world: Call(
        world.population.replace, {}, tried("weight connection_start parents nonsense")
    ),
    "Population.from_genomes": lambda world: Call(neat.Population.from_genomes, {}, tried("genomes")),
    "Population.take": lambda world: Call(world.population.take, {}, tried("indices")),
    "Population.joined": lambda world: Call(lambda other: world.population.joined(other), {}, tried("other")),
    "compile": lambda world: Call(
        neat.compile, {"genomes": world.population}, {"genomes": "Genome", **tried("which threads")}
    ),
    "Network": lambda world: Call(neat.Network, {}, tried("networks")),
    "Network()": lambda world: Call(world.networks[0], {}, tried("inputs")),
    "Networks": lambda world: Call(
        neat.Networks,
        {"layout": world.networks.layout, "key": world.networks.key, "arrays": world.networks.arrays},
        {"layout": "networks", "key": "key", "arrays": "networks"},
    ),
    "activate_rows": lambda world: Call(
        neat.activate_rows,
        {"networks": world.networks, "rows": [[0.0, 0.0]]},
        {"networks": "networks", "rows": "inputs", "threads": "threads"},
    ),
    "activate_each": lambda world: Call(
        neat.activate_each,
        {"networks": world.networks, "inputs": [[0.0, 0.0]] * 6},
        tried("networks inputs memory awake threads"),
    ),
    "Randomness": lambda world: Call(
        neat.Randomness, {"seed": 1, "generation": 0, "purpose": Purpose.TIES}, tried("seed generation purpose")
    ),
    "Randomness.uniform": lambda world: Call(DRAWS.uniform, {"key": 1, "index": 1}, tried("key index")),
    "Randomness.integers": lambda world: Call(
        DRAWS.integers, {"bound": 5, "key": 1, "index": 1}, tried("bound key index")
    ),
    "Randomness.permutation": lambda world: Call(DRAWS.permutation, {"length": 3}, tried("length key")),
    "Randomness.generator": lambda world: Call(DRAWS.generator, {}, tried("key")),
    "Evaluation": lambda world: Call(
        neat.Evaluation,
        {"fitness": [0.0]},
        tried("fitness score solved weight bias response columns state preprocessing"),
    ),
    "Validation": lambda world: Call(
        lambda **given: neat.Validation(**given).check(),
        {"key": 1, "passed": True, "fitness": 0.0},
        tried("key passed fitness details"),
    ),
    "export.to_networkx": lambda world: Call(neat.export.to_networkx, {}, tried("genome")),
    "export.from_networkx": lambda world: Call(neat.export.from_networkx, {}, {"graph": "DiGraph"}),
    "export.to_dot": lambda world: Call(neat.export.to_dot, {}, tried("graph")),
    "export.depths": lambda world: Call(neat.export.depths, {}, tried("genome")),
    "export.trimmed": lambda world: Call(neat.export.trimmed, {"genome": world.genome}, DRAWING),
    "export.draw": lambda world: Call(neat.export.draw, {"genome": world.genome}, {**DRAWING, **tried("axes")}),
    "export.picture": lambda world: Call(
        neat.export.picture, {"genome": world.genome, "format": "svg"}, {**DRAWING, **tried("format")}
    ),
    "export.encode": lambda world: Call(
        neat.export.encode, {"genome": world.genome, "format": "json"}, {**DRAWING, **tried("format metadata")}
    ),
    "export.decode": lambda world: Call(neat.export.decode, {}, tried("text")),
    "export.read": lambda world: Call(neat.export.read, {}, tried("file")),
    "export.write": lambda world: Call(
        neat.export.write,
        {"genome": world.genome, "file": world.base / "x.json"},
        {**DRAWING, **tried("file format metadata")},
    ),
    "report.plot_fitness": lambda world: Call(
        neat.report.plot_fitness, {"history": world.history}, tried("history axes")
    ),
    "report.plot_species": lambda world: Call(
        neat.report.plot_species, {"history": world.history}, tried("history axes")
    ),
    "report.plot_sizes": lambda world: Call(neat.report.plot_sizes, {"history": world.history}, tried("history axes")),
    "report.plot_ancestry": lambda world: Call(
        neat.report.plot_ancestry, {"history": world.history}, tried("history axes")
    ),
    "report.plot_run": lambda world: Call(neat.report.plot_run, {}, tried("history")),
    "report.picture_of": lambda world: Call(
        neat.report.picture_of, {"history": world.history, "format": "svg"}, {**tried("history format"), "what": "plot"}
    ),
    "report.plot_batch": lambda world: Call(neat.report.plot_batch, {"table": world.table}, tried("table")),
    "report.plot_table": lambda world: Call(neat.report.plot_table, {"table": world.table}, tried("table axes")),
    "report.plot_table_sizes": lambda world: Call(
        neat.report.plot_table_sizes, {"table": world.table}, tried("table axes")
    ),
    "report.plot_table_solved": lambda world: Call(
        neat.report.plot_table_solved, {"table": world.table}, tried("table axes")
    ),
    "report.plot_table_species": lambda world: Call(
        neat.report.plot_table_species, {"table": world.table}, tried("table axes")
    ),
    "report.picture_of_table": lambda world: Call(
        neat.report.picture_of_table,
        {"table": world.table, "format": "svg"},
        {**tried("table format"), "what": "plot"},
    ),
    "report.plot_training": lambda world: Call(
        neat.report.plot_training, {"training": world.training}, tried("training axes")
    ),
    "report.picture_of_training": lambda world: Call(
        neat.report.picture_of_training, {"training": world.training, "format": "svg"}, tried("training format")
    ),
    "learning.gradients": lambda world: Call(
        neat.learning.gradients,
        {"networks": world.networks, **ROWS},
        tried("networks inputs targets loss threads"),
    ),
    "learning.layered_genome": lambda world: Call(
        neat.learning.layered_genome,
        {"inputs": 2, "outputs": 1, "hidden": [2]},
        tried("inputs outputs hidden activation output_activation weights bias seed"),
    ),
    "learning.train": lambda world: Call(
        neat.learning.train,
        {"genome": world.genome, **ROWS, "epochs": 1},
        tried(
            "genome inputs targets loss epochs optimiser rate momentum decay batch held_out patience seed biases "
            "responses watch"
        ),
    ),
}

#: Records that the engine makes and hands out, errors, and names without arguments.
NOT_CALLED = {
    "Champion", "ConfigError", "Connection", "Executor", "Generation", "Interrupted", "NeatError", "Node", "Problem",
    "ProblemError", "Result", "State", "TestResult", "ValidatingProblem", "Verification", "__version__",
    "export.FORMATS", "export.genome_schema", "report.PANELS", "report.TABLE_PANELS", "learning.LOSSES",
    "learning.Epoch", "learning.Gradients", "learning.Training",
}  # fmt: skip
#: Readers of runs and kinds of problem, whose arguments are tested in `tests/store`, `studies` and `problems`.
ELSEWHERE = {"Dataset", "Gymnasium", "History", "Multiplexer", "compare_runs", "lineage", "list_runs", "problem"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base, before = tmp_path_factory.mktemp("arguments"), os.getcwd()
    os.chdir(base)  # some of the texts are the name of a folder that may be made
    yield made(base)
    os.chdir(before)


def test_every_public_name_is_tried() -> None:
    rooms = [("export", neat.export), ("report", neat.report), ("learning", neat.learning)]
    public = {*neat.__all__, *(f"{name}.{part}" for name, room in rooms for part in room.__all__)}
    assert public - NOT_CALLED - ELSEWHERE == public & CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments_are_refused_in_a_sentence(world: World, name: str) -> None:
    function, right, parameters = CALLS[name](world)
    if right:
        function(**right)
    for parameter, word in parameters.items():
        for what, value in VALUES.items():
            refusal = ""
            try:
                function(**{**right, parameter: value})
            except neat.NeatError as error:
                refusal = str(error)
            except Exception as error:
                raise AssertionError(f"{name}({parameter}={what})") from error
            if what == "object":
                assert word in refusal, f"{name}({parameter}=object()): {refusal or 'not refused'}"
