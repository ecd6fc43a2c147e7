"""How old a plan is, and the rows that it rests on: arrivals and booked hours may have stopped while labels go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project

_NEWEST = {"arrivals": "interval_start", "items": "arrived_at", "decisions": "arrived_at", "work_hours": "work_date"}


@dataclass(frozen=True)
class PlanAge:
    """When a plan begins, and the last days of what it rests on.

    Attributes
    ----------
    begins : date
        The plan's first day.
    arrivals, hours : date or None
        The last day of which there are arrivals, and booked hours, in the project's time zone; None without any.
    """

    begins: dt.date
    arrivals: dt.date | None
    hours: dt.date | None

    def old(self, project: Project, now: dt.datetime) -> dict[str, dt.date]:
        """Which of ``arrivals`` and ``hours`` are older than the project allows, with their last day.

        A day's rows are as old as the end of that day.
        """
        allowed = dt.timedelta(hours=project.freshness_hours)
        known = {name: last for name, last in (("arrivals", self.arrivals), ("hours", self.hours)) if last is not None}
        return {name: last for name, last in known.items() if now - _over(last, project) > allowed}

    def past(self, project: Project, now: dt.datetime) -> dt.timedelta | None:
        """How long ago the plan began, where that is more than a week; else None."""
        ago = now - _over(self.begins - dt.timedelta(1), project)
        return ago if ago > dt.timedelta(weeks=1) else None


def plan_age(project: Project, rows: Mapping[str, Any], begins: dt.date, counted: str) -> PlanAge:
    """Read how new the rows behind a plan are.

    Parameters
    ----------
    project : Project
    rows : Rows or mapping of frames
        All that the project has: its newest rows may be younger than the plan.
    begins : date
        The plan's first day.
    counted : str
        The table that the forecast counts arrivals from: ``arrivals``, ``items`` or ``decisions``.
    """
    return PlanAge(begins, _last(project, rows, counted), _last(project, rows, "work_hours"))


def _over(day: dt.date, project: Project) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(1), dt.time(), project.zone)


def _last(project: Project, rows: Mapping[str, Any], table: str) -> dt.date | None:
    column = _NEWEST[table]
    if table not in rows or column not in columns(rows[table]):
        return None
    frame = nw.from_native(rows[table]).lazy()
    if table == "arrivals":
        # Arrivals may be announced, or zero long after a feed has stopped: neither tells of the last that came.
        frame = frame.filter(nw.col("items") > 0)
    newest = collect(frame.select(newest=nw.col(column).max()))["newest"].iloc[0]
    if pd.isna(newest):
        return None
    time = pd.Timestamp(newest)
    if column == "work_date":
        return time.date()
    zoned = time.tz_localize("UTC") if time.tz is None else time
    return zoned.tz_convert(project.zone).date()
