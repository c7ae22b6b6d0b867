"""What the study of speed stands on: the machine's name, processes of their own, neat-python's environment, tables."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import textwrap
import venv
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import neat

HERE = Path(__file__).resolve().parent
PEER = "2.0.0"  # of neat-python
_WIDTH = 118  # columns


def machine() -> dict[str, Any]:
    """Return what was measured on: processor, cores, system, versions, and how busy it was before."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "usable_cores": usable,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "gymnasium": version("gymnasium"),
        "neat-engine": neat.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def ask(measure: str, *, peer: Path | None = None, **arguments: Any) -> dict[str, Any]:
    """Return what a worker measured, in a process of its own: ours, or neat-python's in its environment."""
    question = json.dumps({"measure": measure, **arguments})
    if peer is None:
        command = [sys.executable, str(HERE / "speed_worker.py"), question]
    else:  # isolated, so that it never finds the `neat` of this engine
        command = [str(peer), "-I", str(HERE / "peer_worker.py"), question]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return found


def peer_python() -> Path:
    """Return the Python of an environment that holds neat-python; it is made once, in the user's cache folder."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "neat-engine" / f"peer-{PEER}-python-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / "complete"
    if not complete.exists():
        print(f"making an environment for neat-python {PEER} in {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        packages = [f"neat-python=={PEER}", f"gymnasium=={version('gymnasium')}", f"numpy=={version('numpy')}"]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        complete.touch()
    return python


def show(title: str, head: Sequence[str], lines: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> None:
    """Print a table with its columns aligned to the right, and notes below it."""
    table = [list(head), *map(list, lines)]
    widths = [max(len(line[place]) for line in table) for place in range(len(head))]
    print(f"\n{title}\n")
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    for note in notes:
        print(textwrap.fill(note, _WIDTH, initial_indent="  ", subsequent_indent="    "))
    sys.stdout.flush()


def number(value: float | None, unit: str = "") -> str:
    """Return three digits of a number that counts; of none, a dash."""
    if value is None:
        return "-"
    digits = max(0, 2 - max(0, len(str(int(abs(value)))) - (abs(value) < 1)))
    return f"{value:,.{digits}f}{unit}"
