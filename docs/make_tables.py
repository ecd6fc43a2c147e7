"""Write docs/tables.md from the schema: ``python docs/make_tables.py``."""

from __future__ import annotations

from pathlib import Path

from smo_reports.schema import TABLES, Column

INTRODUCTION = """\
# Tables

Every import ends in these tables. Times are UTC, ids are text, durations are seconds. **Bold** columns are required; a
column that your source lacks is simply absent, and a KPI that needs it says so.

What an import does with a row:

- It is *taken* when its identity is new, *unchanged* when it says what is stored, *updated* when a later file says
  something else, and *set aside* when it breaks a rule. The four add up to the rows read, and are printed.
- A later file replaces only the columns that it has. An empty cell in a column that it has empties the stored one.
- Within one file, a second row of the same identity with other content is set aside. Decisions and audits without an
  id get one made of who, what, when and how many times, so honest repeats survive and the file's order does not matter.
- Set aside: a missing required value; a time, date, number or truth value that cannot be read (dates other than ISO
  8601 need a `time_format` in the map: the order of day and month is never guessed); times in the wrong order, or in
  the future; a value below its least or above its most (a row of hours above
  24), or not in its list; an audit without a verdict, with a weight below 1, or of an
  unknown decision; a label that the project's taxonomy does not list; a row of another project.
- What was set aside keeps its file, line, rule and text in the table `rejects`. Mend the cause and import again: the
  rows that are accepted then leave it.
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
