"""`neat train`: a genome learns from the rows of a CSV file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.cli.progress import display_for
from neat.cli.session import Output, Session, command_output
from neat.cli.terminal import Stream, say, say_json, shell_command, warn
from neat.config import Config
from neat.config.formatting import describe
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.core.text import counted
from neat.evolution.loop import initialize
from neat.export.figures import PICTURES, import_matplotlib
from neat.export.formats import save
from neat.genetics.genome import Genome, read_genome
from neat.learning.keys import LearningKeys, training_keys
from neat.learning.losses import check_targets, loss_named
from neat.learning.training import Epoch, Training, train
from neat.problems.tables.csv_file import read_csv
from neat.problems.tables.keys import DatasetKeys
from neat.store.folder import CHAMPION, find_run

_CONFIG_SUFFIX = ".ini"


@dataclass(frozen=True)
class Task:
    """What the command line asks for; an option that is None has the value in the configuration, or its default."""

    source: str
    to: Path
    data: Path | None
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    plot: Path | None
    held_out: float
    seed: int | None
    options: dict[str, Any]  # further arguments of `train`


class Rows(NamedTuple):
    """The rows of a CSV file: (R, I) and (R, O) float64."""

    file: Path
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]


def train_genome(task: Task, settings: list[str], *, quiet: bool, as_json: bool) -> None:
    """Train a genome, write it to a file, and print how the loss changed; exit with 130 if it is interrupted."""
    if task.to.suffix.lower() != ".json":
        raise NeatError(f"--to {task.to}: must end in .json, the format of genomes")
    if task.plot is not None:
        if task.plot.suffix.lower()[1:] not in PICTURES:
            suffixes = ", ".join(f".{name}" for name in PICTURES)
            raise NeatError(f"--plot {task.plot}: must be a picture (one of {suffixes})")
        import_matplotlib()
    for file in (task.to, task.plot):
        if file is not None:
            _check_writable(file)
    if task.options["patience"] and not task.held_out:
        raise NeatError("--patience: needs held-out rows (for example --held-out 0.2)")
    genome, rows, options = _prepare(task, settings)
    with command_output(quiet=quiet, as_json=as_json) as output:
        TrainingSession(task, genome, rows, options, output).run()


class TrainingSession(Session):
    """Training of one genome.

    If it is interrupted, the genome of the last epoch is saved; with patience, that of the best one so far.
    """

    def __init__(
        self,
        task: Task,
        genome: Genome,
        rows: Rows,
        options: dict[str, Any],
        output: Output,
    ) -> None:
        super().__init__(output)
        self._task, self._genome, self._rows, self._options = task, genome, rows, options
        self._count = 0
        self._kept: Epoch | None = None
        self._training: Training | None = None
        self._last = self._started = working_clock()

    def compute(self, check: Callable[[], None]) -> None:
        inputs, targets = self._rows.inputs, self._rows.targets
        options = dict(self._options)
        if self._task.held_out:
            order = Randomness(options["seed"], FIRST_GENERATION, Purpose.VALIDATION).permutation(len(inputs))
            count = max(1, round(self._task.held_out * len(inputs)))
            if count >= len(inputs):
                some = f"none of the {len(inputs)} rows to learn from (for example 0.2)"
                one = "no row to learn from, since there is only one (leave it out)"
                raise NeatError(f"--held-out {self._task.held_out:g}: leaves {some if len(inputs) > 1 else one}")
            held, kept = order[:count], order[count:]
            options["held_out"] = inputs[held], targets[held]
            inputs, targets = inputs[kept], targets[kept]
        self.display = display_for(self.output.progress, quiet=self.output.quiet)

        def watch(epoch: Epoch) -> None:
            self._keep(epoch)
            check()
            now = working_clock()
            if now - self._last >= self.display.interval:
                self._last = now
                held = "" if epoch.held_out is None else f", held-out loss {epoch.held_out:.6g}"
                self.display.show(f"epoch {epoch.number}, loss {epoch.loss:.6g}{held}")

        self._training = train(self._genome, inputs, targets, watch=watch, **options)

    def save(self, interrupt: KeyboardInterrupt | None) -> None:
        if self._kept is not None:
            self._write(self._kept.genome, self._kept.loss, self._kept.held_out)

    def report_interruption(self, stdout: Stream) -> None:
        if self._kept is None:
            warn("interrupted before the first epoch was finished; nothing was written")
            return
        which = "" if self._kept.number == self._count else f" (that of epoch {self._kept.number})"
        warn(f"interrupted after {counted(self._count, 'epoch')}; the genome so far{which}: {self._task.to}")
        warn(f"continue from it: {shell_command(self._continuation())}")

    def report(self) -> None:
        training = self._training
        assert training is not None, "training that was not interrupted has a result"
        best = training.best - 1
        self._write(training.genome, training.loss[best], training.held_out[best] if training.held_out else None)
        if self._task.plot is not None:
            from neat.report.training_plot import picture_of_training

            save(self._task.plot, picture_of_training(training, self._task.plot.suffix.lower()[1:]))
        if self.output.as_json:
            say_json(_as_object(training, self._task, self._options["seed"]), to=self.output.stdout)
            return
        epochs = counted(len(training.loss), "epoch")
        held = f", held-out loss {training.held_out[training.best - 1]:.6g}" if training.held_out else ""
        kept = f"the genome is that of epoch {training.best}" if training.best < len(training.loss) else ""
        early = "stopped early; " if training.stopped_early else ""
        say(
            f"{epochs} in {working_clock() - self._started:.1f} s: loss {training.loss[0]:.6g} -> "
            f"{training.loss[-1]:.6g}{held}" + (f" ({early}{kept})" if kept else ""),
            f"genome: {training.genome!r} {self._task.to}",
            *([f"plot: {self._task.plot}"] if self._task.plot else []),
            to=self.output.stdout,
        )

    def _keep(self, epoch: Epoch) -> None:
        """Count an epoch, and keep it if its genome would be the result so far."""
        self._count = epoch.number
        kept = self._kept
        if self._options.get("patience") and kept is not None:
            assert epoch.held_out is not None and kept.held_out is not None, "patience needs held-out rows"
            if not epoch.held_out < kept.held_out:
                return
        self._kept = epoch

    def _write(self, genome: Genome, loss: float, held_out: float | None) -> None:
        losses = {"loss": loss} | ({} if held_out is None else {"held_out_loss": held_out})
        save(self._task.to, genome.to_json(**losses).encode())

    def _continuation(self) -> list[object]:
        """Return the words of the command that continues from the written genome."""
        task = self._task
        words: list[object] = ["neat", "train", task.to, "--to", task.to, "--data", self._rows.file]
        for name, columns in (("inputs", task.inputs), ("targets", task.targets)):
            words += [f"--{name}", ",".join(columns)] if columns else []
        if task.held_out:
            words += ["--held-out", task.held_out]
        for name, value in self._options.items():
            words += [f"--{name}", value or "all"] if value or name == "batch" else []
        return words + (["--plot", task.plot] if task.plot else [])


def _check_writable(file: Path) -> None:
    """Check that a file can be written, before anything is computed for it.

    Raises:
        NeatError: its folder does not exist or cannot be written to, or it is a folder itself.
    """
    folder = Path(os.path.realpath(file)).parent  # `resolve` fails for circular links
    if not folder.is_dir():
        raise NeatError(f"{file}: there is no folder {folder}")
    if file.is_dir():
        raise NeatError(f"{file}: is a folder (name a file that can be written)")
    if not os.access(folder, os.W_OK):
        raise NeatError(f"{file}: cannot be written, since the folder {folder} is read-only (name another)")


def _prepare(task: Task, settings: Sequence[str]) -> tuple[Genome, Rows, dict[str, Any]]:
    """Return the genome to train, its rows, and the options of `train`."""
    given = {name: value for name, value in task.options.items() if value is not None}
    if not task.source.lower().endswith(_CONFIG_SUFFIX):
        if settings:
            raise NeatError(f"--set {settings[0]}: only with a configuration ({_CONFIG_SUFFIX})")
        genome = _read_genome(task.source)
        if task.data is None:
            raise NeatError("--data: missing (the CSV file with the rows to learn from)")
        columns = task.inputs or genome.inputs, task.targets or genome.outputs
        for what, names, own in zip(("inputs", "targets"), columns, (genome.inputs, genome.outputs), strict=True):
            if len(names) != len(own):
                raise NeatError(
                    f"--{what}: {counted(len(names), 'column')} for the {len(own)} {what} of the genome "
                    f"({', '.join(own)})"
                )
        options = _checked(given | {"seed": task.seed or 0})
        advice = "" if task.inputs and task.targets else "name the columns with --inputs and --targets"
        return genome, _read_rows(task.data, *columns, options, advice), options
    config = Config.read(Path(task.source), settings)
    dataset = config.problem if isinstance(config.problem, DatasetKeys) else None
    inputs = task.inputs or (() if dataset is None else dataset.inputs)
    targets = task.targets or (() if dataset is None else dataset.targets)
    data = task.data if dataset is None or task.data is not None else config.path(dataset.data)
    for name, value in (("--data", data), ("--inputs", inputs), ("--targets", targets)):
        if not value:
            raise NeatError(f"{name}: missing (the problem of {task.source} is not a dataset that says it)")
    assert data is not None
    keys = config.section(LearningKeys)
    settled = ["optimiser", "rate", "momentum", "decay", "batch"]
    if given.get("optimiser", keys.optimiser) != keys.optimiser:
        settled.remove("momentum")  # of the other optimiser
    learning: dict[str, Any] = {name: getattr(keys, name) for name in settled}
    if keys.loss != "auto":
        learning["loss"] = keys.loss
    seed = (config.run.seed or 0) if task.seed is None else task.seed
    options = _checked(learning | given | {"seed": seed})
    rows = _read_rows(data, inputs, targets, options)
    state = initialize(config.replace(run={"seed": seed}), inputs=inputs, outputs=targets)
    return state.population[0], rows, options


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of `train` after checking their values."""
    try:
        training_keys({name: value for name, value in options.items() if name not in ("loss", "seed")})
        if "loss" in options:
            loss_named(options["loss"])
    except NeatError as error:
        raise NeatError(*(f"--{line.replace(' = ', ' ', 1)}" for line in str(error).splitlines())) from None
    return options


def _read_genome(source: str) -> Genome:
    if os.path.isfile(source):
        return read_genome(Path(source))[0]
    folder = find_run(source)
    if not (folder / CHAMPION).is_file():
        raise NeatError(f"{folder}: has no champion yet")
    return read_genome(folder / CHAMPION)[0]


def _read_rows(
    data: Path, inputs: Sequence[str], targets: Sequence[str], options: dict[str, Any], advice: str = ""
) -> Rows:
    """Return the rows of a CSV file after checking that the loss accepts their targets.

    Raises:
        NeatError: a column is named twice, the file cannot be read, or a target is not allowed.
    """
    for name, count in Counter((*inputs, *targets)).items():
        if count > 1:
            raise NeatError(
                f"--inputs {','.join(inputs)} --targets {','.join(targets)}: the column {describe(name)} is named "
                "twice (a column is either one input or one target)"
            )
    table = read_csv(data, (*inputs, *targets), advice)
    rows = Rows(data, table[:, : len(inputs)], table[:, len(inputs) :])
    try:
        check_targets(loss_named(options.get("loss", "mse")), rows.targets)
    except NeatError as error:
        raise NeatError(f"{data}: {error}") from None
    return rows


def _as_object(training: Training, task: Task, seed: int) -> dict[str, Any]:
    """Return the result of a training as an object for JSON."""
    return {
        "genome": str(task.to),
        "epochs": len(training.loss),
        "best_epoch": training.best,
        "stopped_early": training.stopped_early,
        "loss": list(training.loss),
        "held_out_loss": list(training.held_out),
        "seed": seed,
        "plot": None if task.plot is None else str(task.plot),
    }
