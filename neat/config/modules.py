"""The user's own modules: found beside the INI file that names them, imported once, and never in place of others."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of

_INSTALLED = {"site-packages", "dist-packages"}  # folders of installed packages
_ENGINE = __name__.partition(".")[0]


def import_beside(module_name: str, folder: Path, where: str) -> Any:
    """Return a module: a file or package in `folder` (that of the INI file) if there is one, else an installed module.

    A module that is already loaded from that file is not executed again, even if it is the running script. A module of
    the same name that is loaded from another folder is replaced.

    Raises:
        NeatError: there is no such module, or its file hides a module of Python or of an installed package.
        ProblemError: it raised an exception.
    """
    missing = _missing(module_name, folder, where)
    folder, top = Path(os.path.abspath(folder)), module_name.partition(".")[0]
    importlib.invalidate_caches()  # a file that was written a moment ago must be found
    spec = PathFinder.find_spec(top, [str(folder)]) if top.isidentifier() else None
    if spec is not None and spec.origin is not None:
        _check_name(top, Path(spec.origin), where)
    file, main = source_file(module_name, folder), sys.modules["__main__"]
    if _is_from(main, file) and not _is_from(sys.modules.get(module_name), file):
        sys.modules[module_name] = main  # the running script, which must not run twice
    with beside(folder), _replaced(_in_the_way(folder)):
        return imported(module_name, where, missing)


def imported(module_name: str, where: str, missing: NeatError) -> Any:
    """Return a module; raise `missing` if there is none.

    Raises:
        NeatError: there is no such module, or it calls `sys.exit()`.
        ProblemError: it raised an exception.
    """
    try:
        return importlib.import_module(module_name)
    except SystemExit as error:
        raise NeatError(
            f"{where}: {module_name} calls sys.exit() when it is imported ({message_of(error)}); a module that is also "
            'a script does so under `if __name__ == "__main__":`'
        ) from None
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise missing from None
        raise ProblemError(f"{where}: {module_name} raised {message_of(error)} when it was imported") from error


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Let imports in the body look in a folder first."""
    path = str(folder)
    sys.path.insert(0, path)
    try:
        yield
    finally:
        if path in sys.path:
            sys.path.remove(path)


def source_file(module_name: str, folder: Path) -> Path | None:
    """Return the file of a module in a folder, `NAME.py` or `NAME/__init__.py`, or None if there is none."""
    parts = module_name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    place = folder.joinpath(*parts)
    files = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((file for file in files if file.is_file()), None)


def source_files(module_name: str, folder: Path) -> list[Path]:
    """Return the files of a module in a folder: its own file, or all files of its package."""
    file = source_file(module_name, folder)
    package = folder / module_name.partition(".")[0]
    if file is None or package not in file.parents:
        return [] if file is None else [file]
    return sorted(found for found in package.rglob("*.py") if found.is_file())


def _check_name(top: str, file: Path, where: str) -> None:
    """Raise NeatError if a user's file has the name of a module that Python or the engine needs."""
    loaded = sys.modules.get(top)
    if _is_from(loaded, file):
        return
    if top in sys.stdlib_module_names:
        raise NeatError(f"{where}: {file} has the name of a module of Python's standard library (rename it)")
    if _is_installed(top, loaded):
        raise NeatError(f"{where}: {file} has the name of the installed package {top!r}, which is in use (rename it)")


def _is_installed(top: str, loaded: Any) -> bool:
    """Return whether a loaded module belongs to an installed package or to the engine, and must not be replaced."""
    return top == _ENGINE or bool(_INSTALLED & set(Path(getattr(loaded, "__file__", None) or "").parts))


def _is_from(module: Any, file: Path | None) -> bool:
    """Return whether a module was loaded from a file."""
    loaded = getattr(module, "__file__", None)
    if loaded is None or file is None:
        return False
    try:
        return os.path.samefile(loaded, file)
    except OSError:
        return False


def _in_the_way(folder: Path) -> set[str]:
    """Return the loaded top-level modules of other folders that hide a module of the same name in a folder."""
    found = set()
    for name in os.listdir(folder) if folder.is_dir() else ():
        top = name.removesuffix(".py")
        loaded, file = sys.modules.get(top), source_file(top, folder)
        if loaded is None or file is None or getattr(loaded, "__file__", None) is None or _is_from(loaded, file):
            continue
        if top not in sys.stdlib_module_names and top != "__main__" and not _is_installed(top, loaded):
            found.add(top)
    return found


@contextmanager
def _replaced(tops: set[str]) -> Iterator[None]:
    """Remove modules from `sys.modules` for the body; restore those that it does not replace, or all if it fails."""
    taken = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in tops}
    try:
        yield
    except BaseException:
        for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
            del sys.modules[name]
        sys.modules.update(taken)
        raise
    replaced = {top for top in tops if top in sys.modules}
    sys.modules.update({name: module for name, module in taken.items() if name.partition(".")[0] not in replaced})


def _missing(module_name: str, folder: Path, where: str) -> NeatError:
    """Return the error that names the missing file and module."""
    hint = " (a module is named without .py)" if module_name.endswith(".py") else ""
    file = folder / f"{module_name.replace('.', '/')}.py"
    return NeatError(f"{where}: there is no {file} and no installed module {module_name!r}{hint}")
