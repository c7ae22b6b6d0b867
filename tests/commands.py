"""The command line for tests: in this process, and as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CONFIGS = Path(__file__).parent.parent / "configs"
COMMAND = [sys.executable, "-m", "neat"]


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Neat = Callable[..., Ended]
