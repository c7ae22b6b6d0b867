"""Every environment that Gymnasium registers is played, or refused in a sentence that says why."""

from __future__ import annotations

import re

import gymnasium
import pytest

import neat
from neat.problems.gymnasium.problem import Gymnasium

BUILT_IN = sorted(name for name, spec in gymnasium.registry.items() if not name.startswith("toys/"))
REFUSED = {
    "GymV": "is no longer part of Gymnasium",
    "phys2d/": r"needs the package 'jax', which is not installed \(pip install jax\)",
    "tabular/": r"needs the package 'jax', which is not installed \(pip install jax\)",
    "Pusher-v4": r"cannot be made \(.*mujoco",
}


def why_refused(name):
    """Return a pattern of the sentence that refuses an environment, or None if it can be played."""
    if re.search(r"-v[23]$", name) and str(gymnasium.registry[name].entry_point).startswith("<function"):
        return r"is no longer part of Gymnasium \(\w+-v5 is\)"  # of MuJoCo
    return next((reason for beginning, reason in REFUSED.items() if name.startswith(beginning)), None)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_environment_is_played_or_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file there
    reason = why_refused(name)
    if reason is not None:
        with pytest.raises(neat.NeatError, match=f"^{name}: .*{reason}") as caught:
            Gymnasium(name)
        assert "\n" not in str(caught.value) and caught.value.exit_status == 2
        return
    problem = Gymnasium(name, episodes=1, max_episode_steps=20, threshold=None)
    config = neat.Config(run={"seed": 1, "generations": 2}, population={"size": 5})
    generations = list(neat.evolve(config, problem))
    assert len(generations) == 2
    steps = generations[-1].evaluation.columns["steps"]
    assert steps.shape == (5,) and 1 <= steps.min() <= steps.max() <= 20
    assert len(set(problem.inputs)) == len(problem.inputs) and len(set(problem.outputs)) == len(problem.outputs)


def test_there_are_environments_of_every_kind():
    played = [name for name in BUILT_IN if why_refused(name) is None]
    assert len(played) >= 35
    assert {"CartPole-v1", "CarRacing-v3", "Ant-v5", "Blackjack-v1", "Humanoid-v4"} <= set(played)
