"""The import formats: one module each, one line here.

A format's module has ``read(file, project, options) -> Iterator[Parsed]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap, Project
from smo_reports.warehouse.parsed import Parsed

Read = Callable[[Path, Project, ImportMap | None], Iterator[Parsed]]

FORMATS: dict[str, str] = {
    "delimited": "smo_reports.sources.delimited",
    "crowdflower": "smo_reports.sources.crowdflower",
    "label_studio": "smo_reports.sources.label_studio",
    "toggl": "smo_reports.sources.toggl",
    "clockify": "smo_reports.sources.clockify",
    "harvest": "smo_reports.sources.harvest",
}
"""Every import format's module, by the format's name."""

TIME_TRACKERS = ("toggl", "clockify", "harvest")
"""The formats that fill ``work_hours`` and no other table."""


def reader(name: str) -> Read:
    """Load one format's reader.

    Raises
    ------
    ImportFileError
        When there is no such format; it says which was probably meant.
    """
    if name not in FORMATS:
        raise ImportFileError(f"unknown import format {name!r}; {nearest(name, FORMATS)}")
    read: Read = import_module(FORMATS[name]).read
    return read
