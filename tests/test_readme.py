"""Every block of the README is executed, and the output that it shows is what comes out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from documents import ROOT, blocks_of, execute, execute_block, make_clone

import neat

BLOCKS = blocks_of("README.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a clone is, with a run in it, and every named block of the README as a file."""
    folder = make_clone(tmp_path_factory.mktemp("clone"), BLOCKS)
    neat.run(neat.load(ROOT / "configs" / "xor.ini", ["run.generations=2"]), out=folder / "runs" / "before-1")
    return folder


def test_there_are_blocks_of_every_language() -> None:
    assert {language for language, _ in BLOCKS} == {"bash", "console", "ini", "python"}


def make_runs_of(text: str, folder: Path) -> None:
    """Execute the earlier blocks that make the runs which a block names, if another process has executed them."""
    for name in dict.fromkeys(re.findall(r"runs/(\w+)", text)):
        making = f"--out runs/{name}"
        if making in text or (folder / "runs" / name).exists():
            continue
        for language, earlier in BLOCKS:
            if language == "bash" and making in earlier:
                make_runs_of(earlier, folder)
                execute_block("bash", earlier, folder)
                break


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "bash"])
def test_shell(folder: Path, text: str) -> None:
    if "runs/solved" in text and "--out runs/solved" not in text and not (folder / "runs" / "solved").exists():
        execute(["neat", "run", "configs/xor.ini", "--seed", "1", "--out", "runs/solved"], folder)
    if "--out runs/solved" in text:
        shutil.rmtree(folder / "runs" / "solved", ignore_errors=True)
    make_runs_of(text, folder)
    execute_block("bash", text, folder)


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "python"])
def test_python(folder: Path, text: str) -> None:
    execute_block("python", text, folder)


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
