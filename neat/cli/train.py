"""`neat train`: a genome learns from the rows of a CSV file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.cli.progress import display_for
from neat.cli.session import Output, Session, command_output
from neat.cli.terminal import Stream, say, say_json, warn
from neat.config import Config
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.core.text import counted
from neat.evolution.loop import initialize
from neat.export.figures import PICTURES, import_matplotlib
from neat.export.formats import save
from neat.genetics.genome import Genome, read_genome
from neat.learning.keys import LearningKeys, training_keys
from neat.learning.losses import loss_named
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
    seed: int
    options: dict[str, Any]  # further arguments of `train`


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
        folder = None if file is None else file.resolve().parent
        if folder is not None and not folder.is_dir():
            raise NeatError(f"{file}: there is no folder {folder}")
    if task.options["patience"] and not task.held_out:
        raise NeatError("--patience: needs held-out rows (for example --held-out 0.2)")
    genome, rows, options = _prepare(task, settings)
    with command_output(quiet=quiet, as_json=as_json) as output:
        TrainingSession(task, genome, rows, options, output).run()


class TrainingSession(Session):
    """Training of one genome; if it is interrupted, the genome of the last epoch is saved."""

    def __init__(
        self,
        task: Task,
        genome: Genome,
        rows: tuple[NDArray[np.float64], NDArray[np.float64]],
        options: dict[str, Any],
        output: Output,
    ) -> None:
        super().__init__(output)
        self._task, self._genome, self._rows, self._options = task, genome, rows, options
        self._epochs: list[Epoch] = []
        self._training: Training | None = None
        self._last = self._started = working_clock()

    def compute(self, check: Callable[[], None]) -> None:
        inputs, targets = self._rows
        options = dict(self._options)
        if self._task.held_out:
            order = Randomness(self._task.seed, FIRST_GENERATION, Purpose.VALIDATION).permutation(len(inputs))
            count = max(1, round(self._task.held_out * len(inputs)))
            if count >= len(inputs):
                raise NeatError(
                    f"--held-out {self._task.held_out:g}: leaves none of the {len(inputs)} rows to learn from "
                    "(for example 0.2)"
                )
            held, kept = order[:count], order[count:]
            options["held_out"] = inputs[held], targets[held]
            inputs, targets = inputs[kept], targets[kept]
        self.display = display_for(self.output.progress, quiet=self.output.quiet)

        def watch(epoch: Epoch) -> None:
            self._epochs.append(epoch)
            check()
            now = working_clock()
            if now - self._last >= self.display.interval:
                self._last = now
                held = "" if epoch.held_out is None else f", held-out loss {epoch.held_out:.6g}"
                self.display.show(f"epoch {epoch.number}, loss {epoch.loss:.6g}{held}")

        self._training = train(self._genome, inputs, targets, seed=self._task.seed, watch=watch, **options)

    def save(self, interrupt: KeyboardInterrupt | None) -> None:
        if self._epochs:
            save(self._task.to, self._epochs[-1].genome.to_json().encode())

    def report_interruption(self, stdout: Stream) -> None:
        if not self._epochs:
            warn("interrupted before the first epoch was finished; nothing was written")
            return
        again = f"neat train {self._task.to}"
        warn(f"interrupted after {counted(len(self._epochs), 'epoch')}; the genome so far: {self._task.to}")
        warn(f"continue from it: {again} ... (with the same options)")

    def report(self) -> None:
        training = self._training
        assert training is not None, "training that was not interrupted has a result"
        loss = {"loss": training.loss[-1]} | ({"held_out_loss": training.held_out[-1]} if training.held_out else {})
        save(self._task.to, training.genome.to_json(**loss).encode())
        if self._task.plot is not None:
            from neat.report.training_plot import picture_of_training

            save(self._task.plot, picture_of_training(training, self._task.plot.suffix.lower()[1:]))
        if self.output.as_json:
            say_json(_as_object(training, self._task), to=self.output.stdout)
            return
        epochs = counted(len(training.loss), "epoch")
        held = f", held-out loss {training.held_out[training.best - 1]:.6g}" if training.held_out else ""
        early = f" (stopped early; the genome is that of epoch {training.best})" if training.stopped_early else ""
        say(
            f"{epochs} in {working_clock() - self._started:.1f} s: loss {training.loss[0]:.6g} -> "
            f"{training.loss[-1]:.6g}{held}{early}",
            f"genome: {training.genome!r} {self._task.to}",
            *([f"plot: {self._task.plot}"] if self._task.plot else []),
            to=self.output.stdout,
        )


def _prepare(
    task: Task, settings: Sequence[str]
) -> tuple[Genome, tuple[NDArray[np.float64], NDArray[np.float64]], dict[str, Any]]:
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
        return genome, _read_rows(task.data, *columns), _checked(given)
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
    names = ("optimiser", "rate", "momentum", "decay", "batch")
    learning: dict[str, Any] = {name: getattr(keys, name) for name in names}
    if keys.loss != "auto":
        learning["loss"] = keys.loss
    options = _checked(learning | given)
    rows = _read_rows(data, inputs, targets)
    state = initialize(config.replace(run={"seed": task.seed}), inputs=inputs, outputs=targets)
    return state.population[0], rows, options


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Return options of `train` after checking their values."""
    try:
        training_keys({name: value for name, value in options.items() if name != "loss"})
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
    data: Path, inputs: Sequence[str], targets: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = read_csv(data, (*inputs, *targets))
    return table[:, : len(inputs)], table[:, len(inputs) :]


def _as_object(training: Training, task: Task) -> dict[str, Any]:
    """Return the result of a training as an object for JSON."""
    return {
        "genome": str(task.to),
        "epochs": len(training.loss),
        "best_epoch": training.best,
        "stopped_early": training.stopped_early,
        "loss": list(training.loss),
        "held_out_loss": list(training.held_out),
        "seed": task.seed,
        "plot": None if task.plot is None else str(task.plot),
    }
