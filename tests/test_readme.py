"""Every block of the README is executed, and the output that it shows is what comes out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import neat

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
# What a test must not do: install anything, or run itself.
STUBS = ("pip", "pytest")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a clone is, with a run in it, and every named block of the README as a file."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "configs", folder / "configs")
    binaries = folder / "bin"
    binaries.mkdir()
    for stub in STUBS:
        (binaries / stub).write_text("#!/bin/sh\n")
        (binaries / stub).chmod(0o755)
    (binaries / "neat").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neat "$@"\n')
    (binaries / "neat").chmod(0o755)
    for _, text in BLOCKS:
        if named := re.match(r"# (\w+\.(py|ini))\n", text):
            (folder / named[1]).write_text(text)
    neat.run(neat.load(ROOT / "configs" / "xor.ini", ["run.generations=2"]), out=folder / "runs" / "before-1")
    return folder


def execute(command: list[str], folder: Path, *, check: bool = True) -> str:
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout + done.stderr


def test_there_are_blocks_of_every_language() -> None:
    assert {language for language, _ in BLOCKS} == {"bash", "console", "ini", "python"}


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "bash"])
def test_shell(folder: Path, text: str) -> None:
    execute(["bash", "-euo", "pipefail", "-c", text], folder)


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "python"])
def test_python(folder: Path, text: str) -> None:
    execute([sys.executable, "-c", text], folder)


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "ini"])
def test_configuration(folder: Path, text: str) -> None:
    named = re.match(r"# (\w+\.ini)\n", text)
    assert named, "an INI block begins with its name"
    execute(["neat", "run", named[1], "--generations", "2"], folder)


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "console"])
def test_shown_output(folder: Path, text: str) -> None:
    prompt, _, wanted = text.partition("\n")
    if prompt.startswith("$ neat run"):
        for run in ("xor-1", "xor-seeds-1"):
            shutil.rmtree(folder / "runs" / run, ignore_errors=True)
    elif not (folder / "runs" / "xor-1").exists():  # which the README has made by then
        execute(["neat", "run", "configs/xor.ini", "--seed", "1"], folder)
    told = execute(["sh", "-c", prompt.removeprefix("$ ")], folder, check=False)
    told = re.sub(r"^(compiling kernels|generation \d+ of|\d+ of \d+ runs,).*\n", "", told, flags=re.MULTILINE)
    seconds = re.compile(r" +[\d.]+ s\b")
    assert seconds.sub(" a while", told) == seconds.sub(" a while", wanted)
