"""Every configuration that is shipped is valid, documented by its comments, and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import neat

FOLDER = Path(__file__).parent.parent / "configs"
CONFIGS = sorted(FOLDER.rglob("*.ini"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_it_runs(path: Path, tmp_path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")
    few = ["run.generations=2", "run.seed=1", "population.size=20"]
    result = neat.run(neat.load(path, few), out=tmp_path / "run")
    assert result.generations <= 2
    assert (tmp_path / "run" / "champion.json").is_file()
