"""Handwritten digits from scratch: layered networks that learn, and a network whose wiring is evolved as well.

The digits are those of scikit-learn: 1,797 images of 8 x 8 pixels, of which a fixed fifth is held out. Three ways:

1. layers: 64-16-16-16-10, ReLU and sigmoid outputs, half the squared error, gradient descent with rate 0.1 / (1 + 0.001
   epoch), batches of 64, weights of He, 300 epochs.
2. softmax: the same layers with linear outputs, the cross entropy of their softmax, Adam with rate 0.01, batches of 32,
   10 epochs.
3. evolved: NEAT from half of the connections between pixels and outputs, 50 genomes, 60 generations; each genome learns
   for one epoch before it is evaluated, and its children inherit what it learned (Lamarckian). That is 9,000
   evaluations; a pass forward and backward over all rows counts as two. The champion then trains for 30 epochs.

    python experiments/digits.py [--seeds 10] [--epochs 300] [--generations 60] [--out FOLDER] [--mnist DIR]
    python experiments/digits.py --speed

It prints a table of held-out errors and draws them. Ten seeds of each way take 40 seconds on one core. Measured, the
median of ten seeds, the best and the worst:

    way        connections   held-out error      target   evaluations   seconds of a seed
    layers           1,696   4.2 % (1.9, 14.2)    < 5 %           600   0.9
    softmax          1,696   4.5 % (2.8, 10.6)    < 7 %            20   0.04
    evolved            412   4.6 % (3.6, 6.1)         -         9,060   2.5

With ReLU and sigmoid outputs, three of ten networks never learn one of the digits: its output stays near 0 in every
row, and their error above 10 %. No evolved network is that bad. Another split of the rows moves the errors by a point:
with split 0, the median of eight networks of the first way was 5.4 %.

With `--mnist`, the digits are those of MNIST, from the four IDX files in DIR, which you have to download: 28 x 28
pixels, 60,000 rows to learn from and 10,000 held out. By default there is then one seed with 20 epochs, and evolution
sees the first 2,000 rows only. `--speed` measures an epoch of 60,000 random rows through 784-16-16-16-10.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from idx import read_mnist
from numpy.random import Generator, Philox
from numpy.typing import NDArray

import neat
from neat.export.figures import import_matplotlib, saved
from neat.export.palette import INK, NEGATIVE, POSITIVE, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASSES = 10
HIDDEN = (16, 16, 16)
TARGETS = {"layers": 0.05, "softmax": 0.07}  # held-out errors to stay below
SPEED_ROWS, SPEED_INPUTS, SPEED_TARGET = 60_000, 784, 3.0
SPLIT = 1  # seed of the split into training and held-out rows
_FIGURES = Path(__file__).resolve().parent.parent / "runs" / "digits"
_SOFTMAX_EPOCHS = 10
_CHAMPION_EPOCHS = 30
_EVOLUTION_ROWS = 2_000  # at most
_COLOURS = {"layers": POSITIVE, "softmax": NEGATIVE, "evolved": "#009e73"}
_TITLES = {"layers": "layers: ReLU, sigmoid, squared error", "softmax": "softmax: cross entropy, Adam"}
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_SHOWN = 10  # misread digits that are drawn

Numbers = NDArray[np.float64]
Classes = NDArray[np.int64]


class Rows(NamedTuple):
    """Images as inputs (R, I) from 0 to 1, and the digit of each (R,)."""

    inputs: Numbers
    digits: Classes

    @property
    def targets(self) -> Numbers:
        """The targets (R, 10): 1 for the digit of the row, else 0."""
        return np.eye(CLASSES)[self.digits]


@dataclass(frozen=True)
class Digits:
    """Rows to learn from, and held-out rows."""

    name: str
    training: Rows
    held_out: Rows


@dataclass(frozen=True)
class Outcome:
    """What one way of learning came to.

    Attributes:
        way: its name.
        genomes: the network of each seed.
        errors: (seeds, epochs) held-out error after each epoch of training.
        evaluations: of networks on all training rows, for one seed.
        seconds: of each seed.
    """

    way: str
    genomes: tuple[neat.Genome, ...]
    errors: Numbers
    evaluations: int
    seconds: tuple[float, ...]

    @property
    def median_seed(self) -> int:
        """The index of the seed whose final error is the median, the lower one of two."""
        order = np.argsort(self.errors[:, -1], kind="stable")
        return int(order[(len(order) - 1) // 2])


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, help="networks of each layered way (default: 10; MNIST: 1)")
    parser.add_argument("--epochs", type=int, help="epochs of the first way (default: 300; MNIST: 20)")
    parser.add_argument("--generations", type=int, default=60, help="generations of the evolved network")
    parser.add_argument("--mnist", type=Path, metavar="DIR", help="use MNIST, from its four files in this folder")
    parser.add_argument("--out", type=Path, default=_FIGURES, metavar="FOLDER", help="where to draw")
    parser.add_argument("--speed", action="store_true", help="only measure the time of an epoch")
    options = parser.parse_args()
    mnist = options.mnist is not None
    seeds = (1 if mnist else 10) if options.seeds is None else options.seeds
    epochs = (20 if mnist else 300) if options.epochs is None else options.epochs
    for name, value in (("seeds", seeds), ("epochs", epochs), ("generations", options.generations)):
        if value < 1:
            parser.error(f"--{name} {value}: too few (1 or more)")
    if options.speed:
        print_speed(epoch_seconds())
        return
    try:
        import_matplotlib()
        options.out.mkdir(parents=True, exist_ok=True)
        digits = from_mnist(options.mnist) if mnist else from_scikit_learn()
        outcomes = [
            learn_in_layers(digits, range(seeds), epochs),
            learn_softmax(digits, range(seeds)),
            evolve(digits, range(seeds), options.generations),
        ]
    except OSError as error:
        parser.exit(2, f"{error.filename}: {error.strerror}\n")
    except neat.NeatError as error:
        parser.exit(2, f"{error}\n")
    print_table(digits, outcomes)
    file = options.out / "digits.png"
    file.write_bytes(saved(draw(digits, outcomes), "png"))
    print(f"drawn: {file}")


def from_scikit_learn(split: int = SPLIT) -> Digits:
    """Return scikit-learn's digits, shuffled by the seed `split`, a fifth of them held out.

    Raises:
        neat.NeatError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        message = "the digits come with scikit-learn, which is not installed (pip install scikit-learn)"
        raise neat.NeatError(message) from None
    bundle = load_digits()
    rows = Rows(bundle.data / 16.0, bundle.target.astype(np.int64))
    order = Generator(Philox(split)).permutation(len(rows.inputs))
    held_out, training = (Rows(rows.inputs[part], rows.digits[part]) for part in np.split(order, [len(order) // 5]))
    return Digits("scikit-learn's digits", training, held_out)


def from_mnist(folder: Path) -> Digits:
    """Return MNIST from its four files.

    Raises:
        neat.NeatError: a file is missing or is not what it should be.
    """
    training, test = (
        Rows(part.images.reshape(len(part.images), -1) / 255.0, part.labels.astype(np.int64))
        for part in read_mnist(folder)
    )
    return Digits("MNIST", training, test)


def error_of(genome: neat.Genome, rows: Rows) -> float:
    """Return the share of rows in which the largest output is not that of the digit."""
    return float((answers(genome, rows) != rows.digits).mean())


def answers(genome: neat.Genome, rows: Rows) -> Classes:
    """Return the digit (R,) that a network reads in each row."""
    return neat.activate_rows(neat.compile(genome).networks, rows.inputs)[0].argmax(axis=1)


def learn_in_layers(digits: Digits, seeds: Sequence[int], epochs: int) -> Outcome:
    """Train layers of ReLU and sigmoid outputs on half the squared error, by gradient descent."""
    settings = {"loss": "half_squared", "optimiser": "sgd", "rate": 0.1, "decay": 0.001, "batch": 64}
    return _learn("layers", digits, seeds, "sigmoid", {**settings, "epochs": epochs})


def learn_softmax(digits: Digits, seeds: Sequence[int]) -> Outcome:
    """Train the same layers on the cross entropy of their softmax, by Adam."""
    settings = {"loss": "softmax", "optimiser": "adam", "rate": 0.01, "batch": 32, "epochs": _SOFTMAX_EPOCHS}
    return _learn("softmax", digits, seeds, "linear", settings)


def evolve(digits: Digits, seeds: Sequence[int], generations: int) -> Outcome:
    """Evolve networks whose genomes learn before they are evaluated, then train the champions."""
    rows = Rows(*(part[:_EVOLUTION_ROWS] for part in digits.training))
    problem = neat.Dataset(rows.inputs, rows.targets, measure="cross_entropy")
    config = neat.Config(
        run={"generations": generations},
        population={"size": 50, "start": "partial", "partial_share": 0.5},
        genome={"acyclic": True, "bias": "attribute", "activation": "relu", "output_activation": "linear"},
        mutation={
            "add_node": 0.5,
            "add_connection": 1.0,
            "perturb": 0.02,
            "replace": 0.0,
            "weight_power": 0.3,
            "kind": "gaussian",
        },
        speciation={"target_species": "auto"},
        reproduction={"survival": 0.2, "unmated": 0.25},
        learning={"inherit": "lamarckian", "steps": -(-len(rows.inputs) // 64), "rate": 0.02, "batch": 64},
    )
    errors: list[list[float]] = []
    genomes: list[neat.Genome] = []
    seconds: list[float] = []
    evaluations: list[int] = []
    for seed in seeds:
        begun = perf_counter()
        *_, last = neat.evolve(config.replace(run={"seed": seed}), problem)
        curve = [error_of(last.champion.genome, digits.held_out)]
        training = neat.learning.train(
            last.champion.genome, digits.training.inputs, digits.training.targets, loss="softmax", rate=0.005,
            epochs=_CHAMPION_EPOCHS, seed=seed,
            watch=lambda epoch, curve=curve: curve.append(error_of(epoch.genome, digits.held_out)),
        )  # fmt: skip
        seconds.append(perf_counter() - begun)
        errors.append(curve)
        genomes.append(training.genome)
        evaluations.append(last.evaluations + 2 * _CHAMPION_EPOCHS)
    return Outcome("evolved", tuple(genomes), np.array(errors), max(evaluations), tuple(seconds))


def _learn(way: str, digits: Digits, seeds: Sequence[int], output: str, settings: dict[str, object]) -> Outcome:
    errors: list[list[float]] = []
    genomes: list[neat.Genome] = []
    seconds: list[float] = []
    inputs = digits.training.inputs.shape[1]
    for seed in seeds:
        curve: list[float] = []
        begun = perf_counter()
        genome = neat.learning.layered_genome(inputs, CLASSES, HIDDEN, output_activation=output, seed=seed)
        training = neat.learning.train(
            genome, digits.training.inputs, digits.training.targets, seed=seed, **settings,
            watch=lambda epoch, curve=curve: curve.append(error_of(epoch.genome, digits.held_out)),
        )  # fmt: skip
        seconds.append(perf_counter() - begun)
        errors.append(curve)
        genomes.append(training.genome)
    return Outcome(way, tuple(genomes), np.array(errors), 2 * len(errors[0]), tuple(seconds))


def epoch_seconds(repeats: int = 3, rows: int = SPEED_ROWS) -> list[float]:
    """Return the seconds of one epoch over random rows with 784 inputs, measured several times."""
    rng = Generator(Philox(0))
    inputs, targets = rng.random((rows, SPEED_INPUTS)), np.eye(CLASSES)[rng.integers(0, CLASSES, rows)]
    genome = neat.learning.layered_genome(SPEED_INPUTS, CLASSES, HIDDEN, output_activation="sigmoid")
    found = []
    for number in range(repeats + 1):  # the first one loads kernels
        part = slice(None if number else 64)
        begun = perf_counter()
        neat.learning.train(
            genome, inputs[part], targets[part], loss="half_squared", epochs=1, optimiser="sgd", rate=0.1, batch=64
        )
        found.append(perf_counter() - begun)
    return found[1:]


def print_speed(seconds: Sequence[float]) -> None:
    """Print the time of an epoch, and whether it is what it should be."""
    print(
        f"one epoch of {SPEED_ROWS:,} rows, 784-16-16-16-10, batches of 64: {median(seconds):.2f} s "
        f"(median of {', '.join(f'{each:.2f}' for each in seconds)}; target: under {SPEED_TARGET:g} s)"
    )


def print_table(digits: Digits, outcomes: Sequence[Outcome]) -> None:
    """Print a line for each way of learning."""
    training, held_out = len(digits.training.inputs), len(digits.held_out.inputs)
    print(f"{digits.name}: {training:,} rows to learn from, {held_out:,} held out")
    print(
        f"{'way':<10}{'connections':>12}{'hidden':>8}{'seeds':>7}{'held-out error %':>18}{'best':>7}{'worst':>7}"
        f"{'target':>8}{'evaluations':>13}{'seconds':>9}"
    )
    for outcome in outcomes:
        final, genome = 100 * outcome.errors[:, -1], outcome.genomes[outcome.median_seed]
        target = f"< {100 * TARGETS[outcome.way]:.0f}" if outcome.way in TARGETS else ""
        print(
            f"{outcome.way:<10}{connections_of(genome):>12,}{genome.hidden:>8}{len(final):>7}{median(final):>18.1f}"
            f"{final.min():>7.1f}{final.max():>7.1f}{target:>8}{outcome.evaluations:>13,}"
            f"{median(outcome.seconds):>9.2f}"
        )
    print("(error: median over the seeds; evaluations and seconds: of one seed, the seconds the median)")


def connections_of(genome: neat.Genome) -> int:
    """Return the number of enabled connections."""
    return int(genome.column("enabled").sum())


def draw(digits: Digits, outcomes: Sequence[Outcome]) -> Figure:
    """Return a figure: errors while networks learn, the final error of each seed, and digits that are misread."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.6), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[2.7, 1])
    left, middle, right = upper.subplots(1, 3, sharey=True, width_ratios=[1.5, 1.1, 1.1])
    for axes, outcome in zip((left, middle), outcomes, strict=False):
        _draw_curves(axes, outcome)
    _draw_seeds(right, outcomes)
    left.set(ylabel="held-out error", yscale="log", ylim=(0.01, 1.0))
    left.set_yticks(_TICKS, [f"{tick:.0%}" for tick in _TICKS])
    left.minorticks_off()
    best = min(outcomes, key=lambda outcome: float(np.median(outcome.errors[:, -1])))
    _draw_misread(lower, digits.held_out, best)
    figure.suptitle(f"Networks learn to read {digits.name}", fontsize=14, fontweight="bold", color=INK)
    return figure


def _draw_curves(axes: Axes, outcome: Outcome) -> None:
    """Draw the error of every seed after each epoch, and their median."""
    epochs, colour, middle = np.arange(1, outcome.errors.shape[1] + 1), _COLOURS[outcome.way], _median_curve(outcome)
    for curve in outcome.errors:
        axes.plot(epochs, curve, color=colour, alpha=0.25, linewidth=0.8)
    many = f"median of {len(outcome.errors)} seeds" if len(outcome.errors) > 1 else "one seed"
    marker = "o" if len(epochs) <= _SOFTMAX_EPOCHS else None
    axes.plot(epochs, middle, color=colour, linewidth=2.2, marker=marker, label=f"{many}: {middle[-1]:.1%}")
    target = TARGETS[outcome.way]
    axes.axhline(target, color=INK, linestyle=":", linewidth=1.2, label=f"target: under {target:.0%}")
    axes.set_xlabel("epoch")
    axes.set_title(_TITLES[outcome.way], fontsize=11)
    _tidy(axes)
    axes.legend(frameon=False, fontsize=9)


def _draw_seeds(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    """Draw the final error of every seed, a column for each way of learning."""
    for column, outcome in enumerate(outcomes):
        final, colour = outcome.errors[:, -1], _COLOURS[outcome.way]
        across = column + np.linspace(-0.2, 0.2, len(final)) if len(final) > 1 else np.array([column])
        axes.plot(across, final, "o", markersize=5, alpha=0.55, color=colour, markeredgewidth=0)
        axes.hlines(np.median(final), column - 0.32, column + 0.32, color=colour, linewidth=2.5)
        axes.text(column, 0.45, f"median\n{np.median(final):.1%}", ha="center", fontsize=9, color=colour)
    sizes = [connections_of(outcome.genomes[outcome.median_seed]) for outcome in outcomes]
    names = [f"{outcome.way}\n{size:,}\nconnections" for outcome, size in zip(outcomes, sizes, strict=True)]
    axes.set_xticks(range(len(outcomes)), names)
    axes.set_xlim(-0.6, len(outcomes) - 0.4)
    axes.set_title("each seed, after training", fontsize=11)
    _tidy(axes)


def _median_curve(outcome: Outcome) -> Numbers:
    return np.median(outcome.errors, axis=0)


def _draw_misread(figure: object, rows: Rows, outcome: Outcome) -> None:
    genome = outcome.genomes[outcome.median_seed]
    read = answers(genome, rows)
    wrong = np.flatnonzero(read != rows.digits)
    side = int(np.sqrt(rows.inputs.shape[1]))
    figure.suptitle(
        f"{len(wrong)} of {len(rows.digits):,} held-out digits are misread by the median network of “{outcome.way}”"
        + (f"; the first {_SHOWN}:" if len(wrong) > _SHOWN else ":"), fontsize=11, color=INK,
    )  # fmt: skip
    for axes, row in zip(figure.subplots(1, _SHOWN), [*wrong[:_SHOWN], *[None] * _SHOWN], strict=False):
        axes.set_axis_off()
        if row is not None:
            axes.imshow(rows.inputs[row].reshape(side, side), cmap="gray_r", vmin=0, vmax=1)
            axes.set_title(f"{rows.digits[row]} read as {read[row]}", fontsize=9, color=NEGATIVE)


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=QUIET, alpha=0.2, linewidth=0.8)


if __name__ == "__main__":
    main()
