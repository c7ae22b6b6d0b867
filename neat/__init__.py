"""NEAT neuroevolution: networks whose weights and wiring are evolved.

Everything public is here and comes on first use, so that `import neat` costs nothing:

    config = neat.load("configs/xor.ini")
    result = neat.run(config)
    network = neat.compile(result.champion)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from neat.composition import compose as _compose
from neat.core.version import VERSION as __version__

if TYPE_CHECKING:
    from neat import export as export
    from neat import learning as learning
    from neat import report as report
    from neat.config import Config as Config
    from neat.core.custom_functions import register_activation as register_activation
    from neat.core.custom_functions import register_aggregation as register_aggregation
    from neat.core.errors import ConfigError as ConfigError
    from neat.core.errors import NeatError as NeatError
    from neat.core.errors import ProblemError as ProblemError
    from neat.core.randomness import Randomness as Randomness
    from neat.evolution.loop import evolve as evolve
    from neat.evolution.loop import initialize as initialize
    from neat.evolution.loop import reproduce as reproduce
    from neat.evolution.loop import seeded as seeded
    from neat.evolution.loop import tell as tell
    from neat.evolution.state import Champion as Champion
    from neat.evolution.state import Generation as Generation
    from neat.evolution.state import State as State
    from neat.execution.executor import Executor as Executor
    from neat.genetics.genome import Connection as Connection
    from neat.genetics.genome import Genome as Genome
    from neat.genetics.genome import Node as Node
    from neat.genetics.operators import Operators as Operators
    from neat.genetics.population import Population as Population
    from neat.network.decoding import compile_networks
    from neat.network.networks import Network as Network
    from neat.network.networks import Networks as Networks
    from neat.network.networks import activate_each as activate_each
    from neat.network.networks import activate_rows as activate_rows
    from neat.problems.checking import check_problem as check_problem
    from neat.problems.evaluation import Evaluation as Evaluation
    from neat.problems.evaluation import TestResult as TestResult
    from neat.problems.evaluation import Validation as Validation
    from neat.problems.function import problem as problem
    from neat.problems.gymnasium.problem import Gymnasium as Gymnasium
    from neat.problems.protocol import Context as Context
    from neat.problems.protocol import Problem as Problem
    from neat.problems.protocol import ValidatingProblem as ValidatingProblem
    from neat.problems.registry import make_problem as make_problem
    from neat.problems.tables.dataset import Dataset as Dataset
    from neat.problems.tables.multiplexer import Multiplexer as Multiplexer
    from neat.runs.evaluate import evaluate_champion as evaluate_champion
    from neat.runs.evaluate import evaluate_run as evaluate_run
    from neat.runs.experiment import Experiment as Experiment
    from neat.runs.explanation import explain as explain
    from neat.runs.explanation import explain_run as explain_run
    from neat.runs.result import Interrupted as Interrupted
    from neat.runs.result import Result as Result
    from neat.runs.resume import resume as resume
    from neat.runs.run import run as run
    from neat.runs.verify import Verification as Verification
    from neat.runs.verify import verify as verify
    from neat.store.history import History as History
    from neat.store.lineage import lineage as lineage
    from neat.studies.batch import run_seeds as run_seeds
    from neat.studies.listing import list_runs as list_runs
    from neat.studies.run_comparison import compare_runs as compare_runs
    from neat.studies.table import Table as Table
    from neat.studies.table_comparison import compare_tables as compare_tables

    compile = compile_networks  # `import as` another name would not be public

_HOMES = {
    "neat.config": ("Config",),
    "neat.evolution.loop": ("evolve", "initialize", "reproduce", "seeded", "tell"),
    "neat.evolution.state": ("Champion", "Generation", "State"),
    "neat.execution.executor": ("Executor",),
    "neat.genetics.genome": ("Connection", "Genome", "Node"),
    "neat.genetics.operators": ("Operators",),
    "neat.genetics.population": ("Population",),
    "neat.core.custom_functions": ("register_activation", "register_aggregation"),
    "neat.core.errors": ("ConfigError", "NeatError", "ProblemError"),
    "neat.core.randomness": ("Randomness",),
    "neat.network.networks": ("Network", "Networks", "activate_each", "activate_rows"),
    "neat.problems.checking": ("check_problem",),
    "neat.problems.tables.dataset": ("Dataset",),
    "neat.problems.function": ("problem",),
    "neat.problems.gymnasium.problem": ("Gymnasium",),
    "neat.problems.tables.multiplexer": ("Multiplexer",),
    "neat.problems.evaluation": ("Evaluation", "TestResult", "Validation"),
    "neat.problems.protocol": ("Context", "Problem", "ValidatingProblem"),
    "neat.problems.registry": ("make_problem",),
    "neat.store.lineage": ("lineage",),
    "neat.studies.batch": ("run_seeds",),
    "neat.studies.table_comparison": ("compare_tables",),
    "neat.runs.explanation": ("explain", "explain_run"),
    "neat.store.history": ("History",),
    "neat.studies.listing": ("list_runs",),
    "neat.runs.resume": ("resume",),
    "neat.runs.evaluate": ("evaluate_champion", "evaluate_run"),
    "neat.runs.experiment": ("Experiment",),
    "neat.runs.result": ("Interrupted", "Result"),
    "neat.runs.run": ("run",),
    "neat.studies.run_comparison": ("compare_runs",),
    "neat.studies.table": ("Table",),
    "neat.runs.verify": ("Verification", "verify"),
}
_ROOMS = ("export", "learning", "report")  # whose own names are public: `neat.export.draw`
_compose()

_WHERE = {name: (home, name) for home, names in _HOMES.items() for name in names}
_WHERE["compile"] = ("neat.network.decoding", "compile_networks")

__all__ = ["__version__", "load", *sorted(_WHERE)]


def load(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Config:
    """Return the configuration in an INI file; `overrides` are texts like `run.seed=42`.

    Relative paths in the file begin at its folder, those in `overrides` (`population.start=champion.json`) at the
    current folder.

    Raises:
        ConfigError: the file cannot be read, or with every fault in it and in the overrides.
    """
    from neat.config import Config

    return Config.read(path, overrides)


class _Elsewhere:
    """A finder that answers `import neat.nn` and `from neat import nn` of neat-python with a helpful error."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for modules of neat-python; Python calls this finder last, if a module does not exist."""
        package, _, module = name.partition(".")
        if package == __name__ and module:
            from neat.core.neat_python import NAMES, counterpart

            if module in NAMES:
                raise ImportError(f"no module or name {name!r}: {counterpart(module)}", name=name)


sys.meta_path.append(_Elsewhere)


if not TYPE_CHECKING:  # a type checker knows the names above, and only those

    def __getattr__(name: str) -> object:
        """Import a public name on its first use (PEP 562)."""
        if name in _ROOMS:
            return import_module(f"neat.{name}")
        if name not in _WHERE:
            from neat.core.errors import did_you_mean
            from neat.core.neat_python import NAMES, counterpart

            instead = f": {counterpart(name)}" if name in NAMES else did_you_mean(name, [*__all__, *_ROOMS])
            raise AttributeError(f"module 'neat' has no attribute {name!r}{instead}", name=name)
        home, attribute = _WHERE[name]
        found = globals()[name] = getattr(import_module(home), attribute)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_ROOMS})
