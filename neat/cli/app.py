"""The commands: what each takes. What they do is in the modules beside, imported when a command is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neat.cli.arguments import call, whole
from neat.cli.endings import ended
from neat.cli.run_commands import Trust, add_commands
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

ConfigPath = Annotated[Path, typer.Argument(parser=Path, metavar="CONFIG", help="The INI file.", show_default=False)]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Replace a setting; may be given several times. Relative paths start at the current folder.",
    ),
]


RunName = Annotated[str, typer.Argument(metavar="RUN", help="A folder, a name under runs/, or latest.")]
Threads = Annotated[
    int | None,
    typer.Option(
        parser=whole("--threads", 1, 2),
        metavar="N",
        help="Threads of this process; results never depend on it.",
        show_default=False,
    ),
]


def main() -> None:
    """Run the command line, and exit with its status."""
    with ended():
        call(app, sys.argv[1:])


def _read(path: Path, settings: list[str]) -> Config:
    """Return the configuration in a file; faults in it are told before anything heavy is imported."""
    from neat.config import Config

    return Config.read(path, settings)


def _seeds(text: str | None, seed: int | None, jobs: int | None, settings: list[str]) -> tuple[int, ...] | None:
    """Return the seeds of many runs, or None for a single one; what contradicts that is refused."""
    if text is None:
        if jobs is not None:
            raise NeatError("--jobs: goes with --seeds (a single run has threads: --set run.threads=N)")
        return None
    if seed is not None:
        raise NeatError("--seed, --seeds: only one of them (--seed is one run, --seeds a table of many)")
    for setting in settings:
        key = "".join(setting.partition("=")[0].split()).lower()
        if key in ("run.seed", "run.threads"):
            raise NeatError(f"--set {setting}: not with --seeds (each run has its own seed, and one thread)")
    from neat.studies.seeds import parse_seeds

    return parse_seeds(text)


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


@app.command()
def run(
    config: ConfigPath,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=whole("--seed", 0, 3), metavar="N", help="The seed: as --set run.seed=N.", show_default=False
        ),
    ] = None,
    generations: Annotated[
        int | None,
        typer.Option(
            parser=whole("--generations", 1, 100),
            metavar="N",
            help="At most N generations: as --set run.generations=N.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=Path, metavar="DIR", help="The run's folder, new or empty.  [default: runs/NAME-1, -2, ...]"
        ),
    ] = None,
    settings: Settings = [],  # noqa: B006  (typer's way; never changed)
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Run it once per seed, and print a table: 0..99, or 0..9,20,30..39."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            parser=whole("--jobs", 1, 2),
            metavar="N",
            help="With --seeds: how many runs at a time.  [default: all processors]",
        ),
    ] = None,
) -> None:
    """Run the experiment that CONFIG describes.

    With --seeds, --out may name the folder of an earlier table of the same CONFIG: only the missing seeds are
    run, and added to it.

    Exit status: 0 the run finished, solved or not; 1 the problem failed; 2 a mistake in the input;
    130 interrupted, with the champion so far saved.
    """
    wanted = _seeds(seeds, seed, jobs, settings)
    given = {"run.seed": seed, "run.generations": generations}
    overrides = [*settings, *(f"{key}={value}" for key, value in given.items() if value is not None)]
    experiment = _read(config, overrides)
    if wanted is not None:
        from neat.cli.batches import run_batch

        run_batch(experiment, config.stem, wanted, jobs or 0, out, quiet=quiet, as_json=as_json)
        return
    from neat.cli.running import run_experiment

    run_experiment(experiment, config.stem, out, quiet=quiet, as_json=as_json)


@app.command()
def resume(
    run: RunName = "latest",
    generations: Annotated[
        int | None,
        typer.Option(
            parser=whole("--generations", 1, 100),
            metavar="N",
            help="Total number of generations.  [default: as in its configuration]",
        ),
    ] = None,
    start: Annotated[
        int | None,
        typer.Option(
            "--from", parser=whole("--from", 1, 10), metavar="K", help="Continue from generation K, in a new folder."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="DIR", help="With --from: the new folder.  [default: RUN-from-K-1, -2, ...]"),
    ] = None,
    threads: Threads = None,
    trust: Trust = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Continue a run exactly as if it had never ended.

    It does not matter how the run ended. First, its last generation is computed again and compared with the saved one.

    Exit status: as neat run.
    """
    from neat.cli.resuming import resume_experiment

    resume_experiment(run, generations, start, out, threads, trust=trust, quiet=quiet, as_json=as_json)


@app.command()
def verify(
    run: RunName = "latest",
    threads: Threads = None,
    trust: Trust = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Compute a run again, and compare it with what is saved.

    Every generation is compared.

    Exit status: 0 all are the same; 1 one differs.
    """
    from neat.cli.resuming import verify_experiment

    verify_experiment(run, threads, trust=trust, quiet=quiet, as_json=as_json)


@app.command()
def check(config: ConfigPath, settings: Settings = []) -> None:  # noqa: B006
    """Read CONFIG, make its problem, and show what would be run."""
    experiment = _read(config, settings)
    from neat.cli.telling import tell_experiment

    tell_experiment(experiment, config)


@app.command()
def show(
    run: RunName = "latest",
) -> None:
    """Show a run's settings, history and champion."""
    from neat.cli.telling import tell_run

    tell_run(run)


@app.command()
def evaluate(
    run: RunName = "latest",
    episodes: Annotated[
        int | None,
        typer.Option(parser=whole("--episodes", 1, 100), metavar="N", help="How many episodes.  [default: 100]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=whole("--seed", 0, 3),
            metavar="N",
            help="Seed of the episodes: the same seed gives the same episodes.  [default: 0]",
        ),
    ] = None,
    trust: Trust = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Evaluate a champion in episodes that its run never saw.

    A deterministic problem, such as a table, has no other episodes: the champion gets the same fitness as in its run.
    """
    from neat.cli.agents import evaluate_run

    evaluate_run(run, episodes, seed, trust=trust, as_json=as_json)


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
    form: Annotated[
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
    from neat.cli.exporting import export_genome

    export_genome(source, to, form, disabled=disabled, pruned=pruned)


@app.command()
def plot(
    to: Annotated[str, typer.Option(metavar="FILE", help="A picture: .svg, .png or .pdf.", show_default=False)],
    run: RunName = "latest",
    what: Annotated[
        str | None,
        typer.Option(metavar="PLOT", help="fitness, species, sizes or ancestry.  [default: all four]"),
    ] = None,
) -> None:
    """Draw a run's history as a picture.

    Its fitness, its species, the sizes of its networks, and the ancestry of its champion.
    """
    from neat.cli.plotting import plot_history

    plot_history(run, to, what)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A run, or the folder or table.csv of many runs.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one of the same kind.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare two runs, or two tables of many runs.

    For tables: whether the numbers of solved runs differ, and their evaluations.
    """
    from neat.cli.comparing import compare_any

    compare_any(first, second, as_json)


add_commands(app)


@app.command()
def init(
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Such as CartPole-v1.")],
    out: Annotated[
        Path | None,
        typer.Option(parser=Path, metavar="FILE", help="The new INI file.  [default: the environment's name, here]"),
    ] = None,
) -> None:
    """Write a commented configuration for an environment.

    ENVIRONMENT is one of Gymnasium's, or your own: MODULE:NAME-v0, with MODULE a file beside the new one, or installed.
    """
    from neat.cli.agents import write_config

    write_config(environment, out)


@app.command()
def reference(
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown tables.")] = False,
) -> None:
    """List every key: its type, default, range, and what it does."""
    from neat.cli.listing import list_keys

    list_keys(markdown)


@app.command()
def problems() -> None:
    """List the kinds of problem, with their keys."""
    from neat.cli.listing import list_problems

    list_problems()
