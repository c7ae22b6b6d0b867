"""Damaged and hostile configurations are read, or reported line by line, in bounded time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from corruption import corrupted, scratch, watched

import neat
from neat.config.assembly import MAX_FAULTS
from neat.config.formatting import unprintable
from neat.config.reader import LARGEST_FILE

TEXT = b"""\
[run]
seed = 42                ; same seed, same run
stop_fitness = solved

[problem]
kind = dataset
data = "configs/xor.csv" # relative
inputs = a, "b,""c"
targets = y
    z
measure = paper

[population]
size = 150
start = layers
layers = 3, 4

[genome]
acyclic = no
activation_options = tanh, relu

[network]
max_steps = auto

[speciation]
threshold = 3.0
"""
LONGEST_FAULT = 2_000  # characters: what is allowed is listed in full


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


def test_ten_thousand_corruptions_are_read_or_reported(folder: Path) -> None:
    file = folder / "x.ini"
    file.write_bytes(TEXT)
    neat.load(file)
    "\0".encode("unicode_escape")  # import the codec here, since imports are forbidden below
    good = 0
    for broken in corrupted(TEXT, 10_000):
        file.write_bytes(broken)
        faults: tuple[str, ...] = ()
        with watched() as forbidden:
            try:
                config = neat.load(file)
            except neat.ConfigError as error:
                faults = error.faults
        assert not forbidden
        assert len(faults) <= MAX_FAULTS + 1
        assert all(not unprintable(fault) and len(fault) < LONGEST_FAULT for fault in faults)
        if not faults:
            good += 1
            assert neat.Config.from_ini(config.to_ini()) == config
    assert 500 < good < 9_000


# A line each that costs a careless reader the square of its length.
HUGE = """
from corruption import limits
import neat
from neat.config.reader import LARGEST_FILE

DATA = "[problem]\\nkind = dataset\\ndata = x.csv\\n"

def most(pattern, head="", tail=""):
    lines, length = [], 0
    while length < LARGEST_FILE - 100_000:
        lines.append(pattern.format(len(lines)))
        length += len(lines[-1])
    return head + "".join(lines) + tail

def texts():
    yield most("generatoins{0} = 3\\n", "[run]\\n")
    yield most("k{0} = 3\\n", "[problem]\\nkind = a:b\\n")
    yield most("[populatoin{0}]\\nsize = 3\\n")
    yield most("n{0},", DATA + "targets = y\\ninputs = ", "z\\n")
    yield most("n{0} ", DATA + "targets = y\\ninputs = ", "n0\\n")
    for pattern in (' "a', '"', ',"', ' "" "'):
        yield most(pattern, DATA + "targets = y\\ninputs = x", "x\\n")
        yield most(pattern)
    yield most("seed = 3\\n", "[run]\\n")
    yield most("  4\\n", "[run]\\nseed = 3\\n")
    yield most("9", "[run]\\nseed = ", "\\n")
    yield most("x", "[run]\\non_error = ", "\\n")
    yield most("3 ", "[population]\\nstart = layers\\nlayers = ", "\\n")
    yield most("junk junk\\n")
    half = most("n{0},", "", "z")[: LARGEST_FILE // 3]
    yield DATA + "targets = " + half + "\\ninputs = " + half + "\\n"

neat.Config.from_ini("[run]\\nsede = 1\\n".replace("sede", "seed"))
limits(megabytes=1_000, seconds=120)
for text in texts():
    try:
        neat.Config.from_ini(text)
    except neat.ConfigError as error:
        assert len(str(error)) < 300_000 and all(len(fault) < 3_000 for fault in error.faults)
print("done")
"""


def test_huge_files_cost_time_and_memory_in_proportion() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, env=environment)
    assert done.stdout == "done\n", done.stderr[-2_000:]


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "x.ini"
    with file.open("wb") as opened:
        opened.truncate(10 * LARGEST_FILE)
    for path, why in ((file, "larger than 1048576 bytes"), ("/dev/zero", "it is a device, not a plain file")):
        try:
            neat.load(path)
        except neat.ConfigError as error:
            assert why in str(error)
        else:
            raise AssertionError("it was read")
