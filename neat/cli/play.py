"""`neat play`: a champion that plays, in a window, in a film, or as a table of its steps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from neat.cli.interrupts import INTERRUPTED
from neat.cli.terminal import say, shell_command, warn
from neat.core.errors import NeatError
from neat.core.screens import render_without_screen
from neat.core.text import counted
from neat.export.figures import import_matplotlib
from neat.export.film import film_suffix, filming, import_ffmpeg
from neat.export.trace import check_trace, tracing
from neat.export.window import EnvironmentWindow, Window, check_window, has_screen
from neat.problems.moments import FRAMES, WINDOW, Moment
from neat.problems.protocol import Frame
from neat.runs.play import Player, picture_mode, player_of_run
from neat.store.folder import find_run


class Wanted(NamedTuple):
    """What is shown: in a film, with the network, as a trace; in a window, unless there is a film or a trace."""

    video: Path | None
    network: bool
    trace: Path | None

    @property
    def window(self) -> bool:
        """Whether a window is opened."""
        return self.video is None and self.trace is None


def play_champion(text: str, episodes: int, seed: int, wanted: Wanted, *, trust: bool) -> None:
    """Let the champion of a run play some episodes, and print the steps and the reward of each."""
    _check(text, wanted)
    render_without_screen()
    player = player_of_run(find_run(text), trust=trust)
    try:
        _play(player, episodes, seed, wanted)
    except KeyboardInterrupt as interrupt:
        warn(*interrupt.args, "interrupted")
        sys.exit(INTERRUPTED)
    for file in (wanted.video, wanted.trace):
        if file is not None:
            say(file)


def _check(text: str, wanted: Wanted) -> None:
    """Check what can be checked before the run is read."""
    if wanted.video is not None:
        film_suffix(wanted.video)
        import_ffmpeg()
    if wanted.trace is not None:
        check_trace(wanted.trace)
    if wanted.network:
        if wanted.video is None and wanted.trace is not None:
            raise NeatError("--network: there is no picture to draw it beside (add --video FILE.mp4)")
        import_matplotlib()
    if wanted.window and not has_screen():
        film = shell_command(["neat", "play", text, "--video", "FILE.mp4"])
        raise NeatError(f"there is no screen here to open a window on; film it instead: {film}")


def _play(player: Player, episodes: int, seed: int, wanted: Wanted) -> None:
    """Play, and pass every moment to all that is wanted."""
    mode = None
    if wanted.video is not None or wanted.window:
        mode = picture_mode(player, own_window=wanted.window and not wanted.network)
    with ExitStack() as stack:
        viewers: list[Callable[[Moment], object]] = []
        if wanted.trace is not None:
            steps, inputs = player.steps, player.problem.inputs
            viewers.append(stack.enter_context(tracing(wanted.trace, player.genome, inputs, steps=steps)).add)
        picture = _pictures(player, network=wanted.network)
        if wanted.video is not None:
            film = stack.enter_context(filming(wanted.video, player.frame_rate))
            viewers.append(lambda moment: film.add(picture(moment)))
        elif mode == FRAMES:
            window = Window(f"neat: {player.genome!r}", player.frame_rate)
            stack.callback(window.close)
            viewers.append(lambda moment: window.show(picture(moment)))
        elif mode == WINDOW:
            check_window()
            environment = EnvironmentWindow()
            viewers.append(lambda moment: environment.check())
        moments = player.play(episodes, seed, mode)
        stack.callback(moments.close)  # before the film ends
        _show(player, moments, viewers)


def _show(player: Player, moments: Iterator[Moment], viewers: list[Callable[[Moment], object]]) -> None:
    """Pass every moment to all viewers, and print a line for each episode."""
    for episode, played in groupby(moments, key=lambda moment: moment.episode):
        for moment in played:
            for view in viewers:
                view(moment)
        if player.steps:
            say(f"episode {episode}: {counted(moment.step, 'step')}, reward {moment.total:.6g}")
        else:
            say(f"episode {episode}: {counted(moment.step + 1, 'picture')}")


def _pictures(player: Player, *, network: bool) -> Callable[[Moment], Frame]:
    """Return the function that makes the picture of a moment, with the network beside it if that is wanted."""
    if not network:
        return _frame
    from neat.export.panel import Panel, beside

    panels: list[Panel] = []  # made for the height of the first picture

    def with_network(moment: Moment) -> Frame:
        frame = _frame(moment)
        if not panels:
            panels.append(Panel(player.genome, len(frame)))
        return beside(frame, panels[0].picture(moment.nodes, moment.chosen))

    return with_network


def _frame(moment: Moment) -> Frame:
    assert moment.frame is not None
    return moment.frame
