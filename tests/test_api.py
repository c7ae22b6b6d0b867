"""The public names: all there, on first use, and never shadowed by a room."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import neat

PROMISED = {
    "Champion", "Config", "ConfigError", "Connection", "Dataset", "Evaluation", "Generation", "Genome", "Gymnasium",
    "History", "Interrupted", "Multiplexer", "NeatError", "Network", "Networks", "Node", "Population", "Problem",
    "ProblemError", "Randomness", "Result", "State", "Table", "Validation", "Verification", "__version__",
    "activate_each", "activate_rows", "check_problem", "compare_runs", "compare_tables", "compile", "evolve",
    "explain", "explain_run", "initialize", "lineage", "list_runs", "load", "make_problem", "problem", "reproduce",
    "resume", "run", "run_seeds", "seeded", "tell", "verify",
}  # fmt: skip
ROOMS = {"export", "report"}


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
            assert alias.asname == (None if alias.name == "compile_networks" else alias.name)
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
    with pytest.raises(AttributeError, match="evlove"):
        neat.evlove  # noqa: B018


def test_ask_and_tell() -> None:
    config = neat.Config(run={"seed": 1, "generations": 3}, population={"size": 20})
    state = neat.initialize(config, inputs=["a", "b"], outputs=1)
    for number in range(3):
        networks = neat.compile(state.population)
        generation = neat.tell(state, [float(network([1.0, 0.5])[0]) for network in networks], config)
        assert generation.number == number
        state = neat.reproduce(generation, config)
    assert generation.reasons == ("generations",)
    assert generation.best_fitness == generation.fitness.max()
