"""Every example of `docs/growing.md` is executed as it stands, and its table is that of the engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks_of, execute_block, make_clone, prose_of

from neat import Config
from neat.genetics import maturity

PAGE = "docs/growing.md"
BLOCKS = blocks_of(PAGE)
EXECUTED = [block for block in BLOCKS if block[0] == "bash"]


@pytest.mark.parametrize(("language", "text"), EXECUTED)
def test_an_example_works(tmp_path: Path, language: str, text: str) -> None:
    execute_block(language, text, make_clone(tmp_path, BLOCKS))


def test_the_table_has_the_values_of_every_setting() -> None:
    rows = re.findall(r"^\| `\[(\w+)\] (\w+)` \| ([\d.]+) \| ([\d.]+) \|", prose_of(PAGE), re.MULTILINE)
    automatic = {
        (name, key)
        for name, section in Config().sections.items()
        for key, value in section.to_texts(full=True).items()
        if value == "auto" and hasattr(maturity, key.upper())
    }
    assert {(name, key) for name, key, _, _ in rows} == automatic and len(rows) == len(automatic) == 4
    for _, key, small, grown in rows:
        assert getattr(maturity, key.upper()) == (float(small), float(grown))
    assert maturity.SPECIES.grown == 1 / 5
