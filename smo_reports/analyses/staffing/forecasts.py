"""What will come into each queue in the weeks ahead, and how well the same was foreseen before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.arrivals import Arrivals
from smo_reports.analyses.staffing.calendar import KINDS, calendar_of, codes_of
from smo_reports.schema import ESTIMATE_COLUMNS, PROCESS
from smo_reports.stats.backtest import bias, coverage, interval_score, seasonal_naive, wape
from smo_reports.stats.forecast import Forecast, Method, forecast
from smo_reports.stats.rolling import rolling_forecasts

Floats = npt.NDArray[np.float64]
Grain = Literal["hour", "day", "week"]

_FIRST_ORIGIN = 28
_SEASON = 7


@dataclass(frozen=True)
class ArrivalForecast:
    """What will come into each queue.

    Attributes
    ----------
    arrivals : Arrivals
    weeks : int
    level : float
    by_queue : dict of str to Forecast
        ``paths`` has the shape (paths, days) or (paths, days, 24): what a simulation of capacity walks along. A queue
        without a known day has none.
    """

    arrivals: Arrivals
    weeks: int
    level: float
    by_queue: dict[str, Forecast] = field(repr=False)

    def estimates(self, grain: Grain = "week") -> pd.DataFrame:
        """Forecasts as estimates.

        Parameters
        ----------
        grain : {"hour", "day", "week"}
            Weeks are sums along the paths, counted from the first day to come: the sum of daily bands would be too
            wide. Hours only where they are known.

        Returns
        -------
        DataFrame
            ``queue, at``, then the estimate columns: ``at`` is the local date (of the week's first day), or for hours
            the local time; ``n`` is how many days are behind the forecast; ``interval`` is ``PROCESS``.
        """
        parts = [self._of_queue(queue, found, grain) for queue, found in self.by_queue.items()]
        names = ["queue", "at", *ESTIMATE_COLUMNS]
        parts = [part for part in parts if len(part)]
        return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)

    def paths(self, queue: str) -> Floats:
        """Sampled days of a queue; shape (paths, days)."""
        found = self.by_queue[queue].paths
        return found.sum(2) if found.ndim == 3 else found

    def _of_queue(self, queue: str, found: Forecast, grain: Grain) -> pd.DataFrame:
        first, days = self.arrivals.end, 7 * self.weeks
        at: list[Any] = [first + dt.timedelta(day) for day in range(days)]
        tail = (1 - self.level) / 2
        if grain == "hour":
            if found.mean.ndim == 1:
                return pd.DataFrame()
            at = [dt.datetime.combine(day, dt.time(hour)) for day in at for hour in range(24)]
            value, low, high = (part.ravel() for part in (found.mean, found.low, found.high))
        else:
            width = 7 if grain == "week" else 1
            at = at[::width]
            sums = self.paths(queue).reshape(found.paths.shape[0], -1, width).sum(2)
            low, high = np.quantile(sums, [tail, 1 - tail], axis=0)
            value = (found.mean.sum(1) if found.mean.ndim == 2 else found.mean).reshape(-1, width).sum(1)
        known = int((~np.isnan(self.arrivals.daily[self.arrivals.queues.index(queue)])).sum())
        return pd.DataFrame({"queue": queue, "at": at, "value": value, "low": low, "high": high}).assign(
            kpi="arrivals",
            unit="count",
            n=known,
            interval=PROCESS,
            level=self.level,
            method=f"forecast, {found.method}",
            note=found.note,
            period_start=first,
            period_end=first + dt.timedelta(days),
        )


def forecast_arrivals(
    arrivals: Arrivals,
    days: Mapping[dt.date, str] | None = None,
    *,
    weeks: int = 8,
    paths: int = 500,
    seed: int = 0,
    level: float = 0.8,
    method: Method = "default",
    closed: tuple[str, ...] = (),
) -> ArrivalForecast:
    """Forecast every queue.

    Parameters
    ----------
    arrivals : Arrivals
    days : dict of date to str, optional
        Days that are not like others, past and to come (:func:`smo_reports.analyses.staffing.calendar.kinds_of_days`).
    weeks : int
        How far ahead.
    paths, seed, level, method
        Of :func:`smo_reports.stats.forecast.forecast`; each queue's paths have a seed of their own.
    closed : tuple of str
        Kinds of days on which nothing comes in.
    """
    horizon = 7 * weeks
    calendar = calendar_of(days, arrivals.start, arrivals.days, horizon, closed) if days else None
    found = {}
    for place, queue in enumerate(arrivals.queues):
        counts = arrivals.counts[place] if arrivals.hourly else arrivals.counts[place, :, 0]
        if (~np.isnan(arrivals.daily[place])).any():
            found[queue] = forecast(
                counts,
                horizon,
                calendar=calendar,
                paths=paths,
                seed=seed + place,
                level=level,
                method=method,
            )
    return ArrivalForecast(arrivals, weeks, level, found)


def backtest_arrivals(
    arrivals: Arrivals, days: Mapping[dt.date, str] | None = None, *, weeks: int = 8, level: float = 0.8
) -> pd.DataFrame:
    """How the default forecast of daily arrivals would have done from every past day.

    Parameters
    ----------
    arrivals : Arrivals
    days : dict of date to str, optional
        Days that are not like others.
    weeks : int
        How far ahead it looks.
    level : float
        Of the bands.

    Returns
    -------
    DataFrame
        One row a queue and horizon week: ``queue, week`` (from 1), ``origins``, ``days`` forecast and known, ``wape,
        bias, interval_score``, ``naive_wape, naive_interval_score`` of the same weekday of the last known week, and
        ``covered, covered_low, covered_high``: how often the band held, with its 95 % interval. Origins begin four
        weeks after a queue's first known day; a queue with less has no row.
    """
    parts = [_tested(arrivals, place, days, weeks, level) for place in range(len(arrivals.queues))]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_TESTED)


_TESTED = [
    *("queue", "week", "origins", "days", "wape", "bias", "interval_score", "naive_wape", "naive_interval_score"),
    *("covered", "covered_low", "covered_high"),
]


def _tested(
    arrivals: Arrivals, place: int, days: Mapping[dt.date, str] | None, weeks: int, level: float
) -> pd.DataFrame:
    counts = arrivals.daily[place]
    known = np.flatnonzero(~np.isnan(counts))
    horizon = _SEASON * weeks
    if not len(known) or known[-1] - known[0] < _FIRST_ORIGIN:
        return pd.DataFrame()
    counts, first = counts[known[0] :], int(known[0])
    origins = np.arange(_FIRST_ORIGIN, len(counts))
    kinds = tuple(dict.fromkeys((*KINDS, *days.values()))) if days else ()
    start = arrivals.start + dt.timedelta(first)
    codes = codes_of(days, kinds, start, len(counts) + horizon) if days else None
    found = rolling_forecasts(counts, horizon, origins, codes=codes, kinds=len(kinds), level=level)
    naive = np.stack([seasonal_naive(counts[:end], horizon, _SEASON, level) for end in origins], axis=1)
    held = coverage(found.actual, found.low, found.high, season=_SEASON)
    rows = []
    for week in range(weeks):
        own = slice(_SEASON * week, _SEASON * (week + 1))
        actual = found.actual[:, own]
        said, low, high = (np.asarray(part)[:, own] for part in naive)
        rows.append(
            {
                "queue": arrivals.queues[place],
                "week": week + 1,
                "origins": int((~np.isnan(actual)).any(1).sum()),
                "days": int(held.days[week]),
                "wape": wape(actual, found.mean[:, own]),
                "bias": bias(actual, found.mean[:, own]),
                "interval_score": interval_score(actual, found.low[:, own], found.high[:, own], level),
                "naive_wape": wape(actual, said),
                "naive_interval_score": interval_score(actual, low, high, level),
                "covered": held.share[week],
                "covered_low": held.low[week],
                "covered_high": held.high[week],
            }
        )
    return pd.DataFrame(rows, columns=_TESTED)
