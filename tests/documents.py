"""Documents for tests: their code blocks, and a folder in which the blocks are executed as a reader would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Programs that a test must not run: they install something, or check the repository, as CI does.
STUBS = ("mypy", "pip", "pytest", "ruff")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks_of(document: str) -> list[tuple[str, str]]:
    """Return the code blocks of a document of the repository, each with its language."""
    return _BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))


def prose_of(document: str) -> str:
    """Return a document of the repository without its code blocks."""
    return _BLOCK.sub("", (ROOT / document).read_text(encoding="utf-8"))


def make_clone(folder: Path, blocks: Iterable[tuple[str, str]] = ()) -> Path:
    """Fill a folder with the configurations, a command `neat`, and the blocks that begin with the name of a file."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    binaries = folder / "bin"
    binaries.mkdir()
    for stub in STUBS:
        (binaries / stub).write_text("#!/bin/sh\n")
        (binaries / stub).chmod(0o755)
    (binaries / "neat").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neat "$@"\n')
    (binaries / "neat").chmod(0o755)
    for _, text in blocks:
        if named := re.match(r"# (\w+\.(py|ini))\n", text):
            (folder / named[1]).write_text(text)
    return folder


def execute(command: list[str], folder: Path, *, check: bool = True) -> str:
    """Return what a command prints in a folder made by `make_clone`; unless `check` is False, it must succeed."""
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout + done.stderr


def execute_block(language: str, text: str, folder: Path) -> None:
    """Execute a block of shell commands or of Python."""
    execute(["bash", "-euo", "pipefail", "-c", text] if language == "bash" else [sys.executable, "-c", text], folder)
