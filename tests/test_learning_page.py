"""Every example of `docs/learning.md` is executed as it stands, and its tables are those of the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks_of, execute_block, make_clone, prose_of

from neat.learning import LOSSES

BLOCKS = blocks_of("docs/learning.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]
EXPERIMENTS = Path(__file__).parent.parent / "experiments"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str) -> None:
    execute_block(language, text, clone)


def test_the_tables_name_every_loss_and_only_scripts_that_exist() -> None:
    named = re.findall(r"^\| `(\w+)(\.py)?` \|", prose_of("docs/learning.md"), re.MULTILINE)
    assert {name for name, suffix in named if not suffix} == set(LOSSES)
    scripts = [f"{name}.py" for name, suffix in named if suffix]
    assert len(scripts) == 5 and all((EXPERIMENTS / script).is_file() for script in scripts)
