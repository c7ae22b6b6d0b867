"""What one neuron can do, what it cannot do, and what hidden nodes add.

1. The perceptron rule of Rosenblatt on AND, OR and XOR. A threshold neuron sees the four rows in turn and, after each
   wrong answer, adds the error times the inputs to its weights. AND and OR are linearly separable, so it converges. For
   XOR it never does: all numbers are whole, and as soon as an epoch ends with weights that an earlier epoch ended with,
   everything repeats for ever. The script finds this cycle, which proves it.
2. XOR by gradients: the decision boundary of one sigmoid neuron beside that of a network with two hidden nodes. All
   that one neuron can learn is to answer 0.5 everywhere. The network succeeds from most initial weights; with some
   seeds (4 or 5, for example), two hidden nodes end in a poor minimum.
3. A sum of sigmoids: a network with one input and seven hidden sigmoids learns a curve. Its output is the sum of seven
   weighted sigmoids and a bias; each of them is drawn.
4. Underfitting and overfitting: networks with 1, 3 and 30 hidden nodes learn the same few noisy rows. The error on
   these rows falls with every hidden node. The error on held-out rows of the same curve is lowest for the 3 that the
   curve needs; with 30, it falls at first and then rises while the network learns the noise.

The default run takes about a quarter of a minute.

    python experiments/linear_separability.py [--epochs 10000] [--seed 1] [--hidden 1,3,30] [--out FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from learning_figures import BLUE, GREEN, GREY, ORANGE, PURPLE, make_folder, make_parser, new_figure, print_table, save
from matplotlib.axes import Axes
from numpy.typing import NDArray

import neat
from neat.learning import Training, layered_genome, train

Numbers = NDArray[np.float64]

ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
TASKS = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}
XOR_HIDDEN, XOR_EPOCHS = 2, 1500
CURVE_HIDDEN = 7
CURVE_ROWS, NOISY_ROWS, HELD_OUT_ROWS = 61, 16, 200
_SHOWN_EPOCHS = 10
_STEP_COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
NOISE = 0.2  # the standard deviation of what is added to the curve


class Perceptron(NamedTuple):
    """What the perceptron rule did.

    Attributes:
        weights: (w1, w2, bias) before the first epoch and after each.
        steps: (w1, w2, bias) after each row, four for an epoch.
        errors: the wrong answers of each epoch.
        converged: the number of the first epoch without a wrong answer, or None.
        cycle: (first, last): the weights after epoch `last` are those after epoch `first`, and so the epochs between
            them repeat for ever; or None.
    """

    weights: tuple[tuple[int, int, int], ...]
    steps: tuple[tuple[int, int, int], ...]
    errors: tuple[int, ...]
    converged: int | None
    cycle: tuple[int, int] | None


def learn_by_perceptron_rule(targets: Sequence[int], most_epochs: int = 1000) -> Perceptron:
    """Apply the perceptron rule, from weights of 0 with the rate 1, until it converges or repeats itself."""
    first, second, bias = 0, 0, 0
    weights, steps = [(0, 0, 0)], list[tuple[int, int, int]]()
    errors: list[int] = []
    converged = cycle = None
    while not (converged or cycle) and len(errors) < most_epochs:
        wrong = 0
        for (x1, x2), target in zip(ROWS, targets, strict=True):
            error = target - int(first * x1 + second * x2 + bias > 0)
            first, second, bias = first + error * x1, second + error * x2, bias + error
            steps.append((first, second, bias))
            wrong += error != 0
        errors.append(wrong)
        if wrong == 0:
            converged = len(errors)
        elif steps[-1] in weights:
            cycle = (weights.index(steps[-1]), len(errors))
        weights.append(steps[-1])
    return Perceptron(tuple(weights), tuple(steps), tuple(errors), converged, cycle)


def threshold_neuron(weights: tuple[int, int, int]) -> neat.Genome:
    """Return the genome of one threshold neuron with the weights (w1, w2, bias)."""
    first, second, bias = weights
    return neat.Genome(2, 1, [(0, 2, first), (1, 2, second)], [neat.Node(2, bias, activation="step")])


def learn_xor(hidden: int, seed: int, epochs: int = XOR_EPOCHS) -> Training:
    """Train a network of sigmoids on XOR: one neuron with `hidden` = 0, otherwise one hidden layer."""
    genome = layered_genome(
        2, 1, [hidden] if hidden else [], activation="sigmoid", output_activation="sigmoid", weights="range", seed=seed
    )
    targets = [[target] for target in TASKS["XOR"]]
    return train(genome, ROWS, targets, loss="binary_cross_entropy", epochs=epochs, rate=0.05, batch=0)


def curve(x: Numbers) -> Numbers:
    """Return the curve of part 3, for x from -1 to 1."""
    return 0.6 * np.sin(3.0 * np.pi * x) + x * x


def gentle_curve(x: Numbers) -> Numbers:
    """Return the curve of part 4, for x from -1 to 1: it rises once and falls twice, as a sum of 3 sigmoids can."""
    return np.sin(1.5 * np.pi * x)


def learn_curve(hidden: int, epochs: int, seed: int) -> Training:
    """Train a 1-`hidden`-1 network of sigmoids, with a linear output, on rows of the curve without noise."""
    x = np.linspace(-1.0, 1.0, CURVE_ROWS)
    return train(
        spread_genome(hidden, seed), x[:, None], curve(x)[:, None], epochs=epochs, rate=0.02, decay=0.0002, batch=0
    )


def spread_genome(hidden: int, seed: int) -> neat.Genome:
    """Return a 1-`hidden`-1 network of steep sigmoids whose centres are spread over the inputs from -1 to 1."""
    rng = np.random.default_rng(seed)
    steepness = rng.uniform(8.0, 12.0, hidden)
    centres = np.linspace(-1.0, 1.0, hidden + 2)[1:-1]
    nodes = [neat.Node(1, activation="linear")]
    nodes += [
        neat.Node(2 + place, -slope * centre, activation="sigmoid")
        for place, (slope, centre) in enumerate(zip(steepness.tolist(), centres.tolist(), strict=True))
    ]
    connections = [(0, 2 + place, slope) for place, slope in enumerate(steepness.tolist())]
    connections += [(2 + place, 1, weight) for place, weight in enumerate(rng.uniform(-1.0, 1.0, hidden).tolist())]
    return neat.Genome(1, 1, connections, nodes)


def weighted_sigmoids(genome: neat.Genome, x: Numbers) -> tuple[Numbers, float]:
    """Return w f(z) of each hidden sigmoid of a 1-H-1 genome at x, as (H, R), and the bias of its output."""
    inward = {gene.target: gene.weight for gene in genome.connections if gene.source == 0}
    outward = {gene.source: gene.weight for gene in genome.connections if gene.target == 1}
    bias = {node.id: node.bias for node in genome.nodes}
    parts = [outward[node] / (1.0 + np.exp(-(inward[node] * x + bias[node]))) for node in sorted(outward)]
    return np.array(parts), bias[1]


class NoisyRows(NamedTuple):
    """Rows of the curve with noise: to learn from, and held out."""

    inputs: Numbers
    targets: Numbers
    held_inputs: Numbers
    held_targets: Numbers


def noisy_rows(seed: int) -> NoisyRows:
    """Return a few noisy rows to learn from and many held-out ones."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1.0, 1.0, NOISY_ROWS)
    held = rng.uniform(-1.0, 1.0, HELD_OUT_ROWS)
    return NoisyRows(
        x,
        gentle_curve(x) + rng.normal(0.0, NOISE, len(x)),
        held,
        gentle_curve(held) + rng.normal(0.0, NOISE, len(held)),
    )


def learn_noisy(rows: NoisyRows, hidden: int, epochs: int, seed: int) -> Training:
    """Train a 1-`hidden`-1 network on noisy rows, and measure its held-out error after every epoch."""
    return train(
        spread_genome(hidden, seed), rows.inputs[:, None], rows.targets[:, None],
        epochs=epochs, rate=0.02, decay=0.001, batch=0,
        held_out=(rows.held_inputs[:, None], rows.held_targets[:, None]),
    )  # fmt: skip


def draw_rows(axes: Axes, targets: Sequence[int]) -> None:
    """Draw the four rows of a logic function."""
    for (x1, x2), target in zip(ROWS, targets, strict=True):
        axes.scatter(
            x1, x2, s=150, color="black" if target else "white", edgecolors="black", linewidths=2, zorder=5
        )  # fmt: skip
    axes.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=(0, 1), yticks=(0, 1), xlabel="x1", ylabel="x2", aspect="equal")


def boundary(weights: Sequence[float], x: Numbers) -> tuple[Numbers, Numbers]:
    """Return points (x1, x2) of the line w1 x1 + w2 x2 + bias = 0 across the square that x spans."""
    first, second, bias = weights
    if second == 0:
        return np.full_like(x, -bias / first if first else np.nan), x
    return x, -(first * x + bias) / second


def inequality(weights: Sequence[int]) -> str:
    """Return where a threshold neuron answers 1, such as `2 x1 + x2 - 2 > 0`."""
    terms = ""
    for weight, name in zip(weights, (" x1", " x2", ""), strict=True):
        if weight:
            size = f"{abs(weight)}{name}" if abs(weight) != 1 or not name else name.strip()
            terms += (" - " if weight < 0 else " + ") + size
    terms = terms.replace(" - ", "-", 1) if terms.startswith(" - ") else terms.removeprefix(" + ")
    return f"{terms or 0} > 0"


def draw_perceptrons(found: dict[str, Perceptron], folder: Path) -> Path:
    """Draw the lines that the perceptron rule found, and its wrong answers by epoch."""
    figure, panels = new_figure(
        12.5, 7.6, "The perceptron rule learns AND and OR; on XOR it repeats its errors for ever", rows=2, columns=3
    )
    x = np.array([-0.4, 1.4])
    for place, (task, perceptron) in enumerate(found.items()):
        top, bottom = panels[place], panels[place + 3]
        draw_rows(top, TASKS[task])
        if perceptron.cycle is None:
            top.plot(*boundary(perceptron.weights[-1], x), color=GREEN, linewidth=2.2)
            top.set_title(f"{task}: answers 1 where {inequality(perceptron.weights[-1])}", fontsize=11)
            shown, title = perceptron.errors, f"no wrong answer in epoch {perceptron.converged}"
        else:
            draw_cycle(top, perceptron)
            start, end = perceptron.cycle
            top.set_title(f"{task}: {len(ROWS) * (end - start)} steps that repeat", fontsize=11)
            shown = perceptron.errors + perceptron.errors[start:end] * _SHOWN_EPOCHS
            title = f"wrong answers for ever (cycle from epoch {start + 1})"
        shown = shown[:_SHOWN_EPOCHS]
        bottom.bar(range(1, len(shown) + 1), shown, color=ORANGE)
        bottom.set(xlabel="epoch", ylabel="wrong answers (of 4 rows)", ylim=(0, 4.2), yticks=range(5))
        bottom.set(xlim=(0.3, _SHOWN_EPOCHS + 0.7), xticks=range(1, _SHOWN_EPOCHS + 1))
        bottom.set_title(title, fontsize=11)
    figure.supxlabel("points: black for the target 1, white for 0; a point on the line gets the answer 0", fontsize=10)
    return save(figure, folder, "perceptron")


def draw_cycle(axes: Axes, perceptron: Perceptron) -> None:
    """Draw the lines after each step of a cycle; a line outside the picture gives all rows the same answer."""
    start, end = perceptron.cycle or (0, 0)
    x = np.array([-0.4, 1.4])
    for number, weights in enumerate(perceptron.steps[len(ROWS) * start : len(ROWS) * end], 1):
        answers = neat.compile(threshold_neuron(weights))(ROWS)
        label = f"{number}: {inequality(weights)}" + (" (all rows)" if answers.all() else "")
        axes.plot(*boundary(weights, x), color=_STEP_COLOURS[(number - 1) % 4], linewidth=2, label=label)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="after each step:\nanswers 1 where", frameon=False)


def output_grid(genome: neat.Genome, places: Numbers) -> Numbers:
    """Return the output of a genome with two inputs for all pairs of n places: (n, n), with x1 along the rows."""
    x1, x2 = np.meshgrid(places, places)
    return neat.compile(genome)(np.stack([x1.ravel(), x2.ravel()], axis=1))[:, 0].reshape(x1.shape)


def hidden_weights(genome: neat.Genome) -> list[tuple[float, float, float]]:
    """Return (w1, w2, bias) of each hidden node of a 2-H-1 genome."""
    weight = {(gene.source, gene.target): gene.weight for gene in genome.connections}
    return [(weight[0, node.id], weight[1, node.id], node.bias) for node in genome.nodes if node.id > 2]


def draw_boundaries(one: Training, network: Training, folder: Path) -> Path:
    """Draw the outputs of one neuron and of a network on XOR, and where they decide."""
    figure, panels = new_figure(11, 5, "XOR by gradients: one neuron, and a network with hidden nodes", columns=2)
    places = np.linspace(-0.4, 1.4, 161)
    for axes, training in zip(panels, (one, network), strict=True):
        output = output_grid(training.genome, places)
        image = axes.pcolormesh(places, places, output, cmap="coolwarm", vmin=0, vmax=1, shading="nearest", alpha=0.75)
        if np.ptp(output) > 0.05:
            axes.contour(places, places, output, levels=[0.5], colors="black", linewidths=4)
        for weights in hidden_weights(training.genome):
            axes.plot(*boundary(weights, np.array([-0.4, 1.4])), color="white", linewidth=1.4, linestyle="--")
        draw_rows(axes, TASKS["XOR"])
        axes.grid(False)
        hidden = training.genome.hidden
        what = f"{hidden} hidden nodes (black: output 0.5; dashed: z = 0 of each)" if hidden else "one neuron"
        axes.set_title(f"{what}\noutputs from {float(output.min()):.2f} to {float(output.max()):.2f}", fontsize=11)
    figure.supxlabel("points: black for the target 1, white for 0", fontsize=10)
    figure.colorbar(image, ax=panels, label="output", shrink=0.85)
    return save(figure, folder, "xor")


def draw_sigmoids(training: Training, folder: Path) -> Path:
    """Draw the curve, the network's fit, and the weighted sigmoids that add up to it."""
    figure, (left, right) = new_figure(
        11, 4.6, f"A curve as the sum of {training.genome.hidden} sigmoids and a bias", columns=2
    )
    x = np.linspace(-1.0, 1.0, 401)
    parts, bias = weighted_sigmoids(training.genome, x)
    for number, part in enumerate(parts):
        left.plot(x, part, linewidth=2, color=f"C{number}")
    left.axhline(bias, color=GREY, linestyle="--", linewidth=1.4)
    left.set_title(f"the parts: w f(z) of each hidden node; dashed: the bias {bias:.2f}", fontsize=11)
    right.plot(x, curve(x), color=GREY, linewidth=5, alpha=0.45, label="curve")
    right.plot(x, parts.sum(axis=0) + bias, color=ORANGE, linewidth=2, label="sum of the parts")
    right.set_title(f"their sum; mean squared error {training.loss[-1]:.1e}", fontsize=11)
    right.legend(loc="upper left", frameon=False)
    for axes in (left, right):
        axes.set(xlabel="x", ylabel="y")
    return save(figure, folder, "sigmoids")


def draw_fits(rows: NoisyRows, trained: dict[int, Training], folder: Path) -> Path:
    """Draw the fit of each network to the noisy rows, and both errors by epoch."""
    figure, panels = new_figure(
        3.9 * len(trained), 7.6, "Networks with few and many hidden nodes, fitted to the same noisy rows",
        rows=2, columns=len(trained),
    )  # fmt: skip
    x = np.linspace(-1.0, 1.0, 401)
    for place, (hidden, training) in enumerate(trained.items()):
        top, bottom = panels[place], panels[place + len(trained)]
        top.plot(x, gentle_curve(x), color=GREY, linewidth=5, alpha=0.35, label="curve without noise")
        top.plot(rows.inputs, rows.targets, "o", color="black", markersize=5, label="rows to learn from")
        top.plot(x, neat.compile(training.genome)(x[:, None])[:, 0], color=ORANGE, linewidth=2, label="network")
        top.set(xlabel="x", ylabel="y", ylim=(-1.7, 2.6))
        top.set_title(f"{hidden} hidden node{'' if hidden == 1 else 's'}", fontsize=11)
        top.legend(loc="upper center", fontsize=9, frameon=False)
        epochs = np.arange(1, len(training.loss) + 1)
        bottom.plot(epochs, training.loss, color=BLUE, linewidth=2, label="rows to learn from")
        bottom.plot(epochs, training.held_out, color=ORANGE, linewidth=2, label="held-out rows")
        bottom.axhline(NOISE**2, color=GREY, linestyle="--", linewidth=1.2, label="variance of the noise")
        bottom.set(xscale="log", yscale="log", xlabel="epoch", ylabel="mean squared error", ylim=(1e-4, 20))
        bottom.legend(loc="lower left", fontsize=9, frameon=False)
    return save(figure, folder, "fits")


def hidden_of(text: str) -> list[int]:
    """Return numbers of hidden nodes from 1 to 200, written like `1,3,30`."""
    words = text.split(",")
    if not all(word.isascii() and word.isdigit() and 1 <= int(word) <= 200 for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} must be whole numbers from 1 to 200, such as 1,3,30")
    return list(dict.fromkeys(map(int, words)))


def show_perceptrons(folder: Path) -> None:
    """Part 1: print what the perceptron rule does, and draw it."""
    found = {task: learn_by_perceptron_rule(targets) for task, targets in TASKS.items()}
    print("Perceptron rule, weights start at 0, rate 1")
    rows = []
    for task, perceptron in found.items():
        outputs = neat.compile(threshold_neuron(perceptron.weights[-1]))(ROWS)[:, 0].astype(int).tolist()
        first, last = perceptron.cycle or (0, 0)
        period = f"{first + 1}" if last == first + 1 else f"{first + 1} to {last}"
        verdict = f"epoch {perceptron.converged}" if perceptron.converged else f"never: epoch {period} repeats"
        errors = " ".join(map(str, perceptron.errors)) + (" ..." if perceptron.cycle else "")
        rows.append((task, errors, verdict, perceptron.weights[-1], outputs, list(TASKS[task])))
    print_table(("task", "wrong answers by epoch", "converged", "w1, w2, bias", "outputs", "targets"), rows)
    draw_perceptrons(found, folder)


def show_xor(folder: Path, seed: int) -> None:
    """Part 2: print and draw what one neuron and a network make of XOR."""
    one, network = learn_xor(0, seed), learn_xor(XOR_HIDDEN, seed)
    print("\nXOR by gradients (cross entropy; ln 2 = 0.6931 is that of the answer 0.5)")
    rows = []
    for name, training in (("one neuron", one), (f"{XOR_HIDDEN} hidden nodes", network)):
        outputs = neat.compile(training.genome)(ROWS)[:, 0]
        rows.append((name, f"{training.loss[-1]:.4f}", " ".join(f"{output:.3f}" for output in outputs)))
    print_table(("network", "loss", "outputs for 00, 01, 10, 11 (targets 0, 1, 1, 0)"), rows)
    draw_boundaries(one, network, folder)


def show_curve(folder: Path, epochs: int, seed: int) -> None:
    """Part 3: print and draw the sum of sigmoids."""
    training = learn_curve(CURVE_HIDDEN, epochs, seed)
    print(f"\n{CURVE_HIDDEN} sigmoids fitted to a curve: mean squared error {training.loss[0]:.4f} at the start, "
          f"{training.loss[-1]:.6f} after {epochs:,} epochs")  # fmt: skip
    draw_sigmoids(training, folder)


def show_fits(folder: Path, hidden: Sequence[int], epochs: int, seed: int) -> None:
    """Part 4: print and draw underfitting and overfitting."""
    noisy = noisy_rows(seed)
    trained = {count: learn_noisy(noisy, count, epochs, seed) for count in hidden}
    print(f"\n{NOISY_ROWS} noisy rows to learn from, {HELD_OUT_ROWS} held out; variance of the noise {NOISE**2:.3f}")
    rows = []
    for count, training in trained.items():
        best = int(np.argmin(training.held_out))
        values = (training.loss[-1], training.held_out[-1], training.held_out[best])
        rows.append((count, *(f"{value:.4f}" for value in values), f"{best + 1:,}"))
    print_table(("hidden nodes", "error when learned", "held out", "lowest held out", "in epoch"), rows)
    draw_fits(noisy, trained, folder)


def main() -> None:
    """Show all four parts."""
    parser = make_parser(__file__, __doc__)
    parser.add_argument("--epochs", type=int, default=10000, help="of the trainings in parts 3 and 4")
    parser.add_argument("--seed", type=int, default=1, help="of initial weights and noise")
    parser.add_argument("--hidden", type=hidden_of, default=[1, 3, 30], help="numbers of hidden nodes in part 4")
    options = parser.parse_args()
    if options.epochs < 1 or options.seed < 0:
        parser.error("--epochs must be at least 1, and --seed at least 0")
    folder = make_folder(parser, options.out)
    show_perceptrons(folder)
    show_xor(folder, options.seed)
    show_curve(folder, options.epochs, options.seed)
    show_fits(folder, options.hidden, options.epochs, options.seed)


if __name__ == "__main__":
    main()
