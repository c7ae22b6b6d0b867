"""The public names: all there, on first use, and never shadowed by a room."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import neat

PROMISED = {
    "Champion", "Config", "ConfigError", "Connection", "Context", "Dataset", "Evaluation", "Executor", "Experiment",
    "Generation", "Genome", "Gymnasium", "History", "Interrupted", "Multiplexer", "NeatError", "Network", "Networks",
    "Node", "Operators", "Population", "Problem", "ProblemError", "Randomness", "Result", "State", "Table",
    "TestResult", "ValidatingProblem", "Validation", "Verification", "__version__", "activate_each", "activate_rows",
    "check_problem", "compare_runs", "compare_tables", "compile", "evaluate_champion", "evaluate_run", "evolve",
    "explain", "explain_run", "initialize", "lineage", "list_runs", "load", "make_problem", "problem",
    "register_activation", "register_aggregation", "reproduce", "resume", "run", "run_seeds", "seeded", "tell",
    "verify",
}  # fmt: skip
ROOMS = {"export", "learning", "report"}


def test_every_promised_name_is_there() -> None:
    assert set(neat.__all__) == PROMISED
    assert set(dir(neat)) >= PROMISED | ROOMS
    for name in PROMISED:
        assert getattr(neat, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(neat.__file__).read_text())
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    ]
    seen = {}
    for statement in block.body:
        if isinstance(statement, ast.Assign):  # what another name is given to; a strict checker hides `import X as Y`
            (target,), value = statement.targets, statement.value
            assert isinstance(target, ast.Name) and isinstance(value, ast.Name)
            seen[target.id] = seen.pop(value.id)
            continue
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            renamed = alias.name == "compile_networks"
            assert alias.asname == (None if renamed else alias.name)
            seen[alias.name] = (statement.module, alias.name)
    assert seen.keys() | {"__version__", "load"} == PROMISED | ROOMS
    for name, (module, attribute) in seen.items():
        assert getattr(importlib.import_module(str(module)), attribute) is getattr(neat, name)


def test_rooms_never_shadow_names() -> None:
    named = {name: getattr(neat, name) for name in PROMISED}
    for module in pkgutil.walk_packages(neat.__path__, "neat."):
        if module.name != "neat.__main__":
            importlib.import_module(module.name)
    for name, value in named.items():
        assert getattr(neat, name) is value
    assert not PROMISED & {module.name.split(".")[1] for module in pkgutil.walk_packages(neat.__path__, "neat.")}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'evlove'; did you mean 'evolve'\\?"):
        neat.evlove  # noqa: B018


def test_ask_and_tell() -> None:
    config = neat.Config(run={"seed": 1, "generations": 3}, population={"size": 20})
    state = neat.initialize(config, inputs=["a", "b"], outputs=1)
    for number in range(1, 4):
        networks = neat.compile(state.population)
        generation = neat.tell(state, [float(network([1.0, 0.5])[0]) for network in networks], config)
        assert generation.number == number
        state = neat.reproduce(generation, config)
    assert generation.reasons == ("generations",)
    assert generation.best_fitness == generation.fitness.max()


@pytest.mark.parametrize(
    "use",
    [
        lambda config: neat.run(config),
        lambda config: neat.run_seeds(config, "0..1"),
        lambda config: neat.initialize(config, inputs=1, outputs=1),
        lambda config: neat.make_problem(config),
        lambda config: neat.seeded(config),
        lambda config: next(neat.evolve(config)),
    ],
)
@pytest.mark.parametrize("given", ["configs/xor.ini", {"run": {"seed": 1}}, None])
def test_what_is_no_configuration_is_reported(use: Any, given: object) -> None:
    with pytest.raises(neat.NeatError, match="a configuration is a neat.Config, not .*neat.load"):
        use(given)


def test_a_network_grows_from_genomes_only() -> None:
    config = neat.Config(run={"seed": 1, "generations": 1}, population={"size": 5})
    result = neat.run(config, neat.Dataset([[0.0], [1.0]], [1.0, 0.0]))
    with pytest.raises(neat.NeatError, match="takes a neat.Genome or a neat.Population, not a Result"):
        neat.compile(result)


def test_one_text_is_one_name_where_many_may_stand(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("left,right\n1,0\n0,1\n")
    problem = neat.Dataset.from_csv(tmp_path / "rows.csv", "left", "right")
    assert (problem.inputs, problem.outputs) == (("left",), ("right",))
    assert "pole velocity" not in neat.Gymnasium("CartPole-v1", hide="pole velocity").inputs
    (tmp_path / "x.ini").write_text("[run]\ngenerations = 3\n")
    assert neat.load(tmp_path / "x.ini", "run.generations=7").run.generations == 7
