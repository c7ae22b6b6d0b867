"""Combinations of settings from different sections that make a run useless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neat.config.entries import Fault, SectionEntries, python_entries
from neat.config.fields import keys_of
from neat.config.section import AnySection, Section, conflict_fault
from neat.config.sections import MutationKeys, NetworkKeys, PopulationKeys


def combination_faults(sections: Mapping[str, Section], entries: Mapping[str, SectionEntries]) -> Iterator[Fault]:
    """Yield a fault for each useless combination of settings.

    Args:
        sections: the sections by name; others have their defaults.
        entries: what the user wrote, for those sections that were not given as objects.
    """
    population, mutation = _section(sections, PopulationKeys), _section(sections, MutationKeys)
    network = _section(sections, NetworkKeys)

    unconnected = population.start == "none" or (population.start == "partial" and population.partial_share == 0.0)
    cause = _prevents_connections(mutation)
    if unconnected and cause:
        name = "start" if population.start == "none" else "partial_share"
        message = (
            f"genomes would never get a connection, since [mutation] {cause} (allow it, or start with connections)"
        )
        yield _fault(population, name, message, entries)

    steps = len(population.layers) + 1
    if population.start == "layers" and not network.memory and 0 < network.max_steps < steps:
        message = (
            f"too few steps for inputs to reach outputs through the [population] layers ({steps} or more, or auto)"
        )
        yield _fault(network, "max_steps", message, entries)


def _section(sections: Mapping[str, Section], keys: type[AnySection]) -> AnySection:
    section = sections.get(keys.section_name)
    return section if isinstance(section, keys) else keys()


def _prevents_connections(mutation: MutationKeys) -> str:
    """Return the setting that prevents new connections, or an empty string."""
    if not mutation.growth:
        return "growth = no"
    if mutation.max_structural == 0:
        return "max_structural = 0"
    return "" if mutation.add_connection else "add_connection = 0"


def _fault(section: Section, name: str, message: str, entries: Mapping[str, SectionEntries]) -> Fault:
    given = entries.get(section.section_name)
    if given is None:  # the section is an object
        value, default = getattr(section, name), keys_of(type(section))[name].default
        given = python_entries(section.section_name, {name: value} if value != default else {})
    return conflict_fault(section, name, message, given)
