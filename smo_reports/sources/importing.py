"""Bring files into a project's warehouse: read by their format, judged row by row, landed in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap, Project
from smo_reports.schema import table as canonical
from smo_reports.sources import delimited
from smo_reports.sources.formats import TIME_TRACKERS, reader
from smo_reports.warehouse.counts import ImportCounts
from smo_reports.warehouse.landing import Progress, land
from smo_reports.warehouse.parsed import Part
from smo_reports.warehouse.store import Warehouse


def import_file(
    project: Project,
    file: Path,
    *,
    format: str = "delimited",
    table: str | None = None,
    map: ImportMap | str | None = None,
    warehouse: Warehouse | None = None,
    memory_limit: str = "1GB",
    timeout: float = 60.0,
    progress: Progress | None = None,
) -> ImportCounts:
    """Import one file in one commit.

    Parameters
    ----------
    project : Project
    file : Path
    format : str
        One of ``formats.FORMATS``.
    table : str, optional
        The canonical table that a delimited file without a map holds: headers that equal a column's name, in
        any case, are taken, and others listed as ignored.
    map : ImportMap or str, optional
        How the file's columns become canonical ones, or the name of such a map in the project's ``imports``.
    warehouse : Warehouse, optional
        The project's own by default.
    memory_limit : str
        Memory for comparing and typing, such as ``1GB``.
    timeout : float
        Seconds to wait for another import to end.
    progress : callable, optional
        Told what is being done and the share done, 0 to 1.

    Returns
    -------
    ImportCounts
        Its ``str`` is what a person wants to read.

    Raises
    ------
    ImportFileError
        When the file cannot be read as a whole; nothing is imported.
    WarehouseError
        When the warehouse cannot take it: another time zone, another import, a full disk.
    """
    part = _part(project, Path(file), format, table, _named(project, map))
    return land(
        warehouse or own_warehouse(project),
        project,
        [part],
        memory_limit=memory_limit,
        timeout=timeout,
        progress=progress,
    )


def import_files(
    project: Project,
    files: Sequence[tuple[Path, str]],
    *,
    warehouse: Warehouse | None = None,
    memory_limit: str = "1GB",
    timeout: float = 60.0,
    progress: Progress | None = None,
) -> ImportCounts:
    """Import several delimited, XLSX or Parquet files with canonical headers in one commit.

    Parameters
    ----------
    project : Project
    files : sequence of (Path, str)
        Files and the canonical tables that they hold; a table may come in several files.
    warehouse, memory_limit, timeout, progress
        As for :func:`import_file`.

    Raises
    ------
    ImportFileError, WarehouseError
        As for :func:`import_file`; then none of the files is imported.
    """
    parts = [_part(project, Path(file), "delimited", table, None) for file, table in files]
    return land(
        warehouse or own_warehouse(project),
        project,
        parts,
        memory_limit=memory_limit,
        timeout=timeout,
        progress=progress,
    )


def own_warehouse(project: Project) -> Warehouse:
    """Give the warehouse that a project's ``source`` names.

    Raises
    ------
    ImportFileError
        When the source is a server: nothing is imported there.
    """
    address = project.source_address
    if "://" in address:
        raise ImportFileError(
            f"project {project.project!r} reads from a server, which imports do not write to; set source: warehouse/"
        )
    return Warehouse(project.root / address)


def _named(project: Project, map: ImportMap | str | None) -> ImportMap | None:
    if not isinstance(map, str):
        return map
    if map not in project.imports:
        raise ImportFileError(f"project {project.project!r} has no import map {map!r}; {nearest(map, project.imports)}")
    return project.imports[map]


def _part(project: Project, file: Path, format: str, table: str | None, options: ImportMap | None) -> Part:
    read = reader(format)
    if not file.is_file():
        near = nearest(file.name, [path.name for path in file.parent.glob("*")]) if file.parent.is_dir() else ""
        raise ImportFileError(f"{file}: no such file{'; ' + near if near else ''}")
    if options is not None and "table" not in options.model_fields_set and format not in TIME_TRACKERS:
        raise ImportFileError(
            f"{file}: the map does not say which table the file fills; add table: … "
            f"(only maps for {', '.join(TIME_TRACKERS)} may leave it out)"
        )
    if table is not None:
        canonical(table)
        if options is not None and options.table != table:
            raise ImportFileError(f"{file}: the map is for table {options.table!r}, not {table!r}; leave one out")
    if format == "delimited" and options is None:
        if table is None:
            raise ImportFileError(f"{file}: say which table it holds (one of those in the data model), or give a map")
        options = delimited.map_for(file, table)
    return Part(format, read(file, project, options), file, file.name)
