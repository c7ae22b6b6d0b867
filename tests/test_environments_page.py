"""Every example of `docs/environments.md` is executed as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import ROOT, blocks_of, execute, execute_block, make_clone

import neat

BLOCKS = blocks_of("docs/environments.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str) -> None:
    execute_block(language, text, clone)


def test_every_configuration_is_in_the_table_of_results() -> None:
    text = (ROOT / "docs/environments.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "configs").glob("*.ini")):
        if "kind = gymnasium" in path.read_text(encoding="utf-8"):
            assert f"`{path.name}`" in text, path.name
            neat.make_problem(neat.load(path))


def test_neat_check_says_how_an_environment_is_stepped(clone: Path) -> None:
    said = execute(["neat", "check", "car.ini"], clone)
    assert "stepped      by compiled code, with the same results as its Python code, 0." in said
    assert " us a step here\n" in said
    assert "s of one core: when every genome's 2 episodes last 999 steps\n" in said and "faster" not in said
    said = execute(["neat", "check", "car.ini", "--set", "problem.backend=plain"], clone)
    assert "by its own Python code" in said and "faster       backend = compiled\n" in said
    said = execute(["neat", "check", "car.ini", "--set", "problem.environment=LunarLander-v3"], clone, check=False)
    assert "cannot be made with the options goal_velocity=0.01" in said
