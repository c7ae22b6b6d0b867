"""Imports point down the layers, and only one module of the command line prints."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "neat"
LAYERS = {
    "core": 0,
    "config": 1,
    "genetics": 2,
    "network": 3,
    "problems": 4,
    "learning": 5,
    "execution": 6,
    "evolution": 7,
    "store": 8,
    "runs": 9,
    "studies": 10,
    "export": 11,
    "report": 12,
    "cli": 13,
}
FILES = sorted(PACKAGE.rglob("*.py"))
PACKAGE_FILES = [file for file in FILES if file.parent != PACKAGE]


def package_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0]


def imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yield every module that is imported anywhere in a file, in functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value.partition(":")[0]  # `import_module("neat.package.file")`, or `module:function`
            if word.startswith("neat.") and word.split(".")[1] in LAYERS and " " not in word:
                yield word


def upward(file: Path, text: str) -> list[str]:
    """Return the imports in a file that do not point down to a lower layer."""
    own = package_of(file)
    package = file.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    wrong = []
    for name in imported(ast.parse(text), package):
        parts = name.split(".")
        if parts[0] != "neat":
            continue
        other = parts[1] if len(parts) > 1 else ""
        if name == "neat" or (other != own and LAYERS.get(other, 99) >= LAYERS[own]):
            wrong.append(name)
    return wrong


def test_every_package_has_a_layer() -> None:
    packages = {folder.name for folder in PACKAGE.iterdir() if folder.is_dir() and any(folder.glob("*.py"))}
    assert packages <= LAYERS.keys()


@pytest.mark.parametrize("file", PACKAGE_FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    assert upward(file, file.read_text(encoding="utf-8")) == []


def modules() -> dict[str, Path]:
    """Return every module of the package by its name."""
    names = {".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts): file for file in FILES}
    return {name.removesuffix(".__init__"): file for name, file in names.items()}


def circles(imports: dict[str, set[str]]) -> list[str]:
    """Return the modules that import themselves by way of others."""

    def reachable(module: str) -> set[str]:
        found: set[str] = set()
        waiting = [module]
        while waiting:
            for other in imports[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return found

    return [module for module in imports if module in reachable(module)]


def test_files_do_not_import_each_other_in_circles() -> None:
    """Late imports, imports by string and imports for type checkers count, too."""
    files = modules()
    imports = {}
    for name, file in files.items():
        package = file.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
        found = imported(ast.parse(file.read_text(encoding="utf-8")), package)
        imports[name] = {other for other in found if other in files and other not in (name, "neat")}
    assert sum(map(len, imports.values())) > 500
    assert circles(imports) == []


def test_the_test_sees_a_circle() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]


PRINTERS = {"print", "input", "pprint", "secho", "echo", "Console", "rich_print", "print_exc", "breakpoint"}
STREAMS = {"stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"}
TERMINAL = PACKAGE / "cli" / "terminal.py"


def printing(text: str) -> list[str]:
    """Return everything in a module's text that writes, or could write, to the terminal."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id in PRINTERS:
            found.append(node.id)
        elif isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if (
                node.attr in PRINTERS
                or (owner == "sys" and node.attr in STREAMS)
                or (owner, node.attr) == ("os", "write")
            ):
                found.append(f"{owner}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if node.module == "rich.console" or (node.module == "sys" and names & STREAMS) or names & PRINTERS:
                found.append(f"from {node.module} import {', '.join(sorted(names))}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_only_the_terminal_module_writes_to_the_terminal(file: Path) -> None:
    found = printing(file.read_text(encoding="utf-8"))
    if file == PACKAGE / "execution" / "precompilation.py":  # it reads what its parent sends
        found.remove("sys.stdin")
    assert (found == []) == (file != TERMINAL)


@pytest.mark.parametrize(
    "text",
    [
        "print(1)",
        "out = print",
        "import sys\nsys.stdout.write('a')",
        "import sys\nout = sys.stderr",
        "from sys import stdout",
        "from rich.console import Console",
        "import rich.console\nrich.console.Console()",
        "import typer\ntyper.echo('a')",
        "import os\nos.write(1, b'a')",
        "answer = input()",
        "from rich import print",
        "import traceback\ntraceback.print_exc()",
    ],
)
def test_every_way_to_print_would_be_found(text: str) -> None:
    assert printing(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "from neat.evolution.loop import evolve",
        "import neat.cli",
        "import neat",
        "from neat import Genome",
        "from .. import runs",
        "from ..learning import gradients",
        "def late():\n    from neat.execution.in_process import compute",
        "if TYPE_CHECKING:\n    from neat.execution import local",
        'import_module("neat.runs.run")',
        "from neat.learning.gradients import descend",
    ],
)
def test_the_test_sees_an_upward_import(text: str) -> None:
    assert upward(PACKAGE / "problems" / "protocol.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "from neat.network import Networks",
        "from . import kernels",
        "from ..core import errors",
        "import numpy",
    ],
)
def test_the_test_allows_a_downward_import(text: str) -> None:
    assert not upward(PACKAGE / "problems" / "protocol.py", text)


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import neat; neat.ConfigError", ["numpy", "numba", "rich", "typer"]),
        ("import neat; neat.Config(problem={'kind': 'module:Name'})", ["numpy", "numba", "rich", "typer"]),
        (
            "import neat.cli",
            ["numpy", "numba", "rich", "networkx", "gymnasium", "matplotlib", "importlib.metadata"],
        ),
        ("import neat; neat.run", ["rich", "typer", "networkx", "gymnasium", "matplotlib"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(statement: str, heavy: list[str]) -> None:
    code = f"import sys; {statement}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
