"""Import of the modules that an INI file names: the user's own files beside it, or installed modules."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of

_SITE_FOLDERS = {"site-packages", "dist-packages"}
_ENGINE = __name__.partition(".")[0]


def import_beside(module_name: str, folder: Path, where: str) -> ModuleType:
    """Import a module from `folder`, which is that of the INI file, or an installed module if `folder` has none.

    A module that is already loaded from that file is not executed again, even if it is the running script. A loaded
    module of the same name from another folder is replaced.

    Raises:
        NeatError: there is no such module, or its file has the name of a module of Python or of an installed package.
        ProblemError: the module raised an exception.
    """
    hint = " (a module is named without .py)" if module_name.endswith(".py") else ""
    place = folder / f"{module_name.replace('.', '/')}.py"
    missing = NeatError(f"{where}: there is no {place} and no installed module {module_name!r}{hint}")
    folder, top = Path(os.path.abspath(folder)), module_name.partition(".")[0]
    importlib.invalidate_caches()  # so that a file that was written a moment ago is found
    spec = PathFinder.find_spec(top, [str(folder)]) if top.isidentifier() else None
    if spec is not None and spec.origin is not None:
        _check_name(top, Path(spec.origin), where)
    file, main = source_file(module_name, folder), sys.modules["__main__"]
    if _is_loaded_from(file, main) and not _is_loaded_from(file, sys.modules.get(module_name)):
        sys.modules[module_name] = main  # the running script must not be executed again
    with folder_on_path(folder), _unloaded(_hiding_modules(folder)):
        return import_user_module(module_name, where, missing)


def import_user_module(module_name: str, where: str, missing: NeatError) -> ModuleType:
    """Import a module; raise `missing` if there is none.

    Raises:
        NeatError: there is no such module, or it calls `sys.exit()`.
        ProblemError: the module raised an exception.
    """
    try:
        return importlib.import_module(module_name)
    except SystemExit as error:
        raise NeatError(
            f"{where}: {module_name} calls sys.exit() when it is imported ({message_of(error)}); put the code of a "
            'script under `if __name__ == "__main__":`'
        ) from None
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise missing from None
        raise ProblemError(f"{where}: {module_name} raised {message_of(error)} when it was imported") from error


@contextmanager
def folder_on_path(folder: Path) -> Iterator[None]:
    """Search a folder first for modules that are imported in the body."""
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
    if _is_loaded_from(file, loaded):
        return
    if top in sys.stdlib_module_names:
        raise NeatError(f"{where}: {file} has the name of a module of Python's standard library (rename it)")
    if _is_installed(top, loaded):
        raise NeatError(f"{where}: {file} has the name of the installed package {top!r}, which is in use (rename it)")


def _is_installed(top: str, loaded: ModuleType | None) -> bool:
    """Return whether a loaded module belongs to an installed package or to the engine."""
    return top == _ENGINE or bool(_SITE_FOLDERS & set(Path(_file_of(loaded) or "").parts))


def _is_loaded_from(file: Path | None, loaded: ModuleType | None) -> bool:
    """Return whether a module was loaded from a file."""
    origin = _file_of(loaded)
    try:
        return origin is not None and file is not None and os.path.samefile(origin, file)
    except OSError:
        return False


def _file_of(loaded: ModuleType | None) -> str | None:
    """Return the file of a loaded module, or None for a built-in module or a namespace package."""
    return getattr(loaded, "__file__", None)


def _hiding_modules(folder: Path) -> set[str]:
    """Return the loaded top-level modules of other folders that hide a module of the same name in a folder."""
    hiding = set()
    for name in os.listdir(folder) if folder.is_dir() else ():
        top = name.removesuffix(".py")
        loaded, file = sys.modules.get(top), source_file(top, folder)
        if file is None or _file_of(loaded) is None or _is_loaded_from(file, loaded):
            continue
        if top not in sys.stdlib_module_names and top != "__main__" and not _is_installed(top, loaded):
            hiding.add(top)
    return hiding


@contextmanager
def _unloaded(tops: set[str]) -> Iterator[None]:
    """Remove modules from `sys.modules` for the body; restore those that it does not replace, or all if it fails."""

    def loaded_names() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] in tops]

    removed = {name: sys.modules.pop(name) for name in loaded_names()}
    try:
        yield
    except BaseException:
        for name in loaded_names():
            del sys.modules[name]
        sys.modules.update(removed)
        raise
    replaced = tops & sys.modules.keys()
    sys.modules.update({name: module for name, module in removed.items() if name.partition(".")[0] not in replaced})
