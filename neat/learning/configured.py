"""The problem of a run: the one that its configuration names, with learning if the configuration says so."""

from __future__ import annotations

from neat.config import Config
from neat.core.errors import NeatError
from neat.learning.keys import LearningKeys
from neat.problems.protocol import Problem, checked_problem, name_of
from neat.problems.registry import make_problem


def problem_of(config: Config, problem: Problem | None = None) -> Problem:
    """Return the problem of a run, by default the one that the configuration names.

    With `[learning] inherit` other than `none`, its networks learn before they are evaluated.

    Raises:
        NeatError: there is none, it cannot be made, or its networks cannot learn because it is not a table.
        ProblemError: the user's own module or class raised an exception.
    """
    problem = make_problem(config) if problem is None else checked_problem(problem)
    inherit = config.section(LearningKeys).inherit
    if inherit == "none":
        return problem
    from neat.learning.problem import LearningProblem
    from neat.problems.tables.dataset import TableProblem

    if isinstance(problem, LearningProblem):
        return problem
    if not isinstance(problem, TableProblem):
        raise NeatError(
            f"[learning] inherit = {inherit}: networks can only learn from the rows of a table (kind = dataset or "
            f"multiplexer), and the problem is {name_of(problem)}"
        )
    return LearningProblem(problem, config)
