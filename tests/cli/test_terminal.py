"""Whatever is printed, and wherever it goes, it is readable and cannot control the terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from commands import COMMAND, Ended, Neat

import neat as engine
from neat.cli import main, terminal
from neat.cli.tables import print_table, shortened
from neat.cli.terminal import OutputError, Stream, say, say_json, shell_command
from neat.core.text import visible
from neat.store.history import History

ODD = "a\x1b[31m\u202e[red] [link=x]b\udce9"  # as a folder's name
SHOWN = "a\\x1b[31m\\u202e[red] [link=x]b\\udce9"


def shell(line: str, **environment: str) -> Ended:
    """Run a shell command line in which $neat is the command."""
    names = {**os.environ, "neat": " ".join(COMMAND), **environment}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=names, errors="replace")
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("sign", [
    "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\xad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200e",
    "\u200f", "\u2028", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u3164", "\ufe0f", "\ufeff", "\ufff9",
    "\udc80", "\ue000", "\U000e0041", "\U000e0100",
])  # fmt: skip
def test_what_cannot_be_seen_is_shown_as_an_escape(sign: str) -> None:
    shown = visible(f"a{sign}b")
    assert shown.isascii() and shown.isprintable() and shown.startswith("a\\") and shown.endswith("b")
    assert shown[1:-1].encode().decode("unicode_escape") == sign


def test_what_can_be_seen_stays_as_it_is() -> None:
    for text in ("plain", "größe", "выход", "中文", "שלום", "😀", "e\u0301", "a\\b", "[/s]"):
        assert visible(text) == text
    assert visible("a\nb\tc", keep="\n\t") == "a\nb\tc"


def test_every_control_or_format_character_is_shown_as_an_escape() -> None:
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert visible(chr(code)).isascii()


def test_a_line_end_in_a_line_forges_no_other_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nb", "c")
    assert capsys.readouterr().out == "a\\nb\nc\n"


def test_every_fault_is_told_in_a_line_of_its_own(neat: Neat) -> None:
    data = Path("xor.csv").resolve()
    good = data.read_text()
    data.write_text(good.replace("0", "x", 1).replace("1", "y", 1))
    ended = neat("check", "xor.ini")
    assert ended.status == 2 and ended.err.count(f"{data}:") == ended.err.count("\n") == 2
    data.write_text(good)
    neat("run", "xor.ini", "--generations", 1, "--out", "run", "--quiet")
    config = Path("run/config.ini")
    config.write_text(config.read_text().replace("generations = 1\n", "generations = x\n"))
    ended = neat("resume", "run")
    first, second = ended.err.splitlines()
    assert "generations = x: not a whole number" in first and "was changed since the run was started" in second


def test_json_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"a\x7f\x1b\u202e": ["\udce9", "\U000e0041"]}
    say_json(data)
    line = capsys.readouterr().out
    assert visible(line, keep="\n") == line and json.loads(line) == data


def test_encodings_that_lack_a_character_get_escapes() -> None:
    for encoding, shown in (
        ("ascii", "\\xe9\\u4e2d"),
        ("latin-1", "é\\u4e2d"),
        ("utf-8", "é中"),
        ("cp1252", "é\\u4e2d"),
    ):
        data = io.BytesIO()
        stream = io.TextIOWrapper(data, encoding=encoding, errors="strict")
        say("é中", to=Stream(stream, required=True))
        stream.flush()
        assert data.getvalue().decode(encoding) == f"{shown}\n"


class Bare:
    """An object that has only a method to write."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


@pytest.mark.parametrize("arguments", [
    ["run", "xor.ini", "--generations", "2"], ["run", "xor.ini", "--seeds", "1,2", "--jobs", "1", "--generations", "2"],
    ["verify"], ["show"], ["list"], ["list", "--json"], ["stats"], ["stats", "--csv", "-"], ["lineage"],
    ["explain", "latest", "1"], ["evaluate"], ["reference"], ["check", "xor.ini"], ["compare", "latest", "latest"],
])  # fmt: skip
def test_streams_that_are_not_there_or_can_only_be_written_to(
    neat: Neat, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert neat("run", "xor.ini", "--seed", 1, "--generations", 2).status == 0
    closed = io.StringIO()
    closed.close()
    bare = Bare()
    for stream in (None, closed, bare):
        for name in ("stdin", "stdout", "stderr"):
            monkeypatch.setattr(sys, name, stream)
        monkeypatch.setattr(sys, "argv", ["neat", *arguments])
        with pytest.raises(SystemExit) as ending:
            main()
        assert ending.value.code == 0
    assert bare.text


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_are_like_dev_null(redirection: str) -> None:
    ended = shell(f"$neat run xor.ini --seed 1 --generations 3 --out a {redirection}")
    assert ended.status == 0 and "Traceback" not in ended.err
    assert ended.out == "" or ">&-" not in redirection.split()
    with History(Path("a")) as history:
        assert (history.about.status, history.last) == ("finished", 3)
    ended = shell(f"$neat show no-such-run {redirection}")
    assert ended.status == 2 and ended.out == "" and "Traceback" not in ended.err


def test_closed_descriptors_are_not_given_to_files() -> None:
    code = """
import os, sys
from neat.cli.terminal import open_streams
open_streams()
file = os.open("xor.ini", os.O_RDONLY)
os.write(1, b"lost"), os.write(2, b"lost"), print("lost"), print("lost", file=sys.stderr)
sys.exit(0 if file > 2 and sys.stdin.read() == "" else 9)
"""
    assert subprocess.run(["bash", "-c", f"\"$0\" -c '{code}' <&- >&- 2>&-", sys.executable]).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_full_disks(neat: Neat) -> None:
    said = "the output cannot be written (No space left on device)\n"
    neat("run", "xor.ini", "--seed", 1, "--generations", 2)
    for line in ("show", "list --json", "--help"):
        assert shell(f"$neat {line} > /dev/full") == (2, "", said)
    assert shell("$neat show no-such-run 2> /dev/full").status == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_run_whose_output_cannot_be_written_is_interrupted() -> None:
    said = "the output cannot be written (No space left on device)\n"
    ended = shell("$neat run xor.ini --seed 1 --out a > /dev/full")
    assert ended.status == 130 and ended.err.startswith(f"{said}interrupted before the first generation")
    with History(Path("a")) as history:
        assert history.about.status == "interrupted"
    ended = shell("$neat run xor.ini --seed 1 --quiet --out b > /dev/full")  # which prints nothing before its end
    assert (ended.status, ended.err) == (2, said)
    with History(Path("b")) as history:
        assert history.about.status == "finished"


NAMES = ["rate [/s]", "speed [m/s]", "[link=https://a.b]c[/link]", ":smile:", "größe 中文"]


def test_names_are_no_markup_and_no_escape_sequences(neat: Neat) -> None:
    Path("data.csv").write_text(",".join(f'"{name}"' for name in [*NAMES, "y [%]"]) + "\n" + "0,1,0,1,0,1\n" * 3)
    inputs = ", ".join(f'"{name}"' for name in NAMES)
    Path("data.ini").write_text(f'[problem]\nkind = dataset\ndata = data.csv\ninputs = {inputs}\ntargets = "y [%]"\n')
    assert all(name in neat("check", "data.ini").out for name in NAMES)
    assert neat("run", "data.ini", "--seed", 1, "--generations", 2).status == 0
    lines = neat("show").out.splitlines()
    for name in [*NAMES, "y [%]"]:
        assert any(name in line.split("  ", 1)[-1] for line in lines), name
    missing = neat("check", "data.ini", "--set", 'problem.inputs="[/red]x"')
    assert missing.status == 2 and "[/red]x" in missing.err


@pytest.fixture
def odd_run(neat: Neat) -> str:
    """Return the name of a run in a folder with an odd name, made and shown without harm."""
    ended = neat("run", "xor.ini", "--seed", 1, "--generations", 3, "--out", f"runs/{ODD}")
    assert ended.status == 0 and f"runs/{SHOWN}: seed 1\n" in ended.out
    return f"runs/{ODD}"


@pytest.mark.parametrize("arguments", [
    ["show", ODD], ["list"], ["stats", ODD], ["lineage", ODD], ["explain", ODD, 1],
    ["verify", ODD], ["resume", ODD, "--generations", 4], ["evaluate", ODD], ["compare", ODD, ODD],
    ["export", ODD, "--to", f"{ODD}.svg"], ["plot", ODD, "--to", f"{ODD}.svg"],
    ["remove", ODD], ["show", f"{ODD}x"], ["run", f"{ODD}.ini"], ["init", "CartPole-v1", "--out", f"{ODD}.ini"],
])  # fmt: skip
def test_a_hostile_name_does_not_reach_the_terminal(
    neat: Neat, odd_run: str, arguments: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    ended = neat(*arguments)
    assert ended.status in (0, 2) and "Traceback" not in ended.err
    for text in (ended.out, ended.err):
        assert visible(text, keep="\n\t") == text
    assert arguments[0] in ("stats", "init") or "\\x1b" in ended.out + ended.err


def test_files_with_hostile_text_do_not_reach_the_terminal(neat: Neat) -> None:
    neat("run", "xor.ini", "--seeds", "0,1", "--generations", 2, "--jobs", 1)
    config = Path("runs/xor-seeds-1/config.ini")
    config.write_text(config.read_text() + "\n[odd\u202e]\nkey\x1b = \x1b]0;title\x07\n")
    ended = neat("show")
    assert "\\u202e" in ended.out and visible(ended.out, keep="\n\t") == ended.out


def test_a_terminal_gets_text_and_no_picture(neat: Neat) -> None:
    genome = engine.Genome(["a\u202eb", "[/red]"], ["y"], [(0, 2, 1.0)])
    Path("g.json").write_text(genome.to_json())
    printed = {}
    for form in ("dot", "graphml", "png", "json"):
        reader, writer = pty.openpty()
        done = subprocess.run(
            [*COMMAND, "export", "g.json", "--to", "-", "--format", form],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writer)
        try:
            data = os.read(reader, 100_000)
        except OSError:  # nothing was written
            data = b""
        os.close(reader)
        printed[form] = (done.returncode, data.decode().replace("\r\n", "\n"), done.stderr)
    assert printed["png"][:2] == (2, "") and "png is not text and cannot be shown" in printed["png"][2]
    for form in ("dot", "graphml", "json"):
        status, text, _ = printed[form]
        assert status == 0 and "\\u202e" in text and visible(text, keep="\n\t") == text


def test_command_lines_that_are_suggested_can_be_given_to_a_shell() -> None:
    words = ["plain", "two words", "it's", "a\\b", ODD, "\u202e中", "$HOME `x` !"]
    line = shell_command(["printf", "%s\\0", *words])
    assert visible(line) == line
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [os.fsencode(word) for word in words]


@pytest.mark.parametrize("environment", [
    {"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict"},
])  # fmt: skip
def test_names_that_the_encoding_of_the_terminal_lacks(environment: dict[str, str]) -> None:
    Path("données.csv").write_text("größe,y\n0,1\n1,0\n")
    Path("é.ini").write_text("[problem]\nkind = dataset\ndata = données.csv\ninputs = größe\ntargets = y\n")
    ended = shell(
        "$neat run é.ini --seed 1 --generations 2 && $neat show && $neat verify && $neat check é.ini", **environment
    )
    assert ended.status == 0 and "Traceback" not in ended.err
    assert ("größe" in ended.out) == ("PYTHONIOENCODING" not in environment)
    assert ("gr\\xf6\\xdfe" in ended.out) == ("PYTHONIOENCODING" in environment)


def test_names_that_the_encoding_of_files_lacks_are_reported_in_a_sentence() -> None:
    Path("data.ini").write_text("[problem]\nkind = dataset\ndata = données.csv\ninputs = a\ntargets = y\n")
    ended = shell("$neat run data.ini", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert ended.status == 2 and ended.err.count("\n") == 1 and "PYTHONUTF8" in ended.err


def test_long_texts_are_cut_where_they_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert shortened("a" * 60, "b") == ["a" * 60, "b"]
    one, other = (", ".join(f"x{number}" for number in range(1_000) if number != left) for left in (500, 700))
    for text in shortened(one, other):
        assert text.startswith("...") and text.endswith("...") and len(text) == 66
    assert "x501" in shortened(one, other)[0] and "x500" in shortened(one, other)[1]
    assert shortened("x" * 5_000) == ["x" * 60 + "..."]
    print_table([["中文", "a"], ["abcd", "b"]], left=1)
    assert capsys.readouterr().out == "中文  a\nabcd  b\n"


def test_runs_that_differ_in_a_long_list_are_compared_in_short_lines(neat: Neat) -> None:
    names = [f"input{number}" for number in range(300)]
    Path("wide.csv").write_text(",".join([*names, "y"]) + "\n" + ",".join(["1"] * 301) + "\n")
    for run, chosen in (("a", names), ("b", names[:150])):
        Path("wide.ini").write_text(
            f"[problem]\nkind = dataset\ndata = wide.csv\ninputs = {', '.join(chosen)}\ntargets = y\n"
        )
        assert neat("run", "wide.ini", "--seed", 1, "--generations", 1, "--out", run).status == 0
    ended = neat("compare", "a", "b")
    assert ended.status == 0 and "problem.inputs" in ended.out
    assert max(map(len, ended.out.splitlines())) < 250 and "input150" in ended.out


def test_a_stream_that_failed_is_not_written_to_again() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(OutputError) as raised:
        say("a", to=Stream(Broken(), required=True))
    assert raised.value.unread
    optional = Stream(Broken(), required=True).optional()
    say("a", to=optional)
    say("b", to=optional)


def test_a_question_without_input_is_an_error(monkeypatch: pytest.MonkeyPatch, neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1, "--generations", 1)
    for stream in (io.StringIO(""), None):
        monkeypatch.setattr(sys, "stdin", stream)
        ended = neat("remove", "xor-1")
        assert ended.status == 2 and "add --yes" in ended.err and Path("runs/xor-1").is_dir()
    monkeypatch.setattr(sys, "stdin", io.StringIO("\u00ff\n"))
    assert terminal.ask("sure? ") == "\u00ff"
