"""Canonical tables to Parquet, a few weeks at a time."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

BUFFER_ROWS = 40_000
"""Rows that are gathered before a row group is written."""
GROUP_ROWS = 131_072
_UNIQUE = {"decision_id", "item_id", "audit_id", "escalation_id", "dispute_id"}


class Writer:
    """Writes one project's tables to ``folder/<table>.parquet``; use it in a ``with`` block.

    The Arrow schema is not stored: readers then see plain text where dictionary arrays were written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting: dict[str, list[pa.Table]] = {}
        self.files: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Writer:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            for name in list(self.waiting):
                self._flush(name)
        for file in self.files.values():
            file.close()

    def add(self, name: str, rows: pa.Table | None) -> None:
        """Add rows to a table; None and empty tables add nothing."""
        if rows is None or not rows.num_rows:
            return
        waiting = self.waiting.setdefault(name, [])
        waiting.append(rows)
        if sum(one.num_rows for one in waiting) >= BUFFER_ROWS:
            self._flush(name)

    def _flush(self, name: str) -> None:
        tables = self.waiting.pop(name, [])
        if not tables:
            return
        whole = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
        if name not in self.files:
            self.files[name] = pq.ParquetWriter(
                self.folder / f"{name}.parquet",
                whole.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[column for column in whole.column_names if column not in _UNIQUE],
                store_schema=False,
            )
        self.files[name].write_table(whole, row_group_size=GROUP_ROWS)
