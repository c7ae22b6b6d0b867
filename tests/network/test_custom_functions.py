"""Custom functions in networks: the same bits as built-in ones, in every way to run a network."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numba
import numpy as np
import pytest
from compiled import compiled
from genomes import random_population

import neat
from neat.core.constants import FIRST_CUSTOM_CODE, LEAKY_RELU, MAX, VALUE_LIMIT
from neat.core.function_kernels import activate, activate_value, slope
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE, activation, aggregation
from neat.genetics.population import Layout


def leaky(z):
    return z if z > 0.0 else 0.01 * z


def leaky_slope(z):
    return 1.0 if z > 0.0 else 0.01


def largest(values):
    result = values[0]
    for value in values:
        result = value if value > result else result
    return result


def wild(z):
    return 1.0 / (z - z) if z > 0.0 else -1e30 * (z - 1.0) * (z - 1.0)


@pytest.fixture(autouse=True)
def registered():
    """Register the functions; to do so again has no effect."""
    neat.register_activation("leaky", leaky, leaky_slope)
    neat.register_activation("wild", wild)
    neat.register_aggregation("largest", largest)


def with_custom_functions(population):
    codes = {name: getattr(population, name).copy() for name in ("activation", "aggregation")}
    codes["activation"][codes["activation"] == LEAKY_RELU] = activation("leaky").code
    codes["aggregation"][codes["aggregation"] == MAX] = aggregation("largest").code
    return population.replace(**codes)


@pytest.mark.parametrize("memory", [False, True])
def test_networks_give_the_same_bits_as_with_the_built_in_functions(memory):
    layout = Layout(("a", "b"), ("c", "d"), True, 0, memory)
    population = random_population(5, 40, layout, 8, density=0.4)
    assert (population.activation == LEAKY_RELU).any() and (population.aggregation == MAX).any()
    built_in, custom = neat.compile(population), neat.compile(with_custom_functions(population))
    rows = np.random.default_rng(1).normal(size=(67, 2)) * 3.0
    assert neat.activate_rows(built_in, rows).tobytes() == neat.activate_rows(custom, rows).tobytes()
    ours, theirs = custom.memory(), built_in.memory()
    for place in range(4):
        inputs = rows[40 * (place % 2) : 40 * (place % 2) + 1].repeat(40, axis=0)
        one, other = neat.activate_each(custom, inputs, ours), neat.activate_each(built_in, inputs, theirs)
        assert one.tobytes() == other.tobytes()
        for network, twin in zip(custom[:5], built_in[:5], strict=True):
            assert network(rows[place]).tobytes() == twin(rows[place]).tobytes()


def test_results_are_clamped_and_nan_stays_nan():
    genome = neat.Genome(1, 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "wild")])
    network = neat.compile(genome)
    assert network([-3.0])[0] == -VALUE_LIMIT and network([5.0])[0] == VALUE_LIMIT
    assert network([[-3.0], [5.0]])[:, 0].tolist() == [-VALUE_LIMIT, VALUE_LIMIT]
    code = np.uint8(activation("wild").code)
    assert math.isnan(activate_value(code, math.nan))
    values = np.array([math.nan, -1.0])
    compiled(activate)(code, values, 2)
    assert math.isnan(values[0]) and values[1] == -4e30


def test_a_derivative_is_optional():
    assert slope(np.uint8(activation("leaky").code), -2.0) == 0.01
    assert math.isnan(slope(np.uint8(activation("wild").code), -2.0))


def test_names_not_codes_are_pickled_and_saved(tmp_path):
    """Another process may have registered its functions in another order."""
    population = with_custom_functions(random_population(5, 9, Layout(("a",), ("b",), True), 8, density=0.5))
    networks = neat.compile(population)
    genome = neat.Genome(1, 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "leaky", "largest")])
    assert '"activation": "leaky", "aggregation": "largest"' in genome.to_json()
    assert neat.Genome.from_json(genome.to_json()).same_genes(genome)
    rows = np.linspace(-3.0, 3.0, 7)[:, None]
    file = tmp_path / "pickled"
    file.write_bytes(pickle.dumps((population, networks, rows, neat.activate_rows(networks, rows))))
    script = f"""
import pickle, sys
import neat
sys.path.insert(0, {str(tmp_path)!r})
from functions import leaky, largest
neat.register_activation("first", lambda z: -z)
neat.register_activation("second", lambda z: z + 1.0)
neat.register_aggregation("first", lambda values: values[0])
neat.register_activation("leaky", leaky)
neat.register_aggregation("largest", largest)
population, networks, rows, outputs = pickle.loads(open({str(file)!r}, "rb").read())
for one in (networks, neat.compile(population)):
    assert neat.activate_rows(one, rows).tobytes() == outputs.tobytes()
assert pickle.loads(pickle.dumps(population)) == population
"""
    (tmp_path / "functions.py").write_text(
        "def leaky(z):\n    return z if z > 0.0 else 0.01 * z\n"
        "def largest(values):\n    result = values[0]\n    for value in values:\n"
        "        result = value if value > result else result\n    return result\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
def test_kernels_still_come_from_the_cache():
    script = """
import neat
from neat.core.compile_watch import watch
if {custom}:
    neat.register_activation("custom", lambda z: z / (1.0 + abs(z)))
genome = neat.Genome(2, 1, [(0, 2, 1.0), (1, 2, 0.5)], [(2, 0.0, 1.0, "custom" if {custom} else "tanh")])
network = neat.compile(genome)
print(network([0.5, 1.0]), network([[0.5, 1.0], [1.0, 2.0]]))
assert {custom} is False or watch.seconds() == 0.0, watch.seconds()
"""
    for custom in (False, True):
        subprocess.run([sys.executable, "-c", script.format(custom=custom)], check=True)


def sum_of_two(a, b):
    return a + b


@pytest.mark.parametrize(
    ("name", "function", "message"),
    [
        ("a", 5, "the activation function 'a' .* must be a function made by `def` or `lambda`, not int"),
        ("a", math.tanh, "not builtin_function_or_method"),
        ("a", lambda: 1.0, "must take one argument"),
        ("a", sum_of_two, "must take one argument"),
        ("a", lambda z: 1j * z, "must return a number, not complex"),
        ("a", lambda z: None, "must return a number, not [nN]one"),
        ("tanh", leaky, "the name 'tanh' is taken by another function"),
        ("leaky", lambda z: z, "the name 'leaky' is taken by another function"),
        ("same", leaky, "'same' cannot be the name of an activation function"),
        ("Leaky", leaky, "'Leaky' cannot be the name .*lower-case"),
        ("a-b", leaky, "'a-b' cannot be the name"),
        ("", leaky, "'' cannot be the name"),
        ("a" * 101, leaky, "at most 100 characters"),
        (7, leaky, "the name of an activation function must be text, not int"),
    ],
)
def test_wrong_functions(name, function, message):
    before = ACTIVATION_TABLE.names
    with pytest.raises(neat.NeatError, match=message) as raised:
        neat.register_activation(name, function)
    assert "\n" not in str(raised.value) and ACTIVATION_TABLE.names == before


def raising(z):
    if z > 1.0:
        raise ValueError("too large")
    return z


def test_functions_that_raise_or_cannot_be_compiled():
    with pytest.raises(neat.NeatError, match="must not raise exceptions"):
        neat.register_activation("a", raising)
    with pytest.raises(neat.NeatError, match="the derivative of the activation function 'a'"):
        neat.register_activation("a", leaky, derivative=sum_of_two)
    with pytest.raises(neat.NeatError, match="the aggregation 'a' .* must return a number"):
        neat.register_aggregation("a", lambda values: values)
    if not numba.config.DISABLE_JIT:
        with pytest.raises(neat.NeatError, match=r"cannot be compiled by numba \("):
            neat.register_activation("a", lambda z: undefined_name(z))  # noqa: F821


def test_the_same_code_may_be_run_again():
    """In a notebook, cells are run again."""
    code = "def bend(z):\n    return z * SCALE\n"
    first, second = {"SCALE": 2.0}, {"SCALE": 2.0}
    exec(code, first)
    exec(code, second)
    neat.register_activation("bend", first["bend"])
    neat.register_activation("bend", second["bend"])
    second["SCALE"] = 3.0
    with pytest.raises(neat.NeatError, match="the name 'bend' is taken"):
        neat.register_activation("bend", second["bend"])


def test_a_name_from_a_file_is_known_before_its_function():
    genome = neat.Genome(1, 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "my_module:bend")])
    assert neat.Genome.from_json(genome.to_json()).nodes[1].activation == "my_module:bend"
    with pytest.raises(
        neat.NeatError,
        match=r"'my_module:bend' is not registered \(import my_module; "
        r"neat.register_activation\('my_module:bend', my_module.bend\)\)",
    ):
        neat.compile(genome)
    neat.register_activation("my_module:bend", leaky)
    assert neat.compile(genome)([-2.0]) == -0.02
    with pytest.raises(neat.NeatError, match=r"'bent' is not an activation .*neat.register_activation\(name"):
        neat.Genome(1, 1, [(0, 1, 1.0)], [(1, 0.0, 1.0, "bent")])


def test_initial_genomes_have_functions_that_the_configuration_names(tmp_path):
    genome = neat.Genome(["x"], ["y"], [(0, 2, 1.0)], [(2, 0.0, 1.0, "leaky")], bias_node=True)
    (tmp_path / "first.json").write_text(genome.to_json())
    config = neat.Config(population={"start": "first.json", "size": 5}, folder=tmp_path)
    with pytest.raises(neat.NeatError, match=r"'leaky', which the configuration does not name .*activation_options"):
        neat.initialize(config, inputs=["x"], outputs=["y"])
    config = config.replace(genome={"activation_options": "leaky, tanh"})
    assert (neat.initialize(config, inputs=["x"], outputs=["y"]).population.activation >= FIRST_CUSTOM_CODE).any()


def test_no_more_than_128():
    script = """
import neat
from neat.core.functions import AGGREGATION_TABLE
for number in range(128):
    AGGREGATION_TABLE.named(f"module:f{number}")
try:
    neat.register_aggregation("another", lambda values: values[0])
except neat.NeatError as error:
    assert str(error) == "there are 128 custom functions, and no code is left for an aggregation"
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert min(code for code in AGGREGATION_TABLE.codes if code > 6) == FIRST_CUSTOM_CODE
