"""Settings of different sections that together make a run useless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from neat.config.entries import Fault, SectionEntries, python_entries
from neat.config.fields import keys_of
from neat.config.section import Section, cross_fault

if TYPE_CHECKING:
    from neat.config.sections import MutationKeys, NetworkKeys, PopulationKeys


def combination_faults(sections: Mapping[str, Section], written: Mapping[str, SectionEntries]) -> Iterator[Fault]:
    """Yield a fault for every combination of settings that makes a run useless; `written` says where each was set."""
    population = cast("PopulationKeys", sections["population"])
    mutation, network = cast("MutationKeys", sections["mutation"]), cast("NetworkKeys", sections["network"])
    bare = population.start == "none" or (population.start == "partial" and population.partial_share == 0.0)
    if bare and (cause := _never_connects(mutation)):
        name = "start" if population.start == "none" else "partial_share"
        yield _fault(
            sections, written, "population", name,
            f"genomes would never get a connection, since [mutation] {cause} (allow it, or start with connections)",
        )  # fmt: skip
    steps = len(population.layers) + 1
    if population.start == "layers" and not network.memory and 0 < network.max_steps < steps:
        yield _fault(
            sections, written, "network", "max_steps",
            f"too few steps for inputs to reach outputs through the [population] layers ({steps} or more, or auto)",
        )  # fmt: skip


def _never_connects(mutation: MutationKeys) -> str:
    if not mutation.growth:
        return "growth = no"
    if mutation.max_structural == 0:
        return "max_structural = 0"
    return "" if mutation.add_connection else "add_connection = 0"


def _fault(
    sections: Mapping[str, Section], written: Mapping[str, SectionEntries], section: str, name: str, message: str
) -> Fault:
    keys = sections[section]
    item, value = keys_of(type(keys))[name], getattr(keys, name)
    given = written.get(section)
    if given is None:  # the section is an object
        given = SectionEntries(python_entries(section, {name: value} if value != item.default else {}))
    return cross_fault(item, value, message, type(keys), given)
