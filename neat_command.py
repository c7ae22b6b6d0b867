"""The entry point of the command `neat`: outside the folder `neat`, which another distribution may overwrite."""

import atexit
import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # the exit status after Ctrl-C


def main() -> None:
    """Run the command line, unless neat-python, whose import folder is `neat` too, is installed beside it."""
    _take_interrupts()
    _refuse_neat_python()
    from neat.cli import main as run

    run()


def _take_interrupts() -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal end the process without a traceback, from its start to its end.

    This covers the time before and after a command. Signals that are ignored, as after `nohup`, stay ignored.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave)
            atexit.register(signal.signal, number, signal.SIG_IGN)  # the interpreter is ending with this status


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _refuse_neat_python() -> None:
    from pathlib import Path

    for folder in sys.path:
        if next(Path(folder).glob("neat_python-*-info"), None):
            if sys.stderr is not None:
                print(
                    f"neat-python is installed in {folder}, and its import folder is also `neat`: this "
                    "environment cannot hold both (pip uninstall neat-python, or give it a virtual environment "
                    "of its own; then reinstall neat-engine)",
                    file=sys.stderr,
                )
            sys.exit(2)
