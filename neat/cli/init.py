"""`neat init`: a commented configuration for an environment."""

from __future__ import annotations

import re
from pathlib import Path

from neat.cli.terminal import say, shell_command
from neat.core.errors import NeatError
from neat.problems.gymnasium.template import environment_config


def write_config(environment: str, out: Path | None) -> None:
    """Write a configuration for an environment; an existing file is not overwritten."""
    name = re.sub(r"-v\d+$", "", environment.rpartition(":")[2].rpartition("/")[2])
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    file = Path(f"{stem}.ini") if out is None else out
    text = environment_config(environment, file.parent)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise NeatError(f"{file}: already exists and is not overwritten (choose another name with --out)") from None
    except OSError as error:
        raise NeatError(f"{file}: cannot be written ({error.strerror})") from None
    say(file, f"run it: {shell_command(['neat', 'run', file])}")
