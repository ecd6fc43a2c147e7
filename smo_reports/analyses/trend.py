"""Is a KPI changing: against its own past weeks, and against the period before.

The weeks are charted (:mod:`smo_reports.analyses.charting`); where what a KPI measures was changed its line is broken
(:mod:`smo_reports.analyses.breaks`).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from smo_reports.analyses.breaks import Break, breaks_of
from smo_reports.analyses.charting import chart_of, without_gaps
from smo_reports.kpis import KPIS, estimates
from smo_reports.kpis.tally import collect
from smo_reports.project import Project
from smo_reports.schema import (
    FALLING,
    IMPROVING,
    NOT_MEASURED,
    PERIOD_WORK,
    PROCESS,
    RISING,
    STEADY,
    TOO_FEW,
    UNDEFINED,
    WORSENING,
)
from smo_reports.sources import Rows
from smo_reports.stats.control import Change
from smo_reports.stats.difference import difference_interval

HISTORY_WEEKS = 26
UNKNOWN = ""

NO_BREAK = {"break_kind": "", "break_name": "", "break_at": None}
"""What stands beside a change that did not begin with a break of what is measured."""


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
    breaks : tuple of Break
        Where what is measured was changed, whether or not the KPI moved.
    cause : Break or None
        The break with which the change began: what is measured changed then, and the level with it.
    """

    changing: str
    since: dt.date | None
    chart: Change | None
    breaks: tuple[Break, ...] = ()
    cause: Break | None = None


def history_span(
    end: dt.date | None, today: dt.date | None = None, zone: ZoneInfo | None = None
) -> tuple[dt.date | None, dt.date | None]:
    """The whole weeks that a period's trend is judged by: the last one is over, and part of no other.

    Parameters
    ----------
    end : date or None
        The period's end, exclusive; open ends leave the history open.
    today : date, optional
        A week that is not over by then is no whole week. Default: today in ``zone``.
    zone : ZoneInfo, optional
        Where the team's days begin: on a Monday's morning in Jakarta it is still Sunday in UTC. Default: UTC.

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
    last = min(end, today or dt.datetime.now(zone or dt.UTC).date())
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
    return pd.concat([without_gaps(weeks_of(weekly, name), rows) for name in names], ignore_index=True)


def weeks_of(weekly: pd.DataFrame, kpi: str) -> pd.DataFrame:
    """One KPI's weeks in order, with the process interval where it has one."""
    own = weekly[(weekly["kpi"] == kpi) & weekly["week"].notna()]
    process = own[own["interval"] == PROCESS]
    return (own[own["interval"] == PERIOD_WORK] if process.empty else process).sort_values("week")


def trend_of(weekly: pd.DataFrame, kpi: str, events: pd.DataFrame | None = None) -> Trend:
    """Judge one KPI's newest weeks by its older ones.

    Parameters
    ----------
    weekly : DataFrame
        Estimates by ``week``.
    kpi : str
    events : DataFrame, optional
        What changed, as :func:`what_changed` gives it. Default: nothing that breaks a line.

    Returns
    -------
    Trend
    """
    own = weeks_of(weekly, kpi)
    weeks = [pd.Timestamp(week).date() for week in own["week"]]
    breaks = breaks_of(kpi, events, weeks)
    chart = chart_of(own, KPIS[kpi].unit, [weeks.index(one.week) for one in breaks])
    if chart is None:
        return Trend(UNKNOWN, None, None, breaks)
    since = weeks[chart.since] if chart.since is not None else None
    cause = next((one for one in breaks if chart.at_break and one.week == since), None)
    return Trend(_word(kpi, chart.direction), since, chart, breaks, cause)


def with_trend(graded: pd.DataFrame, weekly: pd.DataFrame, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Add what the weeks say to graded estimates.

    Parameters
    ----------
    graded : DataFrame
    weekly : DataFrame
        Estimates by ``week``.
    events : DataFrame, optional
        What changed, as :func:`what_changed` gives it.

    Returns
    -------
    DataFrame
        With ``changing``, ``since``, ``usual`` (the level that the newest week is held against) and, where the change
        began with a break of what is measured, ``break_kind``, ``break_name`` and ``break_at``; else empty.
    """
    trends = {kpi: trend_of(weekly, kpi, events) for kpi in graded["kpi"].unique()}
    own = [trends[kpi] for kpi in graded["kpi"]]
    causes = [trend.cause for trend in own]
    return graded.assign(
        usual=[float(trend.chart.centre[-1]) if trend.chart else math.nan for trend in own],
        changing=[trend.changing for trend in own],
        since=pd.Series([trend.since for trend in own], graded.index, dtype=object),
        break_kind=["+".join(cause.kinds) if cause else "" for cause in causes],
        break_name=[" + ".join(cause.names) if cause else "" for cause in causes],
        break_at=pd.Series([cause.at if cause else None for cause in causes], graded.index, dtype=object),
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
        ``kpi, title, unit, value, low, high``: after − before; only KPIs measured in both, by enough rows. A note
        that tells what was left out is no reason to be silent.
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
    unknown = table["note"].fillna("").str.startswith((TOO_FEW, NOT_MEASURED, UNDEFINED))
    own = table[(table["kpi"] == kpi) & (table["interval"] == PROCESS) & ~unknown]
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
