"""Every example of `docs/workers.md` is executed as it stands, with real clusters."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from documents import blocks_of, execute_block, make_clone

BLOCKS = blocks_of("docs/workers.md")
EXECUTED = [block for block in BLOCKS if block[0] in ("bash", "python") and not block[1].startswith("# with_mpi")]

#: `ray stop` ends every cluster of the machine; here it ends only the one of the example.
RAY = """#!/bin/sh
if [ "$1" = start ]; then
    case "$*" in *--head*) set -- "$@" --temp-dir {session} ;; esac
    exec {python} -m ray.scripts.scripts "$@" --num-cpus 1 --disable-usage-stats
fi
exec {python} {stop} {session}
"""
STOP = """
import sys, psutil
for process in psutil.process_iter(["cmdline"]):
    if any(sys.argv[1] in word for word in process.info["cmdline"] or ()) and process.pid != psutil.Process().pid:
        for each in [*process.children(recursive=True), process]:
            each.kill()
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)
    session = Path(tempfile.mkdtemp(prefix="neat-ray-", dir="/tmp"))  # the path of a socket must be short
    (folder / "stop.py").write_text(STOP)
    (folder / "bin/ray").write_text(RAY.format(python=sys.executable, session=session, stop=folder / "stop.py"))
    (folder / "bin/ray").chmod(0o755)
    for name in ("python", "mpiexec"):
        (folder / "bin" / name).write_text(f'#!/bin/sh\nexec "{Path(sys.executable).parent / name}" "$@"\n')
        (folder / "bin" / name).chmod(0o755)
    yield folder
    assert not [
        each for each in psutil.process_iter(["cmdline"]) if str(session) in " ".join(each.info["cmdline"] or ())
    ]
    shutil.rmtree(session, ignore_errors=True)


@pytest.mark.parametrize(("language", "text"), EXECUTED, ids=[f"{n}-{block[0]}" for n, block in enumerate(EXECUTED)])
def test_an_example_works(clone: Path, language: str, text: str, tmp_path: Path) -> None:
    if language == "python":
        script = clone / f"{tmp_path.name}.py"  # worker processes of Dask read it, too
        script.write_text(text)
        language, text = "bash", f"python {script.name}"
    assert os.access(clone / "bin/neat", os.X_OK)
    execute_block(language, text, clone)
