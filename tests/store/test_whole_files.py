"""Files in a run's folder are written completely or not at all, whatever stops the writing."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from commands import CONFIGS

import neat
from neat.store.folder import write_whole


@contextmanager
def no_larger_than(size: int) -> Iterator[None]:
    """Make this process unable to write files larger than `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("content", ["new " * 1_000, b"new " * 1_000])
def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "champion.json"
    write_whole(file, "old")
    with (
        no_larger_than(1_000),
        pytest.raises(neat.NeatError, match=r"champion\.json: cannot be written \(File too large"),
    ):
        write_whole(file, content)
    assert file.read_text() == "old" and os.listdir(tmp_path) == [file.name]
    write_whole(file, content)
    assert file.read_bytes() == b"new " * 1_000 and os.listdir(tmp_path) == [file.name]


def test_a_reader_of_an_open_file_keeps_reading_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "champion.json"
    write_whole(file, "old ä")
    with file.open("rb") as reader:
        write_whole(file, "new ä")
        assert reader.read() == "old ä".encode()
    assert file.read_bytes() == "new ä".encode()


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    neat.run(neat.load(CONFIGS / "xor.ini", ["run.seed=1", "run.generations=2"]), out=tmp_path / "run")
    champion = tmp_path / "run" / "champion.json"
    champion.unlink()
    champion.symlink_to(tmp_path / "precious")
    with pytest.raises(neat.NeatError, match="is not a champion of this run"):
        neat.resume(tmp_path / "run", generations=3)
    assert (tmp_path / "precious").read_text() == "mine" and champion.is_symlink()
    write_whole(champion, b"new")
    assert (tmp_path / "precious").read_text() == "mine" and not champion.is_symlink()


def test_an_error_of_the_problem_is_reported_though_nothing_can_be_saved_any_more(tmp_path: Path) -> None:
    class Failing(neat.Problem):
        inputs, outputs = ("a",), ("y",)

        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            if context.rng.generation == 2:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
                raise ValueError("the motor burnt out")
            return neat.Evaluation(np.zeros(len(networks)))

    config = neat.Config(run={"seed": 1, "generations": 5}, population={"size": 10})
    unlimited, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    with no_larger_than(unlimited), pytest.raises(neat.ProblemError, match="the motor burnt out"):
        neat.run(config, Failing(), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        assert history.status == "interrupted"  # no later status could be saved
