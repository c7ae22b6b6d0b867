"""Every example of `docs/complexity.md` is executed as it stands, and its table is that of the configuration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks_of, execute_block, make_clone, prose_of

from neat.evolution.complexity_keys import ComplexityKeys

PAGE = "docs/complexity.md"
BLOCKS = blocks_of(PAGE)
EXECUTED = [block for block in BLOCKS if block[0] == "bash"]


@pytest.mark.parametrize(("language", "text"), EXECUTED)
def test_an_example_works(tmp_path: Path, language: str, text: str) -> None:
    execute_block(language, text, make_clone(tmp_path, BLOCKS))


def test_the_table_names_every_mode() -> None:
    field = ComplexityKeys.__dataclass_fields__["mode"]
    modes = set(re.findall(r"'(\w+)'|\"(\w+)\"", str(field.type)))
    named = set(re.findall(r"^\| `(\w+)` \|", prose_of(PAGE), re.MULTILINE)) - {"mode"}
    assert named == {one or two for one, two in modes}
