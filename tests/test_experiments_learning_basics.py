"""The scripts on learning print what is true, and draw their figures."""

from __future__ import annotations

import importlib
import math
import re
import struct
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import neat

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


@pytest.fixture
def script(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import a script of experiments/ by its name."""
    monkeypatch.syspath_prepend(str(EXPERIMENTS))
    return importlib.import_module(request.param)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("script", [name], indirect=True)


def run_main(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *options: object) -> object:
    monkeypatch.setattr(sys, "argv", [f"{script.__name__}.py", *map(str, options)])
    return script.main()


def check_pictures(folder: Path, names: set[str]) -> None:
    """Check that a folder holds these PNG files and no others, each complete and large enough to read."""
    assert {file.name for file in folder.iterdir()} == names
    for file in folder.iterdir():
        data = file.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82")
        width, height = struct.unpack(">II", data[16:24])
        assert min(width, height) >= 400


@of("sigmoid_or_tanh")
def test_both_losses_and_functions_are_compared(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--target", "0,1,1,0", "--rates", "1,3", "--seeds", 3, "--epochs", 300, "--out", tmp_path / "new/folder")
    run_main(script, monkeypatch, *options)
    told = capsys.readouterr().out
    assert told.count("targets 0, 1, 1, 0, learning rate") == 2 and told.count("3/3") >= 8
    assert [line.split("   ")[0].strip() for line in told.splitlines()[3:7]] == [
        "sigmoid, squared error", "tanh, squared error", "sigmoid, cross entropy", "tanh, cross entropy",
    ]  # fmt: skip
    check_pictures(tmp_path / "new/folder", {"epochs.png", "error.png", "functions.png", "slopes.png"})


@of("sigmoid_or_tanh")
def test_cross_entropy_and_tanh_need_fewer_epochs(script: ModuleType) -> None:
    medians = {}
    for variant in script.VARIANTS:
        curves = [script.learn(variant, (0, 1, 1, 0), seed=seed, rate=1.0, epochs=800) for seed in range(6)]
        right, below = script.epochs_needed(curves, 0.01)
        assert np.isfinite([*right, *below]).all()
        medians[variant] = np.median(below)
        start = np.mean([each.hidden_slope[0] for each in curves])
        assert (0.15 < start <= 0.25) if variant.hidden == "sigmoid" else (0.4 < start <= 1.0)
    half, entropy = "half_squared", "binary_cross_entropy"
    for hidden in ("sigmoid", "tanh"):
        assert medians[script.Variant(hidden, entropy)] < medians[script.Variant(hidden, half)] / 2
    for loss in (half, entropy):
        assert medians[script.Variant("tanh", loss)] < medians[script.Variant("sigmoid", loss)] / 2


@of("sigmoid_or_tanh")
def test_all_variants_start_from_the_same_weights_and_the_curves_are_those_of_the_engine(script: ModuleType) -> None:
    for hidden in ("sigmoid", "tanh"):
        genome, other = script.initial_genome(hidden, 5), script.initial_genome("sigmoid", 5)
        for column in ("weight", "bias"):
            assert (genome.column(column) == other.column(column)).all()
        target = np.array([0.0, 0.0, 1.0, 1.0])
        curves = script.curves_of(hidden, genome.column("weight")[None], genome.column("bias")[None], target)
        output = neat.compile(genome)(script.ROWS)[:, 0]
        assert curves.error[0] == pytest.approx(np.mean((output - target) ** 2), rel=1e-12)
        assert curves.right[0] == ((output > 0.5) == (target > 0.5)).all()
        z = np.linspace(-4.0, 4.0, 9)
        ahead, behind = script.activation(hidden, z + 1e-6), script.activation(hidden, z - 1e-6)
        assert script.slope(hidden, z) == pytest.approx((ahead - behind) / 2e-6, rel=1e-6)


@of("sigmoid_or_tanh")
def test_an_epoch_counts_only_if_the_condition_holds_until_the_end(script: ModuleType) -> None:
    held = [script.holds_from(np.array(list(text)) == "1") for text in ("0111", "1101", "1110", "1111", "0000")]
    assert held == [1.0, 3.0, math.inf, 0.0, math.inf]
    assert script.summary([3.0, math.inf, 5.0]) == "2/3: 4 (3 to 5)" and script.summary([math.inf]) == "0/1: -"


@of("linear_separability")
def test_and_and_or_converge_and_xor_never_does(script: ModuleType) -> None:
    for task, targets in script.TASKS.items():
        found = script.learn_by_perceptron_rule(targets)
        answers = neat.compile(script.threshold_neuron(found.weights[-1]))(script.ROWS)[:, 0]
        if task == "XOR":
            first, last = found.cycle
            assert found.converged is None and found.weights[first] == found.weights[last]
            assert all(wrong > 0 for wrong in found.errors) and (answers != targets).any()
        else:
            assert found.cycle is None and found.errors[found.converged - 1 :] == (0,)
            assert (answers == targets).all()
    assert script.inequality((2, 1, -2)) == "2 x1 + x2 - 2 > 0"
    assert script.inequality((-1, 0, 1)) == "-x1 + 1 > 0" and script.inequality((0, 0, 0)) == "0 > 0"


@of("linear_separability")
def test_hidden_nodes_solve_xor_and_one_neuron_answers_one_half(script: ModuleType) -> None:
    one, network = script.learn_xor(0, 1), script.learn_xor(2, 1)
    assert neat.compile(one.genome)(script.ROWS) == pytest.approx(0.5, abs=0.01)
    assert one.loss[-1] == pytest.approx(math.log(2), abs=1e-4)
    answers = neat.compile(network.genome)(script.ROWS)[:, 0] > 0.5
    assert answers.astype(int).tolist() == list(script.TASKS["XOR"])


@of("linear_separability")
def test_the_network_is_the_sum_of_its_sigmoids(script: ModuleType) -> None:
    genome = script.learn_curve(7, 1500, 1).genome
    x = np.linspace(-1.0, 1.0, 50)
    parts, bias = script.weighted_sigmoids(genome, x)
    assert parts.shape == (7, 50)
    output = neat.compile(genome)(x[:, None])[:, 0]
    assert parts.sum(axis=0) + bias == pytest.approx(output, abs=1e-12)
    assert np.mean((output - script.curve(x)) ** 2) < 0.02


@of("linear_separability")
def test_more_hidden_nodes_fit_the_rows_better_and_held_out_rows_worse(script: ModuleType) -> None:
    rows = script.noisy_rows(1)
    few, enough, many = (script.learn_noisy(rows, hidden, 3000, 1) for hidden in (1, 3, 30))
    assert few.loss[-1] > enough.loss[-1] > many.loss[-1]
    assert enough.held_out[-1] < many.held_out[-1] < few.held_out[-1]
    assert many.held_out[-1] > 1.2 * min(many.held_out)


@of("linear_separability")
def test_the_tables_and_pictures_of_one_neuron_and_many(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_main(script, monkeypatch, "--epochs", 200, "--hidden", "1,4", "--out", tmp_path)
    told = capsys.readouterr().out
    assert "never: epoch 3 repeats" in told and "0.500 0.500 0.500 0.500" in told
    check_pictures(tmp_path, {"fits.png", "perceptron.png", "sigmoids.png", "xor.png"})


@of("backpropagation_by_hand")
@pytest.mark.parametrize("options", [(), ("--inputs=-1.5,2", "--target", "0.1", "--rate", "2", "--digits", "11")])
def test_the_step_by_hand_is_that_of_the_engine(
    script: ModuleType, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run_main(script, monkeypatch, *options, "--out", tmp_path) == 0
    told = capsys.readouterr().out
    assert "All 21 numbers are equal." in told and told.count(" equal") == 22
    check_pictures(tmp_path, {"step.png"})


@of("backpropagation_by_hand")
@pytest.mark.parametrize("row", [((0.4, 0.9), 0.8), ((-1.5, 2.0), 0.1)])
def test_every_line_of_the_page_is_true(script: ModuleType, row: tuple[tuple[float, float], float]) -> None:
    sheet = script.step_by_hand(script.START, *row, 0.5)
    lines = [line for section in sheet.sections.values() for line in section]
    assert len({line.name for line in lines}) == len(lines) > 40
    for line in lines:  # what is printed, calculated again
        calculated = eval(line.numbers.replace("^", "**"), {"exp": math.exp, "__builtins__": {}})
        assert calculated == pytest.approx(line.value, abs=2e-6), line
    gradient = {name: sheet[f"dE/d{name}"] for name in script.START}
    for name, slope in gradient.items():  # and beside differences of the error
        ahead, behind = (
            script.step_by_hand({**script.START, name: script.START[name] + change}, *row, 0.5)["E"]
            for change in (1e-5, -1e-5)
        )
        assert slope == pytest.approx((ahead - behind) / 2e-5, abs=1e-9)
    assert sheet["new E"] < sheet["E"]


@of("backpropagation_by_hand")
def test_a_difference_is_an_error(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compute = script.step_by_engine

    def wrong(*given: object) -> dict[str, float]:
        found = compute(*given)
        return {**found, "new b(h2)": found["new b(h2)"] + 2e-8}

    monkeypatch.setattr(script, "step_by_engine", wrong)
    assert run_main(script, monkeypatch, "--out", tmp_path) == 1
    told = capsys.readouterr().out
    assert told.count("DIFFERENT") == 1 and re.search(r"^Different: new b\(h2\)$", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("script", "options", "said"),
    [
        ("sigmoid_or_tanh", ("--target", "0,1,2,0"), "'0,1,2,0' must be four values of 0 or 1"),
        ("sigmoid_or_tanh", ("--rates", "1,0"), "'1,0' must be numbers above 0"),
        ("sigmoid_or_tanh", ("--seeds", "0"), "--seeds and --epochs must be at least 1"),
        ("linear_separability", ("--hidden", "3,none"), "'3,none' must be whole numbers from 1 to 200"),
        ("linear_separability", ("--epochs", "0"), "--epochs must be at least 1"),
        ("backpropagation_by_hand", ("--inputs", "1"), "'1' must be two numbers"),
        ("backpropagation_by_hand", ("--digits", "40"), "--digits 40: must be from 1 to 12"),
        ("backpropagation_by_hand", ("--rate", "nan"), "--inputs, --target and --rate must be numbers"),
        ("backpropagation_by_hand", ("--rate", "0"), "too small"),
    ],
    indirect=["script"],
)
def test_wrong_options_are_reported_before_anything_is_written(
    script: ModuleType, options: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with pytest.raises(SystemExit) as end:
        run_main(script, monkeypatch, *options, "--out", tmp_path / "folder")
    assert end.value.code == 2 and said in capsys.readouterr().err
    assert not (tmp_path / "folder").exists()


@of("backpropagation_by_hand")
def test_a_folder_that_cannot_be_made_is_reported(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as end:
        run_main(script, monkeypatch, "--out", tmp_path / "file" / "folder")
    assert end.value.code == 2 and "Not a directory" in capsys.readouterr().err
