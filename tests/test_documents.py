"""The guide for contributors and the page on the architecture say what is there; so does the citation file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from documents import ROOT, blocks_of, execute_block, make_clone, prose_of

import neat

DOCUMENTS = ("CONTRIBUTING.md", "docs/architecture.md")
BLOCKS = [(document, language, text) for document in DOCUMENTS for language, text in blocks_of(document)]
FOLDERS = ("configs", "docs", "experiments", "neat", "tests")
_PATH = re.compile(r"\.?\w[\w.*-]*(?:/[\w.*-]*)+|\.ci/run|[\w*-]+\.(?:cff|csv|ini|json|md|py|toml|yaml)")


def paths_in(text: str) -> set[str]:
    """Return the paths and the names of files among the words in backticks."""
    words = [word for span in re.findall(r"`([^`]+)`", text) for word in span.split()]
    return {word for word in words if _PATH.fullmatch(word)}


def missing_paths(paths: set[str]) -> set[str]:
    """Return the paths that do not exist; a name without a folder may be that of any file."""

    def exists(path: str) -> bool:
        if "/" in path:
            return any(ROOT.glob(path))
        return any(ROOT.glob(path)) or any(next((ROOT / folder).rglob(path), None) for folder in FOLDERS)

    return {path for path in paths if not exists(path)}


def unknown_names(text: str) -> set[str]:
    """Return the names written as `neat.X` or `neat.X.y` that are not public."""
    names = set(re.findall(r"(?<![\w./])neat\.([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)", text))

    def is_public(name: str) -> bool:
        first, *rest = name.split(".")
        if first not in {*neat.__all__, "export", "report"}:
            return False
        found: object = getattr(neat, first)
        for part in rest:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True

    return {name for name in names if not is_public(name)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_exists(document: str) -> None:
    paths = paths_in(prose_of(document))
    assert len(paths) > 20
    assert missing_paths(paths) == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_is_public(document: str) -> None:
    assert unknown_names(prose_of(document)) == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file_and_a_heading(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose_of(document)):
        path, _, heading = target.partition("#")
        linked = (ROOT / document).parent / path
        assert linked.is_file(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {title.lower().replace(" ", "-") for title in headings}, target


def test_what_is_wrong_is_found() -> None:
    text = "`neat/core/errors.py`, `neat/core/absent.py`, `pytest tests/absent`, `problem.py`, `absent.py`, `a/*.py`"
    assert missing_paths(paths_in(text)) == {"neat/core/absent.py", "tests/absent", "absent.py", "a/*.py"}
    text = "`neat.Config`, `neat.Configuration`, neat.History.columnz(), `neat.export.write`, `neat.core`, `neat run`"
    assert unknown_names(text) == {"Configuration", "History.columnz", "core"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a clone is."""
    return make_clone(tmp_path_factory.mktemp("clone"))


@pytest.mark.parametrize(("document", "language", "text"), BLOCKS)
def test_every_block_can_be_executed(folder: Path, document: str, language: str, text: str) -> None:
    assert language in ("bash", "python")
    if language == "bash":  # the words of its commands, some of which are not executed
        assert missing_paths({word for word in text.split() if "/" in word}) == set()
    execute_block(language, text, folder)


def test_the_layers_are_those_of_the_package() -> None:
    rows = re.findall(r"^\| (\d+) \| `neat/(\w+)/` \|", prose_of("docs/architecture.md"), re.MULTILINE)
    assert [int(layer) for layer, _ in rows] == list(range(len(rows) - 1, -1, -1))
    packages = [package for _, package in rows]
    assert set(packages) == {file.parent.name for file in (ROOT / "neat").glob("*/__init__.py")}
    assert ", ".join(reversed(packages)) in prose_of("CONTRIBUTING.md")


def test_the_citation_agrees_with_the_package() -> None:
    citation = dict(re.findall(r"^([\w-]+): (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == neat.__version__
    assert (citation["title"], citation["license"]) == (project["name"], project["license"])
    (author,) = project["authors"]
    assert f"\n  - name: {author['name']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert author["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")
