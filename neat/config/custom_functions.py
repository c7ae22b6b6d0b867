"""The custom functions that a configuration names."""

from __future__ import annotations

from neat.config.config import Config
from neat.config.modules import import_beside
from neat.config.sections import GenomeKeys
from neat.core.errors import NeatError, did_you_mean
from neat.core.functions import ACTIVATIONS, AGGREGATIONS, names_module

_BUILT_IN = {function.name for function in ACTIVATIONS} | {function.name for function in AGGREGATIONS}
_WORDS = {"auto", "same"}  # that stand for a function


def custom_activations(genome: GenomeKeys) -> tuple[str, ...]:
    """Return the names of custom activation functions, in the order of their local codes in a run's file."""
    return _custom(genome.activation, *genome.activation_options, genome.output_activation)


def custom_aggregations(genome: GenomeKeys) -> tuple[str, ...]:
    """Return the names of custom aggregations, in the order of their local codes in a run's file."""
    return _custom(genome.aggregation, *genome.aggregation_options)


def own_functions(genome: GenomeKeys) -> tuple[str, ...]:
    """Return the functions that are imported from modules, each as `module:function`."""
    return tuple(filter(names_module, (*custom_activations(genome), *custom_aggregations(genome))))


def load_functions(config: Config) -> None:
    """Import and register the functions that a configuration names as `module:function`.

    Raises:
        NeatError: there is no such module or function, or the function cannot be used.
        ProblemError: the module raised an exception.
    """
    if not own_functions(config.genome):
        return
    from neat.core.custom_functions import register_activation, register_aggregation

    for kind, names, register in (
        ("activation", custom_activations(config.genome), register_activation),
        ("aggregation", custom_aggregations(config.genome), register_aggregation),
    ):
        for name in filter(names_module, names):
            module_name, _, function_name = name.partition(":")
            where = f"[genome] {kind} = {name}"
            module = import_beside(module_name, config.folder, where)
            function = vars(module).get(function_name)
            if function is None:
                hint = did_you_mean(function_name, [word for word in vars(module) if not word.startswith("_")])
                raise NeatError(f"{where}: {module_name} has no {function_name!r} (did you import or define it?{hint})")
            try:
                register(name, function)
            except NeatError as error:
                raise NeatError(f"{where}: {error}") from None


def _custom(*names: str) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if name not in _BUILT_IN | _WORDS)
