"""The runs and tables that commands read, as the user names them."""

from __future__ import annotations

import os
from pathlib import Path

from neat.store.folder import RUNS, find_run, is_batch, is_run


def run_or_table(text: str) -> Path:
    """Return the folder of a run, or the folder or file of a table; reading the table reports anything else.

    Raises:
        NeatError: there is nothing with this name.
    """
    for path in (Path(text), RUNS / text):
        if text and (is_run(path) or is_batch(path) or os.path.isfile(path)):
            return path
    return find_run(text, batches=True)
