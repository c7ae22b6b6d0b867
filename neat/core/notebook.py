"""How things show themselves in a notebook.

A genome or a result lives in a low room and may not know the rooms above that draw. So each only says what kind of
thing it is, and the package itself (`neat/__init__.py`), which stands above all rooms, says who draws that kind.
"""

from __future__ import annotations

from importlib import import_module

#: Who draws a kind of thing: `module:function`, a function of the thing that returns text.
DRAWN_BY: dict[str, str] = {}


def drawn(kind: str, thing: object) -> str:
    """Return a thing as SVG or HTML, made by the function that is declared for its kind."""
    module, _, function = DRAWN_BY[kind].partition(":")
    return str(getattr(import_module(module), function)(thing))
