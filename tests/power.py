"""Power cuts and kills at exact moments: what a process changed on disk, and what remains of it after a cut."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("power.c")
SECTOR = 512  # bytes that a disk writes as a whole
_HEAD = struct.Struct("=4q")


class Kind(IntEnum):
    """Kinds of changes to a file; the numbers are those in `power.c`."""

    WRITE = 0
    TRUNCATE = 1
    SYNC = 2
    RENAME = 3
    UNLINK = 4


@dataclass(frozen=True)
class Change:
    """One change of a file: `data` was written at `offset`, or is the new path of a rename."""

    kind: Kind
    path: str
    offset: int
    data: bytes


def compiled(folder: Path) -> Path:
    """Compile the library that records changes into a folder, and return its path."""
    library = folder / "power.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def recorded(library: Path, folder: Path, record: Path, code: str, *arguments: object) -> list[Change]:
    """Run Python code in another process and return every change that it made below `folder`, in order."""
    environment = {
        **os.environ, "LD_PRELOAD": str(library), "RECORDED_FOLDER": str(folder), "RECORD": str(record),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(_changes(record.read_bytes()))


def _changes(record: bytes) -> Iterator[Change]:
    place = 0
    while place < len(record):
        kind, offset, path_length, data_length = _HEAD.unpack_from(record, place)
        data = place + _HEAD.size + path_length
        yield Change(
            Kind(kind), os.fsdecode(record[data - path_length : data]), offset, record[data : data + data_length]
        )
        place = data + data_length


@dataclass
class Disk:
    """The files of a folder after some changes: contents that are safe from a power cut, and pending ones."""

    safe: dict[str, bytes] = field(default_factory=dict)
    waiting: dict[str, list[Change]] = field(default_factory=dict)

    def apply(self, changes: Iterable[Change]) -> None:
        """Apply changes. Names change at once, as on a journaling file system; contents wait for a sync."""
        for change in changes:
            path = change.path
            if change.kind is Kind.SYNC:
                self.safe[path] = _with(self.safe.get(path, b""), self.waiting.pop(path, []))
            elif change.kind is Kind.UNLINK:
                self.safe.pop(path, None)
                self.waiting.pop(path, None)
            elif change.kind is Kind.RENAME:
                new = os.fsdecode(change.data)
                self.safe[new], self.waiting[new] = self.safe.pop(path, b""), self.waiting.pop(path, [])
            else:
                self.waiting.setdefault(path, []).append(change)

    def cut(self, folder: Path, target: Path, chance: random.Random) -> None:
        """Write to `target` what a power cut leaves of a folder: any part of the pending contents, in any order."""
        target.mkdir()
        for path in {*self.safe, *self.waiting}:
            if Path(path).parent == folder:
                kept = chance.choice((0.0, 0.5, 0.9, 1.0))
                sectors = [sector for change in self.waiting.get(path, []) for sector in _sectors(change)]
                content = _with(self.safe.get(path, b""), [each for each in sectors if chance.random() < kept])
                (target / Path(path).name).write_bytes(content)


def _sectors(change: Change) -> Iterator[Change]:
    """Yield the pieces of a change that a disk writes atomically."""
    if change.kind is not Kind.WRITE:
        yield change
        return
    place = 0
    while place < len(change.data):
        end = place + SECTOR - (change.offset + place) % SECTOR
        yield Change(change.kind, change.path, change.offset + place, change.data[place:end])
        place = end


def _with(content: bytes, changes: Iterable[Change]) -> bytes:
    made = bytearray(content)
    for change in changes:
        end = change.offset + len(change.data)
        made.extend(bytes(max(0, end - len(made))))
        if change.kind is Kind.TRUNCATE:
            del made[end:]
        else:
            made[change.offset : end] = change.data
    return bytes(made)
