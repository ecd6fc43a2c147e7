"""Is a KPI changing: against its own past weeks, and against the period before."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smo_reports.kpis import KPIS, estimates
from smo_reports.kpis.tally import collect
from smo_reports.project import Project
from smo_reports.schema import FALLING, IMPROVING, PERIOD_WORK, PROCESS, RISING, STEADY, WORSENING
from smo_reports.sources import Rows
from smo_reports.stats.control import Change, recent_change
from smo_reports.stats.difference import difference_interval
from smo_reports.stats.intervals import Floats, normal_quantile

HISTORY_WEEKS = 26
JUDGED_WEEKS = 6
"""The newest weeks are judged by limits that the older ones made."""

UNKNOWN = ""


@dataclass(frozen=True)
class Trend:
    """What a KPI's weeks say.

    Attributes
    ----------
    changing : str
        ``steady``, ``improving`` or ``worsening`` (``rising``, ``falling`` where neither is better); empty
        where there are too few past weeks to tell.
    since : date or None
        First day of the first week of the change.
    chart : Change or None
        Centre and control limits, by week.
    """

    changing: str
    since: dt.date | None
    chart: Change | None


def history_span(end: dt.date | None, today: dt.date | None = None) -> tuple[dt.date | None, dt.date | None]:
    """The whole weeks that a period's trend is judged by: the last one is over, and part of no other.

    Parameters
    ----------
    end : date or None
        The period's end, exclusive; open ends leave the history open.
    today : date, optional
        A week that is not over by then is no whole week. Default: today, UTC.

    Returns
    -------
    start, end : date or None
        Mondays, the end exclusive.

    Examples
    --------
    >>> history_span(dt.date(2026, 11, 18), dt.date(2026, 11, 22))
    (datetime.date(2026, 5, 18), datetime.date(2026, 11, 16))
    """
    if end is None:
        return None, None
    last = min(end, today or dt.datetime.now(dt.UTC).date())
    monday = last - dt.timedelta(last.weekday())
    return monday - dt.timedelta(weeks=HISTORY_WEEKS), monday


def what_changed(project: Project, rows: Rows) -> pd.DataFrame:
    """The events of a span of time, in order: ``at`` (local date), ``kind`` and ``name``."""
    if "events" not in rows:
        return pd.DataFrame({"at": [], "kind": [], "name": []})
    table = collect(rows["events"].select("at", "kind", "name"))
    local = pd.to_datetime(table["at"], utc=True).dt.tz_convert(project.time_zone).dt.date
    return table.assign(at=local).sort_values(["at", "name"]).reset_index(drop=True)


def by_week(names: Iterable[str], rows: Rows) -> pd.DataFrame:
    """KPIs by week, each with the interval that judges change: of the process, where a KPI has one.

    Parameters
    ----------
    names : iterable of str
        KPIs.
    rows : Rows
        Some weeks' tables; without dates there are no weeks.
    """
    weekly = estimates(names, rows, by="week")
    return pd.concat([_without_gaps(weeks_of(weekly, name), rows) for name in names], ignore_index=True)


def _without_gaps(weeks: pd.DataFrame, rows: Rows) -> pd.DataFrame:
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


def weeks_of(weekly: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """One KPI's weeks in order, with the process interval where it has one."""
    own = weekly[(weekly["kpi"] == kpi) & weekly["week"].notna()]
    process = own[own["interval"] == PROCESS]
    return (own[own["interval"] == PERIOD_WORK] if process.empty else process).sort_values("week")


def trend_of(weekly: pd.DataFrame, kpi: str) -> Trend:
    """Judge one KPI's newest weeks by its older ones.

    Parameters
    ----------
    weekly : DataFrame
        Estimates by ``week``.
    kpi : str

    Returns
    -------
    Trend
    """
    own = weeks_of(weekly, kpi)
    value = own["value"].to_numpy(float)
    error = (own["high"] - own["low"]).to_numpy(float) / (2 * normal_quantile())
    baseline = len(own) - JUDGED_WEEKS
    n = own["n"].to_numpy(float)
    chart = None
    if baseline > 1 and np.nansum(error) > 0:
        share = KPIS[kpi].unit == "share"
        chart = recent_change(value, error, baseline, _worth(value, error, n) if share else n, share)
    elif baseline > 1:
        # Counted in full: the weeks' own moving range is all there is to tell noise by.
        moving = np.abs(np.diff(value[:baseline]))
        noise = float(np.nanmean(moving)) / 1.128 if np.isfinite(moving).any() else math.nan
        chart = recent_change(value, np.full(len(value), noise), baseline)
    if chart is None:
        return Trend(UNKNOWN, None, None)
    since = own["week"].iloc[chart.since] if chart.since is not None else None
    return Trend(_word(kpi, chart.direction), pd.Timestamp(since).date() if since is not None else None, chart)


def _worth(value: Floats, error: Floats, n: Floats) -> Floats:
    """The plain observations that each week's n is worth: one design effect for all weeks, the median of theirs.

    A week's own spread is not used for that week: a share that is high by chance has little of it, and would seem
    sure.
    """
    spread = value * (1 - value)
    effect = np.divide(n * error**2, spread, out=np.full(len(n), np.nan), where=(spread > 0) & (n > 0))
    known = effect[np.isfinite(effect)]
    return n / max(1.0, float(np.median(known))) if len(known) else n


def with_trend(graded: pd.DataFrame, weekly: pd.DataFrame) -> pd.DataFrame:
    """Add ``changing``, ``since`` and ``usual``, the level of the older weeks, to graded estimates."""
    trends = {kpi: trend_of(weekly, kpi) for kpi in graded["kpi"].unique()}
    charts = {kpi: trend.chart for kpi, trend in trends.items()}
    return graded.assign(
        usual=[chart.centre if (chart := charts[kpi]) else math.nan for kpi in graded["kpi"]],
        changing=[trends[kpi].changing for kpi in graded["kpi"]],
        since=pd.Series([trends[kpi].since for kpi in graded["kpi"]], graded.index, dtype=object),
    )


def change_since(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The difference of each KPI between two periods, with its interval for labelers like these.

    Parameters
    ----------
    before, after : DataFrame
        Estimates of the two periods, not split.

    Returns
    -------
    DataFrame
        ``kpi, title, unit, value, low, high``: after − before; only KPIs measured in both.
    """
    rows = []
    for kpi in after["kpi"].unique():
        first, second = _process_row(before, kpi), _process_row(after, kpi)
        if first is None or second is None:
            continue
        value, low, high = difference_interval(first, second)
        if not math.isnan(low):
            rows.append(
                {"kpi": kpi, "title": KPIS[kpi].title, "unit": KPIS[kpi].unit, "value": value, "low": low, "high": high}
            )
    return pd.DataFrame(rows, columns=["kpi", "title", "unit", "value", "low", "high"])


def _process_row(table: pd.DataFrame, kpi: str) -> tuple[float, float, float] | None:
    own = table[(table["kpi"] == kpi) & (table["interval"] == PROCESS) & (table["note"] == "")]
    if own.empty:
        return None
    row = own.iloc[0]
    return float(row["value"]), float(row["low"]), float(row["high"])


def _word(kpi: str, direction: int) -> str:
    if direction == 0:
        return STEADY
    better = KPIS[kpi].better
    if better is None:
        return RISING if direction > 0 else FALLING
    return IMPROVING if (direction > 0) == (better == "higher") else WORSENING
