"""Finding and making environments of Gymnasium, with every refusal in one clear sentence."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from neat.config.fields import number, whole
from neat.config.kinds import LARGEST_WHOLE, Refused
from neat.config.modules import imported
from neat.config.written import describe
from neat.core.errors import INTERRUPTIONS, NeatError, ProblemError, did_you_mean, message_of

_EXTRAS = ("box2d", "mujoco")  # ours, called like the parts of gymnasium.envs that need them
_ID = re.compile(r"(?P<name>.+?)(?:-v(?P<version>\d+))?")
_WORDS = {"yes": True, "true": True, "no": False, "false": False, "none": None}
_DEFAULT_STEPS = 1000  # the guard for environments without a limit of their own


@dataclass(frozen=True)
class Recipe:
    """How an environment is made, again and again: its id, and the arguments that its maker takes.

    `name` is the id without version and namespace, `threshold` and `most_steps` what the environment's
    registration says, None where it says nothing; `vector` whether it has a vector form.
    """

    id: str
    name: str
    threshold: float | None
    most_steps: int | None
    nondeterministic: bool
    vector: bool
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def guard(self) -> int:
        """Steps after which an episode is over, unless the user says otherwise."""
        return self.most_steps or _DEFAULT_STEPS

    def make(self, **more: Any) -> Any:
        """Return a new environment without a limit of steps and without Gymnasium's checker: both cost time.

        Raises:
            NeatError: a package is missing, or the environment does not take these arguments.
        """
        import gymnasium

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions that are out of date, and precision
            return self._made(
                lambda: gymnasium.make(
                    self.id, max_episode_steps=-1, disable_env_checker=True, **self.arguments, **more
                )
            )

    def make_vector(self, count: int, most_steps: int) -> Any:
        """Return `count` environments in their vector form."""
        import gymnasium

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return gymnasium.make_vec(
                self.id, num_envs=count, vectorization_mode="vector_entry_point",
                max_episode_steps=most_steps, **self.arguments,
            )  # fmt: skip

    def _made(self, make: Callable[[], Any]) -> Any:
        from gymnasium.error import DependencyNotInstalled

        try:
            return make()
        except (DependencyNotInstalled, ImportError) as error:
            raise NeatError(f"{self.id}: {_missing(self.id, error)}") from None
        except INTERRUPTIONS:
            raise
        except BaseException as error:  # the environment's own code may raise anything
            if isinstance(error, (TypeError, ValueError)) and self.arguments:
                given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
                raise NeatError(f"{self.id}: cannot be made with arguments {given} ({error})") from None
            raise ProblemError(f"{self.id}: raised {message_of(error)} when it was made") from error


def find(environment: str, arguments: Mapping[str, Any] | None = None) -> Recipe:
    """Return how the environment with this id (`module:Name-v0` imports the module first) is made.

    Raises:
        NeatError: there is none, or no longer; the message says which there are.
    """
    from gymnasium import registry

    module, _, identity = environment.rpartition(":")
    if module:
        imported(module, environment, NeatError(f"{environment}: no module {module!r} to import it from"))
    spec = registry.get(identity)
    if spec is None:
        raise NeatError(f"{identity}: {_unknown(identity, registry)}")
    if _is_gone(spec):
        newest = _newest(spec.name, registry)
        there = f" ({newest} is)" if newest else ""
        raise NeatError(f"{identity}: is no longer part of Gymnasium{there}")
    threshold, most_steps = spec.reward_threshold, spec.max_episode_steps
    if not isinstance(threshold, Real | None):
        raise NeatError(
            f"{identity}: is registered with reward_threshold = {describe(threshold)}, which is not a number"
        )
    if most_steps is not None and not (isinstance(most_steps, Integral) and most_steps >= 1):
        raise NeatError(
            f"{identity}: is registered with max_episode_steps = {describe(most_steps)}; it must be a whole "
            "number from 1"
        )
    return Recipe(
        identity,
        spec.name,
        None if threshold is None or not math.isfinite(threshold) else float(threshold),
        None if most_steps is None else int(most_steps),
        spec.nondeterministic,
        spec.vector_entry_point is not None and spec.entry_point is not None and not spec.additional_wrappers,
        dict(arguments or {}),
    )


def parsed(arguments: Iterable[str]) -> dict[str, Any]:
    """Return what texts like `continuous=yes` say: switches, numbers, or text.

    Raises:
        NeatError: one has no name.
    """
    result: dict[str, Any] = {}
    for text in arguments:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not name.isidentifier():
            raise NeatError(f"arguments: {text!r} is not of the form name=value")
        result[name] = _value(value)
    return result


def _value(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (whole(-LARGEST_WHOLE), number()):
        try:
            return kind.read(text)
        except Refused:
            continue
    return text


def _unknown(identity: str, registry: Mapping[str, Any]) -> str:
    """Return why there is no environment with this id."""
    found = _ID.fullmatch(identity)
    name = found["name"] if found else identity
    versions = sorted(
        (spec.version, key) for key, spec in registry.items()
        if spec.version is not None and key.rpartition("-v")[0] == name
    )  # fmt: skip
    if not versions:
        known = [key for key, spec in registry.items() if _runs_here(spec)]
        namespace = identity.partition("/")[0] if "/" in identity else ""
        if namespace and not any(key.startswith(f"{namespace}/") for key in registry):
            return (
                f"no such environment; nothing is registered under {namespace}/ (install the package that brings "
                f"it, and name it too: MODULE:{identity})"
            )
        hint = did_you_mean(identity, known) or _same_word(name, known)
        return f"no such environment in Gymnasium (for example CartPole-v1, Acrobot-v1, LunarLander-v3{hint})"
    newest = versions[-1][1]
    if found is None or found["version"] is None:
        return f"a version is missing (did you mean {newest!r}?)"
    if int(found["version"]) < versions[-1][0]:
        return f"is no longer part of Gymnasium ({newest} is)"
    return f"no such version ({', '.join(key for _, key in versions)}; did you mean {newest!r}?)"


def _same_word(name: str, known: list[str]) -> str:
    """Return `; did you mean X?` where ids differ from a name in nothing but case, or only begin so."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    fitting = [key for key in known if word and re.sub(r"[^a-z0-9]", "", key.lower()).startswith(word)]
    return f"; did you mean {fitting[-1]!r}?" if fitting else ""


def _runs_here(spec: Any) -> bool:
    """Say whether an environment is worth naming: not one of those that lead out of Gymnasium."""
    return spec.namespace is None and not _is_gone(spec)


def _is_gone(spec: Any) -> bool:
    """Say whether an environment is registered only to say that it is elsewhere now (MuJoCo's v2 and v3)."""
    return not isinstance(spec.entry_point, type) and getattr(spec.entry_point, "__module__", "") == "gymnasium.envs"


def _newest(name: str, registry: Mapping[str, Any]) -> str:
    """Return the id of the newest version of an environment in Gymnasium, or an empty string if there is none."""
    versions = ((spec.version or 0, key) for key, spec in registry.items() if spec.name == name and _runs_here(spec))
    return max(versions, default=(0, ""))[1]


def _missing(identity: str, error: ImportError | Exception) -> str:
    """Return which package is missing, and how to install it."""
    from gymnasium import registry

    entry = registry[identity].entry_point
    place = entry.split(":")[0].split(".") if isinstance(entry, str) else []
    if place[:2] == ["gymnasium", "envs"] and place[2] in _EXTRAS:
        return f"needs a package that is not installed (pip install 'neat-engine[{place[2]}]')"
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.split(".")[0]
        return f"needs the package {package!r}, which is not installed (pip install {package})"
    return f"cannot be made ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
