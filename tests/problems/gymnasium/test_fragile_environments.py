"""Environments that failed, or cannot be pickled, are made again."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest
import toys

import neat
from neat.core.randomness import Purpose, Randomness

RNG = Randomness(7, 3, Purpose.EVALUATION)


class Fragile(toys.Toy):
    """An environment that fails in the third step of some episodes, never works again after that, and holds a lock."""

    made = 0

    def __init__(self) -> None:
        super().__init__(fault="lucky")
        self.broken, self.lock = False, threading.Lock()
        type(self).made += 1

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        assert not self.broken, "it is used after it failed"
        return super().reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.broken = True
        found = super().step(action)
        self.broken = False
        return found


@pytest.fixture
def problem() -> Iterator[neat.Gymnasium]:
    gymnasium.register("toys/Fragile-v1", Fragile)
    yield neat.Gymnasium("toys/Fragile-v1", episodes=1, scaling="bounds")
    del gymnasium.registry["toys/Fragile-v1"]


def networks_for(problem: neat.Gymnasium, size: int) -> neat.Networks:
    config = neat.Config(run={"seed": 1}, population={"size": size})
    return neat.compile(neat.initialize(config, problem).population)


def test_an_environment_that_failed_is_not_used_again(problem: neat.Gymnasium) -> None:
    networks, before = networks_for(problem, 2), Fragile.made
    worked = [plays(problem, networks, seed) for seed in range(20)]
    assert 3 < sum(worked) < 17
    assert Fragile.made == before + sum(not works for works in worked[:-1])  # a new one after each failure


def test_a_pickled_problem_leaves_out_its_environment(problem: neat.Gymnasium) -> None:
    networks = networks_for(problem, 2)
    seed = next(seed for seed in range(20) if plays(problem, networks, seed))
    again = pickle.loads(pickle.dumps(problem))
    assert again.play(networks, [seed]).rewards.tobytes() == problem.play(networks, [seed]).rewards.tobytes()


def plays(problem: neat.Gymnasium, networks: neat.Networks, seed: int) -> bool:
    """Return whether an episode is played to its end; failing must depend only on the episode."""
    try:
        problem.play(networks, [seed])
    except neat.ProblemError as error:
        assert "too lucky" in str(error)
        return False
    return True
