"""Every example of `docs/islands.md` is executed as it stands, and its table of keys is that of the section."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks_of, execute_block, make_clone, prose_of

from neat.config.fields import keys_of
from neat.evolution.islands_keys import IslandsKeys

BLOCKS = blocks_of("docs/islands.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str) -> None:
    execute_block(language, text, clone)


def test_the_table_names_every_key_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `?([^|` ]+)`? \|", prose_of("docs/islands.md"), re.MULTILINE)
    assert rows == [(name, str(key.default)) for name, key in keys_of(IslandsKeys).items()]
