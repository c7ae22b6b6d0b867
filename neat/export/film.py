"""Films of episodes: MP4 and GIF, written picture by picture, in which every picture is kept."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from neat.core.errors import NeatError, did_you_mean
from neat.core.optional import import_optional
from neat.problems.protocol import Frame
from neat.store.folder import replacing

FILMS = (".mp4", ".gif")
_LITTLE = 1 << 16  # bytes: with less, the disk counts as full
_FASTEST_GIF = 50.0  # pictures per second: the shortest time that programs show a picture of a GIF is 0.02 s
# A palette of its own for each picture; without `gifflags 0`, ffmpeg reuses parts of pictures with another palette.
_PALETTE = "palettegen=stats_mode=single:reserve_transparent=0"
_GIF = [
    "-filter_complex", f"split[a][b];[a]{_PALETTE}[p];[b][p]paletteuse=new=1:dither=none",
    "-gifflags", "0", "-f", "gif",
]  # fmt: skip
_MP4 = ["-crf", "18", "-preset", "veryfast", "-movflags", "+faststart", "-f", "mp4"]


class Film:
    """A film that is being written; `add` adds a picture, and all pictures have the size of the first one."""

    def __init__(self, file: Path, part: Path, frame_rate: float) -> None:
        self.frames = 0
        self._file, self._part, self._gif = file, part, film_suffix(file) == ".gif"
        self._rate = min(frame_rate, _FASTEST_GIF) if self._gif else frame_rate
        self._ffmpeg, self._shape = import_ffmpeg(), (0, 0, 0)
        self._writer: Generator[None, Any, None] | None = None

    def add(self, frame: Frame) -> None:
        """Add a picture, (height, width, 3) uint8; an odd row or column is repeated, since films have even sizes.

        Raises:
            NeatError: it has another size than the others, or the film cannot be written.
        """
        if self._writer is None:
            self._shape = frame.shape
            self._writer = self._begin((frame.shape[1] + frame.shape[1] % 2, frame.shape[0] + frame.shape[0] % 2))
        if frame.shape != self._shape:
            sizes = [f"{shape[1]} x {shape[0]}" for shape in (frame.shape, self._shape)]
            raise NeatError(f"{self._file}: a picture has {sizes[0]} pixels, and the first one {sizes[1]}")
        try:
            self._writer.send(even(frame).tobytes())
        except OSError:  # ffmpeg ended
            raise self._failure("ffmpeg failed") from None
        self.frames += 1

    def close(self) -> None:
        """End the film.

        Raises:
            NeatError: it is not complete.
        """
        if self._writer is None:
            return
        self._writer.close()
        try:
            count, _ = self._ffmpeg.count_frames_and_secs(str(self._part))
        except RuntimeError:
            raise self._failure("ffmpeg cannot read it again") from None
        if count != self.frames:
            raise self._failure(f"{count} of {self.frames} pictures are in it")

    def abandon(self) -> None:
        """Stop writing."""
        if self._writer is not None:
            self._writer.close()

    def _begin(self, size: tuple[int, int]) -> Generator[None, Any, None]:
        writer: Generator[None, Any, None] = self._ffmpeg.write_frames(
            str(self._part.absolute()),
            size,
            fps=self._rate,
            codec="gif" if self._gif else "libx264",
            pix_fmt_out="pal8" if self._gif else "yuv420p",
            quality=None,
            macro_block_size=1,
            ffmpeg_log_level="quiet",
            output_params=list(_GIF if self._gif else _MP4),
        )
        next(writer)
        return writer

    def _failure(self, why: str) -> NeatError:
        full = shutil.disk_usage(self._part.parent).free < _LITTLE
        return NeatError(f"{self._file}: the film cannot be written ({os.strerror(errno.ENOSPC) if full else why})")


@contextmanager
def filming(file: Path, frame_rate: float) -> Iterator[Film]:
    """Let the body add the pictures of a film; the complete film then replaces `file` at once.

    Args:
        file: the film; its suffix is .mp4 or .gif.
        frame_rate: pictures per second; at most 50 for a GIF.

    Raises:
        NeatError: a package is missing, the suffix is wrong, or the file cannot be written.
    """
    film_suffix(file)
    import_ffmpeg()
    with replacing(file) as part:
        film = Film(file, part, frame_rate)
        try:
            yield film
            film.close()
        finally:
            film.abandon()


def film_suffix(file: Path) -> str:
    """Return the suffix of a film's file, in lower case.

    Raises:
        NeatError: it is not that of a film.
    """
    suffix = file.suffix.lower()
    if suffix not in FILMS:
        guess = did_you_mean(suffix, FILMS) if suffix else ""
        raise NeatError(f"{file}: a film can only be saved as one of {', '.join(FILMS)}{guess}")
    return suffix


def import_ffmpeg() -> Any:
    """Return the module that runs ffmpeg.

    Raises:
        NeatError: it is not installed, or has no ffmpeg for this machine.
    """
    module = import_optional("imageio_ffmpeg", "video")
    try:
        module.get_ffmpeg_exe()
    except RuntimeError as error:
        raise NeatError(f"films need ffmpeg ({str(error).splitlines()[0]})") from None
    return module


def even(frame: Frame) -> Frame:
    """Return a picture with an even height and width, in which an odd row and column are repeated."""
    rows, columns = frame.shape[0] % 2, frame.shape[1] % 2
    if not (rows or columns):
        return np.ascontiguousarray(frame)
    return np.pad(frame, ((0, rows), (0, columns), (0, 0)), mode="edge")
