"""Import of Harvest's detailed time report (CSV): hours of a day, without clock times.

The column ``Hours`` is read, never the rounded one. Harvest may list a person's day, project and task several times:
their hours are added up, and the row's ``source`` names project and task, so that exports of two projects do not
replace each other's hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smo_reports.project import ImportMap, Project
from smo_reports.sources.records import Record
from smo_reports.sources.timesheet import WRONG_FIELDS, Booked, Sheet, Tool, told, wrong_width
from smo_reports.sources.timesheet_clock import Clock, clock_of, decimal_of, hours_of
from smo_reports.warehouse.parsed import Parsed

HARVEST = Tool(
    "harvest",
    "Harvest detailed time report",
    {
        "employee": ("Employee Id", "ID Karyawan"),
        "first": ("First Name", "Nama Depan"),
        "last": ("Last Name", "Nama Belakang"),
        "email": ("Email", "Surel"),
        "project": ("Project", "Proyek"),
        "task": ("Task", "Tugas"),
        "date": ("Date", "Tanggal"),
        "hours": ("Hours", "Jam"),
    },
    ("person", "date", "hours"),
)
_DAILY = ("date", "hours")
_BETWEEN = " / "


@dataclass
class _Day:
    """What one person booked on one task of one day, and where it first stands."""

    line: int
    hours: float = 0.0


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read a detailed time report.

    Parameters
    ----------
    file : Path
    project : Project
    options : ImportMap or None
        As for :func:`smo_reports.sources.timesheet_entries.read_clocked`; ``time_format`` is of the day alone.

    Raises
    ------
    ImportFileError
        When the file is no such report, or does not tell how its dates or decimals are written.
    """
    sheet = Sheet(HARVEST, file, project, options)
    clock = clock_of(file, ((sheet.cell(record, "date"),) for record in sheet.rows()), options, "{day}")
    decimal = decimal_of(file, (sheet.cell(record, "hours") for record in sheet.rows()), options)
    rows, days = Booked(), dict[tuple[tuple[str, str | None], ...], _Day]()
    for record in sheet.rows():
        _count(sheet, rows, record, clock, decimal, days)
    for key, day in days.items():
        rows.add(day.line, hours=repr(round(day.hours, 9)), **dict(key))
        yield from rows.batch(end=False)
    yield from rows.batch(end=True, notes=(*rows.notes(), *sheet.notes()))


def _count(
    sheet: Sheet, rows: Booked, record: Record, clock: Clock, decimal: str,
    days: dict[tuple[tuple[str, str | None], ...], _Day],
) -> None:  # fmt: skip
    if wrong := wrong_width(sheet, record):
        rows.refuse(record.line, WRONG_FIELDS, wrong, told(sheet, record, _DAILY))
        return
    said, written = sheet.cell(record, "date"), sheet.cell(record, "hours")
    day, hours = clock.day(said), hours_of(written, decimal)
    if day is None:
        rows.refuse(
            record.line,
            "unreadable date",
            f"'{said}' is not a date: give time_format in the map",
            told(sheet, record, _DAILY),
        )
    elif hours is None:
        rows.refuse(
            record.line,
            "unreadable number",
            f"hours '{written}' is no number; give decimal in the map",
            told(sheet, record, _DAILY),
        )
    elif hours < 0:
        rows.refuse(
            record.line, "value too small", f"hours {written} is below 0; correct it", told(sheet, record, _DAILY)
        )
    else:
        person, elsewhere, source = sheet.person(record), sheet.is_elsewhere(record, hours), sheet.booked_on(record)
        task = sheet.cell(record, "task")
        # Of a project all tasks are told, so that an entry of another task now is not counted under both.
        for covered in (source, f"{source}{_BETWEEN}"):
            rows.cover(person, str(day), covered)
        if elsewhere:
            return
        if hours == 0:
            rows.counts["entries of no length, left out"] += 1
            return
        activity, unknown = sheet.activity(record)
        sheet.activities.count(unknown, hours)
        row = {"person_id": person, "work_date": str(day), "activity": activity, "source": source}
        if task:
            row["source"] = f"{source}{_BETWEEN if source != HARVEST.name else ': '}{task}"
        days.setdefault(tuple(row.items()), _Day(record.line)).hours += hours
