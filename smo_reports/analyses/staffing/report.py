"""What the staffing report asks for: each queue's forecast with its back-test, and where the plan begins."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from smo_reports.analyses.staffing.arrivals import ARRIVALS, Arrivals, arrivals_of
from smo_reports.analyses.staffing.calendar import kinds_of_days
from smo_reports.analyses.staffing.forecasts import ArrivalForecast, backtest_arrivals, forecast_arrivals
from smo_reports.analyses.staffing.leaving_rates import leaving_rates
from smo_reports.analyses.staffing.situation import Situation, situation_of
from smo_reports.project import Project
from smo_reports.sources import Rows

_YEAR_WEEKS = 104
"""So many weeks are looked back on: a feast that moves has to be seen more than once to be known."""


@dataclass(frozen=True)
class StaffingBasis:
    """What every scenario of a report begins with.

    Attributes
    ----------
    forecast : ArrivalForecast
        Of no queue where nothing says when items arrived.
    tested : DataFrame
        See :func:`~smo_reports.analyses.staffing.forecasts.backtest_arrivals`.
    situation : Situation
    leaving : DataFrame
        See :func:`~smo_reports.analyses.staffing.leaving_rates.leaving_rates`.
    """

    forecast: ArrivalForecast
    tested: pd.DataFrame = field(repr=False)
    situation: Situation
    leaving: pd.DataFrame = field(repr=False)


def staffing_span(
    end: dt.date | None, today: dt.date | None = None, zone: zoneinfo.ZoneInfo | None = None
) -> tuple[dt.date, dt.date]:
    """The days that a plan is made from: two years before the period's end, as far as there are rows.

    Parameters
    ----------
    end : date or None
        The period's end, exclusive; None for today.
    today : date, optional
        Default: today in ``zone``.
    zone : ZoneInfo, optional
        Where the team's days begin. Default: UTC.

    Examples
    --------
    >>> staffing_span(dt.date(2026, 11, 16))
    (datetime.date(2024, 11, 18), datetime.date(2026, 11, 16))
    """
    last = end or today or dt.datetime.now(zone or dt.UTC).date()
    return last - dt.timedelta(weeks=_YEAR_WEEKS), last


def staffing_basis(
    project: Project, history: Rows, weeks: int | None = None, recent: Rows | None = None
) -> StaffingBasis:
    """Forecast every queue, try the same forecast on the past, and read what a plan needs.

    Parameters
    ----------
    project : Project
        Its ``holidays`` name the days that are not like others.
    history : Rows
        A long period that ends where the plan begins; see :func:`staffing_span`.
    weeks : int, optional
        How far ahead; default as the project's ``staffing`` says.
    recent : Rows, optional
        The last weeks of the history, whose handling times and shrinkage are planned on.
    """
    ahead = project.staffing.weeks if weeks is None else weeks
    arrivals = arrivals_of(history, project) or _none(history)
    # Arrivals may end some days before the plan begins.
    skipped = max(((history.end or arrivals.end) - arrivals.end).days, 0)
    weeks_ahead = ahead + -(-skipped // 7)
    days = kinds_of_days(project.holidays, arrivals.start, arrivals.end + dt.timedelta(weeks=weeks_ahead))
    forecast = forecast_arrivals(arrivals, days, weeks=weeks_ahead)
    tested = backtest_arrivals(arrivals, days, weeks=min(ahead, 8))
    situation = situation_of(project, history, forecast, recent)
    return StaffingBasis(forecast, tested, situation, leaving_rates(situation.attrition))


def _none(history: Rows) -> Arrivals:
    end = history.end or dt.datetime.now(dt.UTC).date()
    return Arrivals((), end, np.zeros((0, 0, 24)), hourly=True, source=ARRIVALS)
