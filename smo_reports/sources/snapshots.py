"""What was open when, and what was due, in SQL that DuckDB and PostgreSQL both run.

A thing (an item, a dispute, a question, an escalation) is opened at one time and closed at another. What happened
after the period's end is not known yet at its end, and nothing is known after the newest instant in the rows: an item
that is due later is not late. Reading therefore makes

* ``age_s`` (seconds open, up to its end or the period's) and ``closed`` (whether by then) of each thing that was
  opened in the period;
* ``items_due``: items by the day that they were due on, instead of the day that they came in on;
* ``<table>_open``: what was open at the end of every week of the period, and at the period's end, whenever it had
  been opened: ``week`` (the one that ends then), ``closing`` (whether it is the period's end), ``age_s``, and
  ``past_due`` where there is a time due;
* ``on_time`` and ``reworked`` of batches.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from smo_reports.project import Project
from smo_reports.sources.zones import instant, local_day

LIVES: dict[str, tuple[str, str]] = {
    "items": ("arrived_at", "closed_at"),
    "disputes": ("raised_at", "resolved_at"),
    "escalations": ("opened_at", "resolved_at"),
    "questions": ("asked_at", "answered_at"),
}
"""When a thing of each table is opened and closed."""

DUE = "items_due"
OPEN = {f"{table}_open": table for table in LIVES}

_WEEK_S = 7 * 86400
_SLACK_S = 3 * 3600
_A_MONDAY = dt.date(2024, 1, 1)

Columns = Mapping[str, tuple[str, ...]]


def derived(columns: Columns) -> tuple[str, ...]:
    """The tables that can be made from those that are stored."""
    made = tuple(name for name, table in OPEN.items() if LIVES[table][1] in columns.get(table, ()))
    return (*made, DUE) if {"due_at", "closed_at"} <= set(columns.get("items", ())) else made


def derived_sql(name: str, columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    """The query of one table of :func:`derived`, cut to a period whose end is exclusive."""
    if name == DUE:
        return _due_sql(columns, project, start, end)
    return _open_sql(OPEN[name], columns, project, start, end)


def added(table: str, columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> list[str]:
    """Columns that reading adds to a stored table ``t``, read for a period whose end is exclusive."""
    have = columns[table]
    if table == "batches":
        return _batch_columns(columns, project, end)
    if table not in LIVES or LIVES[table][1] not in have:
        return []
    opened, closed = (f't."{name}"' for name in LIVES[table])
    over = f"COALESCE({closed} < {instant(end, project.zone)}, false)"
    until = f"CASE WHEN {over} THEN {closed} ELSE {_until(table, columns, project, end)} END"
    day = local_day(opened, project.zone, start, end)
    return [f"GREATEST({_seconds(until)} - {_seconds(opened)}, 0) AS age_s", f"{over} AS closed", f"{day} AS day"]


def _seconds(moment: str) -> str:
    # Not the difference of two times: DuckDB takes fifteen times as long for that, and servers type it differently.
    return f"CAST(EXTRACT(EPOCH FROM {moment}) AS DOUBLE PRECISION)"


def _newest(columns: Columns, table: str) -> str:
    """The newest instant in the decisions and in a table: what the rows do not reach is not known."""
    seen = [("stored_decisions", "submitted_at")] if "submitted_at" in columns["decisions"] else []
    named = LIVES.get(table, ("delivered_at",))
    seen += [(f"stored_{table}", name) for name in named if name in columns[table]]
    # No other row may be newer than its own: a table without any is not read at all.
    return f"GREATEST({', '.join(f'(SELECT MAX({name}) FROM {source})' for source, name in seen)})"


def _until(table: str, columns: Columns, project: Project, end: dt.date | None) -> str:
    return f"(SELECT LEAST({instant(end, project.zone)}, {_newest(columns, table)}))"


def _due_sql(columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    picked = [f't."{name}"' for name in columns["items"]]
    day = local_day("t.due_at", project.zone, start, end)
    picked += [f"{day} AS day", *(f"CAST(date_trunc('{unit}', {day}) AS DATE) AS {unit}" for unit in ("week", "month"))]
    kept = [f"t.due_at <= {_newest(columns, 'items')}"]
    kept += [f"t.due_at >= {instant(start, project.zone)}"] if start else []
    kept += [f"t.due_at < {instant(end, project.zone)}"] if end else []
    return f"SELECT {', '.join(picked)} FROM stored_items t WHERE {' AND '.join(kept)}"


def _open_sql(table: str, columns: Columns, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    opened, closed = (f't."{name}"' for name in LIVES[table])
    picked = [f't."{name}"' for name in columns[table]]
    picked += ["m.week", "m.closing", f"{_seconds('m.taken')} - {_seconds(opened)} AS age_s"]
    if "due_at" in columns[table]:
        picked.append("COALESCE(t.due_at < m.taken, false) AS past_due")
    # Most things are closed in the week that they were opened in: those never meet a snapshot, and are not compared
    # with any unless the period's end falls between. Comparisons first: they are what costs least.
    kept = [f"{opened} < {instant(end, project.zone)}"]
    if start is not None:
        first = min(start + dt.timedelta(7 - start.weekday()), end or dt.date.max)
        kept.append(f"({closed} IS NULL OR {closed} >= {instant(first, project.zone)})")
    last = f"OR {closed} >= {instant(end, project.zone)}" if end is not None and end.weekday() else ""
    kept.append(f"({closed} IS NULL OR {_outlives(opened, closed, project.zone)} {last})")
    return (
        f"WITH clock AS (SELECT {_newest(columns, table)} AS newest), "
        f"moments AS ({_moments_sql(table, project, start, end)}) "
        f"SELECT {', '.join(picked)} FROM (SELECT * FROM stored_{table} t WHERE {' AND '.join(kept)}) t "
        f"JOIN moments m ON {opened} < m.ending AND ({closed} IS NULL OR {closed} >= m.ending)"
    )


def _outlives(opened: str, closed: str, zone: zoneinfo.ZoneInfo) -> str:
    """Whether a week may have ended between two times: counted in weeks of equal length, with an hour or two to spare.

    Clocks are put forward and back, so that weeks do not end at even distances; who is kept for nothing is sorted out
    by the exact comparison.
    """
    first = dt.datetime.combine(_A_MONDAY, dt.time(), zone).timestamp()
    begun, over = (f"FLOOR(({_seconds(at)} - {first:.0f} {slack}) / {_WEEK_S})" for at, slack in (
        (opened, f"- {_SLACK_S}"), (closed, f"+ {_SLACK_S}")
    ))  # fmt: skip
    return f"{over} > {begun}"


def _moments_sql(table: str, project: Project, start: dt.date | None, end: dt.date | None) -> str:
    """One row a snapshot: its week, when that ends, when it is taken (at the newest instant, if that is earlier)."""
    zone, last = f"'{project.time_zone}'", instant(end, project.zone)
    if start is None:
        first = f"(SELECT date_trunc('week', MIN({LIVES[table][0]}) AT TIME ZONE {zone}) FROM stored_{table})"
    else:
        first = f"CAST(DATE '{start - dt.timedelta(start.weekday())}' AS TIMESTAMP)"
    until = f"LEAST({last}, clock.newest)"
    weeks = f"generate_series({first}, clock.newest AT TIME ZONE {zone}, INTERVAL '7 days') AS series(monday)"
    ending = f"(series.monday + INTERVAL '7 days') AT TIME ZONE {zone}"
    # The last instant is part of the week that is ending, not of the next one.
    week = f"date_trunc('week', ({until} - INTERVAL '1 microsecond') AT TIME ZONE {zone})"
    return (
        f"SELECT CAST(series.monday AS DATE) AS week, {ending} AS ending, {ending} AS taken, false AS closing "
        f"FROM clock, {weeks} WHERE {ending} < {until} "
        f"UNION ALL SELECT CAST({week} AS DATE), {last}, {until}, true FROM clock WHERE clock.newest IS NOT NULL"
    )


def _batch_columns(columns: Columns, project: Project, end: dt.date | None) -> list[str]:
    """Whether a batch was delivered by the end of the day it was due on; null where that day is not over yet."""
    have, made = columns["batches"], []
    if "delivered_at" in have:
        zone, until = f"'{project.time_zone}'", _until("batches", columns, project, end)
        over = f"CAST(t.due_on + 1 AS TIMESTAMP) AT TIME ZONE {zone}"
        today = f"CAST(({until} - INTERVAL '1 microsecond') AT TIME ZONE {zone} AS DATE)"
        made.append(
            f"CASE WHEN t.due_on > {today} THEN NULL WHEN t.delivered_at < {over} THEN true "
            f"WHEN t.delivered_at IS NULL AND {over} > {until} THEN NULL ELSE false END AS on_time"
        )
    if "rework_of" in have:
        back = "EXISTS (SELECT 1 FROM stored_batches b WHERE b.rework_of = t.batch_id)"
        made.append(f"(t.rework_of IS NOT NULL OR {back}) AS reworked")
    return made
