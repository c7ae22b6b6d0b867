"""`neat export`: a champion as a file for other programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from neat.export.formats import FORMATS, encode, format_of, read_beside, save
from neat.export.structure import left_out, missing
from neat.genetics.genome import Genome
from neat.ground.errors import NeatError
from neat.runs.folder import CHAMPION, find_run

_STDOUT = "-"


def export_genome(source: str, to: str, form: str | None, *, disabled: bool, pruned: bool) -> None:
    """Write the genome in a file, or the champion of a run, to a file or to stdout, and say what was written."""
    if form is None:
        if to == _STDOUT:
            raise NeatError(f"--to {to}: to stdout, name the format with --format (one of {', '.join(FORMATS)})")
        form = format_of(to)
    genome, beside = _read(source)
    data = encode(genome, form, disabled=disabled, pruned=pruned, beside=beside)
    if to == _STDOUT:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
    else:
        save(Path(to), data)
        print(f"{to}: {genome!r}")
    hint = "" if pruned else " (--disabled keeps them)"
    for words in left_out(genome, disabled=disabled or form == "json", pruned=pruned):
        print(f"left out{words}{hint}", file=sys.stderr)
    for sentence in missing(genome):
        print(sentence, file=sys.stderr)


def _read(source: str) -> tuple[Genome, dict[str, Any]]:
    if os.path.isfile(source):
        return read_beside(source)
    folder = find_run(source)
    if not (folder / CHAMPION).is_file():
        raise NeatError(f"{folder}: has no champion yet")
    return read_beside(folder / CHAMPION)
