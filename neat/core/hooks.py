"""Functions of higher layers that lower layers call.

A genome shows itself in a notebook as a drawing, but drawing belongs to a higher layer. So lower layers call such
functions by name, and `neat/composition.py`, which stands above all layers, says which function each name stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_TARGETS: dict[str, str] = {}


def set_hooks(targets: Mapping[str, str]) -> None:
    """Set the functions that names stand for, as `module:function`; they are imported when they are first called."""
    _TARGETS.update(targets)


def call_hook(name: str, *arguments: object) -> Any:
    """Call the function that a name stands for, and return its result."""
    module, _, function = _TARGETS[name].partition(":")
    return getattr(import_module(module), function)(*arguments)
