"""`neat check` and `neat show`: what would be run, and what a run came to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import neat.problems.registry  # noqa: F401  (declares the kinds that a run's configuration may name)
from neat.cli.progress import counted
from neat.config import Config
from neat.genetics.genome import Genome
from neat.ground.errors import NeatError
from neat.runs.folder import CHAMPION, CONFIG, RUNS, find_run
from neat.runs.history import History
from neat.runs.table import TABLE, Table

_MOST_NAMES = 6  # inputs or outputs that are named one by one
_MOST_ROWS = 60  # of a table


def tell_experiment(config: Config, path: Path) -> None:
    """Print what an experiment would be."""
    from neat.runs.run import problem_of

    problem = problem_of(config)
    rules, kind = config.run, "" if config.problem is None else config.problem.kind
    stops: dict[object, str] = {"solved": "or until it is solved", None: "every one of them"}
    stop = stops.get(rules.stop_fitness, f"or until fitness {rules.stop_fitness}")
    seed = "drawn at the start" if rules.seed is None else str(rules.seed)
    print(
        f"{path} is valid\n"
        f"problem      {kind}: {_named(problem.inputs, 'input')}; {_named(problem.outputs, 'output')}\n"
        f"population   {config.population.size:,} genomes\n"
        f"generations  {rules.generations}, {stop}\n"
        f"seed         {seed}"
    )


def tell_run(text: str) -> None:
    """Print what a run was, what it came to, and its champion; or the table of many runs."""
    for batch in (RUNS / text, Path(text)):
        if text and (batch / TABLE).is_file():
            _tell_batch(batch)
            return
    folder = find_run(text)
    with History(folder) as history:
        print(f"{folder}: {_outcome(history)}")
        about, session = history.about, history.sessions()[0]
    told = {"error": about.error, "command": session.command, "started": session.started, "seed": about.seed}
    for name, value in told.items():
        if value is not None:
            print(f"{name:<9}{value}")
    print(f"\n{_settings(folder / CONFIG)}", end="")
    champion = folder / CHAMPION
    if not champion.is_file():
        print("\nno champion yet")
        return
    try:
        genome = Genome.from_json(champion.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NeatError(f"{champion}: cannot be read ({error})") from None
    except NeatError as error:
        raise NeatError(f"{champion}: {error}") from None
    print(f"\nchampion: {genome!r}\n{champion}\n")
    _print_genome(genome)


def _tell_batch(folder: Path) -> None:
    from neat.cli.batches import print_rows, print_summary

    table = Table.read(folder)
    print(f"{folder}: {counted(len(table.rows), 'run')}\n\n{_settings(folder / CONFIG)}")
    print_rows(table.rows)
    print()
    print_summary(table)


def _outcome(history: History) -> str:
    last = history.last
    if last is None:
        return f"{history.status}, before the first generation was finished"
    (row,) = history.generations(last, last)
    solved = "solved" if row.solved else "not solved"
    fitness = history.champion().fitness
    return (
        f"{history.status}, {solved}; generations: {last + 1}, evaluations: {row.evaluations}, best fitness: {fitness}"
    )


def _settings(file: Path) -> str:
    """Return the settings of a run that differ from the defaults, or the text where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"{file}: cannot be read ({error})\n"
    try:
        return Config.from_ini(text, str(file)).to_ini()
    except NeatError:  # written by another version, or edited: show what it says
        return text


def _print_genome(genome: Genome) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    layout = genome.layout
    nodes = Table("node", "name", "bias", "response", "activation", "aggregation", title="nodes")
    for node in genome.nodes[:_MOST_ROWS]:
        name = layout.name(node.id) if node.id < layout.given else ""
        computed = node.id >= layout.sources
        values = (f"{node.bias:.4g}", f"{node.response:.4g}", node.activation, node.aggregation)
        nodes.add_row(str(node.id), name, *(values if computed else ()))
    links = Table("innovation", "from", "to", "weight", "enabled", title="connections")
    for link in genome.connections[:_MOST_ROWS]:
        ends = (layout.name(end) if end < layout.given else str(end) for end in (link.source, link.target))
        links.add_row(str(link.innovation), *ends, f"{link.weight:.6g}", "yes" if link.enabled else "no")
    for table, total in ((nodes, len(genome.nodes)), (links, len(genome.connections))):
        console.print(table)
        if total > _MOST_ROWS:
            print(f"... and {total - _MOST_ROWS} more")


def _named(names: Any, what: str) -> str:
    listed = ", ".join(map(str, list(names)[:_MOST_NAMES])) + (", ..." if len(names) > _MOST_NAMES else "")
    return f"{counted(len(names), what)} ({listed})"
