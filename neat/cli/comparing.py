"""`neat compare`: two single runs, or two tables of many."""

from __future__ import annotations

import os
from pathlib import Path

from neat.core.errors import NeatError
from neat.store.folder import RUNS, find_run, is_batch, is_run


def compare_any(first: str, second: str, as_json: bool) -> None:
    """Print how two runs, or two tables of many runs, differ."""
    one, other = (_named(text) for text in (first, second))
    single = [is_run(found) for found in (one, other)]
    if all(single):
        from neat.cli.reading import tell_comparison

        tell_comparison(one, other, as_json)
    elif any(single):
        raise NeatError(f"{first}, {second}: one is a single run, the other a table of many (compare like with like)")
    else:
        from neat.cli.batches import compare_runs

        compare_runs(str(one), str(other), as_json)


def _named(text: str) -> Path:
    """Return the folder of a run, or the folder or file of a table; reading the table reports anything else."""
    for found in (Path(text), RUNS / text):
        if is_run(found) or is_batch(found) or os.path.isfile(found):
            return found
    return find_run(text, batches=True)
