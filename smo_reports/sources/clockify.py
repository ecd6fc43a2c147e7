"""Import of Clockify's detailed report (CSV): one row a time entry.

The duration is taken from the column of hours, minutes and seconds: the decimal one beside it is rounded, and has a
decimal comma in some accounts. Dates, the clock of 12 or 24 hours and the language of the header follow the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smo_reports.project import ImportMap, Project
from smo_reports.sources.timesheet import Tool
from smo_reports.sources.timesheet_entries import read_clocked
from smo_reports.warehouse.parsed import Parsed

CLOCKIFY = Tool(
    "clockify",
    "Clockify detailed report",
    {
        "email": ("Email", "Surel"),
        "name": ("User", "Pengguna"),
        "project": ("Project", "Proyek"),
        "task": ("Task", "Tugas"),
        "tags": ("Tags", "Tag"),
        "description": ("Description", "Deskripsi"),
        "date": ("Start Date", "Tanggal Mulai"),
        "start": ("Start Time", "Waktu Mulai", "Jam Mulai"),
        "end_date": ("End Date", "Tanggal Selesai", "Tanggal Berakhir"),
        "end": ("End Time", "Waktu Selesai", "Waktu Berakhir", "Jam Selesai"),
        "hours": ("Duration (h)", "Durasi (h)", "Durasi (j)", "Durasi (jam)"),
    },
    ("person", "date", "start", "hours"),
)


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read a detailed report; see :func:`smo_reports.sources.timesheet_entries.read_clocked`."""
    return read_clocked(CLOCKIFY, file, project, options)
