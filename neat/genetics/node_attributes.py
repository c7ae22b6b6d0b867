"""The table of node attributes: the one place that says which values a node has, and how they are treated.

Columns, the JSON form, graph attributes, the initial population, mutation and distance follow from this table. Kernels
name the columns that they use, for speed; a test checks that they handle every attribute. To add an attribute, add a
row here and its column to `Genes`, to `neat.Node`, to `neat/genetics/genome.schema.json` and to the kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neat.config import GenomeKeys, MutationKeys
from neat.core.constants import FIRST_CUSTOM_CODE, LINEAR, SUM, VALUE_LIMIT
from neat.core.functions import (
    ACTIVATION_TABLE,
    AGGREGATION_TABLE,
    activation,
    activation_name,
    aggregation,
    aggregation_name,
)
from neat.core.randomness import Purpose


class NumberMutation(NamedTuple):
    """How the values of a child change: the arguments that kernels take as one array.

    With the chance `rate`, the values are perturbed by `power`, or replaced by values within `range` of `centre`; they
    stay within plus or minus `limit`.
    """

    rate: float
    power: float
    range: float
    limit: float
    centre: float = 0.0


class FunctionMutation(NamedTuple):
    """How the functions of a child change: with the chance `rate`, a hidden node gets one of the functions `codes`."""

    rate: float
    codes: tuple[int, ...]


@dataclass(frozen=True)
class Functions:
    """The functions that an attribute chooses from: names for people and files, codes for columns."""

    code_of: Callable[[str], int]
    name_of: Callable[[int], str]
    names: Callable[[], tuple[str, ...]]  # of those that networks can have
    codes: Callable[[], tuple[int, ...]]  # of all, also of custom functions that are known by name only


@dataclass(frozen=True)
class NodeAttribute:
    """A value that every node has. A child gets it from either parent if both have the node.

    Attributes:
        name: the name of the column, of the JSON member and of the graph attribute.
        dtype: of the column.
        default: the value, or the name of the function, of a node that does not give one.
        unused: the value in the column for inputs and the bias node, which compute nothing.
        initial: the value in the column for a new node.
        mutation: how it mutates, or None if it does not.
        purpose, draws: the address of its random numbers. Of a number, the draw that decides whether a genome changes,
            the first draw of its values, and the draws from one node to the next; of a function, the draws for whether
            a genome changes, for the node, and for its function.
        functions: the functions to choose from, or None for a number.
        in_distance: whether its mean difference counts in the compatibility distance.
    """

    name: str
    dtype: np.dtype[Any]
    default: float | str
    unused: float
    initial: Callable[[GenomeKeys], float]
    mutation: Callable[[MutationKeys, GenomeKeys], NumberMutation | FunctionMutation | None]
    purpose: Purpose
    draws: tuple[int, int, int]
    functions: Functions | None = None
    in_distance: bool = False

    def user_value(self, value: float) -> float | str:
        """Return a value of the column as users read it: functions by name."""
        return value if self.functions is None else self.functions.name_of(int(value))

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the attribute."""
        if self.functions is None:
            return {"type": "number", "minimum": -VALUE_LIMIT, "maximum": VALUE_LIMIT}
        built_in = [name for name in self.functions.names() if self.functions.code_of(name) < FIRST_CUSTOM_CODE]
        return {"anyOf": [{"enum": built_in}, {"$ref": "#/$defs/function"}]}


def _hidden_activation(genome: GenomeKeys) -> str:
    """Return the activation of new hidden nodes; a run has replaced `auto` before."""
    return "steep_sigmoid" if genome.activation == "auto" else genome.activation


def _bias_mutation(mutation: MutationKeys, genome: GenomeKeys) -> NumberMutation | None:
    if genome.bias != "attribute" or not mutation.bias_rate:
        return None
    return NumberMutation(mutation.bias_rate, mutation.bias_power, genome.bias_range, genome.bias_limit)


def _response_mutation(mutation: MutationKeys, genome: GenomeKeys) -> NumberMutation | None:
    if not mutation.response_rate:
        return None
    power = mutation.response_power
    return NumberMutation(mutation.response_rate, power, power, genome.response_limit, centre=1.0)


def _activation_mutation(mutation: MutationKeys, genome: GenomeKeys) -> FunctionMutation | None:
    if not mutation.activation_rate:
        return None
    options = genome.activation_options or (_hidden_activation(genome),)
    return FunctionMutation(mutation.activation_rate, tuple(activation(name).code for name in options))


def _aggregation_mutation(mutation: MutationKeys, genome: GenomeKeys) -> FunctionMutation | None:
    if not mutation.aggregation_rate:
        return None
    options = genome.aggregation_options or (genome.aggregation,)
    return FunctionMutation(mutation.aggregation_rate, tuple(aggregation(name).code for name in options))


_NUMBER, _FUNCTION = np.dtype(np.float64), np.dtype(np.uint8)

#: In the order of columns and of the fields of `neat.Node`.
NODE_ATTRIBUTES: tuple[NodeAttribute, ...] = (
    NodeAttribute(
        "bias", _NUMBER, default=0.0, unused=0.0, initial=lambda genome: 0.0,
        mutation=_bias_mutation, purpose=Purpose.NODES, draws=(0, 8, 4), in_distance=True,
    ),
    NodeAttribute(
        "response", _NUMBER, default=1.0, unused=1.0, initial=lambda genome: min(1.0, genome.response_limit),
        mutation=_response_mutation, purpose=Purpose.NODES, draws=(1, 10, 4),
    ),
    NodeAttribute(
        "activation", _FUNCTION, default="steep_sigmoid", unused=LINEAR,
        initial=lambda genome: activation(_hidden_activation(genome)).code,
        mutation=_activation_mutation, purpose=Purpose.NODES, draws=(2, 3, 4),
        functions=Functions(
            lambda name: activation(name).code,
            activation_name,
            lambda: ACTIVATION_TABLE.names,
            lambda: ACTIVATION_TABLE.codes,
        ),
    ),
    NodeAttribute(
        "aggregation", _FUNCTION, default="sum", unused=SUM,
        initial=lambda genome: aggregation(genome.aggregation).code,
        mutation=_aggregation_mutation, purpose=Purpose.NODES, draws=(5, 6, 7),
        functions=Functions(
            lambda name: aggregation(name).code,
            aggregation_name,
            lambda: AGGREGATION_TABLE.names,
            lambda: AGGREGATION_TABLE.codes,
        ),
    ),
)  # fmt: skip
