"""Forecasts of counts: how many items will come in on each of the days to come, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.forecast_calendar import ORDINARY, Calendar, effects_of
from smo_reports.stats.forecast_input import checked_calendar, checked_counts, checked_options
from smo_reports.stats.forecast_intraday import Profile, intraday_of, on_intervals
from smo_reports.stats.forecast_paths import sample_days
from smo_reports.stats.forecast_peer import fit_statsforecast
from smo_reports.stats.forecast_rows import fit_rows
from smo_reports.stats.forecast_spread import Spread, count_at

Floats = npt.NDArray[np.float64]
Method = Literal["default", "mstl", "statsforecast"]

METHODS: tuple[Method, ...] = ("default", "mstl", "statsforecast")
FEW_DAYS = 21
"""Known days below which a forecast says that it rests on little."""


@dataclass(frozen=True)
class Forecast:
    """What is expected, and how surely.

    The bands are quantiles of the distributions that the paths are drawn from, so they do not change with ``seed``;
    paths are drawn when they are first asked for.

    Attributes
    ----------
    mean, median, low, high : ndarray, shape (horizon,) or (horizon, intervals)
        ``low`` and ``high`` hold a share ``level`` between them; all but the mean are whole counts.
    level : float
    shift : int
        Days since the last level shift, before which levels were forgotten; 0 where there was none.
    outliers : ndarray of int
        Positions in the past of days that stood out and were drawn in.
    closed : tuple of int
        Days of the week without items, as days after the last known one: 0 is the first day to come.
    unseen : tuple of str
        Kinds of named days to come that were never seen before: their band is wide, their mean an ordinary day's.
    note : str
        ``too few: …`` where less than three weeks are known, otherwise empty.
    method : str
    """

    mean: Floats
    median: Floats
    low: Floats
    high: Floats
    level: float
    shift: int
    outliers: npt.NDArray[np.intp]
    closed: tuple[int, ...]
    unseen: tuple[str, ...]
    note: str
    method: str
    expected: Floats = field(repr=False)
    spread: Spread = field(repr=False)
    extra: Floats = field(repr=False)
    alike: npt.NDArray[np.intp] = field(repr=False)
    season: int = field(repr=False)
    count: int = field(repr=False)
    seed: int = field(repr=False)
    profile: Profile | None = field(repr=False)

    @cached_property
    def paths(self) -> Floats:
        """Whole sampled futures; shape (paths, horizon), or (paths, horizon, intervals)."""
        rng = np.random.default_rng(self.seed)
        days = sample_days(self.expected, self.spread, self.season, self.extra, self.alike, self.count, rng)
        return days if self.profile is None else self.profile.sample(days, rng)


def forecast(
    counts: npt.ArrayLike,
    horizon: int,
    *,
    season: int = 7,
    calendar: Calendar | None = None,
    paths: int = 500,
    seed: int = 0,
    level: float = 0.8,
    method: Method = "default",
) -> Forecast:
    """Forecast counts of days, or of intervals within days.

    Parameters
    ----------
    counts : array_like, shape (days,) or (days, intervals)
        One value a day up to the last one known, or one row of intervals a day (24 hours, 96 quarters). nan is
        unknown, not zero: such a day counts for nothing.
    horizon : int
        Days ahead.
    season : int
        Days of a week.
    calendar : Calendar, optional
        Holidays and other named days, past and to come.
    paths, seed : int
        How many futures :attr:`Forecast.paths` has, and which.
    level : float
        Of the bands.
    method : {"default", "mstl", "statsforecast"}
        ``"mstl"`` and ``"statsforecast"`` (its AutoETS) need the extra ``statsforecast``; they know neither named days
        nor level shifts.

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        When counts are negative, infinite or all unknown, or an option cannot be.
    ImportError
        When a method needs the extra that is not installed.

    Notes
    -----
    The default: a profile of the week, robustly (:mod:`smo_reports.stats.forecast_season`), times a level that is an
    average of exponentially weighted levels and damped trends by how they did before
    (:mod:`smo_reports.stats.forecast_level`), forgotten before a level shift (:mod:`smo_reports.stats.forecast_shift`);
    the time of year, where two years are known. Bands are from the errors that the same forecasts would have had from
    every past week (:mod:`smo_reports.stats.forecast_spread`).

    Examples
    --------
    >>> found = forecast([120, 100, 100, 90, 110, 0, 0] * 12, 7)
    >>> found.mean.round(-1).tolist(), found.closed
    ([120.0, 100.0, 100.0, 90.0, 110.0, 0.0, 0.0], (5, 6))
    """
    table = checked_counts(counts)
    checked_options(level, horizon=horizon, season=season, paths=paths)
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}; there are {', '.join(METHODS)}")
    daily = table.sum(1)[None, :]
    named = _named_days(daily, calendar, horizon, season)
    if method == "default":
        fitted = fit_rows(daily, horizon, season, named.past, named.future, level)
    else:
        fitted = fit_statsforecast(daily, horizon, season, level, method)
    mean, variance = fitted.expected[0], fitted.spread.variance(fitted.expected, season, named.extra)[0]
    profile = intraday_of(table, season) if table.shape[1] > 1 else None
    if profile is not None:
        mean, variance = on_intervals(mean, variance, profile)
    reach = float(special.ndtri(0.5 + level / 2))
    low, median, high = (count_at(np.array(at), mean, variance) for at in (-reach, 0.0, reach))
    known, outliers = int((~np.isnan(daily)).sum()), fitted.season.outliers[0].reshape(-1)
    return Forecast(
        mean=mean,
        median=median,
        low=low,
        high=high,
        level=level,
        shift=int(fitted.shift[0]) * season,
        outliers=np.flatnonzero(outliers[len(outliers) - len(table) :]),
        closed=tuple(int(day) for day in np.flatnonzero(~fitted.season.open_days[0])),
        unseen=named.unseen,
        note=f"too few: {known} known days; the band is a wide guess" if known < FEW_DAYS else "",
        method=method,
        expected=fitted.expected[0],
        spread=fitted.spread,
        extra=named.extra[0],
        alike=named.alike,
        season=season,
        count=paths,
        seed=seed,
        profile=profile,
    )


@dataclass(frozen=True)
class _NamedDays:
    past: Floats
    future: Floats
    extra: Floats
    alike: npt.NDArray[np.intp]
    unseen: tuple[str, ...]


def _named_days(daily: Floats, calendar: Calendar | None, horizon: int, season: int) -> _NamedDays:
    """What named days multiply counts by, each of shape (1, days), and which of those to come were never seen."""
    if calendar is None:
        return _NamedDays(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, horizon)), np.full(horizon, ORDINARY), ())
    past, ahead = checked_calendar(calendar, daily.shape[1], horizon)
    shut = tuple(calendar.kinds.index(kind) for kind in calendar.closed)
    effects = effects_of(daily, past, len(calendar.kinds), season, shut)
    unseen = sorted(set(ahead[0].tolist()) - {ORDINARY} - set(shut))
    never = [code for code in unseen if effects.days[0, code] == 0]
    alike = np.where(np.isin(ahead[0], never), ahead[0], ORDINARY)
    names = tuple(calendar.kinds[code] for code in never)
    return _NamedDays(effects.of_days(past)[0], *effects.of_days(ahead), alike, names)
