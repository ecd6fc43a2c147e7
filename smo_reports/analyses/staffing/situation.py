"""Where a plan of staffing begins: everything that the rows say, read once; scenarios are then only arithmetic."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.forecasts import ArrivalForecast
from smo_reports.analyses.staffing.funnel import Hiring
from smo_reports.analyses.staffing.handling import Ramped, ramp_of, work_spread
from smo_reports.analyses.staffing.hiring import hiring_of
from smo_reports.analyses.staffing.leave import leave_beyond_usual
from smo_reports.analyses.staffing.leaving import Leaving, leaving_of
from smo_reports.analyses.staffing.queue_work import QueueWork, queue_work
from smo_reports.analyses.staffing.skills import who_can_work
from smo_reports.errors import nearest
from smo_reports.kpis import estimate
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.project.staffing import MOST_SHRINKAGE, Staffing
from smo_reports.schema import PROCESS
from smo_reports.sources import Rows
from smo_reports.stats.attrition import Attrition, attrition

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shrinkage:
    """Share of the paid time that is not worked; nan with a note where nobody says."""

    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Situation:
    """What a plan is made from.

    Attributes
    ----------
    end : date
        The first day of the plan.
    weeks : int
    staffing : Staffing
    queues : tuple of QueueWork
    spread : ndarray, shape (7, 24)
        When in a week the work is done, Monday first.
    people : Leaving or None
    can_work : ndarray of bool, shape (people, queues)
    leave : ndarray, shape (weeks,)
        Share of their usual time at work that people miss by leave that is entered already, beyond the leave that
        shrinkage has in it.
    shrinkage : Shrinkage
    ramped : Ramped
    attrition : Attrition or None
    hiring : Hiring
    notes : tuple of str
        What is not measured, and what it needs.
    """

    end: dt.date
    weeks: int
    staffing: Staffing
    queues: tuple[QueueWork, ...]
    spread: Floats = field(repr=False)
    people: Leaving | None
    can_work: npt.NDArray[np.bool_] = field(repr=False)
    leave: Floats = field(repr=False)
    shrinkage: Shrinkage
    ramped: Ramped
    attrition: Attrition | None
    hiring: Hiring
    notes: tuple[str, ...]

    @property
    def paths(self) -> int:
        """How many futures are gone along."""
        return len(self.queues[0].daily) if self.queues else 0

    def seed(self, name: str) -> np.random.SeedSequence:
        """Of draws that are the same in every scenario, and other ones in every other week."""
        return np.random.SeedSequence([self.end.toordinal(), zlib.crc32(name.encode())])

    def rng(self, name: str) -> np.random.Generator:
        """Draws of :meth:`seed`."""
        return np.random.default_rng(self.seed(name))

    def week_starts(self) -> list[dt.date]:
        """The first day of each week."""
        return [self.end + dt.timedelta(7 * week) for week in range(self.weeks)]


def situation_of(project: Project, rows: Rows, forecast: ArrivalForecast, recent: Rows | None = None) -> Situation:
    """Read what a plan needs.

    Parameters
    ----------
    project : Project
    rows : Rows
        A long period (half a year or more) that ends where the plan begins.
    forecast : ArrivalForecast
        Of the same rows.
    recent : Rows, optional
        The last weeks of them: handling times, shrinkage and when work is done are as they are now, not as they were
        on the mean of two years. Default: ``rows``.

    Returns
    -------
    Situation
        What cannot be had is in ``notes``; a queue without handling times is not planned.
    """
    end = rows.end or forecast.arrivals.end
    skipped = max((end - forecast.arrivals.end).days, 0)
    weeks = (7 * forecast.weeks - skipped) // 7
    notes = _strangers(project, forecast)
    lately = rows if recent is None else recent
    ramped, hiring = ramp_of(rows), hiring_of(rows, end, _instant(project, end))
    queues, lacking = queue_work(project, rows, lately, forecast, (skipped, weeks), experienced=not ramped.note)
    notes += lacking
    spread = work_spread(lately)
    if spread is None:
        notes.append("work is taken as done evenly through the week: not measured: needs work_date and handling_s")
    first = rows.start or _first_day(rows, end)
    people = leaving_of(rows, end, first)
    if people is None:
        notes.append("available people: not measured: needs the table people, with five labelers or more")
    notes += [f"{what}: {note}" for what, note in (("ramp", ramped.note), ("hiring", hiring.note)) if note]
    shrunk = shrinkage_of(project, lately)
    if shrunk.note:
        notes.append(f"shrinkage: {shrunk.note}")
    watched = people is not None and bool((people.until > people.begun).any())
    return Situation(
        end,
        weeks,
        project.staffing,
        queues,
        np.full((7, 24), 1 / 168) if spread is None else spread,
        people,
        who_can_work(rows, people, {work.queue: work.promise.skills for work in queues}, end),
        leave_beyond_usual(rows, people, end, weeks, project.staffing.labour.days_a_week, spread),
        shrunk,
        ramped,
        attrition(people.begun, people.until, people.left) if people is not None and watched else None,
        hiring,
        tuple(notes),
    )


def shrinkage_of(project: Project, rows: Mapping[str, Any]) -> Shrinkage:
    """What the project says of shrinkage, or what was measured from booked hours."""
    said = project.staffing.shrinkage
    if said is not None:
        return Shrinkage(said, said, said)
    found = estimate("shrinkage", rows, ())
    row = found[(found["interval"] == PROCESS) | (found["n"] == 0)].to_dict("records")[0]
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if value > MOST_SHRINKAGE:
        nan = float("nan")
        why = f"not measured: needs booked hours of work; {value:.0%} of the booked hours are something else"
        return Shrinkage(nan, nan, nan, why)
    return Shrinkage(value, low, high, str(row["note"] or ""))


def _strangers(project: Project, forecast: ArrivalForecast) -> list[str]:
    """Queues that the project's YAML names and no row has: what was promised of them holds for nothing."""
    known = forecast.arrivals.queues
    return [
        f"staffing.queues: no rows of queue {name!r}; {nearest(name, known)}"
        for name in project.staffing.queues
        if known and name not in known
    ]


def _instant(project: Project, end: dt.date) -> dt.datetime:
    return dt.datetime.combine(end, dt.time(), project.zone).astimezone(dt.UTC)


def _first_day(rows: Mapping[str, Any], end: dt.date) -> dt.date:
    if "decisions" not in rows or "work_date" not in columns(rows["decisions"]):
        return end
    found = collect(nw.from_native(rows["decisions"]).lazy().select(first=nw.col("work_date").min()))["first"].iloc[0]
    return end if pd.isna(found) else pd.Timestamp(found).date()
