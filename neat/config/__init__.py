"""The configuration: INI text, dicts and keywords become frozen dataclasses, with all faults reported at once.

Higher packages add their own keys with `declare_problem` and `declare_section`; the functions in `neat.config.fields`
describe each key.
"""

from neat.config.config import Config, checked_config, declare_section
from neat.config.reference import ReferenceRow, reference_markdown, reference_rows
from neat.config.registry import (
    CustomProblem,
    ProblemKeys,
    declare_problem,
    declared_problems,
    declared_sections,
)
from neat.config.section import Section
from neat.config.sections import (
    ANY_EXECUTION,
    CrossoverKeys,
    GenomeKeys,
    MutationKeys,
    NetworkKeys,
    PopulationKeys,
    ReproductionKeys,
    RunKeys,
    SpeciationKeys,
)

__all__ = [
    "ANY_EXECUTION",
    "Config",
    "CrossoverKeys",
    "CustomProblem",
    "GenomeKeys",
    "MutationKeys",
    "NetworkKeys",
    "PopulationKeys",
    "ProblemKeys",
    "ReferenceRow",
    "ReproductionKeys",
    "RunKeys",
    "Section",
    "SpeciationKeys",
    "checked_config",
    "declare_problem",
    "declare_section",
    "declared_problems",
    "declared_sections",
    "reference_markdown",
    "reference_rows",
]
