"""Optional packages: the message about a missing one names the extra to install."""

from __future__ import annotations

import json

import pytest

import neat
from neat.core.optional import import_optional


def test_an_installed_package_is_imported() -> None:
    assert import_optional("json", "plots") is json


def test_the_message_about_a_missing_package_names_the_extra() -> None:
    with pytest.raises(neat.NeatError) as caught:
        import_optional("no_such_package", "plots")
    assert str(caught.value) == "the package 'no_such_package' is not installed (pip install 'neat-engine[plots]')"
