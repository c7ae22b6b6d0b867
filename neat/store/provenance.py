"""The origin of a run: the software that computes it, its command, and the files that it reads."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np

from neat.config import Config, CustomProblem
from neat.config.custom_functions import own_functions
from neat.config.fields import keys_of
from neat.config.modules import source_files
from neat.config.value_types import Either, FilePath
from neat.core.errors import NeatError
from neat.core.files import open_plain
from neat.core.optional import installed_version
from neat.core.version import VERSION as NEAT
from neat.genetics.operator_keys import OperatorKeys
from neat.problems.gymnasium.keys import GymnasiumKeys
from neat.problems.protocol import Problem
from neat.store.records import FileRow

DATA, CODE = "data", "code"  # roles of files


def versions(problem: Problem | None = None) -> dict[str, str]:
    """Return the versions of the software that computes a run, that of its problem included, and the processor."""
    return {
        "neat-engine": NEAT,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "gymnasium": installed_version("gymnasium"),
        "processor": f"{platform.system()} {platform.machine()} {_processor()}",
        **({} if problem is None else problem.software),
    }


def command() -> str:
    """Return the command line of this process, in printable characters."""
    program = Path(sys.argv[0] or "python")
    name = program.parent.name if program.name == "__main__.py" else program.name  # started by `python -m name`
    text = shlex.join([name, *sys.argv[1:]])
    return re.sub(r"[^ -~]", lambda found: ascii(found[0])[1:-1], text)


def with_absolute_paths(config: Config) -> Config:
    """Return the configuration with absolute paths, which are valid from any folder."""
    changes: dict[str, dict[str, str]] = {}
    for section, key, path in _paths(config):
        changes.setdefault(section, {})[key] = os.path.abspath(path)
    return config.replace(**changes)


def user_code(config: Config) -> tuple[str, ...]:
    """Return the `module:name` of all of the user's code that a configuration would import."""
    names = []
    if isinstance(config.problem, CustomProblem):
        names.append(config.problem.kind)
    elif isinstance(config.problem, GymnasiumKeys) and ":" in config.problem.environment:
        names.append(config.problem.environment)
    operators = config.declared.get(OperatorKeys.section_name)
    if operators is not None:
        names += operators.to_dict().values()
    names += own_functions(config.genome)
    return tuple(dict.fromkeys(names))


def trust_option(config: Config) -> list[str]:
    """Return the option that lets a command import the user's code that a configuration names, if any."""
    return ["--trust"] if user_code(config) else []


def how_to_resume(config: Config, folder: Path, start: int | None = None) -> str:
    """Return the command, or the Python call, that resumes a run, from generation `start` if it is given."""
    if config.problem is None:  # the command line cannot pass a problem from Python
        place = "" if start is None else f", start={start}"
        return f"in Python, neat.resume({str(folder)!r}, problem=p{place}) with its problem"
    words = ["neat", "resume", str(folder), *([] if start is None else ["--from", str(start)])]
    return shlex.join([*words, *trust_option(config)])


def files_of(config: Config, problem: Problem) -> list[FileRow]:
    """Return every file that a run reads, with absolute paths, in their order.

    These are the files that the configuration names, the problem's `files`, and the user's own module.

    Raises:
        NeatError: one cannot be read.
    """
    found = {os.path.abspath(path): DATA for _, _, path in _paths(config)}
    found |= {os.path.abspath(config.path(os.fspath(file))): DATA for file in problem.files}
    for name in user_code(config):
        module = name.rpartition(":")[0]
        found |= {os.path.abspath(file): CODE for file in source_files(module, config.folder)}
    return [FileRow(path, role, hash_of(Path(path))) for path, role in sorted(found.items())]


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
    """Yield the section, key and path of every setting that names a file."""
    for name, section in config.sections.items():
        for key in keys_of(type(section)).values():
            value, kind = getattr(section, key.name), key.type
            if isinstance(kind, Either) and value not in kind.words.values():
                kind = kind.other
            if isinstance(kind, FilePath) and value is not None:
                yield name, key.name, config.path(value)


def _processor() -> str:
    """Return the name of the processor, if the system provides it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
