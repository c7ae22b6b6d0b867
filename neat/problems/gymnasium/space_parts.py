"""The numbers of which observations and actions consist, in the order of Gymnasium's `flatten`, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from neat.config.formatting import unprintable

UNBOUNDED = 1e9  # larger bounds say nothing about the values

NUMBER, CHOICE, BIT = "number", "choice", "bit"


class Part(NamedTuple):
    """A number of a flattened observation or action: its name, bounds, and whether it is one of a choice, or a bit."""

    name: str
    low: float
    high: float
    kind: str


def parts_of(space: Any, known: Sequence[str], root: str) -> list[Part]:
    """Return the parts of a space, with the `known` names if there are as many; `root` names what has none."""
    from gymnasium import spaces

    parts = list(_parts(space, "state" if isinstance(space, spaces.Discrete) and root == "observation" else root, root))
    names = [part.name for part in parts]
    if len(known) == len(parts):
        names = list(known)
    elif len(set(names)) < len(names) or any(unprintable(name) for name in names):
        names = [f"{root}[{index}]" for index in range(len(names))]
    return [part._replace(name=name) for part, name in zip(parts, names, strict=True)]


def _parts(space: Any, path: str, root: str) -> Iterator[Part]:
    from gymnasium import spaces

    if isinstance(space, spaces.Box):
        bounds = zip(np.ravel(space.low).tolist(), np.ravel(space.high).tolist(), strict=True)
        for place, (low, high) in zip(np.ndindex(space.shape), bounds, strict=True):
            yield Part(path + _indices(place), float(low), float(high), NUMBER)
    elif isinstance(space, spaces.Discrete):
        yield from (Part(f"{path} {space.start + index}", 0.0, 1.0, CHOICE) for index in range(space.n))
    elif isinstance(space, spaces.MultiBinary):
        yield from (Part(path + _indices(place), 0.0, 1.0, BIT) for place in np.ndindex(space.shape))
    elif isinstance(space, spaces.MultiDiscrete):
        starts = np.ravel(space.start).tolist()
        for place, start, count in zip(np.ndindex(space.shape), starts, np.ravel(space.nvec).tolist(), strict=True):
            name = path + _indices(place)
            yield from (Part(f"{name} {start + index}", 0.0, 1.0, CHOICE) for index in range(count))
    elif isinstance(space, spaces.Tuple):
        for index, part in enumerate(space.spaces):
            yield from _parts(part, f"{path}[{index}]", root)
    else:
        for key, part in space.spaces.items():
            yield from _parts(part, str(key) if path == root else f"{path} {key}", root)


def _indices(place: tuple[int, ...]) -> str:
    return "".join(f"[{index}]" for index in place)
