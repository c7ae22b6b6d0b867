"""Drawing objects in notebooks.

Genomes and results are defined in packages below those that draw. Therefore they only name the kind of object, and the
package itself (`neat/__init__.py`) declares the function that draws each kind.
"""

from __future__ import annotations

from importlib import import_module

#: By the kind of object: `module:function`, a function of the object that returns text.
DRAWN_BY: dict[str, str] = {}


def drawn(kind: str, thing: object) -> str:
    """Return an object as SVG or HTML, drawn by the function that is declared for its kind."""
    module, _, function = DRAWN_BY[kind].partition(":")
    return str(getattr(import_module(module), function)(thing))
