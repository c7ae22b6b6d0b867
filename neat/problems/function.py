"""A problem that is made from a plain function, `fitness(network, rng) -> float`, called for one network at a time."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, SupportsIndex

import numpy as np

from neat.config.formatting import describe
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.randomness import Purpose
from neat.genetics.genome import names
from neat.network import Networks
from neat.problems.evaluation import Evaluation
from neat.problems.keys import FunctionKeys
from neat.problems.protocol import Context, Problem, keys_from
from neat.problems.scalars import single_number

Fitness = Callable[..., Any]

_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)


class FunctionProblem(Problem):
    """A problem whose fitness is a function of one network: `fitness(network, rng)`, or `fitness(network)`.

    The function is called with a `Network` whose memory is fresh, and with a numpy Generator of its own: the same one
    for the same genome, generation and seed. The problem can still be called like the function. A second parameter that
    has a default value and is not named `rng` keeps its default.

    Args:
        function: returns a finite number, or an array of one; higher is better.
        inputs, outputs: names, or the number of them.
        keys: all settings as one object; or, as keyword arguments: `solved`, a fitness that solves the problem, and
            `deterministic`, whether the same network always has the same fitness (by default, if there is no `rng`).

    Raises:
        NeatError: the function cannot be called like this, or a setting has a wrong value.
    """

    def __init__(
        self,
        function: Fitness,
        inputs: int | Sequence[str],
        outputs: int | Sequence[str],
        keys: FunctionKeys | None = None,
        **options: Any,
    ) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)
        self.inputs, self.outputs = names(inputs, "x"), names(outputs, "y")
        keys = keys_from(FunctionKeys, keys, options)
        self.threshold = keys.solved
        self._takes_rng = _takes_rng(function, self.name)
        self.declared = keys.deterministic is not None
        self.deterministic = not self._takes_rng if keys.deterministic is None else keys.deterministic

    @property
    def qualified_name(self) -> str:
        """The `module:name` of the function."""
        named = self.function if hasattr(self.function, "__qualname__") else type(self.function)
        return f"{named.__module__}:{named.__qualname__}"

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function."""
        return self.function(*arguments, **named)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Pickle a problem by name, like a function, if it has replaced its function in the module."""
        module, name = getattr(self.function, "__module__", ""), getattr(self.function, "__qualname__", "")
        if getattr(sys.modules.get(module), name, None) is self:
            return _imported, (module, name)
        return super().__reduce_ex__(protocol)

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the fitness of P networks.

        Raises:
            ProblemError: the function raised an exception, or did not return a number; the message names the genome.
        """
        rng = context.rng.of(Purpose.GENOME_EVALUATION)
        fitness = np.empty(len(networks))
        for place, key in enumerate(networks.key.tolist()):
            arguments = (networks[place], rng.generator(key)) if self._takes_rng else (networks[place],)
            where = f"for genome {key} {context.moment}"
            try:
                value = self.function(*arguments)
            except INTERRUPTIONS:
                raise
            except BaseException as error:
                raise ProblemError(f"{self.name} raised {message_of(error)} {where}", key) from error
            fitness[place] = _number(value, self.name, where, key)
        return Evaluation(fitness, solved=None if self.threshold is None else fitness >= self.threshold)


def problem(
    *,
    inputs: int | Sequence[str],
    outputs: int | Sequence[str],
    solved: float | None = None,
    deterministic: bool | None = None,
) -> Callable[[Fitness], FunctionProblem]:
    """Return a decorator that turns a function of one network into a problem: `@neat.problem(inputs=2, outputs=1)`.

    The function is called as `function(network, rng)` or `function(network)`, and returns a finite number, or an array
    of one; higher is better. The network has a fresh memory; `rng` is a `numpy.random.Generator` of its own, the same
    for the same genome, generation and seed. The problem can still be called like the function.

    The generator is passed to the second parameter if that is named `rng` or has no default: `def f(network,
    verbose=False)` is called with the network alone. A function that draws from anything but `rng` needs
    `deterministic=False`.

    Args:
        inputs, outputs: names, or the number of them.
        solved: a fitness that solves the problem.
        deterministic: whether the same network always gets the same fitness; by default, if there is no `rng`.

    Raises:
        NeatError: the function cannot be called like this.
    """

    def decorate(function: Fitness) -> FunctionProblem:
        return FunctionProblem(function, inputs, outputs, solved=solved, deterministic=deterministic)

    return decorate


def _imported(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def _takes_rng(function: Fitness, name: str) -> bool:
    """Return whether a function is called with a generator as its second positional argument.

    A second parameter with a default value is the function's own setting, unless it is named `rng`.
    """
    if not callable(function):
        raise NeatError(f"{name} cannot be called; a problem is made of a function fitness(network, rng)")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    second = [found for found in signature.parameters.values() if found.kind not in _BY_NAME][1:2]
    if "rng" in signature.parameters and not any(found.name == "rng" for found in second):
        raise NeatError(f"{name}{signature}: rng must be the second parameter, as in fitness(network, rng)")
    for arguments in (2, 1):
        try:
            signature.bind(*[None] * arguments)
        except TypeError:
            continue
        return arguments == 2 and all(found.default is found.empty or found.name == "rng" for found in second)
    raise NeatError(f"{name}{signature}: a problem's function is called as fitness(network, rng) or fitness(network)")


def _number(value: Any, name: str, where: str, key: int) -> float:
    """Return a fitness as a float; it may be an array of one element, such as the only output of a network."""
    try:
        number = single_number(value)
    except OverflowError:
        raise ProblemError(f"{name} returned {describe(value)} {where}; it is beyond 64 bits", key) from None
    if number is None:
        raise ProblemError(f"{name} returned {describe(value)} {where}; it must return a number", key)
    return number
