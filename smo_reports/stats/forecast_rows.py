"""The default forecast, of many series at once: season, shifts, levels and spread put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.forecast_level import forecast_levels
from smo_reports.stats.forecast_season import Season, in_weeks, season_of, yearly_effects
from smo_reports.stats.forecast_shift import last_shifts
from smo_reports.stats.forecast_spread import Spread, spread_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """What the days to come are expected to bring, and how surely.

    Attributes
    ----------
    expected : ndarray, shape (series, horizon)
    spread : Spread
    season : Season
    usual : ndarray, shape (series, weeks, days)
        What each past day would have brought at its weeks' level, effects left out.
    shift : ndarray of int, shape (series,)
        Weeks since the last level shift; 0 where there was none.
    yearly : ndarray of bool, shape (series,)
        Whether the time of year went in.
    """

    expected: Floats
    spread: Spread
    season: Season
    usual: Floats
    shift: npt.NDArray[np.intp]
    yearly: npt.NDArray[np.bool_]


def fit_rows(counts: Floats, horizon: int, season: int, effects: Floats, future: Floats, level: float) -> Fitted:
    """Forecast several series that end on the same place of their seasons' grid.

    Parameters
    ----------
    counts : ndarray, shape (series, days)
        nan where unknown, also before a series begins.
    horizon : int
        Days ahead.
    season : int
        Days of a week.
    effects : ndarray, broadcastable to ``counts``
        What each past day is multiplied by (holidays); nan leaves a day out.
    future : ndarray, broadcastable to (series, horizon)
        The same of the days to come.
    level : float
        Of the bands.
    """
    laid = in_weeks(counts, season)
    series, weeks, _ = laid.shape
    ahead = -(-horizon // season)
    worth = in_weeks(np.array(np.broadcast_to(effects, counts.shape), float), season)
    worth = np.where(np.isnan(worth) & np.isnan(laid), 1.0, worth)
    year = yearly_effects(np.where(np.isnan(worth), np.nan, laid), ahead, season)
    worth = worth * year[:, :weeks]
    found = season_of(laid, worth)
    known = ~np.isnan(found.clean)
    base = np.where(known, found.profile[:, None, :] * worth, 0.0)
    items = np.where(known, found.clean * worth, 0.0).sum(2)
    whole = base.sum(2)
    weekly = np.divide(items, whole, out=np.full(items.shape, np.nan), where=whole > 0)
    first = last_shifts(weekly)
    levels = forecast_levels(items, whole, first, ahead)
    counted = np.where(known, found.clean * worth, np.nan)
    grid = np.where(known, base, np.nan)
    spread = spread_of(counted, grid, found.local, levels.past, levels.error, level)
    days = (found.profile[:, None, :] * levels.ahead[:, :, None] * year[:, weeks:]).reshape(series, ahead * season)
    expected = days[:, :horizon] * future
    shift = np.where(first > 0, weeks - first, 0)
    usual = found.local * found.profile[:, None, :] * year[:, :weeks]
    return Fitted(expected, spread, found, usual, shift, (year != 1).any((1, 2)))
