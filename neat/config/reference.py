"""The reference: every key with its type, default, range and help, made from the dataclasses alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neat.config.config import FIXED_SECTIONS
from neat.config.fields import keys_of
from neat.config.registry import ProblemKeys, declared_problems, declared_sections
from neat.config.section import Section


@dataclass(frozen=True)
class ReferenceRow:
    """One key of the reference; `group` is the section, with the kind of problem where there is one."""

    group: str
    section: str
    key: str
    type: str
    default: str
    allowed: str
    help: str


def reference_rows() -> list[ReferenceRow]:
    """Return a row for every key of every section and every declared kind of problem, grouped by section."""
    rows: list[ReferenceRow] = []
    for name, keys in FIXED_SECTIONS.items():
        rows += _rows(name, name, keys)
        if name == "problem":
            for kind, problem in sorted(declared_problems().items()):
                rows += _rows(f"problem, kind = {kind}", name, problem, leave_out=("kind",))
    for name, keys in declared_sections().items():
        rows += _rows(name, name, keys)
    return rows


def reference_markdown() -> str:
    """Return the reference as Markdown: a heading and a table for every group."""
    parts: list[str] = []
    group = None
    for row in reference_rows():
        if row.group != group:
            group = row.group
            section, _, kind = group.partition(", ")
            title = f"`[{section}]`" + (f" with `{kind}`" if kind else "")
            parts.append(f"\n## {title}\n\n| key | type | default | allowed | what it does |\n|---|---|---|---|---|")
        default = f"`{row.default}`" if row.default else ""
        cells = (f"`{row.key}`", row.type, default, row.allowed, row.help)
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts).lstrip("\n") + "\n"


def _rows(group: str, section: str, keys: type[Section], leave_out: tuple[str, ...] = ()) -> Iterator[ReferenceRow]:
    for item in keys_of(keys).values():
        if item.name in leave_out:
            continue
        always_given = item.is_required or (keys is ProblemKeys and item.name == "kind")
        default = "required" if always_given else item.type.write(item.default)
        yield ReferenceRow(group, section, item.name, item.type.type_name, default, item.type.allowed, item.help)
