"""A KPI's weeks as a control chart: which kind it is, what each week is worth there, and what it is judged by.

Shares are charted as p′, counts and rates as u′, means by their own errors, and what was counted in full, and is none
of these, by nothing but its weeks' spread (a chart of individuals); so is a share that can be above 1, such as disputes
over audits, which no binomial error fits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from smo_reports.sources import Rows
from smo_reports.stats.chart import Kind
from smo_reports.stats.control import Change, baseline_end, recent_change
from smo_reports.stats.intervals import Floats, normal_quantile

JUDGED_WEEKS = 6
"""The newest weeks are judged by limits that the older ones, at least twenty with a number, made."""

FALSE_FLAG = 0.02
"""The chance that a steady KPI is called changing: docs/false-signals.md, for weeks that resemble each other little."""


def chart_of(weeks: pd.DataFrame, unit: str, breaks: Sequence[int] = ()) -> Change | None:
    """Chart the weeks of one KPI.

    Parameters
    ----------
    weeks : DataFrame
        Its estimates, one row a week, in order.
    unit : str
        The KPI's.
    breaks : sequence of int
        Positions of the first weeks after a change of what is measured.

    Returns
    -------
    Change or None
        None where it is too early to tell.
    """
    value, n = weeks["value"].to_numpy(float), weeks["n"].to_numpy(float)
    error = (weeks["high"] - weeks["low"]).to_numpy(float) / (2 * normal_quantile())
    kind, worth = _charted(unit, value, error, n)
    return recent_change(
        value,
        baseline_end(value, JUDGED_WEEKS),
        kind=kind,
        worth=worth,
        error=error if kind == "mean" else None,
        breaks=breaks,
    )


def chance_of_false_flag(charts: int) -> float:
    """The chance that a page of so many steady KPIs calls at least one of them changing.

    KPIs of the same rows move together, which makes it less.

    >>> round(chance_of_false_flag(11), 2)
    0.2
    """
    return 1 - (1 - FALSE_FLAG) ** charts


def _charted(unit: str, value: Floats, error: Floats, n: Floats) -> tuple[Kind, Floats]:
    """The kind of chart that weeks are put on, and what each is worth there."""
    sampled = bool(np.nansum(error) > 0)
    if unit == "share" and bool(np.any(value > 1)):
        return "individual", np.ones(len(n))
    if unit == "share":
        return "share", _worth(error, n, value * (1 - value)) if sampled else n
    if unit == "per hour":
        hours = np.divide(n, value, out=np.zeros(len(n)), where=value > 0)
        return "rate", _worth(error, hours, value) if sampled else hours
    if unit == "count":
        return "rate", np.ones(len(n))
    return ("mean", n) if sampled else ("individual", np.ones(len(n)))


def _worth(error: Floats, n: Floats, spread: Floats) -> Floats:
    """The plain observations that each week is worth: one design effect for all weeks, the median of theirs.

    A week's own spread is not used for that week: a share that is high by chance has little of it, and would seem
    sure.
    """
    effect = np.divide(n * error**2, spread, out=np.full(len(n), np.nan), where=(spread > 0) & (n > 0))
    known = effect[np.isfinite(effect)]
    return n / max(1.0, float(np.median(known))) if len(known) else n


def without_gaps(weeks: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """One row for every week of the span, unknown where nothing was measured: a chart may not close up over holes."""
    if weeks.empty or rows.start is None or rows.end is None:
        return weeks
    monday = rows.start - dt.timedelta(rows.start.weekday())
    every = [monday + dt.timedelta(weeks=week) for week in range((rows.end - monday).days // 7)]
    known = weeks.assign(week=pd.to_datetime(weeks["week"]).dt.date).set_index("week")
    filled = known.reindex(pd.Index(every, name="week")).reset_index()
    first = weeks.iloc[0]
    gaps = {
        "note": "not measured: needs rows in this week",
        "kpi": first["kpi"],
        "unit": first["unit"],
        "n": 0,
        "method": "",
        "interval": first["interval"],
    }
    return filled.fillna(gaps).assign(period_start=every, period_end=[week + dt.timedelta(7) for week in every])
