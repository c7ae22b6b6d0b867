"""The reference of the configuration: every key with its type, default, allowed values and help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from neat.config.assembly import FIXED_SECTIONS
from neat.config.fields import keys_of
from neat.config.registry import ProblemKeys, declared_problems, declared_sections
from neat.config.section import Section

_TABLE_HEAD = "| key | type | default | allowed | what it does |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class ReferenceRow:
    """One key of the reference; `group` is its section, and the kind of problem if there is one."""

    group: str
    key: str
    type: str
    default: str
    allowed: str
    help: str


def reference_rows() -> list[ReferenceRow]:
    """Return a row for every key of every section and of every declared kind of problem, grouped by section."""
    rows: list[ReferenceRow] = []
    for name, keys in FIXED_SECTIONS.items():
        rows += _rows(name, keys)
        if name == "problem":
            for kind, problem in sorted(declared_problems().items()):
                rows += [row for row in _rows(f"problem, kind = {kind}", problem) if row.key != "kind"]
    for name, keys in declared_sections().items():
        rows += _rows(name, keys)
    return rows


def reference_markdown() -> str:
    """Return the reference as Markdown, with a heading and a table for every group."""
    parts: list[str] = []
    for group, rows in groupby(reference_rows(), key=lambda row: row.group):
        section, _, kind = group.partition(", ")
        title = f"`[{section}]`" + (f" with `{kind}`" if kind else "")
        lines = [f"## {title}\n", _TABLE_HEAD]
        for row in rows:
            default = f"`{row.default}`" if row.default else ""
            cells = (f"`{row.key}`", row.type, default, row.allowed, row.help)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _rows(group: str, keys: type[Section]) -> Iterator[ReferenceRow]:
    for key in keys_of(keys).values():
        is_required = key.is_required or (keys is ProblemKeys and key.name == "kind")
        default = "required" if is_required else key.type.write(key.default)
        yield ReferenceRow(group, key.name, key.type.type_name, default, key.type.allowed, key.help)
