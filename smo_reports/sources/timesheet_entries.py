"""Time trackers' entries with a beginning and an end, as rows of ``work_hours``, one a day that they touch."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from smo_reports.project import ImportMap, Project
from smo_reports.sources.records import Record
from smo_reports.sources.timesheet import WRONG_FIELDS, Booked, Sheet, Tool, told, wrong_width
from smo_reports.sources.timesheet_clock import Clock, by_day, clock_of, elapsed, hours_of
from smo_reports.warehouse.parsed import Parsed
from smo_reports.warehouse.rules import OUT_OF_ORDER

_APART = 1.0
"""Hours by which a duration may differ from the time between beginning and end: tools round."""

_CLOCKED = ("date", "start", "end_date", "end", "hours")


def read_clocked(tool: Tool, file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read an export whose entries have a beginning and an end; what passes a midnight is split there.

    Parameters
    ----------
    tool : Tool
    file : Path
    project : Project
        Its time zone is that of days, and of the file's times unless the map has a ``time_zone``.
    options : ImportMap or None
        ``time_format`` (day and time with a space between them), ``decimal``, ``time_zone``, ``delimiter``,
        ``encoding``; ``columns`` where headers have other names; ``values`` for ``activity``, ``person_id`` and
        ``project``.

    Raises
    ------
    ImportFileError
        When the file is no such export, or does not tell how its dates are written.
    """
    sheet = Sheet(tool, file, project, options)
    cells = (
        tuple(sheet.cell(record, role) for role in ("date", "end_date", "start", "end")) for record in sheet.rows()
    )
    clock = clock_of(file, cells, options, "{day} %H:%M:%S")
    rows = Booked()
    # An entry that had no project at first may have got one since.
    rows.sources.add(tool.name)
    for record in sheet.rows():
        _add(sheet, rows, record, clock, project)
        yield from rows.batch(end=False)
    yield from rows.batch(end=True, notes=(*rows.notes(), *sheet.notes()))


def _add(sheet: Sheet, rows: Booked, record: Record, clock: Clock, project: Project) -> None:
    if wrong := wrong_width(sheet, record):
        rows.refuse(record.line, WRONG_FIELDS, wrong, told(sheet, record, _CLOCKED))
        return
    zone = zoneinfo.ZoneInfo((sheet.options.time_zone if sheet.options else None) or project.time_zone)
    span = _span(sheet, record, clock, zone)
    if isinstance(span, Refused):
        rows.refuse(record.line, span.rule, span.detail, told(sheet, record, _CLOCKED))
        return
    person, elsewhere = sheet.person(record), sheet.is_elsewhere(record, span.hours)
    source = sheet.booked_on(record)
    parts = list(by_day(span.began.astimezone(project.zone), span.ended.astimezone(project.zone)))
    for began, _ in parts or [(span.began.astimezone(project.zone), span.ended)]:
        rows.cover(person, str(began.date()), source)
    if elsewhere:
        return
    if span.hours == 0:
        rows.counts["entries of no length, left out"] += 1
        return
    whole = elapsed(span.began, span.ended)
    if abs(span.hours - whole) > 1 / 60:
        rows.counts["entries whose duration is not the time between beginning and end (the duration was taken)"] += 1
    activity, unknown = sheet.activity(record)
    sheet.activities.count(unknown, span.hours)
    for began, ended in parts:
        rows.add(
            record.line,
            person_id=person,
            work_date=str(began.date()),
            activity=activity,
            hours=repr(span.hours * elapsed(began, ended) / whole),
            started_at=began.astimezone(dt.UTC).isoformat(),
            ended_at=ended.astimezone(dt.UTC).isoformat(),
            source=source,
        )


class Span(NamedTuple):
    """From when to when an entry goes, and the hours that were booked."""

    began: dt.datetime
    ended: dt.datetime
    hours: float


class Refused(NamedTuple):
    """The rule that an entry breaks, and what to do about it."""

    rule: str
    detail: str


def _span(sheet: Sheet, record: Record, clock: Clock, zone: zoneinfo.ZoneInfo) -> Span | Refused:
    day, start, last, end, said = (sheet.cell(record, role) for role in _CLOCKED)
    began, hours = _local(clock, day, start, zone), hours_of(said, sheet.decimal) if said else None
    if began is None:
        return _no_time(clock, day, start)
    if said and hours is None:
        return Refused("unreadable duration", f"'{said}' is no duration; write it like 1:30:00")
    if {"end_date", "end"} <= set(sheet.places):
        ended = _local(clock, last, end, zone)
        if ended is None:
            return _no_time(clock, last, end)
    elif hours is None:
        return Refused("unreadable duration", "the row has neither an end with its date nor a duration")
    else:
        ended = (began.astimezone(dt.UTC) + dt.timedelta(hours=hours)).astimezone(zone)
    whole = elapsed(began, ended)
    if whole < 0:
        return Refused(OUT_OF_ORDER, f"the end '{last} {end}' is before the beginning '{day} {start}'")
    if hours is not None and (abs(hours - whole) > _APART or whole == 0 < hours):
        passed = f"from beginning to end {whole:.2f} h pass, the duration is {hours:.2f} h"
        return Refused("times and duration disagree", f"{passed}; correct the row, or the map's time_format")
    return Span(began, ended, whole if hours is None else hours)


def _local(clock: Clock, day: str, time: str, zone: zoneinfo.ZoneInfo) -> dt.datetime | None:
    moment = clock.moment(day, time)
    return None if moment is None else moment.replace(tzinfo=zone)


def _no_time(clock: Clock, day: str, time: str) -> Refused:
    cure = "give time_format in the map" if clock.time_format is None else f"it does not follow {clock.time_format!r}"
    return Refused("unreadable time", f"'{day} {time}' is not a time that can be read: {cure}")
