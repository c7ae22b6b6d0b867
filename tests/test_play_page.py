"""Every example of `docs/play.md` is executed as it stands, without a screen."""

from __future__ import annotations

import csv
from pathlib import Path

import imageio.v3 as imageio
import pytest
from documents import blocks_of, execute_block, make_clone

BLOCKS = blocks_of("docs/play.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, monkeypatch: pytest.MonkeyPatch, language: str, text: str) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "MUJOCO_GL"):
        monkeypatch.delenv(name, raising=False)
    execute_block(language, text, clone)
    if "dot.mp4" in text:
        assert len(imageio.imread(clone / "dot.mp4", plugin="FFMPEG")) == 40
        with open(clone / "dot.csv", newline="") as file:
            assert len(list(csv.DictReader(file))) == 40
