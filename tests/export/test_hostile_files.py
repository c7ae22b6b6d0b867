"""Untrusted files of genomes: they may declare any encoding, and take memory in proportion to their size."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from corruption import corrupted, scratch
from foreign import evil_genomes

import neat
from neat.export import encode, read, write
from neat.export.formats import decode

GENOME = neat.Genome(["ä", "b"], 1, [(0, 2, 0.5), (1, 3, -1.5), (3, 2, 2.0)], [(3,)])


@pytest.mark.parametrize("encoding", ["nonsense", "UTF-16", "latin-1", "hex", "idna", "big5", "utf-7"])
def test_graphml_is_utf8_whatever_it_declares(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.graphml"
    write(GENOME, file)
    data, count = re.subn(rb"encoding=['\"]utf-8['\"]", f'encoding="{encoding}"'.encode(), file.read_bytes())
    assert count == 1
    file.write_bytes(data)
    assert read(file) == GENOME
    file.write_bytes(data.decode().encode("latin-1"))
    with pytest.raises(neat.NeatError, match=r"x\.graphml: is not UTF-8 text"):
        read(file)


@pytest.mark.parametrize("form", ["graphml", "node-link", "json"])
def test_a_corrupt_file_is_read_or_refused(form: str) -> None:
    for seed, genome in enumerate(evil_genomes(4)):
        data = encode(genome, form, disabled=True, metadata={"fitness": -0.1, "needs": {"low": [1e-9]}})
        for broken in corrupted(data, 150, seed):
            try:
                decode(broken.decode("utf-8", "replace"))
            except neat.NeatError as error:
                assert len(str(error)) < 1_000 and "\n" not in str(error)


# Each would take one to three gigabytes; what they are made of is as large as the largest genome, or larger.
HUGE = """
import sys
from pathlib import Path
from corruption import limits
import neat
from neat.export import read
from neat.export.formats import decode
from neat.studies.table_rows import header, read_rows

decode(neat.export.encode(neat.Genome(1, 1), "graphml").decode())
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
FILES = {
    "objects.json": ("[", "{},", 20_000_000, "{}]"),
    "numbers.json": ("[", "0.1,", 15_000_000, "0]"),
    "nodes.json": ('{"edges": [], "nodes": [', '{"id": 1},', 1_000_000, '{"id": 1}]}'),
    "nodes.graphml": (HEAD, '<node id="1234567"/>', 2_000_000, "</graph></graphml>"),
    "prefixed.graphml": (HEAD, '<g:node id="1234567"/>', 2_000_000, "</graph></graphml>"),
    "tags.graphml": (HEAD, "<a/>", 10_000_000, "</graph></graphml>"),
    "attributes.graphml": (HEAD + "<node ", 'a1="" ', 6_000_000, "/></graph></graphml>"),
    "long.csv": (header(), "x,", 20_000_000, ""),
    "bad.csv": (header(), chr(10), 40_000_000, ""),
}
for name, (head, item, count, tail) in FILES.items():
    with Path(name).open("w") as file:
        file.write(head)
        for _ in range(100):
            file.write(item * (count // 100))
        file.write(tail)
limits(megabytes=400, seconds=200)
for name in FILES:
    try:
        (read_rows if name.endswith("csv") else read)(Path(name))
    except neat.NeatError as error:
        print(name, error)
"""


def test_huge_files_are_refused_before_they_are_parsed() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    with scratch() as folder:
        done = subprocess.run(
            [sys.executable, "-c", HUGE], capture_output=True, text=True, env=environment, cwd=folder
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "objects.json", "numbers.json", "nodes.json", "nodes.graphml", "prefixed.graphml", "tags.graphml",
        "attributes.graphml", "long.csv", "bad.csv",
    ]  # fmt: skip
    assert "MemoryError" not in done.stdout


def test_what_is_too_large_to_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neat.genetics.genome_json.LARGEST_FILE", 500)
    with pytest.raises(neat.NeatError, match="this genome is too large: 0 MiB of JSON"):
        GENOME.to_json()
