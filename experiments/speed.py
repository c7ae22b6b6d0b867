"""How fast the engine is, and beside neat-python: four tables and one from the shell, each figure beside its target.

1. `generations`: whole generations of XOR (evaluation, judging, breeding, speciation; `configs/xor.ini`, never
   stopping) by the number of genomes: milliseconds, the share of each phase, memory.
2. `cartpole`: microseconds per step of an unfinished CartPole agent, its network included, three episodes each.
3. `rows`: nanoseconds that one network takes for one of 2,048 rows, on one thread, by its size and functions.
4. `growth`: how the time of a generation grows with the size of genomes and with their number, as exponents (slopes
   of log time over log size), with a target number of species, and without one.
5. `shell`: commands from the shell, processes started and all.

Each measurement is made in a process of its own and repeated; a figure is the median of the repeats. With `--peer`,
neat-python does the same work in turn with this engine, in an environment that is made in the user's cache folder
(this needs the network, once). Everything, with `--peer`, takes about half an hour; `--quick`, without, two minutes.

    python experiments/speed.py [--peer] [--quick] [--only TABLE ...] [--json FILE]
                                [--sizes N ...] [--agents N ...] [--connections N ...] [--rows N] [--repeats N]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from measuring import HERE, ask, machine, number, peer_python, show

FIRST, LAST = 5, 20  # generations that are measured, the same of both programs
EPISODES, LENGTH = 3, 250  # of CartPole: played by every agent; steps that they last when they are measured
WINDOW = 10  # generations measured at every size of the genomes
SHAPES = [[10, 3], [130, 30], [1000, 231]]  # connections and nodes of the networks that answer rows
FUNCTIONS = ["linear", "leaky_relu", "sigmoid", "steep_sigmoid", "tanh"]
SMOOTH = {"sigmoid", "steep_sigmoid", "tanh"}
LARGEST_PEER, LARGEST_PEER_AGENTS, LARGEST_UNTARGETED = 10_000, 1_000, 10_000  # beyond these it takes too long

# What neat-python does too, and with a probability per gene instead of per child: see SETTINGS in peer_worker.py.
MATCHED = [
    "genome.bias=attribute",
    "mutation.weight_rate=1",
    "mutation.bias_rate=1",
    "mutation.perturb=0.72",
    "mutation.replace=0.08",
    "reproduction.unmated=0",
    "reproduction.mutate_mated=1",
    "reproduction.interspecies=0",
    "reproduction.champion_size=0",
    "reproduction.population_stagnation=0",
    "speciation.target_species=10",
    "speciation.normalise=yes",
]
MATCHED_AGENTS = ["genome.bias=attribute", "genome.acyclic=yes", "problem.scaling=none"]
UNMATCHED = [
    "both: XOR's four rows, (4 - sum of |error|)^2, all inputs joined to the output at first, no cycles, biases of "
    "nodes evolved like weights, every child of two parents and mutated (gaussian, sd 2.5, per gene 0.72; anew 0.08), "
    "add_node 0.03, add_connection 0.2, survival 0.2, each species' champion kept, threshold 3.0 moved for 10 species",
    "neat-python still differs: its sigmoid is 1/(1+e^-5z); its distance counts nodes, and divides by the number of "
    "genes however few; its species change their size by half; it evaluates champions again; it uses one core; "
    "its genomes grow more slowly, so that it has fewer genes to work on",
]
PHASES = ("evaluate", "tell", "breed", "speciate")

Row = dict[str, Any]


def main() -> None:
    """Measure and print the tables that are asked for."""
    options = _options()
    peer = peer_python() if options.peer else None
    found: dict[str, Any] = {"machine": machine(), "options": vars(options), "tables": {}}
    print(", ".join(f"{name} {value}" for name, value in found["machine"].items()), flush=True)
    ask("generations", size=150, first=0, last=1, seeds=[1], settings=[])  # compiles kernels: that takes memory too
    for name in options.only:
        began = time.perf_counter()
        found["tables"][name] = TABLES[name](options, peer)
        print(f"  ({time.perf_counter() - began:.0f} s)", flush=True)
        if options.json:
            Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def generations(options: argparse.Namespace, peer: Path | None) -> list[Row]:
    """Whole generations of XOR."""
    targets = {150: 0.5, 1_000: 1.5, 10_000: 7.5, 1_000_000: 1_000.0}
    rows = [
        {"genomes": size, "target": targets.get(size), **_generations(size, options.repeats, ())}
        for size in options.sizes
    ]
    show(
        f"XOR, a whole generation (the median of generations {FIRST} to {LAST}, milliseconds)",
        ["genomes", "ms", "target", *PHASES, "connections", "species", "bytes/genome", "peak MB", "before"],
        (
            [
                f"{row['genomes']:,}",
                number(row["milliseconds"]),
                number(row["target"]),
                *(f"{row['shares'][phase]:.0%}" for phase in PHASES),
                number(row["connections"]),
                number(row["species"]),
                number(row["population_bytes_per_genome"]),
                number(row["peak_bytes"] / 1e6),
                number(row["idle_bytes"] / 1e6),
            ]
            for row in rows
        ),
        ["target of the peak at 1,000,000: 4,000 MB; before: with everything imported, the kernels loaded"],
    )
    return rows if peer is None else rows + _beside(options, peer)


def _beside(options: argparse.Namespace, peer: Path) -> list[Row]:
    """Whole generations of XOR of both programs, in turn, with the same settings."""
    targets, rows = {150: 20, 1_000: 60, 10_000: 100}, []
    for size in (size for size in options.sizes if size <= LARGEST_PEER):
        asked = {"size": size, "first": FIRST, "last": LAST, "seeds": _seeds(size)}
        ours, theirs = [], []
        for _ in range(options.repeats):
            ours.append(ask("generations", settings=MATCHED, **asked))
            theirs.append(ask("generations", target=10, peer=peer, **asked))
        one, other = _medians(ours), _medians(theirs)
        ratio = other["milliseconds"] / one["milliseconds"]
        rows.append({"genomes": size, "ours": one, "peer": other, "ratio": ratio, "target": targets.get(size)})
    show(
        "XOR, a whole generation beside neat-python, the same settings, in turn (milliseconds)",
        ["genomes", "ours", "neat-python", "ratio", "target", "connections", "hidden", "species"],
        (
            [
                f"{row['genomes']:,}",
                number(row["ours"]["milliseconds"]),
                number(row["peer"]["milliseconds"]),
                number(row["ratio"]),
                number(row["target"]),
                *(
                    f"{number(row['ours'][name])}/{number(row['peer'][name])}"
                    for name in ("connections", "hidden", "species")
                ),
            ]
            for row in rows
        ),
        UNMATCHED,
    )
    return rows


def cartpole(options: argparse.Namespace, peer: Path | None) -> list[Row]:
    """Agents in CartPole: as configured but with one time step, and as neat-python can play them too."""
    rows = [
        _agents(size, settings, options.repeats, peer)
        if size <= LARGEST_PEER_AGENTS
        else _agents(size, settings, 1, None)  # a minute to evolve; each evaluation is repeated anyway
        for size in options.agents
        for settings in (["network.max_steps=1"], MATCHED_AGENTS)
    ]
    show(
        f"CartPole, {EPISODES} episodes each: microseconds per step of an agent that has not finished",
        [
            "agents",
            "settings",
            "us/step",
            "target",
            "ms in all",
            "steps/episode",
            "genes",
            "neat-python",
            "ratio",
            "target",
        ],
        (
            [
                f"{row['agents']:,}",
                "matched" if row["settings"] is MATCHED_AGENTS else " ".join(row["settings"]),
                number(row["microseconds_per_step"]),
                "0.28" if row["agents"] == 1_000 else "-",
                number(row["milliseconds"]),
                number(row["episode_length"]),
                number(row["connections"]),
                number(row["peer"]["microseconds_per_step"]) if "peer" in row else "-",
                number(row.get("ratio")),
                "40" if row["agents"] == 1_000 and "ratio" in row else "-",
            ]
            for row in rows
        ),
        [
            f"the first generation whose episodes last {LENGTH} steps; all its agents play from the same starts",
            f"matched: {', '.join(MATCHED_AGENTS)}; neat-python plays these very networks and episodes in the "
            "plain environment, one after the other, on one core",
        ],
    )
    return rows


def _agents(size: int, settings: list[str], repeats: int, peer: Path | None) -> Row:
    """Return the measurement of agents in CartPole; neat-python plays those that it can, in turn with this engine."""
    asked = {"size": size, "episodes": EPISODES, "length": LENGTH, "settings": settings, "repeats": 5}
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        agents = f"{folder}/agents.json"
        for _ in range(repeats):
            ours.append(ask("cartpole", agents=agents, **asked))
            if peer is not None and settings is MATCHED_AGENTS:
                theirs.append(ask("cartpole", agents=agents, repeats=1, peer=peer))
    row = {"agents": size, "settings": settings, **_medians(ours)}
    if theirs:
        row["peer"] = _medians(theirs)
        row["ratio"] = row["peer"]["microseconds_per_step"] / row["microseconds_per_step"]
    return row


def rows(options: argparse.Namespace, peer: Path | None) -> list[Row]:
    """One network on many rows."""
    asked = {"shapes": SHAPES, "functions": FUNCTIONS, "count": options.rows, "networks": 32, "repeats": 7}
    answers = [ask("rows", **asked)["networks"] for _ in range(options.repeats)]
    found = [_medians(list(same)) for same in zip(*answers, strict=True)]
    for row in found:
        smooth = 0.2 * row["connections"] + 2.5 * row["nodes"]
        known = 28.0 if (row["function"], row["connections"]) == ("leaky_relu", 130) else None
        row["target"] = smooth if row["function"] in SMOOTH else known
    show(
        f"one network, one of {options.rows:,} rows, one thread (nanoseconds)",
        ["connections", "nodes", "function", "ns", "target", "with its squared error"],
        (
            [
                f"{row['connections']:,}",
                f"{row['nodes']:,}",
                row["function"],
                number(row["nanoseconds"]),
                number(row["target"]),
                number(row["judged_nanoseconds"]),
            ]
            for row in found
        ),
        ["targets: 28 ns; with smooth functions 0.2 ns per connection and 2.5 ns per node"],
    )
    return found


def growth(options: argparse.Namespace, peer: Path | None) -> list[Row]:
    """Time of a generation by the size of genomes, and by their number."""
    size = min(1_000, max(options.sizes))
    table = [*_by_connections(size, options), *_by_genomes(options)]
    slopes = [_slope(table, by, targeted) for by in ("connections", "genomes") for targeted in (True, False)]
    show(
        f"growth: a generation of XOR by connections per genome ({size:,} genomes), and by genomes (milliseconds)",
        ["by", "target number of species", "size", "ms", "species", *PHASES],
        (
            [
                row["by"],
                "yes" if row["targeted"] else "no",
                number(row["size"]),
                number(row["milliseconds"]),
                number(row["species"]),
                *(f"{row['shares'][phase]:.0%}" for phase in PHASES),
            ]
            for row in table
        ),
        [
            "genomes grew by selection for size, all children with a new connection and 3 in 10 with a new node; then, "
            f"for the {WINDOW} generations that are measured, XOR as configured",
            *(
                f"exponent by {slope['by']}, {'with' if slope['targeted'] else 'without'} a target number: "
                f"{number(slope['exponent'])} over all sizes, {number(slope['last'])} over the last two"
                f"{' (at most 1.05 is wanted)' if slope['targeted'] else ''}"
                for slope in slopes
            ),
        ],
    )
    return [*table, *slopes]


def _by_connections(size: int, options: argparse.Namespace) -> list[Row]:
    asked = {"size": size, "connections": options.connections, "window": WINDOW}
    answers = [ask("growth", seed=seed, **asked)["sizes"] for seed in range(1, options.repeats + 1)]
    found = []
    for targeted, name in ((True, "target"), (False, "no_target")):
        for same in zip(*answers, strict=True):
            row = _medians([answer[name] for answer in same])
            found.append({"by": "connections", "targeted": targeted, "size": row["connections"], **row})
    return found


def _by_genomes(options: argparse.Namespace) -> list[Row]:
    few = [size for size in options.sizes if size <= LARGEST_UNTARGETED]
    found = []
    for targeted, sizes, settings in ((True, options.sizes, ()), (False, few, ("speciation.target_species=none",))):
        for size in sizes:
            row = _generations(size, options.repeats, settings)
            found.append({"by": "genomes", "targeted": targeted, "size": size, **row})
    return found


def shell(options: argparse.Namespace, peer: Path | None) -> list[Row]:
    """Commands from the shell, each a process."""
    run = ["run", "configs/xor.ini", "--seed", "1", "--quiet"]
    _command(run)  # so that kernels are compiled
    found = [
        {"command": "neat --help", "target": 0.3, "seconds": _repeated(["--help"], options.repeats)},
        {"command": "neat run configs/xor.ini", "target": 1.5, "seconds": _repeated(run, options.repeats)},
    ]
    if not options.quick:
        found.append({"command": "the same, the very first time", "target": 15.0, "seconds": _command(run, first=True)})
    show(
        "from the shell (seconds)",
        ["command", "s", "target"],
        ([row["command"], number(row["seconds"]), number(row["target"])] for row in found),
        ["the very first time: with an empty NUMBA_CACHE_DIR, so that every kernel is compiled"],
    )
    return found


TABLES = {"generations": generations, "cartpole": cartpole, "rows": rows, "growth": growth, "shell": shell}


@cache
def _generations(size: int, repeats: int, settings: tuple[str, ...]) -> Row:
    """Return the measurement of whole generations of XOR; two tables show it, and it is made once."""
    asked = {"size": size, "first": FIRST, "last": LAST, "seeds": _seeds(size), "settings": settings}
    return _medians([ask("generations", **asked) for _ in range(repeats)])


def _seeds(size: int) -> list[int]:
    """Return the seeds of the runs that are measured: several where a run is short."""
    return list(range(1, 1 + max(1, 2_000 // max(size, 150))))


def _medians(answers: list[Row]) -> Row:
    """Return one row of several that differ in their numbers only: the median of each."""
    row: Row = {}
    for name, value in answers[0].items():
        values = [answer[name] for answer in answers]
        if isinstance(value, dict):
            row[name] = _medians(values)
        else:
            row[name] = statistics.median(values) if isinstance(value, int | float) else value
    return row


def _slope(table: list[Row], by: str, targeted: bool) -> Row:
    """Return the exponent of time over size, fitted to all rows and to the last two."""
    chosen = [row for row in table if (row["by"], row["targeted"]) == (by, targeted)]
    sizes = [math.log(row["size"]) for row in chosen]
    times = [math.log(row["milliseconds"]) for row in chosen]
    exponents = [
        statistics.linear_regression(sizes[few:], times[few:]).slope if len(chosen) > 1 else None for few in (0, -2)
    ]
    return {"by": by, "targeted": targeted, "exponent": exponents[0], "last": exponents[1]}


def _repeated(arguments: list[str], repeats: int) -> float:
    return statistics.median(_command(arguments) for _ in range(repeats))


def _command(arguments: list[str], *, first: bool = False) -> float:
    """Return the seconds that a command of the engine takes, from the start of its process to its end."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "neat", *arguments]
        command += ["--out", f"{folder}/run"] if arguments[0] == "run" else []
        kernels = {"NUMBA_CACHE_DIR": f"{folder}/kernels"} if first else {}
        began = time.perf_counter()
        subprocess.run(command, cwd=HERE.parent, stdout=subprocess.DEVNULL, env=os.environ | kernels, check=True)
        return time.perf_counter() - began


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--peer", action="store_true", help="neat-python too")
    parser.add_argument("--quick", action="store_true", help="small sizes, once each")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), metavar="TABLE")
    parser.add_argument("--json", metavar="FILE", help="all figures, in a file")
    parser.add_argument("--sizes", nargs="+", type=int, metavar="N", help="genomes")
    parser.add_argument("--agents", nargs="+", type=int, metavar="N", help="of CartPole")
    parser.add_argument("--connections", nargs="+", type=int, metavar="N", help="per genome, of growth")
    parser.add_argument("--rows", type=int, default=2_048, metavar="N", help="that a network answers")
    parser.add_argument("--repeats", type=int, metavar="N", help="of every measurement")
    options = parser.parse_args()
    options.sizes = options.sizes or ([150, 1_000] if options.quick else [150, 1_000, 10_000, 100_000, 1_000_000])
    options.agents = options.agents or ([150] if options.quick else [150, 1_000, 10_000])
    options.connections = options.connections or ([10, 32, 100] if options.quick else [10, 32, 100, 316, 1_000])
    options.repeats = options.repeats or (1 if options.quick else 3)
    return options


if __name__ == "__main__":
    main()
