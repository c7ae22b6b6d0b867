"""Files in a run's folder that were changed, removed or replaced are noticed, and never silently overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import CONFIGS
from crashing import contents

import neat
from neat.store.writer import FileLost

SETTINGS = ["run.seed=1", "population.size=8", "run.generations=4", "run.stop_fitness=none"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "run"
    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def edit(file: Path, old: str, new: str) -> str:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
    return file.read_text()


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("size = 8", "size = 9", r"population\.size = 9 \(the run: 8\) \(to start a new run .*: neat run "),
        ("generations = 4", "generations = 6", r"run\.generations = 6 \(the run: 4\) \(use .* --generations 6 instead"),
        ("size = 8", "size = many", r"size = many.*\n.*config\.ini: was changed since the run was started \(to resume"),
        ("[population]", "[populations]", r"unknown section.*\n.*was changed since the run was started"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("arguments", [{}, {"generations": 8}, {"start": 2}])
def test_a_configuration_that_was_changed_stops_a_run(
    run: Path, old: str, new: str, said: str, arguments: dict[str, int]
) -> None:
    edit(run / "config.ini", old, new)
    before = files(run)
    with pytest.raises(neat.NeatError, match=said) as caught:
        neat.resume(run, **arguments)
    assert f"rename or delete {run}/config.ini; it is then written again" in str(caught.value)
    assert files(run) == before and [folder.name for folder in run.parent.iterdir()] == ["run"]


def test_what_the_message_advises_can_be_done(run: Path, made: Path, tmp_path: Path) -> None:
    edit(run / "config.ini", "generations = 4", "generations = 6")
    assert neat.resume(run, generations=6).generations == 6  # which it says
    edit(run / "config.ini", "size = 8", "size = 9")
    assert neat.run(neat.load(run / "config.ini"), out=tmp_path / "new").generations == 6
    (run / "config.ini").rename(tmp_path / "mine.ini")
    assert neat.resume(run).generations == 6
    assert neat.load(run / "config.ini") == neat.load(made / "config.ini", ["run.generations=6"])
    (run / "config.ini").unlink()
    neat.resume(run, generations=7)
    assert neat.load(run / "config.ini") == neat.load(made / "config.ini", ["run.generations=7"])


def test_comments_are_kept(run: Path) -> None:
    text = edit(run / "config.ini", "size = 8", "size   = 8   ; small, to try it out").replace("\n", "\r\n")
    (run / "config.ini").write_bytes(text.encode())
    before = (run / "config.ini").read_bytes()
    neat.resume(run)
    with pytest.raises(neat.NeatError, match="would lose your comments"):
        neat.resume(run, generations=6)
    assert (run / "config.ini").read_bytes() == before
    (run / "config.ini").write_bytes(before.replace(b"generations = 4", b"generations = 6"))
    assert neat.resume(run, generations=6).generations == 6
    assert b"; small, to try it out" in (run / "config.ini").read_bytes()


def test_a_run_that_was_not_touched_is_not_written_again(run: Path) -> None:
    before = files(run), (run / "config.ini").stat().st_ino
    neat.resume(run)
    assert (files(run), (run / "config.ini").stat().st_ino) == before
    for generations in (5, 6):
        assert neat.resume(run, generations=generations).generations == generations


def test_a_champion_that_was_changed_stops_a_run(run: Path, made: Path) -> None:
    file = run / "champion.json"
    edit(file, '"bias_node": ', '"note": "mine", "bias_node": ')
    before = files(run)
    with pytest.raises(neat.NeatError, match=r"champion\.json: is not a champion of this run, .*rename or delete it"):
        neat.resume(run, generations=6)
    assert files(run) == before
    with neat.History(run) as history:
        file.write_text(next(history.champions()).genome)  # an earlier one, as a kill leaves it
    neat.resume(run)
    assert files(run) == files(made)
    file.unlink()
    neat.resume(run)
    assert files(run) == files(made)


def test_a_configuration_that_is_no_file_stops_a_run(run: Path) -> None:
    (run / "config.ini").unlink()
    (run / "config.ini").mkdir()
    with pytest.raises(neat.NeatError, match=r"config\.ini: is a folder"):
        neat.resume(run, generations=6)


def remove(file: Path) -> None:
    file.unlink()


def replace(file: Path) -> None:
    shutil.copy(file, file.parent / "copy")
    (file.parent / "copy").replace(file)


def remove_all(file: Path) -> None:
    shutil.rmtree(file.parent)


@pytest.mark.parametrize("lose", [remove, replace, remove_all])
@pytest.mark.parametrize("ends", [False, True])
def test_a_run_whose_file_is_lost_meanwhile_says_so(tmp_path: Path, lose: Callable[[Path], None], ends: bool) -> None:
    folder = tmp_path / "run"

    def watch(generation: neat.Generation) -> None:
        if generation.number == 2:
            lose(folder / "run.sqlite")
            if ends:
                raise KeyboardInterrupt

    with pytest.raises(FileLost, match=r"run\.sqlite: was removed or replaced during the run") as caught:
        neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=folder, watch=watch)
    assert isinstance(caught.value, neat.NeatError)
    if folder.exists():
        assert neat.Genome.from_json((folder / "champion.json").read_text()).hidden >= 0


def test_a_table_that_is_removed_meanwhile_is_not_begun_anew(tmp_path: Path) -> None:
    config = neat.load(CONFIGS / "xor.ini", SETTINGS[1:])
    with pytest.raises(neat.NeatError, match=r"table\.csv: cannot be written"):
        neat.run_seeds(config, "0,1", jobs=1, out=tmp_path, watch=lambda row: (tmp_path / "table.csv").unlink())
    assert not (tmp_path / "table.csv").exists()
    assert len(neat.run_seeds(config, "0,1", jobs=1, out=tmp_path).rows) == 2


def test_an_interrupted_run_continues_after_its_configuration_was_read(made: Path, tmp_path: Path) -> None:
    def watch(generation: neat.Generation) -> None:
        if generation.number == 1:
            raise KeyboardInterrupt

    with pytest.raises(neat.Interrupted):
        neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=tmp_path / "run", watch=watch)
    edit(tmp_path / "run" / "config.ini", "size = 8", "size = 9")
    with pytest.raises(neat.NeatError, match=r"population\.size = 9 \(the run: 8\)"):
        neat.resume(tmp_path / "run")
    edit(tmp_path / "run" / "config.ini", "size = 9", "size = 8")
    neat.resume(tmp_path / "run")
    assert contents(tmp_path / "run") == contents(made)
