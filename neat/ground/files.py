"""Reading files that anybody may have written: plain ones, no larger than they can rightly be."""

from __future__ import annotations

from pathlib import Path

from neat.ground.errors import NeatError


def read_text(file: Path, largest: int) -> str:
    """Return the text of a plain file of at most `largest` bytes.

    Raises:
        NeatError: it is not there, is no plain file (a pipe might never end), is larger, cannot be read, or is no
            UTF-8 text; the message begins with its name.
    """
    try:
        if file.exists() and not file.is_file():
            raise NeatError(f"{file}: is no file" if file.is_dir() else f"{file}: is no plain file")
        with file.open("rb") as opened:
            data = opened.read(largest + 1)
    except OSError as error:
        raise NeatError(f"{file}: cannot be read ({error.strerror or error})") from None
    except ValueError:  # a path with a NUL in it
        raise NeatError(f"{str(file)!a}: no such file") from None
    if len(data) > largest:
        raise NeatError(f"{file}: is larger than {largest >> 20} MiB, so it is not what it should be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NeatError(f"{file}: is no UTF-8 text (byte {error.start} cannot be read)") from None
