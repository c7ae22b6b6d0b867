"""The gymnasium problem: networks act in an environment, and the rewards of whole episodes are their fitness."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.formatting import describe
from neat.config.modules import folder_on_path, import_beside
from neat.config.value_types import list_items, python_scalar
from neat.core.averages import row_deviations, row_means
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, message_of
from neat.core.randomness import AFTER_ALL_RUNS, FIRST_GENERATION, Purpose, Randomness
from neat.network import Network, Networks
from neat.problems.evaluation import Arrays, Evaluation, TestResult, Validation
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.api_checks import check_reset, is_step_tuple, step_faults
from neat.problems.gymnasium.environment import find_environment, parse_arguments
from neat.problems.gymnasium.keys import GymnasiumKeys
from neat.problems.gymnasium.spaces import observed_range, read_spaces
from neat.problems.gymnasium.vector import MIN_AGENTS, SUPPORTED, VectorCartPole
from neat.problems.protocol import ConfiguredProblem, Context, EpisodicValidation, Frame, check_networks, keys_from
from neat.problems.scalars import single_number

_SEEDS = 2**30  # of each kind: episodes of evolution have even seeds, those of validation and tests odd ones


@dataclass(frozen=True, eq=False)
class Episodes:
    """The results of P networks in E episodes each.

    Attributes:
        rewards: (P, E) float64, the total reward of each episode.
        steps: (P, E) int64, the number of steps of each episode.
    """

    rewards: NDArray[np.float64]
    steps: NDArray[np.int64]

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean reward of each network, summed in the order of episodes: (P,) float64."""
        return row_means(self.rewards)

    @property
    def deviations(self) -> NDArray[np.float64]:
        """The sample standard deviation of the rewards of each network: (P,) float64."""
        return row_deviations(self.rewards)

    def quantiles(self, share: float) -> NDArray[np.float64]:
        """Return the `share` quantile of the rewards of each network, interpolated linearly: (P,) float64."""
        ordered = np.sort(self.rewards, axis=1)
        place = share * (ordered.shape[1] - 1)
        low = int(place)
        high = min(low + 1, ordered.shape[1] - 1)
        with np.errstate(over="ignore", invalid="ignore"):
            quantiles: NDArray[np.float64] = ordered[:, low] + (ordered[:, high] - ordered[:, low]) * (place - low)
        parts = ordered[:, low] * (1.0 - (place - low)) + ordered[:, high] * (place - low)
        return np.where(np.isfinite(quantiles), quantiles, parts)  # the difference may overflow


class Gymnasium(EpisodicValidation, ConfiguredProblem[GymnasiumKeys]):
    """Networks play episodes of an environment; the total rewards of the episodes are combined into their fitness.

    All genomes of a generation play the same episodes. A genome whose mean reward reaches the threshold is a candidate;
    it solves the problem if its mean over `validation_episodes` others, which evolution never uses, reaches it too.

    Args:
        environment: the environment's id, such as `CartPole-v1`; `module:Name-v0` imports the module that registers it.
            Register your own first: `gymnasium.register("Mine-v0", Mine)`.
        keys: all settings as one object; or, as keyword arguments: `episodes` that every genome plays; `starts`:
            `fresh`, new episodes in every generation, or `fixed`, always the same; `fitness`: the `mean`, `minimum` or
            `quantile` (at `quantile`) of the episodes' rewards; `scaling` of inputs: `bounds`, from -1 to 1 by the
            bounds of the observation space if it has some, `running`, by the lowest and highest value observed so far
            (the bounds at first), or `none`; `hide`: observations that networks do not receive, by name or number;
            `max_episode_steps`: by default the environment's limit, or 1,000; `threshold`: the mean that solves the
            problem, `auto` for the environment's own, None for none; `validation_episodes`.
        arguments: keyword arguments that the environment is made with.

    Raises:
        NeatError: there is no such environment, it needs a package, or networks cannot handle its spaces.
    """

    def __init__(
        self,
        environment: str = "",
        *,
        keys: GymnasiumKeys | None = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(environment, str):
            raise NeatError(
                "environment must be an id, by which every process makes its own; register yours and name it: "
                "gymnasium.register('Mine-v0', Mine), then neat.Gymnasium('Mine-v0')"
            )
        if arguments is not None and not isinstance(arguments, Mapping):
            raise NeatError(f"arguments = {describe(arguments)}: not a dict (for example {{'continuous': True}})")
        if keys is None:
            hide = options.get("hide", ())
            listed_hide = [hide] if isinstance(hide, str | int) else list_items(hide)
            if listed_hide is not None:  # otherwise the keys report what is wrong with it
                options["hide"] = [str(python_scalar(item)) for item in listed_hide]
            options["environment"] = environment
        self.keys = keys = keys_from(GymnasiumKeys, keys, options)
        self.spec = find_environment(keys.environment, arguments)
        self._environment: Any = None
        self._vector: VectorCartPole | None = None
        self._vector_failed = False
        try:
            self.observations, self.actions = read_spaces(self.spec.name, self._plain(), keys.hide)
        except SystemExit as error:  # nothing has been computed that an interruption could save
            raise NeatError(f"{keys.environment}: {message_of(error)} was raised when it was made") from None
        except ProblemError:
            raise
        except NeatError as error:
            raise NeatError(f"{keys.environment}: {error}") from None
        self.inputs, self.outputs = self.observations.names, self.actions.names
        self.limit = keys.max_episode_steps or self.spec.default_step_limit
        self.threshold = self.spec.threshold if keys.threshold == "auto" else keys.threshold
        self.validation_episodes = keys.validation_episodes
        self.in_python = not (self.spec.has_vector_form and self.spec.name in SUPPORTED)
        self.deterministic = keys.starts == "fixed" and keys.scaling != "running" and not self.spec.nondeterministic

    @classmethod
    def from_keys(cls, keys: GymnasiumKeys, config: Config) -> Gymnasium:
        """Return the problem that `[problem] kind = gymnasium` describes."""
        module, _, _ = keys.environment.rpartition(":")
        if module:
            import_beside(module, config.folder, f"[problem] environment = {keys.environment}")
        try:
            arguments = parse_arguments(keys.arguments)
        except NeatError as error:
            raise NeatError(f"[problem] {error}") from None
        try:
            with folder_on_path(config.folder):  # for an entry point that is not imported yet
                return cls(keys=keys, arguments=arguments)
        except ProblemError:
            raise
        except NeatError as error:
            raise NeatError(f"[problem] environment = {error}") from None

    def evaluate(self, networks: Networks, context: Context) -> Evaluation:
        """Return the fitness of P networks, the candidates, and the number of steps that each took.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """
        keys, rng = self.keys, context.rng
        if keys.starts == "fixed":
            rng = Randomness(rng.seed, FIRST_GENERATION, Purpose.EVALUATION)  # also in re-tests
        observed = _observed_range(len(self.inputs), context.state) if keys.scaling == "running" else None
        played = self.play(
            networks, self.seeds(rng, keys.episodes), context.state,
            where=context.moment, observed=observed, threads=context.threads,
        )  # fmt: skip
        fitness = {
            "mean": lambda: played.means,
            "minimum": lambda: played.rewards.min(axis=1),
            "quantile": lambda: played.quantiles(keys.quantile),
        }[keys.fitness]()
        return Evaluation(
            fitness,
            solved=None if self.threshold is None else played.means >= self.threshold,
            columns={"steps": played.steps.sum(axis=1)},
            state={} if observed is None else {"low": observed[0], "high": observed[1]},
            preprocessing={} if observed is None else dict(context.state),
        )

    def play_validation(self, network: Network, context: Context, episodes: range) -> NDArray[np.float64]:
        """Return the rewards of one network in some of the episodes of its validation, float64.

        Raises:
            ProblemError: as `evaluate`.
        """
        seeds = self.seeds(context.rng, self.validation_episodes, validation=True)
        where = f"when it was validated in generation {context.generation}"
        played = self.play(
            network.networks, seeds, context.state, where=where, threads=context.threads, episodes=episodes
        )
        rewards: NDArray[np.float64] = played.rewards[0]
        return rewards

    def validation_of(self, key: int, results: NDArray[np.float64]) -> Validation:
        """Return the validation of a genome from its rewards in all episodes."""
        mean = float(row_means(results[None])[0])
        return Validation(
            key=key,
            passed=self.threshold is not None and mean >= self.threshold,
            fitness=mean,
            details={"sd": float(row_deviations(results[None])[0]), "minimum": float(results.min())},
        )

    def test(self, network: Network, episodes: int, seed: int, preprocessing: Arrays) -> TestResult:
        """Return the rewards of one network in episodes that neither evolution nor validation used.

        Raises:
            NeatError: the network was evaluated with a range of observations that is missing in `preprocessing`.
            ProblemError: as `evaluate`.
        """
        seeds = self.seeds(Randomness(seed, AFTER_ALL_RUNS, Purpose.VALIDATION), episodes, validation=True)
        played = self.play(network.networks, seeds, preprocessing, where="when the champion was evaluated")
        solved = None if self.threshold is None else float(played.means[0]) >= self.threshold
        return TestResult(played.rewards[0], self.threshold, solved)

    def render(self, network: Network, seed: int, preprocessing: Arrays) -> Iterator[Frame]:
        """Yield the pictures of one episode that a network plays, the first after `reset`.

        Raises:
            NeatError: the environment cannot be rendered.
        """
        environment = self.make(render_mode="rgb_array")
        try:
            agent = self.agent(network, preprocessing)
            observation = check_reset(environment.reset(seed=seed))
            yield environment.render()
            for _ in range(self.limit):
                observation, _, terminated, truncated, _ = environment.step(agent(observation))
                yield environment.render()
                if terminated or truncated:
                    return
        finally:
            environment.close()

    def merge(self, states: Sequence[Arrays]) -> Arrays:
        """Return the range of observations of a population from those of its parts."""
        ranges = [state for state in states if "low" in state]
        if not ranges:
            return {}
        return {
            "low": np.minimum.reduce([state["low"] for state in ranges]),
            "high": np.maximum.reduce([state["high"] for state in ranges]),
        }

    def seeds(self, rng: Randomness, count: int, *, validation: bool = False) -> list[int]:
        """Return the seeds of `count` episodes; those of validation and tests never occur in evolution."""
        return [2 * int(seed) + validation for seed in rng.integers(_SEEDS, 0, np.arange(count))]

    def play(
        self,
        networks: Networks,
        seeds: Sequence[int],
        state: Arrays | None = None,
        *,
        where: str = "",
        observed: NDArray[np.float64] | None = None,
        threads: int = 0,
        episodes: range | None = None,
    ) -> Episodes:
        """Let every network play one episode for each seed.

        Args:
            networks: P networks.
            seeds: E numbers below 2^31, the same episodes for all networks.
            state: the range of observations, for `scaling = running`.
            where: words for error messages that say when this happened.
            observed: (2, I), the lowest and highest inputs before scaling; widened in place.
            threads: how many threads may be used; 0: all processors.
            episodes: play only some of the episodes, numbered from 0.

        Raises:
            ProblemError: the environment failed; the message names the genome and the episode.
        """
        total, episodes = len(seeds), range(len(seeds)) if episodes is None else episodes
        seeds = seeds[episodes.start : episodes.stop]
        check_networks(networks, self.inputs, self.outputs)
        threads = thread_count(threads)
        scaling = self.observations.input_scaling(self.keys.scaling, state or {})
        if len(networks) * len(seeds) >= MIN_AGENTS and (vector := self._trusted_vector()) is not None:
            return Episodes(*vector.play(networks, self._starts(seeds), scaling, self.limit, threads, observed))
        rewards = np.empty((len(networks), len(seeds)))
        steps = np.empty((len(networks), len(seeds)), np.int64)
        for place in range(len(networks)):
            agent = Agent(networks[place : place + 1], self.observations, self.actions, scaling)
            for episode, seed in enumerate(seeds):
                which = f"in episode {episodes[episode] + 1} of {total} (seed {seed})"
                when = f"{which} of genome {agent.key} {where}".rstrip()
                rewards[place, episode], steps[place, episode] = self._play_one(agent, seed, when)
                if observed is not None:
                    self._check_range(agent, when)
            if observed is not None:
                observed[0] = np.minimum(observed[0], agent.low)
                observed[1] = np.maximum(observed[1], agent.high)
        return Episodes(rewards, steps)

    def agent(self, network: Network, preprocessing: Arrays | None = None) -> Agent:
        """Return the agent that acts with a network: call it with an observation, and it returns an action.

        The agent scales observations as in the run; its `reset` begins an episode. `preprocessing` is that of the
        champion (`neat.Champion`), for `scaling = running`.

        Raises:
            NeatError: the network has other inputs or outputs than the environment.
        """
        check_networks(network.networks, self.inputs, self.outputs)
        scaling = self.observations.input_scaling(self.keys.scaling, preprocessing or {})
        return Agent(network.networks, self.observations, self.actions, scaling)

    def make(self, **arguments: Any) -> Any:
        """Return a new environment (`render_mode="human"` shows it); the caller ends episodes after `limit` steps."""
        return self.spec.make(**arguments)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle, without environments: each process makes its own."""
        return {**self.__dict__, "_environment": None, "_vector": None, "_vector_failed": False}

    def _play_one(self, agent: Agent, seed: int, where: str) -> tuple[float, int]:
        """Return rewards and steps of one episode in the plain environment."""
        environment, decide, step, total = self._plain(), agent.decide, 0, 0.0
        answer: Any = None
        agent.reset()
        try:
            observation = check_reset(environment.reset(seed=seed))
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
            if isinstance(error, ProblemError) and answer is not None and not is_step_tuple(answer):
                error = ProblemError(step_faults(answer)[0])  # such as an array of five numbers, which can be unpacked
            if isinstance(error, ProblemError):
                raise ProblemError(f"{self.spec.id}: {error}, {where}", agent.key) from None
            when = f"at step {step}" if step else "at its reset"
            raise ProblemError(f"{self.spec.id} raised {message_of(error)}, {when} {where}", agent.key) from error
        if not math.isfinite(number):
            raise ProblemError(f"{self.spec.id}: the rewards add up to {number}, {where}", agent.key)
        return number, step

    def _check_range(self, agent: Agent, where: str) -> None:
        """Raise ProblemError for an infinite observation, which `scaling = running` cannot use."""
        for values in (agent.low, agent.high):
            if not np.isfinite(values).all():
                place = int(np.argmin(np.isfinite(values)))
                raise ProblemError(
                    f"{self.spec.id}: the observation {self.inputs[place]} was {values[place]}; with scaling = "
                    f"running it must be finite, {where}",
                    agent.key,
                )

    def _starts(self, seeds: Sequence[int]) -> NDArray[np.float64]:
        """Return the states in which episodes begin, for the vector form: (state, E) float64."""
        environment = self._plain()
        starts = np.empty((self.observations.size, len(seeds)))
        for episode, seed in enumerate(seeds):
            environment.reset(seed=seed)
            starts[:, episode] = environment.unwrapped.state
        return starts

    def _plain(self) -> Any:
        if self._environment is None:
            self._environment = self.spec.make()
        return self._environment

    def _trusted_vector(self) -> VectorCartPole | None:
        """Return the vector form of the environment, if it has one that agrees with the plain form."""
        if self._vector is None and not self._vector_failed:
            self._vector = self._make_vector()
            self._vector_failed = self._vector is None
        return self._vector

    def _make_vector(self) -> VectorCartPole | None:
        if not self.spec.has_vector_form or self.spec.name not in SUPPORTED:
            return None
        try:
            vector = VectorCartPole(self.spec)
            return vector if vector.matches(self._plain()) else None
        except INTERRUPTIONS:
            raise
        except BaseException:  # another environment of that name; its own episodes will report a failure
            self._forget_environments()
            return None

    def _forget_environments(self) -> None:
        self._environment = None
        self._vector, self._vector_failed = None, False


def _observed_range(inputs: int, state: Arrays) -> NDArray[np.float64]:
    """Return the range observed so far, (2, I); before any observation it is from inf to -inf."""
    observed = observed_range(state, inputs)
    return observed if observed is not None else np.stack([np.full(inputs, np.inf), np.full(inputs, -np.inf)])
