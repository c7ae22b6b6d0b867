"""The gymnasium problem: agents in an environment, judged by the rewards of whole episodes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import neat.problems.registry  # noqa: F401  (declares the keys)
from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.kinds import listed, plain
from neat.config.modules import beside, import_beside
from neat.config.written import describe
from neat.core.averages import row_deviations, row_means
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.randomness import FIRST_GENERATION, Randomness
from neat.network import Network, Networks
from neat.problems.answers import first_observation, is_step, single_number, step_faults
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.environment import find, parsed
from neat.problems.gymnasium.spaces import read_spaces, seen_range
from neat.problems.gymnasium.vector import FEWEST, NAMES, VectorCartPole
from neat.problems.keys import GymnasiumKeys
from neat.problems.protocol import Carry, Evaluation, ValidatingProblem, Validation

_SEEDS = 2**30  # of each kind: episodes of evolution have even seeds, those of tests odd ones


@dataclass(frozen=True, eq=False)
class Episodes:
    """What P networks got in E episodes each: `rewards` (P, E) float64, all steps' added up, and `steps` (P, E)."""

    rewards: NDArray[np.float64]
    steps: NDArray[np.int64]

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean of every network's episodes, added up in their order: (P,) float64."""
        return row_means(self.rewards)

    @property
    def deviations(self) -> NDArray[np.float64]:
        """The standard deviation of every network's episodes: (P,) float64."""
        return row_deviations(self.rewards)

    def quantiles(self, share: float) -> NDArray[np.float64]:
        """Return what `share` of every network's episodes stay below, between two episodes in proportion: (P,)."""
        ordered = np.sort(self.rewards, axis=1)
        place = share * (ordered.shape[1] - 1)
        low = int(place)
        high = min(low + 1, ordered.shape[1] - 1)
        with np.errstate(over="ignore", invalid="ignore"):
            quantiles: NDArray[np.float64] = ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (place - low)
        parts = ordered[:, low] * (1.0 - (place - low)) + ordered[:, high] * (place - low)
        return np.where(np.isfinite(quantiles), quantiles, parts)  # the difference may overflow


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
        if arguments is not None and not isinstance(arguments, Mapping):
            raise NeatError(f"arguments = {describe(arguments)}: not a dict (for example {{'continuous': True}})")
        listed_hide = [hide] if isinstance(hide, str | int) else listed(hide)
        hidden: Any = hide if listed_hide is None else [str(plain(item)) for item in listed_hide]
        self.keys = GymnasiumKeys(
            environment=environment, episodes=episodes, starts=starts, fitness=fitness, quantile=quantile,
            scaling=scaling, hide=hidden, max_episode_steps=max_episode_steps, threshold=threshold,
            validation_episodes=validation_episodes,
        )  # fmt: skip
        self.threads = thread_count(threads)
        self.recipe = find(environment, arguments)
        self._environment: Any = None
        self._vector: VectorCartPole | Literal[False] | None = None  # False: there is none to be trusted
        try:
            self.observations, self.actions = read_spaces(self.recipe.name, self._plain(), self.keys.hide)
        except SystemExit as error:  # nothing has been computed that an interruption could save
            raise NeatError(f"{environment}: {message_of(error)} was raised when it was made") from None
        except ProblemError:
            raise
        except NeatError as error:
            raise NeatError(f"{environment}: {error}") from None
        self.inputs, self.outputs = self.observations.names, self.actions.names
        keys = self.keys
        self.limit = keys.max_episode_steps or self.recipe.guard
        self.threshold = self.recipe.threshold if keys.threshold == "auto" else keys.threshold
        self.deterministic = keys.starts == "fixed" and keys.scaling != "running" and not self.recipe.nondeterministic

    def evaluate(self, networks: Networks, rng: Randomness, carry: Carry | None = None) -> Evaluation:
        """Return the fitness of P networks, and how many steps they took; who reaches the threshold is a candidate.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """
        keys, carry = self.keys, carry or {}
        shared = replace(rng, generation=FIRST_GENERATION) if keys.starts == "fixed" else rng
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
                    self._check_range(agent, told)
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
        answer: Any = None
        agent.reset()
        try:
            observation = first_observation(environment.reset(seed=seed))
            advance = environment.step
            for step in range(1, self.limit + 1):
                answer = advance(decide(observation))
                try:
                    observation, reward, terminated, truncated, _ = answer
                    total += reward
                    if terminated or truncated:
                        break
                except (TypeError, ValueError, ArithmeticError):
                    raise ProblemError(f"{[*step_faults(answer), 'step failed'][0]}, at step {step}") from None
            number = single_number(total)
            if number is None:  # for example, the rewards are arrays of several numbers
                raise ProblemError([*step_faults(answer), f"the rewards add up to {describe(total)}"][0])
        except INTERRUPTIONS:
            self._forget_environments()
            raise
        except BaseException as error:
            self._forget_environments()  # whatever state it is in
            if isinstance(error, ProblemError) and answer is not None and not is_step(answer):
                error = ProblemError(step_faults(answer)[0])  # such as an array of five numbers, which can be unpacked
            if isinstance(error, ProblemError):
                raise ProblemError(f"{self.recipe.id}: {error}, {where}", agent.key) from None
            when = f"at step {step}" if step else "at its reset"
            raise ProblemError(f"{self.recipe.id} raised {message_of(error)}, {when} {where}", agent.key) from error
        if not math.isfinite(number):
            raise ProblemError(f"{self.recipe.id}: the rewards add up to {number}, {where}", agent.key)
        return number, step

    def _check_range(self, agent: Agent, where: str) -> None:
        """Raise ProblemError for an infinite observation, which `scaling = running` cannot use."""
        for values in (agent.low, agent.high):
            if not np.isfinite(values).all():
                place = int(np.argmin(np.isfinite(values)))
                raise ProblemError(
                    f"{self.recipe.id}: the observation {self.inputs[place]} was {values[place]}; with scaling = "
                    f"running it must be finite, {where}",
                    agent.key,
                )

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
            self._vector = self._tried_vector() or False
        return None if self._vector is False else self._vector

    def _tried_vector(self) -> VectorCartPole | None:
        if not self.recipe.vector or self.recipe.name not in NAMES:
            return None
        try:
            vector = VectorCartPole(self.recipe)
            return vector if vector.agrees(self._plain()) else None
        except INTERRUPTIONS:
            raise
        except BaseException:  # another environment of that name; its own episodes will report a failure
            self._forget_environments()
            return None

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
        with beside(config.folder):  # for an entry point that is not imported yet
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
