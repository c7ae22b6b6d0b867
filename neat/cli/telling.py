"""`neat check` and `neat show`: what would be run, and the result of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neat.cli.columns import cut, print_columns
from neat.cli.progress import counted
from neat.cli.terminal import say, say_text, stdout, warn
from neat.config import Config
from neat.config.reader import read_file
from neat.core.errors import NeatError
from neat.genetics.genome import Genome, read_genome
from neat.problems.protocol import Problem, check_settings
from neat.store.folder import CHAMPION, CONFIG, find_run, is_batch
from neat.store.history import History
from neat.store.overview import Overview, how_measured_in, overview_of
from neat.studies.table import Table

_MOST_NAMES = 6  # inputs or outputs that are listed by name
_MOST_ROWS = 60  # of a table
_BARS, _PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.-=+*%#"  # for terminals without block characters


def tell_experiment(config: Config, path: Path) -> None:
    """Print what a configuration would run."""
    from neat.problems.registry import make_problem
    from neat.store.provenance import with_absolute_paths

    with_absolute_paths(config)  # refuses a path that no configuration can hold
    problem = make_problem(config)
    check_settings(problem, config)
    warnings = _environment_warnings(problem)
    rules, kind = config.run, "" if config.problem is None else config.problem.kind
    stops: dict[object, str] = {"solved": "or until it is solved", None: "all of them"}
    stop = stops.get(rules.stop_fitness, f"or until fitness {rules.stop_fitness}")
    seed = "drawn at the start" if rules.seed is None else str(rules.seed)
    say(
        f"{path} is valid",
        f"problem      {kind}: {_named(problem.inputs, 'input')}; {_named(problem.outputs, 'output')}",
        f"population   {config.population.size:,} genomes",
        f"generations  {rules.generations}, {stop}",
        f"seed         {seed}",
    )
    for warning in warnings:
        warn(f"warning: {warning}")


def _environment_warnings(problem: Problem) -> list[str]:
    """Try the environment of a Gymnasium problem; raise NeatError if runs would fail or not be reproducible."""
    from neat.problems.gymnasium.problem import Gymnasium

    if not isinstance(problem, Gymnasium):
        return []
    from neat.problems.gymnasium.environment_check import check_environment

    found = check_environment(problem)
    if found.faults:
        raise NeatError(*(f"{problem.spec.id}: {fault}" for fault in found.faults))
    return [f"{problem.spec.id}: {warning}" for warning in found.warnings]


def tell_run(text: str) -> None:
    """Print a run's settings, history and champion, or the table of many runs."""
    folder = find_run(text, batches=True)
    if is_batch(folder):
        _tell_batch(folder)
        return
    with History(folder) as history:
        about, sessions, story = history.about, history.sessions(), overview_of(history)
        settings = _settings_of(history)
        say(f"{folder}: {_outcome(history)}")
    first = [("command", session.command) for session in sessions[:1]]
    first += [("started", session.started) for session in sessions[:1]]
    for name, value in (("error", about.error), *first, ("seed", about.seed)):
        if value is not None:
            say(f"{name:<9}{value}")
    _tell_story(story)
    say_text("\n" + settings)
    champion = folder / CHAMPION
    if not champion.is_file():
        say("", "no champion yet")
        return
    genome, _ = read_genome(champion)
    say("", f"champion: {genome!r}", champion, "")
    _print_genome(genome)


def _tell_story(story: Overview) -> None:
    """Print what happened in a run."""
    if not story.curve:
        return
    say(f"took     {story.seconds:.1f} s" + (f", in {story.processes} processes" if story.processes > 1 else ""))
    low, high, last = story.species
    say(f"species  {low} to {high}, {last} at the end")
    if story.failures:
        say(f"failed   {counted(story.failures, 'evaluation')}, which got the lowest fitness of the generation")
    if story.tests[0]:
        say(f"tests    {story.tests[0]:,}, passed {story.tests[1]:,}")
    say("", f"{_curve(story.curve)}  best fitness, from {story.curve[0]:.6g} to {story.curve[-1]:.6g}")
    rows = [
        [
            str(stone.generation), f"{stone.evaluations:,}", f"{stone.fitness:.6g}", str(stone.hidden),
            str(stone.connections),
        ]
        for stone in story.milestones
    ]  # fmt: skip
    print_columns([["generation", "evaluations", "champion's fitness", "hidden", "connections"], *rows])
    if story.champions > len(rows):
        say(f"({len(rows)} of {story.champions} champions)")


def _curve(values: Sequence[float]) -> str:
    """Return a one-line curve, scaled from the lowest value to the highest."""
    low, high = min(values), max(values)
    bars = _BARS
    try:
        bars.encode(stdout().encoding)
    except (LookupError, UnicodeEncodeError):
        bars = _PLAIN_BARS
    height = (high / 2 - low / 2) or 1.0  # halves, since the difference of the values may overflow
    return "".join(bars[round((value / 2 - low / 2) / height * (len(bars) - 1))] for value in values)


def _tell_batch(folder: Path) -> None:
    from neat.cli.batches import print_rows, print_summary

    table = Table.read(folder)
    say(f"{folder}: {counted(len(table.rows), 'run')}", "")
    say_text(_settings(folder / CONFIG) + "\n")
    print_rows(table.rows)
    say()
    print_summary(table)


def _outcome(history: History) -> str:
    last = history.last
    if last is None:
        return f"{history.status}, before the first generation was finished"
    (row,) = history.generations(last, last)
    status = history.status
    if status == "finished":
        status = "solved" if row.solved else "stopped"  # as `neat list` says
    return (
        f"{status}; generations: {last:,}, evaluations: {row.evaluations:,}, "
        f"best fitness: {history.champion().fitness}{how_measured_in(history)}"
    )


def _settings_of(history: History) -> str:
    """Return the settings of a run that differ from the defaults, or all of its text if that cannot be read."""
    try:
        return history.config.to_ini()
    except NeatError:  # written by another version
        return history.about.config


def _settings(file: Path) -> str:
    """Return the settings in a file that differ from the defaults, or all of its text if that cannot be read."""
    try:
        text = read_file(file)
    except NeatError as error:
        return f"{error}\n"
    try:
        return Config.from_ini(text, str(file)).to_ini()
    except NeatError:  # written by another version, or edited
        return text


def _print_genome(genome: Genome) -> None:
    layout = genome.layout
    nodes = [["node", "name", "bias", "response", "activation", "aggregation"]]
    for node in genome.nodes[:_MOST_ROWS]:
        name = cut(layout.name(node.id))[0] if node.id < layout.given else ""
        values = [f"{node.bias:.4g}", f"{node.response:.4g}", node.activation, node.aggregation]
        nodes.append([str(node.id), name, *(values if node.id >= layout.sources else [""] * len(values))])
    links = [["innovation", "from", "to", "weight", "enabled"]]
    for link in genome.connections[:_MOST_ROWS]:
        ends = (cut(layout.name(end))[0] if end < layout.given else str(end) for end in (link.source, link.target))
        links.append([str(link.innovation), *ends, f"{link.weight:.6g}", "yes" if link.enabled else "no"])
    for table, left, total in ((nodes, 2, len(genome.nodes)), (links, 3, len(genome.connections))):
        print_columns(table, left=left)
        if total > _MOST_ROWS:
            say(f"... and {total - _MOST_ROWS} more")
        if table is nodes:
            say()


def _named(names: Any, what: str) -> str:
    listed = ", ".join(map(str, list(names)[:_MOST_NAMES])) + (", ..." if len(names) > _MOST_NAMES else "")
    return f"{counted(len(names), what)} ({listed})"
