"""What can happen to a file: thousands of random corruptions, seeded; and a guard that sees what reading it does."""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NASTY = (
    b"", b"0", b"-1", b"-7", b"1e999", b"-1e400", b"NaN", b"Infinity", b"null", b"true", b"false", b'""', b'"x"',
    b"[]", b"{}", b"[[[[", b"]", b"}", b",", b":", b'"', b"\\", b"\x00", b"\xff\xfe", b"\n", b"\r", b"=", b";", b"#",
    b"9" * 30,
    b"9" * 5000, b"0.1", b"2147483648", b"9223372036854775808", b"1" + b"0" * 400, b"[" * 2000, b'{"a":' * 2000,
    b'"\\ud800"', b"os:system", b"__import__('os')", "\u202e\u2028".encode(),
)  # fmt: skip
#: Values that replace others in an intact file, which checksums of pages cannot detect.
NASTY_VALUES: tuple[Any, ...] = (
    None, -1, 2**62, -(2**63), 1e999, "", "[9999999999]", "{}", "[" * 5_000, "9" * 5_000, b"", b"\xff" * 64, "S0",
    "\x00", "module:Name",
)  # fmt: skip
_TOKEN = re.compile(rb"[\w.+-]+|\"[^\"\n]*\"|[^\w\s]")


def without_rules(file: Path) -> None:
    """Let a file's tables hold values of any kind, as a damaged page may."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        loose = "replace(replace(sql, ' NOT NULL', ''), ') STRICT', ')')"
        connection.execute(
            f"UPDATE sqlite_master SET sql = {loose} WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID'"
        )
        connection.commit()


def corrupted(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield `count` corruptions of a file, the same for the same seed."""
    chance = random.Random(seed)
    tokens = [match.span() for match in _TOKEN.finditer(data)]
    for _ in range(count):
        broken = data
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            broken = _once(broken, tokens, chance)
        yield broken


def _once(data: bytes, tokens: list[tuple[int, int]], chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((1, 1, 4, 40, 400)))
    (a, b), (c, d) = sorted(chance.choices(tokens, k=2))
    flipped = bytes(byte ^ (1 << chance.randrange(8)) for byte in data[start : start + 1])
    ways = (
        lambda: data[:start] + flipped + data[start + 1 :],
        lambda: data[:start] + data[end:],
        lambda: data[:start] + bytes(chance.randrange(256) for _ in range(end - start)) + data[start:],
        lambda: data[:end] + data[start:end] + data[end:],
        lambda: data[:start],
        lambda: data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:] if b <= c else data,
        lambda: data[:a] + chance.choice(NASTY) + data[b:],
        lambda: data[:start] + chance.choice(NASTY) + data[start:],
    )
    return chance.choice(ways)()


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder for files that are written thousands of times: in memory, where there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


class Seen:
    """What happened while `watched` was on: names of audit events, such as `import`, with what they were about."""

    def __init__(self) -> None:
        self.on = False
        self.events: list[tuple[str, str]] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and event in _FORBIDDEN:
            self.events.append((event, repr(arguments)[:200]))


_FORBIDDEN = {
    "import", "exec", "compile", "pickle.find_class", "marshal.loads", "subprocess.Popen", "os.system", "os.exec",
    "os.posix_spawn", "os.fork", "socket.connect", "ctypes.dlopen", "os.remove", "os.rename", "shutil.rmtree",
}  # fmt: skip
_seen = Seen()
sys.addaudithook(_seen)


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """Yield a list that fills with everything forbidden that Python does in the body."""
    _seen.events.clear()
    _seen.on = True
    try:
        yield _seen.events
    finally:
        _seen.on = False


def limits(megabytes: int, seconds: int) -> None:
    """Bound this process: its memory, beyond what it has, and its processor time, far beyond what is needed."""
    import resource

    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + megabytes * 2**20, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
