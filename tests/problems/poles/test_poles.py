"""The pole balancing problems: whole attempts against the plain twin, fitness, validation, errors."""

from __future__ import annotations

import dataclasses
import functools
import os
import subprocess
import sys

import numpy as np
import pytest
from genomes import random_population
from processor import PLAIN_PROCESSOR
from reference_network import PlainNetwork
from reference_poles import balance, double_action, single_action, unrest

import neat
from neat.core.randomness import Purpose
from neat.genetics.population import Layout
from neat.network import compile_networks
from neat.problems.poles.problem import DoublePole, SinglePole, generalisation_starts
from neat.runs.evaluate import evaluate_champion

CONTEXT = neat.Context(neat.Randomness(0, 1, Purpose.EVALUATION))
# A linear controller for all six inputs, by the Riccati equation of the linearised cart; balances for ever.
STEADY = (-0.05, -0.08, -0.98, -1.0, 0.94, 0.3)
# It does not care where the cart is, and its push is a little off: the cart leaves the track after 3,208 steps.
DRIFTING = (0.0, *STEADY[1:])
SCALE = (4.8, 2.0, 0.52, 2.0, 0.52, 2.0)


def controller(weights, bias=0.5, memory=False):
    """Return a genome of a linear controller; with memory, it has some hidden nodes with little effect."""
    connections = [(place, 6, weight) for place, weight in enumerate(weights)]
    nodes = [(6, bias, 1.0, "linear")]
    if memory:
        connections += [(0, 7, 1.0), (7, 7, 0.5), (7, 8, -1.0), (8, 7, 1.0), (8, 6, 1e-3), (6, 8, 1.0), (6, 6, 1e-3)]
        nodes += [(7, 0.1, 1.0, "tanh"), (8, 0.0, 1.0, "sigmoid")]
    return neat.Genome(6, 1, connections, nodes, memory=memory)


def fitness(problem, genome):
    return problem.evaluate(neat.compile(neat.Population.from_genomes([genome])), CONTEXT).fitness.tolist()


def population_for(problem, size, memory, seed=1):
    layout = Layout(tuple(problem.inputs), tuple(problem.outputs), True, 0, memory)
    return random_population(seed, size, layout, 4, density=0.4, acyclic=False)


def twin_path(problem, genome, start, limit):
    """Return the states of the plain twin of an attempt."""
    double = isinstance(problem, DoublePole)
    columns = range(6 if double else 4) if not double or problem.keys.velocities else (0, 2, 4)
    scale = SCALE if double else (2.4, 1.5, 0.21, 2.0)
    return balance(
        PlainNetwork(genome), double_action if double else single_action, columns,
        [1.0 / scale[column] for column in columns], 0.628329 if double else 0.2094384,
        start, limit, problem.keys.bias_input,
    )  # fmt: skip


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize(
    "problem",
    [
        DoublePole(damping_window=30),
        DoublePole(velocities=False, damping_window=7),
        DoublePole(velocities=False, bias_input=0.5, start_angle=0.001),
        SinglePole(),
        SinglePole(start_angle=0.0, bias_input=-1.0),
    ],
    ids=["double", "hidden", "hidden with bias", "single", "single with bias"],
)
def test_random_networks_against_the_plain_twin(problem, memory):
    population = population_for(problem, 60, memory)
    found = problem.balance(compile_networks(population), steps=100)
    for genome, steps, restless in zip(population, found.steps[:, 0], found.unrest[:, 0], strict=True):
        states = twin_path(problem, genome, problem.start, 100)
        assert steps == len(states)
        assert restless == unrest(states, problem._task.window)
    assert len(set(found.steps[:, 0].tolist())) > 3


@pytest.mark.parametrize("memory", [False, True])
def test_every_step_has_the_bits_of_the_plain_twin(memory):
    problem, genome = DoublePole(damping_window=1), controller(STEADY, memory=memory)
    networks = neat.compile(neat.Population.from_genomes([genome]))
    states = twin_path(problem, genome, problem.start, 100)
    assert len(states) == 100
    for step in range(1, 101):
        found = problem.balance(networks, steps=step)
        assert (found.steps[0, 0], found.unrest[0, 0]) == (step, unrest(states[:step], 1))
    # From the twin's state after 99 steps, memory forgotten, another step: all six numbers count in what follows.
    if not memory:
        later = problem.balance(networks, np.array([states[98]]), 1)
        assert later.unrest[0, 0] == unrest(states, 1)


def test_attempts_do_not_affect_each_other():
    """An attempt has the same result alone and among attempts that end earlier or later."""
    problem = DoublePole(velocities=False, damping_window=5)
    networks = compile_networks(population_for(problem, 21, True))
    starts = generalisation_starts()[::50]
    together = problem.balance(networks, starts, 40)
    assert together.steps.shape == together.unrest.shape == (21, 13)
    for place in range(21):
        for number in (0, 7, 12):
            alone = problem.balance(networks[place : place + 1], starts[number : number + 1], 40)
            assert alone.steps[0, 0] == together.steps[place, number]
            assert alone.unrest[0, 0] == together.unrest[place, number]


@pytest.mark.parametrize("make", [DoublePole, functools.partial(DoublePole, velocities=False), SinglePole])
def test_threads_change_nothing(make):
    networks = compile_networks(population_for(make(), 300, True))
    first, *others = (make().evaluate(networks, dataclasses.replace(CONTEXT, threads=threads)) for threads in (1, 2, 4))
    for other in others:
        assert first.fitness.tobytes() == other.fitness.tobytes()
        assert first.columns["steps"].tobytes() == other.columns["steps"].tobytes()


DIGEST = """
import hashlib
from genomes import random_population
from neat.core.randomness import Purpose
from neat.genetics.population import Layout
from neat.network import compile_networks
from neat.problems.poles.problem import DoublePole, SinglePole
digest = hashlib.sha256()
for problem in (DoublePole(damping_window=3), DoublePole(velocities=False, bias_input=0.5), SinglePole()):
    layout = Layout(tuple(problem.inputs), tuple(problem.outputs), True, 0, True)
    networks = compile_networks(random_population(2, 12, layout, 4, density=0.4))
    found = problem.balance(networks, steps=20)
    digest.update(found.steps.tobytes())
    digest.update(found.unrest.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.parametrize("setting", [{"NUMBA_DISABLE_JIT": "1"}, PLAIN_PROCESSOR], ids=["uncompiled", "elsewhere"])
def test_uncompiled_and_elsewhere(setting, capsys):
    exec(compile(DIGEST, "digest", "exec"), {})
    here = capsys.readouterr().out
    there = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env=os.environ | setting | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout == here


@pytest.mark.parametrize(
    "problem", [DoublePole(max_steps=50, check_steps=60), DoublePole(velocities=False), SinglePole(max_steps=50)]
)
def test_the_contract(problem):
    neat.check_problem(problem)
    neat.check_problem(problem, memory=True)
    assert problem.deterministic


def test_inputs_of_networks():
    velocities = ("cart_position", "cart_velocity", "long_pole_angle", "long_pole_velocity")
    assert DoublePole().inputs == (*velocities, "short_pole_angle", "short_pole_velocity")
    assert DoublePole(velocities=False).inputs == ("cart_position", "long_pole_angle", "short_pole_angle")
    assert SinglePole(bias_input=0.5).inputs[-1] == "bias_input"
    # A network that is given nothing else than 0.5 and answers with it never pushes: the poles fall by themselves.
    still = neat.Genome(["bias_input"], 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "linear")])
    never = neat.Genome(4, 1, [(3, 4, 1.0)], [(4, 0.0, 1.0, "linear")])
    assert still.inputs == ("bias_input",)
    problem = DoublePole(velocities=False, bias_input=0.5)
    state, steps = list(problem.start), 0
    while abs(state[2]) <= 0.628329 and abs(state[4]) <= 0.628329:
        state, steps = double_action(state, 0.5), steps + 1
    assert problem.balance(neat.compile(neat.Population.from_genomes([never]))).steps.tolist() == [[steps - 1]]


def test_steps_as_fitness():
    assert fitness(DoublePole(), controller(STEADY)) == [100_000.0]
    assert fitness(DoublePole(), controller(DRIFTING, 0.501)) == [3_208.0]
    assert fitness(DoublePole(max_steps=70), controller(STEADY)) == [70.0]
    evaluation = DoublePole(max_steps=70).evaluate(
        neat.compile(neat.Population.from_genomes([controller(STEADY)])), CONTEXT
    )
    assert evaluation.solved.tolist() == [True] and evaluation.columns["steps"].tolist() == [70]


def test_gruaus_fitness_by_hand():
    genome = controller(STEADY)
    problem = DoublePole(fitness="gruau", max_steps=1000)
    states = np.array(twin_path(problem, genome, problem.start, 1000))
    restless = np.abs(states[-100:, :4]).sum()
    assert fitness(problem, genome) == pytest.approx([0.1 + 0.9 * 0.75 / restless], rel=1e-12)
    # 250 of 1,000 steps: a tenth for the steps' share, and the unrest of steps 151 to 250.
    falling = controller(STEADY, 0.55)
    states = np.array(twin_path(problem, falling, problem.start, 1000))
    assert 100 < len(states) < 1000
    expected = 0.1 * len(states) / 1000 + 0.9 * 0.75 / np.abs(states[-100:, :4]).sum()
    assert fitness(problem, falling) == pytest.approx([expected], rel=1e-12)
    # The second part begins after the window: of 100 steps there is only the first.
    assert fitness(DoublePole(fitness="gruau", max_steps=101), genome)[0] > 0.1
    assert fitness(DoublePole(fitness="gruau", max_steps=101, damping_window=100), controller((0.0,) * 6)) < [0.1]


def test_the_generalisation_starts_by_hand():
    starts = generalisation_starts()
    assert starts.shape == (625, 6) and len(np.unique(starts, axis=0)) == 625
    assert not starts[:, 4:].any()  # the short pole stands still
    first, last = [-1.944, -1.215, -0.056548368, -0.135087768], [1.944, 1.215, 0.056548368, 0.135087768]
    np.testing.assert_allclose(starts[0, :4], first, rtol=1e-12)
    np.testing.assert_allclose(starts[-1, :4], last, rtol=1e-12)
    np.testing.assert_allclose(starts[312], 0.0, atol=1e-12)
    np.testing.assert_allclose(starts[1, :4], [*first[:3], 0.30019504 * 0.25 - 0.15009752], rtol=1e-12)
    np.testing.assert_allclose(starts[125, :4], [4.32 * 0.25 - 2.16, *first[1:]], rtol=1e-12)


def validated(problem, genome):
    return problem.validate(neat.compile(genome), CONTEXT)


def test_a_champion_of_a_thousand_steps_fails_a_hundred_thousand():
    problem, genome = DoublePole(fitness="gruau", max_steps=1000, generalisation=200), controller(DRIFTING, 0.501)
    assert problem.evaluate(neat.compile(neat.Population.from_genomes([genome])), CONTEXT).solved.tolist() == [True]
    found = validated(problem, genome)
    assert (found.passed, found.fitness, found.details) == (False, 3208.0, {"steps": 3208.0})  # the 625 are spared


def test_only_the_validation_decides_whether_a_champion_solves():
    problem = DoublePole(fitness="gruau", max_steps=1000)
    assert evaluate_champion(problem, controller(STEADY)).solved
    exam = evaluate_champion(problem, controller(DRIFTING, 0.501))
    assert exam.solved is False and exam.values.tolist() == fitness(problem, controller(DRIFTING, 0.501))


def test_the_generalisation_test_counts():
    problem, genome = DoublePole(max_steps=1000, generalisation=200), controller(STEADY)
    found = validated(problem, genome)
    count = found.details["generalisation"]
    assert found.details["steps"] == 100_000 and 0 < count < 625
    starts = generalisation_starts()
    steps = problem.balance(neat.compile(neat.Population.from_genomes([genome])), starts, 1000).steps[0]
    assert count == (steps == 1000).sum()
    for number in (0, 60, 312, 600):
        assert steps[number] == len(twin_path(problem, genome, starts[number], 1000))
    assert found.passed == (count >= 200)
    for wanted, passed in ((int(count), True), (int(count) + 1, False)):
        assert validated(DoublePole(max_steps=1000, generalisation=wanted), genome).passed is passed
    found = validated(DoublePole(), genome)  # with velocities, 100,000 steps are enough
    assert found.passed and found.details == {"steps": 100_000.0}


def test_memory_is_fresh_at_every_start():
    problem, genome = DoublePole(), controller(STEADY, memory=True)
    starts = np.repeat(generalisation_starts()[100:101], 9, axis=0)
    found = problem.balance(neat.compile(neat.Population.from_genomes([genome])), starts, 300)
    assert len(set(found.unrest[0].tolist())) == 1


def test_from_a_configuration():
    keys = {"kind": "double_pole", "velocities": "no", "bias_input": 0.5, "max_steps": 500, "start_angle": 0.1}
    made = neat.make_problem(neat.Config(problem=keys))
    assert made.keys == DoublePole(velocities=False, bias_input=0.5, max_steps=500, start_angle=0.1).keys
    assert made.start.tolist() == [0.0, 0.0, 0.1, 0.0, 0.0, 0.0]
    assert made.keys.uses_gruau and made.keys.wanted == 200
    made = neat.make_problem(neat.Config(problem={"kind": "single_pole", "max_steps": 9}))
    assert isinstance(made, SinglePole) and made.keys.max_steps == 9


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"velocities": "perhaps"}, r"\[problem\] velocities = perhaps: .*yes or no"),
        ({"fitness": "gruo"}, r"\[problem\] fitness = gruo: .*did you mean 'gruau'"),
        ({"max_steps": 0}, r"\[problem\] max_steps = 0: .*auto or a whole number from 1"),
        ({"start_angle": 4}, r"\[problem\] start_angle = 4: .*a number from 0 to 0.2"),
        ({"generalisation": 626}, r"\[problem\] generalisation = 626: .*from 0 to 625"),
        ({"velocity": "no"}, r"\[problem\] velocity = no: unknown key .*did you mean 'velocities'"),
        (
            {"velocities": "no", "max_steps": 100},
            r"\[problem\] damping_window = 100 .default.: not below max_steps = 100",
        ),
    ],
)
def test_bad_keys(keys, message):
    with pytest.raises(neat.ConfigError, match=message) as caught:
        neat.Config(problem={"kind": "double_pole", **keys})
    assert "\n" not in str(caught.value)


def test_networks_that_do_not_fit():
    with pytest.raises(neat.NeatError, match="these networks have 6 inputs and 1 outputs; this problem has 3 and 1"):
        DoublePole(velocities=False).balance(neat.compile(neat.Population.from_genomes([controller(STEADY)])))


@pytest.mark.parametrize(
    ("starts", "steps", "message"),
    [
        (np.zeros(6), 100, r"shape \(S, 6\); they have shape \(6,\)"),
        (np.zeros((3, 5)), 100, r"shape \(S, 6\); they have shape \(3, 5\)"),
        (np.full((2, 6), np.nan), 100, "starts must be finite"),
        (None, -1, "steps = -1: too small"),
    ],
)
def test_invalid_attempts(starts, steps, message):
    with pytest.raises(neat.NeatError, match=message):
        DoublePole().balance(neat.compile(neat.Population.from_genomes([controller(STEADY)])), starts, steps)


def test_starts_are_copied():
    starts = np.zeros((2, 6))
    DoublePole().balance(neat.compile(neat.Population.from_genomes([controller(STEADY)])), starts, 10)
    starts[0, 0] = 1.0


def test_python_accepts_the_words_of_ini_files():
    problem = DoublePole(velocities="no", damping_window="90", max_steps="500")
    assert problem.inputs == DoublePole(velocities=False).inputs and problem.keys.steps == 500
