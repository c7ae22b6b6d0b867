"""Code for neat-python, another package that is imported as `neat`, fails with a helpful message."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commands import COMMAND

import neat
from neat.core.neat_python import _KEYS, NAMES

PROJECT = Path(__file__).parent.parent
CONFIGURATION = """\
[NEAT]
fitness_criterion     = max
fitness_threshold     = 3.9
pop_size              = 150
reset_on_extinction   = False

[DefaultGenome]
activation_default      = sigmoid
conn_add_prob           = 0.5
enabled_default         = True
num_inputs              = 2

[DefaultSpeciesSet]
compatibility_threshold = 3.0

[DefaultStagnation]
max_stagnation       = 20

[DefaultReproduction]
survival_threshold = 0.2
"""


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("nn", "neat.compile(genome)"),
        ("StdOutReporter", "neat.run(config, watch=print)"),
        ("StatisticsReporter", "neat.History(FOLDER)"),
        ("Checkpointer", "neat.resume(FOLDER)"),
        ("ParallelEvaluator", "[run] threads"),
        ("DefaultGenome", "[genome], [mutation] and [crossover]"),
        ("DefaultSpeciesSet", "[speciation]"),
        ("DefaultReproduction", "[reproduction]"),
        ("DefaultStagnation", "[reproduction]"),
        ("ctrnn", "nothing here corresponds to it"),
    ],
)
def test_a_name_of_neat_python_names_its_counterpart(name: str, instead: str) -> None:
    assert not hasattr(neat, name)
    with pytest.raises(AttributeError) as attribute:
        getattr(neat, name)
    with pytest.raises(ImportError) as imported:
        exec(f"from neat import {name}")
    assert str(attribute.value).startswith(f"module 'neat' has no attribute {name!r}: ")
    for error in (attribute.value, imported.value):
        assert "this is neat-engine, not neat-python" in str(error)
        assert instead in str(error)
        assert "virtual environment of its own, with `pip install neat-python`" in str(error)


def test_counterparts_exist() -> None:
    """Every `neat.name` that a counterpart mentions exists."""
    for name, words in NAMES.items():
        assert not hasattr(neat, name) or name == "config"  # ours is a package that `import neat` does not load
        for word in (words or "").split():
            if word.startswith("neat."):
                found = neat
                for part in word.split("(")[0].rstrip(",").split(".")[1:]:
                    found = getattr(found, part)


@pytest.mark.parametrize("line", ["import neat.nn", "from neat.nn import FeedForwardNetwork", "import neat.population"])
def test_modules_of_neat_python(line: str) -> None:
    with pytest.raises(ImportError, match="this is neat-engine, not neat-python"):
        exec(line)
    with pytest.raises(ModuleNotFoundError, match="No module named 'neat.nonsense'"):
        exec("import neat.nonsense")


@pytest.mark.parametrize(
    "line",
    [
        "neat.config.Config(neat.DefaultGenome, neat.DefaultReproduction, 'config')",
        "neat.Config(neat.DefaultGenome, neat.DefaultReproduction, 'config')",
        "neat.nn.FeedForwardNetwork.create(None, None)",
    ],
)
@pytest.mark.parametrize("before", ["", "import neat.config; "])
def test_the_first_lines_of_a_program_for_neat_python(line: str, before: str) -> None:
    """In another process, since `neat.config` depends on what is already imported."""
    code = f"import neat; {before}{line}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("AttributeError: module 'neat' has no attribute ")
    assert "this is neat-engine, not neat-python" in last
    assert "Did you mean" not in last  # Python adds a guess of its own unless the error forbids it


def test_calls_of_neat_python() -> None:
    for given in ((object, object, "config"), ("config",)):
        with pytest.raises(neat.ConfigError, match=r"takes its sections by name.*neat\.load.*neat-python"):
            neat.Config(*given)  # type: ignore[arg-type]
    with pytest.raises(neat.NeatError, match=r"neat\.run\(config, problem\) runs an experiment.*neat-python"):
        neat.Population(neat.Config())


def test_a_configuration_of_neat_python_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "config-feedforward"
    file.write_text(CONFIGURATION)
    for command in ("check", "run"):
        ended = subprocess.run([*COMMAND, command, str(file)], capture_output=True, text=True, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.count("is a configuration of neat-python") == 1 and "unknown" not in ended.stderr
    with pytest.raises(neat.ConfigError) as refused:
        neat.load(file)
    head, also, *lines = refused.value.faults
    assert also.startswith("Settings in it that have a counterpart here")
    assert head.startswith(f"{file}: is a configuration of neat-python; this is neat-engine")
    assert [line.strip() for line in lines] == [
        "fitness_threshold -> run.stop_fitness",
        "pop_size -> population.size",
        "activation_default -> genome.activation",
        "conn_add_prob -> mutation.add_connection",
        "num_inputs -> the problem's (@neat.problem(inputs=..., outputs=...), or [problem] kind = module:function)",
        "compatibility_threshold -> speciation.threshold",
        "max_stagnation -> reproduction.stagnation",
        "survival_threshold -> reproduction.survival",
    ]


def test_keys_that_correspond_exist() -> None:
    for here in _KEYS.values():
        if "." in here.split(" ")[0]:
            section, _, key = here.split(" ")[0].partition(".")
            assert hasattr(getattr(neat.Config(), section), key)
