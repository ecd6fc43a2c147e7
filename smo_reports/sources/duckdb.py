"""The embedded engine: DuckDB over the warehouse's current Parquet files, or over a folder of Parquet files."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import narwhals as nw
import pyarrow.parquet as pq

from smo_reports.errors import SourceError
from smo_reports.project import Project
from smo_reports.schema import TABLES
from smo_reports.sources import tables as sql
from smo_reports.sources.rows import Frame, Rows
from smo_reports.warehouse import Warehouse

KEPT = ("audits", "gold_decisions")
"""Joins that most KPIs of a page read again: small beside the decisions, so they are made once and kept."""


@dataclass(frozen=True)
class Stored:
    """A table's Parquet files and the columns that hold something for the project."""

    files: tuple[str, ...]
    columns: tuple[str, ...]


def stored_tables(project: Project, version: int = 0) -> dict[str, Stored]:
    """The tables that a project's ``source`` holds.

    Parameters
    ----------
    project : Project
    version : int
        A version of the warehouse; 0 reads the newest.

    Raises
    ------
    SourceError
        When the source is a folder that does not exist, or holds no table of the project.
    """
    address = project.source_address
    folder = project.root / address.removeprefix("parquet:")
    if project.source_kind == "parquet":
        found = _parquet_folder(folder)
    else:
        warehouse = Warehouse(folder)
        _same_zone(project, warehouse, version)
        listed = warehouse.tables(project.project, version or None)
        found = {name: Stored(table.files, table.columns) for name, table in listed.items() if table.rows}
    if "decisions" not in found:
        raise SourceError(
            f"project {project.project!r} has no decisions in {folder}; "
            f"import some with: smo import FILE --table decisions --project {project.project}"
        )
    return found


def fingerprint(project: Project, version: int = 0) -> str:
    """A text that changes whenever the rows that the project would read change."""
    digest = hashlib.sha256(project.time_zone.encode())
    for name, table in sorted(stored_tables(project, version).items()):
        for file in table.files:
            stat = Path(file).stat()
            digest.update(f"{name} {Path(file).name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def open_rows(project: Project, start: dt.date | None, end: dt.date | None, version: int, memory: str) -> Rows:
    """All tables of a project over one period, on one connection of their own.

    The connection lives as long as the rows do.
    """
    stored = stored_tables(project, version)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET memory_limit = {sql.literal(memory)}")
    columns = {name: table.columns for name, table in stored.items()}
    mine = sql.literal(project.project)
    for name, table in stored.items():
        files = ", ".join(map(sql.literal, table.files))
        picked = ", ".join(f'"{column}"' for column in columns[name])
        source = f"read_parquet([{files}], hive_partitioning = true, union_by_name = true)"
        # A folder of files may hold other projects' rows too; a warehouse keeps each project's files apart.
        shared = project.source_kind == "parquet" and "project" in columns[name]
        own = f"WHERE COALESCE(project, {mine}) = {mine}" if shared else ""
        connection.execute(f"CREATE VIEW stored_{name} AS SELECT {picked} FROM {source} {own}")

    def load(name: str) -> Frame:
        kind = "TABLE" if name in KEPT else "VIEW"
        body = sql.read_sql(name, columns, project, start, end)
        connection.execute(f"CREATE {kind} IF NOT EXISTS main.{name} AS {body}")
        return nw.from_native(connection.table(f"main.{name}"))

    return Rows(sql.readable(columns), load, start, end, project.zone)


def _parquet_folder(folder: Path) -> dict[str, Stored]:
    if not folder.is_dir():
        raise SourceError(f"source folder {folder} does not exist; make it, or name another under source:")
    found = {}
    for name, table in TABLES.items():
        files = tuple(
            str(path) for path in sorted((*folder.glob(f"{name}.parquet"), *folder.glob(f"{name}-*.parquet")))
        )
        if files:
            present = {column for file in files for column in pq.read_schema(file).names}
            found[name] = Stored(files, tuple(column for column in table.names if column in present))
    return found


def _same_zone(project: Project, warehouse: Warehouse, version: int) -> None:
    """Local dates were made once, at import: under another zone they would be wrong without a sign."""
    zone = warehouse.zone(project.project, version or None)
    if zone not in (None, project.time_zone):
        raise SourceError(
            f"project {project.project!r} was imported in time zone {zone}, its YAML now says {project.time_zone}; "
            "put the zone back, or import again into a new folder and name that under source:"
        )
