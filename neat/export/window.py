"""A window in which episodes are shown, and what is needed where there is no screen."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from typing import Any

from neat.core.errors import NeatError
from neat.core.optional import import_optional
from neat.core.screens import has_display
from neat.problems.protocol import Frame

_UNSEEN = ("dummy", "offscreen")  # drivers of SDL, which it falls back to
_CLOSED = "the window was closed"


def has_screen() -> bool:
    """Return whether there is a screen to open a window on, or SDL was told to do without one."""
    return has_display() or bool(os.environ.get("SDL_VIDEODRIVER"))


def check_window() -> None:
    """Check that a window can be opened, as far as pygame knows.

    Raises:
        NeatError: none can be opened.
    """
    try:
        pygame: Any = import_module("pygame")
    except ImportError:  # the environment says what it needs
        return
    _open_display(pygame)
    pygame.display.quit()


class Window:
    """A window of this title that shows pictures, so many per second; to close it, or to press Escape, is to interrupt.

    Raises:
        NeatError: pygame is not installed, or no window can be opened.
    """

    def __init__(self, title: str, frame_rate: float) -> None:
        self._pygame: Any = import_optional("pygame", "video")
        self._rate = frame_rate
        self._screen: Any = None
        self._clock = self._pygame.time.Clock()
        _open_display(self._pygame)
        self._pygame.display.set_caption(title)

    def show(self, frame: Frame) -> None:
        """Show a picture, (height, width, 3) uint8, once the previous one has been there for its time.

        Raises:
            KeyboardInterrupt: the window was closed.
        """
        height, width, _ = frame.shape
        if self._screen is None or self._screen.get_size() != (width, height):
            self._screen = self._pygame.display.set_mode((width, height))
        self._screen.blit(self._pygame.image.frombuffer(frame.tobytes(), (width, height), "RGB"), (0, 0))
        self._pygame.display.flip()
        self._clock.tick(self._rate)
        if _is_closing(self._pygame):
            raise KeyboardInterrupt(_CLOSED)
        self._pygame.event.clear()  # a full queue would take no more events

    def close(self) -> None:
        """Close the window."""
        self._pygame.display.quit()


class EnvironmentWindow:
    """The window that an environment opens by itself; environments go on playing when it is closed."""

    def __init__(self) -> None:
        self._glfw_window = False  # whether MuJoCo's window has been open

    def check(self) -> None:
        """Raise KeyboardInterrupt if the window was closed, or Escape was pressed in it."""
        pygame: Any = sys.modules.get("pygame")
        if pygame is not None and pygame.display.get_init() and _is_closing(pygame):
            raise KeyboardInterrupt(_CLOSED)
        glfw: Any = sys.modules.get("glfw")
        if glfw is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it is no longer initialised after Escape
                context = glfw.get_current_context()
                if self._glfw_window and (not context or glfw.window_should_close(context)):
                    raise KeyboardInterrupt(_CLOSED)
            self._glfw_window = bool(context)


def _is_closing(pygame: Any) -> bool:
    """Return whether the user wants to close a window of pygame."""
    events = pygame.event.get((pygame.QUIT, pygame.KEYDOWN))  # an environment may want the others
    return any(event.type == pygame.QUIT or event.key == pygame.K_ESCAPE for event in events)


def _open_display(pygame: Any) -> None:
    try:
        pygame.display.init()
    except pygame.error as error:
        raise _no_window(str(error)) from None
    if pygame.display.get_driver() in _UNSEEN and not os.environ.get("SDL_VIDEODRIVER"):
        pygame.display.quit()
        raise _no_window(f"the screen {os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')} does not answer")


def _no_window(why: str) -> NeatError:
    return NeatError(f"no window can be opened ({why}); film it instead: --video FILE.mp4")
