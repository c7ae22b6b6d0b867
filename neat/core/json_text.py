"""Reading JSON from untrusted files."""

from __future__ import annotations

import json
from typing import Any

_LARGEST = 1 << 20  # characters; Python objects may take fifty times as many bytes


def load_json(text: str, largest: int = _LARGEST) -> Any:
    """Return the value of a JSON text of at most `largest` characters.

    Raises:
        ValueError: the text is longer, nested too deeply, or not JSON.
        TypeError: it is not text.
    """
    if len(text) > largest:
        raise ValueError(f"{len(text):,} characters of JSON, of which {largest:,} are allowed")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
