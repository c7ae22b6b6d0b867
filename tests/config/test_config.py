"""The configuration: ranges of keys, all faults at once, the same from Python and from INI, paths and `replace`."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from pathlib import Path
from typing import Any

import pytest

from neat.config import (
    Config,
    GenomeKeys,
    MutationKeys,
    PopulationKeys,
    RunKeys,
    Section,
)
from neat.config.assembly import FIXED_SECTIONS
from neat.config.fields import keys_of
from neat.config.value_types import Number
from neat.core.errors import ConfigError, NeatError

WHOLE = "a whole number"
SHARE = "a number from 0 to 1"
SIZE = "a number from 0 to 2^40"
POSITIVE = "a number above 0, at most 2^40"


def faults_of_ini(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.from_ini(text, "x.ini")
    return list(caught.value.faults)


def faults_of(**sections: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config(**sections)
    return list(caught.value.faults)


FAULTS = [
    ("run", "seed", "-1", f"too small (none or {WHOLE}, 0 or more)"),
    ("run", "seed", "9223372036854775808", f"too large for 64 bits (none or {WHOLE}, 0 or more)"),
    ("run", "seed", "1.5", f"not a whole number (none or {WHOLE}, 0 or more)"),
    ("run", "seed", "non", f"not a whole number (none or {WHOLE}, 0 or more; did you mean 'none'?)"),
    ("run", "generations", "0", f"too small ({WHOLE}, 1 or more)"),
    ("run", "stop_fitness", "nan", "not finite (solved, none or a finite number)"),
    ("run", "stop_fitness", "inf", "not finite (solved, none or a finite number)"),
    (
        "run",
        "stop_fitness",
        "solve",
        "not a number (solved, none or a finite number; did you mean 'solved'?)",
    ),
    ("run", "threads", "1025", f"too large (auto or {WHOLE} from 1 to 1024)"),
    ("run", "on_error", "ignore", "unknown word (one of stop, worst)"),
    ("population", "size", "1", f"too small ({WHOLE} from 2 to 100_000_000)"),
    ("population", "size", "100000001", f"too large ({WHOLE} from 2 to 100_000_000)"),
    (
        "population",
        "start",
        "fully",
        "not a file ending in .json (auto, full, none, partial, one, random, layers or a file ending in .json; "
        "did you mean 'full'?)",
    ),
    ("population", "partial_share", "1.1", f"too large ({SHARE})"),
    ("population", "start_hidden", "0", f"too small ({WHOLE} from 1 to 1000)"),
    ("population", "start_hidden", "1001", f"too large ({WHOLE} from 1 to 1000)"),
    (
        "population",
        "start",
        "layers",
        "needs the sizes of the hidden layers (add for example: layers = 8, 8)",
    ),
    (
        "population",
        "layers",
        "8, 0",
        f"item 2: too small (a list, split at commas if it has one, else at white space; each {WHOLE} from 1 to 10000)",
    ),
    (
        "population",
        "layers",
        "8",
        "not used with start = auto (set start = layers, or leave layers out)",
    ),
    ("genome", "bias", "yes", "unknown word (one of attribute, node, none)"),
    ("genome", "acyclic", "2", "not yes or no (yes or no, true or false, on or off, 1 or 0)"),
    ("genome", "weight_range", "-1", f"too small ({SIZE})"),
    ("genome", "weight_range", "9", "above weight_limit = 8.0 (lower this or raise the limit)"),
    ("genome", "weight_limit", "0", f"too small ({POSITIVE})"),
    ("genome", "weight_limit", "1e13", f"too large ({POSITIVE})"),
    ("genome", "bias_range", "9", "above bias_limit = 8.0 (lower this or raise the limit)"),
    ("genome", "bias_limit", "0", f"too small ({POSITIVE})"),
    ("genome", "response_limit", "0", f"too small ({POSITIVE})"),
    ("network", "max_steps", "-1", f"too small (auto or {WHOLE} from 1 to 1_000_000)"),
    ("network", "max_steps", "1000001", f"too large (auto or {WHOLE} from 1 to 1_000_000)"),
    ("network", "memory", "", "empty (yes or no, true or false, on or off, 1 or 0)"),
    ("mutation", "max_structural", "-1", f"too small (none or {WHOLE}, 0 or more)"),
    (
        "mutation",
        "perturb",
        "0.95",
        "together with replace = 0.1 above 1 (they are shares of one child's weights)",
    ),
    (
        "mutation",
        "kind",
        "gausian",
        "unknown word (one of auto, uniform, gaussian, scale, mixed; did you mean 'gaussian'?)",
    ),
    ("mutation", "weight_power", "-1", f"too small ({SIZE})"),
    ("mutation", "bias_power", "-1", f"too small ({SIZE})"),
    ("mutation", "response_power", "-1", f"too small ({SIZE})"),
    ("crossover", "excess", "all", "unknown word (one of fitter, both)"),
    ("crossover", "equal", "larger", "unknown word (one of random, smaller)"),
    ("speciation", "threshold", "0", f"too small ({POSITIVE})"),
    ("speciation", "target_species", "0", f"too small (auto, falling, none or {WHOLE}, 1 or more)"),
    *(("speciation", key, "-1", f"too small ({SIZE})") for key in ("c1", "c2", "c3", "c4")),
    ("speciation", "join", "neares", "unknown word (one of first, nearest; did you mean 'nearest'?)"),
    ("reproduction", "sharing", "ranks", "unknown word (one of fitness, rank; did you mean 'rank'?)"),
    ("reproduction", "survival", "0", "too small (auto or a number above 0, at most 1)"),
    ("reproduction", "survival", "1.1", "too large (auto or a number above 0, at most 1)"),
    ("reproduction", "champion_size", "-1", f"too small ({WHOLE}, 0 or more)"),
    ("reproduction", "stagnation", "0", f"too small ({WHOLE}, 1 or more)"),
    ("reproduction", "species_elitism", "-1", f"too small ({WHOLE}, 0 or more)"),
    ("reproduction", "population_stagnation", "-1", f"too small ({WHOLE}, 0 or more)"),
    *(
        (section, item.name, "1.5", f"too large ({SHARE})")
        for section, keys in FIXED_SECTIONS.items()
        for item in keys_of(keys).values()
        if item.type == Number(0.0, 1.0)
    ),
]


@pytest.mark.parametrize(("section", "key", "value", "message"), FAULTS)
def test_every_fault_is_the_same_from_ini_and_from_python(section: str, key: str, value: str, message: str) -> None:
    assert faults_of_ini(f"# x\n[{section}]\n{key} = {value}") == [f"x.ini:3: [{section}] {key} = {value}: {message}"]
    assert faults_of(**{section: {key: value}}) == [f"[{section}] {key} = {value}: {message}"]


def test_function_names_are_those_of_the_table() -> None:
    (fault,) = faults_of_ini("[genome]\nactivation = sigmod")
    assert fault.startswith("x.ini:2: [genome] activation = sigmod: unknown word (auto or one of linear, sigmoid, ")
    assert fault.endswith("; did you mean 'sigmoid'?)")
    (fault,) = faults_of_ini("[genome]\naggregation_options = sum, meen")
    assert ": item 2: unknown word (" in fault and fault.endswith("; did you mean 'mean'?)")
    (fault,) = faults_of(genome={"activation_options": ["tanh", "tanh"]})
    assert fault.startswith("[genome] activation_options = ['tanh', 'tanh']: item 2: named twice (")
    genome = Config(genome={"activation_options": "tanh, RELU", "output_activation": "sigmoid"}).genome
    assert (genome.activation_options, genome.output_activation) == (("tanh", "relu"), "sigmoid")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "True"),
        (math.nan, "nan"),
        ([1], "[1]"),
        (None, "None"),
        pytest.param(10**6000, "<integer of 19932 bits>", id="huge"),
        ("a\nb\0", "a\\nb\\x00"),
        pytest.param("x" * 1000, "x" * 60 + "... (1000 characters)", id="long"),
    ],
)
def test_python_values_have_one_short_line(value: object, text: str) -> None:
    (fault,) = faults_of(population={"size": value})
    assert fault.startswith(f"[population] size = {text}: ")


SIX_FAULTS = """\
[run]
seed = fourty-two   ; not a number
generation = 100
[poblem]
kind = xor
[mutation]
add_node = nan
kind = gaussian
perturb = 0.99
[population]
seed = 3
[genome]
weight_limit = 0.5
"""


def test_all_faults_are_reported_at_once_in_the_order_of_lines() -> None:
    sections = "run, problem, population, genome, network, mutation, crossover, speciation, reproduction, learning"
    assert faults_of_ini(SIX_FAULTS) == [
        "x.ini:2: [run] seed = fourty-two: not a whole number (none or a whole number, 0 or more)",
        "x.ini:3: [run] generation = 100: unknown key (seed, generations, stop_fitness, "
        "threads, executor, workers, timeout, address, on_error, retest, "
        "checkpoint, lineage, columns; did you mean 'generations'?)",
        f"x.ini:4: [poblem]: unknown section ({sections}; did you mean 'problem'?)",
        "x.ini:7: [mutation] add_node = nan: not finite (auto or a number from 0 to 1)",
        "x.ini:9: [mutation] perturb = 0.99: together with replace = 0.1 above 1 "
        "(they are shares of one child's weights)",
        "x.ini:11: [population] seed = 3: unknown key (size, start, partial_share, start_hidden, layers, "
        "layer_weights; 'seed' belongs to [run])",
        "x.ini:13: [genome] weight_range = 2.5 (default): above weight_limit = 0.5 (lower this or raise the limit)",
    ]


def test_a_conflict_is_not_reported_if_one_of_its_keys_has_a_fault() -> None:
    assert faults_of_ini("[genome]\nweight_range = 20\nweight_limit = x") == [
        f"x.ini:3: [genome] weight_limit = x: not a number ({POSITIVE})"
    ]
    assert faults_of_ini("[genome]\nweight_range = x\nweight_limit = 0.5") == [
        f"x.ini:2: [genome] weight_range = x: not a number ({SIZE})"
    ]


def test_faults_of_sections_from_python() -> None:
    sections = "run, problem, population, genome, network, mutation, crossover, speciation, reproduction, learning"
    assert faults_of(run=3, population=RunKeys(), runs={}, problem="table") == [
        "[run] 3: not a section (a dict of its keys, or RunKeys)",
        "[problem] table: not a section (a dict of its keys, or ProblemKeys)",
        "[population] RunKeys(seed=...mns='summary'): not a section (a dict of its keys, or PopulationKeys)",
        f"[runs]: unknown section ({sections}; did you mean 'run'?)",
    ]
    assert faults_of(run={3: 4, "Seed": 1}) == [
        "[run] 3 = 4: unknown key (seed, generations, stop_fitness, "
        "threads, executor, workers, timeout, address, on_error, retest, checkpoint, lineage, "
        "columns)",
        "[run] Seed = 1: unknown key (seed, generations, stop_fitness, "
        "threads, executor, workers, timeout, address, on_error, retest, checkpoint, "
        "lineage, columns; did you mean 'seed'?)",
    ]
    with pytest.raises(ConfigError, match=r"^\[1\]: not a dict of sections"):
        Config.from_dict([1])  # type: ignore[arg-type]


def test_a_key_given_as_a_section_names_its_section() -> None:
    assert faults_of(seed=3, far=1.0, exclusive=True) == [
        "seed = 3: not a section, but a key of [run] (write run={'seed': 3})",
        "far = 1.0: not a section, but a key of [problem] with kind = maze (write problem={'far': 1.0})",
        "exclusive = True: not a section, but a key of [mutation] (write mutation={'exclusive': True})",
    ]
    with pytest.raises(ConfigError, match=r"write population=\{'size': 9\}"):
        Config().replace(size=9)
    assert Config(run={"seed": 3}).run.seed == 3


def test_a_section_cannot_be_made_with_a_fault() -> None:
    with pytest.raises(ConfigError) as caught:
        PopulationKeys(size=1, partial_share=2.0)
    assert caught.value.faults == (
        "[population] size = 1: too small (a whole number from 2 to 100_000_000)",
        "[population] partial_share = 2.0: too large (a number from 0 to 1)",
    )
    with pytest.raises(ConfigError, match="above weight_limit"):
        dataclasses.replace(GenomeKeys(), weight_range=10)
    assert isinstance(MutationKeys(weight_power=1).weight_power, float)
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunKeys().seed = 3  # type: ignore[misc]


def test_defaults() -> None:
    config = Config()
    assert config.problem is None
    assert (config.run.seed, config.run.threads, config.run.stop_fitness) == (None, 0, "solved")
    assert config.population.size == 150
    assert config.speciation.target_species == "falling"
    assert config.network.max_steps == 0
    assert Config.from_ini("") == config == Config.from_dict({})
    assert config.to_ini() == "[run]\n"


@pytest.mark.parametrize("keys", FIXED_SECTIONS.values())
def test_every_default_is_allowed_and_every_key_has_help(keys: type[Section]) -> None:
    for item in keys_of(keys).values():
        if (keys.section_name, item.name) == ("problem", "kind"):
            continue
        assert item.type.accept(item.default) == item.default
        assert item.type.read(item.type.write(item.default)) == item.default
        assert item.help and "\n" not in item.help


def test_inline_comments_do_not_swallow_the_seed() -> None:
    assert Config.from_ini("[run]\nseed = 42  # comment").run.seed == 42


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "x.ini").write_text("[problem]\nkind = table\ndata = ../iris.csv\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    config = Config.read("configs/x.ini", overrides=["run.seed=3"])
    assert config.run.seed == 3
    assert config.folder == tmp_path / "configs"
    monkeypatch.chdir("/")
    assert config.path("../iris.csv") == tmp_path / "configs" / "../iris.csv"
    assert config.path("/data/iris.csv") == Path("/data/iris.csv")
    monkeypatch.setenv("HOME", "/home/ada")
    assert config.path("~/iris.csv") == Path("/home/ada/iris.csv")
    assert Config().folder == Path("/")
    assert Config(folder="/elsewhere") == Config()


def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(NeatError, match="current folder no longer exists"):
        Config()


def test_a_fault_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.ini"
    path.write_text("[run]\nseed = x\n")
    with pytest.raises(ConfigError) as caught:
        Config.read(path)
    assert caught.value.faults == (f"{path}:2: [run] seed = x: not a whole number (none or a whole number, 0 or more)",)


def test_replace() -> None:
    config = Config(run={"seed": 1, "generations": 5}, problem={"kind": "maze", "far": 9}, learning={"rate": 2})
    changed = config.replace(run={"seed": 2}, population=PopulationKeys(size=20), learning={"method": "adam"})
    assert changed == Config(
        run={"seed": 2, "generations": 5},
        population={"size": 20},
        problem={"kind": "maze", "far": 9},
        learning={"rate": 2, "method": "adam"},
    )
    assert config.run.seed == 1
    assert config.replace(run=None, learning=None, problem=None) == Config()
    assert config.replace(problem={"near": 3}).to_dict()["problem"] == {
        "kind": "maze",
        "near": 3.0,
        "far": 9.0,
    }
    assert config.replace(problem={"kind": "table", "data": "x"}).to_dict()["problem"]["data"] == "x"
    assert Config().replace(problem={"kind": "maze"}).problem is not None
    with pytest.raises(ConfigError, match=r"^\[run\] seed = x: not a whole number"):
        config.replace(run={"seed": "x"})
    with pytest.raises(ConfigError, match=r"\[rum\]: unknown section"):
        config.replace(rum={})
    folder = Config(folder="/data")
    assert folder.replace(run={"seed": 1}).folder == Path("/data")
    assert dataclasses.replace(config, run=RunKeys(seed=3)) == config.replace(run=RunKeys(seed=3))


def test_pickle_and_copy() -> None:
    config = Config(run={"seed": 1}, problem={"kind": "my.module:Maze", "walls": 3}, folder="/data")
    for twin in (pickle.loads(pickle.dumps(config)), copy.deepcopy(config), copy.copy(config)):
        assert twin == config
        assert twin.folder == config.folder


def test_python_text_reads_as_ini_text_does() -> None:
    values = {"run": {"seed": "7", "stop_fitness": "NONE"}, "genome": {"acyclic": "on", "bias": "Attribute"}}
    text = "[run]\nseed = 7\nstop_fitness = NONE\n[genome]\nacyclic = on\nbias = Attribute\n"
    assert Config(**values) == Config.from_ini(text)  # type: ignore[arg-type]
