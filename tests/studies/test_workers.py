"""Worker processes ignore Ctrl-C, which their parent handles, and end with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

#: Python runs this when it starts: every worker gets Ctrl-C before it has executed anything else.
AT_THE_START = """
import os, signal, sys
if "--multiprocessing-fork" in sys.orig_argv:
    os.kill(os.getpid(), signal.SIGINT)
"""

#: Every worker gets Ctrl-C again while it works, even if the problem has unblocked signals.
AT_WORK = """
import os, signal
import neat

@neat.problem(inputs=1, outputs=1)
def struck(network):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.kill(os.getpid(), signal.SIGINT)
    return 1.0
"""

MAIN = """
import neat
from problem import struck

config = neat.Config(run={"generations": 2}, population={"size": 4})
table = neat.run_seeds(config, "0..3", struck, jobs=2)
print(len(table.rows), len(table.errors))
"""


def test_workers_ignore_ctrl_c(tmp_path: Path) -> None:
    for name, text in {"sitecustomize.py": AT_THE_START, "problem.py": AT_WORK, "main.py": MAIN}.items():
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "main.py"], capture_output=True, text=True, env=environment, cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # it is ignored if tests run in the background
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 0\n", "")


ENDLESS = """
import time
from pathlib import Path
import neat

@neat.problem(inputs=1, outputs=1)
def struck(network):
    Path("begun").touch()
    time.sleep(600)
    return 1.0
"""


def test_workers_end_with_their_parent_in_the_middle_of_their_work(tmp_path: Path) -> None:
    for name, text in {"problem.py": ENDLESS, "main.py": MAIN}.items():
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "main.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        cwd=tmp_path,
    )  # fmt: skip
    while not (tmp_path / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    out, err = process.communicate(timeout=120)  # its workers hold the pipes, too
    assert (out, err) == ("", "")
