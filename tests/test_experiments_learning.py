"""The experiments on learning run, and files of MNIST are read or refused with a reason."""

from __future__ import annotations

import gzip
import re
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import neat

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
sys.path.insert(0, str(EXPERIMENTS))

import digits  # noqa: E402
import idx  # noqa: E402
import memetic  # noqa: E402


def image_file(values: np.ndarray) -> bytes:
    return struct.pack(">4I", idx.IMAGES, *values.shape) + values.tobytes()


def label_file(values: np.ndarray) -> bytes:
    return struct.pack(">2I", idx.LABELS, *values.shape) + values.tobytes()


IMAGES = np.arange(30, dtype=np.uint8).reshape(5, 3, 2)
LABELS = np.array([3, 1, 4, 1, 9], np.uint8)


def zipped(data: bytes) -> bytes:
    """Return compressed data without the time, since the names of tests must be the same in all processes."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize("pack", [bytes, zipped])
def test_images_and_labels_are_read_plain_and_compressed(pack: object, tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(pack(image_file(IMAGES)))
    (tmp_path / "labels").write_bytes(pack(label_file(LABELS)))
    images, labels = idx.read_pair(tmp_path / "images", tmp_path / "labels")
    assert images.dtype == labels.dtype == np.uint8
    assert (images == IMAGES).all() and (labels == LABELS).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (label_file(LABELS), "magic number is 0x00000801 (this is a file of labels); expected 0x00000803"),
        (b"\0\0\x0d\x03" + image_file(IMAGES)[4:], "magic number is 0x00000d03; expected 0x00000803"),
        (struct.pack("<I", idx.IMAGES) + image_file(IMAGES)[4:], "magic number is 0x03080000; expected"),
        (b"", "ends within its header"),
        (image_file(IMAGES)[:14], "ends within its header"),
        (image_file(IMAGES)[:-1], "truncated: 29 bytes of images follow the header, which says 5 x 3 x 2 = 30 bytes"),
        (image_file(IMAGES) + b"\0", "more bytes follow the images than the 30 that the header says"),
        (image_file(IMAGES[:0]), "holds no images (its header says 0 x 3 x 2"),
        (struct.pack(">4I", idx.IMAGES, 60_000, 28, 28), "truncated: 0 bytes"),
        (struct.pack(">4I", idx.IMAGES, *[2**32 - 1] * 3), "at most 1,073,741,824 are read"),
        (zipped(image_file(IMAGES)[:-1]), "truncated: 29 bytes"),
        (zipped(image_file(IMAGES) + b"\0"), "more bytes follow"),
        (zipped(image_file(IMAGES))[:-9], "the compressed file is truncated"),
        (zipped(image_file(IMAGES))[:10] + b"\xff" * 40, "the compressed file is corrupt"),
    ],
)
def test_files_that_are_not_what_they_should_be_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "images"
    file.write_bytes(data)
    with pytest.raises(neat.NeatError, match=re.escape(message)) as caught:
        idx.read_idx(file, idx.IMAGES)
    assert str(caught.value).startswith(f"{file}: ")


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(image_file(IMAGES))
    labels.write_bytes(label_file(LABELS[:4]))
    with pytest.raises(neat.NeatError, match=r"holds 5 images, and .* 4 labels; each image needs"):
        idx.read_pair(images, labels)
    labels.write_bytes(label_file(np.full(5, 10, np.uint8)))
    with pytest.raises(neat.NeatError, match="label 1 is 10; expected digits from 0 to 9"):
        idx.read_pair(images, labels)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(neat.NeatError, match=r"train-images-idx3-ubyte: there is no such file, nor .*\.gz"):
        idx.read_mnist(tmp_path)
    with pytest.raises(neat.NeatError, match="cannot be read"):
        idx.read_idx(tmp_path, idx.IMAGES)


def printed(script: str, *options: object) -> str:
    command = [sys.executable, EXPERIMENTS / script, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_picture(file: Path) -> None:
    from matplotlib.image import imread

    pixels = imread(BytesIO(file.read_bytes()), format="png")
    assert min(pixels.shape[:2]) > 400 and pixels.std() > 0.01


def error_of(way: str, told: str) -> float:
    found = re.search(rf"^{way}( +[\d,]+){{3}} +([\d.]+)", told, re.MULTILINE)
    assert found is not None, told
    return float(found[2])


def test_networks_learn_to_read_digits(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    told = printed("digits.py", "--seeds", 1, "--epochs", 40, "--generations", 2, "--out", tmp_path)
    assert "1,438 rows to learn from, 359 held out" in told
    assert error_of("layers", told) < 60  # guessing: 90 %
    assert error_of("softmax", told) < 10
    assert error_of("evolved", told) < 20
    check_picture(tmp_path / "digits.png")


def test_digits_of_mnist_are_learned_from_its_files(tmp_path: Path) -> None:
    rng = np.random.Generator(np.random.Philox(0))
    for name, rows in (("train", 200), ("t10k", 50)):
        labels = np.arange(rows, dtype=np.uint8) % 10
        images = rng.integers(0, 50, (rows, 10, 10), np.uint8)
        images[np.arange(rows), labels] += 200  # a bright row of pixels
        (tmp_path / f"{name}-images-idx3-ubyte.gz").write_bytes(zipped(image_file(images)))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(label_file(labels))
    given = digits.from_mnist(tmp_path)
    assert given.training.inputs.shape == (200, 100) and given.training.inputs.max() <= 1.0
    assert given.held_out.targets.shape == (50, 10)
    outcome = digits.learn_softmax(given, range(1))
    assert outcome.errors.shape == (1, 10) and outcome.errors[0, -1] < 0.2


def test_wrong_options_are_reported_before_a_run(tmp_path: Path) -> None:
    for options, message in (
        (("digits.py", "--seeds", "0"), "--seeds 0: too few (1 or more)"),
        (("digits.py", "--mnist", "nowhere"), "train-images-idx3-ubyte: there is no such file"),
        (("memetic.py", "maze"), "maze: no such task"),
        (("memetic.py", "--jobs", "-1"), "--jobs -1: too few (0 or more)"),
    ):
        script, *rest = options
        command = [sys.executable, EXPERIMENTS / script, *rest]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr


def test_the_methods_are_compared_from_end_to_end(tmp_path: Path) -> None:
    told = printed("memetic.py", "--quick", "--out", tmp_path)
    rows = [line.split() for line in told.splitlines() if line.split()[0] in memetic.TASKS]
    assert [row[:2] for row in rows] == [[task, method] for task in memetic.TASKS for method in memetic.METHODS]
    assert ["multiplexer11", "gradients", "2/2"] in [row[:3] for row in rows]
    check_picture(tmp_path / "memetic.png")


def test_runs_do_not_depend_on_processes_and_keep_to_their_budget() -> None:
    alone, together = (next(memetic.compare(["xor"], range(2), 0.2, jobs)) for jobs in (1, 2))
    for run, other in zip(alone, together, strict=True):
        assert (run.method, run.seed, run.evaluations) == (other.method, other.seed, other.evaluations)
        assert run.genome == other.genome
        assert run.evaluations <= memetic.budget_of("xor", 0.2)


def test_a_network_that_counts_as_solved_solves_the_task() -> None:
    run = memetic.run_evolution("xor", "lamarckian", 0)
    assert run.solved
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    outputs = neat.activate_rows(neat.compile(run.genome).networks, inputs)[0, :, 0]
    assert ((outputs > 0.5) == [False, True, True, False]).all()


def test_the_two_spirals_are_those_of_the_literature() -> None:
    points, classes = memetic.two_spirals()
    assert points.shape == (194, 2) and classes.sum() == 97
    assert np.allclose(points[0], (0.0, 6.5)) and np.allclose(points[97:], -points[:97])
    assert np.isclose(np.hypot(*points[96]), 0.5)
