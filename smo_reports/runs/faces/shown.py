"""What a published run shows: its record, and its exhibits in the page's order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from smo_reports.errors import ReportError
from smo_reports.runs.exhibits import exhibits
from smo_reports.runs.plan import Job
from smo_reports.runs.publish import digest
from smo_reports.runs.record import Record, read_record


@dataclass(frozen=True)
class Shown:
    """One exhibit.

    Attributes
    ----------
    kind, title, text : str
        ``text`` is what it says in words.
    columns : tuple of str
    rows : tuple of tuple
        JSON's plain values.
    facts : dict
    """

    kind: str
    title: str
    text: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    facts: dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A page as it was published."""

    record: Record
    exhibits: tuple[Shown, ...]


def published(job: Job) -> Published:
    """Read what a job's last good run left.

    Raises
    ------
    ReportError
        When there is no page yet, or its notebook is not the one that was published with it.
    """
    record = read_record(job.record)
    cure = "run it first: smo run"
    if record is None or not job.executed.is_file():
        raise ReportError(f"{job.name}: there is no page of it; {cure}")
    content = job.executed.read_bytes()
    if digest(content) != record.files.get(job.executed.name):
        raise ReportError(f"{job.name}: its notebook is not the one that was published; {cure}")
    cells = json.loads(content)["cells"]
    return Published(record, tuple(_shown(one) for cell in cells for one in exhibits(cell, job.name)))


def _shown(exhibit: dict[str, Any]) -> Shown:
    return Shown(
        str(exhibit.get("kind", "")),
        str(exhibit.get("title", "")),
        str(exhibit.get("text") or ""),
        tuple(map(str, exhibit.get("columns", ()))),
        tuple(tuple(row) for row in exhibit.get("rows", ())),
        dict(exhibit.get("facts") or {}),
    )
