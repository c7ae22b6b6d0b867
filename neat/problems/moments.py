"""Episodes step by step: the moments that `neat play` shows, films and writes down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import describe
from neat.core.errors import ProblemError
from neat.problems.evaluation import Arrays
from neat.problems.protocol import Frame

if TYPE_CHECKING:
    from neat.network import Network

#: How episodes are shown: FRAMES makes a picture of every moment, WINDOW lets the problem open a window of its own.
FRAMES, WINDOW = "rgb_array", "human"
DEFAULT_FRAME_RATE = 30.0  # pictures per second


@dataclass(frozen=True, eq=False)
class Moment:
    """One moment of an episode: after the reset, or after a step. An episode of n steps has n + 1 moments.

    Attributes:
        episode: the number of the episode, from 1.
        step: the number of steps before this moment, from 0.
        nodes: (N,) float64, the values of the network's nodes (see `Network.node_values`).
        frame: the picture, or None if there is none.
        observation: (I,) float64, what the network is given, before it is scaled; None in the last moment.
        action: (A,) float64, the numbers of the action that the network then chooses; None in the last moment.
        chosen: the indices of the outputs that the action selects, if an action selects some.
        reward: the reward of this action; None in the last moment.
        total: the sum of the rewards of the episode, this one included.

    A problem that only renders pictures has neither observations, actions nor rewards.
    """

    episode: int
    step: int
    nodes: NDArray[np.float64]
    frame: Frame | None = None
    observation: NDArray[np.float64] | None = None
    action: NDArray[np.float64] | None = None
    chosen: tuple[int, ...] = ()
    reward: float | None = None
    total: float = 0.0


@runtime_checkable
class SupportsMoments(Protocol):
    """A problem that can play its episodes step by step."""

    def play_moments(
        self, network: Network, episodes: int, seed: int, preprocessing: Arrays, mode: str | None = None
    ) -> Iterator[Moment]:
        """Yield the moments of the episodes in which `test` tests a network with the same seed.

        `mode` is FRAMES, WINDOW, or None, which shows nothing.
        """

    def render_modes(self) -> tuple[str, ...]:
        """Return those of FRAMES and WINDOW that are possible, and the names of other ways to render."""

    def frame_rate(self) -> float:
        """Return the number of pictures per second."""


def checked_frame(frame: Any, where: str) -> Frame:
    """Return a picture after checking it.

    Raises:
        ProblemError: it is not an array of shape (height, width, 3) and uint8; the message begins with `where`.
    """
    if isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3:
        if frame.size:
            return frame
        given = f"empty, of shape {frame.shape}"
    elif isinstance(frame, np.ndarray):
        given = f"{frame.dtype} of shape {frame.shape}"
    else:
        given = describe(frame)
    raise ProblemError(f"{where}: a picture is {given}; it must be uint8 of shape (height, width, 3)")
