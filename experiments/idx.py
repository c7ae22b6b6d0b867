"""Files in the IDX format, in which MNIST is published: images and labels as unsigned bytes, plain or gzipped.

A file begins with a magic number (0x00000803: unsigned bytes in three dimensions; 0x00000801: in one) and the size of
each dimension, all of them big-endian 32-bit numbers; the values follow. Files that deviate are refused, and memory is
only allocated for what a file really holds, whatever its header says.
"""

from __future__ import annotations

import gzip
import math
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

import neat

IMAGES, LABELS = 0x00000803, 0x00000801  # magic numbers
CLASSES = 10

_KINDS = {IMAGES: "images", LABELS: "labels"}
_GZIP = b"\x1f\x8b"  # the first two bytes of a compressed file
_CHUNK = 1 << 20  # bytes that are read at a time
_MOST = 1 << 30  # bytes of values, twenty times those of MNIST

Bytes = NDArray[np.uint8]


class LabelledImages(NamedTuple):
    """Images (R, height, width) and their labels (R,), both uint8."""

    images: Bytes
    labels: Bytes


def read_idx(file: Path, magic: int) -> Bytes:
    """Return the values in an IDX file.

    Args:
        file: plain or compressed by gzip, which its first bytes tell.
        magic: the magic number that the file must have, `IMAGES` or `LABELS`.

    Returns:
        (R, height, width) or (R,) uint8.

    Raises:
        neat.NeatError: the file cannot be read, has another magic number, is empty, truncated or too long; the message
            says what it has and what is expected.
    """
    try:
        with file.open("rb") as opened:
            compressed = opened.read(len(_GZIP)) == _GZIP
            opened.seek(0)
            if not compressed:
                return _read(file, opened, magic)
            with gzip.open(opened) as unpacked:
                return _read(file, unpacked, magic)
    except EOFError:
        raise neat.NeatError(f"{file}: the compressed file is truncated (download it again)") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise neat.NeatError(f"{file}: the compressed file is corrupt ({error}; download it again)") from None
    except OSError as error:
        raise neat.NeatError(f"{file}: cannot be read ({error.strerror or error})") from None


def read_pair(images: Path, labels: Path) -> LabelledImages:
    """Return images and their labels.

    Raises:
        neat.NeatError: as `read_idx`; or there are more images than labels or the reverse, or a label is not a digit.
    """
    found = LabelledImages(read_idx(images, IMAGES), read_idx(labels, LABELS))
    if len(found.images) != len(found.labels):
        raise neat.NeatError(
            f"{images} holds {len(found.images):,} images, and {labels} {len(found.labels):,} labels; each image needs "
            "one label (are they files of the same set?)"
        )
    wrong = np.flatnonzero(found.labels >= CLASSES)
    if len(wrong):
        raise neat.NeatError(
            f"{labels}: label {wrong[0] + 1:,} is {found.labels[wrong[0]]}; expected digits from 0 to {CLASSES - 1}"
        )
    return found


def read_mnist(folder: Path) -> tuple[LabelledImages, LabelledImages]:
    """Return the training and the test set of MNIST in a folder with its four files, plain or with the suffix .gz.

    Raises:
        neat.NeatError: a file is missing; or as `read_pair`; or the two sets have images of different sizes.
    """
    training, test = (
        read_pair(_existing(folder / f"{name}-images-idx3-ubyte"), _existing(folder / f"{name}-labels-idx1-ubyte"))
        for name in ("train", "t10k")
    )
    if training.images.shape[1:] != test.images.shape[1:]:
        raise neat.NeatError(
            f"{folder}: the images of the training set have {_size(training.images)} pixels, those of the test set "
            f"{_size(test.images)}; both must have the same size"
        )
    return training, test


def _read(file: Path, stream: BinaryIO | gzip.GzipFile, magic: int) -> Bytes:
    _check_magic(file, _header(file, stream, 1)[0], magic)
    sizes = _header(file, stream, magic & 0xFF)
    expected, shape = math.prod(sizes), " x ".join(map(str, sizes))
    if not expected:
        raise neat.NeatError(f"{file}: holds no {_KINDS[magic]} (its header says {shape}; expected at least 1 of each)")
    if expected > _MOST:
        raise neat.NeatError(f"{file}: its header says {shape} = {expected:,} bytes; at most {_MOST:,} are read")
    values = BytesIO()
    while values.tell() <= expected and (chunk := stream.read(min(_CHUNK, expected + 1 - values.tell()))):
        values.write(chunk)
    if values.tell() < expected:
        raise neat.NeatError(
            f"{file}: truncated: {values.tell():,} bytes of {_KINDS[magic]} follow the header, which says {shape} = "
            f"{expected:,} bytes (download it again)"
        )
    if values.tell() > expected:
        raise neat.NeatError(
            f"{file}: more bytes follow the {_KINDS[magic]} than the {expected:,} that the header says ({shape}); "
            "expected the end of the file"
        )
    return np.frombuffer(values.getvalue(), np.uint8).reshape(sizes)


def _header(file: Path, stream: BinaryIO | gzip.GzipFile, count: int) -> tuple[int, ...]:
    """Return the next 32-bit numbers of a header."""
    data = stream.read(4 * count)
    if len(data) < 4 * count:
        raise neat.NeatError(f"{file}: ends within its header (expected an IDX file, such as those of MNIST)")
    return tuple(np.frombuffer(data, ">u4").tolist())


def _check_magic(file: Path, found: int, wanted: int) -> None:
    if found == wanted:
        return
    hint = f" (this is a file of {_KINDS[found]})" if found in _KINDS else ""
    raise neat.NeatError(
        f"{file}: the magic number is 0x{found:08x}{hint}; expected 0x{wanted:08x}, {_KINDS[wanted]} as unsigned bytes "
        f"(type code 8) in {wanted & 0xFF} dimension{'s' if wanted & 0xFF > 1 else ''}"
    )


def _existing(plain: Path) -> Path:
    """Return the plain or the compressed file, whichever exists."""
    packed = plain.with_name(f"{plain.name}.gz")
    for file in (plain, packed):
        if file.is_file():
            return file
    raise neat.NeatError(f"{plain}: there is no such file, nor {packed.name}; expected one of MNIST's four files")


def _size(images: Bytes) -> str:
    return f"{images.shape[1]} x {images.shape[2]}"
