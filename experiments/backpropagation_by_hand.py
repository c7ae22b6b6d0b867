"""One training step of a 2-2-1 network, written out as the chain rule with numbers, beside what the engine computes.

The network has sigmoid nodes with biases; it learns one row, by one step of gradient descent on the halved squared
error E = (t - o)^2 / 2. Each step of the calculation is printed with its formula, its numbers and its result: forward
through the network, backward from the error to every weight, and the new weights. Follow it with a pocket calculator.

This part uses nothing but Python's arithmetic and `math.exp`. After it stand the engine's own results: the gradient
from `neat.learning.gradients`, the new weights from one epoch of `neat.learning.train`, and the error after the step
from the trained network. If any number differs in the last digit shown, the script says which and exits with 1.

Notation: x1 and x2 are the inputs, h1 and h2 the hidden nodes, o is the output node, t the target. net(a) is the sum
that enters node a, out(a) its output. The weight w(a,b) goes from a to b, and b(a) is the bias of a.

    python experiments/backpropagation_by_hand.py [--inputs 0.4,0.9] [--target 0.8] [--rate 0.5] [--digits 8]
        [--out FOLDER]
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from learning_figures import BLUE, GREY, ORANGE, make_folder, make_parser, new_figure, print_table, save
from matplotlib.axes import Axes

import neat
from neat.learning import gradients, train

Values = dict[str, float]

# The weights and biases before the step, by name.
START: Values = {
    "w(x1,h1)": 0.3, "w(x2,h1)": -0.2, "b(h1)": 0.1,
    "w(x1,h2)": 0.5, "w(x2,h2)": 0.4, "b(h2)": -0.3,
    "w(h1,o)": 0.6, "w(h2,o)": -0.7, "b(o)": 0.2,
}  # fmt: skip
SOURCES = {"h1": ("x1", "x2"), "h2": ("x1", "x2"), "o": ("h1", "h2")}
_LONGEST_LINE = 100
_IDS = {"x1": 0, "x2": 1, "o": 2, "h1": 3, "h2": 4}
_SMALL: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "linespacing": 1.4}
_PLACES = {"x1": (0.0, 1.0), "x2": (0.0, 0.0), "h1": (1.0, 1.0), "h2": (1.0, 0.0), "o": (2.0, 0.5)}


class Line(NamedTuple):
    """One line of the calculation: name = formula = numbers = value."""

    name: str
    formula: str
    numbers: str
    value: float


class Sheet:
    """A sheet of paper: the values that are known so far, and the lines that led to them, by section."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known: Values = dict(known)
        self.sections: dict[str, list[Line]] = {}

    def __getitem__(self, name: str) -> float:
        return self.known[name]

    def begin(self, section: str) -> None:
        """Begin a section."""
        self.sections[section] = []

    def write(self, name: str, formula: str, value: float) -> None:
        """Write a line; every {name} in its formula is the value of a line above or a given value."""
        numbers = re.sub(r"\{(.*?)\}", lambda match: _number(self.known[match[1]]), formula)
        list(self.sections.values())[-1].append(Line(name, re.sub("[{}]", "", formula), numbers, value))
        self.known[name] = value


def _number(value: float) -> str:
    text = f"{value:.6g}"
    return f"({text})" if value < 0 else text


def step_by_hand(start: Mapping[str, float], inputs: tuple[float, float], target: float, rate: float) -> Sheet:
    """Return the sheet of one training step: forward, backward by the chain rule, and the new weights and biases.

    Afterwards the sheet knows `E`, `dE/d<name>` and `new <name>` of every weight and bias, and `new E`.
    """
    sheet = Sheet({"x1": inputs[0], "x2": inputs[1], "t": target, "rate": rate, **start})
    sheet.begin("Forward: from the inputs to the error")
    write_forward(sheet)

    sheet.begin("Backward: the output node")
    sheet.write("dE/do", "{out(o)} - {t}", sheet["out(o)"] - target)
    sheet.write("do/dnet(o)", "{out(o)} * (1 - {out(o)})", sheet["out(o)"] * (1 - sheet["out(o)"]))
    sheet.write("dE/dnet(o)", "{dE/do} * {do/dnet(o)}", sheet["dE/do"] * sheet["do/dnet(o)"])
    write_weights(sheet, "o")
    for node in SOURCES["o"]:
        out, weight = f"out({node})", f"w({node},o)"
        sheet.begin(f"Backward: the hidden node {node}")
        sheet.write(f"dE/d{out}", f"{{dE/dnet(o)}} * {{{weight}}}", sheet["dE/dnet(o)"] * sheet[weight])
        sheet.write(f"d{out}/dnet({node})", f"{{{out}}} * (1 - {{{out}}})", sheet[out] * (1 - sheet[out]))
        sheet.write(
            f"dE/dnet({node})",
            f"{{dE/d{out}}} * {{d{out}/dnet({node})}}",
            sheet[f"dE/d{out}"] * sheet[f"d{out}/dnet({node})"],
        )
        write_weights(sheet, node)

    sheet.begin("The step: every weight and bias moves against its derivative")
    for name in start:
        moved = sheet[name] - rate * sheet[f"dE/d{name}"]
        sheet.write(f"new {name}", f"{{{name}}} - {{rate}} * {{dE/d{name}}}", moved)
    sheet.begin("Forward again, with the new weights and biases")
    write_forward(sheet, "new ")
    return sheet


def write_forward(sheet: Sheet, new: str = "") -> None:
    """Write the forward pass; `new` is put in front of all names except those of the inputs and the target."""
    for node, (first, second) in SOURCES.items():
        left, right, bias = f"{new}w({first},{node})", f"{new}w({second},{node})", f"{new}b({node})"
        if node == "o":
            first, second = f"{new}out({first})", f"{new}out({second})"
        total = sheet[left] * sheet[first] + sheet[right] * sheet[second] + sheet[bias]
        sheet.write(f"{new}net({node})", f"{{{left}}} * {{{first}}} + {{{right}}} * {{{second}}} + {{{bias}}}", total)
        sheet.write(f"{new}out({node})", f"1 / (1 + exp(-{{{new}net({node})}}))", 1 / (1 + math.exp(-total)))
    error = (sheet["t"] - sheet[f"{new}out(o)"]) ** 2 / 2
    sheet.write(f"{new}E", f"({{t}} - {{{new}out(o)}})^2 / 2", error)


def write_weights(sheet: Sheet, node: str) -> None:
    """Write the derivatives of the error by the weights and the bias of a node: dE/dnet times dnet/dw."""
    arriving = f"dE/dnet({node})"
    for source in SOURCES[node]:
        weight, out = f"w({source},{node})", f"out({source})" if node == "o" else source
        sheet.write(f"dnet({node})/d{weight}", f"{{{out}}}", sheet[out])
        sheet.write(
            f"dE/d{weight}",
            f"{{{arriving}}} * {{dnet({node})/d{weight}}}",
            sheet[arriving] * sheet[f"dnet({node})/d{weight}"],
        )
    sheet.write(f"dnet({node})/db({node})", "1", 1.0)
    sheet.write(f"dE/db({node})", f"{{{arriving}}} * {{dnet({node})/db({node})}}", sheet[arriving] * 1.0)


def genome_of(values: Mapping[str, float]) -> neat.Genome:
    """Return the genome with these weights and biases."""
    connections = [
        (_IDS[source], _IDS[node], values[f"w({source},{node})"])
        for node, sources in SOURCES.items()
        for source in sources
    ]
    return neat.Genome(
        ["x1", "x2"], ["o"], connections, [neat.Node(_IDS[n], values[f"b({n})"], activation="sigmoid") for n in SOURCES]
    )


def step_by_engine(start: Mapping[str, float], inputs: tuple[float, float], target: float, rate: float) -> Values:
    """Return what the engine computes for the same step, under the same names."""
    genome, rows, targets = genome_of(start), [inputs], [[target]]
    gradient = gradients(neat.compile(genome), rows, targets, loss="half_squared")
    training = train(genome, rows, targets, loss="half_squared", epochs=1, optimiser="sgd", rate=rate, batch=0)
    after = gradients(neat.compile(training.genome), rows, targets, loss="half_squared")

    names = {node: name for name, node in _IDS.items()}
    weights = [f"w({names[gene.source]},{names[gene.target]})" for gene in genome.connections]
    places = {f"b({names[node.id]})": place for place, node in enumerate(genome.nodes) if names[node.id] in SOURCES}
    found = {"out(o)": float(neat.compile(genome)(rows)[0, 0]), "E": float(gradient.loss[0])}
    found |= {f"dE/d{name}": float(gradient.weight[place]) for place, name in enumerate(weights)}
    found |= {f"dE/d{name}": float(gradient.bias[place]) for name, place in places.items()}
    found |= {f"new {name}": gene.weight for name, gene in zip(weights, training.genome.connections, strict=True)}
    found |= {f"new {name}": training.genome.nodes[place].bias for name, place in places.items()}
    return found | {"new E": float(after.loss[0])}


def comparison(sheet: Sheet, engine: Mapping[str, float], digits: int) -> list[tuple[str, str, str, str]]:
    """Return (name, by hand, by the engine, verdict) of all results; the verdict is "equal" or "DIFFERENT"."""
    rows = []
    for name in sorted(engine, key=list(sheet.known).index):
        hand, computed = f"{sheet[name]:.{digits}f}", f"{engine[name]:.{digits}f}"
        rows.append((name, hand, computed, "equal" if hand == computed else "DIFFERENT"))
    return rows


def print_sheet(sheet: Sheet, digits: int) -> None:
    """Print all lines, section by section; in sections with long lines, the numbers go below the formula."""
    for title, section in sheet.sections.items():
        print(f"\n{title}\n")
        widths = [max(len(str(line[part])) for line in section) for part in range(3)]
        long = sum(widths) + digits > _LONGEST_LINE
        for line in section:
            name, formula, numbers = (str(line[part]).ljust(widths[part]) for part in range(3))
            formula = f"{line.formula}\n  {' ' * widths[0]}" if long else formula
            print(f"  {name} = {formula} = {numbers} = {line.value: .{digits}f}")


def draw(sheet: Sheet, folder: Path) -> Path:
    """Draw the network with the values of the forward pass, and what the step does to every weight and bias."""
    title = f"One training step: E = {sheet['E']:.5f} before, {sheet['new E']:.5f} after (rate {sheet['rate']:g})"
    figure, (axes,) = new_figure(11, 5.6, title)
    axes.axis("off")
    axes.set(xlim=(-0.25, 2.75), ylim=(-0.4, 1.3))
    for node, sources in SOURCES.items():
        for source in sources:
            draw_connection(axes, sheet, source, node)
    for node, (x, y) in _PLACES.items():
        output = sheet[node] if node in ("x1", "x2") else sheet[f"out({node})"]
        axes.scatter(x, y, s=2900, color="white", edgecolors=GREY, linewidths=1.6, zorder=3)
        axes.text(x, y, f"{node}\n{output:.4f}", ha="center", va="center", fontsize=10, zorder=4)
        if node in SOURCES:
            below = y - 0.2 if y < 1 else y + 0.2
            axes.text(x, below, _change(sheet, f"b({node})"), color=_colour(sheet, f"b({node})"), **_SMALL)
    x, y = _PLACES["o"]
    axes.text(
        x + 0.2, y, f"target {sheet['t']:g}\ndE/do = {sheet['dE/do']:.5f}\ndE/dnet = {sheet['dE/dnet(o)']:.5f}",
        va="center", fontsize=9, linespacing=1.5,
    )  # fmt: skip
    axes.text(
        1.25, -0.38, "in each node: its output; blue: weights and biases that the step increases, orange: decreases",
        ha="center", fontsize=9.5, color=GREY,
    )  # fmt: skip
    return save(figure, folder, "step")


def draw_connection(axes: Axes, sheet: Sheet, source: str, node: str) -> None:
    """Draw a connection, its weight before and after the step, and its derivative."""
    (x, y), (x_end, y_end) = _PLACES[source], _PLACES[node]
    name = f"w({source},{node})"
    colour = _colour(sheet, name)
    arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 28, "shrinkB": 28, "lw": 1.6}
    axes.annotate("", (x_end, y_end), (x, y), arrowprops=arrow, zorder=1)
    share = 0.3 if y != y_end and node != "o" else 0.5
    axes.text(
        x + share * (x_end - x), y + share * (y_end - y), _change(sheet, name), color=colour, **_SMALL,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5}, zorder=2,
    )  # fmt: skip


def _colour(sheet: Sheet, name: str) -> str:
    return BLUE if sheet[f"new {name}"] > sheet[name] else ORANGE


def _change(sheet: Sheet, name: str) -> str:
    return f"{name}: {sheet[name]:g} → {sheet[f'new {name}']:.5f}\nderivative {sheet[f'dE/d{name}']:.6f}"


def inputs_of(text: str) -> tuple[float, float]:
    """Return two numbers written like `0.4,0.9`."""
    try:
        first, second = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be two numbers, such as 0.4,0.9") from None
    return first, second


def main() -> int:
    """Print the step by hand and the comparison, draw the network; return 1 if a number differs, else 0."""
    parser = make_parser(__file__, __doc__)
    parser.add_argument("--inputs", type=inputs_of, default=(0.4, 0.9), help="of the row")
    parser.add_argument("--target", type=float, default=0.8, help="of the row")
    parser.add_argument("--rate", type=float, default=0.5, help="the learning rate")
    parser.add_argument("--digits", type=int, default=8, help="digits after the point that are shown and compared")
    options = parser.parse_args()
    if not 1 <= options.digits <= 12:
        parser.error(f"--digits {options.digits}: must be from 1 to 12")
    if not all(abs(value) <= 100 for value in (*options.inputs, options.target, options.rate)):
        parser.error("--inputs, --target and --rate must be numbers from -100 to 100")
    given = (options.inputs, options.target, options.rate)
    try:
        engine = step_by_engine(START, *given)
    except neat.NeatError as error:
        parser.error(str(error))
    folder = make_folder(parser, options.out)

    sheet = step_by_hand(START, *given)
    print(f"Inputs {options.inputs[0]:g} and {options.inputs[1]:g}, target {options.target:g}, rate {options.rate:g}")
    print_sheet(sheet, options.digits)
    rows = comparison(sheet, engine, options.digits)
    print("\nBeside the engine\n")
    print_table(("value", "by hand", "engine", "verdict"), rows)
    different = [name for name, *_, verdict in rows if verdict != "equal"]
    print(f"\nAll {len(rows)} numbers are equal.\n" if not different else f"\nDifferent: {', '.join(different)}\n")
    draw(sheet, folder)
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
