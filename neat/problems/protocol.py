"""The interface between the engine and a problem: `Problem`, and the `Context` in which it is evaluated.

To evaluate a whole population at once, subclass `Problem`:

    class Parity(neat.Problem):
        inputs, outputs, deterministic = ("a", "b"), ("y",), True

        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            ...
"""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeGuard, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neat.config import Section
from neat.config.arguments import instance, thread_count
from neat.config.fields import keys_of
from neat.config.formatting import describe
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean, message_of
from neat.core.randomness import FIRST_CONFIRMATION, FIRST_RETEST, Randomness
from neat.problems.evaluation import Arrays, Evaluation, TestResult, Validation, named_arrays

if TYPE_CHECKING:
    from neat.config import Config
    from neat.network import Network, Networks

Keys = TypeVar("Keys", bound=Section)

#: A picture of an episode: (height, width, 3) uint8.
Frame = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Context:
    """The circumstances in which networks are evaluated.

    Attributes:
        rng: the random numbers of this generation, the same for all networks: `rng.generator()` is a numpy Generator,
            `rng.generator(key)` that of one genome. A problem must not use any other random numbers. In a re-test they
            depend on its number, not on the generation.
        state: the problem state: the arrays that the last generation's evaluation returned in `state`; read-only.
        species_index: (P,) int64, the index of each network's species, or None outside of a run.
        threads: how many threads the problem may use; 0 means all processors. Results must not depend on it.
    """

    rng: Randomness
    state: Arrays = field(default_factory=dict)
    species_index: NDArray[np.int64] | None = None
    threads: int = 0

    def __post_init__(self) -> None:
        instance("rng", self.rng, Randomness, "a neat.Randomness")
        thread_count(self.threads)
        object.__setattr__(self, "state", MappingProxyType(named_arrays("state", self.state)))

    def __reduce__(self) -> tuple[object, ...]:
        return Context, (self.rng, dict(self.state), self.species_index, self.threads)

    @property
    def generation(self) -> int:
        """The number of the generation, from 1."""
        return self.rng.generation

    @property
    def moment(self) -> str:
        """When this is, for messages: `in generation 7`, or `in re-test 2, in generation 7`."""
        generation, number = f"in generation {self.generation}", self.rng.retest
        if number is None:
            return generation
        first = FIRST_CONFIRMATION if number >= FIRST_CONFIRMATION else FIRST_RETEST
        return f"in re-test {number - first + 1}, {generation}"

    def part(self, rows: slice) -> Context:
        """Return the context of some of the networks."""
        return self if self.species_index is None else replace(self, species_index=self.species_index[rows])


class Problem(ABC):
    """Base class of all problems: it says what networks receive and return, and evaluates them.

    Attributes:
        inputs, outputs: the names of the inputs and outputs of networks.
        deterministic: whether the same network always has the same fitness; if so, copied elites are not evaluated
            again.
        independent: whether the evaluation of a genome does not depend on the others, so that the population may be
            split; False if genomes meet each other.
        fine_grained: whether fitness is a mean over many cases, such as the rows of a table, so that it shows small
            improvements; then, default settings change as networks grow (see `neat/genetics/maturity.py`).
        in_python: whether evaluation takes its time in Python code, one genome after another, so that `executor = auto`
            uses worker processes if it takes long.
        threshold: the fitness that solves the problem, or None if no fitness does.
        files: the files that the problem reads; a run is resumed only if they have not changed.
        software: the versions of other software that its results depend on, by name; recorded with a run.
    """

    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    deterministic: bool = False
    independent: bool = True
    fine_grained: bool = False
    in_python: bool = False
    threshold: float | None = None
    files: Sequence[str | os.PathLike[str]] = ()
    software: Mapping[str, str] = MappingProxyType({})

    @property
    def qualified_name(self) -> str:
        """The `module:Name` of the problem's class."""
        return f"{type(self).__module__}:{type(self).__qualname__}"

    @abstractmethod
    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the evaluation of P networks.

        Raises:
            ProblemError: a network cannot be evaluated; with its `genome_key`, if the network is known.
        """

    def compile_kernels(self, networks: Networks) -> None:
        """Compile the kernels with which networks such as these are evaluated; a problem without any does nothing."""
        return None

    def check_settings(self, config: Config) -> None:
        """Raise NeatError if no network with these settings could solve the problem; called before a run."""
        return None

    def merge(self, states: Sequence[Arrays]) -> Arrays:
        """Return the problem state of a population from those of its parts, independent of how it was split."""
        raise NotImplementedError(f"{type(self).__name__} returns a state and has no method merge(states)")


class ValidatingProblem(Problem):
    """A problem that validates candidates: `validate` alone decides whether the problem is solved."""

    @abstractmethod
    def validate(self, network: Network, context: Context) -> Validation:
        """Return the validation of one network; its cost does not count as evaluations."""


class EpisodicValidation(ValidatingProblem):
    """A problem that validates in episodes that do not depend on each other, so that several workers can play them.

    Attributes:
        validation_episodes: the number of episodes.
    """

    validation_episodes: int

    @abstractmethod
    def play_validation(self, network: Network, context: Context, episodes: range) -> NDArray[np.float64]:
        """Return the results of some of the episodes, numbered from 0: float64, one for each."""

    @abstractmethod
    def validation_of(self, key: int, results: NDArray[np.float64]) -> Validation:
        """Return the validation of the genome with a key from the results of all episodes."""

    def validate(self, network: Network, context: Context) -> Validation:
        """Return the validation of one network, which plays all episodes.

        Raises:
            ProblemError: an episode failed.
        """
        results = self.play_validation(network, context, range(self.validation_episodes))
        return self.validation_of(int(network.networks.key[0]), results)


def validates_in_episodes(problem: object) -> TypeGuard[EpisodicValidation]:
    """Return whether a problem validates in episodes, and no subclass has replaced how it does that."""
    return isinstance(problem, EpisodicValidation) and type(problem).validate is EpisodicValidation.validate


@runtime_checkable
class SupportsValidation(Protocol):
    """A problem with a method `validate`: see `ValidatingProblem`."""

    def validate(self, network: Network, context: Context) -> Validation:
        """Return the validation of one network."""


def supports_validation(problem: Problem) -> TypeGuard[SupportsValidation]:
    """Return whether a problem supports validation; asked in every generation, so the answer is kept for its class."""
    return _class_supports_validation(type(problem))


@cache
def _class_supports_validation(kind: type) -> bool:
    return issubclass(kind, SupportsValidation)


@runtime_checkable
class SupportsTest(Protocol):
    """A problem that can test a champion, as `neat evaluate` does, in a way of its own."""

    def test(self, network: Network, episodes: int, seed: int, preprocessing: Arrays) -> TestResult:
        """Return the result of testing one network in episodes that evolution never used.

        `preprocessing` holds the arrays that were saved with the champion.
        """


@runtime_checkable
class SupportsRender(Protocol):
    """A problem that can show what a network does."""

    def render(self, network: Network, seed: int, preprocessing: Arrays) -> Iterator[Frame]:
        """Yield the pictures of one episode, (height, width, 3) uint8."""


class ConfiguredProblem(Problem, Generic[Keys]):
    """Base class of the problems that an INI file can name.

    The keys of `[problem]` are one frozen dataclass, `Keys`. It is also what a constructor takes; keyword arguments
    make one.
    """

    @classmethod
    @abstractmethod
    def from_keys(cls, keys: Keys, config: Config) -> Self:
        """Return the problem that a configuration describes; relative paths begin at the folder of the configuration.

        Raises:
            NeatError: the problem cannot be made.
        """


def keys_from(keys_class: type[Keys], keys: Keys | None, options: Mapping[str, Any]) -> Keys:
    """Return `keys`, or new ones made from keyword arguments.

    Raises:
        NeatError: an argument is unknown or its value is not allowed, or both are given.
    """
    if keys is not None:
        if options or not isinstance(keys, keys_class):
            raise NeatError(f"a problem is made from an object of {keys_class.__name__}, or from keyword arguments")
        return keys
    known = keys_of(keys_class)
    for name in options:
        if name not in known:
            raise NeatError(f"unknown argument {name!r} (arguments: {', '.join(known)}{did_you_mean(name, known)})")
    return keys_class(**options)


def join(problem: Problem, evaluations: Sequence[Evaluation]) -> Evaluation:
    """Return the evaluation of a population from those of its parts, in their order.

    Raises:
        ProblemError: the parts have different columns, or the problem's `merge` failed.
    """
    if len(evaluations) == 1:
        return evaluations[0]
    first, states = evaluations[0], [each.state for each in evaluations if each.state]
    try:
        rows: dict[str, Any] = {
            name: None
            if getattr(first, name) is None
            else np.concatenate([getattr(each, name) for each in evaluations])
            for name in ("fitness", "score", "solved", "weight", "bias", "response")
        }
        columns = {name: np.concatenate([each.columns[name] for each in evaluations]) for name in first.columns}
    except (KeyError, ValueError) as error:
        raise ProblemError(f"the evaluations of parts of a population do not fit together ({error})") from None
    cost = sum(each.learning_evaluations for each in evaluations)
    state = _merged(problem, states) if states else {}
    return replace(first, **rows, columns=columns, state=state, learning_evaluations=cost)


def _merged(problem: Problem, states: Sequence[Arrays]) -> Arrays:
    try:
        return problem.merge(states)
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        raise ProblemError(f"the problem's merge raised {message_of(error)}") from error


_ATTRIBUTES: dict[str, Callable[[Problem], object]] = {
    "inputs": lambda problem: problem.inputs,
    "outputs": lambda problem: problem.outputs,
    "deterministic": lambda problem: problem.deterministic,
    "independent": lambda problem: problem.independent,
    "fine_grained": lambda problem: problem.fine_grained,
    "in_python": lambda problem: problem.in_python,
}


def checked_problem(problem: object, where: str = "") -> Problem:
    """Return a problem after checking its type and the types of its attributes.

    Raises:
        NeatError: it is not a Problem, or an attribute has the wrong type; the message begins with `where`.
        ProblemError: an attribute is a property that raised an exception.
    """
    where = where or name_of(problem)
    if not isinstance(problem, Problem):
        raise NeatError(_not_a_problem(problem, where))
    values = {name: attribute_of(problem, name, where) for name in _ATTRIBUTES}
    for name in ("deterministic", "independent", "fine_grained", "in_python"):
        if not isinstance(values[name], bool | np.bool_):
            raise NeatError(f"{where}: {name} = {describe(values[name])}: must be True or False")
    for name in ("inputs", "outputs"):
        if values[name] == ():
            raise NeatError(f"{where}: has no {name} (set {name} to their names)")
    return problem


def attribute_of(problem: Problem, name: str, where: str) -> object:
    """Return an attribute of a problem; it may be a property, which is the user's code.

    Raises:
        ProblemError: it raised an exception; the message begins with `where`.
    """
    try:
        return _ATTRIBUTES[name](problem)
    except INTERRUPTIONS:
        raise
    except BaseException as error:
        raise ProblemError(f"{where}: its {name} raised {message_of(error)}") from error


def _not_a_problem(problem: object, where: str) -> str:
    if isinstance(problem, type):
        return f"{where}: is a class; pass an instance: {problem.__name__}()"
    if inspect.isroutine(problem):
        return (
            f"{where}: is a plain function; put @neat.problem(inputs=..., outputs=...) above it, with the names of its "
            "inputs and outputs or the number of them"
        )
    if isinstance(problem, str):
        return f"{describe(problem)}: is text; name a problem in the configuration: [problem] kind = module:Name"
    if hasattr(problem, "reset") and hasattr(problem, "step"):
        return (
            f"{where}: is not a Problem: it looks like a Gymnasium environment; register it with gymnasium.register, "
            "and name its id with kind = gymnasium"
        )
    missing = "" if hasattr(problem, "evaluate") else ": it has no method `evaluate`"
    return f"{where}: is not a Problem{missing} (derive its class from neat.Problem)"


def name_of(problem: object) -> str:
    """Return the name of a problem for messages: that of a class or function, or of an object's class."""
    if isinstance(problem, type) or inspect.isroutine(problem):
        return problem.__name__
    return type(problem).__name__


def check_settings(problem: Problem, config: Config) -> None:
    """Let a problem check the settings of a run.

    Raises:
        NeatError: no network with these settings could solve the problem.
        ProblemError: the method raised another exception.
    """
    try:
        problem.check_settings(config)
    except (NeatError, *INTERRUPTIONS):
        raise
    except BaseException as error:
        raise ProblemError(f"check_settings raised {message_of(error)}") from error


def check_networks(networks: Networks, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Check that networks have as many inputs and outputs as a problem; kernels do not check it.

    Raises:
        NeatError: the numbers differ.
    """
    layout = networks.layout
    if (len(layout.inputs), len(layout.outputs)) != (len(inputs), len(outputs)):
        raise NeatError(
            f"these networks have {len(layout.inputs)} inputs and {len(layout.outputs)} outputs; "
            f"this problem has {len(inputs)} and {len(outputs)}"
        )
