"""The section [learning] of a configuration, and the settings of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from neat.config import Section
from neat.config.fields import key
from neat.config.value_types import Choice, Either, Number, ValueType, Whole
from neat.core.errors import NeatError

Optimiser = Literal["sgd", "adam"]
LossName = Literal["auto", "half_squared", "mse", "binary_cross_entropy", "softmax"]

OPTIMISERS = {"sgd": 0, "adam": 1}  # their codes in kernels

_OPTIMISER: ValueType[Optimiser] = Choice("sgd", "adam")
_OPTIMISER_HELP = "stochastic gradient descent, or Adam"
_RATE = Number(0, above=True)
_MOMENTUM = Number(0, 1)
_MOMENTUM_HELP = "share of the last step that is added to the next (optimiser = sgd)"
_DECAY_HELP = "in epoch n, counted from 0, the learning rate is rate / (1 + decay n)"
_BATCH: ValueType[int] = Either({"all": 0}, Whole(0, 1_000_000_000))
_BATCH_HELP = "rows of one step, drawn anew in every epoch; all: every row in every step"


def _check(optimiser: str, momentum: float) -> Iterator[tuple[str, str]]:
    if momentum >= 1.0:
        yield "momentum", "1 or more, so steps would never become smaller (for example 0.9)"
    if optimiser == "adam" and momentum:
        yield "momentum", "not used with optimiser = adam (set optimiser = sgd, or leave momentum out)"


@dataclass(frozen=True, kw_only=True)
class LearningKeys(Section):
    """How the genomes of a table problem learn before they are evaluated."""

    section_name: ClassVar[str] = "learning"

    inherit: Literal["none", "lamarckian", "baldwinian"] = key(
        Choice("none", "lamarckian", "baldwinian"),
        "none",
        "what becomes of learned weights: lamarckian = children inherit them; baldwinian = only the fitness shows "
        "them; none = genomes do not learn",
    )
    steps: int = key(Whole(1, 1_000_000), 10, "steps that every genome learns for before it is evaluated")
    optimiser: Optimiser = key(_OPTIMISER, "adam", _OPTIMISER_HELP)
    rate: float = key(_RATE, 0.05, "learning rate")
    momentum: float = key(_MOMENTUM, 0.0, _MOMENTUM_HELP)
    decay: float = key(Number(0), 0.0, _DECAY_HELP)
    batch: int = key(_BATCH, 0, _BATCH_HELP)
    loss: LossName = key(
        Choice("auto", "half_squared", "mse", "binary_cross_entropy", "softmax"),
        "auto",
        "what learning minimises; auto: for measure = cross_entropy, the cross entropy (binary with one target, else "
        "softmax), otherwise mse",
    )

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict between the optimiser and its settings."""
        yield from _check(self.optimiser, self.momentum)


def training_keys(options: Mapping[str, Any]) -> TrainingKeys:
    """Return the settings of `train` after checking them.

    Raises:
        NeatError: a value is not allowed; the message begins with its name.
    """
    try:
        return TrainingKeys(**options)
    except NeatError as error:
        section = f"[{TrainingKeys.section_name}] "
        raise NeatError(*(line.removeprefix(section) for line in str(error).splitlines())) from None


@dataclass(frozen=True, kw_only=True)
class TrainingKeys(Section):
    """The settings of `train`, checked like those of a configuration."""

    section_name: ClassVar[str] = "training"

    epochs: int = key(Whole(1, 1_000_000_000), 100, "passes over all rows")
    optimiser: Optimiser = key(_OPTIMISER, "adam", _OPTIMISER_HELP)
    rate: float = key(_RATE, 0.01, "learning rate")
    momentum: float = key(_MOMENTUM, 0.0, _MOMENTUM_HELP)
    decay: float = key(Number(0), 0.0, _DECAY_HELP)
    batch: int = key(_BATCH, 32, _BATCH_HELP)
    patience: int = key(Whole(0), 0, "stop after this many epochs without a lower held-out loss; 0: never")

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield a conflict between the optimiser and its settings."""
        yield from _check(self.optimiser, self.momentum)
