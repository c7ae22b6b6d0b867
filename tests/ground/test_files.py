"""Reading files that anybody may have written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import neat
from neat.ground.files import read_text


def test_a_file_may_be_as_large_as_is_allowed_and_no_larger(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2**20)
    assert read_text(file, 2**20) == "x" * 2**20
    file.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(neat.NeatError, match="is larger than 1 MiB"):
        read_text(file, 2**20)


def test_of_a_file_that_is_too_large_no_more_is_read_than_is_needed_to_know_that(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    os.truncate(file, 2**42)  # a hole: more than any memory holds, and not a byte on the disk
    with pytest.raises(neat.NeatError, match="is larger than 1 MiB"):
        read_text(file, 2**20)
