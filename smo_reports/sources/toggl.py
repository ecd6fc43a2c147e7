"""Import of Toggl's detailed report (CSV): one row a time entry.

The file begins with a byte-order mark, and the column of amounts is called after the workspace's currency; neither
matters here, since amounts are not read. Dates and times follow the settings of whoever exported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smo_reports.project import ImportMap, Project
from smo_reports.sources.timesheet import Tool
from smo_reports.sources.timesheet_entries import read_clocked
from smo_reports.warehouse.parsed import Parsed

TOGGL = Tool(
    "toggl",
    "Toggl detailed report",
    {
        "email": ("Email", "Surel"),
        "name": ("User", "Member", "Pengguna"),
        "project": ("Project", "Proyek"),
        "task": ("Task", "Tugas"),
        "tags": ("Tags", "Tag"),
        "description": ("Description", "Deskripsi"),
        "date": ("Start date", "Tanggal mulai"),
        "start": ("Start time", "Waktu mulai", "Jam mulai"),
        "end_date": ("End date", "Stop date", "Tanggal selesai", "Tanggal berakhir"),
        "end": ("End time", "Stop time", "Waktu selesai", "Waktu berakhir", "Jam selesai"),
        "hours": ("Duration", "Durasi"),
    },
    ("person", "date", "start", "hours"),
)


def read(file: Path, project: Project, options: ImportMap | None) -> Iterator[Parsed]:
    """Read a detailed report; see :func:`smo_reports.sources.timesheet_entries.read_clocked`."""
    return read_clocked(TOGGL, file, project, options)
