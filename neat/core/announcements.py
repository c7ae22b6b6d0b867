"""Announcements of what takes long or happens elsewhere: by default, warnings of the logger `neat`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_receivers: list[Callable[[str], object]] = [logging.getLogger("neat").warning]


def announce(text: str) -> None:
    """Announce something to the user."""
    _receivers[-1](text)


@contextmanager
def announced_to(receiver: Callable[[str], object]) -> Iterator[None]:
    """Pass announcements to `receiver` in the body, instead of the logger."""
    _receivers.append(receiver)
    try:
        yield
    finally:
        _receivers.remove(receiver)
