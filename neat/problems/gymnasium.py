"""The gymnasium problem: agents in an environment, judged by the rewards of whole episodes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.ground.errors import FAILURES, NeatError, ProblemError, said
from neat.ground.randomness import Randomness
from neat.network import Network, Networks
from neat.problems.agents import Agent
from neat.problems.environment import find, parsed
from neat.problems.keys import GymnasiumKeys
from neat.problems.protocol import Carry, Evaluation, ValidatingProblem, Validation
from neat.problems.registry import import_beside  # which also declares the keys
from neat.problems.spaces import actions, observations, seen_range
from neat.problems.vector import FEWEST, NAMES, VectorCartPole

_SEEDS = 2**30  # of each kind: episodes of evolution have even seeds, those of tests odd ones


@dataclass(frozen=True, eq=False)
class Episodes:
    """What P networks got in E episodes each: `rewards` (P, E) float64, all steps' added up, and `steps` (P, E)."""

    rewards: NDArray[np.float64]
    steps: NDArray[np.int64]

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean of every network's episodes, added up in their order: (P,) float64."""
        means: NDArray[np.float64] = self.rewards.cumsum(axis=1)[:, -1] / self.rewards.shape[1]
        return means

    @property
    def deviations(self) -> NDArray[np.float64]:
        """The standard deviation of every network's episodes: (P,) float64."""
        squares = (self.rewards - self.means[:, None]) ** 2
        deviations: NDArray[np.float64] = np.sqrt(squares.cumsum(axis=1)[:, -1] / max(self.rewards.shape[1] - 1, 1))
        return deviations

    def quantiles(self, share: float) -> NDArray[np.float64]:
        """Return what `share` of every network's episodes stay below, between two episodes in proportion: (P,)."""
        ordered = np.sort(self.rewards, axis=1)
        place = share * (ordered.shape[1] - 1)
        low = int(place)
        high = min(low + 1, ordered.shape[1] - 1)
        quantiles: NDArray[np.float64] = ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (place - low)
        return quantiles


class Gymnasium(ValidatingProblem):
    """Networks play episodes of an environment; the rewards of each, added up, are judged.

    All genomes of a generation play the same episodes. A genome whose mean reaches the threshold is a candidate;
    the problem is solved by one whose mean over `validation_episodes` others, never used in evolution, reaches it.

    Args:
        environment: its id, such as `CartPole-v1`; `module:Name-v0` imports the module that registers it. One of
            your own is registered first: `gymnasium.register("Mine-v0", Mine)`.
        episodes: how many every genome plays.
        starts: `fresh`, other episodes in every generation, or `fixed`, always the same ones.
        fitness: `mean`, `minimum` or `quantile` (at `quantile`) of the episodes' rewards.
        scaling: `bounds`, inputs from -1 to 1 by the bounds of the observation space, where it has some;
            `running`, by the lowest and highest value that agents have seen so far (the bounds at first); `none`.
        hide: observations that networks are not given, by name or number.
        max_episode_steps: when an episode is over at last; by default the environment's limit, or 1,000.
        threshold: when it is solved; `auto`, as the environment says (never, where it does not); None, never.
        validation_episodes: how many the harder test has.
        arguments: what the environment is made with.
        threads: of this process; results never depend on it.

    Raises:
        NeatError: there is no such environment, it needs a package, or its spaces are none for networks.
    """

    carries = True

    def __init__(
        self,
        environment: str,
        *,
        episodes: int = 5,
        starts: Literal["fresh", "fixed"] = "fresh",
        fitness: Literal["mean", "minimum", "quantile"] = "mean",
        quantile: float = 0.25,
        scaling: Literal["none", "bounds", "running"] = "bounds",
        hide: Sequence[str | int] = (),
        max_episode_steps: int | None = None,
        threshold: float | Literal["auto"] | None = "auto",
        validation_episodes: int = 100,
        arguments: Mapping[str, Any] | None = None,
        threads: int = 0,
    ) -> None:
        if not isinstance(environment, str):
            raise NeatError(
                "environment must be an id, by which every process makes its own; register yours and name it: "
                "gymnasium.register('Mine-v0', Mine), then neat.Gymnasium('Mine-v0')"
            )
        hidden = (hide,) if isinstance(hide, str) else tuple(map(str, hide))
        self.keys = GymnasiumKeys(
            environment=environment, episodes=episodes, starts=starts, fitness=fitness, quantile=quantile,
            scaling=scaling, hide=hidden, max_episode_steps=max_episode_steps, threshold=threshold,
            validation_episodes=validation_episodes,
        )  # fmt: skip
        self.threads = threads
        self.recipe = find(environment, arguments)
        self._environment: Any = None
        self._vector: VectorCartPole | Literal[False] | None = None  # False: there is none to be trusted
        made = self._plain()
        try:
            self.observations = observations(self.recipe.name, made.observation_space, self.keys.hide)
            self.actions = actions(self.recipe.name, made.action_space)
        except NeatError as error:
            raise NeatError(f"{environment}: {error}") from None
        self.inputs, self.outputs = self.observations.names, self.actions.names
        self.limit = max_episode_steps or self.recipe.guard
        self.threshold = self.recipe.threshold if threshold == "auto" else threshold
        self.deterministic = starts == "fixed" and scaling != "running" and not self.recipe.nondeterministic

    def evaluate(self, networks: Networks, rng: Randomness, carry: Carry | None = None) -> Evaluation:
        """Return the fitness of P networks, and how many steps they took; who reaches the threshold is a candidate.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """
        keys, carry = self.keys, carry or {}
        shared = replace(rng, generation=0) if keys.starts == "fixed" else rng
        seen = _widest(len(self.inputs), carry) if keys.scaling == "running" else None
        seeds = self.seeds(shared, keys.episodes)
        played = self.play(networks, seeds, carry, f"in generation {rng.generation}", seen)
        fitness = {
            "mean": lambda: played.means,
            "minimum": lambda: played.rewards.min(axis=1),
            "quantile": lambda: played.quantiles(keys.quantile),
        }[keys.fitness]()
        return Evaluation(
            fitness,
            solved=None if self.threshold is None else played.means >= self.threshold,
            columns={"steps": played.steps.sum(axis=1)},
            carry={} if seen is None else {"low": seen[0], "high": seen[1]},
            needs={} if seen is None else dict(carry),
        )

    def validate(self, network: Network, rng: Randomness, carry: Carry | None = None) -> Validation:
        """Put one network to `validation_episodes` episodes that are never used in evolution.

        Raises:
            ProblemError: as `evaluate`.
        """
        seeds = self.seeds(rng, self.keys.validation_episodes, test=True)
        where = f"when it was validated in generation {rng.generation}"
        played = self.play(network.networks, seeds, carry or {}, where)
        mean = float(played.means[0])
        return Validation(
            key=int(network.networks.key[0]),
            passed=self.threshold is not None and mean >= self.threshold,
            fitness=mean,
            details={"sd": float(played.deviations[0]), "minimum": float(played.rewards.min())},
        )

    def merge(self, carries: Sequence[Carry]) -> Carry:
        """Return the range that pieces of a population have seen."""
        ranges = [carry for carry in carries if "low" in carry]
        if not ranges:
            return {}
        return {
            "low": np.minimum.reduce([carry["low"] for carry in ranges]),
            "high": np.maximum.reduce([carry["high"] for carry in ranges]),
        }

    def seeds(self, rng: Randomness, count: int, *, test: bool = False) -> list[int]:
        """Return the seeds of `count` episodes; those of tests are never those of evolution."""
        return [2 * int(seed) + test for seed in rng.integers(_SEEDS, 0, np.arange(count))]

    def play(
        self,
        networks: Networks,
        seeds: Sequence[int],
        carry: Carry | None = None,
        where: str = "",
        seen: NDArray[np.float64] | None = None,
    ) -> Episodes:
        """Let every network play an episode for every seed.

        Args:
            networks: P networks.
            seeds: E numbers below 2^31, the same episodes for all.
            carry: the range of observations, with `scaling = running`.
            where: words for errors: when this was.
            seen: (2, I), lowest and highest inputs before scaling; widened in place.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """
        self._fits(networks)
        if len(networks) * len(seeds) >= FEWEST and (vector := self._together()) is not None:
            return self._play_together(vector, networks, seeds, carry or {}, seen)
        rewards = np.empty((len(networks), len(seeds)))
        steps = np.empty((len(networks), len(seeds)), np.int64)
        for place in range(len(networks)):
            agent = self._agent(networks[place : place + 1], carry or {})
            for episode, seed in enumerate(seeds):
                told = f"in episode {episode + 1} of {len(seeds)} (seed {seed}) of genome {agent.key} {where}".rstrip()
                rewards[place, episode], steps[place, episode] = self._play_one(agent, seed, told)
            if seen is not None:
                seen[0] = np.minimum(seen[0], agent.low)
                seen[1] = np.maximum(seen[1], agent.high)
        return Episodes(rewards, steps)

    def agent(self, network: Network, carry: Carry | None = None) -> Agent:
        """Return the agent that plays with a network: it is called with an observation and returns an action.

        It scales observations as they were in the run, and its `reset` begins an episode. `carry` is what the champion
        `needs` (`neat.Champion`), with `scaling = running`.

        Raises:
            NeatError: the network has other inputs or outputs than the environment.
        """
        self._fits(network.networks)
        return self._agent(network.networks, carry or {})

    def make(self, **arguments: Any) -> Any:
        """Return a new environment as agents play it (`render_mode="human"` shows it); `limit` is ours to keep."""
        return self.recipe.make(**arguments)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a worker needs: environments are made where they are used."""
        return {**self.__dict__, "_environment": None, "_vector": None}

    def _agent(self, networks: Networks, carry: Carry) -> Agent:
        sight = self.observations.sight(self.keys.scaling, carry)
        return Agent(networks, self.observations, self.actions, sight)

    def _play_one(self, agent: Agent, seed: int, where: str) -> tuple[float, int]:
        """Return rewards and steps of one episode in the plain environment."""
        environment, decide, step, total = self._plain(), agent.decide, 0, 0.0
        agent.reset()
        try:
            observation, _ = environment.reset(seed=seed)
            advance = environment.step
            for step in range(1, self.limit + 1):  # noqa: B007  (counted for what comes after)
                observation, reward, terminated, truncated, _ = advance(decide(observation))
                total += reward
                if terminated or truncated:
                    break
            total = float(total)
        except FAILURES as error:
            self._forget_environments()  # whatever state it is in
            key = agent.key
            if isinstance(error, ProblemError):
                raise ProblemError(f"{self.recipe.id}: {error}, {where}", key) from None
            raise ProblemError(f"{self.recipe.id} raised {said(error)}, at step {step} {where}", key) from error
        if not math.isfinite(total):
            raise ProblemError(f"{self.recipe.id}: the rewards add up to {total}, {where}", agent.key)
        return total, step

    def _play_together(
        self,
        vector: VectorCartPole,
        networks: Networks,
        seeds: Sequence[int],
        carry: Carry,
        seen: NDArray[np.float64] | None,
    ) -> Episodes:
        environment = self._plain()
        starts = np.empty((self.observations.size, len(seeds)))
        for episode, seed in enumerate(seeds):
            environment.reset(seed=seed)
            starts[:, episode] = environment.unwrapped.state
        sight = self.observations.sight(self.keys.scaling, carry)
        return Episodes(*vector.play(networks, starts, sight, self.limit, self.threads, seen))

    def _plain(self) -> Any:
        if self._environment is None:
            self._environment = self.recipe.make()
        return self._environment

    def _together(self) -> VectorCartPole | None:
        """Return the environment's vector form, where it has one that can be trusted."""
        if self._vector is None:
            vector = VectorCartPole(self.recipe) if self.recipe.vector and self.recipe.name in NAMES else None
            self._vector = vector if vector is not None and vector.agrees(self._plain()) else False
        return None if self._vector is False else self._vector

    def _forget_environments(self) -> None:
        self._environment = None
        self._vector = None

    def _fits(self, networks: Networks) -> None:
        layout = networks.layout
        if (len(layout.inputs), len(layout.outputs)) != (len(self.inputs), len(self.outputs)):
            raise NeatError(
                f"these networks have {len(layout.inputs)} inputs and {len(layout.outputs)} outputs; "
                f"{self.recipe.id} needs {len(self.inputs)} and {len(self.outputs)}"
            )


def make(config: Config, keys: GymnasiumKeys) -> Gymnasium:
    """Return the problem that `[problem] kind = gymnasium` describes."""
    module, _, _ = keys.environment.rpartition(":")
    if module:
        import_beside(module, config.folder, f"[problem] environment = {keys.environment}")
    try:
        arguments = parsed(keys.arguments)
    except NeatError as error:
        raise NeatError(f"[problem] {error}") from None
    try:
        return Gymnasium(
            keys.environment,
            episodes=keys.episodes,
            starts=keys.starts,
            fitness=keys.fitness,
            quantile=keys.quantile,
            scaling=keys.scaling,
            hide=keys.hide,
            max_episode_steps=keys.max_episode_steps,
            threshold=keys.threshold,
            validation_episodes=keys.validation_episodes,
            arguments=arguments,
            threads=config.run.threads,
        )
    except ProblemError:
        raise
    except NeatError as error:
        raise NeatError(f"[problem] environment = {error}") from None


def _widest(inputs: int, carry: Carry) -> NDArray[np.float64]:
    """Return the range seen so far, (2, I): nothing yet is from inf to -inf."""
    seen = seen_range(carry, inputs)
    return seen if seen is not None else np.stack([np.full(inputs, np.inf), np.full(inputs, -np.inf)])
