"""A trace of episodes as CSV: one row per step, with all that the network saw, computed and did."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from neat.core.errors import NeatError
from neat.export.structure import kind_of
from neat.genetics.genome import Genome
from neat.problems.moments import Moment
from neat.store.folder import cannot_write, replacing

_ORDER = ("input", "bias", "hidden", "output")


class Trace:
    """A trace that is being written; `add` writes the row of a moment, if it has one.

    Args:
        opened: the file.
        genome: the genome of the network, which names the nodes.
        inputs: the names of what the network is given.
        steps: whether there are observations, actions and rewards; otherwise there is a row for each picture.
    """

    def __init__(self, opened: TextIO, genome: Genome, inputs: Sequence[str], *, steps: bool) -> None:
        self._writer = csv.writer(opened, lineterminator="\n")
        self._outputs, self._steps, self._inputs = genome.layout.outputs, steps, inputs
        layout = genome.layout
        kinds = [kind_of(layout, node) for node in genome.column("node").tolist()]
        self._order = sorted(range(len(kinds)), key=lambda node: _ORDER.index(kinds[node]))  # stable
        self._nodes = [
            "bias" if kinds[place] == "bias" else f"{kinds[place]} {layout.name(int(genome.column('node')[place]))}"
            for place in self._order
        ]
        self._begun = False

    def add(self, moment: Moment) -> None:
        """Write the row of a moment; the last moment of an episode with steps has none."""
        nodes = ["" if np.isnan(value) else value for value in moment.nodes[self._order].tolist()]
        if not self._steps:
            self._begin(["episode", "picture", *self._nodes])
            self._writer.writerow([moment.episode, moment.step + 1, *nodes])
        elif moment.observation is not None and moment.action is not None:
            seen = [f"observation {name}" for name in self._inputs]
            self._begin(["episode", "step", *seen, *self._nodes, *self._action_names(moment.action), "reward"])
            values = [*moment.observation.tolist(), *nodes, *map(_plain, moment.action.tolist()), moment.reward]
            self._writer.writerow([moment.episode, moment.step + 1, *values])

    def _begin(self, names: list[str]) -> None:
        if not self._begun:
            self._writer.writerow(names)
            self._begun = True

    def _action_names(self, action: NDArray[np.float64]) -> list[str]:
        """Return the names of the numbers of an action: those of the outputs if there are as many."""
        if len(action) == len(self._outputs):
            return [f"action {name}" for name in self._outputs]
        return ["action"] if len(action) == 1 else [f"action {number}" for number in range(1, len(action) + 1)]


@contextmanager
def tracing(file: Path, genome: Genome, inputs: Sequence[str], *, steps: bool) -> Iterator[Trace]:
    """Let the body add the moments of a trace; the complete trace then replaces `file` at once.

    The arguments are those of `Trace`.

    Raises:
        NeatError: the file is not named .csv, or cannot be written.
    """
    check_trace(file)
    with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as opened:
        try:
            yield Trace(opened, genome, inputs, steps=steps)
            opened.flush()
        except OSError as error:
            raise cannot_write(file, error) from None


def check_trace(file: Path) -> None:
    """Raise NeatError if a file is not named as a trace."""
    if file.suffix.lower() != ".csv":
        raise NeatError(f"{file}: a trace can only be saved as .csv")


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value
