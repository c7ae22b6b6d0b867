"""Reading untrusted files, and writing files atomically."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

import neat
from neat.core.files import open_plain, part_of, read_plain, read_text, write_whole


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    plain, pipe, link, lost = (tmp_path / name for name in ("plain", "pipe", "link", "lost"))
    plain.write_bytes(b"abc")
    os.mkfifo(pipe)
    link.symlink_to(plain)
    lost.symlink_to(tmp_path / "nowhere")
    assert read_plain(plain, 2) == b"ab" and read_plain(link, 10) == b"abc"
    for file, said in (
        (pipe, "it is a pipe"), (tmp_path, "it is a folder"), (Path("/dev/zero"), "it is a device"),
        (lost, "No such file"), (tmp_path / "none", "No such file"),
    ):  # fmt: skip
        with pytest.raises(OSError) as caught:
            read_plain(file, 10)
        assert str(caught.value.strerror).startswith(said)
    for file in (link, lost):
        for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT):
            with pytest.raises(OSError, match="it is a link, not a plain file"):
                open_plain(file, flags, follow=False)
    assert not (tmp_path / "nowhere").exists()


def test_a_pipe_is_opened_as_a_lock_no_more_than_for_reading(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREAT):
        with pytest.raises(OSError, match="it is a pipe"):
            open_plain(tmp_path / "pipe", flags)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "file", tmp_path / "elsewhere"
    write_whole(file, b"old")
    elsewhere.write_bytes(b"kept")
    part_of(file).symlink_to(elsewhere)  # what an attacker might put where the new file is written
    write_whole(file, b"new")
    assert (file.read_bytes(), elsewhere.read_bytes()) == (b"new", b"kept")
    assert stat.S_ISREG(file.lstat().st_mode)
    file.unlink()
    file.mkdir()
    with pytest.raises(OSError):
        write_whole(file, b"newer")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "file"]


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
    os.truncate(file, 2**42)  # a sparse file: larger than any memory, but without a byte on disk
    with pytest.raises(neat.NeatError, match="is larger than 1 MiB"):
        read_text(file, 2**20)
