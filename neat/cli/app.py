"""The commands and their arguments. Each command is in a module of its own, imported when the command is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neat.cli.arguments import call
from neat.cli.exit import exit_status
from neat.cli.options import (
    Address,
    AsJson,
    AsJsonAtEnd,
    AsJsonObject,
    ConfigPath,
    Executor,
    Quiet,
    RunName,
    Settings,
    Threads,
    Trust,
    Workers,
    number_option,
    path_option,
    whole,
    whole_option,
)
from neat.cli.terminal import say
from neat.core.errors import NeatError
from neat.core.version import VERSION

if TYPE_CHECKING:
    from neat.config import Config

app = typer.Typer(
    name="neat",
    help="Evolve networks, their weights and their wiring, as an INI file describes.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line, and exit with its status."""
    with exit_status():
        call(app, sys.argv[1:])


def _version(wanted: bool) -> None:
    if wanted:
        say(f"neat-engine {VERSION}")
        raise typer.Exit


@app.callback()
def _neat(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _read(path: Path, settings: list[str]) -> Config:
    """Return the configuration in a file; its faults are reported before anything heavy is imported."""
    from neat.config import Config

    return Config.read(path, settings)


def _seeds(
    text: str | None, seed: int | None, jobs: int | None, executor: str | None, workers: int | None, settings: list[str]
) -> tuple[int, ...] | None:
    """Return the seeds of many runs, or None for a single run; reject options that contradict that."""
    if text is None:
        if jobs is not None:
            raise NeatError("--jobs: only with --seeds (a single run has workers: --executor processes --workers N)")
        return None
    if seed is not None:
        raise NeatError("--seed, --seeds: only one of them (--seed is one run, --seeds a table of many)")
    if workers is not None:
        raise NeatError(f"--workers {workers}: not with --seeds (--jobs {workers} makes as many runs at a time)")
    if executor not in (None, "ray"):
        raise NeatError(f"--executor {executor}: not with --seeds (whole runs are spread over processes, or with ray)")
    for setting in settings:
        key = "".join(setting.partition("=")[0].split()).lower()
        if key == "run.timeout":
            raise NeatError(f"--set {setting}: not with --seeds (a whole run may take any time)")
        if key in ("run.seed", "run.threads", "run.workers"):
            raise NeatError(f"--set {setting}: not with --seeds (each run has its own seed, and one thread)")
    from neat.studies.seeds import parse_seeds

    return parse_seeds(text)


@app.command()
def run(
    config: ConfigPath,
    seed: Annotated[int | None, whole_option("--seed", 0, 3, "The seed: as --set run.seed=N.")] = None,
    generations: Annotated[
        int | None, whole_option("--generations", 1, 100, "At most N generations: as --set run.generations=N.")
    ] = None,
    out: Annotated[
        Path | None, path_option("The run's folder, new or empty.  [default: runs/NAME-1, -2, ...]", "DIR")
    ] = None,
    executor: Executor = None,
    workers: Workers = None,
    address: Address = None,
    settings: Settings = [],  # noqa: B006  (typer's way; never changed)
    quiet: Quiet = False,
    as_json: AsJsonAtEnd = False,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Run it once per seed, and print a table: 0..99, or 0..9,20,30..39."),
    ] = None,
    jobs: Annotated[
        int | None,
        whole_option("--jobs", 1, 2, "With --seeds: how many runs at a time.  [default: all processors]"),
    ] = None,
) -> None:
    """Run the experiment that CONFIG describes.

    With --seeds, --out may name the folder of an earlier table of the same CONFIG: only the missing seeds are
    run, and added to it.

    Exit status: 0 the run finished, solved or not; 1 the problem failed; 2 a mistake in the input;
    130 interrupted, with the champion so far saved.
    """
    many = _seeds(seeds, seed, jobs, executor, workers, settings)
    given = {
        "run.seed": seed, "run.generations": generations,
        "run.executor": executor, "run.workers": workers, "run.address": address,
    }  # fmt: skip
    overrides = [*settings, *(f"{key}={value}" for key, value in given.items() if value is not None)]
    experiment = _read(config, overrides)
    if many is not None:
        from neat.cli.batch import run_batch

        run_batch(experiment, config.stem, many, jobs or 0, out, quiet=quiet, as_json=as_json)
    else:
        from neat.cli.run import run_experiment

        run_experiment(experiment, config.stem, out, quiet=quiet, as_json=as_json)


@app.command()
def resume(
    run: RunName = "latest",
    generations: Annotated[
        int | None,
        whole_option("--generations", 1, 100, "Total number of generations.  [default: as in its configuration]"),
    ] = None,
    start: Annotated[
        int | None, whole_option("--from", 1, 10, "Continue from generation K, in a new folder.", "K")
    ] = None,
    out: Annotated[
        Path | None, path_option("With --from: the new folder.  [default: RUN-from-K-1, -2, ...]", "DIR")
    ] = None,
    threads: Threads = None,
    executor: Executor = None,
    workers: Workers = None,
    address: Address = None,
    trust: Trust = False,
    quiet: Quiet = False,
    as_json: AsJsonAtEnd = False,
) -> None:
    """Continue a run exactly as if it had never ended.

    It does not matter how the run ended. First, its last generation is computed again and compared with the saved one.

    Exit status: as neat run.
    """
    from neat.cli.resume import resume_experiment

    execution = {"threads": threads, "executor": executor, "workers": workers, "address": address}
    resume_experiment(run, generations, start, out, execution, trust=trust, quiet=quiet, as_json=as_json)


@app.command()
def verify(
    run: RunName = "latest",
    threads: Threads = None,
    executor: Executor = None,
    workers: Workers = None,
    address: Address = None,
    trust: Trust = False,
    quiet: Quiet = False,
    as_json: AsJsonAtEnd = False,
) -> None:
    """Compute a run again, and compare it with what is saved.

    Every generation is compared.

    Exit status: 0 all are the same; 1 one differs.
    """
    from neat.cli.resume import verify_experiment

    execution = {"threads": threads, "executor": executor, "workers": workers, "address": address}
    verify_experiment(run, execution, trust=trust, quiet=quiet, as_json=as_json)


@app.command()
def check(config: ConfigPath, settings: Settings = []) -> None:  # noqa: B006
    """Read CONFIG, make its problem, and show what would be run."""
    experiment = _read(config, settings)
    from neat.cli.check import check_config

    check_config(experiment, config)


@app.command()
def show(run: RunName = "latest") -> None:
    """Show a run's settings, history and champion."""
    from neat.cli.show import print_run

    print_run(run)


@app.command()
def evaluate(
    run: RunName = "latest",
    episodes: Annotated[int | None, whole_option("--episodes", 1, 100, "How many episodes.  [default: 100]")] = None,
    seed: Annotated[
        int | None,
        whole_option("--seed", 0, 3, "Seed of the episodes: the same seed gives the same episodes.  [default: 0]"),
    ] = None,
    trust: Trust = False,
    as_json: AsJsonObject = False,
) -> None:
    """Evaluate a champion in episodes that its run never saw.

    A deterministic problem, such as a table, has no other episodes: the champion gets the same fitness as in its run.
    """
    from neat.cli.evaluate import print_evaluation

    print_evaluation(run, episodes, seed, trust=trust, as_json=as_json)


@app.command()
def play(
    run: RunName = "latest",
    episodes: Annotated[int, whole_option("--episodes", 1, 3, "How many episodes.  [default: 1]")] = 1,
    seed: Annotated[int, whole_option("--seed", 0, 3, "Seed of the episodes, as for neat evaluate.  [default: 0]")] = 0,
    video: Annotated[Path | None, path_option("Film it instead of opening a window: .mp4 or .gif.", "FILE")] = None,
    network: Annotated[
        bool, typer.Option("--network", help="Show the network beside it, with the values of its nodes.")
    ] = False,
    trace: Annotated[
        Path | None, path_option("Write a row for every step: .csv. Without --video, nothing is shown.", "FILE")
    ] = None,
    trust: Trust = False,
) -> None:
    """Show how a champion plays: in a window, or in a film.

    The episodes are those of neat evaluate with the same seed: the run never saw them. A film of an episode has a
    picture of its start and one after each step.
    """
    from neat.cli.play import Wanted, play_champion

    play_champion(run, episodes, seed, Wanted(video, network, trace), trust=trust)


@app.command()
def export(
    to: Annotated[
        str,
        typer.Option(metavar="FILE", help="The output; its suffix selects a format; - is stdout.", show_default=False),
    ],
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_GENOME", help="A run (a folder, a name under runs/, or latest), or a genome's file."
        ),
    ] = "latest",
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="json, node-link, graphml, gexf, dot, svg, png or pdf."),
    ] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Include disabled connections.")] = False,
    pruned: Annotated[bool, typer.Option("--pruned", help="Keep only what influences an output.")] = False,
) -> None:
    """Write a champion as a graph, as a drawing, or as JSON.

    The suffix of FILE selects the format: .json is the exact genome, with disabled connections; .graphml, .gexf, .dot
    and .gv are graphs for other programs; .svg, .png and .pdf are drawings. --format overrides it.
    """
    from neat.cli.export import export_genome

    export_genome(source, to, format, disabled=disabled, pruned=pruned)


@app.command()
def train(
    source: Annotated[
        str,
        typer.Argument(
            metavar="GENOME_OR_CONFIG",
            help="A genome's file, a run (its champion), or an INI file (its first initial genome).",
            show_default=False,
        ),
    ],
    to: Annotated[Path, path_option("Where the trained genome is written: a .json file.", "FILE")],
    data: Annotated[
        Path | None, path_option("The CSV file to learn from.  [default: that of the configuration]", "FILE")
    ] = None,
    inputs: Annotated[
        str, typer.Option(metavar="NAMES", help="Columns for the inputs, with commas.  [default: by their names]")
    ] = "",
    targets: Annotated[
        str, typer.Option(metavar="NAMES", help="Columns for the outputs, with commas.  [default: by their names]")
    ] = "",
    epochs: Annotated[int | None, whole_option("--epochs", 1, 100, "Passes over all rows.  [default: 100]")] = None,
    loss: Annotated[
        str | None,
        typer.Option(metavar="LOSS", help="mse, half_squared, binary_cross_entropy or softmax.  [default: mse]"),
    ] = None,
    optimiser: Annotated[str | None, typer.Option(metavar="NAME", help="sgd or adam.  [default: adam]")] = None,
    rate: Annotated[float | None, number_option("--rate", "Learning rate.  [default: 0.01]")] = None,
    momentum: Annotated[
        float | None, number_option("--momentum", "Share of the last step, of sgd.  [default: 0]")
    ] = None,
    decay: Annotated[
        float | None, number_option("--decay", "In epoch n from 0 the rate is RATE / (1 + DECAY n).  [default: 0]")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="N|all", help="Rows of one step, or all of them.  [default: 32]")
    ] = None,
    held_out: Annotated[
        float | None, number_option("--held-out", "Share of the rows that is kept out of training.  [default: 0]")
    ] = None,
    patience: Annotated[
        int | None,
        whole_option("--patience", 0, 20, "Stop after N epochs without a lower held-out loss.  [default: never]"),
    ] = None,
    seed: Annotated[
        int | None,
        whole_option("--seed", 0, 3, "Of initial weights, batches and held-out rows.  [default: as configured, or 0]"),
    ] = None,
    plot: Annotated[Path | None, path_option("Plot the loss of each epoch: .svg, .png or .pdf.", "FILE")] = None,
    settings: Settings = [],  # noqa: B006
    quiet: Quiet = False,
    as_json: AsJsonAtEnd = False,
) -> None:
    """Train a genome by back-propagation on the rows of a CSV file.

    A champion keeps its wiring and learns its weights. With an INI file, the first initial genome is trained, for
    example a layered one (start = layers in [population]); the defaults are then those in its section [learning].
    """
    from neat.cli.train import Task, train_genome

    options = {
        "epochs": epochs, "loss": loss, "optimiser": optimiser, "rate": rate, "momentum": momentum, "decay": decay,
        "batch": batch, "patience": patience,
    }  # fmt: skip
    columns = [tuple(name.strip() for name in text.split(",") if name.strip()) for text in (inputs, targets)]
    task = Task(source, to, data, columns[0], columns[1], plot, held_out or 0.0, seed, options)
    train_genome(task, settings, quiet=quiet, as_json=as_json)


@app.command()
def plot(
    to: Annotated[str, typer.Option(metavar="FILE", help="A picture: .svg, .png or .pdf.", show_default=False)],
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN",
            help="A folder, a name under runs/, or latest; up to four folders or table.csv of many runs are compared.",
            show_default="latest",
        ),
    ] = None,
    what: Annotated[
        str | None,
        typer.Option(
            metavar="PLOT",
            help="fitness, species, sizes, ancestry (of a single run) or solved (of many runs).  [default: all]",
        ),
    ] = None,
) -> None:
    """Draw the history of a run, or of many runs, as a picture.

    A run: its fitness, its species, the sizes of its networks, and the ancestry of its champion. Many runs: medians
    and quartiles of the best fitness, the sizes and the species, and the share of solved runs, over evaluations.
    """
    from neat.cli.plot import plot_history

    plot_history(runs or ["latest"], to, what)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A run, or the folder or table.csv of many runs.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one of the same kind.")],
    as_json: AsJsonObject = False,
) -> None:
    """Compare two runs, or two tables of many runs.

    For tables: whether the numbers of solved runs differ, and their evaluations; if runs are unsolved, also their best
    fitness after equal numbers of evaluations.
    """
    from neat.cli.compare import print_comparison

    print_comparison(first, second, as_json)


@app.command("list")
def list_(
    folder: Annotated[Path, typer.Argument(parser=Path, metavar="FOLDER", help="Where the runs are.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the runs with their status.

    The status is running, solved, stopped, interrupted, failed or corrupt.
    """
    from neat.cli.runs import print_runs

    print_runs(folder, as_json)


@app.command()
def stats(
    run: RunName = "latest",
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write all generations as CSV; - is the terminal.")
    ] = None,
    species: Annotated[bool, typer.Option("--species", help="With --csv: the species of every generation.")] = False,
) -> None:
    """Show a run's generations in numbers, or write them as CSV."""
    from neat.cli.history import print_stats

    print_stats(run, csv, species)


@app.command()
def lineage(
    run: RunName = "latest",
    genome: Annotated[int | None, whole_option("--genome", 0, 12, "Another genome than the champion.", "KEY")] = None,
    as_json: AsJson = False,
) -> None:
    """Show where a run's champion comes from: its ancestors."""
    from neat.cli.history import print_lineage

    print_lineage(run, genome, as_json)


@app.command()
def explain(
    run: RunName,
    generation: Annotated[
        int,
        typer.Argument(parser=whole("GENERATION", 1, 10), metavar="GENERATION", help="Its number, from 1."),
    ],
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Explain why each species of a generation grew, shrank or died."""
    from neat.cli.history import print_explanation

    print_explanation(run, generation, trust, as_json)


@app.command()
def remove(
    run: RunName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a run or a table of many: delete its own files."""
    from neat.cli.runs import remove_after_asking

    remove_after_asking(run, yes)


@app.command()
def init(
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Such as CartPole-v1.")],
    out: Annotated[
        Path | None, path_option("The new INI file.  [default: the environment's name, here]", "FILE")
    ] = None,
) -> None:
    """Write a commented configuration for an environment.

    ENVIRONMENT is one of Gymnasium's, or your own: MODULE:NAME-v0, with MODULE a file beside the new one, or installed.
    """
    from neat.cli.init import write_config

    write_config(environment, out)


@app.command()
def reference(
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown tables.")] = False,
) -> None:
    """List every key: its type, default, range, and what it does."""
    from neat.cli.reference import print_keys

    print_keys(markdown)


@app.command()
def problems() -> None:
    """List the kinds of problem, with their keys."""
    from neat.cli.reference import print_problems

    print_problems()
