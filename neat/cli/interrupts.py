"""Ctrl-C, SIGTERM and a closed terminal end a command with exit status 130.

A run is saved at once, even while a kernel keeps Python from handling signals.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130
_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_SIGNALS = [bytes([number]) for number in _NUMBERS]
_RESPONSE = 0.3  # seconds; later, Python is assumed to be inside a long kernel
_CLEAN_UP = 5.0  # seconds for the user's own code to clean up
_THREADS_END = 0.5  # seconds for threads of kernels to end, once everything is saved


class Interruption:
    """An interruption of a run: whether the user wants the run to end (`wanted`), and whether it has (`done`)."""

    def __init__(self, save: Callable[[], None]) -> None:
        self.wanted = threading.Event()
        self.done = threading.Event()
        self._save = save
        self._claim = threading.Lock()  # held by the thread that saves: the main thread or the guard

    def check(self) -> None:
        """Raise KeyboardInterrupt again if some code swallowed the first one."""
        if self.wanted.is_set():
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.wanted.is_set():
            return  # a further signal would only disturb the saving
        if not self._claim.acquire(blocking=False):
            time.sleep(_CLEAN_UP)  # the guard is saving, and ends the process
        self.wanted.set()
        raise KeyboardInterrupt

    def _guard(self, signals: socket.socket) -> None:
        while (number := signals.recv(1)) not in _SIGNALS:
            if not number:
                signals.close()  # the run is over
                return
        try:  # the socket stays open: otherwise Python would print an error for every further signal
            noticed = self.wanted.wait(_RESPONSE) or not self._claim.acquire(blocking=False)
            if not noticed or not self.done.wait(_CLEAN_UP):
                self._save()
            else:
                time.sleep(_THREADS_END)
        finally:
            os._exit(INTERRUPTED)


@contextmanager
def interrupting() -> Iterator[None]:
    """Let the first signal raise KeyboardInterrupt in the body, and any further one end the process at once."""
    before, hook = _handled_by(_interrupt), sys.unraisablehook
    sys.unraisablehook = _unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _unraisable(unraisable: Any) -> None:
    """Report an exception that Python swallows, as in a finaliser; an interruption ends the command.

    During a run, `Interruption` has recorded it. At any other time there is nothing to save: the process ends at once.
    """
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
    elif any(signal.getsignal(number) in (_interrupt, _leave) for number in _NUMBERS):
        os._exit(INTERRUPTED)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, or end the process within an import, which might swallow or print the exception."""
    _handled_by(_leave)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _leave(number, frame)
        frame = frame.f_back
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _handled_by(handler: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Let a function handle the signals, and return the previous handlers.

    Ignored signals stay ignored, as `nohup` and `&` require. Only the main thread can set handlers.
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
    """Let SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt in the body, and ensure that the process ends soon after.

    Python handles a signal in the main thread, and only after the kernel that runs there returns. But the
    interpreter writes every signal to a socket at once: a thread that reads the socket calls `save` and ends
    the process if the main thread does not respond.
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
        if not interruption.wanted.is_set():  # otherwise the process is ending, which nothing must disturb
            for number, handler in before.items():
                signal.signal(number, handler)
        writer.close()
