"""The numbers behind a page, for scripts: as a table, JSON or CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from smo_reports.analyses.spans import last_audited, last_decided
from smo_reports.analyses.status import grade, is_open
from smo_reports.errors import KpiError
from smo_reports.kpis import estimates, kpi_named
from smo_reports.period import Period, none_yet
from smo_reports.present.exhibit import plain, records
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import PERIOD_WORK, STATUS_COLUMNS
from smo_reports.sources import read_all

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def estimates_for(project: Project, names: Sequence[str], period: Period, by: Sequence[str] = ()) -> pd.DataFrame:
    """The estimates that a page of this period shows, with both named intervals, targets and status.

    Raises
    ------
    KpiError
        When a KPI or a column to split by is unknown.
    SourceError
        When the project's rows cannot be read.
    """
    for name in names:
        kpi_named(name)
    if not names:
        raise KpiError("name at least one KPI; smo kpis lists them")
    table = estimates(names, read_all(project, period.start, period.end), by)
    today = dt.datetime.now(project.zone).date()
    graded = grade(table, project, open_period=is_open(period.end, today))
    keys = [*by, "kpi"]
    status = graded[[*keys, *(name for name in STATUS_COLUMNS if name in graded)]].assign(interval=PERIOD_WORK)
    return shown_people(table.merge(status, on=[*keys, "interval"], how="left"), project)


def nothing_yet(project: Project, names: Sequence[str], period: Period) -> str:
    """What to say where the period has no rows of the KPIs yet, naming the last that has some; otherwise empty."""
    if period.start is None:
        return ""
    everything = read_all(project)
    if any("audits" in kpi_named(name).needs for name in names):
        return none_yet(period, last_audited(everything))
    return none_yet(period, last_decided(everything), "decisions")


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain JSON values: no nan, dates as ISO text."""
    return [{name: plain(value) for name, value in row.items()} for row in records(table)]


def as_json(table: pd.DataFrame) -> str:
    """A JSON list with one object a row."""
    return json.dumps(as_records(table), ensure_ascii=False, indent=1)


def as_csv(table: pd.DataFrame) -> str:
    """CSV whose text cells no spreadsheet takes for a formula: those that could be are led by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    for record in as_records(table):
        writer.writerow([_harmless(value) for value in record.values()])
    return out.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
