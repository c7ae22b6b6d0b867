"""The study of speed runs, at sizes that say nothing about speed, and writes the figures of every table."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "experiments" / "speed.py"
TINY = ["--quick", "--sizes", "20", "40", "--agents", "5", "--connections", "4", "8", "--rows", "64"]
FIGURES = {
    "generations": "milliseconds",
    "cartpole": "microseconds_per_step",
    "rows": "nanoseconds",
    "growth": "milliseconds",
    "shell": "seconds",
}


def figures(value: Any) -> Iterator[float]:
    """Yield every number in rows of figures."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from figures(item)
    elif isinstance(value, float):
        yield value


@pytest.mark.slow
def test_every_table_has_figures(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = subprocess.run([sys.executable, SCRIPT, *TINY, "--json", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())
    assert found["machine"]["cores"] >= 1
    assert found["tables"].keys() == FIGURES.keys()
    for name, figure in FIGURES.items():
        rows = found["tables"][name]
        assert any(figure in row for row in rows)
        assert all(row[figure] > 0.0 for row in rows if figure in row)
    assert all(math.isfinite(value) for value in figures(found["tables"]))
    assert "exponent by connections" in done.stdout
    shares = found["tables"]["generations"][0]["shares"]
    assert sum(shares.values()) == pytest.approx(1.0)
