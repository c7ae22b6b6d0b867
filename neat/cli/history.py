"""`neat stats`, `neat lineage` and `neat explain`: what happened in a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from neat.cli.tables import number, print_table, print_wrapped, sampled
from neat.cli.terminal import reserved_stdout, say, say_json, say_text, shell_command
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.store.columns import component_labels
from neat.store.folder import find_run
from neat.store.history import History
from neat.store.records import GenerationRow

_STATS = ["generation", "best", "mean", "species", "threshold", "hidden", "connections", "evaluations"]
_MOST_COMPONENTS = 3  # of columns that are printed
_VERDICTS = {"new": "is new", "died": "died out", "grew": "grew", "shrank": "shrank", "kept": "kept its size"}


def print_stats(text: str, csv: str | None, species: bool) -> None:
    """Write a run's generations, or its species, as CSV; or print some of its generations."""
    from neat.store.export_rows import csv_lines, write_csv

    with History(find_run(text)) as history:
        if csv == "-":
            for line in csv_lines(history, species=species):
                say_text(line)
        elif csv is not None:
            write_csv(history, Path(csv), species=species)
        elif species:
            raise NeatError("--species: needs --csv FILE (or --csv - for the terminal)")
        else:
            _print_generations(history)


def _print_generations(history: History) -> None:
    rows = list(history.generations())
    if not rows:
        raise NeatError(f"{history.folder}: no generation has been finished yet")
    shown, step = sampled(rows)
    table = [_STATS, *map(_cells, shown)]
    if any(row.failed for row in rows):
        failed = ["failed", *(str(row.failed) for row in shown)]
        table = [[*cells, cell] for cells, cell in zip(table, failed, strict=True)]
    print_table(table)
    to_file = f"{shell_command(['neat', 'stats', history.folder])} --csv FILE"
    if step > 1:
        say(f"(one generation of {step}; all of them: {to_file})")
    _print_columns(history, [row.generation for row in shown], to_file)


def _print_columns(history: History, generations: list[int], to_file: str) -> None:
    """Print the columns of the evaluations in some generations, if the run has any."""
    cells: dict[tuple[int, str], list[str]] = {}
    for generation, columns in history.column_summaries():
        for name, column in columns.items():
            for label, *values in zip(component_labels(name, column.shape), column.mean, column.champion, strict=True):
                cells[generation, label] = [number(value) for value in values]
    labels = list(dict.fromkeys(label for _, label in cells))[:_MOST_COMPONENTS]
    if not labels:
        return
    say("", "columns of the evaluations: the mean over the population, and the value of the best genome")
    header = ["generation", *(f"{label}: {title}" for label in labels for title in ("mean", "best"))]
    empty = ["", ""]
    rows = [
        [str(generation), *(cell for label in labels for cell in cells.get((generation, label), empty))]
        for generation in generations
    ]
    print_table([header, *rows])
    say(f"(all columns, with minimum and maximum, in all generations: {to_file})")


def _cells(row: GenerationRow) -> list[str]:
    sizes = [f"{row.threshold:.4g}", f"{row.hidden:.2f}", f"{row.connections:.2f}"]
    return [str(row.generation), number(row.best), number(row.mean), str(row.species), *sizes, f"{row.evaluations:,}"]


def print_lineage(text: str, key: int | None, as_json: bool) -> None:
    """Print where a genome comes from: the number of its ancestors, and its line through the fitter parents."""
    from neat.evolution.islands import total_size
    from neat.store.lineage import descent, founders, lineage

    with History(find_run(text)) as history:
        graph = lineage(history, key)
        size = total_size(history.config)
    if as_json:
        nodes = [{"key": node, "born": graph.nodes[node]["born"]} for node in sorted(graph)]
        edges = [{"parent": one, "child": other, **graph.edges[one, other]} for one, other in sorted(graph.edges)]
        say_json({"genome": graph.graph["genome"], "genomes": nodes, "edges": edges})
        return
    line = descent(graph)
    what = "the champion, genome" if key is None else "genome"
    say(f"{history.folder}: {what} {line[0].key}, born in generation {line[0].born}")
    ancestors, first = counted(len(graph) - 1, "ancestor"), counted(len(founders(graph)), "founder")
    say(f"{ancestors}, among them {first} of {size:,}" if len(graph) > 1 else "it is a founder", "")
    shown, step = sampled(line)
    rows = [[str(one.born), str(one.key), " and ".join(map(str, one.parents)) or "a founder"] for one in shown]
    say("its line, through the fitter parents:")
    print_table([["born in", "genome", "parents"], *rows])
    if step > 1:
        say(f"(one of {step}; all of it: --json)")


def print_explanation(text: str, number: int, trust: bool, as_json: bool) -> None:
    """Print why the species of a generation grew, shrank or died."""
    from neat.runs.explanation import explain_run

    with History(find_run(text)) as history:
        with reserved_stdout(as_json):
            found = explain_run(history, number, trust=trust)
        last = number == history.last
    if as_json:
        fates = [{**asdict(fate), "verdict": fate.verdict} for fate in found.fates]
        say_json({"generation": number, "words": found.words, "species": fates})
        return
    would = " (the last one: this is what would follow)" if last else ""
    print_wrapped(f"{history.folder}, generation {number}{would}. {' '.join(found.words)}")
    say()
    for fate in found.fates:
        changed = fate.size and fate.size != fate.after
        sizes = f"{fate.size} -> {fate.after}" if changed else f"{fate.after}"
        print_wrapped(f"species {fate.id} {_VERDICTS[fate.verdict]}, {sizes}. {fate.words}", "  ")
