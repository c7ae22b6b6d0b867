"""What is needed to make pictures where there is no screen."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Return whether there is a display to open a window on."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def render_without_screen() -> None:
    """Let MuJoCo and pygame make pictures where there is no screen; call it before they are imported.

    What the user has set stays as it is.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it would print a greeting
    if not has_display():
        for name, value in (("MUJOCO_GL", "egl"), ("SDL_VIDEODRIVER", "dummy")):
            os.environ[name] = os.environ.get(name) or value
