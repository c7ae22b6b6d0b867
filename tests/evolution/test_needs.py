"""What networks were judged with reaches the harder test and the champion's file."""

from __future__ import annotations

import json

import numpy as np

import neat
from neat.runs.evaluate import evaluate_run


def test_the_range_of_observations_goes_with_the_champion(tmp_path):
    seen = []

    class Watched(neat.Gymnasium):
        """Notes the range that it validates with."""

        def validate(self, network, context):
            seen.append((context.rng.generation, {name: value.copy() for name, value in context.state.items()}))
            return super().validate(network, context)

    keys = {"kind": "gymnasium", "environment": "CartPole-v1", "scaling": "running"}
    config = neat.Config(run={"seed": 1, "generations": 30}, problem=keys)
    problem = Watched("CartPole-v1", scaling="running")
    generations = list(neat.evolve(config, problem))
    ranges = {generation.number: generation.state.problem_state for generation in generations}
    for number, carry in seen:
        assert all(np.array_equal(carry[name], ranges[number][name]) for name in ranges[number])
    champion = generations[-1].champion
    assert champion.solved and champion.generation > 0
    assert set(champion.preprocessing) == {"low", "high"}
    result = neat.run(config, out=tmp_path / "run")
    assert result.champion == champion.genome
    form = json.loads((tmp_path / "run" / "champion.json").read_text())
    assert form["needs"] == {name: value.tolist() for name, value in champion.preprocessing.items()}
    assert evaluate_run(tmp_path / "run", 50).mean >= 475.0
