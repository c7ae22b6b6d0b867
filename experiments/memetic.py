"""Evolution that learns: evolution alone, with Lamarckian or Baldwinian learning, and gradients alone, on five tasks.

    python experiments/memetic.py [TASK ...] [--seeds 10] [--jobs 0] [--out FOLDER] [--quick]

All four methods get the same number of evaluations, and count them alike: an evaluation is one network on all rows, and
a pass forward and backward over all rows counts as two. The tasks, their budgets, and when they are solved:

    xor            4 rows      10,000   the output is on the right side of 0.5 in every row
    parity3        8 rows      20,000   the same
    multiplexer11  2,048 rows  40,000   the same
    spirals        194 rows    100,000  the same; the two spirals of Lang & Witbrock (1988)
    regression     120 rows    60,000   mean squared error at most 0.005, twice the variance of the noise; the target is
                                        sin(pi a) cos(pi b) plus normal noise of standard deviation 0.05

Everything is the same for the three evolving methods except for the population and for how weights mutate: evolution
alone has the settings that were best among those tried for it (150 genomes; weights change as by default, or more
gently where that helped), the learning methods have 20 genomes and leave weights to the gradients. All of them start
from inputs connected to outputs. Gradients alone train a layered network with the same activation functions, by Adam.

Measured with ten seeds, solved runs and median evaluations of these:

                   evolution alone   lamarckian     baldwinian     gradients alone
    xor            10    1,296       10   1,540     10    3,182    10      48
    parity3        10    5,256       10   2,420     10    6,342    10      60
    multiplexer11   0        -       10   8,550      9   27,930    10      64
    spirals         0        -       10  10,750      8   69,700     9   1,282
    regression      0        -       10  24,420      2   49,005    10   3,901

Evolution that learns solves the tasks that evolution alone does not solve at all. Children that inherit what was
learned need a fraction of the evaluations of those that do not. Gradients alone, on a layered network whose size was
chosen by hand, need the fewest, and have the largest networks: 304 connections for the spirals, where Lamarckian
evolution found 90.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

import neat
from neat.export.figures import import_matplotlib, saved
from neat.export.palette import INK, NEGATIVE, POSITIVE, QUIET
from neat.problems.tables.dataset import TableProblem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METHODS = ("evolution", "lamarckian", "baldwinian", "gradients")
COLOURS = {"evolution": QUIET, "lamarckian": POSITIVE, "baldwinian": "#56b4e9", "gradients": NEGATIVE}
SPIRAL_POINTS = 97  # of each spiral
SPIRAL_UNIT = 2.0  # networks are given coordinates in this unit
NOISE, REGRESSION_ROWS = 0.05, 120
_MOST_GENERATIONS = 1_000_000_000  # the budget ends a run long before
_FIGURES = Path(__file__).resolve().parent.parent / "runs" / "memetic"
_QUICK_SEEDS = 2
_QUICK_SHARE = 0.05  # of the budget

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Evolving:
    """The settings of an evolving method: its population, and the keys of sections that differ from their defaults."""

    size: int
    mutation: Mapping[str, float]
    learning: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A table to learn, the budget, and the settings of every method.

    Attributes:
        make: makes the problem.
        budget: evaluations of a run.
        genome: the functions of hidden nodes and of outputs.
        loss: what learning and gradients minimise.
        methods: the settings of each evolving method.
        hidden, rate, batch: of gradients alone; the sizes of the hidden layers, and the settings of Adam.
    """

    make: Callable[[], TableProblem]
    budget: int
    genome: Mapping[str, str]
    loss: str
    methods: Mapping[str, Evolving]
    hidden: tuple[int, ...]
    rate: float
    batch: int


@dataclass(frozen=True)
class Run:
    """The run of one method on one task with one seed; `evaluations` are those until it was solved, or all of them."""

    task: str
    method: str
    seed: int
    solved: bool
    evaluations: int
    hidden: int
    connections: int
    seconds: float
    genome: neat.Genome


def parity(bits: int) -> neat.Dataset:
    """Return all rows of the parity of a number of bits; of two bits, it is XOR."""
    inputs = (np.arange(2**bits)[:, None] >> np.arange(bits) & 1).astype(np.float64)
    return neat.Dataset(inputs, inputs.sum(axis=1) % 2, measure="mse", solved="sides")


def two_spirals() -> tuple[Numbers, Numbers]:
    """Return the 194 points (R, 2) of two spirals that turn three times around each other, and their classes (R,).

    Point i of 97 has the angle i pi / 16 and the radius 6.5 (104 - i) / 104; the points of the other spiral lie
    opposite (Lang & Witbrock 1988, Learning to tell two spirals apart).
    """
    number = np.arange(SPIRAL_POINTS)
    angle, radius = number * np.pi / 16, 6.5 * (104 - number) / 104
    spiral = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return np.concatenate([spiral, -spiral]), np.repeat([1.0, 0.0], SPIRAL_POINTS)


def noisy_waves() -> tuple[Numbers, Numbers]:
    """Return 120 points (R, 2) from -1 to 1, and sin(pi a) cos(pi b) of each with noise (R,)."""
    rng = Generator(Philox(1))
    points = rng.uniform(-1.0, 1.0, (REGRESSION_ROWS, 2))
    smooth = np.sin(np.pi * points[:, 0]) * np.cos(np.pi * points[:, 1])
    return points, smooth + NOISE * rng.standard_normal(REGRESSION_ROWS)


def _xor() -> TableProblem:
    return parity(2)


def _parity3() -> TableProblem:
    return parity(3)


def _multiplexer() -> TableProblem:
    return neat.Multiplexer(3, measure="mse", solved="sides")


def _spirals() -> TableProblem:
    points, classes = two_spirals()
    return neat.Dataset(points / SPIRAL_UNIT, classes, measure="cross_entropy", solved="sides")


def _regression() -> TableProblem:
    return neat.Dataset(*noisy_waves(), measure="mse", solved=-2 * NOISE**2)


_CLASSIFY = {"activation": "tanh", "output_activation": "sigmoid"}
_WIDE = {"add_node": 0.1, "add_connection": 0.5}  # weights mutate as those of small genomes do by default
_GENTLE = {"perturb": 0.05, "replace": 0.0, "weight_power": 0.5}  # gradients change the weights
_GROW, _GROW_FAST = (
    {"add_node": 0.3, "add_connection": 0.6, **_GENTLE}, {"add_node": 0.6, "add_connection": 0.9, **_GENTLE}
)  # fmt: skip
_SMALL = {
    "evolution": Evolving(150, _WIDE),
    "lamarckian": Evolving(20, _WIDE, {"steps": 5, "rate": 0.2}),
    "baldwinian": Evolving(20, _WIDE, {"steps": 10, "rate": 0.2}),
}
TASKS = {
    "xor": Task(_xor, 10_000, _CLASSIFY, "mse", _SMALL, (3,), 0.05, 0),
    "parity3": Task(_parity3, 20_000, _CLASSIFY, "mse", _SMALL, (4,), 0.05, 0),
    "multiplexer11": Task(
        _multiplexer, 40_000, _CLASSIFY, "mse",
        {
            "evolution": Evolving(
                150, {"add_node": 0.1, "add_connection": 0.3, "perturb": 0.1, "replace": 0.02, "weight_power": 0.5}
            ),
            "lamarckian": Evolving(20, _GROW, {"steps": 32, "rate": 0.05, "batch": 64}),
            "baldwinian": Evolving(10, _GROW_FAST, {"steps": 640, "rate": 0.02, "batch": 32}),
        },
        (20,), 0.01, 64,
    ),
    "spirals": Task(
        _spirals, 100_000, {"activation": "sin", "output_activation": "sigmoid"}, "binary_cross_entropy",
        {
            "evolution": Evolving(150, _WIDE),
            "lamarckian": Evolving(20, _GROW, {"steps": 14, "rate": 0.02, "batch": 32}),
            "baldwinian": Evolving(20, _GROW, {"steps": 140, "rate": 0.02, "batch": 32}),
        },
        (16, 16), 0.01, 32,
    ),
    "regression": Task(
        _regression, 60_000, {"activation": "tanh", "output_activation": "linear"}, "mse",
        {
            "evolution": Evolving(
                150, {"add_node": 0.1, "add_connection": 0.5, "perturb": 0.2, "replace": 0.02, "weight_power": 0.2}
            ),
            "lamarckian": Evolving(20, _GROW, {"steps": 20, "rate": 0.02, "batch": 32}),
            "baldwinian": Evolving(10, _GROW_FAST, {"steps": 600, "rate": 0.03, "batch": 8}),
        },
        (10,), 0.01, 32,
    ),
}  # fmt: skip


def main() -> None:
    """Run every method on every task, print the table and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"among {', '.join(TASKS)}; by default all")
    parser.add_argument("--seeds", type=int, help="runs of each method on each task (default: 10)")
    parser.add_argument("--jobs", type=int, default=0, help="worker processes; 0: all cores")
    parser.add_argument("--out", type=Path, default=_FIGURES, metavar="FOLDER", help="where to draw")
    parser.add_argument("--quick", action="store_true", help=f"a twentieth of the budgets, {_QUICK_SEEDS} seeds")
    options = parser.parse_args()
    unknown = [name for name in options.tasks if name not in TASKS]
    if unknown:
        parser.error(f"{unknown[0]}: no such task (there are {', '.join(TASKS)})")
    seeds = (_QUICK_SEEDS if options.quick else 10) if options.seeds is None else options.seeds
    for name, value, least in (("seeds", seeds, 1), ("jobs", options.jobs, 0)):
        if value < least:
            parser.error(f"--{name} {value}: too few ({least} or more)")
    names = [name for name in TASKS if name in (options.tasks or TASKS)]
    share = _QUICK_SHARE if options.quick else 1.0
    try:
        import_matplotlib()
        options.out.mkdir(parents=True, exist_ok=True)
        runs = []
        print_header()
        for found in compare(names, range(seeds), share, options.jobs):
            print_rows(found)
            runs += found
    except OSError as error:
        parser.exit(2, f"{error.filename}: {error.strerror}\n")
    except neat.NeatError as error:
        parser.exit(2, f"{error}\n")
    print("(evaluations, connections and hidden nodes: medians of the solved runs; seconds: median of all runs)")
    file = options.out / "memetic.png"
    file.write_bytes(saved(draw(runs, share), "png"))
    print(f"drawn: {file}")


def compare(names: Sequence[str], seeds: Sequence[int], share: float = 1.0, jobs: int = 0) -> Iterator[list[Run]]:
    """Yield the runs of all methods, task by task, with a share of the budgets; `jobs` never changes a result."""
    wanted = [(name, method, seed, share) for name in names for method in METHODS for seed in seeds]
    jobs = min(jobs or os.cpu_count() or 1, len(wanted))
    with ProcessPoolExecutor(jobs, get_context("spawn")) if jobs > 1 else nullcontext() as workers:
        runs = map(_run, wanted) if workers is None else workers.map(_run, wanted)
        for _, group in groupby(runs, key=lambda run: run.task):
            yield list(group)


def _run(wanted: tuple[str, str, int, float]) -> Run:
    name, method, seed, share = wanted
    return run_gradients(name, seed, share) if method == "gradients" else run_evolution(name, method, seed, share)


def budget_of(name: str, share: float = 1.0) -> int:
    """Return the evaluations that a run of a task has."""
    return max(1, round(share * TASKS[name].budget))


def settings_of(name: str, method: str) -> dict[str, dict[str, Any]]:
    """Return the sections of the configuration of an evolving method on a task."""
    task = TASKS[name]
    chosen = task.methods[method]
    sections: dict[str, dict[str, Any]] = {
        "population": {"size": chosen.size},
        "genome": {"acyclic": True, "weight_limit": 30.0, **task.genome},
        "mutation": {"kind": "gaussian", **chosen.mutation},
        "speciation": {"target_species": "auto"},
        "reproduction": {"survival": 0.2, "unmated": 0.25},
    }
    if chosen.learning:
        sections["learning"] = {"inherit": method, "loss": task.loss, **chosen.learning}
    return sections


def run_evolution(name: str, method: str, seed: int, share: float = 1.0) -> Run:
    """Evolve networks, with or without learning, until the task is solved or the budget is spent."""
    budget = budget_of(name, share)
    config = neat.Config(
        run={"seed": seed, "threads": 1, "generations": _MOST_GENERATIONS}, **settings_of(name, method)
    )
    begun = perf_counter()
    for generation in neat.evolve(config, TASKS[name].make()):
        if generation.evaluations >= budget:
            break
    solved = generation.solved and generation.evaluations <= budget
    evaluations = generation.evaluations if solved else budget
    return _as_run(name, method, seed, solved, evaluations, begun, generation.champion.genome)


class _Solved(Exception):
    """Ends a training whose network solves the task."""


def run_gradients(name: str, seed: int, share: float = 1.0) -> Run:
    """Train a layered network until it solves the task or the budget is spent."""
    task, problem = TASKS[name], TASKS[name].make()
    genome = neat.learning.layered_genome(
        problem.inputs, problem.outputs, task.hidden, weights="xavier", seed=seed, **task.genome
    )
    found: list[tuple[int, neat.Genome]] = []

    def watch(epoch: neat.learning.Epoch) -> None:
        found[:] = [(epoch.number, epoch.genome)]
        if problem.test(neat.compile(epoch.genome), 1, 0, {}).solved:
            raise _Solved

    budget, solved = budget_of(name, share), False
    begun = perf_counter()
    try:
        neat.learning.train(
            genome, problem.rows, problem.targets, loss=task.loss, epochs=max(1, budget // 2),
            rate=task.rate, batch=task.batch, seed=seed, watch=watch,
        )  # fmt: skip
    except _Solved:
        solved = True
    number, genome = found[0]
    return _as_run(name, "gradients", seed, solved, 2 * number if solved else budget, begun, genome)


def _as_run(
    name: str, method: str, seed: int, solved: bool, evaluations: int, begun: float, genome: neat.Genome
) -> Run:
    connections = int(genome.column("enabled").sum())
    return Run(name, method, seed, solved, evaluations, genome.hidden, connections, perf_counter() - begun, genome)


def print_header() -> None:
    """Print the head of the table."""
    print(f"{'task':<15}{'method':<12}{'solved':>8}{'evaluations':>13}{'hidden':>8}{'connections':>13}{'seconds':>9}")


def print_rows(runs: Sequence[Run]) -> None:
    """Print a line for each method, from the runs of one task."""
    for method in METHODS:
        here = [run for run in runs if run.method == method]
        solved = [run for run in here if run.solved]
        cells = ["-"] * 3
        if solved:
            columns = ("evaluations", "hidden", "connections")
            cells = [f"{median(getattr(run, column) for run in solved):,.0f}" for column in columns]
        print(
            f"{here[0].task:<15}{method:<12}{f'{len(solved)}/{len(here)}':>8}{cells[0]:>13}{cells[1]:>8}{cells[2]:>13}"
            f"{median(run.seconds for run in here):>9.2f}",
            flush=True,
        )


def draw(runs: Sequence[Run], share: float = 1.0) -> Figure:
    """Return a figure: evaluations of every run by task and method, and what networks for the spirals answer."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(run.task for run in runs))
    spirals = "spirals" in names
    figure = Figure(figsize=(12 if spirals else 8.5, 5.6), layout="constrained")
    if spirals:
        left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
        _draw_regions(right, [run for run in runs if run.task == "spirals"])
    else:
        left = figure.subplots()
    _draw_evaluations(left, runs, names, share)
    figure.suptitle("Evolution alone, evolution that learns, and gradients", fontsize=14, fontweight="bold", color=INK)
    return figure


def _draw_evaluations(axes: Axes, runs: Sequence[Run], names: Sequence[str], share: float) -> None:
    """Draw a dot for each solved run, a row for each method and task, and how many runs were solved."""
    place = 0.0
    ticks: list[float] = []
    lowest = min(run.evaluations for run in runs)
    for name in names:
        first, budget = place, budget_of(name, share)
        for method in METHODS:
            here = [run for run in runs if (run.task, run.method) == (name, method)]
            solved = [run.evaluations for run in here if run.solved]
            colour = COLOURS[method]
            axes.plot(solved, [place] * len(solved), "o", color=colour, alpha=0.5, markersize=6, markeredgewidth=0)
            if solved:
                axes.plot([median(solved)] * 2, [place - 0.36, place + 0.36], color=colour, linewidth=2.5)
            axes.text(
                1.01, place, f"{len(solved)} of {len(here)}", transform=axes.get_yaxis_transform(), va="center",
                fontsize=8.5, color=colour,
            )  # fmt: skip
            place += 1
        axes.plot([budget] * 2, [first - 0.5, place - 0.5], color=INK, linewidth=1.2, linestyle=":")
        ticks.append((first + place - 1) / 2)
        place += 0.8
    axes.set(xscale="log", xlim=(lowest / 1.6, 1.4 * max(budget_of(name, share) for name in names)))
    axes.set_ylim(place - 0.8, -0.9)
    axes.set_yticks(ticks, names)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("evaluations until solved (a pass forward and backward counts as two)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=QUIET, alpha=0.2, linewidth=0.8)
    handles = [axes.plot([], [], "o", color=COLOURS[method], label=method)[0] for method in METHODS]
    handles += axes.plot([], [], color=INK, linewidth=2.5, label="median")
    handles += axes.plot([], [], color=INK, linewidth=1.2, linestyle=":", label="budget")
    axes.legend(handles=handles, frameon=False, fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.45, 1.0))


def _draw_regions(axes: Axes, runs: Sequence[Run]) -> None:
    """Draw what a network answers around the two spirals: of a solved Lamarckian run, else of another one.

    Genomes of Baldwinian runs do not hold what they learned.
    """
    candidates = [run for run in runs if run.method != "baldwinian"]
    run = min(candidates, key=lambda run: (not run.solved, run.method != "lamarckian", run.seed))
    points, classes = two_spirals()
    reach = np.linspace(-7.0, 7.0, 281)
    grid = np.stack(np.meshgrid(reach, reach), axis=-1)
    output = neat.activate_rows(neat.compile(run.genome).networks, grid.reshape(-1, 2) / SPIRAL_UNIT)[0].reshape(
        grid.shape[:2]
    )
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("sides", ["#f5c9a8", "#ffffff", "#a9cfe6"])
    axes.imshow(output, origin="lower", extent=(-7, 7, -7, 7), cmap=colours, vmin=0, vmax=1, interpolation="bilinear")
    axes.contour(reach, reach, output, levels=[0.5], colors=[INK], linewidths=0.8)
    for side, colour in ((1.0, POSITIVE), (0.0, NEGATIVE)):
        axes.plot(*points[classes == side].T, "o", color=colour, markersize=3.5)
    axes.set_axis_off()
    axes.set_title(
        f"two spirals, {run.method}, {'solved' if run.solved else 'not solved'}: {run.hidden} hidden nodes,\n"
        f"{run.connections} connections, {run.evaluations:,} evaluations", fontsize=11,
    )  # fmt: skip


if __name__ == "__main__":
    main()
