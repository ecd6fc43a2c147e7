"""The rows that imports set aside, to be mended in their files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import find_workspace, load_project
from smo_reports.sources.importing import own_warehouse

COLUMNS = ("source_file", "line", "table_name", "rule", "detail")
"""What is told of a row; its text stays in the table ``rejects``, since it may name people."""


def set_aside(project: str, file: str | None = None) -> Iterator[tuple[str, ...]]:
    """List what was set aside and has not come in since, by file and line.

    Parameters
    ----------
    project : str
    file : str, optional
        Only of this file, by its name.

    Yields
    ------
    tuple of str
        Of ``COLUMNS``.

    Raises
    ------
    ImportFileError
        When nothing of that file was set aside; it says which file was probably meant.
    """
    stored = own_warehouse(load_project(project, find_workspace())).tables(project).get("rejects")
    # Read as it is stored: hours may well be imported, and set aside, before there is any decision.
    parts = [pq.ParquetFile(part).read(list(COLUMNS)).to_pylist() for part in (stored.files if stored else ())]
    found = sorted((row for rows in parts for row in rows), key=lambda row: (row["source_file"], row["line"] or 0))
    if file is not None:
        known = sorted({row["source_file"] for row in found})
        if file not in known:
            raise ImportFileError(f"nothing of file {file!r} is set aside; {nearest(file, known)}")
        found = [row for row in found if row["source_file"] == file]
    for row in found:
        yield tuple("" if row[name] is None else str(row[name]) for name in COLUMNS)
