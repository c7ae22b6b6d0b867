"""How two configurations differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neat.config import Config


@dataclass(frozen=True)
class Difference:
    """A setting or file that differs: `name`, and its text in both; no text where there is none."""

    name: str
    first: str
    second: str


def setting_differences(first: Config, second: Config) -> Iterator[Difference]:
    """Yield the settings that are not the same, as an INI file would have them."""
    one, other = (
        {name: section.to_texts(full=True) for name, section in config.sections.items()} for config in (first, second)
    )
    for section in sorted({*one, *other}):
        before, after = one.get(section, {}), other.get(section, {})
        for key in [*before, *(key for key in after if key not in before)]:
            if before.get(key) != after.get(key):
                yield Difference(f"{section}.{key}", before.get(key, ""), after.get(key, ""))
