"""What people enter by hand: events such as a guideline change, and corrective actions, which no tool exports."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import Project
from smo_reports.schema import EVENT_KINDS, SETTLED, TABLES
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
    row = {"kind": kind, "name": name, "at": at, **columns}
    return _enter(warehouse, project, "events", row, f"event {name!r}")


def add_action(
    warehouse: Warehouse,
    project: Project,
    opened_on: dt.date,
    title: str,
    owner: str,
    kpi: str,
    now: dt.datetime | None = None,
    **columns: str | float | dt.date,
) -> str:
    """Register a corrective action, with what is expected of it; it cannot be changed afterwards.

    Parameters
    ----------
    warehouse : Warehouse
    project : Project
    opened_on : date
    title, owner, kpi : str
    now : datetime, optional
        When it is registered, with its zone. Default: now.
    **columns : str, float or date
        Others of ``SETTLED``: the segment (canonical JSON text), the expected effect, the due date, both windows.

    Returns
    -------
    str
        The action's id, made of its content: registering the same again would only move ``registered_at``, so whoever
        calls looks first.

    Raises
    ------
    ImportFileError
        When a column is unknown or not among those, or a value breaks a rule of the table; nothing is stored.
    """
    for column in columns:
        TABLES["actions"][column]
        if column not in SETTLED or column == "registered_at":
            raise ImportFileError(f"action {title!r}: {column} is told when it has happened; leave it out")
    row = {"opened_on": opened_on, "title": title, "owner": owner, "kpi": kpi, **columns}
    moment = (now or dt.datetime.now(dt.UTC)).isoformat()
    return _enter(warehouse, project, "actions", row, f"action {title!r}", aside={"registered_at": moment})


def change_action(warehouse: Warehouse, project: Project, action_id: str, **columns: str | dt.date | None) -> None:
    """Record what became of an action: ``acknowledged_on``, ``done_on``, ``reopened_on`` or ``verdict``.

    The table's versions keep what was there before. None takes a value back.

    Raises
    ------
    ImportFileError
        When a column is settled at registration, or unknown, or there is no action of that id.
    """
    for column in columns:
        TABLES["actions"][column]
        if column in (*SETTLED, "action_id", "project"):
            raise ImportFileError(
                f"action {action_id!r}: {column} was settled when it was registered and cannot be changed; open another"
            )
    given = {key: _text(value) for key, value in columns.items()}
    _land(warehouse, project, "actions", {**_stored_action(warehouse, project, action_id), **given})


def _stored_action(warehouse: Warehouse, project: Project, action_id: str) -> dict[str, str | None]:
    """What a table requires of each row, of an action as it is stored: only what else is given can change."""
    stored = warehouse.tables(project.project).get("actions")
    required = [column.name for column in TABLES["actions"].columns if column.required and column.name != "project"]
    parts = [pq.ParquetFile(file).read(required) for file in (stored.files if stored else ())]
    known = {row["action_id"]: row for part in parts for row in part.to_pylist()}
    if action_id not in known:
        raise ImportFileError(f"no action {action_id!r} in project {project.project!r}; {nearest(action_id, known)}")
    return {name: _text(value) for name, value in known[action_id].items()}


def _enter(
    warehouse: Warehouse,
    project: Project,
    table: str,
    row: Mapping[str, object],
    what: str,
    aside: Mapping[str, str] | None = None,
) -> str:
    """Land one row under an id made of its content; what is ``aside`` is stored and is no part of the content."""
    (key,) = TABLES[table].key
    for column in row:
        TABLES[table][column]
        if column in (key, "project"):
            raise ImportFileError(f"{what}: {column} is made, not given; leave it out")
    given = {name: _text(value) for name, value in row.items()}
    content = json.dumps({"project": project.project, **given}, sort_keys=True, ensure_ascii=False)
    made = hashlib.sha256(content.encode()).hexdigest()[:24]
    _land(warehouse, project, table, {key: made, **given, **(aside or {})})
    return made


def _text(value: object) -> str | None:
    """A value as text: what is entered is typed and judged like what is imported."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _land(warehouse: Warehouse, project: Project, table: str, row: Mapping[str, str | None]) -> None:
    content = json.dumps({"project": project.project, **row}, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    cells = {name: pa.array([value], pa.string()) for name, value in row.items()}
    part = Part("entered", [Parsed(table, pa.table({"_line": [1], **cells}))], name="(entered)", sha256=digest)
    land(warehouse, project, [part], strict=True)
