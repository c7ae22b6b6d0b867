"""The function problem: a plain function, decorated, wrapped, or named in an INI file."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neat
from neat.problems.function import FunctionProblem

CONFIG = {"run": {"seed": 1, "generations": 3}, "population": {"size": 20}}


@neat.problem(inputs=["a", "b"], outputs=1, solved=0.99)
def difference(network, rng):
    """Answer whether a is larger than b."""
    rows = rng.normal(size=(20, 2))
    return float(((network(rows)[:, 0] > 0.5) == (rows[:, 0] > rows[:, 1])).mean())


def test_a_decorated_function():
    assert difference.inputs == ("a", "b") and difference.outputs == ("y1",)
    assert not difference.deterministic
    result = neat.run(neat.Config(**CONFIG), difference)
    assert result.best_fitness > 0.7
    assert difference(neat.compile(result.champion), np.random.default_rng(1)) >= 0.0  # still a function


SCRIPT = """
import neat

@neat.problem(inputs=1, outputs=1)
def nearness(network, rng):
    return -abs(float(network([rng.random()])[0]) - 0.3)

if __name__ == "__main__":
    config = neat.Config(run={"generations": 3}, population={"size": 20})
    one, two = (neat.run_seeds(config, "0..2", nearness, jobs=jobs, out=f"jobs{jobs}").rows for jobs in (1, 2))
    print([row.best_fitness for row in one] == [row.best_fitness for row in two], len(one), one[0].error)
"""


def test_a_decorated_function_goes_to_other_processes_by_its_name(tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(difference)) is difference
    wrapped = FunctionProblem(len, 1, 1, solved=2.0)
    assert pickle.loads(pickle.dumps(wrapped)).threshold == 2.0
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "True 3 None\n", done.stderr


def test_every_genome_has_a_generator_of_its_own():
    seen = {}

    def fitness(network, rng):
        drawn = rng.random(2).tolist()
        seen.setdefault(tuple(drawn), []).append(network.networks.key[0])
        return drawn[0]

    problem = FunctionProblem(fitness, 1, 1)
    generations = list(neat.evolve(neat.Config(**CONFIG), problem))
    assert len(seen) == sum(generation.evaluated for generation in generations) + generations[-1].retests
    first = next(neat.evolve(neat.Config(**CONFIG), problem))
    assert first.fitness.tobytes() == generations[0].fitness.tobytes()


def test_a_function_without_chance_is_deterministic():
    problem = neat.problem(inputs=1, outputs=1)(lambda network: network([1.0]))  # an array of one number will do
    assert problem.deterministic
    *_, last = neat.evolve(neat.Config(**CONFIG), problem)
    assert last.state.known.any()
    assert not FunctionProblem(lambda network: 1.0, 1, 1, deterministic=False).deterministic


def test_networks_with_memory_begin_anew():
    def fitness(network):
        assert network.layout.memory
        return float(sum(network([1.0])[0] for _ in range(3)))

    settings = neat.Config(**CONFIG, network={"memory": True})
    *_, last = neat.evolve(settings, FunctionProblem(fitness, 1, 1))
    assert len(set(last.fitness.tolist())) > 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, r"fitness returned None for genome 0 in generation 1; it must return a number"),
        ("1.0", "returned '1.0' for genome 0"),
        (True, "returned True"),
        (np.zeros(2), "returned array"),
        (1j, "returned 1j"),
        (np.timedelta64(5), "returned np.timedelta64"),
        (np.datetime64("2020"), "returned np.datetime64"),
        (np.array([1.0], dtype=object), "returned array"),
        (np.array(["1.0"]), "returned array"),
        (np.array([True]), "returned array"),
        (np.ma.masked, "returned masked"),
        (np.ma.array([2.0], mask=[True]), "returned masked_array"),
        (10**400, "beyond 64 bits"),
        (float("nan"), "the fitness of genome 0 .* is nan; it must be finite"),
    ],
)
def test_what_is_no_number_is_refused(value, message):
    def fitness(network, rng):
        return value

    with pytest.raises(neat.ProblemError, match=message) as caught:
        list(neat.evolve(neat.Config(**CONFIG), FunctionProblem(fitness, 1, 1)))
    assert caught.value.genome_key == 0


@pytest.mark.parametrize(
    "value", [np.array([2.0]), np.array([[2.0]], np.float32), np.array(2), np.float32(2.0), 2, np.ma.array([2.0])]
)
def test_an_array_of_one_element_is_a_number(value):
    generation = next(neat.evolve(neat.Config(**CONFIG), FunctionProblem(lambda network: value, 1, 1)))
    assert (generation.fitness == 2.0).all()


def test_a_masked_fitness_of_a_population_is_a_failure_of_its_genome_alone():
    class Masking(neat.Problem):
        inputs, outputs, deterministic = ("a",), ("b",), True

        def evaluate(self, networks, context):
            return neat.Evaluation(np.ma.array(np.ones(len(networks)), mask=networks.key == 4))

    with pytest.raises(neat.ProblemError, match="the fitness of genome 4 .* is nan; it must be finite"):
        list(neat.evolve(neat.Config(**CONFIG), Masking()))
    with pytest.raises(neat.ProblemError, match="the problem's weight must be numbers, but some of them are masked"):
        neat.Evaluation([1.0], weight=np.ma.array([1.0], mask=True))


def test_the_generator_goes_to_the_second_parameter_if_that_is_one():
    def quiet(network, verbose=False):
        return verbose

    def named(network, rng=None):
        return rng

    def other(network, generator, verbose=False):
        return generator

    def rest(*arguments, loud=True):
        return arguments[1]

    for function, drawn in ((quiet, False), (named, True), (other, True), (rest, True)):
        problem = FunctionProblem(function, 1, 1)
        assert problem.deterministic is not drawn
        seen = []
        wrapped = functools.wraps(function)(lambda *given, function=function, seen=seen: seen.append(function(*given)))
        with pytest.raises(neat.ProblemError, match="returned None"):
            list(neat.evolve(neat.Config(**CONFIG), FunctionProblem(wrapped, 1, 1)))
        assert isinstance(seen[0], np.random.Generator) is drawn
    for wrong in (lambda network, verbose=False, rng=None: 1.0, lambda network, *, rng=None: 1.0):
        with pytest.raises(neat.NeatError, match="rng must be the second parameter"):
            FunctionProblem(wrong, 1, 1)


def plain(network):
    return 1.0


class Whole(neat.Problem):
    inputs, outputs, deterministic = ("a",), ("b",), True

    def evaluate(self, networks, context):
        return neat.Evaluation(np.ones(len(networks)))


USES = [
    neat.run,
    neat.initialize,
    lambda config, problem: list(neat.evolve(config, problem)),
    lambda config, problem: neat.run_seeds(config, "0", problem, jobs=1),
    lambda config, problem: neat.check_problem(problem),
]


@pytest.mark.parametrize("use", USES)
def test_functions_and_classes_are_rejected_with_what_to_pass_instead(use):
    config = neat.Config(**CONFIG)
    with pytest.raises(neat.NeatError, match=r"plain: is a plain function; put @neat.problem\(inputs=..., outputs="):
        use(config, plain)
    with pytest.raises(neat.NeatError, match=r"Whole: is a class; (pass|check) an instance: Whole\(\)"):
        use(config, Whole)


@pytest.mark.parametrize("use", USES)
def test_members_that_raise_are_the_problem_s_fault(use):
    class Late(Whole):
        @property
        def inputs(self):
            raise LookupError("not yet")

    class Wrong(Whole):
        deterministic = "no"

    with pytest.raises(neat.ProblemError, match="Late: its inputs raised LookupError: not yet"):
        use(neat.Config(**CONFIG), Late())
    with pytest.raises(neat.NeatError, match="Wrong: deterministic = 'no': must be True or False"):
        use(neat.Config(**CONFIG), Wrong())


def test_text_is_not_a_problem():
    with pytest.raises(neat.NeatError, match=r"'task:Task': is text; name a problem in the configuration: \[problem\]"):
        neat.run(neat.Config(**CONFIG), "task:Task")


def test_exceptions_name_the_genome():
    def fitness(network, rng):
        if network.networks.key[0] == 7:
            raise ZeroDivisionError("7")
        return 1.0

    problem = FunctionProblem(fitness, 1, 1)
    with pytest.raises(
        neat.ProblemError, match="fitness raised ZeroDivisionError: 7 for genome 7 in generation 1"
    ) as caught:
        list(neat.evolve(neat.Config(**CONFIG), problem))
    assert caught.value.genome_key == 7 and isinstance(caught.value.__cause__, ZeroDivisionError)
    lenient = neat.Config(run={**CONFIG["run"], "on_error": "worst"}, population={"size": 20})
    first = next(neat.evolve(lenient, problem))
    assert len(first.failed) == 1 and (first.fitness == 1.0).all()


@pytest.mark.parametrize("function", [lambda: 1.0, lambda a, b, c: 1.0, 3, "fitness"])
def test_what_cannot_be_called_so_is_refused(function):
    with pytest.raises(neat.NeatError, match=r"fitness\(network, rng\)"):
        FunctionProblem(function, 1, 1)


MODULE = """
import neat
import helper

def fitness(network, rng):
    return helper.value(network)

@neat.problem(inputs=2, outputs=1)
def decorated(network):
    return 1.0

class Task(neat.Problem):
    inputs, outputs = ["a"], ["b"]
    deterministic = True
    def __init__(self, size="3"):
        self.size = int(size)
    def evaluate(self, networks, context):
        return neat.Evaluation([float(self.size)] * len(networks))
"""


@pytest.fixture
def make(tmp_path):
    (tmp_path / "task.py").write_text(MODULE)
    (tmp_path / "helper.py").write_text("def value(network):\n    return network([1.0, 2.0])[0]\n")

    def make(kind, **options):
        lines = [f"{name} = {value}" for name, value in {"kind": kind, **options}.items()]
        (tmp_path / "x.ini").write_text("\n".join(["[problem]", *lines, "[run]", "generations = 2", "seed = 1"]))
        return neat.make_problem(neat.load(tmp_path / "x.ini"))

    return make


def test_functions_and_classes_named_in_an_ini_file(make):
    problem = make("task:fitness", inputs="a, b", outputs="1", solved="0.5", deterministic="yes")
    assert problem.inputs == ("a", "b") and problem.outputs == ("y1",)
    assert (problem.threshold, problem.deterministic) == (0.5, True)
    assert neat.run(neat.Config(**CONFIG), problem).solved
    assert make("task:decorated").inputs == ("x1", "x2")
    assert make("task:Task", size="5").size == 5
    assert make("task:Task").size == 3


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("task:fitness", {}, r"\[problem\] kind = task:fitness: inputs and outputs missing"),
        ("task:fitness", {"inputs": "1", "outputs": "1", "size": "2"}, "unknown keys: size .of a function: inputs"),
        ("task:fitness", {"inputs": "a, a", "outputs": "1"}, "inputs = a, a: item 2: named twice"),
        ("task:fitness", {"inputs": "1", "outputs": "0"}, "outputs = 0: too small"),
        ("task:fitness", {"inputs": "1", "outputs": "1", "solved": "soon"}, "solved = soon: not a number"),
        ("task:decorated", {"size": "2"}, "decorated is not a class, so it takes no keys .size."),
        ("task:Task", {"sise": "2"}, "Task does not take these keys: sise"),
        ("task:Tasks", {}, "task has no 'Tasks' .did you import or define it.; did you mean 'Task'"),
        ("tusk:Task", {}, "no installed module 'tusk'"),
    ],
)
def test_mistakes_in_an_ini_file(make, kind, options, message):
    with pytest.raises(neat.NeatError, match=message):
        make(kind, **options)
