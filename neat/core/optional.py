"""Import of optional packages, which an extra of this distribution installs."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from neat.core.errors import NeatError


def import_optional(module: str, extra: str) -> ModuleType:
    """Return an optional module.

    Raises:
        NeatError: it is not installed; the message names the extra that installs it.
    """
    try:
        return import_module(module)
    except ImportError:
        raise NeatError(f"the package {module!r} is not installed ({install_command(extra)})") from None


def installed_version(package: str) -> str:
    """Return the version of a package, or `none` if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this distribution."""
    return f"pip install 'neat-engine[{extra}]'"
