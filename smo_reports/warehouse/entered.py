"""What people enter by hand: events such as a guideline change, which no labeling tool exports."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pyarrow as pa

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import Project
from smo_reports.schema import EVENT_KINDS, TABLES
from smo_reports.warehouse.landing import land
from smo_reports.warehouse.parsed import Parsed, Part
from smo_reports.warehouse.store import Warehouse


def add_event(
    warehouse: Warehouse,
    project: Project,
    kind: str,
    name: str,
    at: dt.datetime | str,
    **columns: str | dt.datetime,
) -> str:
    """Record that something changed; recording the same again changes nothing.

    Parameters
    ----------
    warehouse : Warehouse
    project : Project
    kind : str
        One of ``schema.EVENT_KINDS``.
    name : str
    at : datetime or str
        ISO 8601; in the project's time zone when it says none.
    **columns : str or datetime
        Other columns of ``events``: ``ended_at``, ``market``, ``policy``, ``queue``, ``version``, ``detail``.

    Returns
    -------
    str
        The event's id, made of its content.

    Raises
    ------
    ImportFileError
        When the kind or a column is unknown, or a value breaks a rule of the table; nothing is stored.
    """
    if kind not in EVENT_KINDS:
        raise ImportFileError(f"unknown kind of event {kind!r}; {nearest(kind, EVENT_KINDS)}")
    for column in columns:
        TABLES["events"][column]
        if column in ("event_id", "project"):
            raise ImportFileError(f"event {name!r}: {column} is made, not given; leave it out")
    given = {"kind": kind, "name": name, "at": at, **columns}
    row = {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in given.items()}
    content = json.dumps({"project": project.project, **row}, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    rows = pa.table({"_line": [1], "event_id": [digest[:24]], **{key: [value] for key, value in row.items()}})
    part = Part("entered", [Parsed("events", rows)], name="(entered)", sha256=digest)
    land(warehouse, project, [part], strict=True)
    return digest[:24]
