"""Ctrl-C, SIGTERM and a closed terminal: how a command ends early, with exit status 130.

A run saves at once, also while a kernel keeps Python from handling signals.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130
_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_SIGNALS = [bytes([number]) for number in _NUMBERS]
_UNNOTICED = 0.3  # seconds after which Python is taken to be inside a long kernel
_UNFINISHED = 5.0  # seconds for a user's own cleaning up
_UNENDED = 0.5  # seconds for threads of kernels to end, when everything is saved


class Interruption:
    """Whether the user wants the run to end (`wanted`), and whether it has (`done`)."""

    def __init__(self, save: Callable[[], None]) -> None:
        self.wanted = threading.Event()
        self.done = threading.Event()
        self._save = save
        self._claim = threading.Lock()  # held by whoever saves: the main thread or the guard

    def check(self) -> None:
        """Raise KeyboardInterrupt if the user wants the run to end, and some code swallowed the first one."""
        if self.wanted.is_set():
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.wanted.is_set():
            return  # once is enough: another one would only disturb the saving
        if not self._claim.acquire(blocking=False):
            time.sleep(_UNFINISHED)  # the guard is saving, and ends the process
        self.wanted.set()
        raise KeyboardInterrupt

    def _guard(self, signals: socket.socket) -> None:
        while (number := signals.recv(1)) not in _SIGNALS:
            if not number:
                signals.close()  # the run is over
                return
        try:  # with the socket open: for every further signal Python would tell that it cannot be sent
            noticed = self.wanted.wait(_UNNOTICED) or not self._claim.acquire(blocking=False)
            if not noticed or not self.done.wait(_UNFINISHED):
                self._save()
            else:
                time.sleep(_UNENDED)
        finally:
            os._exit(INTERRUPTED)


@contextmanager
def interrupting() -> Iterator[None]:
    """Let the first signal raise KeyboardInterrupt in the body, and every further one end the process at once."""
    before = _handled_by(_interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; within an import, which may swallow or print it, end the process: nothing has begun."""
    _handled_by(_leave)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _leave(number, frame)
        frame = frame.f_back
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _handled_by(handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Let a function handle the signals, and return the handlers before it.

    Ignored ones stay ignored, as `nohup` and `&` want it; and only the main thread can set handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    before = {number: old for number, old in before.items() if old not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, handler)
    return before


@contextmanager
def interruptible(save: Callable[[], None]) -> Iterator[Interruption]:
    """Let SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt in the body, and see that the process ends soon after.

    Python handles a signal in the main thread, and not before the kernel that runs there returns. But the
    interpreter writes every signal to a socket at once: a thread that reads it calls `save` and ends the
    process where the main thread does not answer.
    """
    interruption = Interruption(save)
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    threading.Thread(target=interruption._guard, args=(reader,), daemon=True).start()
    before = _handled_by(interruption._handle)
    previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield interruption
    finally:
        interruption.done.set()
        signal.set_wakeup_fd(previous)
        if not interruption.wanted.is_set():  # else the process ends, and nothing is to disturb that
            for number, handler in before.items():
                signal.signal(number, handler)
        writer.close()
