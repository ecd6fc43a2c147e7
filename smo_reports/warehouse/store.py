"""The embedded warehouse: a folder of Delta tables, read at one catalogued version.

One folder per canonical table, and two for the record: ``imports`` and ``rejects``. All are partitioned by
project. Old versions are never swept: a run that pinned one can be repeated on it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from smo_reports.errors import WarehouseError
from smo_reports.schema import TABLES, Column, Kind, Table
from smo_reports.warehouse import catalog
from smo_reports.warehouse.table_files import table_files

ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "real": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}
"""How every kind of column is stored."""


def _ledger(name: str, row: str, words: str, key: tuple[str, ...]) -> Table:
    columns = [Column(*word.split(":")) for word in words.split()]  # type: ignore[arg-type]
    return Table(name, row, tuple(columns), key)


IMPORTS = _ledger(
    "imports",
    "what one import did to one table",
    "import_id project table_name format source_file source_sha256 read:int taken:int updated:int "
    "unchanged:int set_aside:int first_at:time last_at:time imported_at:time time_zone",
    ("import_id", "table_name", "source_sha256"),
)
REJECTS = _ledger(
    "rejects",
    "one row that broke a rule",
    "project table_name source_file source_sha256 line:int rule detail raw import_id rejected_at:time",
    ("table_name", "source_sha256", "line", "rule"),
)
STORED: dict[str, Table] = {**TABLES, "imports": IMPORTS, "rejects": REJECTS}
"""Every table that a warehouse may hold."""

# Delta's default sweeps log entries after 30 days, which would make pinned versions unreadable, and it keeps
# statistics (which say whether a column is all null) of the first 32 columns only.
_SETTINGS: dict[str, str | None] = {
    "delta.dataSkippingNumIndexedCols": "-1",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
# The writer holds a row group in memory before it compresses it; its own default is a million rows.
_WRITER = WriterProperties(compression="ZSTD", max_row_group_size=122_880)
_PIECE = 1_000_000
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


@dataclass(frozen=True)
class StoredTable:
    """One table of one project at one version.

    Attributes
    ----------
    name : str
    files : tuple of str
        Absolute paths of the project's Parquet files; the column ``project`` is in their folders' names.
    columns : tuple of str
        The canonical columns that hold at least one value, in canonical order.
    rows : int
    """

    name: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int


class Warehouse:
    """A folder of Delta tables.

    Parameters
    ----------
    root : Path
        The folder; it need not exist before the first import.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()

    def version(self) -> int:
        """Give the newest version; 0 when nothing was ever imported."""
        return catalog.newest(self.root)

    def zone(self, project: str, version: int | None = None) -> str | None:
        """Give the zone that a project's local dates were made in; ``None`` when it was never imported."""
        return catalog.load(self.root, version).zones.get(project)

    def tables(self, project: str, version: int | None = None) -> dict[str, StoredTable]:
        """List a project's tables at one version (default: the newest).

        Tables without a row of the project are absent. Reads no data: file names and statistics only.

        Raises
        ------
        WarehouseError
            When there is no such version, or a table's folder or file is gone.
        """
        pinned = catalog.load(self.root, version).tables
        found = {name: stored_table(self.root, name, at, project) for name, at in pinned.items()}
        return {name: table for name, table in sorted(found.items()) if table is not None}


def stored_table(root: Path, name: str, version: int, project: str) -> StoredTable | None:
    """List one table's files of one project at one Delta version; ``None`` when it has none.

    Raises
    ------
    WarehouseError
        When the table's folder, or a file in it, is no longer there.
    """
    folder = root / name
    try:
        mine = [file for file in table_files(folder, version) if file.project == project]
    except DeltaError as error:
        raise _lost(folder, f"table {name!r} cannot be read ({str(error).splitlines()[0][:200]})") from None
    if not mine:
        return None
    held = frozenset().union(*(file.columns for file in mine))
    files = tuple(sorted(str(folder / file.path) for file in mine))
    if gone := next((file for file in files if not Path(file).is_file()), None):
        raise _lost(folder, f"table {name!r} lacks its file {Path(gone).name}")
    columns = tuple(column for column in STORED[name].names if column in held)
    return StoredTable(name, files, columns, sum(file.rows for file in mine))


def _lost(folder: Path, what: str) -> WarehouseError:
    return WarehouseError(
        f"{folder}: {what}: was the folder, or something in it, deleted or moved? Restore it from a backup; or import "
        f"all of the project's files again into a new warehouse folder (source: in its YAML)"
    )


def arrow_schema(name: str) -> pa.Schema:
    """Give the stored columns of a table."""
    return pa.schema([(column.name, ARROW[column.kind]) for column in STORED[name].columns])


def write(root: Path, name: str, at: int | None, rows: pa.RecordBatchReader, replacing: str | None) -> int:
    """Add rows to a Delta table, or replace one project's; give the Delta version made.

    Nobody sees the rows before a catalog names that version.

    Parameters
    ----------
    root : Path
    name : str
    at : int or None
        The catalogued Delta version; ``None`` when the catalog does not know the table. A newer version is
        what a killed import left: it is undone first.
    rows : pyarrow.RecordBatchReader
    replacing : str or None
        The project whose rows are replaced by ``rows``; ``None`` appends.
    """
    path = root / name
    if at is None:
        shutil.rmtree(path, ignore_errors=True)
        DeltaTable.create(path, schema=arrow_schema(name), partition_by=["project"], configuration=_SETTINGS)
    else:
        table = DeltaTable(path)
        if table.version() != at:
            table.restore(at)
    predicate = None if replacing is None else f"project = '{replacing}'"
    for piece in _pieces(rows):
        if predicate is None:
            write_deltalake(
                path,
                piece,
                mode="append",
                schema_mode="merge",
                writer_properties=_WRITER,
                post_commithook_properties=_HOOKS,
            )
        else:
            write_deltalake(
                path,
                piece,
                mode="overwrite",
                schema_mode="merge",
                predicate=predicate,
                writer_properties=_WRITER,
                post_commithook_properties=_HOOKS,
            )
        predicate = None
    return DeltaTable(path).version()


def _pieces(rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatchReader]:
    """Cut a stream into pieces of a million rows, each a Delta commit; at least one, perhaps empty.

    The writer keeps what it wrote in memory until it commits: 10 million rows in one piece took 1.1 GB more.
    """
    empty = True
    for first in rows:
        empty = False
        yield pa.RecordBatchReader.from_batches(rows.schema, _piece(first, rows))
    if empty:
        yield pa.RecordBatchReader.from_batches(rows.schema, [])


def _piece(first: pa.RecordBatch, rows: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    taken = len(first)
    yield first
    while taken < _PIECE:
        try:
            batch = rows.read_next_batch()
        except StopIteration:
            return
        taken += len(batch)
        yield batch
