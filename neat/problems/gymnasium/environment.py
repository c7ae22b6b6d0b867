"""Finding and making environments of Gymnasium, with one clear message for everything that can be wrong."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from neat.config.formatting import describe
from neat.config.modules import import_user_module
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean, message_of
from neat.core.optional import install_command
from neat.core.screens import render_without_screen
from neat.problems.gymnasium.wrappers import needs_pictures, needs_time_limit, wrapped

if TYPE_CHECKING:
    from gymnasium.envs.registration import EnvSpec

_ID = re.compile(r"(?P<name>.+?)(?:-v(?P<version>\d+))?")
_NEEDS_EXTRA = re.compile(r"gymnasium\.envs\.(box2d|mujoco)\b")  # entry points; our extras have the same names
_RESERVED = {  # arguments of `gymnasium.make` that are not the environment's
    "id": "the environment is named by environment = ID",
    "max_episode_steps": "set max_episode_steps instead",
    "disable_env_checker": "neat check checks the environment",
    "render_mode": "neat play chooses it",
}
_MODULES = {"box2d": "Box2D", "mujoco": "mujoco"}  # that an extra installs
_DEFAULT_STEP_LIMIT = 1000  # for environments that have no limit
_NO_LIMIT = 2**31 - 1  # of a vector environment; agents count their own steps


@dataclass(frozen=True)
class EnvironmentSpec:
    """How to make an environment, and what its registration says about it.

    Attributes:
        id: the id, with namespace and version.
        name: the id without namespace and version.
        threshold: the mean reward at which the environment counts as solved, or None.
        max_episode_steps: the limit of steps of an episode, or None.
        nondeterministic: whether episodes with the same seed and actions may differ.
        has_vector_form: whether the environment, without wrappers, has a vector form of its own.
        arguments: keyword arguments for making the environment.
        wrappers: Gymnasium's wrappers around it, such as `FlattenObservation`; the first is the innermost.
        step_limit: the number of steps after which an episode ends.
        registration: Gymnasium's own specification, with which other processes can make the environment, too.
    """

    id: str
    name: str
    threshold: float | None
    max_episode_steps: int | None
    nondeterministic: bool
    has_vector_form: bool
    arguments: Mapping[str, Any]
    wrappers: tuple[str, ...]
    step_limit: int
    registration: EnvSpec

    def make(self, **more: Any) -> Any:
        """Return a new environment within its wrappers, without Gymnasium's step limit and checker, which cost time.

        Raises:
            NeatError: a package is missing, or the environment does not take these arguments.
            ProblemError: the environment raised an exception.
        """
        import gymnasium
        from gymnasium.error import DependencyNotInstalled

        limit = self.step_limit if needs_time_limit(self.wrappers) else -1
        if needs_pictures(self.wrappers):
            render_without_screen()
            more = {"render_mode": "rgb_array", **more}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about outdated versions and precision
                made = gymnasium.make(
                    self.registration, max_episode_steps=limit, disable_env_checker=True, **self.arguments, **more
                )
                return wrapped(made, self.wrappers)
        except NeatError:
            raise
        except (DependencyNotInstalled, ImportError) as error:
            raise NeatError(f"{self.id}: {_why_not_imported(self.registration, error)}") from None
        except INTERRUPTIONS:
            raise
        except BaseException as error:  # the environment's own code may raise anything
            if isinstance(error, TypeError | ValueError) and self.arguments:
                given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
                raise NeatError(f"{self.id}: cannot be made with the options {given} ({error})") from None
            raise ProblemError(f"{self.id}: raised {message_of(error)} when it was made") from error

    def make_vector(self, count: int, *, own_form: bool = False) -> Any:
        """Return `count` environments as one vector environment, whose episodes end only where they end themselves.

        They are objects of their own, within their wrappers, or, with `own_form`, the environment's own vector form.
        """
        import gymnasium
        from gymnasium.vector import AutoresetMode, SyncVectorEnv

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if own_form:
                return gymnasium.make_vec(
                    self.registration, num_envs=count, vectorization_mode="vector_entry_point",
                    max_episode_steps=_NO_LIMIT, **self.arguments,
                )  # fmt: skip
            return SyncVectorEnv([self.make] * count, autoreset_mode=AutoresetMode.DISABLED)


def find_environment(
    environment: str,
    arguments: Mapping[str, Any] | None = None,
    wrappers: tuple[str, ...] = (),
    step_limit: int | None = None,
) -> EnvironmentSpec:
    """Return the specification of a registered environment; `module:Name-v0` imports the module first.

    Args:
        environment: its id.
        arguments: keyword arguments for making it.
        wrappers: wrappers around it.
        step_limit: the number of steps after which an episode ends; by default, as its registration says, or 1,000.

    Raises:
        NeatError: there is no such environment, or its registration is wrong.
    """
    from gymnasium import registry

    for name in arguments or ():
        if name in _RESERVED:
            raise NeatError(f"{environment}: the option {name} is not passed on: {_RESERVED[name]}")
    module, _, environment_id = environment.rpartition(":")
    if module:
        import_user_module(module, environment, NeatError(f"{environment}: no module {module!r} to import it from"))
    spec = registry.get(environment_id)
    if spec is None or _is_removed(spec):
        raise NeatError(f"{environment_id}: {_why_unavailable(environment_id, registry)}")
    threshold, max_episode_steps = spec.reward_threshold, spec.max_episode_steps
    registered = f"{environment_id}: is registered with"
    if not isinstance(threshold, Real | None):
        raise NeatError(f"{registered} reward_threshold = {describe(threshold)}, which is not a number")
    if max_episode_steps is not None and not (isinstance(max_episode_steps, Integral) and max_episode_steps >= 1):
        raise NeatError(
            f"{registered} max_episode_steps = {describe(max_episode_steps)}; it must be a whole number from 1"
        )
    return EnvironmentSpec(
        environment_id,
        spec.name,
        None if threshold is None or not math.isfinite(threshold) else float(threshold),
        None if max_episode_steps is None else int(max_episode_steps),
        spec.nondeterministic,
        spec.vector_entry_point is not None and not (spec.additional_wrappers or wrappers),
        dict(arguments or {}),
        wrappers,
        step_limit or max_episode_steps or _DEFAULT_STEP_LIMIT,
        spec,
    )


def _is_removed(spec: EnvSpec) -> bool:
    """Return whether an environment is registered only to say that it has moved, as MuJoCo's v2 and v3 are."""
    return not isinstance(spec.entry_point, type) and getattr(spec.entry_point, "__module__", "") == "gymnasium.envs"


def _why_unavailable(environment_id: str, registry: Mapping[str, EnvSpec]) -> str:
    """Return why there is no environment with this id, with a hint to the one that was probably meant."""
    available = {key: spec for key, spec in registry.items() if not _is_removed(spec)}
    found = _ID.fullmatch(environment_id)
    name, version = (found["name"], found["version"]) if found else (environment_id, None)
    versions = sorted(
        (spec.version, key) for key, spec in available.items()
        if spec.version is not None and key.rpartition("-v")[0] == name
    )  # fmt: skip
    if environment_id in registry or (versions and version is not None and int(version) < versions[-1][0]):
        return "is no longer part of Gymnasium" + (f" ({versions[-1][1]} is)" if versions else "")
    if versions:
        newest = versions[-1][1]
        if version is None:
            return f"a version is missing (did you mean {newest!r}?)"
        return f"no such version ({', '.join(key for _, key in versions)}; did you mean {newest!r}?)"
    namespace = environment_id.partition("/")[0] if "/" in environment_id else ""
    if namespace and not any(key.startswith(f"{namespace}/") for key in registry):
        return (
            f"no such environment; nothing is registered under {namespace}/ (install the package that contains "
            f"it, and name its module too: MODULE:{environment_id})"
        )
    known = [key for key, spec in available.items() if spec.namespace is None]
    hint = did_you_mean(environment_id, known) or _same_beginning(name, known)
    return f"no such environment in Gymnasium (for example CartPole-v1, Acrobot-v1, LunarLander-v3{hint})"


def _same_beginning(name: str, known: list[str]) -> str:
    """Return `; did you mean X?` for an id that begins with a name, apart from case and punctuation."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    matching = [key for key in known if word and re.sub(r"[^a-z0-9]", "", key.lower()).startswith(word)]
    return f"; did you mean {matching[-1]!r}?" if matching else ""


def _why_not_imported(registration: EnvSpec, error: Exception) -> str:
    """Return which package is missing and how to install it, or else the first line of the error."""
    entry = registration.entry_point
    extra = _NEEDS_EXTRA.match(entry) if isinstance(entry, str) else None
    if extra and find_spec(_MODULES[extra[1]]) is None:
        return f"needs a package that is not installed ({install_command(extra[1])})"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        return f"needs the package {package!r}, which is not installed (pip install {package})"
    return f"cannot be made ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
