"""Every example of `docs/noise.md` is executed as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import blocks_of, execute_block, make_clone

BLOCKS = blocks_of("docs/noise.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str) -> None:
    execute_block(language, text, clone)
