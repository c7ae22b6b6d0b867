"""Small scripted environments, registered like those of users; tests choose how they fail."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class Toy(gymnasium.Env[Any, Any]):
    """Observations are a random number and the step; the reward of each step is `worth` and some luck."""

    observation_space: spaces.Space[Any] = spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, np.inf]), dtype=np.float64)
    action_space: spaces.Space[Any] = spaces.Discrete(3, start=2)

    def __init__(self, length: int = 5, fault: str = "", fails_at: int = 3, worth: float = 1.0) -> None:
        self.length, self.fault, self.fails_at, self.worth = length, fault, fails_at, worth
        self.actions: list[Any] = []

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.now = 0
        self.luck = float(self.np_random.uniform(-1.0, 1.0))
        return self.seen(), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), f"{action!r} is no action"
        self.actions.append(action)
        self.now += 1
        reward: Any = self.worth + self.luck
        if self.fault and self.now == self.fails_at:
            if self.fault == "raise":
                raise RuntimeError("the motor burnt out")
            if self.fault == "lucky" and self.luck > 0.5:
                raise RuntimeError("too lucky")
            reward = {"nan": float("nan"), "inf": float("inf"), "nothing": None, "text": "much"}.get(self.fault, reward)
        return self.seen(), reward, self.now == self.length, False, {}

    def seen(self) -> Any:
        if self.fault == "blind" and self.now == self.fails_at:
            return np.array([np.nan, 0.0])
        if self.fault == "shape" and self.now == self.fails_at:
            return np.zeros(3)
        return np.array([self.luck, float(self.now)])


class Endless(Toy):
    """Episodes do not end."""

    def __init__(self) -> None:
        super().__init__(length=-1)


class Numbered(Toy):
    """Observations are integers from -2 to 2."""

    observation_space = spaces.Discrete(5, start=-2)

    def seen(self) -> Any:
        return self.now % 5 - 2


class Valued(Toy):
    """Actions are four numbers, two of them without bounds."""

    action_space = spaces.Box(
        np.array([[-2.0, 10.0], [-np.inf, 0.0]], np.float32), np.array([[2.0, 20.0], [np.inf, 1.0]], np.float32)
    )


def refused(observation: spaces.Space[Any] | None = None, action: spaces.Space[Any] | None = None) -> type[Toy]:
    class Refused(Toy):
        observation_space = observation or Toy.observation_space
        action_space = action or Toy.action_space

    return Refused


_BOX = spaces.Box(0, 1, (2,), np.float32)
gymnasium.register("toys/Toy-v1", Toy, reward_threshold=4.0)
gymnasium.register("toys/Short-v1", Toy, max_episode_steps=2)
gymnasium.register("toys/Random-v1", Toy, nondeterministic=True)
gymnasium.register("toys/Endless-v0", Endless)
gymnasium.register("toys/Numbered-v0", Numbered)
gymnasium.register("toys/Valued-v0", Valued)
gymnasium.register("toys/Text-v0", refused(spaces.Text(5)))
gymnasium.register("toys/Graph-v0", refused(spaces.Graph(_BOX, None)))
gymnasium.register("toys/Sequence-v0", refused(spaces.Dict(a=_BOX, b=spaces.Tuple([spaces.Sequence(_BOX)]))))
gymnasium.register("toys/OneOf-v0", refused(None, spaces.OneOf([spaces.Discrete(2), spaces.Discrete(3)])))
gymnasium.register("toys/Huge-v0", refused(spaces.Box(0, 255, (200, 200, 3), np.uint8)))
gymnasium.register("toys/Nothing-v0", refused(spaces.Box(0, 1, (0,), np.float32)))
