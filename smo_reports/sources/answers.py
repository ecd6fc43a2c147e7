"""Answers of labeling tools, which may be several, as one label and as single answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from smo_reports.schema import SEVERAL
from smo_reports.schema import table as canonical
from smo_reports.warehouse.parsed import Parsed, Reading

NONE = "(none)"
"""The label of a decision whose answer is empty."""

SKIPPED = "(skipped)"
"""The label of a decision that a person declined to make."""

BETWEEN = SEVERAL
"""What joins the values of a decision that has several; they are sorted."""

_ROWS = 100_000


def joined(values: Iterable[str]) -> str:
    """Make one label of a set of values.

    >>> joined(["scam", "hate", "scam"]), joined([])
    ('hate | scam', '(none)')
    """
    return BETWEEN.join(sorted({value.strip() for value in values} - {""})) or NONE


@dataclass
class Rows:
    """Rows of several tables, given out in batches whose columns are the same every time.

    Attributes
    ----------
    columns : dict of str to tuple of str
        By table, the canonical columns that this format can fill.
    reading : Reading
    """

    columns: dict[str, tuple[str, ...]]
    reading: Reading = field(default_factory=Reading)
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, line: int, **values: Any) -> None:
        """Add one row; values are text, numbers or truth values, and become text."""
        self.waiting.setdefault(table, []).append({"_line": line, **values})

    def batches(self, *, end: bool, notes: tuple[str, ...] = ()) -> Iterator[Parsed]:
        """Give out the tables that have a full batch, and at the end all that is left."""
        for table in list(self.waiting):
            if self.waiting[table] and (end or len(self.waiting[table]) >= _ROWS):
                yield Parsed(table, self._columnar(table, self.waiting.pop(table)), self.reading, notes)
                notes = ()
        if end:
            # Even an empty table of answers says that corrected decisions have none left.
            yield Parsed("decisions", self._columnar("decisions", []), self.reading, notes)
            yield Parsed("decision_labels", self._columnar("decision_labels", []), self.reading)

    def _columnar(self, table: str, rows: list[dict[str, Any]]) -> pa.Table:
        known = set(canonical(table).names) | {"_rule", "_detail"}
        names = [name for name in self.columns[table] if name in known]
        columns = {name: pa.array([text(row.get(name)) for row in rows], pa.string()) for name in names}
        return pa.table({"_line": pa.array([row["_line"] for row in rows], pa.int64()), **columns})


def text(value: Any) -> str | None:
    """Write a value as text for the warehouse: ``True`` as ``true``, 17.0 as 17, a list as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
