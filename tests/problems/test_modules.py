"""Modules of users are found beside the INI file, imported once, and never replace other modules."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import neat

PROBLEM = """
import neat

RUNS = []
RUNS.append(1)
LEVEL = {level}

@neat.problem(inputs=1, outputs=1)
def p(network):
    return float(LEVEL)
"""
ENVIRONMENT = """
import gymnasium
from gymnasium.envs.classic_control import MountainCarEnv

gymnasium.register('{name}-v0', {entry}, max_episode_steps=5)
"""

Write = Callable[..., neat.Config]


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Restore `sys.modules` and `sys.path`."""
    path, names = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in [name for name in sys.modules if name not in names and name.partition(".")[0].startswith("my")]:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files (name to text) beside an INI file, and loads that."""

    def write(kind: str, files: dict[str, str], folder: str = ".", **keys: str) -> neat.Config:
        home = tmp_path / folder
        for name, text in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        lines = [f"{key} = {value}" for key, value in {"kind": kind, **keys}.items()]
        (home / "x.ini").write_text("\n".join(["[problem]", *lines]))
        return neat.load(home / "x.ini")

    return write


def level(config: neat.Config) -> Any:
    return neat.make_problem(config)(None)


def test_a_module_that_is_loaded_is_not_executed_again(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write("mygame:p", {"mygame.py": PROBLEM.format(level=3)})
    monkeypatch.syspath_prepend(config.folder)
    mygame = __import__("mygame")
    mygame.LEVEL = 7
    assert level(config) == level(config) == 7.0
    assert sys.modules["mygame"] is mygame and mygame.RUNS == [1]


def test_an_environment_is_registered_once(write: Write) -> None:
    text = ENVIRONMENT.format(name="Once", entry="MountainCarEnv")
    config = write("gymnasium", {"myhill.py": text}, environment="myhill:Once-v0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as "Overriding environment Once-v0 already in registry."
        for _ in range(2):
            assert neat.make_problem(config).limit == 5


@pytest.mark.parametrize("entry", ["'mylate:Late'", "'mypack.mylate:Late'"])
def test_an_entry_point_beside_the_ini_file_that_is_not_imported_yet(write: Write, entry: str) -> None:
    late = "from gymnasium.envs.classic_control import MountainCarEnv as Late\n"
    files = {
        "myentry.py": ENVIRONMENT.format(name=f"Late{len(entry)}", entry=entry),
        "mylate.py": late, "mypack/__init__.py": "", "mypack/mylate.py": late,
    }  # fmt: skip
    problem = neat.make_problem(write("gymnasium", files, environment=f"myentry:Late{len(entry)}-v0"))
    assert problem.inputs == ("observation[0]", "observation[1]")


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("mypkg:p", {"mypkg/__init__.py": "from mypkg.sub import p\n", "mypkg/sub.py": PROBLEM.format(level=5)}),
        ("mypkg.sub:p", {"mypkg/__init__.py": "", "mypkg/sub.py": "from .deep import p\n",
                         "mypkg/deep.py": PROBLEM.format(level=5)}),
        ("mynames.sub:p", {"mynames/sub.py": PROBLEM.format(level=5)}),  # without __init__.py
        ("mypkg:p", {"mypkg/__init__.py": PROBLEM.format(level=5), "mypkg.py": PROBLEM.format(level=0)}),
    ],
)  # fmt: skip
def test_packages_beside_the_ini_file(write: Write, kind: str, files: dict[str, str], tmp_path: Path) -> None:
    config = write(kind, files)
    assert level(config) == 5.0 and str(tmp_path) not in sys.path
    neat.run(config.replace(run={"generations": 1}, population={"size": 3}), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        known = {Path(file.path).name for file in history.files()}
    assert known == {Path(name).name for name in files if name != "mypkg.py"}


def test_two_folders_with_modules_of_the_same_names(write: Write) -> None:
    text = f"import myhelper\n{PROBLEM.format(level='myhelper.LEVEL')}"
    first, second = (
        write("mytwo:p", {"mytwo.py": text, "myhelper.py": f"LEVEL = {number}\n"}, folder=f"f{number}")
        for number in (1, 2)
    )
    problem = neat.make_problem(first)
    assert [level(config) for config in (second, first, second, second)] == [2, 1, 2, 2]
    assert problem(None) == 1


def test_a_failure_leaves_the_modules_as_they_were(write: Write, tmp_path: Path) -> None:
    fine = write("myfail:p", {"myfail.py": PROBLEM.format(level=1), "myhelper.py": "HERE = 1\n"}, folder="fine")
    level(fine)
    import importlib

    before, path = sys.modules["myfail"], list(sys.path)
    broken = write("myfail:p", {"myfail.py": "import myhelper\n1 / 0\n", "myhelper.py": "HERE = 2\n"}, folder="broken")
    with pytest.raises(neat.ProblemError, match="myfail:p: myfail raised ZeroDivisionError.* when it was imported"):
        level(broken)
    assert sys.modules["myfail"] is before and sys.path == path
    assert importlib.import_module("myfail").LEVEL == 1


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("random", r"random.py has the name of a module of Python's standard library \(rename it\)"),
        ("numpy", r"numpy.py has the name of the installed package 'numpy', which is in use \(rename it\)"),
        ("neat", r"neat.py has the name of the installed package 'neat'"),
    ],
)
def test_files_with_the_name_of_a_needed_module_are_rejected(write: Write, module: str, message: str) -> None:
    before = sys.modules[module]
    with pytest.raises(neat.NeatError, match=rf"kind = {module}:p: .*{message}"):
        level(write(f"{module}:p", {f"{module}.py": PROBLEM.format(level=1)}))
    assert sys.modules[module] is before


def test_a_module_that_calls_sys_exit_is_reported(write: Write) -> None:
    for kind in ({"kind": "myexit:p"}, {"kind": "gymnasium", "environment": "myexit:Any-v0"}):
        config = write(files={"myexit.py": "import sys\nsys.exit('no display')\n"}, **kind)
        with pytest.raises(neat.NeatError, match=r"myexit calls sys.exit\(\) .*SystemExit: no display.*__main__"):
            neat.make_problem(config)


def test_an_exception_in_the_module_of_an_environment_is_reported(write: Write) -> None:
    config = write("gymnasium", {"mybroken.py": "import no_such_library\n"}, environment="mybroken:Any-v0")
    with pytest.raises(neat.ProblemError, match="mybroken raised ModuleNotFoundError: .*'no_such_library'"):
        neat.make_problem(config)


SCRIPT = """
import neat

STARTS = []
STARTS.append(1)

@neat.problem(inputs=1, outputs=1)
def p(network):
    assert STARTS == [1]
    return 1.0

if __name__ == "__main__":
    config = neat.load("script.ini")
    problem = neat.make_problem(config)
    assert problem is p
    print(len(neat.run_seeds(config, "0..1", jobs=2).errors), neat.run(config, out="run").best_fitness)
    print(neat.verify("run", trust=True).same)
"""


def test_the_running_script_is_not_executed_again(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "script.ini").write_text(
        "[problem]\nkind = script:p\n[run]\ngenerations = 1\nseed = 1\n[population]\nsize = 3\n"
    )
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "0 1.0\nTrue\n", done.stderr
