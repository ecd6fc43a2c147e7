"""Write docs/tables.md from the schema: ``python docs/make_tables.py``."""

from __future__ import annotations

from pathlib import Path

from smo_reports.schema import TABLES, Column

INTRODUCTION = """\
# Tables

Every import ends in these tables. Times are UTC, ids are text, durations are seconds. **Bold** columns are required; a
column that your source lacks is simply absent, and a KPI that needs it says so.
"""


def _column(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    kind = "" if column.kind == "text" else f" ({column.kind})"
    return name + kind + (f" [{', '.join(column.one_of)}]" if column.one_of else "")


def tables_page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION]
    for table in TABLES.values():
        row = table.row[0].upper() + table.row[1:]
        parts.append(
            f"## {table.name}\n\n{row}. Identified by {', '.join(table.key)} within a project.\n\n"
            + ", ".join(map(_column, table.columns))
            + ".\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent / "tables.md").write_text(tables_page(), "utf-8")
