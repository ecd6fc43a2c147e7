"""The embedded engine: DuckDB over the warehouse's current Parquet files, or over a folder of Parquet files."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import weakref
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from smo_reports.errors import SourceError
from smo_reports.project import Project
from smo_reports.schema import TABLES
from smo_reports.sources import tables as sql
from smo_reports.sources.engine import Engine, Stored
from smo_reports.sources.rows import Frame, Rows
from smo_reports.warehouse import Warehouse

_ENGINES: weakref.WeakValueDictionary[str, Engine] = weakref.WeakValueDictionary()
_OPENING = threading.Lock()


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
    return _digest(project, stored_tables(project, version))


def _digest(project: Project, stored: dict[str, Stored]) -> str:
    digest = hashlib.sha256(project.time_zone.encode())
    for name, table in sorted(stored.items()):
        for file in table.files:
            stat = Path(file).stat()
            digest.update(f"{name} {Path(file).name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def open_rows(project: Project, start: dt.date | None, end: dt.date | None, version: int, memory: str) -> Rows:
    """All tables of a project over one period.

    Rows of the same files share one embedded engine, which lives as long as any of them.
    """
    stored = stored_tables(project, version)
    key = f"{project.model_dump_json()} {project.root} {memory} {_digest(project, stored)}"
    with _OPENING:
        engine = _ENGINES.get(key)
        if engine is None:
            engine = _ENGINES[key] = Engine(project, stored, memory)
    engine.expect((start, end))
    own = engine.connection.cursor()

    def load(name: str) -> Frame:
        return nw.from_native(own.table(engine.view(name, start, end)))

    def load_whole(name: str) -> Frame:
        return nw.from_native(own.table(engine.view(name, start, end, every_column=True)))

    return Rows(sql.readable(engine.columns), load, start, end, project.zone, load_whole)


def _parquet_folder(folder: Path) -> dict[str, Stored]:
    if not folder.is_dir():
        raise SourceError(f"source folder {folder} does not exist; make it, or name another under source:")
    found = {}
    for name, table in TABLES.items():
        files = tuple(
            str(path) for path in sorted((*folder.glob(f"{name}.parquet"), *folder.glob(f"{name}-*.parquet")))
        )
        if files:
            present = {column for file in files for column in _columns_of(file)}
            found[name] = Stored(files, tuple(column for column in table.names if column in present))
    return found


def _columns_of(file: str) -> list[str]:
    try:
        return list(pq.read_schema(file).names)
    except (pa.ArrowInvalid, OSError) as error:
        said = str(error).splitlines()[0]
        cure = "write it again, or move it away"
        raise SourceError(f"{file} is no Parquet file that can be read ({said}); {cure}") from None


def _same_zone(project: Project, warehouse: Warehouse, version: int) -> None:
    """Local dates were made once, at import: under another zone they would be wrong without a sign."""
    zone = warehouse.zone(project.project, version or None)
    if zone not in (None, project.time_zone):
        raise SourceError(
            f"project {project.project!r} was imported in time zone {zone}, its YAML now says {project.time_zone}; "
            "put the zone back, or import again into a new folder and name that under source:"
        )
