"""Where a run comes from: the versions of what computed it, and the files that it reads."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numba
import numpy as np

from neat.config import Config, CustomProblem
from neat.config.custom_functions import own_functions
from neat.config.fields import keys_of
from neat.config.kinds import Either, FilePath
from neat.config.modules import source_files
from neat.core.errors import NeatError
from neat.core.files import open_plain
from neat.core.version import VERSION as NEAT

DATA, CODE = "data", "code"  # what a file is to a run


def versions() -> dict[str, str]:
    """Return the versions of what a run is made with, and the processor."""
    return {
        "neat-engine": NEAT,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "gymnasium": _installed("gymnasium"),
        "processor": f"{platform.system()} {platform.machine()} {_processor()}",
    }


def command() -> str:
    """Return the command line that this process was started with, in printable characters."""
    program = Path(sys.argv[0] or "python")
    name = program.parent.name if program.name == "__main__.py" else program.name  # of `python -m name`
    text = shlex.join([name, *sys.argv[1:]])
    return re.sub(r"[^ -~]", lambda found: ascii(found[0])[1:-1], text)


def with_whole_paths(config: Config) -> Config:
    """Return the configuration with every path in it absolute, so that it may be read from another folder."""
    changes: dict[str, dict[str, str]] = {}
    for section, key, path in _paths(config):
        changes.setdefault(section, {})[key] = os.path.abspath(path)
    return config.replace(**changes)


def known_as(problem: Any) -> str:
    """Return the `module:Name` of a problem's class, or of the function that it was made of."""
    made: Any = getattr(problem, "function", None)
    named = made if hasattr(made, "__qualname__") else type(problem)
    return f"{named.__module__}:{named.__qualname__}"


def own_code(config: Config) -> tuple[str, ...]:
    """Return every `module:name` that a configuration would import: its problem or environment, its functions."""
    if isinstance(config.problem, CustomProblem):
        problem = config.problem.kind
    else:
        problem = getattr(config.problem, "environment", "")
    return tuple(dict.fromkeys(([problem] if ":" in problem else []) + list(own_functions(config.genome))))


def trust_option(config: Config) -> list[str]:
    """Return the option that a command needs to import the code that a configuration names, if it names some."""
    return [] if not own_code(config) else ["--trust"]


def how_to_resume(config: Config, folder: Path, start: int | None = None) -> str:
    """Return the command, or the call from Python, that continues a run, from generation `start` if it is given."""
    if config.problem is None:  # it was passed from Python, which the command line cannot do
        place = "" if start is None else f", start={start}"
        return f"in Python, neat.resume({str(folder)!r}, problem=p{place}) with its problem"
    words = ["neat", "resume", str(folder), *([] if start is None else ["--from", str(start)])]
    return shlex.join([*words, *trust_option(config)])


def files_of(config: Config, problem: Any) -> dict[str, tuple[str, str]]:
    """Return every file that a run reads, as an absolute path, with its role (`data`, `code`) and its SHA-256.

    These are the files that the configuration names, those in the problem's `files`, and the user's own modules.

    Raises:
        NeatError: one cannot be read.
    """
    found = {os.path.abspath(path): DATA for _, _, path in _paths(config)}
    found |= {os.path.abspath(config.path(os.fspath(file))): DATA for file in getattr(problem, "files", ())}
    for module in {named.rpartition(":")[0] for named in own_code(config)}:
        found |= {os.path.abspath(file): CODE for file in source_files(module, config.folder)}
    return {path: (role, hash_of(Path(path))) for path, role in sorted(found.items())}


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        NeatError: it cannot be read.
    """
    try:
        with open(open_plain(file), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise NeatError(f"{file}: cannot be read ({error.strerror})") from None


def _paths(config: Config) -> Iterator[tuple[str, str, Path]]:
    """Yield section, key and path of every key that names a file."""
    for name, section in config.sections.items():
        for key in keys_of(type(section)).values():
            value, kind = getattr(section, key.name), key.kind
            if isinstance(kind, Either) and value not in kind.words.values():
                kind = kind.other
            if isinstance(kind, FilePath) and value is not None:
                yield name, key.name, config.path(value)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    """Return the name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
