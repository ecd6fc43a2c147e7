"""A KPI through time in one segment and in the rest, with what was recorded meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from smo_reports.analyses.coincidence import concerning
from smo_reports.analyses.judged_rows import value_is, within
from smo_reports.errors import KpiError, nearest
from smo_reports.kpis import estimate, kpi_named
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import columns
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.schema import PROCESS
from smo_reports.sources import Rows

Unit = Literal["day", "week"]
SEGMENT, REST = "segment", "rest"
_DAYS = {"day": "work_date", "week": "week"}


@dataclass(frozen=True)
class Timeline:
    """What a timeline shows.

    Attributes
    ----------
    kpi, title : str
    unit : {"day", "week"}
    shown : dict of str to str
        The segment, people as the project shows them; empty for everything.
    estimates : DataFrame
        Estimates of the process by ``at`` (first day) and ``part`` (*segment* or *rest*); without a rest where the
        segment is everything.
    events : DataFrame
        ``at, kind, name, version`` of those that concern the segment.
    before, after : tuple of (date, date) or None
        The two periods compared, ends exclusive; None where they are open.
    """

    kpi: str
    title: str
    unit: Unit
    shown: Mapping[str, str]
    estimates: pd.DataFrame
    events: pd.DataFrame
    before: tuple[dt.date, dt.date] | None
    after: tuple[dt.date, dt.date] | None


def timeline(
    project: Project,
    rows: Rows,
    segment: Mapping[str, Any],
    before: Rows,
    after: Rows,
    kpi: str = "accuracy",
    by: Unit = "week",
) -> Timeline:
    """A KPI by day or week, of a segment and of everything else.

    Parameters
    ----------
    project : Project
    rows : Rows
        The span to show.
    segment : mapping of str to str
        A finding's; empty for everything.
    before, after : Rows
        The two periods that were compared, to be shaded.
    kpi : str
    by : {"day", "week"}

    Returns
    -------
    Timeline
        Without estimates where the rows lack the KPI's table, a date, or a column of the segment.

    Raises
    ------
    KpiError
        For an unknown KPI or unit of time.
    """
    if by not in _DAYS:
        raise KpiError(f"a timeline by {by!r} is not known; {nearest(by, _DAYS)}")
    one = kpi_named(kpi)
    table, split = next(iter(one.needs)), _DAYS[by]
    found = []
    if table in rows and split in columns(rows[table]):
        frame = rows.with_columns(table, segment)
        inside = within(frame, segment)
        parts = {} if inside is None else {SEGMENT: inside} | ({REST: _outside(frame, segment)} if segment else {})
        found = [estimate(kpi, part, split).assign(part=name) for name, part in parts.items()]
    made = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[split, "part", "interval"])
    made = made[(made["interval"] == PROCESS) & made[split].notna()].rename(columns={split: "at"})
    made["at"] = pd.to_datetime(made["at"]).dt.date
    shown = shown_people(pd.DataFrame([dict(segment)]), project).iloc[0].to_dict() if segment else {}
    return Timeline(
        kpi, one.title, by, {str(name): str(value) for name, value in shown.items()},
        made.sort_values(["part", "at"]).reset_index(drop=True), concerning(project, rows, segment),
        _span(before), _span(after),
    )  # fmt: skip


def _outside(frame: Frame, segment: Mapping[str, Any]) -> Frame:
    """Everything but the segment; rows that do not know a column of it are outside."""
    inside = nw.all_horizontal(*(value_is(*one) for one in segment.items()), ignore_nulls=False)
    return frame.filter(~inside.fill_null(False))


def _span(rows: Rows) -> tuple[dt.date, dt.date] | None:
    return (rows.start, rows.end) if rows.start is not None and rows.end is not None else None
