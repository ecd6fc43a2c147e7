"""The default forecast made again from many past days, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.forecast_calendar import ORDINARY, effects_of
from smo_reports.stats.forecast_intraday import intraday_of, on_intervals
from smo_reports.stats.forecast_rows import fit_rows
from smo_reports.stats.forecast_spread import count_at

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_ROWS = 128


@dataclass(frozen=True)
class Folds:
    """Forecasts from past origins beside what came.

    Attributes
    ----------
    origins : ndarray of int, shape (origins,)
        How many days were known.
    actual, mean, low, high : ndarray, shape (origins, horizon) or (origins, horizon, intervals)
        ``actual`` is nan where the day is not known, or not over.
    """

    origins: Ints
    actual: Floats
    mean: Floats
    low: Floats
    high: Floats


def rolling_forecasts(
    counts: npt.ArrayLike,
    horizon: int,
    origins: npt.ArrayLike,
    *,
    season: int = 7,
    codes: npt.ArrayLike | None = None,
    kinds: int = 0,
    level: float = 0.8,
) -> Folds:
    """Forecast from each origin as if nothing after it were known.

    Parameters
    ----------
    counts : array_like, shape (days,) or (days, intervals)
        nan where unknown.
    horizon : int
        Days ahead.
    origins : array_like of int
        Numbers of first days that a forecast may know, 1 or more.
    season : int
    codes : array_like of int, optional
        Kinds of days (:class:`smo_reports.stats.forecast_calendar.Calendar`) of all days and of ``horizon`` more: which
        days are holidays is known beforehand, what they do is learnt from each origin's past.
    kinds : int
        How many kinds there are.
    level : float
        Of the bands.

    Returns
    -------
    Folds

    Raises
    ------
    ValueError
        When an origin lies outside the counts, or codes do not reach to the last horizon's end.
    """
    table = np.asarray(counts, float)
    ends = np.asarray(origins, np.intp)
    if len(ends) and not (ends.min() >= 1 and ends.max() <= len(table)):
        raise ValueError(f"origins are numbers of known days from 1 to {len(table)}; got {ends.min()} to {ends.max()}")
    named = None if codes is None else np.asarray(codes, np.intp)
    if named is not None and len(named) < (int(ends.max()) if len(ends) else 0) + horizon:
        raise ValueError(f"codes name {len(named)} days; the last horizon ends at day {int(ends.max()) + horizon}")
    parts = [
        _forecasts(table, ends[at : at + _ROWS], horizon, season, named, kinds, level)
        for at in range(0, len(ends), _ROWS)
    ]
    mean, low, high = (
        np.concatenate([part[place] for part in parts]) if parts else np.empty((0, horizon, *table.shape[1:]))
        for place in range(3)
    )
    later = np.concatenate([table, np.full((horizon, *table.shape[1:]), np.nan)])
    return Folds(ends, later[ends[:, None] + np.arange(horizon)], mean, low, high)


def _forecasts(
    table: Floats, ends: Ints, horizon: int, season: int, codes: Ints | None, kinds: int, level: float
) -> tuple[Floats, Floats, Floats]:
    y = table if table.ndim == 1 else table.sum(1)
    days = int(ends.max())
    back = np.arange(days) - days + ends[:, None]
    rows = np.where(back >= 0, y[np.maximum(back, 0)], np.nan)
    factor, future, extra = np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1))
    if codes is not None:
        past = np.where(back >= 0, codes[np.maximum(back, 0)], ORDINARY)
        effects = effects_of(rows, past, kinds, season)
        factor = effects.of_days(past)[0]
        future, extra = effects.of_days(codes[ends[:, None] + np.arange(horizon)])
    found = fit_rows(rows, horizon, season, factor, future, level)
    mean, variance = found.expected, found.spread.variance(found.expected, season, extra)
    if table.ndim == 2:
        single = [
            on_intervals(mean[row], variance[row], intraday_of(table[:end], season)) for row, end in enumerate(ends)
        ]
        mean, variance = (np.stack(part) for part in zip(*single, strict=True))
    reach = float(special.ndtri(0.5 + level / 2))
    low, high = (count_at(np.array(at), mean, variance) for at in (-reach, reach))
    return mean, low, high
