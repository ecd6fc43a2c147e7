"""Arrivals per queue as regular series: what came in, hour by hour, and where that is not known."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project

Floats = npt.NDArray[np.float64]

ARRIVALS, ITEMS, DECISIONS = "arrivals", "items", "decisions"
"""Where arrivals were counted, best first."""

_SURE = 7.0
"""Items that all queues usually have on a weekday: where they are as many, none at all is no chance (one in 1,000)."""

_SETTLED = 0.95
_HOUR_S = 3600.0
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Arrivals:
    """Items that came into each queue, hour by hour of the project's time zone.

    Attributes
    ----------
    queues : tuple of str
    start : date
        The first day.
    counts : ndarray, shape (queues, days, 24)
        nan on days that are not known: before a queue's first item, and where nothing at all was recorded. Where hours
        are not known (``hourly`` is False) a day's count stands in its first hour.
    hourly : bool
    source : str
        ``ARRIVALS``, ``ITEMS`` or ``DECISIONS``.
    note : str
        What is not known of the counts; empty where there is nothing to say.
    """

    queues: tuple[str, ...]
    start: dt.date
    counts: Floats
    hourly: bool
    source: str
    note: str = ""

    @property
    def days(self) -> int:
        """How many days there are."""
        return int(self.counts.shape[1])

    @property
    def end(self) -> dt.date:
        """The day after the last."""
        return self.start + dt.timedelta(self.days)

    @property
    def daily(self) -> Floats:
        """Counts of days; shape (queues, days)."""
        found: Floats = self.counts.sum(2)
        return found


def arrivals_of(rows: Mapping[str, Any], project: Project) -> Arrivals | None:
    """Count arrivals where the rows are.

    Parameters
    ----------
    rows : Rows or mapping of frames
        The tables of a long period: a forecast wants a year, and makes do with three weeks. Of a period's own ends
        (``rows.start``, ``rows.end``) all days are whole; where they are open, the first and last day seen are left
        out.
    project : Project
        Its time zone says when days begin.

    Returns
    -------
    Arrivals or None
        None where no table says when anything arrived.

    Notes
    -----
    From the table ``arrivals`` where there is one, else from ``items.arrived_at``, else from ``decisions.arrived_at``
    (each item once). From decisions items that are still open cannot be seen: the newest days, in which fewer than 95 %
    of the items are decided going by how long decisions took, are left out.

    A day without a row of one queue is a day of zero if some queue of the project has a row on it. If none has, it is
    unknown, unless that day of the week usually has so few (under seven) that none is no surprise. The engine counts
    hours of UTC (minutes, for zones that are not whole hours away); only those tallies are put on local time, here. On
    the days when clocks change one hour holds none or two.
    """
    source = next((name for name in (ARRIVALS, ITEMS, DECISIONS) if _tells(rows, name)), None)
    if source is None:
        return None
    hourly = source != ARRIVALS or _in_hours(rows[ARRIVALS])
    tally = _local(_counted(rows, source, project.zone), project.zone)
    if tally.empty:
        return None
    first, last = getattr(rows, "start", None), getattr(rows, "end", None)
    start = first or tally["day"].min() + dt.timedelta(1)
    end = last or tally["day"].max()
    note = ""
    if source == DECISIONS:
        lag = _lag_days(rows, project.zone)
        # Decisions end when they were exported: the cut of the last day is among those days.
        end = tally["day"].max() + dt.timedelta(1) - dt.timedelta(lag)
        end = min(end, last or tally["day"].max())
        note = f"counted from decisions: the last {lag} days, not yet decided in full, are left out"
    if end <= start:
        return None
    queues = tuple(sorted(tally["queue"].unique()))
    return Arrivals(queues, start, _grid(tally, queues, start, end, hourly), hourly, source, note)


def _tells(rows: Mapping[str, Any], name: str) -> bool:
    wanted = "interval_start" if name == ARRIVALS else "arrived_at"
    return name in rows and wanted in columns(_with(rows, name))


def _with(rows: Mapping[str, Any], name: str) -> Any:
    return nw.from_native(rows[name]).lazy()


def _in_hours(frame: Any) -> bool:
    lazy = nw.from_native(frame).lazy()
    if "interval_s" not in columns(lazy):
        return True
    longest = collect(lazy.select(_longest=nw.col("interval_s").max()))["_longest"].iloc[0]
    return bool(pd.isna(longest) or longest <= _HOUR_S)


def _counted(rows: Mapping[str, Any], source: str, zone: zoneinfo.ZoneInfo) -> pd.DataFrame:
    """Tally arrivals by queue and hour (or minute) of UTC: ``queue, _at, n``."""
    frame = _with(rows, source)
    if "queue" not in columns(frame):
        frame = frame.with_columns(queue=nw.lit(_UNKNOWN))
    at, n = ("interval_start", nw.col("items").sum()) if source == ARRIVALS else ("arrived_at", nw.len())
    frame = frame.filter(~nw.col(at).is_null())
    if source == DECISIONS:
        frame = frame.group_by("item_id", "queue").agg(arrived_at=nw.col(at).min())
    frame = frame.with_columns(_at=nw.col(at).dt.truncate(_unit(zone)), queue=nw.col("queue").fill_null(_UNKNOWN))
    return collect(frame.group_by("queue", "_at").agg(n=n))


def _unit(zone: zoneinfo.ZoneInfo) -> str:
    """Whole hours of UTC are whole hours there, or they are not: in India, Nepal, parts of Australia."""
    moments = (dt.datetime(year, month, 1, tzinfo=dt.UTC).astimezone(zone) for year in (2000, 2026) for month in (1, 7))
    whole = all((moment.utcoffset() or dt.timedelta()).total_seconds() % _HOUR_S == 0 for moment in moments)
    return "1h" if whole else "1m"


def _local(tally: pd.DataFrame, zone: zoneinfo.ZoneInfo) -> pd.DataFrame:
    at = pd.to_datetime(tally["_at"], utc=True).dt.tz_convert(zone.key)
    return tally.assign(day=at.dt.date, hour=at.dt.hour, n=tally["n"].astype(float))


def _lag_days(rows: Mapping[str, Any], zone: zoneinfo.ZoneInfo) -> int:
    """Days within which 95 % of the items that were decided had been; 0 where decisions have no date."""
    frame = _with(rows, DECISIONS)
    if "work_date" not in columns(frame):
        return 0
    frame = frame.filter(~nw.col("arrived_at").is_null() & ~nw.col("work_date").is_null())
    frame = frame.with_columns(_at=nw.col("arrived_at").dt.truncate(_unit(zone)))
    tally = _local(collect(frame.group_by("_at", "work_date").agg(n=nw.len())), zone)
    lag = (pd.to_datetime(tally["work_date"]).dt.tz_localize(None) - pd.to_datetime(tally["day"])).dt.days
    by_lag = tally["n"].groupby(lag.clip(lower=0)).sum().sort_index()
    reached = by_lag.cumsum() / by_lag.sum()
    return int(reached.index[int(np.searchsorted(reached.to_numpy(), _SETTLED - 1e-9))])


def _grid(tally: pd.DataFrame, queues: tuple[str, ...], start: dt.date, end: dt.date, hourly: bool) -> Floats:
    days = (end - start).days
    kept = tally[(tally["day"] >= start) & (tally["day"] < end)]
    day = (pd.to_datetime(kept["day"]) - pd.Timestamp(start)).dt.days.to_numpy(np.intp)
    queue = pd.Categorical(kept["queue"], categories=queues).codes.astype(np.intp)
    hour = kept["hour"].to_numpy(np.intp) if hourly else np.zeros(len(kept), np.intp)
    counts = np.zeros((len(queues), days, 24))
    np.add.at(counts, (queue, day, hour), kept["n"].to_numpy(float))
    rows = np.zeros((len(queues), days), bool)
    rows[queue, day] = True
    known = rows.any(0)
    # Whether none at all is a surprise goes by what the same days of the week usually have.
    total = np.where(known, counts.sum((0, 2)), np.nan)
    for weekday in range(7):
        own = np.arange(days) % 7 == weekday
        seen = total[own & known] if (own & known).any() else total[known]
        if len(seen) and np.median(seen) < _SURE:
            known |= own
    begun = np.logical_or.accumulate(rows, axis=1)
    counts[~(begun & known)] = np.nan
    return counts
