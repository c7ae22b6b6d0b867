"""`neat show`: the settings, history and champion of a run, or the table of many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neat.cli.tables import number, print_table, shortened
from neat.cli.terminal import say, say_text, stdout
from neat.config import Config
from neat.config.reader import read_file
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.genetics.genome import Genome, read_genome
from neat.store.folder import CHAMPION, CONFIG, find_run, is_batch
from neat.store.history import History
from neat.store.overview import Overview, how_measured_in, overview_of
from neat.studies.table import Table

_MOST_GENES = 60  # nodes or connections that are listed
_BARS, _PLAIN_BARS = "▁▂▃▄▅▆▇█", "_.-=+*%#"  # for terminals without block characters


def print_run(text: str) -> None:
    """Print a run's settings, history and champion, or the table of many runs."""
    folder = find_run(text, batches=True)
    if is_batch(folder):
        _print_batch(folder)
        return
    with History(folder) as history:
        about, sessions, story = history.about, history.sessions(), overview_of(history)
        try:
            settings = history.config.to_ini()
        except NeatError:  # written by another version
            settings = about.config
        say(f"{folder}: {_outcome(history)}")
    command, started = (sessions[0].command, sessions[0].started) if sessions else (None, None)
    for name, value in {"error": about.error, "command": command, "started": started, "seed": about.seed}.items():
        if value is not None:
            say(f"{name:<9}{value}")
    if story.curve:
        _print_story(story)
    say_text("\n" + settings)
    champion = folder / CHAMPION
    if not champion.is_file():
        say("", "no champion yet")
        return
    genome, _ = read_genome(champion)
    say("", f"champion: {genome!r}", champion, "")
    _print_genome(genome)


def _print_batch(folder: Path) -> None:
    from neat.cli.batch import print_rows, print_summary

    table = Table.read(folder)
    say(f"{folder}: {counted(len(table.rows), 'run')}", "")
    say_text(_settings(folder / CONFIG) + "\n")
    print_rows(table.rows)
    say()
    print_summary(table)


def _outcome(history: History) -> str:
    last, status = history.last, history.status
    if last is None:
        return f"{status}, before the first generation was finished"
    (row,) = history.generations(last, last)
    if status == "finished":
        status = "solved" if row.solved else "stopped"  # as in `neat list`
    champion = history.champion()
    retests = f"re-tests: {row.retests:,}, " if row.retests else ""
    name = "champion's fitness" if champion.retests else "best fitness"
    return (
        f"{status}; generations: {last:,}, evaluations: {row.evaluations:,}, {retests}"
        f"{name}: {champion.fitness}{how_measured_in(history)}"
    )


def _settings(file: Path) -> str:
    """Return the settings in a file that differ from the defaults, or its whole text if that cannot be read."""
    try:
        text = read_file(file)
    except NeatError as error:
        return f"{error}\n"
    try:
        return Config.from_ini(text, str(file)).to_ini()
    except NeatError:  # written by another version, or edited
        return text


def _print_story(story: Overview) -> None:
    say(f"took     {story.seconds:.1f} s" + (f", in {story.processes} processes" if story.processes > 1 else ""))
    low, high, last = story.species
    say(f"species  {low} to {high}, {last} at the end")
    if story.failures:
        say(f"failed   {counted(story.failures, 'evaluation')}, which got the lowest fitness of the generation")
    if story.tests[0]:
        say(f"tests    {story.tests[0]:,}, passed {story.tests[1]:,}")
    say("", f"{_curve(story.curve)}  best fitness, from {number(story.curve[0])} to {number(story.curve[-1])}")
    rows = [["generation", "evaluations", "champion's fitness", "hidden", "connections"]]
    for stone in story.milestones:
        sizes = [str(stone.hidden), str(stone.connections)]
        rows.append([str(stone.generation), f"{stone.evaluations:,}", number(stone.fitness), *sizes])
    print_table(rows)
    if story.champions > len(story.milestones):
        say(f"({len(story.milestones)} of {story.champions} champions)")


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


def _print_genome(genome: Genome) -> None:
    layout = genome.layout
    nodes = [["node", "name", "bias", "response", "activation", "aggregation"]]
    for node in genome.nodes[:_MOST_GENES]:
        name = shortened(layout.name(node.id))[0] if node.id < layout.given else ""
        values = [f"{node.bias:.4g}", f"{node.response:.4g}", node.activation, node.aggregation]
        nodes.append([str(node.id), name, *(values if node.id >= layout.sources else [""] * len(values))])
    genes = [["innovation", "from", "to", "weight", "enabled"]]
    for gene in genome.connections[:_MOST_GENES]:
        ends = (
            shortened(layout.name(end))[0] if end < layout.given else str(end) for end in (gene.source, gene.target)
        )
        genes.append([str(gene.innovation), *ends, number(gene.weight), "yes" if gene.enabled else "no"])
    _print_genes(nodes, len(genome.nodes), left=2)
    say()
    _print_genes(genes, len(genome.connections), left=3)


def _print_genes(rows: Sequence[Sequence[str]], total: int, left: int) -> None:
    print_table(rows, left=left)
    if total > _MOST_GENES:
        say(f"... and {total - _MOST_GENES} more")
