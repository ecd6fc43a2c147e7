"""Lazy rows in canonical columns, from whichever engine a project's ``source`` names."""

from __future__ import annotations

import datetime as dt
import sys

from smo_reports.errors import SmoError
from smo_reports.project import Project
from smo_reports.sources.rows import Frame, Rows

__all__ = ["Frame", "Rows", "fingerprint", "read", "read_all", "reading_errors", "version"]


def read_all(
    project: Project,
    start: dt.date | None = None,
    end: dt.date | None = None,
    *,
    version: int = 0,
    memory: str = "",
) -> Rows:
    """All tables of a project over one period.

    Parameters
    ----------
    project : Project
    start, end : date or None
        First day, and the day after the last; quality goes by the *decision's* date. None leaves that side open, and
        rows without a date count only where both are.
    version : int
        A version of the warehouse to read again; 0 is the newest.
    memory : str
        The most memory the embedded engine may use, such as ``"2GB"``; default: what the workspace says.

    Returns
    -------
    Rows
        Lazy narwhals frames by table name; all share one connection, so they can be joined.

    Raises
    ------
    SourceError
        When the source cannot be read, or holds no decisions of the project.
    """
    if project.source_kind == "server":
        from smo_reports.sources import servers

        return servers.open_rows(project, start, end)
    from smo_reports.sources import duckdb

    return duckdb.open_rows(project, start, end, version, memory or project.memory)


def read(
    project: Project, table: str, start: dt.date | None = None, end: dt.date | None = None, *, version: int = 0
) -> Frame:
    """One table of :func:`read_all`.

    Raises
    ------
    SourceError
        When the source has no such table.
    """
    rows = read_all(project, start, end, version=version)
    if table not in rows:
        from smo_reports.errors import SourceError, nearest

        raise SourceError(f"project {project.project!r} has no table {table!r}; {nearest(table, rows)}")
    return rows.whole(table)


def reading_errors() -> tuple[type[Exception], ...]:
    """What may go wrong when a project's rows are read or counted, for pages that go on without it.

    Beside our own errors those of the engines that are in use: a damaged file may show only while it is counted.
    """
    found: list[type[Exception]] = [SmoError]
    for module, name in (("duckdb", "Error"), ("psycopg", "Error"), ("ibis.common.exceptions", "IbisError")):
        if module in sys.modules:
            found.append(getattr(sys.modules[module], name))
    return tuple(found)


def fingerprint(project: Project, version: int = 0) -> str:
    """A text that changes whenever the rows that a project would read change; empty where a server cannot tell."""
    if project.source_kind == "server":
        return ""
    from smo_reports.sources import duckdb

    return duckdb.fingerprint(project, version)


def version(project: Project) -> int:
    """The newest version of the project's warehouse, for a run to pin; 0 where the source has none."""
    if project.source_kind != "warehouse":
        return 0
    from smo_reports.warehouse import Warehouse

    return Warehouse(project.root / project.source_address).version()
