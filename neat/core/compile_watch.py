"""Compilation of kernels: how long it takes, and the message that announces it.

Numba compiles a kernel when it is first called, and the caller waits. A listener for numba's compile events measures
these waits; loading a kernel from disk does not count. A wait of more than a second is announced.
"""

from __future__ import annotations

import math
from time import monotonic
from typing import Any
from weakref import WeakSet

from numba.core import event

from neat.core.announcements import announce

ONCE = "compiling kernels, which later runs reuse: up to 20 seconds, longer on a busy machine ..."
AT_EVERY_START = (
    "compiling kernels, up to 20 seconds at every start: no folder to cache them in can be written "
    "(set NUMBA_CACHE_DIR to a folder that can)"
)
_SECONDS_UNANNOUNCED = 1.0
_SECONDS_APART = 5.0  # a pause of this length between compilations, after which they are announced again
_SECONDS_RELAYED = 60.0  # worker processes that compile within this time share one announcement

_listener: Any = event.Listener  # its module has no types


class Watch(_listener):  # type: ignore[misc]
    """Measures how long kernels take to compile, and announces it.

    It listens to numba's compile events (`numba.core.event`), which numba documents as experimental; there is no other
    way to measure compilation that is started by a call of a kernel.

    A kernel is compiled together with everything it calls, so compile events are nested: only the outermost counts.
    Numba compiles under a lock, so events never come from two threads at once.
    """

    def __init__(self) -> None:
        self.kernels: WeakSet[Any] = WeakSet()
        self.cached = True  # whether compiled kernels can be kept on disk
        self._seconds = 0.0  # of all compilations that have ended
        self._depth = 0
        self._began = 0.0
        self._ended = -math.inf
        self._waited = 0.0  # seconds of the compilations since the last pause
        self._announced = False
        self._last_announced = -math.inf

    def seconds(self) -> float:
        """Return how many seconds this process has spent compiling kernels."""
        return self._seconds + (monotonic() - self._began if self._depth else 0.0)

    def on_start(self, event: Any) -> None:
        """Record that numba begins to compile a function."""
        now = monotonic()
        if self._depth == 0:
            if event.data["dispatcher"] not in self.kernels:  # not a kernel of this package
                return
            self._began = now
            if now - self._ended > _SECONDS_APART:
                self._waited, self._announced = 0.0, False
        self._depth += 1
        self._look(now)

    def on_end(self, event: Any) -> None:
        """Record that numba has compiled a function, or failed to."""
        if self._depth == 0:
            return
        now = monotonic()
        self._look(now)
        self._depth -= 1
        if self._depth == 0:
            self._seconds += now - self._began
            self._waited += now - self._began
            self._ended = now

    def relay(self) -> None:
        """Announce that a worker process compiles kernels, once for all workers that do so at the same time."""
        now = monotonic()
        if now - self._last_announced > _SECONDS_RELAYED:
            self._tell(now)

    def _look(self, now: float) -> None:
        if not self._announced and self._waited + now - self._began >= _SECONDS_UNANNOUNCED:
            self._announced = True
            self._tell(now)

    def _tell(self, now: float) -> None:
        self._last_announced = now
        announce(ONCE if self.cached else AT_EVERY_START)


watch = Watch()  # the only one in this process
event.register("numba:compile", watch)


def working_clock() -> float:
    """Return the time in seconds of a clock that stops while kernels are compiled."""
    return monotonic() - watch.seconds()
