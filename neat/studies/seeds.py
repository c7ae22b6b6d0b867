"""Lists of seeds, also as text: `0..9,20,30..39`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import index

from neat.config.arguments import argument_error
from neat.config.formatting import describe
from neat.core.errors import NeatError

MOST = 1_000_000  # more seeds are taken for a mistake
_LARGEST = 2**63 - 1  # as for `[run] seed`
_PIECE = re.compile(r"\s*([0-9]{1,19})\s*(?:\.\.\s*([0-9]{1,19})\s*)?")
_ALLOWED = "such as 7, 0..99 or 0..9,20,30..39"


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds in a text, in its order; a range includes both ends.

    Raises:
        NeatError: the text is not a list of seeds, a range runs backwards, or a seed appears twice.
    """
    pieces: list[range] = []
    for piece in text.split(","):
        found = _PIECE.fullmatch(piece)
        if found is None:
            raise NeatError(
                f"seeds {describe(text)}: {describe(piece.strip())} is neither a seed nor a range ({_ALLOWED})"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise NeatError(f"seeds {describe(text)}: {describe(piece.strip())} runs backwards (write {last}..{first})")
        pieces.append(range(first, last + 1))
    if sum(piece.stop - piece.start for piece in pieces) > MOST:
        raise NeatError(f"seeds {describe(text)}: there are more than {MOST:,}, the largest number at once")
    return checked_seeds([seed for piece in pieces for seed in piece])


def checked_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Return seeds after a check: whole numbers from 0 to 2^63 - 1, each of them once.

    Raises:
        NeatError: a seed is something else, or there are none.
    """
    found: dict[int, None] = {}
    if isinstance(seeds, bytes | bytearray | Mapping) or not isinstance(seeds, Iterable):
        raise argument_error("seeds", seeds, f"a list of whole numbers, or a text {_ALLOWED}")
    for given in seeds:
        try:
            seed = index(given) if not isinstance(given, bool) else None
        except TypeError:
            seed = None
        if seed is None:
            raise NeatError(f"seed {describe(given)}: is not a whole number (seeds: {_ALLOWED})")
        if len(found) == MOST:
            raise NeatError(f"seeds: there are more than {MOST:,}, the largest number at once")
        if not 0 <= seed <= _LARGEST:
            raise NeatError(f"seed {describe(seed)}: is not from 0 to {_LARGEST}")
        if seed in found:
            raise NeatError(f"seed {seed}: appears twice (the same seed gives the same run)")
        found[seed] = None
    if not found:
        raise NeatError(f"seeds: there are none ({_ALLOWED})")
    return tuple(found)
