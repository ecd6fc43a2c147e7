"""SQL servers, through Ibis: the rows stay on the server, in tables of the canonical names and columns."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from smo_reports.errors import SourceError
from smo_reports.project import Project
from smo_reports.schema import TABLES
from smo_reports.sources import tables as sql
from smo_reports.sources.rows import Frame, Rows

SERVERS = ("postgresql", "postgres")
"""Schemes whose dialect the queries of :mod:`smo_reports.sources.tables` are written in and tested on."""


def open_rows(project: Project, start: dt.date | None, end: dt.date | None) -> Rows:
    """All tables of a project over one period, on one connection to its server.

    The server's tables carry the canonical columns, ``work_date`` and ``local_hour`` included, made in the project's
    time zone; only the project's own rows are read. Nothing is written to the server.

    Raises
    ------
    SourceError
        When the address is of a kind that cannot be read, Ibis is not installed, the server does not answer, or it
        has no decisions.
    """
    scheme = project.source_address.partition("://")[0]
    if scheme not in SERVERS:
        raise SourceError(
            f"project {project.project!r}: source {scheme}:// cannot be read by this version; "
            "use a warehouse folder, parquet:FOLDER or postgresql://…"
        )
    try:
        import ibis
        from ibis.common.exceptions import IbisError
    except ImportError:
        raise SourceError(
            f"project {project.project!r}: reading {scheme}:// needs the extra: pip install 'smo-reports[sql]'"
        ) from None
    import psycopg

    try:
        server = ibis.connect(project.source_address)
        server.raw_sql("SET TIME ZONE 'UTC'").close()
        listed = set(server.list_tables()) & set(TABLES)
        columns = {name: _present(name, server.table(name).columns) for name in TABLES if name in listed}
    except (IbisError, psycopg.Error) as error:
        # The address may hold a password: only the server's own words are repeated.
        said = str(error).strip().splitlines()[0]
        raise SourceError(f"project {project.project!r}: the {scheme} server cannot be read: {said}") from None
    if "decisions" not in columns:
        raise SourceError(f"project {project.project!r}: the {scheme} server has no table decisions that it may read")
    stored = ", ".join(
        f"stored_{name} AS (SELECT {', '.join(map(_quoted, kept))} FROM {name} WHERE project = "
        f"{sql.literal(project.project)})"
        if "project" in kept
        else f"stored_{name} AS (SELECT {', '.join(map(_quoted, kept))} FROM {name})"
        for name, kept in columns.items()
    )

    def load(name: str) -> Frame:
        frame: Frame = nw.from_native(server.sql(f"WITH {stored} {sql.read_sql(name, columns, project, start, end)}"))
        return frame

    return Rows(sql.readable(columns), load, start, end, project.zone)


def _present(table: str, found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in TABLES[table].names if name in found)


def _quoted(name: str) -> str:
    return f'"{name}"'
