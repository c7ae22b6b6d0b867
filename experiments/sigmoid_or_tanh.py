"""Sigmoid or tanh hidden nodes, squared error or cross entropy: what makes a small network learn sooner, and why.

A 3-2-1 network with biases learns four rows by full-batch gradient descent. There are four variants: sigmoid or tanh
hidden nodes, and halved squared error or binary cross entropy. To compare like with like:

- All variants of a seed start from the same weights and biases, uniform within -1 and 1.
- The output is a sigmoid in all variants. Cross entropy needs a probability, which a tanh (-1 to 1) does not give; so
  only the hidden nodes differ, and targets of 0 and 1 suit all variants.
- The squared error is halved. Its derivative with respect to what enters the output node is (o - t) f'(z), and that of
  the cross entropy is o - t: the two differ by the factor f'(z) of the output, at most 1/4, and by nothing else.
- All variants are measured by the same two standards: the number of epochs until every row is on the right side of 0.5,
  and until the mean squared error is below a level. Both count only if they hold until the last epoch.
- One learning rate may suit a variant better than another, so several rates are tried. The curves are those of the
  first rate.

What to expect: at 0 the slope of tanh is 1, that of the sigmoid 1/4, so at a small rate tanh learns several times
sooner. Cross entropy also does: its error is not multiplied by the slope of the output, which is at most 1/4 and nearly
0 where the output is saturated. Much of that gain is the gain of a rate that is four times larger, and squared error
tolerates larger rates: compare it at rate 10 with cross entropy at rate 3. Nothing is free: with only two hidden nodes,
tanh ends more often in a poor minimum of XOR, and at a large rate the combination of tanh and cross entropy takes steps
that are too long. The medians are those of the seeds that succeed, so read them together with the number of successes.
The default run takes about a minute.

    python experiments/sigmoid_or_tanh.py [--target 0,0,1,1] [--rates 1,3,10] [--seeds 10] [--epochs 4000]
        [--level 0.01] [--out FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from learning_figures import BLUE, GREY, ORANGE, make_folder, make_parser, new_figure, print_table, save
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import neat
from neat.learning import Epoch, train

Numbers = NDArray[np.float64]

ROWS = ((0, 0, 1), (1, 1, 1), (1, 0, 1), (0, 1, 1))
XOR = (0, 0, 1, 1)  # of the first two columns
_INPUTS, _OUTPUT, _HIDDEN = (0, 1, 2), 3, (4, 5)
_LOSS_NAMES = {"half_squared": "squared error", "binary_cross_entropy": "cross entropy"}
_COLOURS = {"sigmoid": BLUE, "tanh": ORANGE}


class Variant(NamedTuple):
    """One way to learn: the activation function of the hidden nodes, and the loss."""

    hidden: str
    loss: str

    def __str__(self) -> str:
        return f"{self.hidden}, {_LOSS_NAMES[self.loss]}"


VARIANTS = tuple(Variant(hidden, loss) for loss in _LOSS_NAMES for hidden in _COLOURS)


class Curves(NamedTuple):
    """One training, at epochs 0 (before it) to E.

    Attributes:
        error: (E + 1,) the mean squared error of the rows.
        right: (E + 1,) whether every row is on the right side of 0.5.
        hidden_slope: (E + 1,) the mean of |f'(z)| over the hidden nodes and rows.
        output_slope: (E + 1,) the mean of f'(z) of the output over the rows.
    """

    error: Numbers
    right: NDArray[np.bool_]
    hidden_slope: Numbers
    output_slope: Numbers


def initial_genome(hidden: str, seed: int) -> neat.Genome:
    """Return a 3-2-1 genome; its weights and biases depend on the seed alone."""
    values = iter(np.random.default_rng(seed).uniform(-1.0, 1.0, 11).tolist())
    nodes = [neat.Node(_OUTPUT, next(values), activation="sigmoid")]
    nodes += [neat.Node(node, next(values), activation=hidden) for node in _HIDDEN]
    connections = [(source, node, next(values)) for node in _HIDDEN for source in _INPUTS]
    connections += [(node, _OUTPUT, next(values)) for node in _HIDDEN]
    return neat.Genome(3, 1, connections, nodes)


def activation(name: str, z: Numbers) -> Numbers:
    """Return f(z) of `sigmoid` or `tanh`."""
    return np.tanh(z) if name == "tanh" else 0.5 * (1.0 + np.tanh(0.5 * z))


def slope(name: str, z: Numbers) -> Numbers:
    """Return f'(z) of `sigmoid` or `tanh`."""
    value = activation(name, z)
    return 1.0 - value * value if name == "tanh" else value * (1.0 - value)


def learn(variant: Variant, target: Sequence[int], *, seed: int, rate: float, epochs: int) -> Curves:
    """Train one network by gradient descent on all rows, and return its curves."""
    genome = initial_genome(variant.hidden, seed)
    weights, biases = [genome.column("weight")], [genome.column("bias")]

    def keep(epoch: Epoch) -> None:
        weights.append(epoch.genome.column("weight"))
        biases.append(epoch.genome.column("bias"))

    wanted = np.array(target, float)
    train(
        genome, ROWS, wanted[:, None],
        loss=variant.loss, epochs=epochs, optimiser="sgd", rate=rate, batch=0, watch=keep,
    )  # fmt: skip
    return curves_of(variant.hidden, np.array(weights), np.array(biases), wanted)


def curves_of(hidden: str, weights: Numbers, biases: Numbers, target: Numbers) -> Curves:
    """Return the curves of weights (E + 1, 8) and biases (E + 1, 6), in the order of the genome."""
    inward, outward = weights[:, :6].reshape(-1, 2, 3), weights[:, 6:]
    z = np.einsum("ri,ehi->erh", np.array(ROWS, float), inward) + biases[:, None, list(_HIDDEN)]
    z_output = np.einsum("erh,eh->er", activation(hidden, z), outward) + biases[:, _OUTPUT, None]
    output = activation("sigmoid", z_output)
    return Curves(
        ((output - target) ** 2).mean(axis=1),
        ((output > 0.5) == (target > 0.5)).all(axis=1),
        slope(hidden, z).mean(axis=(1, 2)),
        slope("sigmoid", z_output).mean(axis=1),
    )


def holds_from(condition: NDArray[np.bool_]) -> float:
    """Return the first epoch from which a condition holds until the end, or infinity."""
    broken = np.flatnonzero(~condition)
    if len(broken) == 0:
        return 0.0
    return float(broken[-1] + 1) if broken[-1] + 1 < len(condition) else np.inf


def epochs_needed(curves: Sequence[Curves], level: float) -> tuple[list[float], list[float]]:
    """Return the epochs that each training needed for all rows to be right, and for an error below a level."""
    return [holds_from(each.right) for each in curves], [holds_from(each.error < level) for each in curves]


def summary(epochs: Sequence[float]) -> str:
    """Describe how many trainings succeeded, and the median and range of their epochs."""
    done = [each for each in epochs if np.isfinite(each)]
    share = f"{len(done)}/{len(epochs)}"
    return f"{share}: {np.median(done):,.0f} ({min(done):,.0f} to {max(done):,.0f})" if done else f"{share}: -"


def mean_slopes(curves: Sequence[Curves], level: float) -> tuple[str, str]:
    """Describe the mean slope of the hidden nodes before training, and on the way to the level or the last epoch."""
    before = np.mean([each.hidden_slope[0] for each in curves])
    ends = [int(min(holds_from(each.error < level), len(each.error) - 1)) for each in curves]
    during = np.mean([each.hidden_slope[: end + 1].mean() for each, end in zip(curves, ends, strict=True)])
    return f"{before:.3f}", f"{during:.3f}"


def draw_functions(folder: Path) -> Path:
    """Draw both functions and their derivatives."""
    figure, (left, right) = new_figure(10, 4.2, "Sigmoid and tanh, and their derivatives", columns=2)
    z = np.linspace(-6, 6, 601)
    for name, colour in _COLOURS.items():
        left.plot(z, activation(name, z), color=colour, linewidth=2.2, label=name)
        right.plot(z, slope(name, z), color=colour, linewidth=2.2, label=name)
    for axes, title in ((left, "f(z)"), (right, "f'(z)")):
        axes.set(xlabel="z, the input of the node", ylabel=title)
        axes.legend(loc="upper left", frameon=False)
    right.set_title("the slope that every error passes on its way back", fontsize=10)
    left.set_title("tanh(z) = 2 sigmoid(2z) - 1", fontsize=10)
    for name, top in (("sigmoid", "1/4"), ("tanh", "1")):
        peak = float(slope(name, np.zeros(1))[0])
        right.annotate(f"at most {top}", (0, peak), (1.6, peak - 0.03), color=_COLOURS[name])
    return save(figure, folder, "functions")


def draw_medians(axes: Axes, curves: dict[str, list[Numbers]]) -> None:
    """Draw the curves of all seeds as thin lines and their medians as thick ones, by hidden function."""
    for name, lines in curves.items():
        epochs = np.arange(1, len(lines[0]) + 1)  # a logarithmic axis cannot show epoch 0
        for line in lines:
            axes.plot(epochs, line, color=_COLOURS[name], linewidth=0.6, alpha=0.35)
        axes.plot(epochs, np.median(lines, axis=0), color=_COLOURS[name], linewidth=2.6, label=f"{name} hidden nodes")
    axes.set(xscale="log", xlim=(1, None), xlabel="epoch + 1 (at 1: before training)")


def add_legend(figure: Figure) -> None:
    """Add one legend for all panels below them."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(labels), frameon=False,
        title="thick: median of the seeds, thin: one seed each", title_fontsize=10,
    )  # fmt: skip


def draw_errors(trained: dict[Variant, list[Curves]], level: float, title: str, folder: Path) -> Path:
    """Draw the error of all variants by epoch."""
    figure, panels = new_figure(11, 4.8, f"Error while learning {title}", columns=2)
    for axes, (loss, name) in zip(panels, _LOSS_NAMES.items(), strict=True):
        draw_medians(axes, {v.hidden: [each.error for each in trained[v]] for v in VARIANTS if v.loss == loss})
        axes.axhline(level, color=GREY, linewidth=1, linestyle="--", label=f"level {level:g}")
        axes.set(yscale="log", ylim=(1e-5, 1), ylabel="mean squared error of the four rows")
        axes.set_title(f"trained on {name}", fontsize=11)
    add_legend(figure)
    return save(figure, folder, "error")


def draw_slopes(trained: dict[Variant, list[Curves]], title: str, folder: Path) -> Path:
    """Draw the slopes at the hidden nodes and at the output by epoch."""
    figure, panels = new_figure(11, 8, f"Slopes while learning {title}", rows=2, columns=2)
    for place, axes in enumerate(panels):
        loss = tuple(_LOSS_NAMES)[place % 2]
        at = "hidden_slope" if place < 2 else "output_slope"
        draw_medians(axes, {v.hidden: [getattr(c, at) for c in trained[v]] for v in VARIANTS if v.loss == loss})
        axes.set_title(f"trained on {_LOSS_NAMES[loss]}", fontsize=11)
        axes.set(ylim=(0, 1.02) if place < 2 else (0, 0.3))
        axes.axhline(0.25, color=BLUE, linewidth=1, linestyle=":", label="1/4, the largest slope of a sigmoid")
        axes.set_ylabel("hidden nodes: mean |f'(z)|" if place < 2 else "output (a sigmoid): mean f'(z)")
    add_legend(figure)
    return save(figure, folder, "slopes")


def draw_epochs(needed: dict[tuple[Variant, float], list[float]], level: float, title: str, folder: Path) -> Path:
    """Draw the epochs that every variant needs at every rate: each seed, and the median of those that succeed."""
    rates = sorted({rate for _, rate in needed})
    figure, panels = new_figure(
        3.6 * len(rates) + 1.6, 5, f"Epochs until the error stays below {level:g}, {title}", columns=len(rates)
    )
    finite = [each for epochs in needed.values() for each in epochs if np.isfinite(each)] or [1.0]
    smallest, largest = max(min(finite), 1.0), max(*finite, 1.0)
    for axes, rate in zip(panels, rates, strict=True):
        for place, variant in enumerate(VARIANTS):
            epochs = needed[variant, rate]
            done = [max(each, 1.0) for each in epochs if np.isfinite(each)]
            shift = np.linspace(-0.18, 0.18, len(done))
            axes.plot(place + shift, done, "o", color=_COLOURS[variant.hidden], alpha=0.5, markersize=5, linewidth=0)
            if done:
                axes.hlines(np.median(done), place - 0.3, place + 0.3, color="black", linewidth=2)
            axes.text(place, 1.6 * largest, f"{len(done)}/{len(epochs)}", ha="center", va="bottom", fontsize=9)
        axes.set(yscale="log", ylim=(smallest / 2, 4 * largest), xlim=(-0.6, 3.6))
        axes.set_xticks(range(4), [f"{v.hidden}\n{_LOSS_NAMES[v.loss].replace(' ', chr(10))}" for v in VARIANTS])
        axes.tick_params(axis="x", labelsize=9)
        axes.set_title(f"learning rate {rate:g}", fontsize=11)
    panels[0].set_ylabel("epochs (dot: one seed, bar: median;\nabove: how many seeds succeed)")
    return save(figure, folder, "epochs")


def target_of(text: str) -> tuple[int, ...]:
    """Return four targets of 0 or 1, written like `0,0,1,1`."""
    words = text.split(",")
    if len(words) != len(ROWS) or not set(words) <= {"0", "1"}:
        raise argparse.ArgumentTypeError(f"{text!r} must be four values of 0 or 1, such as 0,0,1,1")
    return tuple(map(int, words))


def rates_of(text: str) -> list[float]:
    """Return learning rates above 0, written like `1,3,10`."""
    try:
        rates = [float(word) for word in text.split(",")]
    except ValueError:
        rates = []
    if not rates or not all(0 < rate < np.inf for rate in rates):
        raise argparse.ArgumentTypeError(f"{text!r} must be numbers above 0, such as 1,3,10")
    return list(dict.fromkeys(rates))


def main() -> None:
    """Train every variant at every rate with every seed; print the tables and draw the figures."""
    parser = make_parser(__file__, __doc__)
    parser.add_argument("--target", type=target_of, default=XOR, help="of the four rows: 0,0,1,1 is XOR")
    parser.add_argument("--rates", type=rates_of, default=[1.0, 3.0, 10.0], help="learning rates")
    parser.add_argument("--seeds", type=int, default=10, help="their number")
    parser.add_argument("--epochs", type=int, default=4000, help="of each training")
    parser.add_argument("--level", type=float, default=0.01, help="of the mean squared error")
    options = parser.parse_args()
    if options.seeds < 1 or options.epochs < 1 or not options.level > 0:
        parser.error("--seeds and --epochs must be at least 1, and --level above 0")
    folder = make_folder(parser, options.out)
    title = "XOR" if options.target == XOR else f"the targets {', '.join(map(str, options.target))}"

    needed, shown = {}, {}
    for rate in options.rates:
        print(f"{title}, learning rate {rate:g}, {options.seeds} seeds, {options.epochs:,} epochs")
        rows = []
        for variant in VARIANTS:
            curves = [
                learn(variant, options.target, seed=seed, rate=rate, epochs=options.epochs)
                for seed in range(options.seeds)
            ]
            right, below = epochs_needed(curves, options.level)
            rows.append((variant, summary(right), summary(below), *mean_slopes(curves, options.level)))
            needed[variant, rate] = below
            if rate == options.rates[0]:
                shown[variant] = curves
        header = (
            "hidden nodes, loss",
            "all rows right",
            f"error < {options.level:g}",
            "|f'| at start",
            "|f'| on the way",
        )
        print_table(header, rows)
        print()
    print("Epochs: seeds that succeed: their median (range). |f'|: mean over hidden nodes, rows and seeds.\n")
    draw_functions(folder)
    draw_errors(shown, options.level, f"{title} (rate {options.rates[0]:g})", folder)
    draw_slopes(shown, f"{title} (rate {options.rates[0]:g})", folder)
    draw_epochs(needed, options.level, title, folder)


if __name__ == "__main__":
    main()
