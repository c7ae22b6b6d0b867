"""`neat list`, `stats`, `lineage`, `explain`, `compare` of two runs, and `remove`: commands about runs on disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from neat.cli.columns import cut, print_columns, print_text
from neat.cli.progress import counted
from neat.cli.terminal import apart, ask, command, say, say_json, say_text
from neat.core.errors import NeatError
from neat.store.columns import component_labels
from neat.store.folder import find_run
from neat.store.history import History
from neat.store.records import GenerationRow
from neat.studies.listing import Listed, list_runs, listed

_MOST_LINES = 24  # of a table
_MOST_COMPONENTS = 3  # of the columns of evaluations
_VERDICTS = {"new": "is new", "died": "died out", "grew": "grew", "shrank": "shrank", "kept": "kept its size"}


def tell_runs(base: Path, as_json: bool) -> None:
    """Print a line for every run in a folder."""
    found = list_runs(base)
    if as_json:
        say_json([{**asdict(run), "folder": str(run.folder)} for run in found])
        return
    if not found:
        say(f"there is no run under {base} yet (make one: neat run CONFIG)")
        return
    header = ["run", "status", "generations", "best fitness", "seed", "started"]
    print_columns([header, *(_cells(run) for run in found)], left=2)
    for run in found:
        if run.error is not None and run.status != "solved":
            print_text(f"{run.folder.name}: {run.error}", "  ")


def _cells(run: Listed) -> list[str]:
    status = run.status
    if run.runs is not None:
        status = f"{counted(run.runs, 'run')}, {run.solved} solved" + (", running" if status == "running" else "")
    return [
        run.folder.name,
        status,
        f"{run.generations:,}" if run.generations else "",
        "" if run.best_fitness is None else f"{run.best_fitness:.6g}",
        "" if run.seed is None else str(run.seed),
        run.started.replace("T", " ")[:16],
    ]


def tell_stats(text: str, csv: str | None, species: bool) -> None:
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
            _tell_generations(history)


def _tell_generations(history: History) -> None:
    rows = list(history.generations())
    if not rows:
        raise NeatError(f"{history.folder}: no generation has been finished yet")
    step = max(1, -(-len(rows) // _MOST_LINES))
    shown = [*rows[:-1:step], rows[-1]]
    header = ["generation", "best", "mean", "species", "threshold", "hidden", "connections", "evaluations"]
    failing = any(row.failed for row in rows)
    print_columns([[*header, *["failed"][:failing]], *(_generation(row, failing) for row in shown)])
    to_file = f"{command(['neat', 'stats', history.folder])} --csv FILE"
    if step > 1:
        say(f"(one generation of {step}; all of them: {to_file})")
    _tell_columns(history, [row.generation for row in shown], to_file)


def _tell_columns(history: History, generations: list[int], to_file: str) -> None:
    """Print the columns of the evaluations in some generations, if the run has any."""
    cells: dict[tuple[int, str], list[str]] = {}
    for generation, columns in history.column_summaries():
        for name, column in columns.items():
            for label, *values in zip(component_labels(name, column.shape), column.mean, column.champion, strict=True):
                cells[generation, label] = [f"{value:.6g}" for value in values]
    labels = list(dict.fromkeys(label for _, label in cells))[:_MOST_COMPONENTS]
    if not labels:
        return
    say()
    say("columns of the evaluations: the mean over the population, and the value of the best genome")
    header = ["generation", *(f"{label}: {title}" for label in labels for title in ("mean", "best"))]
    lines = [
        [str(number), *(cell for label in labels for cell in cells.get((number, label), ["", ""]))]
        for number in generations
    ]
    print_columns([header, *lines])
    say(f"(all columns, with minimum and maximum, in all generations: {to_file})")


def _generation(row: GenerationRow, failing: bool) -> list[str]:
    cells = [
        str(row.generation), f"{row.best:.6g}", f"{row.mean:.6g}", str(row.species), f"{row.threshold:.4g}",
        f"{row.hidden:.2f}", f"{row.connections:.2f}", f"{row.evaluations:,}",
    ]  # fmt: skip
    return [*cells, *[str(row.failed)][:failing]]


def tell_lineage(text: str, key: int | None, as_json: bool) -> None:
    """Print where a genome comes from: the number of its ancestors, and its line through the fitter parents."""
    from neat.store.lineage import descent, founders, lineage

    with History(find_run(text)) as history:
        graph = lineage(history, key)
        size = history.config.population.size
    line, first = descent(graph), founders(graph)
    if as_json:
        nodes = [{"key": node, "born": graph.nodes[node]["born"]} for node in sorted(graph)]
        edges = [{"parent": one, "child": other, **graph.edges[one, other]} for one, other in sorted(graph.edges)]
        say_json({"genome": graph.graph["genome"], "genomes": nodes, "edges": edges})
        return
    own = line[0]
    what = "the champion, genome" if key is None else "genome"
    say(f"{history.folder}: {what} {own.key}, born in generation {own.born}")
    ancestors, left = counted(len(graph) - 1, "ancestor"), counted(len(first), "founder")
    say(f"{ancestors}, among them {left} of {size:,}" if len(graph) > 1 else "it is a founder", "")
    step = max(1, -(-len(line) // _MOST_LINES))
    shown = [*line[:-1:step], line[-1]] if len(line) > 1 else line
    rows = [[str(one.born), str(one.key), " and ".join(map(str, one.parents)) or "a founder"] for one in shown]
    say("its line, through the fitter parents:")
    print_columns([["born in", "genome", "parents"], *rows])
    if step > 1:
        say(f"(one of {step}; all of it: --json)")


def tell_explanation(text: str, number: int, trust: bool, as_json: bool) -> None:
    """Print why the species of a generation grew, shrank or died."""
    from neat.runs.explanation import explain_run

    with History(find_run(text)) as history:
        with apart(as_json):
            found = explain_run(history, number, trust=trust)
        last = number == history.last
    if as_json:
        fates = [{**asdict(fate), "verdict": fate.verdict} for fate in found.fates]
        say_json({"generation": number, "words": found.words, "species": fates})
        return
    would = " (the last one: this is what would follow)" if last else ""
    print_text(f"{history.folder}, generation {number}{would}. {' '.join(found.words)}")
    say()
    for fate in found.fates:
        changed = fate.size and fate.size != fate.after
        sizes = f"{fate.size} -> {fate.after}" if changed else f"{fate.after}"
        print_text(f"species {fate.id} {_VERDICTS[fate.verdict]}, {sizes}. {fate.words}", "  ")


def tell_comparison(first: Path, second: Path, as_json: bool) -> None:
    """Print how two single runs differ."""
    from neat.studies.run_comparison import compare_runs

    with History(first) as one, History(second) as other:
        found = compare_runs(one, other)
    if as_json:
        say_json(found.to_dict())
        return
    if found.identical:
        say(f"the same run, bit for bit, in all of {counted(found.same, 'generation')}")
    elif found.same:
        say(f"the same run, bit for bit, up to generation {found.same}; then they differ")
    else:
        say("two different runs, from the first generation on")
    rows = [["", "A", "B"], ["run", str(first), str(second)]]
    runs = (found.first, found.second)
    rows.append(["status", *(run.status for run in runs)])
    rows.append(["generations", *(f"{run.generations:,}" for run in runs)])
    rows.append(["best fitness", *("" if run.best_fitness is None else f"{run.best_fitness:.6g}" for run in runs)])
    if found.sizes is not None:
        rows.append(["champion", *(f"{hidden} hidden, {links} connections" for hidden, links in found.sizes)])
    if found.level is not None and found.evaluations is not None:
        rows.append([f"evaluations to {found.level:.6g}", *(f"{count:,}" for count in found.evaluations)])
    rows += [[different.name, *cut(different.first, different.second)] for different in found.differences]
    print_columns(rows, left=3)


def remove(text: str, yes: bool) -> None:
    """Remove a run, after asking."""
    from neat.store.removal import planned_removal, remove_run

    folder = find_run(text, batches=True, unfinished=True)
    plan, run = planned_removal(folder), listed(folder)
    if not yes:
        what = f"{counted(run.runs, 'run')}" if run.runs is not None else f"{run.status}"
        size = f"{counted(len(plan.files), 'file')}, {plan.size / 1e6:.1f} MB"
        if not _agreed(f"remove {folder} ({what}; {size}) for good? [y/N] "):
            say(f"{folder}: kept")
            return
    done = remove_run(folder)
    say(f"{folder}: removed")
    if done.others:
        say(f"files that do not belong to the run were kept: {', '.join(str(file) for file in done.others)}")


def _agreed(question: str) -> bool:
    try:
        return ask(question).lower() in ("y", "yes")
    except EOFError:
        raise NeatError("cannot ask whether to remove the run, since stdin is closed (add --yes)") from None
