"""Replaced operators of saved runs: named in the record, needed to resume, and never imported without trust."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import neat

MODULE = """
import numpy as np
import neat


def without_weights(population, mutable, innovations, rng, mutation, genome, threads):
    none = np.zeros(len(population), np.bool_)
    return neat.Operators.mutate(population, none, innovations, rng, mutation, genome, threads)
"""


def careful(*arguments: Any) -> Any:
    """Mutate every second genome only."""
    population, mutable, *rest = arguments
    return neat.Operators.mutate(population, mutable & (population.key % 2 == 0), *rest)


def config(**run: Any) -> neat.Config:
    return neat.Config(
        run={"seed": 4, "generations": 6, "stop_fitness": "none", "checkpoint": 2, **run}, population={"size": 12}
    )


def recorded(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        names: dict[str, str] = json.loads(connection.execute("SELECT operators FROM run").fetchone()[0])
        return names


def champion(folder: Path) -> str:
    return (folder / "champion.json").read_text()


def test_operators_passed_from_python_are_recorded_and_needed_again(tmp_path: Path) -> None:
    operators, problem = neat.Operators(mutate=careful), neat.Multiplexer(1)
    neat.run(config(generations=9), problem, tmp_path / "whole", operators=operators)
    neat.run(config(generations=9), problem, tmp_path / "plain")
    assert champion(tmp_path / "whole") != champion(tmp_path / "plain")
    folder = tmp_path / "run"
    neat.run(config(), problem, folder, operators=operators)
    name = f"{careful.__module__}:careful"
    assert recorded(folder) == {"mutate": name} and recorded(tmp_path / "plain") == {}
    with neat.History(folder) as history:
        assert history.about.passed.operators == {"mutate": name}
        missing = rf"its operators \(mutate = {name}\) were passed from Python"
        with pytest.raises(neat.NeatError, match=missing):
            neat.explain_run(history, 3, problem)
        again = neat.explain_run(history, 3, problem, operators)
        assert sum(fate.after for fate in again.fates) == 12
    with pytest.raises(neat.NeatError, match=missing):
        neat.resume(folder, problem, generations=9)
    with pytest.raises(neat.NeatError, match=missing):
        neat.verify(folder, problem)
    with pytest.raises(neat.NeatError, match="operators is 'careful'; it must be a neat.Operators"):
        neat.resume(folder, problem, operators="careful", generations=9)  # type: ignore[arg-type]
    assert neat.verify(folder, problem, operators=operators).same
    assert not neat.verify(folder, problem, operators=neat.Operators()).same
    assert neat.evaluate_run(folder, problem=problem).unit == "evaluation"
    neat.resume(folder, problem, operators=operators, generations=9)
    assert champion(folder) == champion(tmp_path / "whole")


def test_other_operators_are_noticed(tmp_path: Path) -> None:
    problem = neat.Multiplexer(1)
    neat.run(config(), problem, tmp_path / "run", operators=neat.Operators(mutate=careful))
    with pytest.warns(UserWarning, match="its operators were .*careful.* here"):
        neat.resume(tmp_path / "run", problem, operators=neat.Operators(), generations=9)


def test_operators_named_in_a_configuration_need_trust(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(MODULE)
    ini = "[run]\nseed = 1\ngenerations = 4\n[problem]\nkind = multiplexer\naddress_bits = 1\n[population]\nsize = 9\n"
    (tmp_path / "own.ini").write_text(f"{ini}[operators]\nmutate = own:without_weights\n")
    folder = tmp_path / "run"
    neat.run(neat.load(tmp_path / "own.ini"), out=folder)
    assert recorded(folder) == {}  # the configuration in the run's file names it
    with neat.History(folder) as history:
        assert any(Path(file.path).name == "own.py" and file.role == "code" for file in history.files())
    refused = "it names code, own:without_weights in .*--trust"
    with pytest.raises(neat.NeatError, match=refused):
        neat.verify(folder)
    with pytest.raises(neat.NeatError, match=refused):
        neat.resume(folder, generations=6)
    assert neat.verify(folder, trust=True).same
    assert neat.resume(folder, generations=6, trust=True).generations == 6
    assert neat.resume(folder, operators=neat.Operators(), generations=6).generations == 6  # it is finished


def test_a_record_with_unknown_operators_is_refused(tmp_path: Path) -> None:
    neat.run(config(), neat.Multiplexer(1), tmp_path / "run")
    for text in ('{"fly": "a:b"}', '{"mutate": 3}', "[]", "{"):
        with closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection, connection:
            connection.execute("UPDATE run SET operators = ?", (text,))
        with pytest.raises(neat.NeatError, match="its description of the run is invalid"):
            neat.verify(tmp_path / "run", neat.Multiplexer(1))
