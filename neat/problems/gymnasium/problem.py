"""The gymnasium problem: networks act in an environment, and the rewards of whole episodes are their fitness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import thread_count
from neat.config.formatting import describe
from neat.config.modules import folder_on_path, import_beside
from neat.config.value_types import list_items, python_scalar
from neat.core.averages import row_deviations, row_means
from neat.core.errors import NeatError, ProblemError, message_of
from neat.core.optional import installed_version
from neat.core.randomness import AFTER_ALL_RUNS, FIRST_GENERATION, Purpose, Randomness
from neat.network import Network, Networks
from neat.problems.evaluation import Arrays, Evaluation, TestResult, Validation
from neat.problems.gymnasium.actions import actions_of
from neat.problems.gymnasium.agents import Agent
from neat.problems.gymnasium.backends import make_backend
from neat.problems.gymnasium.environment import EnvironmentSpec, find_environment
from neat.problems.gymnasium.episode import frame_rate, play_moments, render_modes
from neat.problems.gymnasium.episodes import Backend, Episodes, Order
from neat.problems.gymnasium.keys import GymnasiumKeys
from neat.problems.gymnasium.names import known_names
from neat.problems.gymnasium.observations import observations_of, observed_range
from neat.problems.gymnasium.space_checks import read_space
from neat.problems.gymnasium.typical import EPISODES, typical_range
from neat.problems.gymnasium.wrappers import needs_pictures
from neat.problems.moments import FRAMES, Moment
from neat.problems.protocol import ConfiguredProblem, Context, EpisodicValidation, Frame, check_networks, keys_from

#: The packages that compute the environments of a module.
_PACKAGES = {"gymnasium.envs.mujoco": "mujoco", "gymnasium.envs.box2d": "box2d"}
_SEEDS = 2**30  # of each kind: episodes of evolution have even seeds, those of validation and tests odd ones


class Gymnasium(EpisodicValidation, ConfiguredProblem[GymnasiumKeys]):
    """Networks play episodes of an environment; the total rewards of the episodes are combined into their fitness.

    All genomes of a generation play the same episodes. A genome whose mean reward reaches the threshold is a candidate;
    it solves the problem if its mean over `validation_episodes` others, which evolution never uses, reaches it too.

    Args:
        environment: the environment's id, such as `CartPole-v1`; `module:Name-v0` imports the module that registers it.
            Register your own first: `gymnasium.register("Mine-v0", Mine)`.
        keys: all settings as one object; or, as keyword arguments: `episodes` that every genome plays; `starts`:
            `fresh`, new episodes in every generation, or `fixed`, always the same; `fitness`: the `mean`, `minimum` or
            `quantile` (at `quantile`) of the episodes' rewards; `scaling` of inputs to about -1 to 1: `auto`, by their
            mean and spread under random actions, `bounds`, by the bounds of the observation space where it has some,
            `running`, by the lowest and highest value observed so far (the bounds at first), or `none`; `hide`:
            observations that networks do not receive, by name or number; `max_episode_steps`: by default the
            environment's limit, or 1,000; `threshold`: the mean that solves the problem, `auto` for the environment's
            own, None for none; `validation_episodes`; `wrappers`: those of Gymnasium around the environment, by name;
            `backend`: how it is stepped; `option`: a dict of plain values that the environment is made with.
        arguments: further keyword arguments that the environment is made with, of any type.

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
        self._typical: Arrays | None = None
        self.spec = find_environment(
            keys.environment, {**dict(keys.option), **(arguments or {})}, keys.wrappers, keys.max_episode_steps
        )
        try:
            self._read(self.spec.make())
        except SystemExit as error:  # nothing has been computed that an interruption could save
            raise NeatError(f"{keys.environment}: {message_of(error)} was raised when it was made") from None
        except ProblemError:
            raise
        except NeatError as error:
            raise NeatError(f"{keys.environment}: {str(error).removeprefix(f'{self.spec.id}: ')}") from None
        self.inputs, self.outputs = self.observations.names, self.actions.names
        self.limit = self.spec.step_limit
        self.threshold = self.spec.threshold if keys.threshold == "auto" else keys.threshold
        self.validation_episodes = keys.validation_episodes
        self.in_python = self.backend.in_python
        self.deterministic = keys.starts == "fixed" and keys.scaling != "running" and not self.spec.nondeterministic

    def _read(self, made: Any) -> None:
        """Read the spaces of an environment, and choose how it is stepped."""
        inputs, outputs = _known_names(self.spec, made)
        hide = self.keys.hide
        self.observations = read_space(made, "observation_space", lambda space: observations_of(space, inputs, hide))
        self.actions = read_space(made, "action_space", lambda space: actions_of(space, outputs))
        self._backend: Backend | None = self._make_backend(made)

    @classmethod
    def from_keys(cls, keys: GymnasiumKeys, config: Config) -> Gymnasium:
        """Return the problem that `[problem] kind = gymnasium` describes."""
        module, _, _ = keys.environment.rpartition(":")
        if module:
            import_beside(module, config.folder, f"[problem] environment = {keys.environment}")
        try:
            with folder_on_path(config.folder):  # for an entry point that is not imported yet
                return cls(keys=keys)
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
        ranges = self.ranges(context.state)
        played = self.play(
            networks, self.seeds(rng, keys.episodes), ranges,
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
            state=ranges if observed is None else {"low": observed[0], "high": observed[1]},
            preprocessing=ranges,
        )

    def ranges(self, state: Arrays) -> Arrays:
        """Return the arrays `low` and `high` by which inputs are scaled, or none if they are not needed.

        With `scaling = auto`, they are measured once; from then on they are in the problem state.
        """
        if self.keys.scaling == "running":
            return dict(state)
        if self.keys.scaling != "auto" or not self.observations.measured.any():
            return {}
        if "low" in state:
            return {name: state[name] for name in ("low", "high")}
        if self._typical is None:
            seeds = self.seeds(Randomness(0, FIRST_GENERATION, Purpose.SCALING), EPISODES)
            with closing(self.make()) as made:  # random actions may leave it in any state
                self._typical = typical_range(made, seeds, self.limit, self.observations, self.actions)
        return self._typical

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
        seeds = self.test_seeds(seed, episodes)
        played = self.play(network.networks, seeds, preprocessing, where="when the champion was evaluated")
        solved = None if self.threshold is None else float(played.means[0]) >= self.threshold
        return TestResult(played.rewards[0], self.threshold, solved)

    def render(self, network: Network, seed: int, preprocessing: Arrays) -> Iterator[Frame]:
        """Yield the pictures of one episode that a network plays, the first after `reset`.

        Raises:
            NeatError: the environment cannot be rendered.
            ProblemError: as `evaluate`.
        """
        for moment in self._moments(network, [seed], preprocessing, FRAMES):
            assert moment.frame is not None
            yield moment.frame

    def play_moments(
        self, network: Network, episodes: int, seed: int, preprocessing: Arrays, mode: str | None = None
    ) -> Iterator[Moment]:
        """Yield the moments of the episodes in which `test` tests the network; `mode` shows them.

        Raises:
            NeatError: as `test`, or the environment cannot be rendered in this mode.
            ProblemError: as `evaluate`.
        """
        return self._moments(network, self.test_seeds(seed, episodes), preprocessing, mode)

    def render_modes(self) -> tuple[str, ...]:
        """Return the names of the ways in which the environment can be rendered.

        If networks see its pictures, it cannot open a window of its own.
        """
        modes = render_modes(self.backend.environment)
        return (FRAMES,) if needs_pictures(self.spec.wrappers) and FRAMES in modes else modes

    def frame_rate(self) -> float:
        """Return how many frames make a second."""
        return frame_rate(self.backend.environment)

    def test_seeds(self, seed: int, episodes: int) -> list[int]:
        """Return the seeds of the episodes in which `test` tests a network."""
        return self.seeds(Randomness(seed, AFTER_ALL_RUNS, Purpose.VALIDATION), episodes, validation=True)

    def _moments(
        self, network: Network, seeds: Sequence[int], preprocessing: Arrays, mode: str | None
    ) -> Iterator[Moment]:
        if mode is not None and mode not in self.render_modes():
            modes = ", ".join(self.render_modes()) or "none"
            raise NeatError(f"{self.spec.id}: cannot be shown; it has no render mode {mode} (it has: {modes})")
        agent = self.agent(network, preprocessing)
        environment = self.make(**({} if mode is None else {"render_mode": mode}))
        return play_moments(environment, agent, self.actions, seeds, self.limit, mode)

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
            state: the range of observations, for `scaling = running` and `auto`.
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
        scaling = self.observations.input_scaling(self.keys.scaling, self.ranges(state or {}))
        return self.backend.play(
            Order(networks, seeds, scaling, self.limit, threads, episodes.start, total, where, observed)
        )

    def agent(self, network: Network, preprocessing: Arrays | None = None) -> Agent:
        """Return the agent that acts with a network: call it with an observation, and it returns an action.

        The agent scales observations as in the run; its `reset` begins an episode. `preprocessing` is that of the
        champion (`neat.Champion`), for `scaling = running` and `auto`.

        Raises:
            NeatError: the network has other inputs or outputs than the environment.
        """
        check_networks(network.networks, self.inputs, self.outputs)
        scaling = self.observations.input_scaling(self.keys.scaling, self.ranges(preprocessing or {}))
        return Agent(network.networks, self.observations, self.actions, scaling)

    def compile_kernels(self, networks: Networks) -> None:
        """Compile the kernels that play episodes, in a few steps of a compiled environment, otherwise in none."""
        scaling = self.observations.input_scaling("none", {})
        self.backend.compile(Agent(networks[:1], self.observations, self.actions, scaling))

    def make(self, **arguments: Any) -> Any:
        """Return a new environment (`render_mode="human"` shows it); the caller ends episodes after `limit` steps."""
        return self.spec.make(**arguments)

    @property
    def backend(self) -> Backend:
        """How the environment is stepped."""
        if self._backend is None:
            self._backend = self._make_backend(None)
        return self._backend

    def _make_backend(self, made: Any) -> Backend:
        return make_backend(self.keys.backend, self.spec, self.observations, self.actions, made)

    @property
    def software(self) -> Mapping[str, str]:  # type: ignore[override]
        """How the environment is stepped, and the versions of the packages that compute it."""
        entry = str(self.spec.registration.entry_point)
        packages = [package for module, package in _PACKAGES.items() if entry.startswith(module)]
        if self.keys.backend == "envpool":
            packages = ["envpool"]
        return {"backend": self.backend.name, **{package: installed_version(package) for package in packages}}

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle, without environments: each process makes its own."""
        return {**self.__dict__, "_backend": None}


def _known_names(spec: EnvironmentSpec, made: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of inputs and outputs if the environment is Gymnasium's, and no wrapper has changed them."""
    if not str(spec.registration.entry_point).startswith("gymnasium.envs."):
        return (), ()
    own, now = (
        [read_space(one, name, lambda space: space) for name in ("observation_space", "action_space")]
        for one in (made.unwrapped, made)
    )
    inputs, outputs = known_names(spec.name, *map(_size, own))
    return inputs if _form(own[0]) == _form(now[0]) else (), outputs if _form(own[1]) == _form(now[1]) else ()


def _form(space: Any) -> tuple[Any, ...]:
    """Return what a space and the same one with other bounds have in common."""
    return type(space), getattr(space, "shape", None), getattr(space, "n", None)


def _size(space: Any) -> int:
    """Return the number of values of a flattened space, or 0 where it cannot be flattened."""
    from gymnasium import Space
    from gymnasium.spaces import flatdim

    try:
        return int(flatdim(space)) if isinstance(space, Space) else 0
    except (NotImplementedError, ValueError):
        return 0


def _observed_range(inputs: int, state: Arrays) -> NDArray[np.float64]:
    """Return the range observed so far, (2, I); before any observation it is from inf to -inf."""
    observed = observed_range(state, inputs)
    return observed if observed is not None else np.stack([np.full(inputs, np.inf), np.full(inputs, -np.inf)])
