"""Every example of `docs/extending.md` is executed as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import blocks_of, execute, execute_block, make_clone

BLOCKS = blocks_of("docs/extending.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str) -> None:
    execute_block(language, text, clone)


def test_a_custom_function_is_in_a_saved_genome_and_columns_are_printed(clone: Path) -> None:
    execute(["neat", "run", "wave.ini", "--seed", "2", "--out", "runs/functions"], clone)
    text = (clone / "runs" / "functions" / "run.sqlite").read_bytes()
    assert b"my_functions:wave" in text
    if not (clone / "runs" / "tracking").exists():
        execute_block("python", next(text for _, text in BLOCKS if "class Tracking" in text), clone)
    stats = execute(["neat", "stats", "tracking"], clone)
    assert re.search(r"error: mean +error: best +movement: mean +movement: best", stats)
    assert (clone / "tracking.png").stat().st_size > 10_000
