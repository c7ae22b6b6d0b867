"""`neat export`: champions and genomes as files, and what is said where something is wrong."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import networkx as nx
import pytest
from commands import COMMAND, Neat
from PIL import Image

import neat as engine

TINY = engine.Genome(["a"], ["y"], [(0, 2, 1.5), (2, 1, -2.0), (0, 1, 1.0, False)], [(2,), (3,)])


@pytest.fixture
def tiny(folder: Path) -> Path:
    """Return the file of a genome with a disabled connection and a hidden node of no use."""
    (folder / "tiny.json").write_text(TINY.to_json(fitness=2.5))
    return folder / "tiny.json"


def test_every_format_of_a_runs_champion(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1)
    champion = engine.export.read("runs/xor-1/champion.json")
    for name in ("json", "graphml", "gexf", "dot", "gv", "svg", "png", "pdf"):
        ended = neat("export", "latest", "--to", f"champion.{name}")
        assert ended.status == 0 and ended.err == ""
        assert ended.out == f"champion.{name}: {champion!r}\n"
    assert engine.export.read("champion.json") == engine.export.read("champion.graphml") == champion
    assert Path("champion.json").read_bytes() == Path("runs/xor-1/champion.json").read_bytes()  # with its fitness
    assert nx.read_gexf("champion.gexf").number_of_edges() == len(champion.connections)
    assert Path("champion.dot").read_text() == Path("champion.gv").read_text()
    assert ElementTree.parse("champion.svg").getroot().tag.endswith("svg")
    assert Image.open("champion.png").size[0] > 100
    assert Path("champion.pdf").read_bytes().startswith(b"%PDF")


def test_the_format_overrides_the_suffix(neat: Neat, tiny: Path) -> None:
    assert neat("export", tiny, "--to", "graph.json", "--format", "node-link").status == 0
    graph = nx.node_link_graph(json.loads(Path("graph.json").read_text()), edges="edges")
    assert graph.nodes[0]["name"] == "a" and graph.graph["fitness"] == 2.5


def test_disabled_and_pruned(neat: Neat, tiny: Path) -> None:
    def edges(*options: str) -> tuple[set[int], set[tuple[int, int]], str]:
        ended = neat("export", tiny, "--to", "tiny.graphml", *options)
        assert ended.status == 0
        graph = nx.read_graphml("tiny.graphml", node_type=int)
        return set(graph), set(graph.edges), ended.err

    told = "left out: 1 disabled connection (--disabled keeps them)\n"
    assert edges() == ({0, 1, 2, 3}, {(0, 2), (2, 1)}, told)
    assert edges("--disabled") == ({0, 1, 2, 3}, {(0, 2), (2, 1), (0, 1)}, "")
    told = "left out: 1 disabled connection\nleft out, without influence: 1 hidden node\n"
    pruned = ({0, 1, 2}, {(0, 2), (2, 1)}, told)
    assert edges("--pruned") == edges("--pruned", "--disabled") == pruned
    neat("export", tiny, "--to", "whole.json")
    assert engine.export.read("whole.json") == TINY


def test_the_files_it_writes_are_read_again_by_it(neat: Neat, tiny: Path) -> None:
    neat("export", tiny, "--to", "a.graphml", "--disabled")
    neat("export", "a.graphml", "--to", "b.json", "--format", "node-link", "--disabled")
    neat("export", "b.json", "--to", "c.json")
    assert Path("c.json").read_text() == tiny.read_text()


def test_standard_output(tiny: Path) -> None:
    command = [*COMMAND, "export", str(tiny), "--to", "-", "--format"]
    for form, start in (("json", b"{"), ("dot", b"digraph"), ("png", b"\x89PNG")):
        done = subprocess.run([*command, form], capture_output=True, cwd=tiny.parent)
        assert done.returncode == 0 and done.stdout.startswith(start)
    assert Image.open(io.BytesIO(done.stdout)).format == "PNG"


@pytest.mark.parametrize(
    ("genome", "said"),
    [
        (engine.Genome(1, 1), "There is no connection.\n"),
        (engine.Genome(1, 1, [(0, 1, 1.0, False)]), "All connections are disabled.\n"),
        (engine.Genome(1, 1, [(0, 2, 1.0)], [(2,)]), "Nothing influences an output.\n"),
    ],
)
def test_a_genome_that_does_nothing_is_exported_and_it_is_said(neat: Neat, genome: engine.Genome, said: str) -> None:
    Path("genome.json").write_text(genome.to_json())
    for name in ("json", "graphml", "gexf", "dot", "svg", "png", "pdf"):
        for options in ([], ["--pruned"], ["--disabled"]):
            ended = neat("export", "genome.json", "--to", f"nothing.{name}", *options)
            assert ended.status == 0 and ended.err.endswith(said)
            assert Path(f"nothing.{name}").stat().st_size > 50


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tiny.json", "--to", "x.svgg"], "x.svgg: unknown suffix '.svgg' (one of .json,"),
        (["tiny.json", "--to", "x.grapml"], "did you mean '.graphml'?"),
        (["tiny.json", "--to", "x.svg", "--format", "jpg"], "unknown format 'jpg' (one of json, node-link,"),
        (["tiny.json", "--to", "-"], "to stdout, name the format with --format"),
        (["tiny.json", "--to", "none/x.svg"], "none/x.svg: cannot be written (No such file or directory)"),
        (["tinny.json", "--to", "x.svg"], "'tinny.json': no such run"),
        (["xor.ini", "--to", "x.svg"], "xor.ini: holds no genome"),
        (["x" * 5000, "--to", "x.svg"], "no such run"),
        (["tiny.json", "--to", f"{'x' * 5000}.svg"], "cannot be written (File name too long)"),
        (["--to", "x.svg"], "there is no run under runs yet"),
    ],
)
def test_a_mistake_is_reported_in_a_sentence(neat: Neat, tiny: Path, arguments: list[str], said: str) -> None:
    ended = neat("export", *arguments)
    assert ended.status == 2 and ended.out == ""
    assert said in ended.err and ended.err.count("\n") == 1
    assert {file.name for file in Path().iterdir()} == {"xor.ini", "xor.csv", "tiny.json"}


def test_a_folder_that_cannot_be_written_is_reported_in_a_sentence(tiny: Path) -> None:
    """As a user without rights: root may write anywhere."""
    locked = tiny.parent / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    command = [sys.executable, "-m", "neat", "export", str(tiny), "--to", str(locked / "x.svg")]
    code = (
        "import ctypes, os, sys\n"
        "if os.getuid() == 0:\n"  # without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, after the exec
        "    assert all(ctypes.CDLL(None).prctl(24, right, 0, 0, 0) == 0 for right in (1, 2))\n"
        f"os.execv(sys.executable, {command!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tiny.parent)
    assert done.returncode == 2
    assert done.stderr == f"{locked / 'x.svg'}: cannot be written (Permission denied)\n"


def test_a_champion_that_is_missing_or_corrupt(neat: Neat) -> None:
    neat("run", "xor.ini", "--generations", 1)
    Path("runs/xor-1/champion.json").write_text("{")
    ended = neat("export", "--to", "x.svg")
    assert ended.status == 2 and ended.err.startswith("runs/xor-1/champion.json: holds no genome")
    Path("runs/xor-1/champion.json").unlink()
    ended = neat("export", "--to", "x.svg")
    assert ended.status == 2 and ended.err == "runs/xor-1: has no champion yet\n"
