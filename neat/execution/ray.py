"""Workers of a Ray cluster: one that runs, or a local one that is started."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Generator
from pathlib import Path
from time import monotonic
from typing import Any, Generic
from urllib.parse import urlsplit

from neat.core.errors import NeatError, message_of
from neat.core.optional import import_optional
from neat.execution.calls import Rejected, Stopped, call, digest_of
from neat.execution.sending import SendingError, has_modules
from neat.execution.workers import Lost, Result, Task

_RETRIES = 3  # of a task whose worker or node is lost, before it counts as lost
_PER_WORKER = 2  # tasks that are submitted, so that a worker need not wait for the next one
_SECONDS_OF_A_WAIT = 0.1  # so that Ctrl-C and a timeout are noticed
_SECONDS_TO_CONNECT = 5.0
_NOT_SENT = [".git", ".venv", "venv", "runs", "__pycache__", "*.sqlite", "*.mp4"]  # to the nodes of a cluster


class RayWorkers(Generic[Task, Result]):
    """The processors of a Ray cluster; a task that loses its worker or its node is retried elsewhere.

    Args:
        function: the function as `pickled` returns it; each node gets it once.
        address: the cluster's address; None: the one in `RAY_ADDRESS`, or else a local one is started.
        processes: the number of processes of a local cluster.
        timeout: seconds after which a task counts as lost; None: never.
        folder: a folder that is copied to the nodes of a running cluster, if modules of this process come from there.

    Raises:
        NeatError: Ray is not installed, or the cluster cannot be reached.
    """

    def __init__(
        self, function: bytes, address: str | None, processes: int, timeout: float | None, folder: Path | None
    ) -> None:
        address = address or os.environ.get("RAY_ADDRESS")
        self._ray = ray = _import_ray()
        self._timeout, self._digest = timeout, digest_of(function)
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            _connect(ray, address, processes, folder)
        self._function = ray.put(function)
        self._call = ray.remote(num_cpus=1, max_retries=_RETRIES)(call)

    @property
    def count(self) -> int:
        """The number of processors of the cluster, which may change during a run."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def run(self, waiting: deque[Task]) -> Generator[tuple[Task, Result | Lost], None, None]:
        """Yield each task and its result as it ends: see `Workers`."""
        ray = self._ray
        running: dict[Any, tuple[Task, float]] = {}
        most = self.count * (_PER_WORKER if self._timeout is None else 1)
        try:
            while waiting or running:
                while waiting and len(running) < most:
                    task = waiting.popleft()
                    running[self._call.remote(self._digest, self._function, task)] = task, monotonic()
                ended, _ = ray.wait(list(running), num_returns=1, timeout=_SECONDS_OF_A_WAIT)
                for reference in ended:
                    task, _ = running.pop(reference)
                    yield task, self._result(reference)
                for reference, (task, begun) in list(running.items()):
                    if self._timeout is not None and monotonic() - begun >= self._timeout:
                        ray.cancel(reference, force=True)
                        del running[reference]
                        yield task, Lost(f"it took more than {self._timeout:g} s")
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def close(self, *, at_once: bool = False) -> None:
        """Leave the cluster, and end it if it was started here."""
        if self._is_ours:
            self._ray.shutdown()

    def _result(self, reference: Any) -> Any:
        """Return the result of a call, or what there is instead.

        Raises:
            SendingError: the worker cannot unpickle the function.
            KeyboardInterrupt: the function raised it.
        """
        try:
            found = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Lost(f"its task failed, and failed again in {_RETRIES} retries ({message_of(error)})")
        if isinstance(found, Rejected):
            raise SendingError(found.reason)
        if isinstance(found, Stopped):
            raise KeyboardInterrupt(found.message)
        return found


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray starts
    return import_optional("ray", "ray")


def _connect(ray: Any, address: str | None, processes: int, folder: Path | None) -> None:
    """Join a running cluster, or start a local one without dashboard; print nothing."""
    options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    if address is None:
        options |= {"include_dashboard": False, "num_cpus": processes, "address": "local"}
    else:
        _check_address(address)
        options["address"] = address
        if folder is not None and has_modules(folder):
            options["runtime_env"] = {"working_dir": str(folder), "excludes": _NOT_SENT}
    try:
        ray.init(**options)
    except (ConnectionError, ValueError, RuntimeError, TimeoutError, ray.exceptions.RayError) as error:
        if address is None:
            raise NeatError(f"no local Ray cluster can start ({message_of(error)})") from None
        raise NeatError(
            f"{_named(address)}: the Ray cluster cannot be joined ({message_of(error)}; if it was "
            "started by `ray start`, set RAY_AUTH_MODE=token, with ~/.ray/auth_token of the head on this machine)"
        ) from None
    driver: Any = getattr(ray._private, "worker", None)  # prints pages about every lost node
    if hasattr(driver, "print_to_stdstream"):
        driver.print_to_stdstream = _print_nothing


def _check_address(address: str) -> None:
    """Raise NeatError if nothing listens at an address: Ray itself would try for minutes, and fill the terminal."""
    place = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        if place.port is None:  # such as `auto`
            return
        with socket.create_connection((place.hostname or "", place.port), _SECONDS_TO_CONNECT):
            return
    except (OSError, ValueError) as error:
        raise NeatError(
            f"{_named(address)}: there is no Ray cluster ({message_of(error)}; `ray start --head` starts one "
            "and prints its address)"
        ) from None


def _named(address: str) -> str:
    """Return an address for messages, with where it was set."""
    return f"{'RAY_ADDRESS' if os.environ.get('RAY_ADDRESS') == address else '[run] address'} = {address}"


def _print_nothing(*_: Any, **__: Any) -> None:
    """Take the place of Ray's function that prints messages of other processes."""
