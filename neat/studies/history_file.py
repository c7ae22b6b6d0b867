"""The file of a batch that holds the history of every run: CSV, beside the table of the runs."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import BinaryIO, NamedTuple

from neat.config.value_types import LARGEST_WHOLE
from neat.core.errors import NeatError
from neat.core.files import open_plain, part_of, put_in_place
from neat.store.folder import TABLE, Place, cannot_write
from neat.studies.seed_history import Point, SeedHistory
from neat.studies.table_rows import Row, complete_lines

_COLUMNS = ("seed", "generation", *Point._fields)
_WHOLE, _REAL = r"([0-9]{1,19})", r"(-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?)"
_LINE = re.compile(",".join([*[_WHOLE] * 3, *[_REAL] * 3, _WHOLE, *[_REAL] * 2, "(yes|no)"]))
_COPIED = 1 << 20  # bytes at a time
_WHAT = "the histories of a table of runs"


class Block(NamedTuple):
    """The history of one seed, and the bytes of the file that hold it."""

    history: SeedHistory
    start: int
    end: int


class SavedHistories(Mapping[int, SeedHistory]):
    """The histories beside a table by seed, read at the first use; seeds without a row in the table are left out.

    Raises:
        NeatError: at the first use, if the file is corrupt or does not fit the table.
    """

    def __init__(self, table: Path, rows: Collection[Row]) -> None:
        self._place, self._rows = Place(histories_beside(table)), {row.seed: row for row in rows}

    def __getitem__(self, seed: int) -> SeedHistory:
        return self._found[seed]

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def _found(self) -> dict[int, SeedHistory]:
        file = self._place.path
        if not os.path.lexists(file):
            return {}
        found = {block.history.seed: block.history for block in read_blocks(file)}
        for seed in found.keys() & self._rows.keys():
            _check_fits(file, found[seed], self._rows[seed])
        return {seed: found[seed] for seed in sorted(found.keys() & self._rows.keys())}


def histories_beside(table: Path) -> Path:
    """Return the file with the histories of a table: `x-histories.csv` beside `x.csv`."""
    return table.with_name(f"{table.stem}-histories.csv")


def histories_header() -> str:
    """Return the first line of the file."""
    return ",".join(_COLUMNS) + "\n"


def format_history(history: SeedHistory) -> str:
    """Return the lines of a history, from which `read_blocks` restores every bit."""
    return "".join(
        f"{history.seed},{generation},{','.join(map(str, point[:-1]))},{'yes' if point.solved else 'no'}\n"
        for generation, point in enumerate(history.points(), 1)
    )


def read_blocks(file: Path) -> Iterator[Block]:
    """Yield the history of each seed in a file, except for an incomplete last line, which a crash may leave.

    Raises:
        NeatError: the file does not hold histories, or is corrupt; the message names the line.
    """
    lines = complete_lines(file, _WHAT)
    first, end = next(lines, ("", 0))
    if f"{first}\n" != histories_header():
        raise NeatError(f"{file}: does not hold {_WHAT} (its first line is not {histories_header().strip()})")
    seen: set[int] = set()
    points: list[Point] = []
    current, start = -1, end
    for line_number, (line, line_end) in enumerate(lines, 2):
        place = f"{file}:{line_number}"
        seed, generation, point = _parse_line(line, place)
        if seed != current:
            if points:
                yield Block(SeedHistory.of(current, points), start, end)
            if seed in seen:
                raise NeatError(f"{place}: seed {seed} appears again, after other seeds")
            seen.add(seed)
            current, start, points = seed, end, []
        if generation != len(points) + 1:
            raise NeatError(f"{place}: generation {generation} of seed {seed} is not the next one ({len(points) + 1})")
        if points and (point.evaluations < points[-1].evaluations or point.solved < points[-1].solved):
            raise NeatError(f"{place}: its evaluations or `solved` contradict the line before")
        points.append(point)
        end = line_end
    if points:
        yield Block(SeedHistory.of(current, points), start, end)


def make_histories(file: Path) -> None:
    """Make the file, without histories yet, unless there is one already.

    Raises:
        NeatError: it cannot be written.
    """
    if not os.path.lexists(file) or (file.is_file() and file.stat().st_size == 0):
        try:
            _replace(file, [])
        except OSError as error:
            raise cannot_write(file, error) from None


def arrange_histories(file: Path, rows: Mapping[int, Row]) -> None:
    """Rewrite the file so that it holds the histories of the seeds in `rows`, in the order of the seeds.

    What a killed process left of a run without a row is dropped, since that run is computed again. The result depends
    only on the runs, not on the order in which they ended.

    Raises:
        NeatError: the file is corrupt, does not fit the rows, or cannot be written.
    """
    spans: dict[int, tuple[int, int]] = {}
    for history, start, end in read_blocks(file):
        if history.seed in rows:
            _check_fits(file, history, rows[history.seed])
            spans[history.seed] = (start, end)
    wanted = [spans[seed] for seed in sorted(spans)]
    edges = [(0, len(histories_header())), *wanted]
    try:
        in_order = all(before[1] == after[0] for before, after in pairwise(edges))
        if not (in_order and edges[-1][1] == file.stat().st_size):
            _replace(file, wanted)
    except OSError as error:
        raise cannot_write(file, error) from None


def append_history(file: Path, history: SeedHistory) -> None:
    """Append a history to the file, which must exist, and synchronise it: no row is written before its history.

    Raises:
        NeatError: it cannot be written.
    """
    append_whole(file, format_history(history).encode(), synchronise=True)


def append_whole(file: Path, data: bytes, *, synchronise: bool = False) -> None:
    """Append bytes to a file, which must exist, in a single write.

    Raises:
        NeatError: it cannot be written.
    """
    try:
        descriptor = open_plain(file, os.O_WRONLY | os.O_APPEND)  # without O_CREAT: it exists
        with open(descriptor, "ab", buffering=0) as opened:
            if opened.write(data) != len(data):
                raise OSError(None, "the disk is full")
            if synchronise:
                os.fsync(opened.fileno())
    except OSError as error:
        raise cannot_write(file, error) from None


def _replace(file: Path, spans: Sequence[tuple[int, int]]) -> None:
    """Replace the file by its header and some of its parts, in a new order; without parts, it need not exist."""
    part = part_of(file.with_name(TABLE))  # a name by which the leftovers of a batch are recognised
    try:
        with part.open("xb") as target:
            target.write(histories_header().encode())
            if spans:
                with open(open_plain(file), "rb") as source:
                    _copy(source, target, spans)
        put_in_place(part, file)
    finally:
        with suppress(OSError):  # it no longer exists, unless writing failed
            part.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO, spans: Sequence[tuple[int, int]]) -> None:
    for start, end in spans:
        source.seek(start)
        while start < end and (data := source.read(min(end - start, _COPIED))):
            start += target.write(data)


def _parse_line(line: str, place: str) -> tuple[int, int, Point]:
    found = _LINE.fullmatch(line)
    if found is not None:
        seed, generation, evaluations, best, own_best, mean, species, connections, hidden, solved = found.groups()
        wholes = (int(seed), int(generation), int(evaluations), int(species))
        reals = (float(best), float(own_best), float(mean), float(connections), float(hidden))
        if max(wholes) <= LARGEST_WHOLE and all(map(isfinite, reals)) and min(wholes[3] - 1, *reals[3:]) >= 0:
            point = Point(wholes[2], *reals[:3], wholes[3], *reals[3:], solved == "yes")
            return wholes[0], wholes[1], point
    raise NeatError(f"{place}: is not a generation of {_WHAT}")


def _check_fits(file: Path, history: SeedHistory, row: Row) -> None:
    last = (len(history), int(history.evaluations[-1]), float(history.best_fitness[-1]))
    if last != (row.generations, row.evaluations, row.best_fitness):
        raise NeatError(
            f"{file}: the history of seed {row.seed} does not end as its row in the table does (delete the file to go "
            "on without histories)"
        )
