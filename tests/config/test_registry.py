"""Kinds of problem and sections that other packages declare, and the user's own problem."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from neat.config import Config, CustomProblem, ProblemKeys, Section, declare_problem, declare_section
from neat.config.fields import key, required
from neat.config.value_types import Number, Text
from neat.core.errors import ConfigError

KINDS = "table, maze, or module:Name for a class of your own"


def faults_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        Config.from_ini(text, "x.ini")
    return list(caught.value.faults)


def test_a_declared_kind_has_its_own_keys(table_keys: type[Any]) -> None:
    config = Config.from_ini("[problem]\nkind = Table\ndata = a.csv\ninputs = blood pressure, age\n")
    assert config.problem == table_keys(data="a.csv", inputs=("blood pressure", "age"))
    assert config.problem is not None and config.problem.kind == "table"
    assert Config.from_ini(config.to_ini()) == config
    assert config.to_ini() == '[problem]\nkind = table\ndata = a.csv\ninputs = "blood pressure", age\n'


def test_awkward_text_prints_back(table_keys: type[Any]) -> None:
    problem = table_keys(data=" a # b.csv", inputs=("x, y", '"q"', " z ", "w"), title='"t" ; u', cache="none ")
    config = Config(problem=problem)
    assert Config.from_ini(config.to_ini()) == config
    assert Config.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[problem]", [f"x.ini:1: [problem] kind: missing ({KINDS})"]),
        ("[problem]\nkind =", [f"x.ini:2: [problem] kind = : empty ({KINDS})"]),
        (
            "[problem]\nkind = tabel",
            [f"x.ini:2: [problem] kind = tabel: unknown kind of problem ({KINDS}; did you mean 'table'?)"],
        ),
        (
            "[problem]\nkind = :Maze",
            [f"x.ini:2: [problem] kind = :Maze: not a module, a colon and the name of a class ({KINDS})"],
        ),
        (
            "[problem]\nkind = table\nnear = 3\ntest_share = 2",
            [
                "x.ini:1: [problem] data: missing (a path, relative to the INI file's folder; the CSV file)",
                "x.ini:3: [problem] near = 3: unknown key (kind, data, inputs, title, test_share, cache; "
                "'near' belongs to [problem] with kind = maze)",
                "x.ini:4: [problem] test_share = 2: too large (a number from 0 to 1)",
            ],
        ),
        (
            "[problem]\nkind = maze\nfar = 0.5",
            ["x.ini:3: [problem] near = 1.0 (default): not below far = 0.5"],
        ),
        (
            "[learning]\nrate = -1\nmetod = adam",
            [
                "x.ini:2: [learning] rate = -1: too small (a number from 0 to 2^40)",
                "x.ini:3: [learning] metod = adam: unknown key (rate, method; did you mean 'method'?)",
            ],
        ),
        (
            "[problem]\nkind = my:Maze\na/b = 3",
            [
                "x.ini:3: [problem] a/b = 3: the key is not made of lower-case letters, digits, '_', '-' and "
                "'.' (one line of text, a number, yes or no)"
            ],
        ),
    ],
)
def test_faults(text: str, faults: list[str]) -> None:
    assert faults_of(text) == faults


def test_the_keys_of_a_custom_problem_are_text() -> None:
    text = '[problem]\nkind = my.module:Maze\nWalls = 3\nname = "a # b"\n'
    config = Config.from_ini(text)
    assert config.problem == CustomProblem(kind="my.module:Maze", options={"walls": "3", "name": "a # b"})
    assert config == Config(problem={"kind": "my.module:Maze", "walls": 3, "name": "a # b"})
    assert Config.from_ini(config.to_ini()) == config == Config.from_dict(config.to_dict())
    custom = Config(problem={"kind": "m:N", "a": True, "b": 0.1, "c": False}).problem
    assert isinstance(custom, CustomProblem) and custom.options == {"a": "yes", "b": "0.1", "c": "no"}
    longer = config.replace(problem={"doors": 1}).problem
    assert isinstance(longer, CustomProblem) and longer.options == {
        "walls": "3",
        "name": "a # b",
        "doors": "1",
    }


def test_faults_of_a_custom_problem() -> None:
    allowed = "(one line of text, a number, yes or no)"
    with pytest.raises(ConfigError) as caught:
        Config(problem={"kind": "m:N", "a": [1], "b": 10**6000, "C": "x", "d": "\n", 5: 6})  # type: ignore[dict-item]
    assert list(caught.value.faults) == [
        f"[problem] a = [1]: not text {allowed}",
        f"[problem] b = <integer of 19932 bits>: too many digits {allowed}",
        "[problem] C = x: the key is not made of lower-case letters, digits, '_', '-' and '.' " + allowed,
        f"[problem] d = \\n: a line end or control character in it {allowed}",
        "[problem] 5 = 6: the key is not made of lower-case letters, digits, '_', '-' and '.' " + allowed,
    ]
    with pytest.raises(ConfigError, match=r"^\[problem\] kind = table: not a class of your own"):
        CustomProblem(kind="table")


def test_the_kind_of_a_declared_class_need_not_be_given(maze_keys: type[Any], table_keys: type[Any]) -> None:
    assert maze_keys(far=3).kind == "maze"
    with pytest.raises(ConfigError, match=r"^\[problem\] kind = table: the keys of this kind are TableKeys"):
        maze_keys(kind="table")
    with pytest.raises(ConfigError, match=r"^\[problem\] kind = maze: the keys of this kind are MazeKeys"):
        ProblemKeys(kind="maze")
    with pytest.raises(ConfigError, match="not below far"):
        maze_keys(near=5)
    declare_problem("table-2", table_keys)
    assert table_keys(kind="table-2", data="x").kind == "table-2"
    assert Config(problem={"kind": "table-2", "data": "x"}).problem == table_keys(kind="table-2", data="x")


def test_a_declared_section_has_its_defaults(learning_keys: type[Any]) -> None:
    config = Config()
    assert config.learning == learning_keys()
    assert config.section(learning_keys).rate == 0.1
    assert "learning" in config.sections
    changed = Config.from_ini("[learning]\nrate = 1\n")
    assert changed.section(learning_keys).rate == 1.0
    assert changed != config
    assert changed.to_ini() == "[learning]\nrate = 1.0\n"
    assert Config(learning=learning_keys(rate=0.1)) == config
    assert Config.from_dict(changed.to_dict()) == changed
    with pytest.raises(AttributeError, match="no section 'lerning'; did you mean 'learning'"):
        config.lerning  # noqa: B018

    @dataclass(frozen=True, kw_only=True)
    class Unknown(Section):
        """A section that is not declared."""

    with pytest.raises(TypeError, match="no section of Unknown"):
        config.section(Unknown)


def test_a_configuration_made_before_a_section_is_declared_equals_one_made_after() -> None:
    before = Config(run={"seed": 1})

    @dataclass(frozen=True, kw_only=True)
    class ValidationKeys(Section):
        """Another section."""

        folds: float = key(Number(0), 0.0, "how many")

    declare_section("validation", ValidationKeys)
    assert before == Config(run={"seed": 1})
    assert before.section(ValidationKeys).folds == 0.0


def test_declarations_do_not_change() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Other(ProblemKeys):
        """Another problem."""

        name: str = required(Text(), "a name")

    declare_problem("other", Other)
    declare_problem("other", Other)
    with pytest.raises(ValueError, match="'maze' is declared already, by MazeKeys"):
        declare_problem("maze", Other)
    with pytest.raises(ValueError, match="not a kind of problem"):
        declare_problem("my:Maze", Other)
    with pytest.raises(ValueError, match="name without a default"):
        declare_section("other", Other)
    with pytest.raises(ValueError, match="not the name of a section"):
        declare_section("Other Name", Section)

    @dataclass(frozen=True, kw_only=True)
    class Foreign(Section):
        """A section with a field that is not a key."""

        plain: int = 3

    with pytest.raises(ValueError, match="plain not made by"):
        declare_section("foreign", Foreign)

    @dataclass(frozen=True, kw_only=True)
    class Again(Section):
        """A section with a name that is taken."""

    with pytest.raises(ValueError, match="'learning' is declared already"):
        declare_section("learning", Again)
    public = {name for name in dir(Config) if not name.startswith("_")}
    for taken in public | {item.name for item in fields(Config)}:
        with pytest.raises(ValueError, match="is not the name of a section"):
            declare_section(taken, Again)


def test_the_package_imports_neither_numpy_nor_numba() -> None:
    code = "import neat.config, sys; assert not {'numpy', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
