"""An import's own DuckDB database on disk: rows wait here, typed and judged, until they land.

It lies beside the tables, is bounded in memory, and is removed at the end. What a killed import left is swept
by the next one, which can tell because a living import holds its staging folder's lock.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import filelock
import numpy as np
import pyarrow as pa

from smo_reports.errors import ImportFileError
from smo_reports.schema import table as canonical
from smo_reports.warehouse.parsed import DETAIL, LINE, RAW, RULE, Covered, Parsed, Part, Reading

FOLDER = "_staging"
_RESERVED = (LINE, RAW, RULE, DETAIL)
_BATCH = 100_000


def quoted(text: str) -> str:
    """Write a SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Origin:
    """Where a staged row comes from: one file (or other place) of an import."""

    format: str
    name: str
    sha256: str


@dataclass
class Staged:
    """One table of one part, as it stands in the source: the DuckDB table ``name``."""

    name: str
    table: str
    part: int
    columns: dict[str, str]
    reading: Reading

    @property
    def given(self) -> tuple[str, ...]:
        """The canonical columns that the source speaks of, in order; what is stored of the others stays.

        An id is always spoken of, and a local date and hour wherever the time is that they are made of.
        """
        table = canonical(self.table)
        dated = ("work_date", "local_hour") if table.name == "decisions" and "submitted_at" in self.columns else ()
        spoken = {"project", *table.key, *self.columns, *dated}
        return tuple(name for name in table.names if name in spoken)


@dataclass
class Staging:
    """A staging database and what is in it.

    Attributes
    ----------
    sql : duckdb.DuckDBPyConnection
    origins : list of Origin
        By part number.
    staged : dict of (int, str) to Staged
        By part number and canonical table.
    notes : list of str
    rows : int
        Rows staged so far; the next row's number.
    covered : bool
        Whether a part told what it covers: then there are the tables ``covered_days`` (``person_id, work_date, _part``)
        and ``covered_sources`` (``source, _part``).
    """

    sql: duckdb.DuckDBPyConnection
    origins: list[Origin] = field(default_factory=list)
    staged: dict[tuple[int, str], Staged] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    covered: bool = False

    def columns(self, table: str) -> tuple[str, ...]:
        """The canonical columns of ``typed_<table>``: what any source gives, and what every row is judged by."""
        named = canonical(table)
        kept = {*named.required, *named.made_id, *(name for given in self.parts(table) for name in given)}
        return tuple(name for name in named.names if name in kept)

    def parts(self, table: str) -> dict[tuple[str, ...], list[int]]:
        """Which parts have rows of a table, by the columns that they give."""
        found: dict[tuple[str, ...], list[int]] = {}
        for staged in self.staged.values():
            if staged.table == table:
                found.setdefault(staged.given, []).append(staged.part)
        return found

    def one(self, query: str) -> tuple[Any, ...]:
        """Run a query that gives exactly one row."""
        (row,) = self.sql.sql(query).fetchall()
        return tuple(row)

    def stream(self, query: str) -> pa.RecordBatchReader:
        """Run a query whose rows are given in batches, never all at once."""
        return self.sql.sql(query).to_arrow_reader(_BATCH)


@contextmanager
def staging(root: Path, memory_limit: str) -> Iterator[Staging]:
    """Open a staging database under ``root`` and remove it at the end.

    Raises
    ------
    ImportFileError
        When ``memory_limit`` is not a size such as ``1GB``.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    mine = folder / uuid.uuid4().hex
    lock = filelock.FileLock(f"{mine}.lock")
    with lock:
        mine.mkdir()
        connection = duckdb.connect(str(mine / "staging.duckdb"))
        # In a notebook without ipywidgets there is no bar, and none to switch off.
        with suppress(duckdb.InvalidInputException):
            connection.execute("SET enable_progress_bar = false")
        try:
            connection.execute("SET TimeZone = 'UTC'")
            # Row numbers keep the source's order; letting go of the engine's own order bounds its memory.
            connection.execute("SET preserve_insertion_order = false")
            try:
                connection.execute(f"SET memory_limit = {quoted(memory_limit)}")
            except duckdb.Error:
                raise ImportFileError(f"memory limit {memory_limit!r} is no size; write it like 1GB") from None
            yield Staging(connection)
        finally:
            connection.close()
            shutil.rmtree(mine, ignore_errors=True)
            Path(lock.lock_file).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for path in folder.glob("*.lock"):
        lock = filelock.FileLock(path)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            continue
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink(missing_ok=True)
        lock.release()


def fill(staging: Staging, part: Part) -> None:
    """Stage every row of one part, watching that its file stays as it is.

    Raises
    ------
    ImportFileError
        When the file changes while it is read, or a format gives a column that its table does not have.
    """
    before = _fingerprint(part.file) if part.file else None
    number = len(staging.origins)
    staging.origins.append(Origin(part.format, part.name, before[-1] if before else part.sha256))
    for parsed in part.batches:
        _add(staging, number, parsed)
    if part.file and before != _fingerprint(part.file):
        raise ImportFileError(f"{part.file}: changed while it was read; wait until it is whole and import it again")


def _fingerprint(file: Path) -> tuple[int, int, int, str]:
    stat = file.stat()
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino, digest


def _cover(staging: Staging, part: int, covers: Covered) -> None:
    if not staging.covered:
        staging.sql.execute("CREATE TABLE covered_days (person_id VARCHAR, work_date DATE, _part INTEGER)")
        staging.sql.execute("CREATE TABLE covered_sources (source VARCHAR, _part INTEGER)")
        staging.covered = True
    people, days = zip(*covers.days, strict=True) if covers.days else ((), ())
    text = pa.string()
    given = pa.table({"person_id": pa.array(people, text), "work_date": pa.array(days, text)})
    named = pa.table({"source": pa.array(covers.sources, text)})
    for table, rows in (("covered_days", given), ("covered_sources", named)):
        staging.sql.register("told", rows)
        staging.sql.execute(f"INSERT INTO {table} SELECT *, {part} FROM told")
        staging.sql.unregister("told")


def _add(staging: Staging, part: int, parsed: Parsed) -> None:
    if parsed.covers is not None:
        _cover(staging, part, parsed.covers)
    for note in parsed.notes:
        if note not in staging.notes:
            staging.notes.append(note)
    names = canonical(parsed.table).names
    for column in parsed.rows.column_names:
        if column not in names and column not in _RESERVED:
            canonical(parsed.table)[column]
    numbers = pa.array(np.arange(staging.rows, staging.rows + len(parsed.rows)), pa.int64())
    batch = parsed.rows.append_column("_row", numbers)
    staging.rows += len(batch)
    found = staging.staged.get((part, parsed.table))
    with_batch = staging.sql.from_arrow(batch)
    if found is None:
        name = f"staged_{part}_{parsed.table}"
        with_batch.create(name)
        types = {column: str(kind) for column, kind in zip(with_batch.columns, with_batch.types, strict=True)}
        staging.staged[part, parsed.table] = Staged(name, parsed.table, part, types, parsed.reading)
    else:
        columns = ", ".join(f'"{column}"' for column in batch.column_names)
        staging.sql.execute(f"INSERT INTO {found.name} ({columns}) SELECT {columns} FROM with_batch")
