"""Reading JSON from files that anybody may have written."""

from __future__ import annotations

import json
from typing import Any

_LARGEST = 1 << 20  # characters: they may become fifty times as many bytes of Python objects


def load_json(text: str, largest: int = _LARGEST) -> Any:
    """Return the value that a JSON text of at most `largest` characters describes.

    Raises:
        ValueError: the text is longer, nested too deeply, or not JSON.
        TypeError: it is not text at all.
    """
    if len(text) > largest:
        raise ValueError(f"{len(text):,} characters of JSON, of which {largest:,} are allowed")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
