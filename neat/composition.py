"""The one place that connects layers: which classes of higher layers lower layers use.

A configuration has sections and kinds of problem that are declared in higher layers, and genomes, results and tables
draw themselves in notebooks. Everything is named here and imported when it is first used.
"""

from __future__ import annotations

from neat.core.hooks import set_hooks


def compose() -> None:
    """Connect the layers; called when the package is imported."""
    set_hooks(
        {
            "declare": "neat.composition:declare",
            "draw_genome": "neat.export.notebook:genome_svg",
            "draw_result": "neat.export.notebook:result_html",
            "draw_table": "neat.export.notebook:table_html",
        }
    )


def declare() -> None:
    """Declare the kinds of problem that a configuration can name; called before the first configuration is made."""
    from neat.config import declare_problem, declare_section
    from neat.evolution.complexity_keys import ComplexityKeys
    from neat.evolution.islands_keys import IslandsKeys
    from neat.evolution.tuning_keys import TuningKeys
    from neat.genetics.operator_keys import OperatorKeys
    from neat.learning.keys import LearningKeys
    from neat.problems.kinds import KINDS

    for kind in KINDS.values():
        declare_problem(kind.name, kind.keys)
    declare_section(OperatorKeys.section_name, OperatorKeys)
    declare_section(ComplexityKeys.section_name, ComplexityKeys)
    declare_section(IslandsKeys.section_name, IslandsKeys)
    declare_section(LearningKeys.section_name, LearningKeys)
    declare_section(TuningKeys.section_name, TuningKeys)
