"""How two configurations differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neat.config.config import Config


@dataclass(frozen=True)
class Difference:
    """A setting or file that differs: its name, and its text on both sides, empty on a side that lacks it."""

    name: str
    first: str
    second: str


def setting_differences(first: Config, second: Config) -> Iterator[Difference]:
    """Yield the settings that differ, with their values as INI text."""
    texts, other_texts = (
        {name: section.to_texts(full=True) for name, section in config.sections.items()} for config in (first, second)
    )
    for name in sorted({*texts, *other_texts}):
        here, there = texts.get(name, {}), other_texts.get(name, {})
        for key in {**here, **there}:
            if here.get(key) != there.get(key):
                yield Difference(f"{name}.{key}", here.get(key, ""), there.get(key, ""))
