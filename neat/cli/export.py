"""`neat export`: a champion as a file for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from neat.cli.terminal import say, say_text, stdout, warn
from neat.core.errors import NeatError
from neat.export.formats import FORMATS, encode, format_of, read_with_metadata, save
from neat.export.structure import defects, left_out
from neat.genetics.genome import Genome
from neat.store.folder import CHAMPION, find_run

_STDOUT = "-"
_BINARY = ("png", "pdf")


def export_genome(source: str, to: str, format: str | None, *, disabled: bool, pruned: bool) -> None:
    """Write the genome in a file, or the champion of a run, to a file or to stdout, and print what was left out."""
    if format is None:
        if to == _STDOUT:
            raise NeatError(f"--to {to}: to stdout, name the format with --format (one of {', '.join(FORMATS)})")
        format = format_of(to)
    genome, metadata = _read(source)
    data = encode(genome, format, disabled=disabled, pruned=pruned, metadata=metadata)
    if to == _STDOUT:
        _print(data, format)
    else:
        save(Path(to), data)
        say(f"{to}: {genome!r}")
    hint = "" if pruned else " (--disabled keeps them)"
    for words in left_out(genome, disabled=disabled or format == "json", pruned=pruned):
        warn(f"left out{words}{hint}")
    for sentence in defects(genome):
        warn(sentence)


def _print(data: bytes, format: str) -> None:
    """Write a file's bytes to stdout: unchanged or, on a terminal, as text without control characters."""
    stream = stdout()
    if stream.isatty():
        if format in _BINARY:
            raise NeatError(
                f"--to {_STDOUT}: {format} is not text and cannot be shown on a terminal (name a file, or use a pipe)"
            )
        say_text(data.decode())
    elif not stream.write_bytes(data):
        raise NeatError(f"--to {_STDOUT}: stdout does not accept bytes here (name a file)")


def _read(source: str) -> tuple[Genome, dict[str, Any]]:
    if os.path.isfile(source):
        return read_with_metadata(source)
    folder = find_run(source)
    if not (folder / CHAMPION).is_file():
        raise NeatError(f"{folder}: has no champion yet")
    return read_with_metadata(folder / CHAMPION)
