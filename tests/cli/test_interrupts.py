"""A run changes the signal handlers of its process, and restores them at the end."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from neat.cli.interrupts import interruptible, interrupting

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def state() -> tuple[object, ...]:
    """Return the signal handlers of this process and its wakeup descriptor."""
    wakeup = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakeup)
    return (wakeup, *map(signal.getsignal, SIGNALS))


@pytest.fixture(autouse=True)
def unchanged():
    """Restore the signal handlers of the test process."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_are_afterwards_what_they_were() -> None:
    def own(number: int, frame: object) -> None: ...

    signal.signal(signal.SIGTERM, own)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    before = state()
    try:
        with interruptible(lambda: None):
            assert all(now != then for now, then in zip(state(), before, strict=True))
        assert state() == before
        with pytest.raises(ValueError), interruptible(lambda: None):
            raise ValueError
        assert state() == before
    finally:
        signal.set_wakeup_fd(-1)
        os.close(reader)
        os.close(writer)


def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as `nohup` and `&` do
    with interruptible(lambda: None):
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with interruptible(lambda: None):
        (guard,) = set(threading.enumerate()) - before
    guard.join(timeout=60)
    assert not guard.is_alive()


class Finalised:
    """An object whose finaliser raises an exception, which Python swallows."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


class Struck:
    """An object whose finaliser is interrupted by a signal."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass


def test_an_interrupt_that_a_finaliser_swallows_still_ends_a_command(capfd: pytest.CaptureFixture[str]) -> None:
    if (child := os.fork()) == 0:
        with interrupting():
            Finalised(ValueError("lost"))
            Struck()
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    told = capfd.readouterr().err
    assert "ValueError: lost" in told and "KeyboardInterrupt" not in told


def test_an_interrupt_that_a_finaliser_swallows_is_noted_in_a_run(capfd: pytest.CaptureFixture[str]) -> None:
    with interrupting(), interruptible(lambda: None):
        Finalised(KeyboardInterrupt())
        assert capfd.readouterr().err == ""
