"""A champion that plays: its episodes, moment by moment, to be shown, filmed or written down."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.execution.in_process import exit_interrupts
from neat.genetics.genome import Genome
from neat.network import Network, compile_networks
from neat.problems.evaluation import Arrays
from neat.problems.moments import DEFAULT_FRAME_RATE, FRAMES, WINDOW, Moment, SupportsMoments, checked_frame
from neat.problems.protocol import Problem, SupportsRender, name_of
from neat.runs.evaluate import check_champion, load_champion

_WHEN = "when the champion was shown"
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Player:
    """A champion that plays episodes of its problem.

    Attributes:
        genome: the champion.
        problem: it can play step by step, or render pictures.
        preprocessing: the arrays that were saved with the champion.
    """

    genome: Genome
    problem: Problem
    preprocessing: Arrays

    @property
    def steps(self) -> bool:
        """Whether moments have observations, actions and rewards; otherwise they have only pictures and nodes."""
        return isinstance(self.problem, SupportsMoments)

    @property
    def has_window(self) -> bool:
        """Whether the problem can open a window of its own."""
        return isinstance(self.problem, SupportsMoments) and WINDOW in self.problem.render_modes()

    @property
    def frame_rate(self) -> float:
        """The number of pictures per second."""
        return self.problem.frame_rate() if isinstance(self.problem, SupportsMoments) else DEFAULT_FRAME_RATE

    def play(self, episodes: int, seed: int, mode: str | None = None) -> Generator[Moment]:
        """Yield all moments of some episodes; the same seed gives the same episodes.

        A problem with steps plays the episodes in which `neat evaluate` tests the champion with this seed. Another one
        renders episodes with the seeds `seed`, `seed` + 1, and so on.

        Args:
            episodes: their number.
            seed: the seed.
            mode: FRAMES, WINDOW or None, as for `SupportsMoments`; a problem without steps always makes pictures.

        Raises:
            NeatError: the problem cannot be shown in this way.
            ProblemError: the problem failed.
            KeyboardInterrupt: the problem called `sys.exit()`.
        """
        problem, network = self.problem, compile_networks(self.genome)
        if isinstance(problem, SupportsMoments):
            moments = _guarded(lambda: problem.play_moments(network, episodes, seed, self.preprocessing, mode))
            yield from _each(moments)
        elif isinstance(problem, SupportsRender):
            for episode in range(episodes):
                yield from self._rendered(problem, Network(network.networks), episode + 1, seed + episode)

    def _rendered(self, problem: SupportsRender, network: Network, episode: int, seed: int) -> Iterator[Moment]:
        """Yield the moments of an episode of which there are only pictures."""
        where = f"{name_of(problem)}, in episode {episode} (seed {seed})"
        step = -1
        for step, frame in enumerate(_each(_guarded(lambda: iter(problem.render(network, seed, self.preprocessing))))):
            yield Moment(episode, step, network.node_values(), checked_frame(frame, where))
        if step < 0:
            raise ProblemError(f"{where}: render yielded no picture")


def player_of_run(folder: str | os.PathLike[str], problem: Problem | None = None, *, trust: bool = False) -> Player:
    """Return the champion of the run in `folder` as a player; arguments are as for `evaluate_run`.

    Raises:
        NeatError: as `evaluate_run`, or nothing can be shown of the problem.
        ProblemError: the user's own module or class raised an exception.
    """
    found = load_champion(folder, problem, trust=trust)
    check_champion(found.genome, found.problem)
    if not isinstance(found.problem, SupportsMoments | SupportsRender):
        raise NeatError(
            f"{folder}: nothing can be shown of {name_of(found.problem)}, since it has no method render (Gymnasium "
            "environments can be shown, and problems of your own with render(network, seed, preprocessing))"
        )
    return Player(found.genome, found.problem, found.preprocessing)


def picture_mode(player: Player, *, own_window: bool) -> str:
    """Return the mode in which a player is shown: in the problem's own window if that is wanted and possible."""
    return WINDOW if own_window and player.has_window else FRAMES


def _each(items: Iterator[Result]) -> Iterator[Result]:
    """Yield the items of an iterator that runs a problem's code, and close it at the end."""
    end = object()
    try:
        while True:
            item = _guarded(lambda: next(items, end))
            if item is end:
                return
            yield item  # type: ignore[misc]
    finally:
        if hasattr(items, "close"):
            _guarded(items.close)


def _guarded(call: Callable[[], Result]) -> Result:
    """Return the result of a problem's code; what it raises becomes an error."""
    with exit_interrupts(_WHEN):
        try:
            return call()
        except (NeatError, *INTERRUPTIONS):
            raise
        except BaseException as error:
            raise ProblemError(f"the problem raised {message_of(error)} {_WHEN}") from error
