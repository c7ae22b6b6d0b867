"""The reference: it covers every key and is made from the dataclasses alone."""

from __future__ import annotations

from typing import Any

from neat.config import ReferenceRow, reference_markdown, reference_rows
from neat.config.assembly import FIXED_SECTIONS
from neat.config.fields import keys_of


def test_it_covers_every_key_of_every_section(learning_keys: type[Any]) -> None:
    rows = [(row.group, row.key) for row in reference_rows() if "," not in row.group]
    sections = {**FIXED_SECTIONS, "learning": learning_keys}
    assert rows == [(name, key) for name, keys in sections.items() for key in keys_of(keys)]


def test_it_covers_every_kind_of_problem(table_keys: type[Any]) -> None:
    rows = [row.key for row in reference_rows() if row.group == "problem, kind = table"]
    assert rows == [key for key in keys_of(table_keys) if key != "kind"]


def test_a_row_describes_a_key_completely() -> None:
    rows = {(row.group, row.key): row for row in reference_rows()}
    assert rows["population", "size"] == ReferenceRow(
        group="population",
        key="size",
        type="integer",
        default="150",
        allowed="a whole number from 2 to 100_000_000",
        help="genomes in every generation",
    )
    assert rows["run", "threads"].default == "auto"
    assert rows["run", "stop_fitness"].type == "solved or none or number"
    assert rows["population", "start"].type == "choice or path"
    assert rows["population", "layers"].type == "list of integers"
    assert rows["genome", "activation_options"].type == "list of names"
    assert rows["genome", "acyclic"].default == "no"
    assert rows["problem", "kind"].default == "required"
    assert rows["problem, kind = table", "data"].default == "required"
    assert all(row.type and row.allowed and row.help for row in rows.values())


def test_markdown_has_a_table_for_every_group() -> None:
    text = reference_markdown()
    assert text.startswith("## `[run]`\n\n| key | type | default | allowed | what it does |\n|---|---|---|---|---|\n")
    assert "\n\n## `[problem]` with `kind = maze`\n\n" in text
    assert "| `memory` | yes or no | `no` |" in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(reference_rows())
    assert all(line.replace("\\|", "").count("|") == 6 for line in rows)
