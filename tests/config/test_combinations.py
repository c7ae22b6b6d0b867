"""Settings of different sections that cannot work together are rejected, with the line of the setting."""

from __future__ import annotations

from typing import Any

import pytest

import neat
from neat.config import PopulationKeys

LAYERS = {"start": "layers", "layers": (3, 3)}
USELESS: list[tuple[dict[str, Any], str]] = [
    ({"population": {"start": "none"}, "mutation": {"add_connection": 0}}, r"start = none: .*add_connection = 0 \("),
    ({"population": {"start": "none"}, "mutation": {"growth": False}}, "start = none: genomes would never get"),
    ({"population": {"start": "none"}, "mutation": {"max_structural": 0}}, "start = none: .*max_structural = 0"),
    (
        {"population": {"start": "partial", "partial_share": 0.0}, "mutation": {"growth": False}},
        r"\[population\] partial_share = 0.0: genomes would never",
    ),
    ({"population": LAYERS, "network": {"max_steps": 2}}, r"max_steps = 2: too few steps .*\(3 or more, or auto\)"),
]
USEFUL: list[dict[str, Any]] = [
    {"population": {"start": "none"}},
    {"population": {"start": "none"}, "mutation": {"max_structural": 1}},
    {"population": {"start": "partial"}, "mutation": {"growth": False}},
    {"population": {"start": "full"}, "mutation": {"growth": False}},
    {"population": LAYERS, "network": {"max_steps": 3}},
    {"population": LAYERS, "network": {"max_steps": "auto"}},
    {"population": LAYERS, "network": {"max_steps": 1, "memory": True}},
]


@pytest.mark.parametrize(("sections", "message"), USELESS)
def test_useless_combinations(sections: dict[str, Any], message: str) -> None:
    with pytest.raises(neat.ConfigError, match=message) as caught:
        neat.Config(**sections)
    assert len(caught.value.faults) == 1 and "default" not in str(caught.value)
    first, second = sections
    with pytest.raises(neat.ConfigError, match=message):
        neat.Config(**{first: sections[first]}).replace(**{second: sections[second]})


@pytest.mark.parametrize("sections", USEFUL)
def test_useful_combinations(sections: dict[str, Any]) -> None:
    config = neat.Config(**sections)
    assert neat.Config.from_ini(config.to_ini()) == config
    assert neat.initialize(config, inputs=2, outputs=1).population


def test_the_line_of_the_file_is_named() -> None:
    text = "[mutation]\ngrowth = no\n[population]\nstart = none\n"
    with pytest.raises(neat.ConfigError, match=r"^x\.ini:4: \[population\] start = none: .* \[mutation\] growth = no"):
        neat.Config.from_ini(text, "x.ini")
    with pytest.raises(neat.ConfigError, match=r"^--set population\.start=none: .*growth = no"):
        neat.Config.from_ini(text.replace("none", "full"), overrides=["population.start=none"])
    with pytest.raises(neat.ConfigError, match=r"^\[population\] start = none: "):
        neat.Config(population=PopulationKeys(start="none"), mutation={"growth": False})


def test_faults_of_single_keys_come_first() -> None:
    with pytest.raises(neat.ConfigError) as caught:
        neat.Config(population={"start": "none", "size": 1}, mutation={"growth": False})
    assert len(caught.value.faults) == 1 and "size = 1" in str(caught.value)
