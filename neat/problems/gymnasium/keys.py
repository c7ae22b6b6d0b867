"""The keys of `[problem] kind = gymnasium`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neat.config import ProblemKeys
from neat.config.fields import key, required
from neat.config.options import AnyOptions, Options
from neat.config.value_types import ANY_NUMBER, Choice, Either, ListOf, Number, Text, Whole
from neat.problems.gymnasium.wrappers import WRAPPERS


@dataclass(frozen=True, kw_only=True)
class GymnasiumKeys(ProblemKeys):
    """Episodes of an environment of Gymnasium: what networks observe, and how their rewards become a fitness."""

    environment: str = required(
        Text(empty=False),
        "its id, such as CartPole-v1; module:Name-v0 imports the module first: a file beside this one, or installed",
    )
    episodes: int = key(Whole(1, 100_000), 5, "episodes that every genome plays, the same for all of a generation")
    starts: Literal["fresh", "fixed"] = key(
        Choice("fresh", "fixed"), "fresh", "fresh: other episodes in every generation; fixed: always the same ones"
    )
    fitness: Literal["mean", "minimum", "quantile"] = key(
        Choice("mean", "minimum", "quantile"), "mean", "what is made of the episodes' rewards, each added up"
    )
    quantile: float = key(Number(0, 1), 0.25, "the share of episodes below it (fitness = quantile)")
    scaling: Literal["auto", "bounds", "running", "none"] = key(
        Choice("auto", "bounds", "running", "none"),
        "auto",
        "how observations become inputs of about -1 to 1. auto: by their mean and spread under random actions; bounds: "
        "by their bounds, where they have some; running: by the range that was seen so far; none: as they are",
    )
    hide: tuple[str, ...] = key(
        ListOf(Text(empty=False), repeats=False, spaces=True),
        (),
        "observations that networks are not given, by name or number from 0",
    )
    max_episode_steps: int | None = key(
        Either({"auto": None}, Whole(1)),
        None,
        "an episode is over after so many; auto: the environment's limit, or 1000 where it has none",
    )
    threshold: float | Literal["auto"] | None = key(
        Either({"auto": "auto", "none": None}, ANY_NUMBER),
        "auto",
        "the mean that solves it; auto: as the environment says, none where it does not; none: it is never solved",
    )
    validation_episodes: int = key(
        Whole(1, 100_000), 100, "other episodes in which a genome that reaches the threshold must reach it again"
    )
    wrappers: tuple[str, ...] = key(
        WRAPPERS, (), "wrappers of Gymnasium around the environment, such as ResizeObservation(shape=(16, 16)), ..."
    )
    backend: Literal["auto", "compiled", "plain", "vector", "envpool"] = key(
        Choice("auto", "compiled", "plain", "vector", "envpool"),
        "auto",
        "how it is stepped: by compiled code with the same results, by its own Python code, in a vector environment of "
        "Gymnasium, or by EnvPool, whose episodes are others; auto: compiled where there is such code, else plain",
    )
    option: AnyOptions = key(Options(), (), "what the environment is made with, each as option.NAME = value")
