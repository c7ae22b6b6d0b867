"""The INI reader: the grammar, its faults with their lines, and files that are not configurations."""

from __future__ import annotations

from pathlib import Path

import pytest

from neat.config import Config
from neat.config.reader import LARGEST_FILE, read_text
from neat.core.errors import ConfigError


def faults_of(text: str, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        Config.from_ini(text, "x.ini", overrides=overrides)
    return caught.value.faults


def value_of(text: str, section: str = "problem", key: str = "value") -> object:
    document = read_text(text, "x.ini")
    assert document.faults == ()
    return document.sections[section].entries[key].value


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("value = 42", "42"),
        ("value: 42", "42"),
        ("value=42", "42"),
        ("VALUE = 42", "42"),
        ("  value   =   42   ", "42"),
        ("value = 42  # comment", "42"),
        ("value = 42 ; comment", "42"),
        ("value = 42\t# comment", "42"),
        ("value = a#b;c", "a#b;c"),
        ("value = # comment", ""),
        ("value =", ""),
        ("value = a = b : c", "a = b : c"),
        ("value: C:\\data.csv", "C:\\data.csv"),
        ("value = module:Name", "module:Name"),
        ('value = "a # b" # comment', '"a # b"'),
        ('value="a # b" # comment', '"a # b"'),
        ('value = one, "a # b", c ; comment', 'one, "a # b", c'),
        ('value = 5" wide # comment "', '5" wide'),
        ("value = 16,\n  8,  # the second\n\t4", "16, 8, 4"),
        ("value =\n  16\n  # a comment of its own\n\n  8", "16 8"),
        ("value = 1\nother = 2", "1"),
        ("  value = 1\n  other = 2", "1"),
    ],
)
def test_values(line: str, value: str) -> None:
    assert value_of(f"# first\n[problem] ; second\n{line}\n") == value


def test_line_ends_byte_order_mark_and_case() -> None:
    text = "[RUN]\nSeed = 1\nGenerations = 2"
    expected = Config(run={"seed": 1, "generations": 2})
    for variant in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text):
        assert Config.from_ini(variant) == expected


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[run]\nseed 3", ["x.ini:2: 'seed 3': neither [section] nor key = value"]),
        ("[run]\nseed # = 3", ["x.ini:2: 'seed': neither [section] nor key = value"]),
        ("[run]\n= 3", ["x.ini:2: '= 3': no key before '=' (write key = value)"]),
        (
            "seed = 3\n[run]",
            ["x.ini:1: 'seed = 3': is before the first section (put a [section] above it)"],
        ),
        ("[run\nseed = 3", ["x.ini:1: '[run': not a section (write [name] on a line of its own)"]),
        ("[run] seed = 3", ["x.ini:1: '[run] seed = 3': not a section (write [name] on a line of its own)"]),
        ("[]", ["x.ini:1: '[]': not a section (write [name] on a line of its own)"]),
        (
            "[run]\nseed = 1\n[genome]\n[Run]\ngenerations = 0",
            [
                "x.ini:4: [run]: section given twice (first on line 1)",
                "x.ini:5: [run] generations = 0: too small (a whole number, 1 or more)",
            ],
        ),
        (
            "[run]\nseed = 1\nSEED = 2\nseed = x",
            [
                "x.ini:3: [run] seed = 2: given twice (first on line 2)",
                "x.ini:4: [run] seed = x: given twice (first on line 2)",
            ],
        ),
        (
            "[run]\nseed = 1\n  generations = 3",
            [
                "x.ini:3: 'generations = 3': indented, so it would continue the value of 'seed' "
                "(start it where that key starts)"
            ],
        ),
        (
            "[run]\nseed = 1\n  2",
            [
                "x.ini:2: [run] seed = 1 2: not a whole number (none or a whole number, 0 or more; "
                "the indented lines up to line 3 continue this value)"
            ],
        ),
        (
            "[run]\n  [population]\nsize = 1",
            ["x.ini:3: [population] size = 1: too small (a whole number from 2 to 100_000_000)"],
        ),
    ],
)
def test_faults_of_the_grammar(text: str, faults: list[str]) -> None:
    assert list(faults_of(text)) == faults


def test_overrides_replace_and_add() -> None:
    text = "[run]\nseed = banana\n"
    config = Config.from_ini(text, overrides=["run.seed=1", "Run.Seed = 2", "population.size=50"])
    assert (config.run.seed, config.population.size) == (2, 50)
    custom = Config.from_ini("", overrides=["problem.kind=my.module:Maze", "problem.url=a=b#c"])
    assert custom.problem is not None
    assert custom.problem.to_dict() == {"kind": "my.module:Maze", "url": "a=b#c"}


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        ("seed=3", "--set seed=3: not section.key=value (for example run.seed=42)"),
        ("run.seed", "--set run.seed: not section.key=value (for example run.seed=42)"),
        (".seed=3", "--set .seed=3: not section.key=value (for example run.seed=42)"),
        ("run.=3", "--set run.=3: not section.key=value (for example run.seed=42)"),
        ("run.seed=x", "--set run.seed=x: not a whole number (none or a whole number, 0 or more)"),
        ("run.seed=", "--set run.seed=: empty (none or a whole number, 0 or more)"),
        (
            "run.sed=3",
            "--set run.sed=3: unknown key (seed, generations, stop_fitness, "
            "threads, executor, workers, timeout, address, on_error, retest, checkpoint, "
            "lineage, columns; did you mean 'seed'?)",
        ),
        (
            "genome.weight_limit=0.5",
            "--set genome.weight_limit=0.5: [genome] weight_range = 2.5 (default): above weight_limit = 0.5 "
            "(lower this or raise the limit)",
        ),
        (
            "problem.kind=table",
            "--set problem.kind=table: [problem] data: missing (a path, relative to the INI file's folder; "
            "the CSV file)",
        ),
    ],
)
def test_faults_of_overrides(override: str, fault: str) -> None:
    assert faults_of("", override) == (fault,)


def test_an_override_in_an_unknown_section() -> None:
    (fault,) = faults_of("", "rum.seed=3")
    assert fault.startswith("--set rum.seed=3: [rum]: unknown section (run, problem, ")
    assert fault.endswith("; did you mean 'run'?)")


def test_faults_of_overrides_come_after_those_of_the_file() -> None:
    faults = faults_of("[run]\nseed = x\n", "run.threads=x")
    assert [fault.split(":")[0] for fault in faults] == ["x.ini", "--set run.threads=x"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty (a configuration needs at least [problem] and its kind)"),
        (b"\xef\xbb\xbf\n  \n", "is empty (a configuration needs at least [problem] and its kind)"),
        (b"# nothing but this\n", "is empty (a configuration needs at least [problem] and its kind)"),
        (b"[run]\0\n", "holds NUL bytes, so it is not text (a configuration is plain UTF-8 text)"),
        (b"SQLite format 3\0\x10", "holds NUL bytes, so it is not text (a configuration is plain UTF-8 text)"),
        ("[run]".encode("utf-16"), "is UTF-16 text (save it as UTF-8)"),
        (b"#" * (LARGEST_FILE + 1), f"larger than {LARGEST_FILE} bytes, so it is not a configuration"),
    ],
)
def test_files_that_are_not_configurations(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.ini"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        Config.read(path)
    assert caught.value.faults == (f"{path}: {message}",)
    assert caught.value.exit_status == 2


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.ini"
    path.write_bytes("[run]\nseed = 1  # für".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        Config.read(path)
    assert caught.value.faults == (f"{path}:2: is not UTF-8 text (save the file as UTF-8)",)


def test_paths_that_are_not_files(tmp_path: Path) -> None:
    (tmp_path / "cartpole.ini").write_text("[run]\n")
    for path, message in {
        tmp_path / "cartpol.ini": "no such file; did you mean 'cartpole.ini'?",
        tmp_path / "nowhere" / "x.ini": "no such file",
        tmp_path: "is a folder (name the INI file in it)",
        tmp_path / "cartpole.ini" / "x.ini": "cannot be read (Not a directory)",
        tmp_path / ("x" * 400): "cannot be read (File name too long)",
    }.items():
        with pytest.raises(ConfigError) as caught:
            Config.read(path)
        (fault,) = caught.value.faults
        assert fault.endswith(f": {message}")
    with pytest.raises(ConfigError, match=r"a\\x00b: no such file"):
        Config.read("a\0b")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.ini"
    path.symlink_to(path)  # a link to itself: even root cannot read it
    with pytest.raises(ConfigError, match="cannot be read"):
        Config.read(path)


@pytest.mark.parametrize("value", ["60;x", "60#x", "60;x ; y", "6#0 # y"])
def test_a_comment_without_a_space_before_it(value: str) -> None:
    (fault,) = faults_of(f"[population]\nsize = {value}")
    assert fault.endswith("; a comment needs a space before its ; or #)")
    (fault,) = faults_of("[population]\nsize = sixty ; x")
    assert "comment" not in fault


def test_nul_in_a_text() -> None:
    assert faults_of("[run]\0") == (
        "x.ini: holds NUL characters, so it is not text (a configuration is plain UTF-8 text)",
    )


def test_only_the_first_hundred_faults_are_listed() -> None:
    faults = faults_of("nonsense\n" * 1000)
    assert len(faults) == 101
    assert faults[-1] == "... and 900 more faults"


@pytest.mark.parametrize(
    "value",
    ["9" * 500_000, "9" * 500_000 + "x", " " * 500_000 + "x", '"" ' * 100_000, ", " * 200_000],
    ids=["digits", "digits and x", "spaces and x", "quotes", "commas"],
)
@pytest.mark.parametrize(
    "key", ["[run]\nseed", "[genome]\nweight_limit", "[population]\nlayers", "[x]\nx", ""], ids=repr
)
def test_huge_values_are_rejected_and_shortened(key: str, value: str) -> None:
    assert all(len(fault) < 500 for fault in faults_of(f"{key} = {value}."))
